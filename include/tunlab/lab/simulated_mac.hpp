#pragma once
// The MAC addresses of simulated hosts: locally administered (IEEE 802 §8.2), unicast, the same on every run.
// Each IPv4 address a.b.c.d has 02:00:aa:bb:cc:dd, readable by eye; each IPv6 address has 02:01 and four
// bytes of a hash. Two hosts with one MAC address do no harm: the IPv6 header tells them apart.

#include "tunlab/base/address.hpp"

#include <optional>

namespace tunlab {

[[nodiscard]] MacAddress simulated_mac(const Ipv4Address& address);
[[nodiscard]] MacAddress simulated_mac(const Ipv6Address& address);

/// The IPv4 address that `mac` belongs to in this scheme, if it is one of the scheme's.
[[nodiscard]] std::optional<Ipv4Address> simulated_address(const MacAddress& mac);

/// Whether `mac` belongs to IPv6 addresses in this scheme.
[[nodiscard]] bool is_simulated_ipv6(const MacAddress& mac);

}  // namespace tunlab
