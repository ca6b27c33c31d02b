#pragma once
// Making devices what their profiles say, wholly or not at all.
//
// A new device is created without persistence, configured and verified; becoming persistent is its
// commit and comes last. Killed at any instant before, the kernel removes it with all that is on it.
// An existing device is changed in place; if that fails, the same planner leads back to how it was.

#include "tunlab/kernel/tun.hpp"
#include "tunlab/plan/step.hpp"
#include "tunlab/profile/profile.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tunlab {

enum class UpResult { Created, Changed, Unchanged };

struct UpOutcome {
    std::string name;
    Mode mode = Mode::Tun;
    std::uint32_t owner = 0;  ///< uid
    UpResult result = UpResult::Unchanged;
    std::vector<Step> steps;  ///< what was done, in order
};

/// Brings the devices of all `profiles` in line, in the current network namespace: all of them are
/// configured before the first new one is made persistent, and one failure undoes all. Throws Error.
[[nodiscard]] std::vector<UpOutcome> bring_up(std::span<const Profile> profiles);

/// A device that this process holds open.
struct HeldDevice {
    TunDevice device;
    std::uint32_t ifindex = 0;
    std::string name;
    Mode mode = Mode::Tun;
};

/// Makes the device of `profile`, which must not exist yet, without persistence: it goes when the
/// result goes. Throws Error.
[[nodiscard]] HeldDevice bring_up_held(const Profile& profile);

/// Opens the existing device `name`, which tunlab must have made. Throws Error: Usage if there is
/// no such device, Conflict if it is another's or busy.
[[nodiscard]] HeldDevice attach_own(const InterfaceName& name);

}  // namespace tunlab
