#include "tunlab/lab/ipv6_responder.hpp"

#include "tunlab/lab/address_filter.hpp"
#include "tunlab/lab/closed_port.hpp"
#include "tunlab/lab/fragmenting_sink.hpp"
#include "tunlab/lab/housekeeping.hpp"
#include "tunlab/lab/path.hpp"
#include "tunlab/wire/icmpv6.hpp"
#include "tunlab/wire/ipv6_extension.hpp"
#include "tunlab/wire/neighbour.hpp"
#include "tunlab/wire/transport.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace tunlab {

namespace {

std::optional<Reason> why_not_answered(const Ipv6Packet& ip, const DeviceFacts& facts) {
    if (const auto reason = why_not_simulated(ip.destination, facts)) return reason;
    // A packet from its own destination (a "land" packet) would have the host answer itself.
    if (is_martian_source(ip.source) || ip.source == ip.destination) return Reason::BadSource;
    return std::nullopt;
}

/// Why a solicitation in `ip` that is well formed gets no answer.
std::optional<Reason> why_not_advertised(const NeighbourSolicitation& solicitation, const Ipv6Packet& ip,
                                         FragmentHeader fragment_header, const IpCore& core) {
    if (const auto reason = why_not_simulated(solicitation.target, core.facts)) return reason;
    if (!ip.destination.is_multicast()) {
        if (const auto reason = why_not_simulated(ip.destination, core.facts)) return reason;
    }
    if (fragment_header == FragmentHeader::Present) return Reason::NeighbourMalformed;  // RFC 6980 §5
    const bool to_its_group = ip.destination == solicited_node_group(solicitation.target);
    if (ip.destination.is_multicast() && !to_its_group && ip.destination != kAllNodes)
        return Reason::Multicast;
    const bool probe = ip.source.is_unspecified();
    // RFC 4861 §7.1.1: a probe goes to the group of its target and can't say whose MAC it is from.
    if (probe && (!to_its_group || solicitation.source_mac)) return Reason::NeighbourMalformed;
    if (!probe && (is_martian_source(ip.source) || ip.source == solicitation.target))
        return Reason::BadSource;
    const HostRule* const host = core.hosts.find_present(solicitation.target);
    if (host == nullptr) return Reason::NoHost;
    // A lab that answers for "any" address leaves it free: otherwise nobody behind the device could ever take
    // one.
    if (probe && !host->names_one()) return Reason::NeighbourProbe;
    return std::nullopt;
}

/// RFC 4443 §2.4(e): never about an error or a redirect, nor about a fragment other than the first.
bool may_invoke_error(std::uint8_t protocol, Bytes payload) {
    if (protocol == kNextFragment) {
        const auto header = parse_ipv6_fragment_header(payload);
        return header && header->offset == 0 && may_invoke_error(header->next_header, header->payload);
    }
    if (protocol != kProtocolIcmpv6) return true;
    return !payload.empty() && payload[0] >= kIcmpv6FirstInformational && payload[0] != kIcmpv6Redirect;
}

IcmpErrorCode icmpv6_code_of(IcmpErrorKind kind) {
    switch (kind) {
        case IcmpErrorKind::TimeExceeded: return {Reason::TimeExceeded, kIcmpv6TimeExceeded};
        case IcmpErrorKind::TooBig: return {Reason::PacketTooBig, kIcmpv6PacketTooBig};
        case IcmpErrorKind::NetUnreachable:
            return {Reason::NetUnreachable, kIcmpv6Unreachable, kIcmpv6NoRoute};
        case IcmpErrorKind::HostUnreachable:
            return {Reason::HostUnreachable, kIcmpv6Unreachable, kIcmpv6AddressUnreachable};
        case IcmpErrorKind::PortUnreachable:
            return {Reason::PortUnreachable, kIcmpv6Unreachable, kIcmpv6PortUnreachable};
        case IcmpErrorKind::AdminProhibited:
            return {Reason::AdminProhibited, kIcmpv6Unreachable, kIcmpv6AdminProhibited};
    }
    return {};
}

}  // namespace

Decision Ipv6Responder::respond(Bytes packet, const Arrival& arrival, ReplySink& sink) {
    const auto ip = parse_ipv6(packet);
    if (!ip) return {.reason = reason_for_ip(ip.error())};
    Request request{.ip = *ip,
                    .datagram = packet.first(kIpv6HeaderSize + ip->payload.size()),
                    .arrival = arrival,
                    .link_destination = arrival.link_destination(),
                    .host = nullptr,
                    .headers = process_headers(*ip, FragmentHeader::Absent)};
    const HeaderChain& headers = request.headers;
    // Before the addresses are checked: these are sent to groups, and probes have no source.
    if (headers.is_icmp(kIcmpv6NeighbourSolicitation)) return {.reason = answer_solicitation(request, sink)};
    if (is_housekeeping(*ip, headers.protocol, headers.rest)) return {.reason = Reason::Housekeeping};
    // A request with a wrong checksum is still a request.
    const bool echo_request = headers.is_icmp(kIcmpv6EchoRequest);
    if (const auto reason = why_not_answered(*ip, core_.facts))
        return {.reason = *reason, .echo_request = echo_request};
    request.host = core_.hosts.find_present(ip->destination);
    if (request.host == nullptr) return {.reason = Reason::NoHost, .echo_request = echo_request};

    const auto& path = request.host->path;
    const std::size_t mtu = std::max<std::size_t>(core_.facts.mtu(), kIpv6MinMtu);
    FragmentingSink replies(core_.fragmenting, path_mtu(path, mtu), sink);
    const ForwardResult result =
        forward(path, ip->hop_limit, request.datagram.size(), Fragmenting::Forbidden);
    Decision decision =
        result.end == ForwardResult::End::Arrived
            ? at_host(request, replies)
            : Decision{.reason = send_error(request, error_on_path(path, result), request.datagram, replies),
                       .hop = result.hops};
    decision.echo_request = decision.echo_request || echo_request;
    decision.host = request.host;
    decision.asked = ip->destination;
    decision.path_delay = result.delay;
    return decision;
}

Decision Ipv6Responder::at_host(const Request& request, ReplySink& sink) {
    if (request.host->answer == Answer::Silent) return {.reason = Reason::Silent};
    if (const auto error = error_by_profile(*request.host, request.ip.destination))
        return {.reason = send_error(request, *error, request.datagram, sink), .host = request.host};
    if (request.headers.at_fragment) return reassemble(request, sink);
    if (request.headers.stopped) return {.reason = *request.headers.stopped};
    return answer(request, sink);
}

Decision Ipv6Responder::reassemble(const Request& fragment, ReplySink& sink) {
    const HeaderChain& headers = fragment.headers;
    const auto header = parse_ipv6_fragment_header(headers.rest);
    // RFC 8200 §4.5, RFC 7112: a first fragment holds all headers, so that it can be filtered by itself.
    if (header->offset == 0 && !holds_upper_layer_header(header->payload, header->next_header))
        return {.reason = Reason::ExtensionHeader};
    const Reassembled whole =
        core_.reassembler.add_ipv6(fragment.datagram, fragment.datagram.size() - headers.rest.size(),
                                   headers.named_at, fragment.link_destination, fragment.arrival.now.steady);
    if (whole.outcome != FragmentOutcome::Complete) return {.reason = reason_for(whole.outcome)};

    const auto ip = parse_ipv6(whole.datagram);
    // The fragments' payload begins with hop-by-hop options, which must not follow a fragment header.
    if (headers.named_at == kIpv6NextHeaderOffset && ip->next_header == kNextHopByHop)
        return {.reason = Reason::ExtensionHeader};
    const Request request{.ip = *ip,
                          .datagram = whole.datagram,
                          .arrival = fragment.arrival,
                          .link_destination = whole.link_destination,
                          .host = fragment.host,
                          .headers = process_headers(*ip, FragmentHeader::Present)};
    if (request.headers.stopped) return {.reason = *request.headers.stopped};
    if (request.headers.is_icmp(kIcmpv6NeighbourSolicitation))
        return {.reason = answer_solicitation(request, sink)};
    if (is_housekeeping(*ip, request.headers.protocol, request.headers.rest))
        return {.reason = Reason::Housekeeping};
    return answer(request, sink);
}

Decision Ipv6Responder::answer(const Request& request, ReplySink& sink) {
    const auto decide = [&](Reason reason) {
        return Decision{.reason = reason,
                        .echo_request = request.headers.is_icmp(kIcmpv6EchoRequest),
                        .host = request.host};
    };
    switch (request.headers.protocol) {
        case kProtocolIcmpv6: return decide(answer_icmp(request, sink));
        case kProtocolUdp: return decide(answer_udp(request, sink));
        case kProtocolTcp: return decide(answer_tcp(request, sink));
        default: return decide(Reason::Protocol);
    }
}

Reason Ipv6Responder::answer_icmp(const Request& request, ReplySink& sink) {
    const auto icmp = parse_icmpv6(request.headers.rest, request.ip.source, request.ip.destination);
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
    if (link == nullptr) return Reason::Housekeeping;  // no link-layer address to resolve
    const auto icmp = parse_icmpv6(request.headers.rest, ip.source, ip.destination);
    if (!icmp) return reason_for_icmp(icmp.error());
    const auto solicitation = parse_neighbour_solicitation(*icmp);
    if (!solicitation || ip.hop_limit != kNeighbourHopLimit) return Reason::NeighbourMalformed;
    const MacAddress asker = solicitation->source_mac.value_or(link->request().source);
    if (!asker.is_unicast()) return Reason::NeighbourMalformed;
    if (const auto reason = why_not_advertised(*solicitation, ip, request.headers.fragment_header, core_))
        return *reason;

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
    const auto& ip = request.ip;
    const Bytes payload = request.headers.rest;
    const auto udp = parse_udp(payload, {ip.source, ip.destination});
    if (!udp) return reason_for_udp(udp.error());
    const IcmpError error = error_from_host(IcmpErrorKind::PortUnreachable, *request.host, ip.destination);
    const std::size_t headers_size = request.datagram.size() - payload.size();
    return send_error(request, error, request.datagram.first(headers_size + udp->length), sink);
}

Reason Ipv6Responder::answer_tcp(const Request& request, ReplySink& sink) {
    const auto segment = parse_tcp(request.headers.rest, {request.ip.source, request.ip.destination});
    if (!segment) return reason_for_tcp(segment.error());
    if (const auto reason = why_no_reset(*segment, request.link_destination)) return *reason;

    Ipv6Packet reply = reply_to(request, kProtocolTcp);
    reply.traffic_class = static_cast<std::uint8_t>(reply.traffic_class & ~kEcnMask);  // as over IPv4
    const MutableBytes out = sink.begin(kIpv6HeaderSize + kTcpMinHeaderSize);
    write_ipv6_header(out, reply, kTcpMinHeaderSize);
    write_tcp_header(out.subspan(kIpv6HeaderSize), reset_for(*segment), {reply.source, reply.destination});
    sink.finish();
    return Reason::Reset;
}

/// `invoking`: what the error may quote of the packet that caused it.
Reason Ipv6Responder::send_error(const Request& request, const IcmpError& error, Bytes invoking,
                                 ReplySink& sink) {
    if (error.suppressed) return *error.suppressed;
    if (request.link_destination == LinkDestination::Group) return Reason::LinkGroup;  // RFC 4443 §2.4(e.4)
    if (!may_invoke_error(request.headers.protocol, request.headers.rest)) return Reason::NoError;
    if (!core_.errors.take(request.arrival.now.steady)) return Reason::ErrorRate;

    // RFC 4443 §2.4(c): as much of the packet as fits.
    constexpr std::size_t kMaxQuoted = kIcmpv6ErrorMaxSize - kIpv6HeaderSize - kIcmpHeaderSize;
    const InvokingPacket quote(invoking.first(std::min(kMaxQuoted, invoking.size())), error.hops_passed);
    const auto [reason, type, code] = icmpv6_code_of(error.kind);
    send_icmp({.next_header = kProtocolIcmpv6,
               .hop_limit = error.ttl,
               .source = error.sender.v6(),
               .destination = request.ip.source},
              {.type = type, .code = code, .rest_of_header = error.mtu, .data = quote.view()}, sink);
    return reason;
}

void Ipv6Responder::send_icmp(const Ipv6Packet& header, const IcmpMessage& message, ReplySink& sink) {
    const std::size_t size = kIcmpHeaderSize + message.data.size();
    const MutableBytes out = sink.begin(kIpv6HeaderSize + size);
    write_ipv6_header(out, header, size);
    write_icmpv6(out.subspan(kIpv6HeaderSize), message, header.source, header.destination);
    sink.finish();
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

}  // namespace tunlab
