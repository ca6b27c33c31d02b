#include "tunlab/kernel/holders.hpp"

#include "tunlab/base/error.hpp"
#include "tunlab/base/escape.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>

namespace tunlab {

namespace {

namespace fs = std::filesystem;

std::optional<pid_t> parse_pid(const std::string& text) {
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return pid;
}

bool same_network_namespace(const fs::path& process) {
    struct stat own {};
    struct stat other {};
    if (stat("/proc/thread-self/ns/net", &own) != 0 || stat((process / "ns/net").c_str(), &other) != 0)
        return false;
    return own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}

/// Each descriptor of /dev/net/tun has a line "iff:\tNAME" in its fdinfo.
bool holds_device(const fs::path& process, const std::string& name) {
    const std::string wanted = "iff:\t" + name;
    std::error_code error;
    for (fs::directory_iterator entry(process / "fdinfo", error), end; !error && entry != end;
         entry.increment(error)) {
        std::ifstream info(entry->path());
        for (std::string line; std::getline(info, line);) {
            if (line == wanted) return true;
        }
    }
    return false;
}

std::string program_of(const fs::path& process) {
    std::ifstream comm(process / "comm");
    std::string name;
    std::getline(comm, name);
    return name;
}

}  // namespace

std::vector<Holder> find_holders(const InterfaceName& name) {
    std::vector<Holder> holders;
    std::error_code error;
    for (fs::directory_iterator entry("/proc", error), end; !error && entry != end; entry.increment(error)) {
        const auto pid = parse_pid(entry->path().filename());
        if (!pid || !same_network_namespace(entry->path())) continue;
        if (holds_device(entry->path(), name.str())) holders.push_back({*pid, program_of(entry->path())});
    }
    std::sort(holders.begin(), holders.end(), [](const Holder& a, const Holder& b) { return a.pid < b.pid; });
    return holders;
}

std::string describe_holders(const std::vector<Holder>& holders) {
    if (holders.empty()) return "held by a process that you may not inspect";
    std::string text;
    for (const auto& holder : holders) {
        text += fmt::format("{}{} (pid {})", text.empty() ? "open in " : ", ", escape(holder.program),
                            holder.pid);
    }
    return text;
}

void throw_busy(const InterfaceName& name, const std::string& hint) {
    throw Error({.subject = fmt::format("{} is busy", name.str()),
                 .cause = describe_holders(find_holders(name)),
                 .hint = hint,
                 .code = ExitCode::Conflict});
}

}  // namespace tunlab
