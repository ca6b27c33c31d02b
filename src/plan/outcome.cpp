#include "tunlab/plan/outcome.hpp"

#include "tunlab/base/escape.hpp"

#include <fmt/format.h>

namespace tunlab {

namespace {

/// ip(8) enters a namespace by name only; for a path, and for what is no ip command, nsenter(1) does.
std::string in_namespace(const std::string& command, const std::string& netns) {
    constexpr std::string_view kIp = "ip ";
    if (netns.empty()) return command;
    const bool named = netns.find('/') == std::string::npos;
    if (named && command.starts_with(kIp)) {
        return fmt::format("ip -n {} {}", shell_quote(netns), command.substr(kIp.size()));
    }
    const std::string path = named ? "/run/netns/" + netns : netns;
    return fmt::format("nsenter --net={} sh -c {}", shell_quote(path), shell_quote(command));
}

}  // namespace

std::string_view word_of(UpResult result) {
    switch (result) {
        case UpResult::Created: return "created";
        case UpResult::Changed: return "changed";
        case UpResult::Unchanged: return "unchanged";
    }
    return "";
}

std::string UpOutcome::create_command() const {
    std::string command =
        fmt::format("ip tuntap add dev {} mode {} user {}", name, word_of(mode), shell_quote(owner));
    if (!group.empty()) command += fmt::format(" group {}", shell_quote(group));
    if (multi_queue) command += " multi_queue";
    return in_namespace(command, netns);
}

std::string UpOutcome::command_for(const Change& change) const {
    return in_namespace(ip_command(change, name), netns);
}

std::string DownOutcome::command() const {
    return in_namespace(fmt::format("ip link delete dev {}", name), netns);
}

}  // namespace tunlab
