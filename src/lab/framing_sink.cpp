#include "tunlab/lab/framing_sink.hpp"

#include "tunlab/lab/simulated_mac.hpp"

namespace tunlab {

namespace {

/// The MAC of the simulated host that the IP packet `reply` is from.
MacAddress source_mac_of(Bytes reply) {
    constexpr std::size_t kIpv4SourceOffset = 12;  // RFC 791 §3.1
    constexpr std::size_t kIpv6SourceOffset = 8;   // RFC 8200 §3
    constexpr unsigned kVersion4 = 4;
    if (reply[0] >> 4 == kVersion4)
        return simulated_mac(Ipv4Address::from_bytes(reply.subspan(kIpv4SourceOffset)));
    return simulated_mac(Ipv6Address::from_bytes(reply.subspan(kIpv6SourceOffset)));
}

}  // namespace

MutableBytes FramingSink::begin(std::size_t size) {
    frame_ = frames_.begin(kEthernetHeaderSize + size);
    return frame_.subspan(kEthernetHeaderSize);
}

void FramingSink::finish() {
    const bool to_group = request_.destination.is_multicast();
    const Ends ends =
        ends_.value_or(Ends{.destination = request_.source,
                            .source = to_group ? source_mac_of(Bytes(frame_).subspan(kEthernetHeaderSize))
                                               : request_.destination});
    write_ethernet_header(
        frame_, {.destination = ends.destination, .source = ends.source, .ethertype = request_.ethertype});
    frames_.finish();
}

}  // namespace tunlab
