#include "tunlab/kernel/take_down.hpp"

#include "tunlab/base/error.hpp"
#include "tunlab/kernel/ownership.hpp"
#include "tunlab/kernel/rtnl.hpp"
#include "tunlab/kernel/tun.hpp"

#include <algorithm>
#include <cerrno>

namespace tunlab {

namespace {

struct Found {
    NetnsContext* context;
    std::optional<LinkState> link;
};

Found find(const DownTarget& target, NetnsContexts& contexts) {
    NetnsContext& context = contexts.at(target.netns);
    const ScopedNetns scoped(context.netns, contexts.original());
    const HostState host = context.rtnl.read_host();
    const LinkState* const link = host.find(target.name);
    if (link == nullptr) return {&context, std::nullopt};
    require_ours(*link, target.name);
    return {&context, *link};
}

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

std::vector<DownOutcome> take_down(std::span<const DownTarget> targets, Access access) {
    std::vector<std::optional<std::string>> names(targets.size());
    std::transform(targets.begin(), targets.end(), names.begin(),
                   [](const DownTarget& target) { return target.netns; });
    NetnsContexts contexts(access);
    contexts.open(names);
    std::vector<Found> found;
    found.reserve(targets.size());
    for (const auto& target : targets) {
        found.push_back(find(target, contexts));
    }
    std::vector<DownOutcome> outcomes;
    outcomes.reserve(targets.size());
    for (std::size_t i = 0; i < targets.size(); ++i) {
        DownOutcome outcome{.name = targets[i].name, .netns = targets[i].netns.value_or("")};
        const auto& link = found[i].link;
        if (link && (access == Access::Reading || remove(found[i].context->rtnl, *link))) {
            const DeviceConfig config = config_of(*link);
            outcome.removed = true;
            outcome.addresses = config.addresses.size();
            outcome.routes = config.routes.size();
        }
        outcomes.push_back(outcome);
    }
    return outcomes;
}

}  // namespace tunlab
