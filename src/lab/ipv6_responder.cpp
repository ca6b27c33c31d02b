#include "tunlab/lab/ipv6_responder.hpp"

#include "tunlab/lab/closed_port.hpp"
#include "tunlab/lab/housekeeping.hpp"
#include "tunlab/lab/standing.hpp"
#include "tunlab/wire/icmpv6.hpp"
#include "tunlab/wire/ipv4.hpp"
#include "tunlab/wire/ipv6_extension.hpp"
#include "tunlab/wire/neighbour.hpp"
#include "tunlab/wire/transport.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace tunlab {

namespace {

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
        const RoutingHeader routing = routing_header_of(header);
        const bool known = routing.type == kRplSourceRoute || routing.type == kSegmentRouting;
        if (routing.segments_left == 0 && !known) return std::nullopt;
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
            .named_at = kIpv6NextHeaderOffset,
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

/// Why nobody answers a solicitation in `ip` that is sound by itself.
std::optional<Reason> why_not_advertised(const NeighbourSolicitation& solicitation, const Ipv6Packet& ip,
                                         Fragmented fragmented, const IpCore& core) {
    if (const auto reason = why_not_simulated(solicitation.target, core.facts)) return reason;
    if (!ip.destination.is_multicast()) {
        if (const auto reason = why_not_simulated(ip.destination, core.facts)) return reason;
    }
    if (fragmented == Fragmented::Yes) return Reason::NeighbourMalformed;  // RFC 6980 §5
    const bool to_its_group = ip.destination == solicited_node_group(solicitation.target);
    if (ip.destination.is_multicast() && !to_its_group && ip.destination != kAllNodes)
        return Reason::Multicast;
    const bool probe = ip.source.is_unspecified();
    // RFC 4861 §7.1.1: a probe goes to the group of its target and can't say whose MAC it is from.
    if (probe && (!to_its_group || solicitation.source_mac)) return Reason::NeighbourMalformed;
    if (!probe && (is_bad_source(ip.source) || ip.source == solicitation.target)) return Reason::BadSource;
    const HostRule* const host = core.hosts.find_present(solicitation.target);
    if (host == nullptr) return Reason::NoHost;
    // To a lab that answers for "any" address, the one asked for is free: else nobody behind the device could
    // ever take one.
    if (probe && !host->names_one()) return Reason::NeighbourProbe;
    return std::nullopt;
}

/// RFC 4443 §2.4(e): never about an error or a redirect, nor a fragment but the first.
bool may_be_told(std::uint8_t protocol, Bytes payload) {
    if (protocol == kNextFragment) {
        const auto header = parse_ipv6_fragment_header(payload);
        return header && header->offset == 0 && may_be_told(header->next_header, header->payload);
    }
    if (protocol != kProtocolIcmpv6) return true;
    return !payload.empty() && payload[0] >= kIcmpv6FirstInformational && payload[0] != kIcmpv6Redirect;
}

/// What of a packet an error quotes, as it was when it had passed `hops` routers.
class Quote {
public:
    Quote(Bytes quoted, std::size_t hops) : size_(quoted.size()) {
        constexpr std::size_t kHopLimitOffset = 7;  // RFC 8200 §3
        std::ranges::copy(quoted, room_.begin());
        std::uint8_t& hop_limit = room_[kHopLimitOffset];
        hop_limit = static_cast<std::uint8_t>(hop_limit - std::min<std::size_t>(hops, hop_limit));
    }
    [[nodiscard]] Bytes view() const { return Bytes(room_).first(size_); }

private:
    std::array<std::uint8_t, kIpv6MinMtu> room_{};
    std::size_t size_;
};

}  // namespace

Decision Ipv6Responder::respond(Bytes packet, const Arrival& arrival, ReplySink& sink) {
    const auto ip = parse_ipv6(packet);
    if (!ip) return {.reason = reason_for(ip.error())};
    const Walk end = walk(*ip, Fragmented::No);
    Request request{.ip = *ip,
                    .datagram = packet.first(kIpv6HeaderSize + ip->payload.size()),
                    .arrival = arrival,
                    .frame_to = arrival.frame_to(),
                    .host = nullptr,
                    .protocol = end.protocol,
                    .payload = end.rest,
                    .fragmented = end.fragmented};
    if (!end.stopped && !end.at_fragment) {
        // Before the addresses are judged: these go to groups, and probes come from nobody.
        if (request.is_icmp(kIcmpv6NeighbourSolicitation))
            return {.reason = answer_solicitation(request, sink)};
        if (is_housekeeping(*ip, request.protocol, request.payload)) return {.reason = Reason::Housekeeping};
    }
    // A request whose checksum is wrong is a request still.
    const bool echo_request = !end.stopped && request.is_icmp(kIcmpv6EchoRequest);
    if (const auto reason = why_not_answered(*ip, core_.facts))
        return {.reason = *reason, .echo_request = echo_request};
    request.host = core_.hosts.find_present(ip->destination);
    if (request.host == nullptr) return {.reason = Reason::NoHost, .echo_request = echo_request};

    const auto& path = request.host->path;
    const std::size_t mtu = std::max<std::size_t>(core_.facts.mtu(), kIpv6MinMtu);
    FragmentingSink cutting(core_.workshop, path_mtu(path, mtu), sink);
    const Journey journey = travel(path, ip->hop_limit, request.datagram.size(), Cutting::Forbidden);
    Decision decision =
        journey.end == Journey::End::Arrived
            ? at_host(request,
                      {.at_fragment = end.at_fragment, .named_at = end.named_at, .stopped = end.stopped},
                      cutting)
            : Decision{.reason = answer_from_hop(request, journey, cutting), .hop = journey.hops};
    decision.echo_request = decision.echo_request || echo_request;
    decision.asked = ip->destination;
    decision.path_delay = journey.delay;
    return decision;
}

Reason Ipv6Responder::answer_from_hop(const Request& request, const Journey& journey, ReplySink& sink) {
    const Hop& hop = request.host->path[journey.hops - 1];
    const bool expired = journey.end == Journey::End::Expired;
    if (!expired && hop.blackhole) return Reason::Blackhole;
    if (!hop.address) return Reason::SilentHop;
    const Error error =
        expired
            ? Error{.reason = Reason::TimeExceeded, .type = kIcmpv6TimeExceeded}
            : Error{.reason = Reason::PacketTooBig, .type = kIcmpv6PacketTooBig, .rest_of_header = *hop.mtu};
    return send_error(request, error, hop_of(request, journey.hops), request.datagram.size(), sink);
}

Decision Ipv6Responder::at_host(const Request& request, const End& end, ReplySink& sink) {
    const auto unreachable = [&](Reason reason, std::uint8_t code) {
        const Error error{.reason = reason, .type = kIcmpv6Unreachable, .code = code};
        return Decision{.reason = answer_unreachable(request, error, sink), .host = request.host};
    };
    switch (request.host->answer) {
        case Answer::Absent:
        case Answer::Silent: return {.reason = Reason::Silent};
        case Answer::NetUnreachable: return unreachable(Reason::NetUnreachable, kIcmpv6NoRoute);
        case Answer::HostUnreachable: return unreachable(Reason::HostUnreachable, kIcmpv6AddressUnreachable);
        case Answer::PortUnreachable: return unreachable(Reason::PortUnreachable, kIcmpv6PortUnreachable);
        case Answer::AdminProhibited: return unreachable(Reason::AdminProhibited, kIcmpv6AdminProhibited);
        case Answer::Echo: break;
    }
    if (end.at_fragment) return answer_fragment(request, end.named_at, sink);
    if (end.stopped) return {.reason = *end.stopped};
    return answer(request, sink);
}

/// The last router before the host says so; without one, the address itself.
Reason Ipv6Responder::answer_unreachable(const Request& request, const Error& error, ReplySink& sink) {
    const auto& path = request.host->path;
    if (path.empty()) return send_error(request, error, host_of(request), request.datagram.size(), sink);
    if (!path.back().address) return Reason::SilentHop;
    return send_error(request, error, hop_of(request, path.size()), request.datagram.size(), sink);
}

Decision Ipv6Responder::answer_fragment(const Request& fragment, std::size_t named_at, ReplySink& sink) {
    const auto header = parse_ipv6_fragment_header(fragment.payload);
    // RFC 8200 §4.5, RFC 7112: a first fragment holds all headers, or nobody could judge it by itself.
    if (header->offset == 0 && !holds_upper_layer_header(header->payload, header->next_header))
        return {.reason = Reason::ExtensionHeader};
    const auto whole =
        core_.reassembler.add_ipv6(fragment.datagram, fragment.datagram.size() - fragment.payload.size(),
                                   named_at, fragment.frame_to, fragment.arrival.now.steady);
    if (whole.outcome != FragmentOutcome::Complete) return {.reason = tunlab::reason_for(whole.outcome)};

    const auto ip = parse_ipv6(whole.datagram);
    // What the fragments held begins with hop-by-hop options: behind their fragment header.
    if (named_at == kIpv6NextHeaderOffset && ip->next_header == kNextHopByHop)
        return {.reason = Reason::ExtensionHeader};
    const Walk end = walk(*ip, Fragmented::Yes);
    if (end.stopped) return {.reason = *end.stopped};
    const Request request{.ip = *ip,
                          .datagram = whole.datagram,
                          .arrival = fragment.arrival,
                          .frame_to = whole.first_to,
                          .host = fragment.host,
                          .protocol = end.protocol,
                          .payload = end.rest,
                          .fragmented = true};
    if (request.is_icmp(kIcmpv6NeighbourSolicitation)) return {.reason = answer_solicitation(request, sink)};
    if (is_housekeeping(*ip, end.protocol, end.rest)) return {.reason = Reason::Housekeeping};
    return answer(request, sink);
}

Decision Ipv6Responder::answer(const Request& request, ReplySink& sink) {
    const auto decide = [&](Reason reason) {
        return Decision{
            .reason = reason, .echo_request = request.is_icmp(kIcmpv6EchoRequest), .host = request.host};
    };
    switch (request.protocol) {
        case kProtocolIcmpv6: return decide(answer_icmp(request, sink));
        case kProtocolUdp: return decide(answer_udp(request, sink));
        case kProtocolTcp: return decide(answer_tcp(request, sink));
        default: return decide(Reason::Protocol);
    }
}

Reason Ipv6Responder::answer_icmp(const Request& request, ReplySink& sink) {
    const auto icmp = parse_icmpv6(request.payload, request.ip.source, request.ip.destination);
    if (!icmp) return reason_for_icmp(icmp.error());
    if (icmp->type != kIcmpv6EchoRequest) return Reason::IcmpType;

    // RFC 4443 §4.2: identifier, sequence number and data return.
    IcmpMessage echo = *icmp;
    echo.type = kIcmpv6EchoReply;
    send_icmp(reply_to(request, kProtocolIcmpv6), echo, sink);
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
    const auto fragmented = request.fragmented ? Fragmented::Yes : Fragmented::No;
    if (const auto reason = why_not_advertised(*solicitation, ip, fragmented, core_)) return *reason;

    const bool probe = ip.source.is_unspecified();
    const MacAddress own = core_.hosts.mac_of(solicitation->target);
    link->address({.destination = probe ? kAllNodesMac : asker, .source = own});
    const Ipv6Packet reply{.next_header = kProtocolIcmpv6,
                           .hop_limit = kNeighbourHopLimit,
                           .source = solicitation->target,
                           .destination = probe ? kAllNodes : ip.source};  // RFC 4861 §7.2.4
    const MutableBytes out = sink.begin(kIpv6HeaderSize + kNeighbourAdvertisementSize);
    write_ipv6_header(out, reply, kNeighbourAdvertisementSize);
    write_neighbour_advertisement(
        out.subspan(kIpv6HeaderSize),
        {.flags = probe ? kNeighbourOverride : kNeighbourSolicited | kNeighbourOverride,
         .target = solicitation->target,
         .target_mac = own},
        reply.source, reply.destination);
    sink.finish();
    return Reason::Neighbour;
}

Reason Ipv6Responder::answer_udp(const Request& request, ReplySink& sink) {
    const auto udp = parse_udp(request.payload, {request.ip.source, request.ip.destination});
    if (!udp) return reason_for_udp(udp.error());
    const std::size_t headers = request.datagram.size() - request.payload.size();
    return send_error(request, port_unreachable(), host_of(request), headers + udp->length, sink);
}

/// Quotes of `request` at most `quotable` bytes.
Reason Ipv6Responder::send_error(const Request& request, const Error& error, const Sender& sender,
                                 std::size_t quotable, ReplySink& sink) {
    if (request.frame_to == FrameTo::Many) return Reason::LinkGroup;  // RFC 4443 §2.4(e.4)
    if (!may_be_told(request.protocol, request.payload)) return Reason::NoError;
    if (!core_.errors.take(request.arrival.now.steady)) return Reason::ErrorRate;

    // RFC 4443 §2.4(c): as much of the packet as fits into the smallest MTU.
    constexpr std::size_t kRoom = kIpv6MinMtu - kIpv6HeaderSize - kIcmpHeaderSize;
    const Quote quote(request.datagram.first(std::min({kRoom, quotable, request.datagram.size()})),
                      sender.hops);
    send_icmp({.next_header = kProtocolIcmpv6,
               .hop_limit = sender.hop_limit,
               .source = sender.address,
               .destination = request.ip.source},
              {.type = error.type,
               .code = error.code,
               .rest_of_header = error.rest_of_header,
               .data = quote.view()},
              sink);
    return error.reason;
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
            .hop_limit = ttl_after(request.host->ttl, request.host->path.size()),
            .source = request.ip.destination,
            .destination = request.ip.source};
}

Ipv6Responder::Sender Ipv6Responder::host_of(const Request& request) {
    const std::size_t hops = request.host->path.size();
    return {.address = request.ip.destination, .hop_limit = ttl_after(request.host->ttl, hops), .hops = hops};
}

Ipv6Responder::Sender Ipv6Responder::hop_of(const Request& request, std::size_t number) {
    const std::size_t before = number - 1;
    return {.address = request.host->path[before].address->v6(),
            .hop_limit = ttl_after(kUsualTtl, before),
            .hops = before};
}

Ipv6Responder::Error Ipv6Responder::port_unreachable() {
    return {.reason = Reason::PortUnreachable, .type = kIcmpv6Unreachable, .code = kIcmpv6PortUnreachable};
}

void Ipv6Responder::send_icmp(const Ipv6Packet& header, const IcmpMessage& message, ReplySink& sink) {
    const std::size_t size = kIcmpHeaderSize + message.data.size();
    const MutableBytes out = sink.begin(kIpv6HeaderSize + size);
    write_ipv6_header(out, header, size);
    write_icmpv6(out.subspan(kIpv6HeaderSize), message, header.source, header.destination);
    sink.finish();
}

}  // namespace tunlab
