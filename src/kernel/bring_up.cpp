#include "tunlab/kernel/bring_up.hpp"

#include "tunlab/base/error.hpp"
#include "tunlab/base/escape.hpp"
#include "tunlab/kernel/accounts.hpp"
#include "tunlab/kernel/holders.hpp"
#include "tunlab/kernel/interrupt.hpp"
#include "tunlab/kernel/ownership.hpp"
#include "tunlab/plan/plan.hpp"

#include <algorithm>
#include <cerrno>
#include <functional>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace tunlab {

namespace {

constexpr int kRounds = 3;  // of planning and applying, until the plan is empty

std::string hint_for(const KernelRefusal& refusal, const Step& step, const DeviceConfig& wanted) {
    const auto* const add = std::get_if<Add<RouteConfig>>(&step.change);
    if (add == nullptr) return "";
    const auto is_own = [&](const Located<AddressConfig>& address) {
        return address.value.address.address() == *add->item.source;
    };
    const bool foreign_source =
        add->item.source && std::none_of(wanted.addresses.begin(), wanted.addresses.end(), is_own);
    if (foreign_source && refusal.error() == EINVAL) {
        return fmt::format("this machine holds no {}; \"src\" must be one of its own addresses",
                           add->item.source->to_string());
    }
    if (refusal.error() == EEXIST)
        return "this machine has such a route already; another \"metric\" lets both be";
    return "";
}

/// Removing an address takes routes with it, and a sysctl such as promote_secondaries changes what else:
/// a change that the state shows as done already is no failure.
bool is_done_already(const Change& change, const DeviceConfig& present) {
    const auto has = [](const auto& list, const auto& value) {
        return std::any_of(list.begin(), list.end(), [&](const auto& item) { return item.value == value; });
    };
    if (const auto* const add = std::get_if<Add<AddressConfig>>(&change))
        return has(present.addresses, add->item);
    if (const auto* const add = std::get_if<Add<RouteConfig>>(&change)) return has(present.routes, add->item);
    if (const auto* const gone = std::get_if<Remove<AddressConfig>>(&change))
        return !has(present.addresses, gone->item);
    if (const auto* const gone = std::get_if<Remove<RouteConfig>>(&change))
        return !has(present.routes, gone->item);
    if (const auto* const gone = std::get_if<Remove<NeighbourConfig>>(&change)) {
        return !has(present.neighbours, gone->item);
    }
    return false;
}

const LinkState& require_link(const HostState& host, const std::string& name, std::uint32_t ifindex) {
    const LinkState* const link = host.find(ifindex);
    if (link != nullptr) return *link;
    throw Error({.subject = name, .cause = "the device was removed by somebody else meanwhile"});
}

void apply_step(const Job& job, const LinkState& link, const Step& step) {
    Rtnl& rtnl = job.site->rtnl;
    try {
        rtnl.apply(link, step.change);
    } catch (const KernelRefusal& refusal) {
        const HostState host = rtnl.read_host();
        if (is_done_already(step.change, config_of(require_link(host, job.name(), job.ifindex)))) return;
        if (refusal.error() == EPERM) throw_needs_net_admin(job.name(), "changing a device");
        throw Error({.subject = job.name(),
                     .action = fmt::format("{} {}", kind_of(step.change), value_of(step.change)),
                     .cause = refusal.what(),
                     .origin = step.where ? step.where->to_string() : "",
                     .hint = hint_for(refusal, step, job.wanted)});
    } catch (const Error& error) {  // the message did not even get there
        ErrorParts parts = error.parts();
        parts.subject = job.name();
        parts.action = fmt::format("{} {}", kind_of(step.change), value_of(step.change));
        parts.cause = error.what();
        parts.origin = step.where ? step.where->to_string() : "";
        throw Error(parts);
    }
}

/// Applies the plan and plans again until nothing is left to do. `before_step` is called before each
/// step, and each step done goes to `done`.
void converge(const Job& job, const DeviceConfig& wanted, std::vector<Step>& done,
              const std::function<void()>& before_step) {
    std::vector<Step> steps;
    for (int round = 0; round <= kRounds; ++round) {
        const HostState host = job.site->rtnl.read_host();
        const LinkState& link = require_link(host, job.name(), job.ifindex);
        steps = plan(wanted, config_of(link));
        if (steps.empty()) return;
        if (round == kRounds) break;
        for (const auto& step : steps) {
            before_step();
            apply_step(job, link, step);
            done.push_back(step);
        }
    }
    throw Error(
        {.subject = job.name(),
         .action = fmt::format("{} {}", kind_of(steps.front().change), value_of(steps.front().change)),
         .cause = "the kernel took it but does not show it",
         .origin = steps.front().where ? steps.front().where->to_string() : ""});
}

void create(Job& job) {
    job.device = TunDevice::create(job.profile->name.value, job.profile->mode, job.queues(), job.owner,
                                   job.identity.group);
    const HostState host = job.site->rtnl.read_addresses();
    const LinkState* const link = host.find(job.name());
    if (link == nullptr)
        throw Error({.subject = job.name(), .cause = "the device vanished while it was made"});
    job.ifindex = link->ifindex;
}

void configure(Job& job) {
    if (!job.before) create(job);
    converge(job, job.wanted, job.steps, heed_interrupts);
}

UpOutcome outcome_of(const Job& job, std::vector<Step> steps) {
    const bool unchanged = job.before && steps.empty();
    const std::uint32_t owner = job.before ? job.before->tun->owner.value_or(0) : job.owner;
    return {.name = job.name(),
            .mode = job.profile->mode,
            .owner = user_name(owner),
            .group = job.identity.group ? group_name(*job.identity.group) : "",
            .multi_queue = job.identity.multi_queue,
            .netns = job.profile->netns ? job.profile->netns->value : "",
            .result = !job.before ? UpResult::Created : (unchanged ? UpResult::Unchanged : UpResult::Changed),
            .steps = std::move(steps)};
}

/// The commands that lead from where the device is to `before`.
std::vector<std::string> commands_back(const Job& job, const DeviceConfig& before) {
    std::vector<std::string> commands;
    try {
        const HostState host = job.site->rtnl.read_host();
        const LinkState* const link = host.find(job.ifindex);
        if (link == nullptr) return {};
        for (const auto& step : plan(before, config_of(*link))) {
            commands.push_back(outcome_of(job, {}).command_for(step.change));
        }
    } catch (const Error&) {  // not even to be read: then the user must look
        commands.push_back(fmt::format("tunlab status {}", job.name()));
    }
    return commands;
}

/// Takes back what was done to an existing device, as far as the kernel lets: a step that it refuses does not
/// keep the others from being done. Returns the commands that are still needed.
std::vector<std::string> restore(const Job& job) {
    const DeviceConfig before = config_of(*job.before);
    try {
        for (int round = 0; round < kRounds; ++round) {
            const HostState host = job.site->rtnl.read_host();
            const LinkState& link = require_link(host, job.name(), job.ifindex);
            const auto steps = plan(before, config_of(link));
            if (steps.empty()) return {};
            for (const auto& step : steps) {
                try {
                    apply_step(job, link, step);
                } catch (const Error&) {  // what is still missing at the end is told
                }
            }
        }
    } catch (const Error&) {  // the state can't even be read: commands_back() says what that means
    }
    return commands_back(job, before);
}

/// Makes a new device vanish, also one that was made persistent before another job failed.
void remove(Job& job, ErrorParts& parts) {
    try {
        job.device->set_persistence(Persistence::WithHolder);
        job.device.reset();
        parts.notes.push_back(fmt::format("rolled back: {} removed", job.name()));
    } catch (const Error& error) {
        parts.notes.push_back(fmt::format("not rolled back: {}", error.what()));
        parts.tries.push_back(DownOutcome{.name = job.name(), .netns = outcome_of(job, {}).netns}.command());
        parts.code = ExitCode::RollbackIncomplete;
    }
}

/// Undoes one job and tells so in `parts`.
void undo(Job& job, const Sites& sites, ErrorParts& parts) {
    const Visit visit(job.site->place, sites.home());
    if (job.device) return remove(job, parts);
    if (job.steps.empty()) return;
    const auto left = restore(job);
    parts.notes.push_back(left.empty()
                              ? fmt::format("rolled back: {} as it was before", job.name())
                              : fmt::format("not rolled back whole: {} is not as it was before", job.name()));
    if (!left.empty()) parts.code = ExitCode::RollbackIncomplete;
    parts.tries.insert(parts.tries.end(), left.begin(), left.end());
}

/// Undoes the jobs from the last to the first, each whatever becomes of the others.
void roll_back(std::vector<Job>& jobs, const Sites& sites, ErrorParts& parts) {
    std::for_each(jobs.rbegin(), jobs.rend(), [&](Job& job) {
        try {
            undo(job, sites, parts);
        } catch (const std::exception& error) {
            parts.notes.push_back(fmt::format("not rolled back: {}: {}", job.name(), error.what()));
            parts.code = ExitCode::RollbackIncomplete;
        }
    });
}

/// Persistence is what commits a new device.
void commit(std::vector<Job>& jobs, const InterruptGuard& interrupts) {
    for (auto& job : jobs) {
        heed_interrupts();
        if (job.device) job.device->set_persistence(Persistence::Persistent);
    }
    interrupts.forget();  // all is done: too late to undo it
}

}  // namespace

std::vector<UpOutcome> plan_up(std::span<const Profile> profiles, const OverlapRules& overlap) {
    Sites sites(Access::Reading);
    std::vector<UpOutcome> outcomes;
    outcomes.reserve(profiles.size());
    for (const auto& job : make_jobs(profiles, sites, overlap)) {
        outcomes.push_back(outcome_of(job, job.plan_steps()));
    }
    return outcomes;
}

std::vector<UpOutcome> bring_up(std::span<const Profile> profiles, const OverlapRules& overlap) {
    const InterruptGuard interrupts;
    Sites sites(Access::Changing);
    std::vector<Job> jobs = make_jobs(profiles, sites, overlap);
    try {
        for (auto& job : jobs) {
            const Visit visit(job.site->place, sites.home());
            configure(job);
        }
        commit(jobs, interrupts);
    } catch (const Error& error) {
        ErrorParts parts = error.parts();
        roll_back(jobs, sites, parts);
        throw Error(parts);
    } catch (...) {  // out of memory, say: no device may be left half for it
        ErrorParts ignored;
        roll_back(jobs, sites, ignored);
        throw;
    }
    std::vector<UpOutcome> outcomes;
    outcomes.reserve(jobs.size());
    for (auto& job : jobs) {
        outcomes.push_back(outcome_of(job, job.steps));
    }
    return outcomes;
}

HeldDevice bring_up_held(const Profile& profile, const OverlapRules& overlap) {
    const InterruptGuard interrupts;
    Sites sites(Access::Changing);
    Job job = std::move(make_jobs(std::span(&profile, 1), sites, overlap).front());
    if (job.before) {
        throw Error(
            {.subject = job.name(), .cause = "the device exists already", .code = ExitCode::Conflict});
    }
    configure(job);
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
    const Queues queues = link->tun->multi_queue ? Queues::Several : Queues::One;
    // A second holder of a multi-queue device would not fail: it would silently take half of the packets.
    if (link->tun->attached_queues > 0) throw_busy(name);
    HeldDevice held{.device = TunDevice::attach(name, link->tun->mode, queues),
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
