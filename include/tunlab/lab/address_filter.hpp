#pragma once
// Which destinations a simulated host can have, and which sources get an answer, judged by the address alone.

#include "tunlab/base/address.hpp"
#include "tunlab/lab/device_facts.hpp"
#include "tunlab/lab/verdict.hpp"

#include <optional>

namespace tunlab {

/// Why no simulated host can have `address`: it is a broadcast or multicast address, no host's
/// (0.0.0.0, 127/8; ::, ::1, ::ffff:0:0/96), or the host's own. Nothing if one can.
[[nodiscard]] std::optional<Reason> why_not_simulated(const Ipv4Address& address, const DeviceFacts& facts);
[[nodiscard]] std::optional<Reason> why_not_simulated(const Ipv6Address& address, const DeviceFacts& facts);

/// Whether a packet from `address` must not be answered (a "martian source", RFC 1812 §5.3.7): RFC 1122
/// §3.2.1.3 forbids replies to 0.0.0.0, loopback, multicast and broadcast addresses, RFC 4291 §2.5 and §2.7
/// make ::, ::1 and multicast addresses sources that no reply can go to. IPv4-mapped addresses never appear
/// on a link, as with Linux's ip6_rcv_core().
[[nodiscard]] bool is_martian_source(const Ipv4Address& address, const DeviceFacts& facts);
[[nodiscard]] bool is_martian_source(const Ipv6Address& address);

}  // namespace tunlab
