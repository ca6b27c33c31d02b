#include "tunlab/kernel/lock.hpp"

#include "tunlab/base/error.hpp"
#include "tunlab/base/escape.hpp"
#include "tunlab/kernel/interrupt.hpp"

#include <cerrno>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace tunlab {

namespace {

constexpr const char* kNamespaceFile = "/proc/self/ns/net";

/// Looks the holder up in /proc/locks, whose lines are
/// "1: FLOCK  ADVISORY  WRITE 812 00:04:4026531840 0 EOF" (proc(5)).
std::string describe_lock_holder(int fd) {
    struct stat file {};
    if (fstat(fd, &file) != 0) return "a process that can't be seen";
    const std::string inode = fmt::format(":{}", file.st_ino);
    std::ifstream locks("/proc/locks");
    for (std::string line; std::getline(locks, line);) {
        std::istringstream words(line);
        std::vector<std::string> field;
        for (std::string word; words >> word;) {
            field.push_back(word);
        }
        if (field.size() < 6 || field[1] != "FLOCK" || !field[5].ends_with(inode)) continue;
        std::ifstream comm(fmt::format("/proc/{}/comm", field[4]));
        std::string program;
        std::getline(comm, program);
        return fmt::format("{} (pid {})", program.empty() ? "a process" : escape(program), field[4]);
    }
    return "a process that can't be seen";
}

}  // namespace

NamespaceLock::NamespaceLock(std::chrono::milliseconds patience)
    : fd_(open(kNamespaceFile, O_RDONLY | O_CLOEXEC)) {
    if (!fd_) {
        throw Error({.subject = kNamespaceFile,
                     .action = "open the network namespace",
                     .cause = describe_errno(errno),
                     .code = ExitCode::Environment});
    }
    constexpr auto kPause = std::chrono::milliseconds(10);
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            throw Error({.subject = kNamespaceFile,
                         .action = "lock the network namespace",
                         .cause = describe_errno(errno),
                         .code = ExitCode::Environment});
        }
        if (std::chrono::steady_clock::now() >= deadline) {
            throw Error({.subject = "this network namespace is busy",
                         .cause = fmt::format("{} has locked it", describe_lock_holder(fd_.get())),
                         .code = ExitCode::Conflict});
        }
        throw_if_interrupted();  // nothing has been changed yet
        std::this_thread::sleep_for(kPause);
    }
}

}  // namespace tunlab
