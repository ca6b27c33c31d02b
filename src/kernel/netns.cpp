#include "tunlab/kernel/netns.hpp"

#include "tunlab/base/error.hpp"
#include "tunlab/base/escape.hpp"
#include "tunlab/base/suggest.hpp"

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

namespace tunlab {

namespace {

constexpr const char* kNamedFolder = "/run/netns";  // where ip-netns(8) keeps them
constexpr const char* kCurrent = "/proc/thread-self/ns/net";

std::string path_of(const std::string& name) {
    return name.find('/') != std::string::npos ? name : fmt::format("{}/{}", kNamedFolder, name);
}

std::string did_you_mean(const std::string& name) {
    std::vector<std::string> names;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(kNamedFolder, error), end; !error && entry != end;
         entry.increment(error)) {
        names.push_back(entry->path().filename());
    }
    const auto near = closest(name, names);
    return near ? fmt::format("did you mean {}?", quote(*near)) : "";
}

[[noreturn]] void throw_not_there(const std::string& name, int error) {
    const bool missing = error == ENOENT;
    throw Error({.subject = fmt::format("network namespace {}", quote(name)),
                 .cause = missing ? "there is none of that name" : describe_errno(error),
                 .hint = missing ? did_you_mean(name) : "",
                 .tries = missing ? std::vector{fmt::format("ip netns add {}", escape(name))}
                                  : std::vector<std::string>(),
                 .code = ExitCode::Environment,
                 .needs_privilege = error == EACCES});
}

/// Also of another kind, such as a mount namespace. A name in /run/netns whose namespace is gone is a file on
/// another file system.
bool is_namespace_file(int fd) {
    struct statfs file_system {};
    return fstatfs(fd, &file_system) == 0 && file_system.f_type == NSFS_MAGIC;
}

[[noreturn]] void throw_no_namespace(const std::string& name) {
    throw Error({.subject = fmt::format("network namespace {}", quote(name)),
                 .cause = "that file is no namespace",
                 .code = ExitCode::Environment});
}

}  // namespace

NetworkNamespace NetworkNamespace::current() {
    UniqueFd fd(open(kCurrent, O_RDONLY | O_CLOEXEC));
    if (fd) return {std::move(fd), ""};
    throw Error({.subject = kCurrent,
                 .action = "open the network namespace",
                 .cause = describe_errno(errno),
                 .code = ExitCode::Environment});
}

NetworkNamespace NetworkNamespace::named(const std::string& name) {
    // Looked at before it is opened: to open some device nodes has effects.
    const UniqueFd file(open(path_of(name).c_str(), O_PATH | O_CLOEXEC));
    if (!file) throw_not_there(name, errno);
    if (!is_namespace_file(file.get())) throw_no_namespace(name);
    UniqueFd fd(open(fmt::format("/proc/self/fd/{}", file.get()).c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) throw_not_there(name, errno);
    if (ioctl(fd.get(), NS_GET_NSTYPE) != CLONE_NEWNET) throw_no_namespace(name);
    return {std::move(fd), name};
}

void NetworkNamespace::enter() const {
    if (setns(fd_.get(), CLONE_NEWNET) == 0) return;
    const int error = errno;
    throw Error(
        {.subject = name_.empty() ? "network namespace" : fmt::format("network namespace {}", quote(name_)),
         .action = "enter it",
         .cause = error == EPERM ? "that needs CAP_SYS_ADMIN" : describe_errno(error),
         .code = ExitCode::Environment,
         .needs_privilege = error == EPERM});
}

std::pair<std::uint64_t, std::uint64_t> NetworkNamespace::identity() const {
    struct stat file {};
    if (fstat(fd_.get(), &file) == 0) return {file.st_dev, file.st_ino};
    throw Error({.subject = "network namespace",
                 .action = "examine it",
                 .cause = describe_errno(errno),
                 .code = ExitCode::Environment});
}

}  // namespace tunlab
