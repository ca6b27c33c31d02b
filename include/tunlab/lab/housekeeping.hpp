#pragma once
// What hosts send on their own: group memberships, router solicitations, service discovery. It is meant for
// no simulated host, and has a reason of its own, to tell it from what a user sent.

#include "tunlab/base/bytes.hpp"
#include "tunlab/wire/ipv4.hpp"
#include "tunlab/wire/ipv6.hpp"

#include <cstdint>

namespace tunlab {

/// IGMP (RFC 9776), and to a group: mDNS (RFC 6762), LLMNR (RFC 4795), SSDP (UPnP), DHCP (RFC 2131).
[[nodiscard]] bool is_housekeeping(const Ipv4Packet& packet);

/// `protocol` and `payload` are the upper layer's, behind the extension headers of `packet`. Router and
/// listener discovery, advertisements of neighbours and redirects (RFC 4861, RFC 2710, RFC 3810), and to a
/// group: mDNS, LLMNR, SSDP, DHCPv6 (RFC 8415).
[[nodiscard]] bool is_housekeeping(const Ipv6Packet& packet, std::uint8_t protocol, Bytes payload);

}  // namespace tunlab
