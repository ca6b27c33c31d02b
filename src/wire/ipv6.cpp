#include "tunlab/wire/ipv6.hpp"

#include <algorithm>
#include <cassert>

namespace tunlab {

Parsed<Ipv6Packet> parse_ipv6(Bytes bytes) {
    if (bytes.size() < kIpv6HeaderSize) return Defect::Truncated;
    if (ip_version(bytes) != kIpv6Version) return Defect::BadVersion;
    if (ipv6_payload_size(bytes) > bytes.size() - kIpv6HeaderSize) return Defect::BadLength;
    return parse_ipv6_lenient(bytes);
}

Parsed<Ipv6Packet> parse_ipv6_lenient(Bytes bytes) {
    if (bytes.size() < kIpv6HeaderSize) return Defect::Truncated;
    const std::uint32_t first_word = load_be32(bytes, 0);
    const std::size_t payload_size = std::min(ipv6_payload_size(bytes), bytes.size() - kIpv6HeaderSize);
    return Ipv6Packet{.traffic_class = static_cast<std::uint8_t>(first_word >> 20 & 0xff),
                      .flow_label = first_word & 0xfffff,
                      .next_header = bytes[kIpv6NextHeaderOffset],
                      .hop_limit = bytes[kIpv6HopLimitOffset],
                      .source = Ipv6Address::from_bytes(bytes.subspan(kIpv6SourceOffset)),
                      .destination = Ipv6Address::from_bytes(bytes.subspan(kIpv6DestinationOffset)),
                      .payload = bytes.subspan(kIpv6HeaderSize, payload_size)};
}

void write_ipv6_header(MutableBytes out, const Ipv6Packet& packet, std::size_t payload_size) {
    assert(out.size() >= kIpv6HeaderSize);
    assert(payload_size <= kIpv6MaxPayloadSize && packet.flow_label <= 0xfffff);
    store_be32(out, 0, kIpv6Version << 28 | std::uint32_t{packet.traffic_class} << 20 | packet.flow_label);
    store_be16(out, kIpv6PayloadLengthOffset, static_cast<std::uint16_t>(payload_size));
    out[kIpv6NextHeaderOffset] = packet.next_header;
    out[kIpv6HopLimitOffset] = packet.hop_limit;
    std::ranges::copy(packet.source.bytes(), out.subspan(kIpv6SourceOffset).begin());
    std::ranges::copy(packet.destination.bytes(), out.subspan(kIpv6DestinationOffset).begin());
}

void lower_ipv6_hop_limit(MutableBytes packet, std::size_t hops) {
    std::uint8_t& hop_limit = packet[kIpv6HopLimitOffset];
    hop_limit = static_cast<std::uint8_t>(hop_limit - std::min<std::size_t>(hops, hop_limit));
}

}  // namespace tunlab
