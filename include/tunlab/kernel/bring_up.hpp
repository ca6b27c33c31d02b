#pragma once
// Bringing devices in line with their profiles, completely or not at all.
//
// A new device is created without persistence, configured and verified; making it persistent is the commit
// and comes last. If tunlab is killed before, the kernel removes the device with everything on it. An
// existing device is changed in place; if that fails, the same planner restores it.

#include "tunlab/kernel/device_task.hpp"
#include "tunlab/kernel/tun.hpp"
#include "tunlab/plan/outcome.hpp"
#include "tunlab/profile/profile.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tunlab {

/// What bring_up() would do now. Changes nothing; needs no privilege except to enter the profiles'
/// namespaces. Throws Error.
[[nodiscard]] std::vector<UpOutcome> plan_up(std::span<const Profile> profiles, const OverlapRules& overlap);

/// Brings the devices of all `profiles` in line, each in its namespace: all of them are configured
/// before the first new one is made persistent, and a failure, INT, TERM or HUP rolls all of them back.
/// Throws Error.
[[nodiscard]] std::vector<UpOutcome> bring_up(std::span<const Profile> profiles, const OverlapRules& overlap);

/// A device that this process holds open.
struct HeldDevice {
    TunDevice device;
    std::uint32_t ifindex = 0;
    std::string name;
    Mode mode = Mode::Tun;
};

/// Makes the device of `profile`, which must not exist yet, without persistence in the current
/// namespace: it goes away with the result. Throws Error.
[[nodiscard]] HeldDevice bring_up_held(const Profile& profile, const OverlapRules& overlap);

/// Opens the existing device `name`, which tunlab must have made. Throws Error: Usage if there is
/// no such device, Conflict if tunlab did not make it or it is busy.
[[nodiscard]] HeldDevice attach_own(const InterfaceName& name);

}  // namespace tunlab
