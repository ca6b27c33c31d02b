#pragma once
// What IPv4 (RFC 791) and IPv6 (RFC 8200) have in common.

#include "tunlab/base/bytes.hpp"

#include <cstddef>
#include <cstdint>

namespace tunlab {

constexpr unsigned kIpv4Version = 4;
constexpr unsigned kIpv6Version = 6;

/// The version that the first octet of `packet` states. Precondition: `packet` is not empty.
[[nodiscard]] inline unsigned ip_version(Bytes packet) {
    return packet[0] >> 4;
}

// Assigned Internet protocol numbers (IANA), for IPv4's protocol and IPv6's next header alike.
constexpr std::uint8_t kProtocolIcmp = 1;
constexpr std::uint8_t kProtocolIgmp = 2;
constexpr std::uint8_t kProtocolTcp = 6;
constexpr std::uint8_t kProtocolUdp = 17;
constexpr std::uint8_t kProtocolIcmpv6 = 58;

/// The bits for explicit congestion notification in TOS and IPv6's traffic class (RFC 3168 §5).
constexpr std::uint8_t kEcnMask = 0x03;
constexpr std::uint8_t kEcnCongestionExperienced = 0x03;

constexpr std::size_t kFragmentUnit = 8;  // of fragment offsets, in bytes: RFC 791 §3.1, RFC 8200 §4.5

}  // namespace tunlab
