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

struct ArpPacket {
    std::uint16_t operation = 0;
    MacAddress sender_mac;
    Ipv4Address sender_ip;
    MacAddress target_mac;
    Ipv4Address target_ip;
};

/// Bytes after the first 28 are padding. Fewer: Defect::Truncated. Hardware type other than 1,
/// protocol type other than 0x0800 or address lengths other than 6 and 4: Defect::BadFormat.
[[nodiscard]] Parsed<ArpPacket> parse_arp(Bytes bytes);

/// Writes 28 bytes. Precondition: out.size() >= kArpSize.
void write_arp(MutableBytes out, const ArpPacket& packet);

}  // namespace tunlab
