#include "tunlab/lab/ipv6_responder.hpp"

#include "tunlab/lab/closed_port.hpp"
#include "tunlab/lab/housekeeping.hpp"
#include "tunlab/lab/simulated_mac.hpp"
#include "tunlab/lab/standing.hpp"
#include "tunlab/wire/icmpv6.hpp"
#include "tunlab/wire/ipv4.hpp"
#include "tunlab/wire/ipv6_extension.hpp"
#include "tunlab/wire/neighbour.hpp"
#include "tunlab/wire/transport.hpp"

#include <algorithm>
#include <optional>

namespace tunlab {

namespace {

constexpr std::uint8_t kReplyHopLimit = 64;  // a host's own, as Linux's

Reason reason_for(Defect defect) {
    switch (defect) {
        case Defect::Truncated:
        case Defect::BadLength: return Reason::IpLength;
        case Defect::BadVersion: return Reason::IpVersion;
        case Defect::BadHeaderLength:
        case Defect::BadFormat:
        case Defect::BadChecksum: return Reason::IpHeader;
    }
    return Reason::IpHeader;
}

// ---- extension headers ----------------------------------------------------------------------------

constexpr std::size_t kNextHeaderOffset = 6;  // RFC 8200 §3

enum class Fragmented { No, Yes };

/// How far one gets through the headers of a packet.
struct Walk {
    std::uint8_t protocol = 0;        ///< of what `rest` begins with
    Bytes rest;                       ///< behind the headers that were passed
    std::size_t named_at = 0;         ///< where in the packet the octet stands that says `protocol`
    bool at_fragment = false;         ///< `rest` begins with the fragment header of a fragment
    bool fragmented = false;          ///< an atomic fragment's header was among them
    std::optional<Reason> stopped{};  ///< why there is no getting further
};

std::optional<Reason> why_stop_at(std::uint8_t kind, const ExtensionHeader& header) {
    if (kind == kNextRouting) {
        // RFC 8200 §4.4: of an unknown type, with no segments left, it is passed over. Segment routing (RFC
        // 8754) and RPL's source routes (RFC 6554) are known to Linux, and off.
        constexpr std::uint8_t kRplSourceRoute = 3;
        constexpr std::uint8_t kSegmentRouting = 4;
        const auto [type, segments_left] = routing_header_of(header);
        const bool known = type == kRplSourceRoute || type == kSegmentRouting;
        if (segments_left == 0 && !known) return std::nullopt;
        return Reason::SourceRoute;
    }
    const auto where = kind == kNextHopByHop ? Ipv6OptionsIn::HopByHop : Ipv6OptionsIn::Destination;
    switch (judge_ipv6_options(header.body, where)) {
        case Ipv6OptionsVerdict::Skip: return std::nullopt;
        case Ipv6OptionsVerdict::Discard: return Reason::UnknownOption;
        case Ipv6OptionsVerdict::Malformed: return Reason::ExtensionHeader;
    }
    return Reason::ExtensionHeader;
}

/// `fragmented`: whether a fragment header was there before.
Walk walk(const Ipv6Packet& ip, Fragmented fragmented) {
    Walk at{.protocol = ip.next_header,
            .rest = ip.payload,
            .named_at = kNextHeaderOffset,
            .fragmented = fragmented == Fragmented::Yes};
    const auto position = [&] { return kIpv6HeaderSize + ip.payload.size() - at.rest.size(); };
    const auto stop = [&](Reason reason) {
        at.stopped = reason;
        return at;
    };
    for (;;) {
        switch (at.protocol) {
            case kNextHopByHop:
                // RFC 8200 §4.1: nowhere but right behind the IPv6 header.
                if (position() != kIpv6HeaderSize) return stop(Reason::ExtensionHeader);
                [[fallthrough]];
            case kNextRouting:
            case kNextDestination: {
                const auto header = parse_extension_header(at.rest);
                if (!header) return stop(Reason::ExtensionHeader);
                if (const auto reason = why_stop_at(at.protocol, *header)) return stop(*reason);
                at.named_at = position();
                at.protocol = header->next_header;
                at.rest = header->rest;
                break;
            }
            case kNextFragment: {
                const auto header = parse_ipv6_fragment_header(at.rest);
                // RFC 8200 §4.1: each extension header once. Linux refuses a second one of these.
                if (!header || at.fragmented) return stop(Reason::ExtensionHeader);
                at.at_fragment = !header->is_atomic();
                if (at.at_fragment) return at;
                at.fragmented = true;
                at.named_at = position();  // RFC 6946: processed by itself
                at.protocol = header->next_header;
                at.rest = header->payload;
                break;
            }
            case kNextNone: return stop(Reason::NoNextHeader);
            default: return at;
        }
    }
}

Reason reason_for_icmp(Defect defect) {
    return defect == Defect::BadChecksum ? Reason::IcmpChecksum : Reason::IcmpLength;
}

std::optional<Reason> why_not_answered(const Ipv6Packet& ip, const DeviceFacts& facts) {
    if (const auto reason = why_not_simulated(ip.destination, facts)) return reason;
    // A packet from its own destination (a "land" packet) would have the host answer itself.
    if (is_bad_source(ip.source) || ip.source == ip.destination) return Reason::BadSource;
    return std::nullopt;
}

}  // namespace

Decision Ipv6Responder::respond(Bytes packet, const Arrival& arrival, ReplySink& sink) {
    const auto ip = parse_ipv6(packet);
    if (!ip) return {.reason = reason_for(ip.error())};
    FragmentingSink cutting(core_.workshop, std::max<std::size_t>(core_.facts.mtu(), kIpv6MinMtu), sink);
    const Walk end = walk(*ip, Fragmented::No);
    const Request request{.ip = *ip,
                          .datagram = packet.first(kIpv6HeaderSize + ip->payload.size()),
                          .arrival = arrival,
                          .frame_to = arrival.frame_to(),
                          .protocol = end.protocol,
                          .payload = end.rest,
                          .fragmented = end.fragmented};
    if (end.at_fragment) return answer_fragment(request, end.named_at, cutting);
    if (end.stopped) return {.reason = why_not_answered(*ip, core_.facts).value_or(*end.stopped)};
    return answer(request, cutting);
}

Decision Ipv6Responder::answer_fragment(const Request& fragment, std::size_t named_at, ReplySink& sink) {
    if (const auto reason = why_not_answered(fragment.ip, core_.facts)) return {.reason = *reason};
    const auto header = parse_ipv6_fragment_header(fragment.payload);
    // RFC 8200 §4.5, RFC 7112: a first fragment holds all headers, or nobody could judge it by itself.
    if (header->offset == 0 && !holds_upper_layer_header(header->payload, header->next_header))
        return {.reason = Reason::ExtensionHeader};
    const auto whole =
        core_.reassembler.add_ipv6(fragment.datagram, fragment.datagram.size() - fragment.payload.size(),
                                   named_at, fragment.frame_to, fragment.arrival.now.steady);
    if (whole.outcome != FragmentOutcome::Complete) return {.reason = reason_for(whole.outcome)};

    const auto ip = parse_ipv6(whole.datagram);
    // What the fragments held begins with hop-by-hop options: behind their fragment header.
    if (named_at == kNextHeaderOffset && ip->next_header == kNextHopByHop)
        return {.reason = Reason::ExtensionHeader};
    const Walk end = walk(*ip, Fragmented::Yes);
    if (end.stopped) return {.reason = *end.stopped};
    return answer({.ip = *ip,
                   .datagram = whole.datagram,
                   .arrival = fragment.arrival,
                   .frame_to = whole.first_to,
                   .protocol = end.protocol,
                   .payload = end.rest,
                   .fragmented = true},
                  sink);
}

Decision Ipv6Responder::answer(const Request& request, ReplySink& sink) {
    // A request whose checksum is wrong is a request still.
    const bool echo_request = request.is_icmp(kIcmpv6EchoRequest);
    // Before the addresses are judged: these go to groups, and probes come from nobody.
    if (request.is_icmp(kIcmpv6NeighbourSolicitation)) return {.reason = answer_solicitation(request, sink)};
    if (is_housekeeping(request.ip, request.protocol, request.payload))
        return {.reason = Reason::Housekeeping};
    if (const auto reason = why_not_answered(request.ip, core_.facts))
        return {.reason = *reason, .echo_request = echo_request};
    switch (request.protocol) {
        case kProtocolIcmpv6: return {.reason = answer_icmp(request, sink), .echo_request = echo_request};
        case kProtocolUdp: return {.reason = answer_udp(request, sink)};
        case kProtocolTcp: return {.reason = answer_tcp(request, sink)};
        default: return {.reason = Reason::Protocol};
    }
}

Reason Ipv6Responder::answer_icmp(const Request& request, ReplySink& sink) {
    const auto icmp = parse_icmpv6(request.payload, request.ip.source, request.ip.destination);
    if (!icmp) return reason_for_icmp(icmp.error());
    if (icmp->type != kIcmpv6EchoRequest) return Reason::IcmpType;

    // RFC 4443 §4.2: identifier, sequence number and data return.
    IcmpMessage echo = *icmp;
    echo.type = kIcmpv6EchoReply;
    send_icmp(request, request.ip.traffic_class, echo, sink);
    return Reason::Echo;
}

/// RFC 4861 §7.1.1 and §7.2.3 to §7.2.5.
Reason Ipv6Responder::answer_solicitation(const Request& request, ReplySink& sink) {
    const auto& ip = request.ip;
    FramingSink* const link = request.arrival.link;
    if (link == nullptr) return Reason::Housekeeping;  // without a link layer there is nothing to resolve
    const auto icmp = parse_icmpv6(request.payload, ip.source, ip.destination);
    if (!icmp) return reason_for_icmp(icmp.error());
    const auto solicitation = parse_neighbour_solicitation(*icmp);
    if (!solicitation || ip.hop_limit != kNeighbourHopLimit) return Reason::NeighbourMalformed;
    const MacAddress asker = solicitation->source_mac.value_or(link->request().source);
    if (!asker.is_unicast()) return Reason::NeighbourMalformed;
    if (const auto reason = why_not_simulated(solicitation->target, core_.facts)) return *reason;
    if (!ip.destination.is_multicast()) {
        if (const auto reason = why_not_simulated(ip.destination, core_.facts)) return *reason;
    }
    if (request.fragmented) return Reason::NeighbourMalformed;  // RFC 6980 §5, also in one that is whole
    const bool to_its_group = ip.destination == solicited_node_group(solicitation->target);
    if (ip.destination.is_multicast() && !to_its_group && ip.destination != kAllNodes)
        return Reason::Multicast;
    if (ip.source.is_unspecified()) {
        // RFC 4861 §7.1.1: a probe goes to the group of its target and can't say whose MAC it is from.
        const bool sound = to_its_group && !solicitation->source_mac;
        // To a lab that answers for every address, the one asked for is free: else nobody behind the
        // device could ever take one.
        return sound ? Reason::NeighbourProbe : Reason::NeighbourMalformed;
    }
    if (is_bad_source(ip.source) || ip.source == solicitation->target) return Reason::BadSource;

    const MacAddress own = simulated_mac(solicitation->target);
    link->address({.destination = asker, .source = own});
    const Ipv6Packet reply{.next_header = kProtocolIcmpv6,
                           .hop_limit = kNeighbourHopLimit,
                           .source = solicitation->target,
                           .destination = ip.source};
    const MutableBytes out = sink.begin(kIpv6HeaderSize + kNeighbourAdvertisementSize);
    write_ipv6_header(out, reply, kNeighbourAdvertisementSize);
    write_neighbour_advertisement(out.subspan(kIpv6HeaderSize),
                                  {.flags = kNeighbourSolicited | kNeighbourOverride,
                                   .target = solicitation->target,
                                   .target_mac = own},
                                  reply.source, reply.destination);
    sink.finish();
    return Reason::Neighbour;
}

Reason Ipv6Responder::answer_udp(const Request& request, ReplySink& sink) {
    const auto udp = parse_udp(request.payload, {request.ip.source, request.ip.destination});
    if (!udp) return reason_for_udp(udp.error());
    if (request.frame_to == FrameTo::Many) return Reason::LinkGroup;  // RFC 4443 §2.4(e.4)
    if (!core_.errors.take(request.arrival.now.steady)) return Reason::ErrorRate;

    // RFC 4443 §2.4(c): as much of the packet as fits into the smallest MTU.
    constexpr std::size_t kRoom = kIpv6MinMtu - kIpv6HeaderSize - kIcmpHeaderSize;
    const std::size_t headers = request.datagram.size() - request.payload.size();
    const Bytes quote = request.datagram.first(std::min(kRoom, headers + udp->length));
    send_icmp(request, 0, {.type = kIcmpv6Unreachable, .code = kIcmpv6PortUnreachable, .data = quote}, sink);
    return Reason::PortUnreachable;
}

Reason Ipv6Responder::answer_tcp(const Request& request, ReplySink& sink) {
    const auto segment = parse_tcp(request.payload, {request.ip.source, request.ip.destination});
    if (!segment) return reason_for_tcp(segment.error());
    if (request.frame_to == FrameTo::Many) return Reason::LinkGroup;
    if ((segment->flags & kTcpRst) != 0) return Reason::TcpReset;
    if (wants_signature(*segment)) return Reason::TcpSignature;

    Ipv6Packet reply = reply_to(request, kProtocolTcp);
    reply.traffic_class = static_cast<std::uint8_t>(reply.traffic_class & ~kEcnMask);  // as IPv4's
    const MutableBytes out = sink.begin(kIpv6HeaderSize + kTcpMinHeaderSize);
    write_ipv6_header(out, reply, kTcpMinHeaderSize);
    write_tcp_header(out.subspan(kIpv6HeaderSize), reset_for(*segment), {reply.source, reply.destination});
    sink.finish();
    return Reason::Reset;
}

Ipv6Packet Ipv6Responder::reply_to(const Request& request, std::uint8_t protocol) {
    // RFC 4443 §4.2: the reply's source is the address that was asked. The traffic class returns as IPv4's
    // TOS does.
    return {.traffic_class = request.ip.traffic_class,
            .next_header = protocol,
            .hop_limit = kReplyHopLimit,
            .source = request.ip.destination,
            .destination = request.ip.source};
}

void Ipv6Responder::send_icmp(const Request& request, std::uint8_t traffic_class, const IcmpMessage& message,
                              ReplySink& sink) {
    Ipv6Packet reply = reply_to(request, kProtocolIcmpv6);
    reply.traffic_class = traffic_class;
    const std::size_t size = kIcmpHeaderSize + message.data.size();
    const MutableBytes out = sink.begin(kIpv6HeaderSize + size);
    write_ipv6_header(out, reply, size);
    write_icmpv6(out.subspan(kIpv6HeaderSize), message, reply.source, reply.destination);
    sink.finish();
}

}  // namespace tunlab
