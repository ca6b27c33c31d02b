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
    std::string profile_path{};            ///< absolute; empty if the profile is no file
    MacAddress mac;                        ///< for a TAP device whose profile names none
    std::optional<BridgeConfig> bridge{};  ///< the one that the profile names
};

/// A device as the kernel makes it, before anything is configured.
[[nodiscard]] DeviceConfig fresh_config(Mode mode);

/// What `profile` asks of the changeable part of its device.
[[nodiscard]] DeviceConfig wanted_config(const Profile& profile, const MachineDefaults& defaults);

/// The MAC address of a TAP device whose profile names none: the same on one machine for one name;
/// unicast, locally administered, and not one of the simulated hosts'.
[[nodiscard]] MacAddress default_mac(std::string_view machine_id, const InterfaceName& name);

/// The steps from `present` to `wanted`, in an order in which each can succeed; none if nothing is
/// to be done. What Linux drags along with a change (see after()) is put right by further steps.
[[nodiscard]] std::vector<Step> plan(const DeviceConfig& wanted, const DeviceConfig& present);

/// The device after `change`, with all that Linux does besides: a primary IPv4 address takes its
/// secondaries along, the last one all IPv4 routes, any address the routes with it as their source;
/// an MTU below 1280 ends IPv6 on the device; a new MAC address flushes its neighbours.
[[nodiscard]] DeviceConfig after(DeviceConfig device, const Change& change);

/// What of a device can't be changed while it exists.
struct DeviceIdentity {
    Mode mode = Mode::Tun;
    std::optional<std::uint32_t> owner;  ///< uid; absent in a wish: anybody
    std::optional<std::uint32_t> group;  ///< gid
    bool multi_queue = false;
};

/// Why a device with `present` can't become one with `wanted`, or nothing: "it is a tap device, the
/// profile asks for tun".
[[nodiscard]] std::optional<std::string> cannot_become(const DeviceIdentity& wanted, const TunFacts& present);

}  // namespace tunlab
