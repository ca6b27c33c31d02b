#include "tunlab/wire/ipv4.hpp"

#include "tunlab/wire/checksum.hpp"

#include <algorithm>
#include <cassert>

namespace tunlab {

namespace {

// RFC 791 §3.1.
constexpr std::uint8_t kVersion = 4;
constexpr std::size_t kTotalLengthOffset = 2;
constexpr std::size_t kIdentificationOffset = 4;
constexpr std::size_t kFragmentOffset = 6;
constexpr std::size_t kTtlOffset = 8;
constexpr std::size_t kProtocolOffset = 9;
constexpr std::size_t kChecksumOffset = 10;
constexpr std::size_t kSourceOffset = 12;
constexpr std::size_t kDestinationOffset = 16;

constexpr std::uint16_t kDontFragment = 0x4000;
constexpr std::uint16_t kMoreFragments = 0x2000;
constexpr std::uint16_t kFragmentOffsetMask = 0x1fff;
constexpr unsigned kFragmentUnit = 8;

/// The header length in bytes, as the low half of the first octet states it in words of four.
std::size_t stated_header_size(Bytes bytes) {
    return static_cast<std::size_t>(bytes[0] & 0x0f) * 4;
}

}  // namespace

Parsed<Ipv4Packet> parse_ipv4(Bytes bytes) {
    const auto packet = parse_ipv4_unverified(bytes);
    if (!packet) return packet;
    if (InternetChecksum().add(bytes.first(stated_header_size(bytes))).value() != 0)
        return Defect::BadChecksum;
    return packet;
}

Parsed<Ipv4Packet> parse_ipv4_unverified(Bytes bytes) {
    if (bytes.size() < kIpv4MinHeaderSize) return Defect::Truncated;
    if (bytes[0] >> 4 != kVersion) return Defect::BadVersion;
    const std::size_t header_size = stated_header_size(bytes);
    if (header_size < kIpv4MinHeaderSize || header_size > bytes.size()) return Defect::BadHeaderLength;
    const std::size_t total_size = load_be16(bytes, kTotalLengthOffset);
    if (total_size < header_size || total_size > bytes.size()) return Defect::BadLength;
    const std::uint16_t fragment = load_be16(bytes, kFragmentOffset);
    return Ipv4Packet{.tos = bytes[1],
                      .identification = load_be16(bytes, kIdentificationOffset),
                      .dont_fragment = (fragment & kDontFragment) != 0,
                      .more_fragments = (fragment & kMoreFragments) != 0,
                      .fragment_offset =
                          static_cast<std::uint16_t>((fragment & kFragmentOffsetMask) * kFragmentUnit),
                      .ttl = bytes[kTtlOffset],
                      .protocol = bytes[kProtocolOffset],
                      .source = Ipv4Address::from_bytes(bytes.subspan(kSourceOffset)),
                      .destination = Ipv4Address::from_bytes(bytes.subspan(kDestinationOffset)),
                      .options = bytes.subspan(kIpv4MinHeaderSize, header_size - kIpv4MinHeaderSize),
                      .payload = bytes.subspan(header_size, total_size - header_size)};
}

void write_ipv4_header(MutableBytes out, const Ipv4Packet& packet, std::size_t payload_size) {
    const std::size_t header_size = ipv4_header_size(packet);
    assert(packet.options.size() % 4 == 0 && header_size <= kIpv4MaxHeaderSize);
    assert(out.size() >= header_size);
    assert(header_size + payload_size <= kIpv4MaxSize);
    assert(packet.fragment_offset % kFragmentUnit == 0);
    const unsigned fragment = (packet.dont_fragment ? kDontFragment : 0U) |
                              (packet.more_fragments ? kMoreFragments : 0U) |
                              packet.fragment_offset / kFragmentUnit;
    out[0] = static_cast<std::uint8_t>(kVersion << 4 | header_size / 4);
    out[1] = packet.tos;
    store_be16(out, kTotalLengthOffset, static_cast<std::uint16_t>(header_size + payload_size));
    store_be16(out, kIdentificationOffset, packet.identification);
    store_be16(out, kFragmentOffset, static_cast<std::uint16_t>(fragment));
    out[kTtlOffset] = packet.ttl;
    out[kProtocolOffset] = packet.protocol;
    store_be16(out, kChecksumOffset, 0);
    std::ranges::copy(packet.source.bytes(), out.subspan(kSourceOffset).begin());
    std::ranges::copy(packet.destination.bytes(), out.subspan(kDestinationOffset).begin());
    std::ranges::copy(packet.options, out.subspan(kIpv4MinHeaderSize).begin());
    store_be16(out, kChecksumOffset, InternetChecksum().add(out.first(header_size)).value());
}

}  // namespace tunlab
