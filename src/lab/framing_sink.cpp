#include "tunlab/lab/framing_sink.hpp"

#include "tunlab/wire/ipv4.hpp"
#include "tunlab/wire/ipv6.hpp"

namespace tunlab {

/// The MAC of the simulated host that the IP packet `reply` is from.
MacAddress FramingSink::source_of(Bytes reply) const {
    if (const auto ip = parse_ipv4_unverified(reply)) return hosts_.mac_of(ip->source);
    return hosts_.mac_of(parse_ipv6(reply)->source);
}

MutableBytes FramingSink::begin(std::size_t size) {
    frame_ = frames_.begin(kEthernetHeaderSize + size);
    return frame_.subspan(kEthernetHeaderSize);
}

void FramingSink::finish() {
    const bool to_group = request_.destination.is_multicast();
    const Stations stations = stations_.value_or(Stations{
        .destination = request_.source,
        .source = to_group ? source_of(Bytes(frame_).subspan(kEthernetHeaderSize)) : request_.destination});
    write_ethernet_header(
        frame_,
        {.destination = stations.destination, .source = stations.source, .ethertype = request_.ethertype});
    frames_.finish();
}

}  // namespace tunlab
