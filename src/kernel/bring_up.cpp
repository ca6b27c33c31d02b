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
#include <exception>
#include <new>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace tunlab {

namespace {

constexpr int kRounds = 3;  // of planning and applying, until the plan is empty

std::string hint_for(const KernelRefusal& refusal, const Step& step, const DeviceConfig& wanted) {
    const auto* const add = std::get_if<Add<RouteConfig>>(&step.change);
    const auto* const set = std::get_if<SetField>(&step.change);
    const bool by_file =
        set != nullptr && (set->field == DeviceField::AcceptRa || set->field == DeviceField::AddrGenMode);
    if (by_file && (refusal.error() == EROFS || refusal.error() == ENOENT)) {
        return "leave \"ipv6\" out of the profile, or make /proc/sys writable; in a container: "
               "docker run --sysctl net.ipv6.conf.default.accept_ra=0";
    }
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

/// The task's device, which another program may have removed or renamed since it was last read.
const LinkState& require_link(const HostState& host, const DeviceTask& task) {
    const LinkState* const link = host.find(task.ifindex);
    if (link == nullptr) throw Error({.subject = task.name(), .cause = "another program removed the device"});
    if (link->name == task.name()) return *link;
    throw Error({.subject = task.name(),
                 .cause = fmt::format("another program renamed the device to {}", escape(link->name))});
}

void apply_step(DeviceTask& task, const LinkState& link, const Step& step) {
    Rtnl& rtnl = task.context->rtnl;
    try {
        rtnl.apply(link, step.change);
        task.touched = true;
    } catch (const KernelRefusal& refusal) {
        const HostState host = rtnl.read_host();
        if (is_done_already(step.change, config_of(require_link(host, task)))) return;
        if (refusal.error() == EPERM) throw_needs_net_admin(task.name(), "changing a device");
        throw Error({.subject = task.name(),
                     .action = fmt::format("{} {}", kind_of(step.change), value_of(step.change)),
                     .cause = refusal.what(),
                     .origin = step.where ? step.where->to_string() : "",
                     .hint = hint_for(refusal, step, task.wanted)});
    } catch (const Error& error) {
        task.touched = true;  // the message may have been sent, and only its acknowledgement be lost
        ErrorParts parts = error.parts();
        parts.subject = task.name();
        parts.action = fmt::format("{} {}", kind_of(step.change), value_of(step.change));
        parts.cause = error.what();
        parts.origin = step.where ? step.where->to_string() : "";
        throw Error(parts);
    }
}

/// wanted_for() has left out what can't be set here.
void warn_of_settings(DeviceTask& task, const LinkState& link) {
    const bool wanted = task.wanted.settings.find(DeviceField::AcceptRa) != nullptr;
    if (wanted || !link.settings.get<bool>(DeviceField::AcceptRa).value_or(false)) return;
    task.warnings.push_back(
        fmt::format("{}: /proc/sys can't be written here, so accept_ra stays on; in a container: "
                    "docker run --sysctl net.ipv6.conf.default.accept_ra=0",
                    task.name()));
}

/// Applies the plan and plans again until the plan is empty.
void converge(DeviceTask& task) {
    std::vector<Step> steps;
    for (int round = 0; round <= kRounds; ++round) {
        const HostState host = task.context->rtnl.read_host();
        const LinkState& link = require_link(host, task);
        steps = plan(task.wanted, config_of(link));
        if (steps.empty()) return warn_of_settings(task, link);
        if (round == kRounds) break;
        for (const auto& step : steps) {
            throw_if_interrupted();
            apply_step(task, link, step);
            task.steps.push_back(step);
        }
    }
    throw Error(
        {.subject = task.name(),
         .action = fmt::format("{} {}", kind_of(steps.front().change), value_of(steps.front().change)),
         .cause = "the kernel took it but does not show it",
         .origin = steps.front().where ? steps.front().where->to_string() : ""});
}

/// Without the right to make the device where no other process can reach it, another user may have attached a
/// queue before it had an owner. Since then only the owner can, so one look is enough.
void refuse_other_queues(const DeviceTask& task, const LinkState& link) {
    if (!link.tun || link.tun->attached_queues <= 1) return;
    throw Error({.subject = task.name(),
                 .cause = "another program attached to the device while it was made",
                 .hint = "with CAP_SYS_ADMIN, tunlab makes it where no other program can reach it",
                 .code = ExitCode::Conflict});
}

void create(DeviceTask& task) {
    task.device = TunDevice::create(task.profile->name.value, task.profile->mode, task.queues(), task.owner,
                                    task.identity.group);
    const HostState host = task.context->rtnl.read_addresses();
    const LinkState* const link = host.find(task.name());
    if (link == nullptr || task.device->current_name() != task.name()) {
        throw Error({.subject = task.name(),
                     .cause = "another program removed or renamed the device while it was made"});
    }
    task.ifindex = link->ifindex;
    refuse_other_queues(task, *link);
}

void configure(DeviceTask& task) {
    if (!task.before) create(task);
    converge(task);
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
            .steps = std::move(steps),
            .warnings = task.warnings};
}

// ---- rolling back: every message says what a fresh look shows ---------------------------------------

/// How a rollback ended.
struct RolledBack {
    std::string note;                   ///< empty: nothing had been changed
    std::vector<std::string> tries{};   ///< commands for what is left
    ExitCode code = ExitCode::Success;  ///< RollbackIncomplete if the device is not as it was before
};

RolledBack incomplete(std::string note, std::vector<std::string> tries) {
    return {.note = std::move(note), .tries = std::move(tries), .code = ExitCode::RollbackIncomplete};
}

/// The new device of `task` if it is still there. A program that removed it may have made another one since,
/// even with the same ifindex: that one is not ours.
std::optional<LinkState> find_new(const DeviceTask& task, Rtnl& rtnl) {
    const HostState host = rtnl.read_addresses();
    const LinkState* const link = task.ifindex != 0 ? host.find(task.ifindex) : host.find(task.name());
    if (link == nullptr || !link->tun || link->tun->mode != task.profile->mode) return std::nullopt;
    const std::string alias = link->alias();
    if (!alias.empty() && alias != task.wanted.settings.get<std::string>(DeviceField::Alias))
        return std::nullopt;
    return *link;
}

/// Removes a new device, even if it became persistent before another task failed, and even if its owner has
/// attached a second queue, which keeps it beyond our close().
RolledBack remove(DeviceTask& task) {
    try {
        task.device->set_persistence(Persistence::WithHolder);
    } catch (const Error&) {  // what that means for the device is seen below
    }
    task.device.reset();
    Rtnl rtnl;  // the other one may have failed in the middle of a dump
    auto left = find_new(task, rtnl);
    std::string cause = "it is still there";
    if (left && task.ifindex != 0) {
        try {
            rtnl.delete_link(task.ifindex);
        } catch (const std::exception& error) {
            cause = error.what();
        }
        left = find_new(task, rtnl);
    }
    if (!left) return {.note = fmt::format("rolled back: {} removed", task.name())};
    const DownOutcome command{.name = left->name, .netns = outcome_of(task, {}).netns};
    return incomplete(fmt::format("not rolled back: {}: remove the device: {}", task.name(), cause),
                      {command.command()});
}

/// The commands that would still restore `link` to `before`.
std::vector<std::string> commands_back(const DeviceTask& task, const DeviceConfig& before,
                                       const LinkState& link) {
    UpOutcome outcome = outcome_of(task, {});
    outcome.name = link.name;
    std::vector<std::string> commands;
    for (const auto& step : plan(before, config_of(link))) {
        commands.push_back(outcome.command_for(step.change));
    }
    return commands;
}

/// Restores an existing device as far as the kernel allows: a refused step does not stop the others.
RolledBack restore(DeviceTask& task) {
    if (!task.touched) return {};
    const DeviceConfig before = config_of(*task.before);
    for (int round = 0;; ++round) {
        // A fresh connection: one that failed in the middle of a dump answers EBUSY.
        task.context->rtnl = Rtnl();
        const HostState host = task.context->rtnl.read_host();
        const LinkState* const link = host.find(task.ifindex);
        if (link == nullptr) {
            return incomplete(
                fmt::format("not rolled back: {} is gone: another program removed it", task.name()), {});
        }
        const auto steps = plan(before, config_of(*link));
        if (steps.empty()) return {.note = fmt::format("rolled back: {} as it was before", task.name())};
        if (round == kRounds) {
            return incomplete(fmt::format("not rolled back whole: {} is not as it was before", task.name()),
                              commands_back(task, before, *link));
        }
        for (const auto& step : steps) {
            try {
                task.context->rtnl.apply(*link, step.change);
            } catch (const KernelRefusal&) {  // the next round sees what is still missing
            } catch (const Error&) {          // a lost acknowledgement, say: likewise
                task.context->rtnl = Rtnl();
            }
        }
    }
}

RolledBack undo(DeviceTask& task, const NetnsContexts& contexts) {
    try {
        const ScopedNetns scoped(task.context->netns, contexts.original());
        if (task.device) return remove(task);
        return task.before ? restore(task) : RolledBack{};
    } catch (const std::exception& error) {  // the state can't be read: the user has to look
        return incomplete(fmt::format("not known whether {} was rolled back: {}", task.name(), error.what()),
                          {fmt::format("tunlab status {}", task.name())});
    }
}

/// Undoes all tasks, the last first, and says in `parts` how that ended.
void roll_back(std::vector<DeviceTask>& tasks, const NetnsContexts& contexts, ErrorParts& parts) {
    std::for_each(tasks.rbegin(), tasks.rend(), [&](DeviceTask& task) {
        const RolledBack result = undo(task, contexts);
        if (!result.note.empty()) parts.notes.push_back(result.note);
        parts.tries.insert(parts.tries.end(), result.tries.begin(), result.tries.end());
        if (result.code == ExitCode::RollbackIncomplete) parts.code = result.code;
    });
}

ErrorParts parts_of(const std::exception& failure) {
    if (const auto* const error = dynamic_cast<const Error*>(&failure)) return error->parts();
    const bool memory = dynamic_cast<const std::bad_alloc*>(&failure) != nullptr;
    return {.subject = "tunlab", .cause = memory ? describe_errno(ENOMEM) : failure.what()};
}

/// Rolls all tasks back because of `failure`. Throws Error, or UnreportedFailure if memory is so short that
/// the rollback can't even be described.
[[noreturn]] void throw_rolled_back(std::vector<DeviceTask>& tasks, const NetnsContexts& contexts,
                                    const std::exception& failure) {
    try {
        ErrorParts parts = parts_of(failure);
        roll_back(tasks, contexts, parts);
        throw Error(parts);
    } catch (const std::bad_alloc&) {
        throw UnreportedFailure(
            "out of memory, and not known what was rolled back: look with 'tunlab status'",
            ExitCode::RollbackIncomplete);
    }
}

/// Making a new device persistent commits it.
void commit(std::vector<DeviceTask>& tasks) {
    for (auto& task : tasks) {
        throw_if_interrupted();
        if (task.device) task.device->set_persistence(Persistence::Persistent);
    }
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
    block_interrupts();
    NetnsContexts contexts(Access::Changing);
    std::vector<DeviceTask> tasks = prepare_tasks(profiles, contexts, overlap);
    std::vector<UpOutcome> outcomes;
    try {
        for (auto& task : tasks) {
            const ScopedNetns scoped(task.context->netns, contexts.original());
            configure(task);
        }
        // Before the commit: nothing may fail after it.
        for (auto& task : tasks) {
            outcomes.push_back(outcome_of(task, task.steps));
        }
        commit(tasks);
    } catch (const std::exception& failure) {
        throw_rolled_back(tasks, contexts, failure);
    }
    return outcomes;
}

HeldDevice bring_up_held(const Profile& profile, const OverlapRules& overlap) {
    block_interrupts();
    NetnsContexts contexts(Access::Changing);
    std::vector<DeviceTask> tasks = prepare_tasks(std::span(&profile, 1), contexts, overlap);
    DeviceTask& task = tasks.front();
    if (task.before) {
        throw Error(
            {.subject = task.name(), .cause = "the device exists already", .code = ExitCode::Conflict});
    }
    try {
        configure(task);
        return {.device = std::move(*task.device),
                .ifindex = task.ifindex,
                .name = task.name(),
                .mode = profile.mode};
    } catch (const std::exception& failure) {
        throw_rolled_back(tasks, contexts, failure);
    }
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
