#include "tunlab/wire/ipv4.hpp"

#include "tunlab/wire/checksum.hpp"

#include <algorithm>
#include <cassert>

namespace tunlab {

namespace {

constexpr std::uint16_t kFragmentOffsetMask = 0x1fff;

/// Precondition: 20 <= header_size <= total_size <= bytes.size().
Ipv4Packet packet_of(Bytes bytes, std::size_t header_size, std::size_t total_size) {
    const std::uint16_t fragment = load_be16(bytes, kIpv4FragmentOffset);
    return Ipv4Packet{.tos = bytes[kIpv4TosOffset],
                      .identification = load_be16(bytes, kIpv4IdentificationOffset),
                      .dont_fragment = (fragment & kIpv4DontFragment) != 0,
                      .more_fragments = (fragment & kIpv4MoreFragments) != 0,
                      .fragment_offset =
                          static_cast<std::uint16_t>((fragment & kFragmentOffsetMask) * kFragmentUnit),
                      .ttl = bytes[kIpv4TtlOffset],
                      .protocol = bytes[kIpv4ProtocolOffset],
                      .source = Ipv4Address::from_bytes(bytes.subspan(kIpv4SourceOffset)),
                      .destination = Ipv4Address::from_bytes(bytes.subspan(kIpv4DestinationOffset)),
                      .options = bytes.subspan(kIpv4MinHeaderSize, header_size - kIpv4MinHeaderSize),
                      .payload = bytes.subspan(header_size, total_size - header_size)};
}

}  // namespace

Parsed<Ipv4Packet> parse_ipv4(Bytes bytes) {
    const auto packet = parse_ipv4_unverified(bytes);
    if (!packet) return packet;
    if (InternetChecksum().add(bytes.first(ipv4_header_size(bytes))).value() != 0) return Defect::BadChecksum;
    return packet;
}

Parsed<Ipv4Packet> parse_ipv4_unverified(Bytes bytes) {
    if (bytes.size() < kIpv4MinHeaderSize) return Defect::Truncated;
    if (ip_version(bytes) != kIpv4Version) return Defect::BadVersion;
    const std::size_t header_size = ipv4_header_size(bytes);
    if (header_size < kIpv4MinHeaderSize || header_size > bytes.size()) return Defect::BadHeaderLength;
    const std::size_t total_size = ipv4_total_size(bytes);
    if (total_size < header_size || total_size > bytes.size()) return Defect::BadLength;
    return packet_of(bytes, header_size, total_size);
}

Parsed<Ipv4Packet> parse_ipv4_lenient(Bytes bytes) {
    if (bytes.size() < kIpv4MinHeaderSize) return Defect::Truncated;
    const std::size_t header_size = std::clamp(ipv4_header_size(bytes), kIpv4MinHeaderSize, bytes.size());
    return packet_of(bytes, header_size, std::clamp(ipv4_total_size(bytes), header_size, bytes.size()));
}

void write_ipv4_header(MutableBytes out, const Ipv4Packet& packet, std::size_t payload_size) {
    const std::size_t header_size = ipv4_header_size(packet);
    assert(packet.options.size() % 4 == 0 && header_size <= kIpv4MaxHeaderSize);
    assert(out.size() >= header_size);
    assert(header_size + payload_size <= kIpv4MaxSize);
    assert(packet.fragment_offset % kFragmentUnit == 0);
    const unsigned fragment = (packet.dont_fragment ? kIpv4DontFragment : 0U) |
                              (packet.more_fragments ? kIpv4MoreFragments : 0U) |
                              packet.fragment_offset / kFragmentUnit;
    out[0] = static_cast<std::uint8_t>(kIpv4Version << 4 | header_size / 4);
    out[kIpv4TosOffset] = packet.tos;
    store_be16(out, kIpv4TotalLengthOffset, static_cast<std::uint16_t>(header_size + payload_size));
    store_be16(out, kIpv4IdentificationOffset, packet.identification);
    store_be16(out, kIpv4FragmentOffset, static_cast<std::uint16_t>(fragment));
    out[kIpv4TtlOffset] = packet.ttl;
    out[kIpv4ProtocolOffset] = packet.protocol;
    std::ranges::copy(packet.source.bytes(), out.subspan(kIpv4SourceOffset).begin());
    std::ranges::copy(packet.destination.bytes(), out.subspan(kIpv4DestinationOffset).begin());
    std::ranges::copy(packet.options, out.subspan(kIpv4MinHeaderSize).begin());
    update_ipv4_checksum(out);
}

void update_ipv4_checksum(MutableBytes packet) {
    const MutableBytes header = packet.first(ipv4_header_size(packet));
    store_be16(header, kIpv4ChecksumOffset, 0);
    store_be16(header, kIpv4ChecksumOffset, InternetChecksum().add(header).value());
}

void lower_ipv4_ttl(MutableBytes packet, std::size_t hops) {
    std::uint8_t& ttl = packet[kIpv4TtlOffset];
    ttl = static_cast<std::uint8_t>(ttl - std::min<std::size_t>(hops, ttl));
    update_ipv4_checksum(packet);
}

}  // namespace tunlab
