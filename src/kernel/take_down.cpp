#include "tunlab/kernel/take_down.hpp"

#include "tunlab/base/error.hpp"
#include "tunlab/kernel/lock.hpp"
#include "tunlab/kernel/ownership.hpp"
#include "tunlab/kernel/rtnl.hpp"
#include "tunlab/kernel/tun.hpp"

#include <cerrno>

namespace tunlab {

namespace {

/// Returns whether the device was there to be removed.
bool remove(Rtnl& rtnl, const LinkState& link) {
    try {
        rtnl.delete_link(link.ifindex);
        return true;
    } catch (const KernelRefusal& refusal) {
        if (refusal.error() == ENODEV) return false;  // it went between looking and removing
        if (refusal.error() == EPERM) throw_needs_net_admin(link.name, "removing a device");
        throw Error({.subject = link.name, .action = "remove the device", .cause = refusal.what()});
    }
}

}  // namespace

std::vector<DownOutcome> take_down(std::span<const std::string> names) {
    const NamespaceLock lock;
    Rtnl rtnl;
    const HostState host = rtnl.read_host();
    for (const auto& name : names) {
        if (const LinkState* const link = host.find(name)) require_ours(*link, name);
    }
    std::vector<DownOutcome> outcomes;
    for (const auto& name : names) {
        DownOutcome outcome{.name = name};
        if (const LinkState* const link = host.find(name); link != nullptr && remove(rtnl, *link)) {
            const DeviceConfig config = config_of(*link);
            outcome = {.name = name,
                       .removed = true,
                       .addresses = config.addresses.size(),
                       .routes = config.routes.size()};
        }
        outcomes.push_back(outcome);
    }
    return outcomes;
}

}  // namespace tunlab
