#pragma once
// The work that one profile asks for: which device in which namespace, as it is and as it should be. All
// checks are done before anything is changed. Private to the kernel layer.

#include "tunlab/base/error.hpp"
#include "tunlab/kernel/netns_context.hpp"
#include "tunlab/kernel/tun.hpp"
#include "tunlab/plan/plan.hpp"
#include "tunlab/profile/profile.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tunlab {

enum class OverlapPolicy { Refuse, Allow };

struct OverlapRules {
    OverlapPolicy policy = OverlapPolicy::Refuse;
    std::optional<IpAddress> ssh_peer{};  ///< the user's SSH client, in the current namespace
};

struct DeviceTask {
    const Profile* profile = nullptr;
    NetnsContext* context = nullptr;
    std::uint32_t owner = 0;  ///< uid for a new device
    DeviceIdentity identity{};
    DeviceConfig wanted{};
    std::optional<LinkState> before{};  ///< the device as it was found; absent if there was none
    std::optional<TunDevice> device{};  ///< held open if it is new
    std::uint32_t ifindex = 0;
    bool touched = false;                 ///< a change was sent to an existing device, acknowledged or not
    std::vector<Step> steps{};            ///< applied so far
    std::vector<std::string> warnings{};  ///< for the user, who gets the device all the same

    [[nodiscard]] const std::string& name() const { return profile->name.value.str(); }
    [[nodiscard]] Queues queues() const { return profile->queues > 1 ? Queues::Several : Queues::One; }
    /// The steps from the device as it was found to the wanted one.
    [[nodiscard]] std::vector<Step> plan_steps() const;
};

/// The part of `profile`'s device that can't be changed later, with names resolved to ids. Throws Error.
[[nodiscard]] DeviceIdentity identity_of(const Profile& profile);

/// The configuration that `profile` asks for in the namespace whose state is `host`. Throws Error if the
/// profile's bridge does not exist. Settings that the profile does not name and that can't be set
/// here, because /proc/sys is read-only, are left out.
[[nodiscard]] DeviceConfig wanted_for(const Profile& profile, const HostState& host);

/// One task per profile, with the present state of its device. Throws Error if tunlab did not make the
/// device, can't change it in place, or finds an overlap that OverlapPolicy::Refuse forbids.
[[nodiscard]] std::vector<DeviceTask> prepare_tasks(std::span<const Profile> profiles,
                                                    NetnsContexts& contexts, const OverlapRules& overlap);

}  // namespace tunlab
