#include "tunlab/kernel/lock.hpp"

#include "tunlab/base/error.hpp"
#include "tunlab/base/escape.hpp"
#include "tunlab/kernel/interrupt.hpp"

#include <cerrno>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace tunlab {

namespace {

constexpr const char* kNamespaceFile = "/proc/thread-self/ns/net";
constexpr const char* kLockFolder = "/run/tunlab";

[[noreturn]] void throw_environment(const std::string& subject, const char* action, int error) {
    throw Error({.subject = subject,
                 .action = action,
                 .cause = describe_errno(error),
                 .code = ExitCode::Environment});
}

/// Throws Error if another user could open the files in the folder, and so hold the lock for ever.
void require_private(int folder) {
    struct stat state {};
    if (fstat(folder, &state) != 0) throw_environment(kLockFolder, "examine the folder of the locks", errno);
    if (state.st_uid == geteuid() && (state.st_mode & (S_IRWXG | S_IRWXO)) == 0) return;
    throw Error({.subject = kLockFolder,
                 .cause = "the folder of the locks must belong to root, with mode 0700",
                 .tries = {fmt::format("chown root {0} && chmod 0700 {0}", kLockFolder)},
                 .code = ExitCode::Environment});
}

/// The file below /run that stands for `netns`; nothing for those who may not make it. It is never unlinked:
/// another tunlab could hold a lock on the old file then. It is empty, and /run is a tmpfs.
UniqueFd open_root_file(const struct stat& netns, std::string& path) {
    if (geteuid() != 0) return {};
    (void)mkdir(kLockFolder, S_IRWXU);  // if that fails, open() says why
    const UniqueFd folder(open(kLockFolder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder) return {};
    const std::string name = fmt::format("{}-{}.lock", netns.st_dev, netns.st_ino);
    path = fmt::format("{}/{}", kLockFolder, name);
    require_private(folder.get());
    return UniqueFd(
        openat(folder.get(), name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
}

/// Looks the holder up in /proc/locks, whose lines are
/// "1: FLOCK  ADVISORY  WRITE 812 00:04:4026531840 0 EOF" (proc(5)).
std::string describe_lock_holder(int fd) {
    struct stat file {};
    if (fstat(fd, &file) != 0) return "a process that can't be seen";
    const std::string id =
        fmt::format("{:02x}:{:02x}:{}", major(file.st_dev), minor(file.st_dev), file.st_ino);
    std::ifstream locks("/proc/locks");
    for (std::string line; std::getline(locks, line);) {
        std::istringstream words(line);
        std::vector<std::string> field;
        for (std::string word; words >> word;) {
            field.push_back(word);
        }
        if (field.size() < 6 || field[1] != "FLOCK" || field[5] != id) continue;
        std::ifstream comm(fmt::format("/proc/{}/comm", field[4]));
        std::string program;
        std::getline(comm, program);
        return fmt::format("{} (pid {})", program.empty() ? "a process" : escape(program), field[4]);
    }
    return "a process that can't be seen";
}

}  // namespace

NamespaceLock::File NamespaceLock::open_file() {
    UniqueFd netns(open(kNamespaceFile, O_RDONLY | O_CLOEXEC));
    struct stat state {};
    if (!netns || fstat(netns.get(), &state) != 0)
        throw_environment(kNamespaceFile, "open the network namespace", errno);
    std::string path;
    UniqueFd fd = open_root_file(state, path);
    if (fd) return {std::move(fd), path};
    return {std::move(netns), kNamespaceFile};
}

NamespaceLock::NamespaceLock(std::chrono::milliseconds patience) : NamespaceLock(open_file(), patience) {}

NamespaceLock::NamespaceLock(File file, std::chrono::milliseconds patience) : fd_(std::move(file.fd)) {
    constexpr auto kPause = std::chrono::milliseconds(10);
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            throw_environment(file.path, "lock the network namespace", errno);
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
