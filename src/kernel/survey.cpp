#include "tunlab/kernel/survey.hpp"

#include "tunlab/base/error.hpp"
#include "tunlab/base/source.hpp"
#include "tunlab/kernel/accounts.hpp"
#include "tunlab/kernel/device_task.hpp"
#include "tunlab/kernel/holders.hpp"
#include "tunlab/kernel/ownership.hpp"
#include "tunlab/kernel/profile_file.hpp"
#include "tunlab/kernel/rtnl.hpp"
#include "tunlab/plan/mark.hpp"
#include "tunlab/plan/plan.hpp"

namespace tunlab {

namespace {

void compare_with_profile(DeviceStatus& status, const HostState& host) {
    const Profile profile = load_marked_profile(status.profile);
    status.drift = plan(wanted_for(profile, host), config_of(status.link));
    status.conflict = cannot_become(identity_of(profile), *status.link.tun).value_or("");
    if (profile.name.value.str() != status.link.name) {
        status.conflict = "the profile describes device " + profile.name.value.str();
    }
    const bool in_sync = status.drift.empty() && status.conflict.empty();
    status.standing = in_sync ? ProfileStanding::InSync : ProfileStanding::Drifted;
}

DeviceStatus status_of(const LinkState& link, const HostState& host) {
    DeviceStatus status;
    status.link = link;
    if (link.tun->owner) status.owner = user_name(*link.tun->owner);
    if (link.tun->group) status.group = group_name(*link.tun->group);
    status.profile = parse_mark(link.alias())->profile;
    if (const auto name = parse_interface_name(link.name); std::holds_alternative<InterfaceName>(name)) {
        for (const auto& holder : find_holders(std::get<InterfaceName>(name))) {
            status.attached.push_back(holder.pid);
        }
    }
    if (status.profile.empty()) return status;
    try {
        compare_with_profile(status, host);
    } catch (const InvalidProfile&) {
        status.standing = ProfileStanding::Unreadable;
    } catch (const Error&) {  // an owner, group or bridge that this machine doesn't know
        status.standing = ProfileStanding::Unreadable;
    }
    return status;
}

}  // namespace

std::vector<DeviceStatus> survey() {
    Rtnl rtnl;
    const HostState host = rtnl.read_host();
    std::vector<DeviceStatus> devices;
    for (const auto& link : host.links) {
        if (is_ours(link)) devices.push_back(status_of(link, host));
    }
    return devices;
}

HostState list_links() {
    return Rtnl().read_addresses();
}

}  // namespace tunlab
