#include "tunlab/kernel/ssh_peer.hpp"

#include "tunlab/kernel/fd.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <sys/types.h>
#include <unistd.h>

namespace tunlab {

namespace {

constexpr int kMostAncestors = 64;

/// The value of SSH_CONNECTION in the environment of process `pid`: "CLIENT PORT SERVER PORT".
std::string connection_of(pid_t pid) {
    constexpr std::string_view kVariable = "SSH_CONNECTION=";
    const std::string environment = read_small_file(fmt::format("/proc/{}/environ", pid)).value_or("");
    std::string_view rest = environment;
    while (!rest.empty()) {
        const std::string_view entry = rest.substr(0, rest.find('\0'));
        if (entry.starts_with(kVariable)) return std::string(entry.substr(kVariable.size()));
        rest.remove_prefix(std::min(entry.size() + 1, rest.size()));
    }
    return {};
}

/// The "PPid:" line of /proc/PID/status (proc(5)); 0 at the top.
pid_t parent_of(pid_t pid) {
    constexpr std::string_view kKey = "\nPPid:\t";
    const std::string status = read_small_file(fmt::format("/proc/{}/status", pid)).value_or("");
    const auto found = status.find(kKey);
    if (found == std::string::npos) return 0;
    pid_t parent = 0;
    (void)std::from_chars(status.data() + found + kKey.size(), status.data() + status.size(), parent);
    return parent;
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
