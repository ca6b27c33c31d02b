#pragma once
// One profile on its way to being a device: looked up and judged before anything is changed. For
// the kernel room's own use.

#include "tunlab/base/error.hpp"
#include "tunlab/kernel/site.hpp"
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
    std::optional<IpAddress> ssh_peer{};  ///< from where the user is logged in, in the current namespace
};

struct Job {
    const Profile* profile = nullptr;
    Site* site = nullptr;
    std::uint32_t owner = 0;  ///< uid for a new device
    DeviceIdentity identity{};
    DeviceConfig wanted{};
    std::optional<LinkState> before{};  ///< the device as it was found; absent if there was none
    std::optional<TunDevice> device{};  ///< held while it is new
    std::uint32_t ifindex = 0;
    std::vector<Step> steps{};  ///< done so far

    [[nodiscard]] const std::string& name() const { return profile->name.value.str(); }
    [[nodiscard]] Queues queues() const { return profile->queues > 1 ? Queues::Several : Queues::One; }
    /// What must be done, by what was found.
    [[nodiscard]] std::vector<Step> plan_steps() const;
};

/// What of `profile`'s device can't be changed later, by the ids of this machine. Throws Error.
[[nodiscard]] DeviceIdentity identity_of(const Profile& profile);

/// What `profile` asks of this machine, with `host` as its namespace is now. Throws Error if the
/// profile's bridge is not there.
[[nodiscard]] DeviceConfig wanted_for(const Profile& profile, const HostState& host);

/// One job a profile, each with what stands under its name now. Throws Error for what tunlab may not
/// change, can't change in place, or should not with OverlapPolicy::Refuse.
[[nodiscard]] std::vector<Job> make_jobs(std::span<const Profile> profiles, Sites& sites,
                                         const OverlapRules& overlap);

}  // namespace tunlab
