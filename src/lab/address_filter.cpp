#include "tunlab/lab/address_filter.hpp"

namespace tunlab {

std::optional<Reason> why_not_simulated(const Ipv4Address& address, const DeviceFacts& facts) {
    if (address.is_multicast()) return Reason::Multicast;
    if (facts.is_broadcast(address)) return Reason::Broadcast;
    if (address.is_unspecified() || address.is_loopback()) return Reason::BadDestination;
    if (facts.host_holds(address)) return Reason::OwnAddress;
    return std::nullopt;
}

std::optional<Reason> why_not_simulated(const Ipv6Address& address, const DeviceFacts& facts) {
    if (address.is_multicast()) return Reason::Multicast;
    if (is_martian_source(address)) return Reason::BadDestination;
    if (facts.host_holds(address)) return Reason::OwnAddress;
    return std::nullopt;
}

bool is_martian_source(const Ipv4Address& address, const DeviceFacts& facts) {
    return address.is_unspecified() || address.is_loopback() || address.is_multicast() ||
           facts.is_broadcast(address);
}

bool is_martian_source(const Ipv6Address& address) {
    return address.is_unspecified() || address.is_loopback() || address.is_multicast() ||
           address.is_v4_mapped();
}

}  // namespace tunlab
