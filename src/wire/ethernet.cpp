#include "tunlab/wire/ethernet.hpp"

#include <algorithm>
#include <cassert>

namespace tunlab {

namespace {

constexpr std::size_t kSourceOffset = 6;
constexpr std::size_t kEtherTypeOffset = 12;
constexpr std::size_t kVlanTagSize = 4;

}  // namespace

Parsed<EthernetFrame> parse_ethernet(Bytes bytes) {
    if (bytes.size() < kEthernetHeaderSize) return Defect::Truncated;
    return EthernetFrame{.destination = MacAddress::from_bytes(bytes),
                         .source = MacAddress::from_bytes(bytes.subspan(kSourceOffset)),
                         .ethertype = load_be16(bytes, kEtherTypeOffset),
                         .payload = bytes.subspan(kEthernetHeaderSize)};
}

void write_ethernet_header(MutableBytes out, const EthernetFrame& frame) {
    assert(out.size() >= kEthernetHeaderSize);
    std::ranges::copy(frame.destination.bytes(), out.begin());
    std::ranges::copy(frame.source.bytes(), out.subspan(kSourceOffset).begin());
    store_be16(out, kEtherTypeOffset, frame.ethertype);
}

Parsed<VlanTag> parse_vlan_tag(Bytes bytes) {
    if (bytes.size() < kVlanTagSize) return Defect::Truncated;
    const std::uint16_t control = load_be16(bytes, 0);
    return VlanTag{.priority = static_cast<std::uint8_t>(control >> 13),
                   .drop_eligible = (control & 0x1000) != 0,
                   .identifier = static_cast<std::uint16_t>(control & 0x0fff),
                   .ethertype = load_be16(bytes, 2),
                   .payload = bytes.subspan(kVlanTagSize)};
}

}  // namespace tunlab
