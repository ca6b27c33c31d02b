#include "tunlab/cli/terminal.hpp"

#include "tunlab/base/error.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>

#include <fcntl.h>
#include <poll.h>
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

void tell(const std::function<void()>& report) {
    try {
        report();
    } catch (const Error& error) {
        ErrorParts parts = error.parts();
        parts.notes.emplace_back("the command itself was carried out, and that stands");
        throw Error(parts);
    } catch (const std::bad_alloc&) {
        throw UnreportedFailure(
            "out of memory for the report; the command itself was carried out, and that stands",
            ExitCode::Failed);
    }
}

void try_print(std::string_view text, std::chrono::milliseconds patience) {
    constexpr std::size_t kChunk = 256;  // a terminal that takes anything has room for this much
    using Clock = std::chrono::steady_clock;
    const auto deadline = Clock::now() + patience;
    while (!text.empty()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
        pollfd target{STDERR_FILENO, POLLOUT, 0};
        const int ready = poll(&target, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
        if (ready == 0 || (target.revents & POLLOUT) == 0) return;
        const ssize_t written = write(STDERR_FILENO, text.data(), std::min(text.size(), kChunk));
        if (written < 0 && errno != EINTR) return;
        if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
    }
}

void prepare_streams() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
        (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);  // the lowest free number is fd
    }
    for (const int number : {SIGPIPE, SIGXFSZ}) {
        (void)std::signal(number, SIG_IGN);
    }
}

bool is_terminal(Stream stream) {
    return isatty(descriptor_of(stream)) == 1;
}

Color choose_color(ColorMode mode, Stream stream) {
    switch (mode) {
        case ColorMode::Always: return Color::On;
        case ColorMode::Never: return Color::Off;
        case ColorMode::Auto: break;
    }
    const char* const no_color = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    if (no_color != nullptr && *no_color != '\0') return Color::Off;
    const char* const term = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): likewise
    if (term == nullptr || std::string_view(term) == "dumb") return Color::Off;
    return is_terminal(stream) ? Color::On : Color::Off;
}

}  // namespace tunlab
