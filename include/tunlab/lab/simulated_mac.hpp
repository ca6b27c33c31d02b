#pragma once
// The MAC addresses of simulated hosts. Each IPv4 address a.b.c.d has 02:00:aa:bb:cc:dd: locally
// administered (IEEE 802 §8.2), unicast, the same on every run, and readable by eye.

#include "tunlab/base/address.hpp"

#include <optional>

namespace tunlab {

[[nodiscard]] MacAddress simulated_mac(const Ipv4Address& address);

/// The IPv4 address that `mac` belongs to in this scheme, if it is one of the scheme's.
[[nodiscard]] std::optional<Ipv4Address> simulated_address(const MacAddress& mac);

}  // namespace tunlab
