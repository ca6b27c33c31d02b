#include "tunlab/kernel/device_task.hpp"

#include "tunlab/base/escape.hpp"
#include "tunlab/kernel/accounts.hpp"
#include "tunlab/kernel/holders.hpp"
#include "tunlab/kernel/ipv6_conf.hpp"
#include "tunlab/kernel/ownership.hpp"
#include "tunlab/plan/overlap.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace tunlab {

namespace {

/// Two profiles can't describe one device in one namespace.
void require_distinct_devices(const std::vector<DeviceTask>& tasks) {
    std::map<std::pair<const NetnsContext*, std::string>, const Profile*> seen;
    for (const auto& task : tasks) {
        const auto [other, is_new] = seen.try_emplace({task.context, task.name()}, task.profile);
        if (is_new) continue;
        throw Error(
            {.subject = escape(task.profile->file),
             .cause = fmt::format("{} describes device {} already", escape(other->second->file), task.name()),
             .code = ExitCode::Usage});
    }
}

std::optional<BridgeConfig> find_bridge(const Profile& profile, const HostState& host) {
    if (!profile.bridge) return std::nullopt;
    const std::string& name = profile.bridge->value;
    const LinkState* const link = host.find(name);
    if (link != nullptr && link->kind == "bridge") return BridgeConfig{link->ifindex, link->name};
    throw Error({.subject = fmt::format("{}: bridge {}", profile.name.value.str(), quote(name)),
                 .cause = link == nullptr ? "there is no such device" : "that device is no bridge",
                 .origin = profile.bridge->where->to_string(),
                 .tries = link == nullptr
                              ? std::vector{fmt::format("ip link add {} type bridge", escape(name))}
                              : std::vector<std::string>(),
                 .code = ExitCode::Environment});
}

[[noreturn]] void throw_cannot_become(const DeviceTask& task, const std::string& reason) {
    throw Error({.subject = task.name(),
                 .cause = reason + "; that can't be changed while the device exists",
                 .tries = {fmt::format("tunlab down {} && tunlab up {}", task.name(),
                                       shell_quote(task.profile->file))},
                 .code = ExitCode::Conflict});
}

/// Looks for an existing device of that name, and refuses one that tunlab may not change.
void look_up(DeviceTask& task, const HostState& host) {
    task.wanted = wanted_for(*task.profile, host);
    const LinkState* const link = host.find(task.name());
    if (link == nullptr) return;
    require_ours(*link, task.name());
    if (!link->tun->persistent) throw_busy(task.profile->name.value, "the device goes when that ends");
    if (const auto reason = cannot_become(task.identity, *link->tun)) throw_cannot_become(task, *reason);
    task.before = *link;
    task.ifindex = link->ifindex;
}

void refuse_overlap(const DeviceTask& task, const HostState& host, const std::optional<IpAddress>& peer) {
    if (task.before && task.plan_steps().empty()) return;  // no change, so no new overlap
    const auto found = find_overlap(task.wanted, task.name(), host, peer);
    if (!found) return;
    throw Error({.subject = task.name(),
                 .cause = fmt::format("{}: {}", found->what, found->consequence),
                 .origin = found->where ? found->where->to_string() : "",
                 .hint = "if you know why: --allow-overlap",
                 .code = ExitCode::Conflict});
}

/// Adds what `task` will configure, so that later tasks are checked against it.
void add_to(HostState& host, const DeviceTask& task) {
    LinkState link;
    link.name = task.name();
    for (const auto& address : task.wanted.addresses) {
        link.addresses.push_back({.config = address.value});
    }
    for (const auto& route : task.wanted.routes) {
        if (!route.value.destination.is_default()) continue;
        link.default_routes.push_back(
            {route.value.destination.family(), route.value.metric, route.value.table});
    }
    host.links.push_back(link);
}

}  // namespace

DeviceIdentity identity_of(const Profile& profile) {
    return {.mode = profile.mode,
            .owner = profile.owner ? std::optional(resolve_owner(profile.owner)) : std::nullopt,
            .group = resolve_group(profile.group),
            .multi_queue = profile.queues > 1};
}

DeviceConfig wanted_for(const Profile& profile, const HostState& host) {
    DeviceConfig wanted = wanted_config(profile, {.profile_path = profile.path,
                                                  .mac = default_mac(machine_id(), profile.name.value),
                                                  .bridge = find_bridge(profile, host)});
    if (is_ipv6_conf_writable()) return wanted;
    // The defaults only keep the host quiet: without them the device still does what the profile says.
    const LinkState* const link = host.find(profile.name.value.str());
    const bool only_by_file = link != nullptr && link->is_up();
    const auto leave_out = [&](DeviceField field) {
        const auto* const value = wanted.settings.find(field);
        if (value != nullptr && !value->where) wanted.settings.clear(field);
    };
    leave_out(DeviceField::AcceptRa);
    if (only_by_file) leave_out(DeviceField::AddrGenMode);
    return wanted;
}

std::vector<Step> DeviceTask::plan_steps() const {
    return plan(wanted, before ? config_of(*before) : fresh_config(identity.mode));
}

std::vector<DeviceTask> prepare_tasks(std::span<const Profile> profiles, NetnsContexts& contexts,
                                      const OverlapRules& overlap) {
    const auto netns_of = [](const Profile& profile) {
        return profile.netns ? std::optional(profile.netns->value) : std::nullopt;
    };
    std::vector<std::optional<std::string>> names(profiles.size());
    std::transform(profiles.begin(), profiles.end(), names.begin(), netns_of);
    contexts.open(names);
    std::vector<DeviceTask> tasks;
    tasks.reserve(profiles.size());
    for (const auto& profile : profiles) {
        tasks.push_back({.profile = &profile,
                         .context = &contexts.at(netns_of(profile)),
                         .owner = resolve_owner(profile.owner),
                         .identity = identity_of(profile)});
    }
    require_distinct_devices(tasks);
    std::map<const NetnsContext*, HostState> hosts;
    for (auto& task : tasks) {
        const ScopedNetns scoped(task.context->netns, contexts.original());
        auto [host, is_new] = hosts.try_emplace(task.context);
        if (is_new) host->second = task.context->rtnl.read_host();
        look_up(task, host->second);
    }
    if (overlap.policy == OverlapPolicy::Allow) return tasks;
    for (const auto& task : tasks) {
        std::erase_if(hosts[task.context].links,
                      [&](const LinkState& link) { return link.name == task.name(); });
    }
    for (const auto& task : tasks) {
        const bool in_original = task.context->netns.same_as(contexts.original());
        refuse_overlap(task, hosts[task.context], in_original ? overlap.ssh_peer : std::nullopt);
        add_to(hosts[task.context], task);
    }
    return tasks;
}

}  // namespace tunlab
