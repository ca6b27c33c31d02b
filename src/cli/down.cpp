#include "tunlab/base/error.hpp"
#include "tunlab/cli/commands.hpp"
#include "tunlab/cli/target.hpp"
#include "tunlab/cli/terminal.hpp"
#include "tunlab/kernel/profile_file.hpp"
#include "tunlab/kernel/survey.hpp"
#include "tunlab/kernel/take_down.hpp"
#include "tunlab/report/steps.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tunlab {

namespace {

/// Without names: all with --all, else the one there is.
std::vector<DownTarget> default_targets(const HostState& host, const DownCommand& command) {
    const auto devices = own_devices(host, std::nullopt);
    if (devices.size() > 1 && !command.all) {
        throw_several(devices, {fmt::format("tunlab down {}", devices.front().name), "tunlab down --all"});
    }
    std::vector<DownTarget> targets(devices.size());
    std::transform(devices.begin(), devices.end(), targets.begin(), [](const LinkState& link) {
        return DownTarget{link.name, std::nullopt};
    });
    return targets;
}

DownTarget target_of(const std::string& word, const HostState& host, const CommonOptions& common) {
    const bool device =
        !names_profile_file(word) && (host.find(word) != nullptr || !find_named_profile(word));
    if (!device) {
        const Profile profile = load_argument(word, common);
        return {profile.name.value.str(), profile.netns ? std::optional(profile.netns->value) : std::nullopt};
    }
    if (host.find(word) != nullptr) return {word, std::nullopt};  // also "lo", which is no name to be made
    return {device_name(word).str(), std::nullopt};
}

/// Each device once, in the order in which they were named.
std::vector<DownTarget> named_targets(const DownCommand& command, const HostState& host,
                                      const CommonOptions& common) {
    std::vector<DownTarget> targets;
    for (const auto& word : command.targets) {
        const DownTarget target = target_of(word, host, common);
        const bool again = std::any_of(targets.begin(), targets.end(), [&](const DownTarget& other) {
            return other.name == target.name && other.netns == target.netns;
        });
        if (!again) targets.push_back(target);
    }
    return targets;
}

void report(const std::vector<DownOutcome>& outcomes, const DownCommand& command, const CommonOptions& common,
            const HostState& host) {
    if (command.json) return print(Stream::Output, format_down_json(outcomes));
    if (common.quiet) return;
    const Tense tense = command.dry_run ? Tense::Planned : Tense::Done;
    const Commands commands = common.verbosity > 0 ? Commands::Shown : Commands::Hidden;
    for (const auto& outcome : outcomes) {
        print(Stream::Output, format_down(outcome, tense, commands, suggest_device(host, outcome.name)));
    }
    if (outcomes.empty()) print(Stream::Output, "no devices of tunlab's here, nothing to do\n");
}

}  // namespace

ExitCode run_down(const DownCommand& command, const CommonOptions& common) {
    const HostState host = list_links();
    const auto targets =
        command.targets.empty() ? default_targets(host, command) : named_targets(command, host, common);
    auto outcomes = take_down(targets, command.dry_run ? Access::Reading : Access::Changing);
    tell([&] {
        for (auto& outcome : outcomes) {
            if (outcome.netns.empty()) outcome.netns = common.netns;  // its command is for where it is
        }
        report(outcomes, command, common, host);
    });
    const bool pending = std::any_of(outcomes.begin(), outcomes.end(),
                                     [](const DownOutcome& outcome) { return outcome.removed; });
    return command.exit_code && pending ? ExitCode::ChangesPending : ExitCode::Success;
}

}  // namespace tunlab
