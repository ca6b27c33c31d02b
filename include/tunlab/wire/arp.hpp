#pragma once
// ARP for IPv4 over Ethernet (RFC 826).

#include "tunlab/base/address.hpp"
#include "tunlab/base/bytes.hpp"
#include "tunlab/wire/parsed.hpp"

#include <cstdint>

namespace tunlab {

constexpr std::size_t kArpSize = 28;
constexpr std::uint16_t kArpRequest = 1;
constexpr std::uint16_t kArpReply = 2;
constexpr std::uint16_t kArpReverseRequest = 3;  // RFC 903
constexpr std::uint16_t kArpReverseReply = 4;
constexpr std::uint16_t kArpInverseRequest = 8;  // RFC 2390
constexpr std::uint16_t kArpInverseReply = 9;

constexpr std::uint16_t kArpHardwareEthernet = 1;

struct ArpPacket {
    std::uint16_t operation = 0;
    MacAddress sender_mac;
    Ipv4Address sender_ip;
    MacAddress target_mac;
    Ipv4Address target_ip;
};

/// The kinds of address that an ARP packet says it is about.
struct ArpFormat {
    std::uint16_t hardware_type = 0;
    std::uint16_t protocol_type = 0;
    std::uint8_t hardware_size = 0;  ///< of an address, in bytes
    std::uint8_t protocol_size = 0;  ///< likewise

    friend bool operator==(const ArpFormat&, const ArpFormat&) = default;
};

/// Fewer than 6 bytes: Defect::Truncated.
[[nodiscard]] Parsed<ArpFormat> parse_arp_format(Bytes bytes);

/// Bytes after the first 28 are padding. Fewer: Defect::Truncated. Hardware type other than 1,
/// protocol type other than 0x0800 or address lengths other than 6 and 4: Defect::BadFormat.
[[nodiscard]] Parsed<ArpPacket> parse_arp(Bytes bytes);

/// Writes 28 bytes. Precondition: out.size() >= kArpSize.
void write_arp(MutableBytes out, const ArpPacket& packet);

}  // namespace tunlab
