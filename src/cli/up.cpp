#include "tunlab/base/source.hpp"
#include "tunlab/cli/commands.hpp"
#include "tunlab/cli/terminal.hpp"
#include "tunlab/kernel/accounts.hpp"
#include "tunlab/kernel/bring_up.hpp"
#include "tunlab/kernel/profile_file.hpp"
#include "tunlab/plan/state.hpp"
#include "tunlab/report/steps.hpp"

#include <fmt/format.h>

namespace tunlab {

namespace {

/// All profiles, or all that is wrong with any of them.
std::vector<Profile> load_all(const std::vector<std::string>& paths) {
    std::vector<Profile> profiles;
    std::vector<Problem> problems;
    for (const auto& path : paths) {
        try {
            profiles.push_back(load_profile(path));
        } catch (const ProblemsFound& found) {
            problems.insert(problems.end(), found.problems().begin(), found.problems().end());
        }
    }
    if (!problems.empty()) throw ProblemsFound(problems);
    return profiles;
}

std::string format_outcome(const UpOutcome& outcome) {
    switch (outcome.result) {
        case UpResult::Created:
            return format_created(outcome.name, outcome.mode, user_name(outcome.owner), outcome.steps);
        case UpResult::Changed: return format_changed(outcome.name, outcome.steps);
        case UpResult::Unchanged: return format_unchanged(outcome.name);
    }
    return {};
}

/// An IPv4 address behind the device that no host holds: the third of its subnet, as in the origin's
/// experiment, or another near it.
std::string address_to_ping(const Profile& profile) {
    for (const auto& located : profile.addresses) {
        const IpPrefix& prefix = located.value;
        if (prefix.family() != Family::V4) continue;
        for (const unsigned last : {3U, 4U, 5U, 6U}) {
            auto bytes = prefix.address().v4().bytes();
            bytes[3] = static_cast<std::uint8_t>((bytes[3] & 0xf8U) + last);
            const Ipv4Address candidate(bytes);
            if (prefix.contains(candidate) && candidate != prefix.address().v4() &&
                candidate != prefix.broadcast()) {
                return candidate.to_string();
            }
        }
    }
    return "";
}

std::string next_step(const Profile& profile) {
    const std::string& name = profile.name.value.str();
    const std::string address = address_to_ping(profile);
    const std::string ping = address.empty() ? "" : fmt::format("; then 'ping {}'", address);
    return fmt::format("Next: 'tunlab echo {}' is the network behind it{}\n", name, ping);
}

}  // namespace

ExitCode run_up(const UpCommand& command, const CommonOptions& common) {
    const std::vector<Profile> profiles = load_all(command.profiles);
    const std::vector<UpOutcome> outcomes = bring_up(profiles);
    bool created = false;
    for (const auto& outcome : outcomes) {
        if (!common.quiet) print(Stream::Output, format_outcome(outcome));
        created = created || outcome.result == UpResult::Created;
    }
    if (created && !common.quiet && is_terminal(Stream::Output)) {
        print(Stream::Output, next_step(profiles.front()));
    }
    return ExitCode::Success;
}

}  // namespace tunlab
