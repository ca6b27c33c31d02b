#include "tunlab/base/error.hpp"
#include "tunlab/base/escape.hpp"
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
std::vector<std::string> default_targets(const HostState& host, const DownCommand& command) {
    const auto devices = own_devices(host, std::nullopt);
    if (devices.size() > 1 && !command.all) {
        throw Error({.subject = "several devices of tunlab's are here",
                     .cause = list_devices(devices),
                     .tries = {fmt::format("tunlab down {}", devices.front().name), "tunlab down --all"},
                     .code = ExitCode::Usage});
    }
    std::vector<std::string> names(devices.size());
    std::transform(devices.begin(), devices.end(), names.begin(),
                   [](const LinkState& link) { return link.name; });
    return names;
}

std::string name_of(const std::string& word, const HostState& host) {
    if (names_profile(word)) return load_profile(word).name.value.str();
    if (host.find(word) != nullptr) return word;  // "lo" is a device, if not one to be made
    return device_name(word).str();
}

/// Each device once, in the order in which they were named.
std::vector<std::string> named_targets(const std::vector<std::string>& words, const HostState& host) {
    std::vector<std::string> names;
    for (const auto& word : words) {
        const std::string name = name_of(word, host);
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    return names;
}

std::string format_absent(const HostState& host, const std::string& name) {
    const std::string suggestion = suggest_device(host, name);
    return fmt::format("{}: no such device, nothing to do{}{}\n", escape(name),
                       suggestion.empty() ? "" : "; ", suggestion);
}

}  // namespace

ExitCode run_down(const DownCommand& command, const CommonOptions& common) {
    const HostState host = list_links();
    const auto names =
        command.targets.empty() ? default_targets(host, command) : named_targets(command.targets, host);
    if (names.empty()) {
        if (!common.quiet) print(Stream::Output, "no devices of tunlab's here, nothing to do\n");
        return ExitCode::Success;
    }
    for (const auto& outcome : take_down(names)) {
        if (common.quiet) continue;
        print(Stream::Output, outcome.removed
                                  ? format_removed(outcome.name, outcome.addresses, outcome.routes)
                                  : format_absent(host, outcome.name));
    }
    return ExitCode::Success;
}

}  // namespace tunlab
