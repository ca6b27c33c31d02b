#include "tunlab/kernel/take_down.hpp"

#include "tunlab/base/error.hpp"
#include "tunlab/base/escape.hpp"
#include "tunlab/kernel/interrupt.hpp"
#include "tunlab/kernel/ownership.hpp"
#include "tunlab/kernel/rtnl.hpp"
#include "tunlab/kernel/tun.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <new>

#include <fmt/format.h>

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

enum class Presence { There, Gone };

/// Whether the device is still there, seen on a fresh connection: another may wait for a lost
/// acknowledgement.
Presence look_again(const Found& found, const NetnsContexts& contexts) {
    const ScopedNetns scoped(found.context->netns, contexts.original());
    const HostState host = Rtnl().read_addresses();
    const LinkState* const link = host.find(found.link->ifindex);
    return link != nullptr && is_ours(*link) ? Presence::There : Presence::Gone;
}

/// Returns whether the device was there to be removed. Throws Error if it still is.
bool remove(Found& found, const NetnsContexts& contexts) {
    const LinkState& link = *found.link;
    try {
        found.context->rtnl.delete_link(link.ifindex);
        return true;
    } catch (const KernelRefusal& refusal) {
        if (refusal.error() == ENODEV) return false;  // another program removed it just now
        if (refusal.error() == EPERM) throw_needs_net_admin(link.name, "removing a device");
        throw Error({.subject = link.name, .action = "remove the device", .cause = refusal.what()});
    } catch (const Error& error) {  // the acknowledgement was lost, say
        {
            const ScopedNetns scoped(found.context->netns, contexts.original());
            found.context->rtnl = Rtnl();
        }
        if (look_again(found, contexts) == Presence::Gone) return true;
        throw Error({.subject = link.name, .action = "remove the device", .cause = error.what()});
    }
}

std::string join(const std::vector<std::string>& names) {
    return fmt::format("{}", fmt::join(names, ", "));
}

/// Says what is gone and what is left of several devices, as a fresh look shows it. Throws Error.
[[noreturn]] void throw_half_done(const std::vector<Found>& found, const NetnsContexts& contexts,
                                  ErrorParts parts) {
    std::vector<std::string> gone;
    std::vector<std::string> left;
    std::vector<std::string> unknown;
    for (const auto& device : found) {
        if (!device.link) continue;
        try {
            auto& list = look_again(device, contexts) == Presence::Gone ? gone : left;
            list.push_back(escape(device.link->name));
        } catch (const Error&) {
            unknown.push_back(escape(device.link->name));
        }
    }
    if (!gone.empty()) parts.notes.push_back("removed: " + join(gone));
    if (!left.empty()) parts.notes.push_back("not removed: " + join(left));
    if (!unknown.empty()) parts.notes.push_back("not known: " + join(unknown));
    if (!gone.empty() || !unknown.empty()) parts.code = ExitCode::Failed;
    throw Error(parts);
}

/// Removes the devices one after the other, and fills in which of them were there.
void remove_all(std::vector<Found>& found, const NetnsContexts& contexts,
                std::vector<DownOutcome>& outcomes) {
    try {
        for (std::size_t i = 0; i < found.size(); ++i) {
            throw_if_interrupted();
            outcomes[i].removed = found[i].link && remove(found[i], contexts);
        }
    } catch (const Error& error) {
        const bool alone = std::count_if(found.begin(), found.end(),
                                         [](const Found& device) { return device.link.has_value(); }) == 1;
        if (alone) throw;
        throw_half_done(found, contexts, error.parts());
    } catch (const std::bad_alloc&) {
        throw UnreportedFailure("out of memory; 'tunlab status' shows which devices are left",
                                ExitCode::Failed);
    }
}

}  // namespace

std::vector<DownOutcome> take_down(std::span<const DownTarget> targets, Access access) {
    std::vector<std::optional<std::string>> names(targets.size());
    std::transform(targets.begin(), targets.end(), names.begin(),
                   [](const DownTarget& target) { return target.netns; });
    if (access == Access::Changing) block_interrupts();
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
        if (found[i].link) {
            const DeviceConfig config = config_of(*found[i].link);
            outcome.removed = true;
            outcome.addresses = config.addresses.size();
            outcome.routes = config.routes.size();
        }
        outcomes.push_back(outcome);
    }
    if (access == Access::Changing) remove_all(found, contexts, outcomes);
    return outcomes;
}

}  // namespace tunlab
