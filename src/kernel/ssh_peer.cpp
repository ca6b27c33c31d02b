#include "tunlab/kernel/ssh_peer.hpp"

#include <fstream>
#include <sstream>
#include <string>

#include <fmt/format.h>
#include <sys/types.h>
#include <unistd.h>

namespace tunlab {

namespace {

constexpr int kMostAncestors = 64;

/// The value of SSH_CONNECTION in the environment of process `pid`: "CLIENT PORT SERVER PORT".
std::string connection_of(pid_t pid) {
    constexpr std::string_view kVariable = "SSH_CONNECTION=";
    std::ifstream environment(fmt::format("/proc/{}/environ", pid), std::ios::binary);
    for (std::string entry; std::getline(environment, entry, '\0');) {
        if (entry.starts_with(kVariable)) return entry.substr(kVariable.size());
    }
    return {};
}

/// The "PPid:" line of /proc/PID/status (proc(5)); 0 at the top.
pid_t parent_of(pid_t pid) {
    std::ifstream status(fmt::format("/proc/{}/status", pid));
    for (std::string key; status >> key;) {
        pid_t parent = 0;
        if (key == "PPid:" && status >> parent) return parent;
    }
    return 0;
}

}  // namespace

std::optional<IpAddress> ssh_peer() {
    pid_t pid = getpid();
    for (int i = 0; i < kMostAncestors && pid > 0; ++i) {
        const std::string connection = connection_of(pid);
        if (!connection.empty()) return parse_ip_address(connection.substr(0, connection.find(' ')));
        pid = parent_of(pid);
    }
    return std::nullopt;
}

}  // namespace tunlab
