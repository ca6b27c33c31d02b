#include "tunlab/cli/terminal.hpp"

#include "tunlab/base/error.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>

#include <unistd.h>

namespace tunlab {

namespace {

int descriptor_of(Stream stream) {
    return stream == Stream::Output ? STDOUT_FILENO : STDERR_FILENO;
}

}  // namespace

void print(Stream stream, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = write(descriptor_of(stream), text.data(), text.size());
        if (written >= 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno != EINTR) {
            if (errno == EPIPE || stream == Stream::Error) return;
            throw Error({.subject = "standard output", .action = "write", .cause = describe_errno(errno)});
        }
    }
}

bool is_terminal(Stream stream) {
    return isatty(descriptor_of(stream)) == 1;
}

Color choose_color(ColorWish wish, Stream stream) {
    switch (wish) {
        case ColorWish::Always: return Color::On;
        case ColorWish::Never: return Color::Off;
        case ColorWish::Auto: break;
    }
    const char* const no_color = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    if (no_color != nullptr && *no_color != '\0') return Color::Off;
    const char* const term = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): likewise
    if (term == nullptr || std::string_view(term) == "dumb") return Color::Off;
    return is_terminal(stream) ? Color::On : Color::Off;
}

}  // namespace tunlab
