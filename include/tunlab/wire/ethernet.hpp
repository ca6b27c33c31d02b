#pragma once
// Ethernet II frames as a TAP device carries them: 14 bytes of header, no preamble, no FCS.

#include "tunlab/base/address.hpp"
#include "tunlab/base/bytes.hpp"
#include "tunlab/wire/parsed.hpp"

#include <cstdint>

namespace tunlab {

constexpr std::size_t kEthernetHeaderSize = 14;

// IEEE 802 numbers, as IANA lists them. A value below 1536 is an IEEE 802.3 length, not a type.
constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
constexpr std::uint16_t kEtherTypeArp = 0x0806;
constexpr std::uint16_t kEtherTypeVlan = 0x8100;
constexpr std::uint16_t kEtherTypeIpv6 = 0x86dd;
constexpr std::uint16_t kEtherTypeServiceVlan = 0x88a8;
constexpr std::uint16_t kMinEtherType = 0x0600;

struct EthernetFrame {
    MacAddress destination;
    MacAddress source;
    std::uint16_t ethertype = 0;
    Bytes payload{};  ///< all that follows the header, padding included
};

/// Fewer than 14 bytes: Defect::Truncated.
[[nodiscard]] Parsed<EthernetFrame> parse_ethernet(Bytes bytes);

/// Writes the 14 bytes of the header (the payload of `frame` is not touched).
/// Precondition: out.size() >= kEthernetHeaderSize.
void write_ethernet_header(MutableBytes out, const EthernetFrame& frame);

/// What follows kEtherTypeVlan or kEtherTypeServiceVlan (IEEE 802.1Q).
struct VlanTag {
    std::uint8_t priority = 0;
    bool drop_eligible = false;
    std::uint16_t identifier = 0;
    std::uint16_t ethertype = 0;
    Bytes payload{};
};

/// Fewer than 4 bytes: Defect::Truncated.
[[nodiscard]] Parsed<VlanTag> parse_vlan_tag(Bytes bytes);

}  // namespace tunlab
