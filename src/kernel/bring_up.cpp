#include "tunlab/kernel/bring_up.hpp"

#include "tunlab/base/error.hpp"
#include "tunlab/base/escape.hpp"
#include "tunlab/kernel/accounts.hpp"
#include "tunlab/kernel/holders.hpp"
#include "tunlab/kernel/lock.hpp"
#include "tunlab/kernel/ownership.hpp"
#include "tunlab/kernel/profile_file.hpp"
#include "tunlab/kernel/rtnl.hpp"
#include "tunlab/plan/plan.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace tunlab {

namespace {

/// One profile on its way to being a device.
struct Job {
    const Profile* profile;
    std::uint32_t owner;
    DeviceIdentity identity;
    DeviceConfig wanted;
    std::optional<LinkState> before;  ///< the device as it was found; absent if there was none
    std::optional<TunDevice> device;  ///< held while it is new
    std::uint32_t ifindex = 0;
    std::vector<Step> steps;

    [[nodiscard]] const std::string& name() const { return profile->name.value.str(); }
};

Job make_job(const Profile& profile) {
    const std::uint32_t owner = resolve_owner(profile.owner);
    Job job{.profile = &profile,
            .owner = owner,
            .identity = {},
            .wanted = {},
            .before = {},
            .device = {},
            .steps = {}};
    job.identity = {.mode = profile.mode,
                    .owner = profile.owner ? std::optional(owner) : std::nullopt,
                    .group = resolve_group(profile.group)};
    job.wanted = wanted_config(profile, {.profile_path = absolute_path(profile.file),
                                         .mac = default_mac(machine_id(), profile.name.value)});
    return job;
}

void require_distinct_names(std::span<const Profile> profiles) {
    std::map<InterfaceName, const Profile*> seen;
    for (const auto& profile : profiles) {
        const auto [other, is_new] = seen.try_emplace(profile.name.value, &profile);
        if (is_new) continue;
        throw Error({.subject = escape(profile.file),
                     .cause = fmt::format("{} describes device {} already", escape(other->second->file),
                                          profile.name.value.str()),
                     .code = ExitCode::Usage});
    }
}

/// Finds what stands under the job's name, and refuses what tunlab may not change.
void look_up(Job& job, const HostState& host) {
    const LinkState* const link = host.find(job.name());
    if (link == nullptr) return;
    require_ours(*link, job.name());
    if (!link->tun->persistent) {
        throw Error({.subject = fmt::format("{} is busy", job.name()),
                     .cause = describe_holders(find_holders(job.profile->name.value)),
                     .hint = "the device goes when that ends",
                     .code = ExitCode::Conflict});
    }
    if (const auto reason = cannot_become(job.identity, *link->tun)) {
        throw Error({.subject = job.name(),
                     .cause = *reason + "; that can't be changed while the device exists",
                     .tries = {fmt::format("tunlab down {} && tunlab up {}", job.name(),
                                           shell_quote(job.profile->file))},
                     .code = ExitCode::Conflict});
    }
    job.before = *link;
    job.ifindex = link->ifindex;
}

std::string hint_for(const KernelRefusal& refusal, const Step& step, const DeviceConfig& wanted) {
    const auto* const add = std::get_if<AddRoute>(&step.change);
    if (add == nullptr) return "";
    const auto is_own = [&](const Asked<AddressConfig>& address) {
        return address.value.address.address() == *add->route.source;
    };
    const bool foreign_source =
        add->route.source && std::none_of(wanted.addresses.begin(), wanted.addresses.end(), is_own);
    if (foreign_source && refusal.error() == EINVAL) {
        return fmt::format("this machine holds no {}; \"src\" must be one of its own addresses",
                           add->route.source->to_string());
    }
    if (refusal.error() == EEXIST)
        return "this machine has such a route already; another \"metric\" lets both be";
    return "";
}

/// What was to go and is gone already is no failure: removing an address takes routes with it.
bool is_gone_already(const KernelRefusal& refusal, const Change& change) {
    const bool address = std::holds_alternative<RemoveAddress>(change) && refusal.error() == EADDRNOTAVAIL;
    const bool route = std::holds_alternative<RemoveRoute>(change) && refusal.error() == ESRCH;
    return address || route;
}

void apply_step(Rtnl& rtnl, const std::string& name, std::uint32_t ifindex, const Step& step,
                const DeviceConfig& wanted) {
    try {
        rtnl.apply(ifindex, step.change);
    } catch (const KernelRefusal& refusal) {
        if (is_gone_already(refusal, step.change)) return;
        if (refusal.error() == EPERM) throw_needs_net_admin(name, "changing a device");
        throw Error({.subject = name,
                     .action = fmt::format("{} {}", kind_of(step.change), value_of(step.change)),
                     .cause = refusal.what(),
                     .origin = step.where ? step.where->to_string() : "",
                     .hint = hint_for(refusal, step, wanted)});
    }
}

const LinkState& require_link(const HostState& host, const std::string& name, std::uint32_t ifindex) {
    const LinkState* const link = host.find(ifindex);
    if (link != nullptr) return *link;
    throw Error({.subject = name, .cause = "the device was removed by somebody else meanwhile"});
}

/// Applies the plan and plans again until nothing is left to do: what the kernel drags along with a
/// change (an address takes its routes) is put right in the next round. Every step goes to `done`.
void converge(Rtnl& rtnl, const std::string& name, std::uint32_t ifindex, const DeviceConfig& wanted,
              std::vector<Step>& done) {
    constexpr int kRounds = 3;
    std::vector<Step> steps;
    for (int round = 0; round <= kRounds; ++round) {
        const HostState host = rtnl.read_host();
        steps = plan(wanted, config_of(require_link(host, name, ifindex)));
        if (steps.empty()) return;
        if (round == kRounds) break;
        for (const auto& step : steps) {
            apply_step(rtnl, name, ifindex, step, wanted);
            done.push_back(step);
        }
    }
    throw Error(
        {.subject = name,
         .action = fmt::format("{} {}", kind_of(steps.front().change), value_of(steps.front().change)),
         .cause = "the kernel took it but does not show it",
         .origin = steps.front().where ? steps.front().where->to_string() : ""});
}

void create(Job& job, Rtnl& rtnl) {
    job.device = TunDevice::create(job.profile->name.value, job.profile->mode, job.owner, job.identity.group);
    const HostState host = rtnl.read_addresses();
    const LinkState* const link = host.find(job.name());
    if (link == nullptr)
        throw Error({.subject = job.name(), .cause = "the device vanished while it was made"});
    job.ifindex = link->ifindex;
}

void configure(Job& job, Rtnl& rtnl) {
    if (!job.before) create(job, rtnl);
    converge(rtnl, job.name(), job.ifindex, job.wanted, job.steps);
}

/// Takes back what was done to an existing device. Returns the commands that would still be needed
/// where that failed too.
std::vector<std::string> restore(const Job& job, Rtnl& rtnl) {
    std::vector<Step> done;
    const DeviceConfig before = config_of(*job.before);
    try {
        converge(rtnl, job.name(), job.ifindex, before, done);
        return {};
    } catch (const Error&) {
        std::vector<std::string> commands;
        const HostState host = rtnl.read_host();
        const LinkState* const link = host.find(job.ifindex);
        if (link == nullptr) return {};
        for (const auto& step : plan(before, config_of(*link))) {
            commands.push_back(ip_command(step.change, job.name()));
        }
        return commands;
    }
}

/// Makes a new device vanish, also one that was made persistent before another job failed.
void remove(Job& job, ErrorParts& parts) {
    try {
        job.device->set_persistence(Persistence::WithHolder);
        job.device.reset();
        parts.notes.push_back(fmt::format("rolled back: {} removed", job.name()));
    } catch (const Error& error) {
        parts.notes.push_back(fmt::format("not rolled back: {}", error.what()));
        parts.tries.push_back(fmt::format("ip link delete dev {}", job.name()));
        parts.code = ExitCode::RollbackIncomplete;
    }
}

/// Undoes the jobs from the last to the first and tells so in `parts`.
void roll_back(std::vector<Job>& jobs, Rtnl& rtnl, ErrorParts& parts) {
    std::for_each(jobs.rbegin(), jobs.rend(), [&](Job& job) {
        if (job.device) return remove(job, parts);
        if (job.steps.empty()) return;
        const auto left = restore(job, rtnl);
        parts.notes.push_back(fmt::format("{}: {} as it was before",
                                          left.empty() ? "rolled back" : "not rolled back", job.name()));
        if (!left.empty()) parts.code = ExitCode::RollbackIncomplete;
        parts.tries.insert(parts.tries.end(), left.begin(), left.end());
    });
}

/// Persistence is what commits a new device.
void commit(std::vector<Job>& jobs) {
    for (auto& job : jobs) {
        if (job.device) job.device->set_persistence(Persistence::Persistent);
    }
}

UpOutcome outcome_of(Job& job) {
    const bool unchanged = job.before && job.steps.empty();
    const UpResult result =
        !job.before ? UpResult::Created : (unchanged ? UpResult::Unchanged : UpResult::Changed);
    return {.name = job.name(),
            .mode = job.profile->mode,
            .owner = job.before ? job.before->tun->owner.value_or(0) : job.owner,
            .result = result,
            .steps = std::move(job.steps)};
}

std::vector<Job> plan_jobs(std::span<const Profile> profiles, Rtnl& rtnl) {
    std::vector<Job> jobs;
    jobs.reserve(profiles.size());
    for (const auto& profile : profiles) {
        jobs.push_back(make_job(profile));
    }
    const HostState host = rtnl.read_host();
    for (auto& job : jobs) {
        look_up(job, host);
    }
    return jobs;
}

}  // namespace

std::vector<UpOutcome> bring_up(std::span<const Profile> profiles) {
    require_distinct_names(profiles);
    const NamespaceLock lock;
    Rtnl rtnl;
    std::vector<Job> jobs = plan_jobs(profiles, rtnl);
    try {
        for (auto& job : jobs) {
            configure(job, rtnl);
        }
        commit(jobs);
    } catch (const Error& error) {
        ErrorParts parts = error.parts();
        roll_back(jobs, rtnl, parts);
        throw Error(parts);
    }
    std::vector<UpOutcome> outcomes;
    outcomes.reserve(jobs.size());
    for (auto& job : jobs) {
        outcomes.push_back(outcome_of(job));
    }
    return outcomes;
}

HeldDevice bring_up_held(const Profile& profile) {
    const NamespaceLock lock;
    Rtnl rtnl;
    Job job = std::move(plan_jobs(std::span(&profile, 1), rtnl).front());
    if (job.before) {
        throw Error(
            {.subject = job.name(), .cause = "the device exists already", .code = ExitCode::Conflict});
    }
    configure(job, rtnl);
    return {
        .device = std::move(*job.device), .ifindex = job.ifindex, .name = job.name(), .mode = profile.mode};
}

HeldDevice attach_own(const InterfaceName& name) {
    const NamespaceLock lock;
    Rtnl rtnl;
    const HostState before = rtnl.read_addresses();
    const LinkState* const link = before.find(name.str());
    if (link == nullptr)
        throw Error({.subject = name.str(), .cause = "no such device", .code = ExitCode::Usage});
    require_ours(*link, name.str());
    HeldDevice held{.device = TunDevice::attach(name, link->tun->mode),
                    .ifindex = link->ifindex,
                    .name = name.str(),
                    .mode = link->tun->mode};
    // Attaching makes a new device if the old one went away just now; that one goes with `held`.
    const HostState after = rtnl.read_addresses();
    const LinkState* const attached = after.find(held.ifindex);
    if (attached == nullptr || attached->name != name.str()) {
        throw Error({.subject = name.str(), .cause = "the device went away", .code = ExitCode::DeviceGone});
    }
    return held;
}

}  // namespace tunlab
