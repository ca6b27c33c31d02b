#include "tunlab/lab/icmp_error.hpp"

#include "tunlab/wire/ip.hpp"
#include "tunlab/wire/ipv4.hpp"

#include <algorithm>
#include <cassert>

namespace tunlab {

namespace {

std::optional<IcmpErrorKind> error_of(Answer answer) {
    switch (answer) {
        case Answer::Echo:
        case Answer::Silent:
        case Answer::Absent: return std::nullopt;
        case Answer::NetUnreachable: return IcmpErrorKind::NetUnreachable;
        case Answer::HostUnreachable: return IcmpErrorKind::HostUnreachable;
        case Answer::PortUnreachable: return IcmpErrorKind::PortUnreachable;
        case Answer::AdminProhibited: return IcmpErrorKind::AdminProhibited;
    }
    return std::nullopt;
}

/// `number` is the hop's, from 1.
IcmpError error_from_hop(IcmpErrorKind kind, std::span<const Hop> path, std::size_t number) {
    const std::size_t hops_before = number - 1;
    IcmpError error{
        .kind = kind, .hop = number, .ttl = ttl_after(kDefaultTtl, hops_before), .hops_passed = hops_before};
    const auto& address = path[hops_before].address;
    if (address) {
        error.sender = *address;
    } else {
        error.suppressed = Reason::SilentHop;
    }
    return error;
}

}  // namespace

IcmpError error_on_path(std::span<const Hop> path, const ForwardResult& result) {
    assert(result.end != ForwardResult::End::Arrived);
    if (result.end == ForwardResult::End::Expired)
        return error_from_hop(IcmpErrorKind::TimeExceeded, path, result.hops);
    const Hop& hop = path[result.hops - 1];
    IcmpError error = error_from_hop(IcmpErrorKind::TooBig, path, result.hops);
    error.mtu = *hop.mtu;
    if (hop.blackhole) error.suppressed = Reason::Blackhole;
    return error;
}

std::optional<IcmpError> error_by_profile(const HostRule& host, const IpAddress& asked) {
    const auto kind = error_of(host.answer);
    if (!kind) return std::nullopt;
    if (host.path.empty()) return error_from_host(*kind, host, asked);
    return error_from_hop(*kind, host.path, host.path.size());
}

IcmpError error_from_host(IcmpErrorKind kind, const HostRule& host, const IpAddress& asked) {
    return {.kind = kind,
            .sender = asked,
            .ttl = ttl_after(host.ttl, host.path.size()),
            .hops_passed = host.path.size()};
}

InvokingPacket::InvokingPacket(Bytes beginning, std::size_t hops) : size_(beginning.size()) {
    std::ranges::copy(beginning, bytes_.begin());
    if (hops == 0) return;
    if (ip_version(bytes_) == kIpv4Version) {
        lower_ipv4_ttl(bytes_, hops);
    } else {
        lower_ipv6_hop_limit(bytes_, hops);
    }
}

}  // namespace tunlab
