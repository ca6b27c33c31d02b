#include "tunlab/wire/ipv6.hpp"

#include <algorithm>
#include <cassert>

namespace tunlab {

namespace {

// RFC 8200 §3.
constexpr unsigned kVersion = 6;
constexpr std::size_t kPayloadLengthOffset = 4;
constexpr std::size_t kNextHeaderOffset = 6;
constexpr std::size_t kHopLimitOffset = 7;
constexpr std::size_t kSourceOffset = 8;
constexpr std::size_t kDestinationOffset = 24;

}  // namespace

Parsed<Ipv6Packet> parse_ipv6(Bytes bytes) {
    if (bytes.size() < kIpv6HeaderSize) return Defect::Truncated;
    const std::uint32_t first_word = load_be32(bytes, 0);
    if (first_word >> 28 != kVersion) return Defect::BadVersion;
    const std::size_t payload_size = load_be16(bytes, kPayloadLengthOffset);
    if (payload_size > bytes.size() - kIpv6HeaderSize) return Defect::BadLength;
    return Ipv6Packet{.traffic_class = static_cast<std::uint8_t>(first_word >> 20 & 0xff),
                      .flow_label = first_word & 0xfffff,
                      .next_header = bytes[kNextHeaderOffset],
                      .hop_limit = bytes[kHopLimitOffset],
                      .source = Ipv6Address::from_bytes(bytes.subspan(kSourceOffset)),
                      .destination = Ipv6Address::from_bytes(bytes.subspan(kDestinationOffset)),
                      .payload = bytes.subspan(kIpv6HeaderSize, payload_size)};
}

void write_ipv6_header(MutableBytes out, const Ipv6Packet& packet, std::size_t payload_size) {
    assert(out.size() >= kIpv6HeaderSize);
    assert(payload_size <= 0xffff && packet.flow_label <= 0xfffff);
    store_be32(out, 0, kVersion << 28 | std::uint32_t{packet.traffic_class} << 20 | packet.flow_label);
    store_be16(out, kPayloadLengthOffset, static_cast<std::uint16_t>(payload_size));
    out[kNextHeaderOffset] = packet.next_header;
    out[kHopLimitOffset] = packet.hop_limit;
    std::ranges::copy(packet.source.bytes(), out.subspan(kSourceOffset).begin());
    std::ranges::copy(packet.destination.bytes(), out.subspan(kDestinationOffset).begin());
}

}  // namespace tunlab
