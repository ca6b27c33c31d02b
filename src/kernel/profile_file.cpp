#include "tunlab/kernel/profile_file.hpp"

#include "tunlab/base/error.hpp"
#include "tunlab/kernel/fd.hpp"
#include "tunlab/profile/parse.hpp"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tunlab {

namespace {

[[noreturn]] void throw_unreadable(const std::string& path, std::string message) {
    throw InvalidProfile({Diagnostic{
        .file = path, .place = {}, .message = std::move(message), .pointer = {}, .suggestion = {}}});
}

/// Waits until something can be read from a pipe, at most until `deadline`. A FIFO that no program has opened
/// for writing yet reads as empty, so it must be waited for.
void wait_for_input(int fd, const std::string& path, std::chrono::steady_clock::time_point deadline) {
    for (;;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        pollfd source{fd, POLLIN, 0};
        const int ready = left.count() <= 0 ? 0 : poll(&source, 1, static_cast<int>(left.count()));
        if (ready > 0) return;
        if (ready == 0) throw_unreadable(path, "is a pipe that did not end within 10 s");
        if (errno != EINTR) throw_unreadable(path, "can't be read: " + describe_errno(errno));
    }
}

enum class Source { File, Pipe, StandardInput };

std::string read_all(int fd, const std::string& path, Source source) {
    std::string text;
    constexpr std::size_t kChunk = 64 * 1024;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    // One byte over the limit is enough for the parser to say that the file is too large.
    while (text.size() <= kMaxProfileSize) {
        if (source == Source::Pipe) wait_for_input(fd, path, deadline);
        const std::size_t had = text.size();
        text.resize(had + kChunk);
        const ssize_t got = read(fd, text.data() + had, kChunk);
        const bool again = got < 0 && (errno == EINTR || (source == Source::Pipe && errno == EAGAIN));
        if (got < 0 && !again) throw_unreadable(path, "can't be read: " + describe_errno(errno));
        text.resize(had + (got > 0 ? static_cast<std::size_t>(got) : 0));
        if (got == 0) break;
    }
    return text;
}

/// An open descriptor as a path: to open it again, or to find out where its file is.
std::string path_of(const UniqueFd& fd) {
    return fmt::format("/proc/self/fd/{}", fd.get());
}

/// Where the file is now, without links and dots, also if it was moved after it was opened; if it was
/// replaced or removed, where it was.
std::string absolute_path(const UniqueFd& file, const std::string& path) {
    std::error_code error;
    const auto now = std::filesystem::read_symlink(path_of(file), error);
    struct stat state {};
    if (!error && fstat(file.get(), &state) == 0 && state.st_nlink > 0) return now.string();
    const auto then = std::filesystem::weakly_canonical(path, error);
    return error ? std::filesystem::absolute(path, error).lexically_normal().string() : then.string();
}

enum class Pipes { Refuse, Read };

struct ProfileText {
    std::string text;
    std::string path;  ///< absolute; empty for a pipe
};

/// Looks at a file before it opens it for reading: to open some device nodes has effects (a watchdog, a
/// tape).
ProfileText read_file(const std::string& path, Pipes pipes) {
    const UniqueFd file(open(path.c_str(), O_PATH | O_CLOEXEC));
    if (!file) throw_unreadable(path, "can't be opened: " + describe_errno(errno));
    struct stat state {};
    if (fstat(file.get(), &state) != 0) throw_unreadable(path, "can't be examined: " + describe_errno(errno));
    if (S_ISDIR(state.st_mode)) throw_unreadable(path, "is a directory, not a profile");
    const bool pipe = S_ISFIFO(state.st_mode) && pipes == Pipes::Read;
    if (!S_ISREG(state.st_mode) && !pipe) throw_unreadable(path, "is not a regular file");
    // What was looked at, not what the path names by now. Without O_NONBLOCK, opening a FIFO waits for a
    // writer.
    const UniqueFd fd(open(path_of(file).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd) throw_unreadable(path, "can't be opened: " + describe_errno(errno));
    return {.text = read_all(fd.get(), path, pipe ? Source::Pipe : Source::File),
            .path = pipe ? "" : absolute_path(file, path)};
}

/// A variable of the environment; empty if it is not set.
std::string variable(const char* name) {
    const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing calls setenv
    return value == nullptr ? "" : value;
}

}  // namespace

Profile load_profile(const std::string& path) {
    if (path == "-") return parse_profile(read_all(STDIN_FILENO, "stdin", Source::StandardInput), "stdin");
    const ProfileText read = read_file(path, Pipes::Read);
    Profile profile = parse_profile(read.text, path);
    profile.path = read.path;
    return profile;
}

Profile load_marked_profile(const std::string& path) {
    const ProfileText read = read_file(path, Pipes::Refuse);
    try {
        Profile profile = parse_profile(read.text, path);
        profile.path = read.path;
        return profile;
    } catch (const InvalidProfile&) {  // its problems quote the text
        throw_unreadable(path, "is not a valid profile");
    }
}

std::vector<std::string> profile_folders() {
    std::vector<std::string> folders;
    const bool under_sudo = geteuid() == 0 && !variable("SUDO_UID").empty();
    if (!under_sudo) {
        const std::string config = variable("XDG_CONFIG_HOME");
        const std::string home = variable("HOME");
        if (config.starts_with('/')) {  // the XDG specification has a relative path ignored
            folders.push_back(config + "/tunlab");
        } else if (!home.empty()) {
            folders.push_back(home + "/.config/tunlab");
        }
    }
    folders.emplace_back("/etc/tunlab");
    return folders;
}

std::optional<std::string> find_named_profile(const std::string& name) {
    for (const auto& folder : profile_folders()) {
        std::string path = fmt::format("{}/{}.json", folder, name);
        std::error_code error;
        if (std::filesystem::exists(path, error)) return path;
    }
    return std::nullopt;
}

std::vector<std::string> named_profiles() {
    std::vector<std::string> names;
    for (const auto& folder : profile_folders()) {
        std::error_code error;
        for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
             entry.increment(error)) {
            if (entry->path().extension() == ".json") names.push_back(entry->path().stem());
        }
    }
    return names;
}

}  // namespace tunlab
