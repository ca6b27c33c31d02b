#include "tunlab/wire/ethernet.hpp"

#include <algorithm>
#include <cassert>

namespace tunlab {

namespace {

constexpr std::size_t kSourceOffset = 6;
constexpr std::size_t kEtherTypeOffset = 12;

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

}  // namespace tunlab
