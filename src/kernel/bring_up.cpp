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

/// Removing an address also removes routes, and sysctls such as promote_secondaries decide what else: a
/// refused change that the state already shows is no failure.
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

void apply_step(const DeviceTask& task, const LinkState& link, const Step& step) {
    Rtnl& rtnl = task.context->rtnl;
    try {
        rtnl.apply(link, step.change);
    } catch (const KernelRefusal& refusal) {
        const HostState host = rtnl.read_host();
        if (is_done_already(step.change, config_of(require_link(host, task.name(), task.ifindex)))) return;
        if (refusal.error() == EPERM) throw_needs_net_admin(task.name(), "changing a device");
        throw Error({.subject = task.name(),
                     .action = fmt::format("{} {}", kind_of(step.change), value_of(step.change)),
                     .cause = refusal.what(),
                     .origin = step.where ? step.where->to_string() : "",
                     .hint = hint_for(refusal, step, task.wanted)});
    } catch (const Error& error) {  // the message was not sent
        ErrorParts parts = error.parts();
        parts.subject = task.name();
        parts.action = fmt::format("{} {}", kind_of(step.change), value_of(step.change));
        parts.cause = error.what();
        parts.origin = step.where ? step.where->to_string() : "";
        throw Error(parts);
    }
}

/// Applies the plan and plans again until the plan is empty. Calls `before_step` before each step, and
/// appends each applied step to `done`.
void converge(const DeviceTask& task, const DeviceConfig& wanted, std::vector<Step>& done,
              const std::function<void()>& before_step) {
    std::vector<Step> steps;
    for (int round = 0; round <= kRounds; ++round) {
        const HostState host = task.context->rtnl.read_host();
        const LinkState& link = require_link(host, task.name(), task.ifindex);
        steps = plan(wanted, config_of(link));
        if (steps.empty()) return;
        if (round == kRounds) break;
        for (const auto& step : steps) {
            before_step();
            apply_step(task, link, step);
            done.push_back(step);
        }
    }
    throw Error(
        {.subject = task.name(),
         .action = fmt::format("{} {}", kind_of(steps.front().change), value_of(steps.front().change)),
         .cause = "the kernel took it but does not show it",
         .origin = steps.front().where ? steps.front().where->to_string() : ""});
}

void create(DeviceTask& task) {
    task.device = TunDevice::create(task.profile->name.value, task.profile->mode, task.queues(), task.owner,
                                    task.identity.group);
    const HostState host = task.context->rtnl.read_addresses();
    const LinkState* const link = host.find(task.name());
    if (link == nullptr)
        throw Error({.subject = task.name(), .cause = "the device vanished while it was made"});
    task.ifindex = link->ifindex;
}

void configure(DeviceTask& task) {
    if (!task.before) create(task);
    converge(task, task.wanted, task.steps, throw_if_interrupted);
}

UpOutcome outcome_of(const DeviceTask& task, std::vector<Step> steps) {
    const bool unchanged = task.before && steps.empty();
    const std::uint32_t owner = task.before ? task.before->tun->owner.value_or(0) : task.owner;
    return {.name = task.name(),
            .mode = task.profile->mode,
            .owner = user_name(owner),
            .group = task.identity.group ? group_name(*task.identity.group) : "",
            .multi_queue = task.identity.multi_queue,
            .netns = task.profile->netns ? task.profile->netns->value : "",
            .result =
                !task.before ? UpResult::Created : (unchanged ? UpResult::Unchanged : UpResult::Changed),
            .steps = std::move(steps)};
}

/// The commands that would still restore the device to `before`.
std::vector<std::string> commands_back(const DeviceTask& task, const DeviceConfig& before) {
    std::vector<std::string> commands;
    try {
        const HostState host = task.context->rtnl.read_host();
        const LinkState* const link = host.find(task.ifindex);
        if (link == nullptr) return {};
        for (const auto& step : plan(before, config_of(*link))) {
            commands.push_back(outcome_of(task, {}).command_for(step.change));
        }
    } catch (const Error&) {  // the state can't be read: the user has to look
        commands.push_back(fmt::format("tunlab status {}", task.name()));
    }
    return commands;
}

/// Restores an existing device as far as the kernel allows: a refused step does not stop the others. Returns
/// the commands that are still needed.
std::vector<std::string> restore(const DeviceTask& task) {
    const DeviceConfig before = config_of(*task.before);
    try {
        for (int round = 0; round < kRounds; ++round) {
            const HostState host = task.context->rtnl.read_host();
            const LinkState& link = require_link(host, task.name(), task.ifindex);
            const auto steps = plan(before, config_of(link));
            if (steps.empty()) return {};
            for (const auto& step : steps) {
                try {
                    apply_step(task, link, step);
                } catch (const Error&) {  // commands_back() lists what is still missing
                }
            }
        }
    } catch (const Error&) {  // the state can't be read: commands_back() covers that
    }
    return commands_back(task, before);
}

/// Removes a new device, even if it became persistent before another task failed.
void remove(DeviceTask& task, ErrorParts& parts) {
    try {
        task.device->set_persistence(Persistence::WithHolder);
        task.device.reset();
        parts.notes.push_back(fmt::format("rolled back: {} removed", task.name()));
    } catch (const Error& error) {
        parts.notes.push_back(fmt::format("not rolled back: {}", error.what()));
        parts.tries.push_back(
            DownOutcome{.name = task.name(), .netns = outcome_of(task, {}).netns}.command());
        parts.code = ExitCode::RollbackIncomplete;
    }
}

/// Undoes one task and says so in `parts`.
void undo(DeviceTask& task, const NetnsContexts& contexts, ErrorParts& parts) {
    const ScopedNetns scoped(task.context->netns, contexts.original());
    if (task.device) return remove(task, parts);
    if (task.steps.empty()) return;
    const auto left = restore(task);
    parts.notes.push_back(
        left.empty() ? fmt::format("rolled back: {} as it was before", task.name())
                     : fmt::format("not rolled back whole: {} is not as it was before", task.name()));
    if (!left.empty()) parts.code = ExitCode::RollbackIncomplete;
    parts.tries.insert(parts.tries.end(), left.begin(), left.end());
}

/// Undoes all tasks, the last first; a failure to undo one does not stop the others.
void roll_back(std::vector<DeviceTask>& tasks, const NetnsContexts& contexts, ErrorParts& parts) {
    std::for_each(tasks.rbegin(), tasks.rend(), [&](DeviceTask& task) {
        try {
            undo(task, contexts, parts);
        } catch (const std::exception& error) {
            parts.notes.push_back(fmt::format("not rolled back: {}: {}", task.name(), error.what()));
            parts.code = ExitCode::RollbackIncomplete;
        }
    });
}

/// Making a new device persistent commits it.
void commit(std::vector<DeviceTask>& tasks, const InterruptGuard& interrupts) {
    for (auto& task : tasks) {
        throw_if_interrupted();
        if (task.device) task.device->set_persistence(Persistence::Persistent);
    }
    interrupts.forget();  // committed: too late to undo
}

}  // namespace

std::vector<UpOutcome> plan_up(std::span<const Profile> profiles, const OverlapRules& overlap) {
    NetnsContexts contexts(Access::Reading);
    std::vector<UpOutcome> outcomes;
    outcomes.reserve(profiles.size());
    for (const auto& task : prepare_tasks(profiles, contexts, overlap)) {
        outcomes.push_back(outcome_of(task, task.plan_steps()));
    }
    return outcomes;
}

std::vector<UpOutcome> bring_up(std::span<const Profile> profiles, const OverlapRules& overlap) {
    const InterruptGuard interrupts;
    NetnsContexts contexts(Access::Changing);
    std::vector<DeviceTask> tasks = prepare_tasks(profiles, contexts, overlap);
    try {
        for (auto& task : tasks) {
            const ScopedNetns scoped(task.context->netns, contexts.original());
            configure(task);
        }
        commit(tasks, interrupts);
    } catch (const Error& error) {
        ErrorParts parts = error.parts();
        roll_back(tasks, contexts, parts);
        throw Error(parts);
    } catch (...) {  // out of memory, say: leave no device half configured
        ErrorParts ignored;
        roll_back(tasks, contexts, ignored);
        throw;
    }
    std::vector<UpOutcome> outcomes;
    outcomes.reserve(tasks.size());
    for (auto& task : tasks) {
        outcomes.push_back(outcome_of(task, task.steps));
    }
    return outcomes;
}

HeldDevice bring_up_held(const Profile& profile, const OverlapRules& overlap) {
    const InterruptGuard interrupts;
    NetnsContexts contexts(Access::Changing);
    DeviceTask task = std::move(prepare_tasks(std::span(&profile, 1), contexts, overlap).front());
    if (task.before) {
        throw Error(
            {.subject = task.name(), .cause = "the device exists already", .code = ExitCode::Conflict});
    }
    configure(task);
    return {.device = std::move(*task.device),
            .ifindex = task.ifindex,
            .name = task.name(),
            .mode = profile.mode};
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
    // The kernel lets a second program attach to a multi-queue device; it would silently take half of the
    // packets.
    if (link->tun->attached_queues > 0) throw_busy(name);
    HeldDevice held{.device = TunDevice::attach(name, link->tun->mode, queues),
                    .ifindex = link->ifindex,
                    .name = name.str(),
                    .mode = link->tun->mode};
    // If the device was removed just now, TUNSETIFF created a new one, which goes away with `held`.
    const HostState after = rtnl.read_addresses();
    const LinkState* const attached = after.find(held.ifindex);
    if (attached == nullptr || attached->name != name.str()) {
        throw Error({.subject = name.str(), .cause = "the device went away", .code = ExitCode::DeviceGone});
    }
    return held;
}

}  // namespace tunlab
