#pragma once
// What a new device would get in the way of: other interfaces' addresses, the default route, the
// connection by which the user is here.

#include "tunlab/plan/state.hpp"

#include <optional>
#include <string>

namespace tunlab {

struct Overlap {
    std::string what;                     ///< "address 192.168.0.1/24 overlaps wlan0's 192.168.0.7/24"
    std::string consequence;              ///< "replies would go astray"
    std::optional<SourceLocation> where;  ///< in the profile
};

/// The first thing of `wanted`, on the device `name`, that gets in the way of what other links of
/// `host` have: the same address or a subnet that overlaps theirs (not the bridge's that the device
/// is a port of), a default route that beats theirs, or a route that covers `ssh_peer`.
[[nodiscard]] std::optional<Overlap> find_overlap(const DeviceConfig& wanted, const std::string& name,
                                                  const HostState& host,
                                                  const std::optional<IpAddress>& ssh_peer);

}  // namespace tunlab
