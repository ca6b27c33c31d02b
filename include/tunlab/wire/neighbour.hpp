#pragma once
// Neighbour discovery over Ethernet (RFC 4861), IPv6's counterpart of ARP.

#include "tunlab/base/address.hpp"
#include "tunlab/base/bytes.hpp"
#include "tunlab/wire/icmp.hpp"
#include "tunlab/wire/parsed.hpp"

#include <optional>

namespace tunlab {

/// RFC 4861 §7.1.1: with 255 it can't have passed a router, so the sender is a neighbour.
constexpr std::uint8_t kNeighbourHopLimit = 255;

/// ff02::1 (RFC 4291 §2.7.1).
constexpr Ipv6Address kAllNodes({0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01});
/// Its frames go to 33:33:00:00:00:01 (RFC 2464 §7).
constexpr MacAddress kAllNodesMac({0x33, 0x33, 0, 0, 0, 0x01});
/// ff02::1:ffxx:xxxx, the group to which solicitations for `address` are sent (RFC 4291 §2.7.1).
[[nodiscard]] Ipv6Address solicited_node_group(const Ipv6Address& address);

struct NeighbourSolicitation {
    Ipv6Address target;
    std::optional<MacAddress> source_mac;  ///< the first source link-layer address option
};

/// Reads the body of a message of type 135, whose checksum has been verified. Code other than 0 or a
/// target that is a multicast address: BadFormat. Fewer than 16 bytes of data: Truncated. An option
/// of length 0 or beyond the message, or a source link-layer address of another size than Ethernet's:
/// BadLength. Options of other kinds are skipped (RFC 4861 §4.3, §7.1.1).
[[nodiscard]] Parsed<NeighbourSolicitation> parse_neighbour_solicitation(const IcmpMessage& message);

/// Flags of an advertisement, the highest bits of the message's rest_of_header (RFC 4861 §4.4).
constexpr std::uint32_t kNeighbourSolicited = 0x4000'0000;
constexpr std::uint32_t kNeighbourOverride = 0x2000'0000;

struct NeighbourAdvertisement {
    std::uint32_t flags = 0;
    Ipv6Address target;
    MacAddress target_mac;  ///< sent as the target link-layer address option
};

constexpr std::size_t kNeighbourAdvertisementSize = 32;  // ICMPv6 header, target, one option

/// Writes the 32 bytes of the ICMPv6 message with its checksum; `source` and `destination` are the
/// datagram's. Precondition: out.size() >= kNeighbourAdvertisementSize.
void write_neighbour_advertisement(MutableBytes out, const NeighbourAdvertisement& advertisement,
                                   const Ipv6Address& source, const Ipv6Address& destination);

}  // namespace tunlab
