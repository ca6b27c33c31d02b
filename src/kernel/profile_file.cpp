#include "tunlab/kernel/profile_file.hpp"

#include "tunlab/base/error.hpp"
#include "tunlab/kernel/fd.hpp"
#include "tunlab/profile/parse.hpp"

#include <cerrno>
#include <cstdlib>
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

std::string read_all(int fd, const std::string& path) {
    std::string text;
    constexpr std::size_t kChunk = 64 * 1024;
    // One byte over the limit is enough for the parser to say that the file is too large.
    while (text.size() <= kMaxProfileSize) {
        const std::size_t had = text.size();
        text.resize(had + kChunk);
        const ssize_t got = read(fd, text.data() + had, kChunk);
        if (got < 0 && errno != EINTR) throw_unreadable(path, "can't be read: " + describe_errno(errno));
        text.resize(had + (got > 0 ? static_cast<std::size_t>(got) : 0));
        if (got == 0) break;
    }
    return text;
}

/// `path` without links and dots; empty if it can't be resolved.
std::string absolute_path(const std::string& path) {
    std::error_code error;
    const auto resolved = std::filesystem::canonical(path, error);
    return error ? std::string() : resolved.string();
}

/// A variable of the environment; empty if it is not set.
std::string variable(const char* name) {
    const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing calls setenv
    return value == nullptr ? "" : value;
}

}  // namespace

Profile load_profile(const std::string& path) {
    if (path == "-") return parse_profile(read_all(STDIN_FILENO, "stdin"), "stdin");
    // Without O_NONBLOCK, opening a FIFO waits for its writer.
    const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd) throw_unreadable(path, "can't be opened: " + describe_errno(errno));
    struct stat file {};
    if (fstat(fd.get(), &file) != 0) throw_unreadable(path, "can't be examined: " + describe_errno(errno));
    if (S_ISDIR(file.st_mode)) throw_unreadable(path, "is a directory, not a profile");
    if (!S_ISREG(file.st_mode)) throw_unreadable(path, "is not a regular file");
    Profile profile = parse_profile(read_all(fd.get(), path), path);
    profile.path = absolute_path(path);
    return profile;
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
