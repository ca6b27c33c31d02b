#include "tunlab/lab/ip_responder.hpp"

#include "tunlab/wire/icmpv4.hpp"

namespace tunlab {

namespace {

constexpr std::uint8_t kReplyTtl = 64;  // a host's own, as Linux's: not what is left of the request's

Reason reason_for(Defect defect) {
    switch (defect) {
        case Defect::Truncated:
        case Defect::BadLength: return Reason::IpLength;
        case Defect::BadVersion: return Reason::IpVersion;
        case Defect::BadHeaderLength:
        case Defect::BadFormat: return Reason::IpHeader;
        case Defect::BadChecksum: return Reason::IpChecksum;
    }
    return Reason::IpHeader;
}

/// Looks at the type only: a request whose checksum is wrong is a request still.
bool is_echo_request(const Ipv4Packet& ip) {
    return ip.protocol == kProtocolIcmp && ip.fragment_offset == 0 &&
           ip.payload.size() >= kIcmpv4HeaderSize && ip.payload[0] == kIcmpv4EchoRequest;
}

unsigned version_of(Bytes packet) {
    return packet.empty() ? 0U : packet[0] >> 4U;
}

}  // namespace

std::optional<Reason> why_not_simulated(const Ipv4Address& address, const DeviceFacts& facts) {
    if (address.is_multicast()) return Reason::Multicast;
    if (facts.is_broadcast(address)) return Reason::Broadcast;
    if (address.is_unspecified() || address.is_loopback()) return Reason::BadDestination;
    if (facts.host_holds(address)) return Reason::OwnAddress;
    return std::nullopt;
}

bool is_bad_source(const Ipv4Address& address, const DeviceFacts& facts) {
    return address.is_unspecified() || address.is_loopback() || address.is_multicast() ||
           facts.is_broadcast(address);
}

Decision IpResponder::respond(Bytes packet, ReplySink& sink) {
    constexpr unsigned kVersion6 = 6;
    if (version_of(packet) == kVersion6) return {.reason = Reason::Ipv6};
    return respond_ipv4(packet, sink);
}

Decision IpResponder::respond_ipv4(Bytes packet, ReplySink& sink) {
    const auto ip = parse_ipv4(packet);
    if (!ip) return {.reason = reason_for(ip.error())};
    return {.reason = answer(*ip, sink), .echo_request = is_echo_request(*ip)};
}

Reason IpResponder::answer(const Ipv4Packet& ip, ReplySink& sink) {
    if (const auto reason = why_not_simulated(ip.destination, facts_)) return *reason;
    // A packet from its own destination (a "land" packet) would have the host answer itself.
    if (is_bad_source(ip.source, facts_) || ip.source == ip.destination) return Reason::BadSource;
    if (ip.is_fragment()) return Reason::Fragment;
    if (!ip.options.empty()) return Reason::IpOptions;
    if (ip.protocol != kProtocolIcmp) return Reason::Protocol;
    return answer_icmp(ip, sink);
}

Reason IpResponder::answer_icmp(const Ipv4Packet& ip, ReplySink& sink) {
    const auto icmp = parse_icmpv4(ip.payload);
    if (!icmp) return icmp.error() == Defect::BadChecksum ? Reason::IcmpChecksum : Reason::IcmpLength;
    if (icmp->type != kIcmpv4EchoRequest) return Reason::IcmpType;

    // RFC 792, Echo: addresses exchanged, type 8 to 0; identifier, sequence number and data return.
    Icmpv4Message echo = *icmp;
    echo.type = kIcmpv4EchoReply;
    // RFC 1122 §3.2.2.6: the reply's source is the address that was asked, its TOS the request's.
    const Ipv4Packet reply{.tos = ip.tos,
                           .identification = next_identification_++,
                           .ttl = kReplyTtl,
                           .protocol = kProtocolIcmp,
                           .source = ip.destination,
                           .destination = ip.source};
    const MutableBytes out = sink.begin(kIpv4MinHeaderSize + ip.payload.size());
    write_ipv4_header(out, reply, ip.payload.size());
    write_icmpv4(out.subspan(kIpv4MinHeaderSize), echo);
    sink.finish();
    return Reason::Echo;
}

}  // namespace tunlab
