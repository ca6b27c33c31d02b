#include "tunlab/kernel/fd.hpp"

#include "tunlab/base/error.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace tunlab {

UniqueFd::~UniqueFd() {
    if (fd_ >= 0) close(fd_);
}

std::optional<std::string> read_small_file(const std::string& path) {
    const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 4096> chunk{};
    std::string text;
    ssize_t got = fd ? 1 : -1;
    while (got > 0 || (got < 0 && fd && errno == EINTR)) {
        got = read(fd.get(), chunk.data(), chunk.size());
        if (got > 0) text.append(chunk.data(), static_cast<std::size_t>(got));
    }
    if (got == 0) return text;
    // ESRCH: a process that ended, of whose files in /proc this is one.
    if (errno == ENOENT || errno == EACCES || errno == EPERM || errno == ESRCH || errno == ENOTDIR)
        return std::nullopt;
    throw Error({.subject = path,
                 .action = "read the file",
                 .cause = describe_errno(errno),
                 .code = ExitCode::Environment});
}

}  // namespace tunlab
