#pragma once
// Making devices what their profiles say, wholly or not at all.
//
// A new device is created without persistence, configured and verified; becoming persistent is its
// commit and comes last. Killed at any instant before, the kernel removes it with all that is on it.
// An existing device is changed in place; if that fails, the same planner leads back to how it was.

#include "tunlab/kernel/job.hpp"
#include "tunlab/kernel/tun.hpp"
#include "tunlab/plan/outcome.hpp"
#include "tunlab/profile/profile.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tunlab {

/// What bring_up() would do now. Changes nothing and needs no privilege, but the right to enter the
/// profiles' namespaces. Throws Error.
[[nodiscard]] std::vector<UpOutcome> plan_up(std::span<const Profile> profiles, const OverlapRules& overlap);

/// Brings the devices of all `profiles` in line, each in its namespace: all of them are configured
/// before the first new one is made persistent, and one failure, or INT or TERM, undoes all. Throws
/// Error.
[[nodiscard]] std::vector<UpOutcome> bring_up(std::span<const Profile> profiles, const OverlapRules& overlap);

/// A device that this process holds open.
struct HeldDevice {
    TunDevice device;
    std::uint32_t ifindex = 0;
    std::string name;
    Mode mode = Mode::Tun;
};

/// Makes the device of `profile`, which must not exist yet, without persistence in the current
/// namespace: it goes when the result goes. Throws Error.
[[nodiscard]] HeldDevice bring_up_held(const Profile& profile, const OverlapRules& overlap);

/// Opens the existing device `name`, which tunlab must have made. Throws Error: Usage if there is
/// no such device, Conflict if it is another's or busy.
[[nodiscard]] HeldDevice attach_own(const InterfaceName& name);

}  // namespace tunlab
