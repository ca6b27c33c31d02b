#include "tunlab/lab/housekeeping.hpp"

#include "tunlab/wire/icmpv6.hpp"
#include "tunlab/wire/transport.hpp"

#include <algorithm>
#include <array>

namespace tunlab {

namespace {

// DHCP, DHCPv6, SSDP, mDNS, LLMNR (IANA).
constexpr std::array<std::uint16_t, 6> kDiscoveryPorts{67, 68, 547, 1900, 5353, 5355};

bool is_discovery(Bytes datagram) {
    const auto udp = parse_udp(datagram);
    return udp && std::ranges::find(kDiscoveryPorts, udp->destination_port) != kDiscoveryPorts.end();
}

bool is_housekeeping_type(std::uint8_t type) {
    switch (type) {
        case kIcmpv6ListenerQuery:
        case kIcmpv6ListenerReport:
        case kIcmpv6ListenerDone:
        case kIcmpv6ListenerReportV2:
        case kIcmpv6RouterSolicitation:
        case kIcmpv6RouterAdvertisement:
        case kIcmpv6NeighbourAdvertisement:
        case kIcmpv6Redirect: return true;
        default: return false;
    }
}

}  // namespace

bool is_housekeeping(const Ipv4Packet& packet) {
    if (packet.protocol == kProtocolIgmp) return true;
    const bool to_group = packet.destination.is_multicast() || packet.destination.is_limited_broadcast();
    return to_group && packet.protocol == kProtocolUdp && packet.fragment_offset == 0 &&
           is_discovery(packet.payload);
}

bool is_housekeeping(const Ipv6Packet& packet, std::uint8_t protocol, Bytes payload) {
    if (protocol == kProtocolIcmpv6) return !payload.empty() && is_housekeeping_type(payload[0]);
    return packet.destination.is_multicast() && protocol == kProtocolUdp && is_discovery(payload);
}

}  // namespace tunlab
