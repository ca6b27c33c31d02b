#include "tunlab/report/status.hpp"

#include "tunlab/cli/commands.hpp"
#include "tunlab/cli/target.hpp"
#include "tunlab/cli/terminal.hpp"
#include "tunlab/kernel/ownership.hpp"
#include "tunlab/kernel/survey.hpp"

#include <algorithm>

namespace tunlab {

namespace {

/// The chosen ones of `all`. Throws Error for a name that is no device of tunlab's.
std::vector<DeviceStatus> choose(const std::vector<DeviceStatus>& all,
                                 const std::vector<std::string>& names) {
    const HostState host = list_links();
    std::vector<DeviceStatus> chosen;
    for (const auto& name : names) {
        const bool again = std::any_of(chosen.begin(), chosen.end(),
                                       [&](const DeviceStatus& device) { return device.link.name == name; });
        if (again) continue;
        const auto found = std::find_if(all.begin(), all.end(),
                                        [&](const DeviceStatus& device) { return device.link.name == name; });
        if (found == all.end()) {
            require_ours(existing_device(host, name), name);
        } else {
            chosen.push_back(*found);
        }
    }
    return chosen;
}

}  // namespace

ExitCode run_status(const StatusCommand& command, const CommonOptions& /*common*/) {
    std::vector<DeviceStatus> devices = survey();
    if (!command.devices.empty()) devices = choose(devices, command.devices);
    if (command.json) {
        print(Stream::Output, format_status_json(devices));
    } else if (devices.empty()) {
        print(Stream::Error, "no devices of tunlab's here\n");
    } else {
        print(Stream::Output, format_status(devices));
    }
    // Nobody knows whether a device is what an unreadable profile says; for sure it is not known to be.
    const bool drifted = std::any_of(devices.begin(), devices.end(), [](const DeviceStatus& device) {
        return device.standing == ProfileStanding::Drifted || device.standing == ProfileStanding::Unreadable;
    });
    return command.exit_code && drifted ? ExitCode::ChangesPending : ExitCode::Success;
}

}  // namespace tunlab
