#include "tunlab/kernel/job.hpp"

#include "tunlab/base/escape.hpp"
#include "tunlab/kernel/accounts.hpp"
#include "tunlab/kernel/holders.hpp"
#include "tunlab/kernel/ownership.hpp"
#include "tunlab/plan/overlap.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace tunlab {

namespace {

/// Two profiles can't make one device of one namespace.
void require_distinct_devices(const std::vector<Job>& jobs) {
    std::map<std::pair<const Site*, std::string>, const Profile*> seen;
    for (const auto& job : jobs) {
        const auto [other, is_new] = seen.try_emplace({job.site, job.name()}, job.profile);
        if (is_new) continue;
        throw Error(
            {.subject = escape(job.profile->file),
             .cause = fmt::format("{} describes device {} already", escape(other->second->file), job.name()),
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

[[noreturn]] void throw_cannot_become(const Job& job, const std::string& reason) {
    throw Error(
        {.subject = job.name(),
         .cause = reason + "; that can't be changed while the device exists",
         .tries = {fmt::format("tunlab down {} && tunlab up {}", job.name(), shell_quote(job.profile->file))},
         .code = ExitCode::Conflict});
}

/// Finds what stands under the job's name, and refuses what tunlab may not change.
void look_up(Job& job, const HostState& host) {
    job.wanted = wanted_for(*job.profile, host);
    const LinkState* const link = host.find(job.name());
    if (link == nullptr) return;
    require_ours(*link, job.name());
    if (!link->tun->persistent) throw_busy(job.profile->name.value, "the device goes when that ends");
    if (const auto reason = cannot_become(job.identity, *link->tun)) throw_cannot_become(job, *reason);
    job.before = *link;
    job.ifindex = link->ifindex;
}

void refuse_overlap(const Job& job, const HostState& host, const std::optional<IpAddress>& peer) {
    if (job.before && job.plan_steps().empty()) return;  // there is nothing to be done that could hurt
    const auto found = find_overlap(job.wanted, job.name(), host, peer);
    if (!found) return;
    throw Error({.subject = job.name(),
                 .cause = fmt::format("{}: {}", found->what, found->consequence),
                 .origin = found->where ? found->where->to_string() : "",
                 .hint = "if you know why: --allow-overlap",
                 .code = ExitCode::Conflict});
}

/// The machine as it will be when `job` is done, for judging the jobs after it.
void add_to(HostState& host, const Job& job) {
    LinkState link;
    link.name = job.name();
    for (const auto& address : job.wanted.addresses) {
        link.addresses.push_back({.config = address.value});
    }
    for (const auto& route : job.wanted.routes) {
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
    return wanted_config(profile, {.profile_path = profile.path,
                                   .mac = default_mac(machine_id(), profile.name.value),
                                   .bridge = find_bridge(profile, host)});
}

std::vector<Step> Job::plan_steps() const {
    return plan(wanted, before ? config_of(*before) : fresh_config(identity.mode));
}

std::vector<Job> make_jobs(std::span<const Profile> profiles, Sites& sites, const OverlapRules& overlap) {
    const auto netns_of = [](const Profile& profile) {
        return profile.netns ? std::optional(profile.netns->value) : std::nullopt;
    };
    std::vector<std::optional<std::string>> places(profiles.size());
    std::transform(profiles.begin(), profiles.end(), places.begin(), netns_of);
    sites.open(places);
    std::vector<Job> jobs;
    jobs.reserve(profiles.size());
    for (const auto& profile : profiles) {
        jobs.push_back({.profile = &profile,
                        .site = &sites.at(netns_of(profile)),
                        .owner = resolve_owner(profile.owner),
                        .identity = identity_of(profile)});
    }
    require_distinct_devices(jobs);
    std::map<const Site*, HostState> hosts;
    for (auto& job : jobs) {
        const Visit visit(job.site->place, sites.home());
        auto [host, is_new] = hosts.try_emplace(job.site);
        if (is_new) host->second = job.site->rtnl.read_host();
        look_up(job, host->second);
    }
    if (overlap.policy == OverlapPolicy::Allow) return jobs;
    for (const auto& job : jobs) {
        std::erase_if(hosts[job.site].links, [&](const LinkState& link) { return link.name == job.name(); });
    }
    for (const auto& job : jobs) {
        const bool at_home = job.site->place.same_as(sites.home());
        refuse_overlap(job, hosts[job.site], at_home ? overlap.ssh_peer : std::nullopt);
        add_to(hosts[job.site], job);
    }
    return jobs;
}

}  // namespace tunlab
