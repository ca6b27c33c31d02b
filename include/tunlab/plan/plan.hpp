#pragma once
// What must be done to make a device what it should be. The one planner serves going forward, going
// back, verification, status and "in sync".

#include "tunlab/plan/step.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tunlab {

/// What the profile leaves to the machine it runs on.
struct MachineDefaults {
    std::string profile_path;  ///< absolute; empty if the profile is no file
    MacAddress mac;            ///< for a TAP device whose profile names none
};

/// What `profile` asks of the changeable part of its device.
[[nodiscard]] DeviceConfig wanted_config(const Profile& profile, const MachineDefaults& defaults);

/// The MAC address of a TAP device whose profile names none: the same on one machine for one name;
/// unicast, locally administered, and not one of the simulated hosts'.
[[nodiscard]] MacAddress default_mac(std::string_view machine_id, const InterfaceName& name);

/// The steps from `present` to `wanted`, in an order in which each can succeed; none if nothing is
/// to be done.
[[nodiscard]] std::vector<Step> plan(const DeviceConfig& wanted, const DeviceConfig& present);

/// What of a device can't be changed while it exists.
struct DeviceIdentity {
    Mode mode = Mode::Tun;
    std::optional<std::uint32_t> owner;  ///< uid; absent in a wish: anybody
    std::optional<std::uint32_t> group;  ///< gid
};

/// Why a device with `present` can't become one with `wanted`, or nothing: "it is a tap device, the
/// profile asks for tun".
[[nodiscard]] std::optional<std::string> cannot_become(const DeviceIdentity& wanted, const TunFacts& present);

}  // namespace tunlab
