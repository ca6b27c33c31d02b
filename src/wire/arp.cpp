#include "tunlab/wire/arp.hpp"

#include "tunlab/wire/ethernet.hpp"

#include <algorithm>
#include <cassert>

namespace tunlab {

namespace {

// RFC 826, "Packet format", with the lengths of Ethernet and IPv4 put in.
constexpr std::size_t kProtocolOffset = 2;
constexpr std::size_t kHardwareLengthOffset = 4;
constexpr std::size_t kProtocolLengthOffset = 5;
constexpr std::size_t kOperationOffset = 6;
constexpr std::size_t kSenderMacOffset = 8;
constexpr std::size_t kSenderIpOffset = 14;
constexpr std::size_t kTargetMacOffset = 18;
constexpr std::size_t kTargetIpOffset = 24;

constexpr ArpFormat kIpv4OverEthernet{.hardware_type = kArpHardwareEthernet,
                                      .protocol_type = kEtherTypeIpv4,
                                      .hardware_size = MacAddress::kSize,
                                      .protocol_size = Ipv4Address::kSize};

}  // namespace

Parsed<ArpFormat> parse_arp_format(Bytes bytes) {
    if (bytes.size() < kOperationOffset) return Defect::Truncated;
    return ArpFormat{.hardware_type = load_be16(bytes, 0),
                     .protocol_type = load_be16(bytes, kProtocolOffset),
                     .hardware_size = bytes[kHardwareLengthOffset],
                     .protocol_size = bytes[kProtocolLengthOffset]};
}

Parsed<ArpPacket> parse_arp(Bytes bytes) {
    if (bytes.size() < kArpSize) return Defect::Truncated;
    if (*parse_arp_format(bytes) != kIpv4OverEthernet) return Defect::BadFormat;
    return ArpPacket{.operation = load_be16(bytes, kOperationOffset),
                     .sender_mac = MacAddress::from_bytes(bytes.subspan(kSenderMacOffset)),
                     .sender_ip = Ipv4Address::from_bytes(bytes.subspan(kSenderIpOffset)),
                     .target_mac = MacAddress::from_bytes(bytes.subspan(kTargetMacOffset)),
                     .target_ip = Ipv4Address::from_bytes(bytes.subspan(kTargetIpOffset))};
}

void write_arp(MutableBytes out, const ArpPacket& packet) {
    assert(out.size() >= kArpSize);
    store_be16(out, 0, kArpHardwareEthernet);
    store_be16(out, kProtocolOffset, kEtherTypeIpv4);
    out[kHardwareLengthOffset] = MacAddress::kSize;
    out[kProtocolLengthOffset] = Ipv4Address::kSize;
    store_be16(out, kOperationOffset, packet.operation);
    std::ranges::copy(packet.sender_mac.bytes(), out.subspan(kSenderMacOffset).begin());
    std::ranges::copy(packet.sender_ip.bytes(), out.subspan(kSenderIpOffset).begin());
    std::ranges::copy(packet.target_mac.bytes(), out.subspan(kTargetMacOffset).begin());
    std::ranges::copy(packet.target_ip.bytes(), out.subspan(kTargetIpOffset).begin());
}

}  // namespace tunlab
