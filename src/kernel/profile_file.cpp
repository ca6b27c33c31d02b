#include "tunlab/kernel/profile_file.hpp"

#include "tunlab/base/error.hpp"
#include "tunlab/kernel/fd.hpp"
#include "tunlab/profile/parse.hpp"

#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tunlab {

namespace {

[[noreturn]] void throw_unreadable(const std::string& path, std::string message) {
    throw ProblemsFound(
        {Problem{.file = path, .place = {}, .message = std::move(message), .pointer = {}, .suggestion = {}}});
}

std::string read_all(const UniqueFd& fd, const std::string& path) {
    std::string text;
    constexpr std::size_t kChunk = 64 * 1024;
    // One byte over the limit is enough for the parser to say that the file is too large.
    while (text.size() <= kMaxProfileSize) {
        const std::size_t had = text.size();
        text.resize(had + kChunk);
        const ssize_t got = read(fd.get(), text.data() + had, kChunk);
        if (got < 0 && errno != EINTR) throw_unreadable(path, "can't be read: " + describe_errno(errno));
        text.resize(had + (got > 0 ? static_cast<std::size_t>(got) : 0));
        if (got == 0) break;
    }
    return text;
}

}  // namespace

Profile load_profile(const std::string& path) {
    // Without O_NONBLOCK, opening a FIFO waits for its writer.
    const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd) throw_unreadable(path, "can't be opened: " + describe_errno(errno));
    struct stat file {};
    if (fstat(fd.get(), &file) != 0) throw_unreadable(path, "can't be examined: " + describe_errno(errno));
    if (S_ISDIR(file.st_mode)) throw_unreadable(path, "is a directory, not a profile");
    if (!S_ISREG(file.st_mode)) throw_unreadable(path, "is not a regular file");
    return parse_profile(read_all(fd, path), path);
}

std::string absolute_path(const std::string& path) {
    std::error_code error;
    const auto resolved = std::filesystem::canonical(path, error);
    return error ? std::string() : resolved.string();
}

}  // namespace tunlab
