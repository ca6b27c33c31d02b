#include "tunlab/cli/commands.hpp"
#include "tunlab/cli/target.hpp"
#include "tunlab/cli/terminal.hpp"
#include "tunlab/kernel/bring_up.hpp"
#include "tunlab/report/steps.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tunlab {

namespace {

/// An IPv4 address behind the device that no host holds: the third of its subnet, as in the origin's
/// experiment, or another near it.
std::string address_to_ping(const Profile& profile) {
    for (const auto& located : profile.addresses) {
        const IpPrefix& prefix = located.value.local;
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

bool is_pending(const UpOutcome& outcome) {
    return outcome.result != UpResult::Unchanged;
}

void report(const std::vector<UpOutcome>& outcomes, const UpCommand& command, const CommonOptions& common) {
    if (command.json) return print(Stream::Output, format_up_json(outcomes));
    if (common.quiet) return;
    const Tense tense = command.dry_run ? Tense::Planned : Tense::Done;
    const Commands commands = common.verbosity > 0 ? Commands::Shown : Commands::Hidden;
    for (const auto& outcome : outcomes) {
        print(Stream::Output, format_up(outcome, tense, commands));
    }
}

}  // namespace

ExitCode run_up(const UpCommand& command, const CommonOptions& common) {
    const std::vector<Profile> profiles = load_arguments(command.profiles, common);
    const OverlapRules overlap =
        overlap_rules(command.allow_overlap ? OverlapPolicy::Allow : OverlapPolicy::Refuse, common);
    auto outcomes = command.dry_run ? plan_up(profiles, overlap) : bring_up(profiles, overlap);
    tell([&] {
        for (auto& outcome : outcomes) {
            if (outcome.netns.empty()) outcome.netns = common.netns;  // its commands are for where it is
            for (const auto& warning : outcome.warnings) {
                print(Stream::Error, fmt::format("warning: {}\n", warning));
            }
        }
        report(outcomes, command, common);
    });
    const bool pending = std::any_of(outcomes.begin(), outcomes.end(), is_pending);
    if (command.exit_code && pending) return ExitCode::ChangesPending;
    const bool created = outcomes.front().result == UpResult::Created && !command.dry_run;
    if (created && !common.quiet && !command.json && is_terminal(Stream::Output)) {
        tell([&] { print(Stream::Output, next_step(profiles.front())); });
    }
    return ExitCode::Success;
}

}  // namespace tunlab
