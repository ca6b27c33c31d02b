#include "tunlab/lab/ipv4_responder.hpp"

#include "tunlab/lab/address_filter.hpp"
#include "tunlab/lab/closed_port.hpp"
#include "tunlab/lab/fragmenting_sink.hpp"
#include "tunlab/lab/housekeeping.hpp"
#include "tunlab/lab/path.hpp"
#include "tunlab/wire/icmpv4.hpp"
#include "tunlab/wire/ipv4_options.hpp"
#include "tunlab/wire/transport.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

namespace tunlab {

namespace {

/// Looks at the type only: a request with a wrong checksum is still a request.
bool is_echo_request(const Ipv4Packet& ip) {
    return ip.protocol == kProtocolIcmp && !ip.is_fragment() && ip.payload.size() >= kIcmpHeaderSize &&
           ip.payload[0] == kIcmpv4EchoRequest;
}

std::optional<Reason> why_not_answered(const Ipv4Packet& ip, const DeviceFacts& facts) {
    if (is_housekeeping(ip)) return Reason::Housekeeping;
    if (const auto reason = why_not_simulated(ip.destination, facts)) return reason;
    // A packet from its own destination (a "land" packet) would have the host answer itself.
    if (is_martian_source(ip.source, facts) || ip.source == ip.destination) return Reason::BadSource;
    const auto options = parse_ipv4_options(ip.options);
    if (!options) return Reason::IpOptions;
    // Linux's accept_source_route is off.
    if (options->source_route) return Reason::SourceRoute;
    return std::nullopt;
}

/// RFC 1122 §3.2.2 and Linux's icmp_send(): no error is sent about an error, nor about what may be one.
bool may_be_error(const Ipv4Packet& ip) {
    constexpr std::uint8_t kMaxKnownType = kIcmpv4AddressMaskReply;  // Linux's NR_ICMP_TYPES
    if (ip.protocol != kProtocolIcmp) return false;
    if (ip.payload.empty()) return true;
    switch (ip.payload[0]) {
        case kIcmpv4Unreachable:
        case kIcmpv4SourceQuench:
        case kIcmpv4Redirect:
        case kIcmpv4TimeExceeded:
        case kIcmpv4ParameterProblem: return true;
        default: return ip.payload[0] > kMaxKnownType;
    }
}

IcmpErrorCode icmpv4_code_of(IcmpErrorKind kind) {
    switch (kind) {
        case IcmpErrorKind::TimeExceeded: return {Reason::TimeExceeded, kIcmpv4TimeExceeded};
        case IcmpErrorKind::TooBig:
            return {Reason::FragmentationNeeded, kIcmpv4Unreachable, kIcmpv4FragmentationNeeded};
        case IcmpErrorKind::NetUnreachable:
            return {Reason::NetUnreachable, kIcmpv4Unreachable, kIcmpv4NetUnreachable};
        case IcmpErrorKind::HostUnreachable:
            return {Reason::HostUnreachable, kIcmpv4Unreachable, kIcmpv4HostUnreachable};
        case IcmpErrorKind::PortUnreachable:
            return {Reason::PortUnreachable, kIcmpv4Unreachable, kIcmpv4PortUnreachable};
        case IcmpErrorKind::AdminProhibited:
            return {Reason::AdminProhibited, kIcmpv4Unreachable, kIcmpv4AdminProhibited};
    }
    return {};
}

}  // namespace

Decision Ipv4Responder::respond(Bytes packet, const Arrival& arrival, ReplySink& sink) {
    const auto ip = parse_ipv4(packet);
    if (!ip) return {.reason = reason_for_ip(ip.error())};
    const bool echo_request = is_echo_request(*ip);
    if (const auto reason = why_not_answered(*ip, core_.facts))
        return {.reason = *reason, .echo_request = echo_request};
    const HostRule* const host = core_.hosts.find_present(ip->destination);
    if (host == nullptr) return {.reason = Reason::NoHost, .echo_request = echo_request};

    const Request request{.ip = *ip,
                          .datagram = packet.first(ipv4_header_size(*ip) + ip->payload.size()),
                          .now = arrival.now,
                          .link_destination = arrival.link_destination(),
                          .host = *host};
    const std::size_t mtu = std::max<std::size_t>(core_.facts.mtu(), kIpv4MinMtu);
    FragmentingSink replies(core_.fragmenting, path_mtu(host->path, mtu), sink);
    const ForwardResult result = forward(host->path, ip->ttl, request.datagram.size(),
                                         ip->dont_fragment ? Fragmenting::Forbidden : Fragmenting::Allowed);
    Decision decision = result.end == ForwardResult::End::Arrived
                            ? at_host(request, replies)
                            : Decision{.reason = send_error(request, error_on_path(host->path, result),
                                                            request.datagram, replies),
                                       .hop = result.hops};
    decision.echo_request = decision.echo_request || echo_request;
    decision.host = host;
    decision.asked = ip->destination;
    decision.path_delay = result.delay;
    return decision;
}

Decision Ipv4Responder::at_host(const Request& request, ReplySink& sink) {
    if (request.host.answer == Answer::Silent) return {.reason = Reason::Silent};
    if (const auto error = error_by_profile(request.host, request.ip.destination))
        return {.reason = send_error(request, *error, request.datagram, sink), .host = &request.host};

    Bytes datagram = request.datagram;
    LinkDestination link_destination = request.link_destination;
    if (request.ip.is_fragment()) {
        const Reassembled whole = core_.reassembler.add_ipv4(datagram, link_destination, request.now.steady);
        if (whole.outcome != FragmentOutcome::Complete) return {.reason = reason_for(whole.outcome)};
        datagram = whole.datagram;
        link_destination = whole.link_destination;
    }
    const auto ip = parse_ipv4_unverified(datagram);
    const auto options =
        reply_options(*parse_ipv4_options(ip->options), ip->destination, time_of_day(request.now.wall));
    return answer({.ip = *ip,
                   .datagram = datagram,
                   .now = request.now,
                   .link_destination = link_destination,
                   .host = request.host,
                   .reply_options = options.view()},
                  sink);
}

Decision Ipv4Responder::answer(const Request& request, ReplySink& sink) {
    const auto decide = [&](Reason reason) {
        return Decision{.reason = reason, .echo_request = is_echo_request(request.ip), .host = &request.host};
    };
    switch (request.ip.protocol) {
        case kProtocolIcmp: return decide(answer_icmp(request, sink));
        case kProtocolUdp: return decide(answer_udp(request, sink));
        case kProtocolTcp: return decide(answer_tcp(request, sink));
        default: return decide(Reason::Protocol);
    }
}

Reason Ipv4Responder::answer_icmp(const Request& request, ReplySink& sink) {
    const auto icmp = parse_icmpv4(request.ip.payload);
    if (!icmp) return reason_for_icmp(icmp.error());
    if (icmp->type == kIcmpv4Timestamp) return answer_timestamp(request, *icmp, sink);
    if (icmp->type != kIcmpv4EchoRequest) return Reason::IcmpType;

    // RFC 792, Echo: addresses exchanged, type 8 to 0; identifier, sequence number and data return.
    IcmpMessage echo = *icmp;
    echo.type = kIcmpv4EchoReply;
    send_icmp(reply_to(request, kProtocolIcmp), echo, sink);
    return Reason::Echo;
}

/// RFC 792, Timestamp: the originate timestamp returns, receive and transmit timestamps are ours.
Reason Ipv4Responder::answer_timestamp(const Request& request, const IcmpMessage& message, ReplySink& sink) {
    constexpr std::size_t kTimestampSize = 4;
    std::array<std::uint8_t, 3 * kTimestampSize> times{};
    // As Linux's icmp_timestamp(), which needs no more of a request than what it returns.
    if (message.data.size() < kTimestampSize) return Reason::IcmpLength;
    std::ranges::copy(message.data.first(kTimestampSize), times.begin());
    const std::uint32_t now = time_of_day(request.now.wall);
    store_be32(times, kTimestampSize, now);
    store_be32(times, 2 * kTimestampSize, now);
    send_icmp(reply_to(request, kProtocolIcmp),
              {.type = kIcmpv4TimestampReply, .rest_of_header = message.rest_of_header, .data = times}, sink);
    return Reason::Timestamp;
}

Reason Ipv4Responder::answer_udp(const Request& request, ReplySink& sink) {
    const auto& ip = request.ip;
    const auto udp = parse_udp(ip.payload, {ip.source, ip.destination});
    if (!udp) return reason_for_udp(udp.error());
    const IcmpError error = error_from_host(IcmpErrorKind::PortUnreachable, request.host, ip.destination);
    return send_error(request, error, request.datagram.first(ipv4_header_size(ip) + udp->length), sink);
}

Reason Ipv4Responder::answer_tcp(const Request& request, ReplySink& sink) {
    const auto segment = parse_tcp(request.ip.payload, {request.ip.source, request.ip.destination});
    if (!segment) return reason_for_tcp(segment.error());
    if (const auto reason = why_no_reset(*segment, request.link_destination)) return *reason;

    Ipv4Packet reply = reply_to(request, kProtocolTcp);
    reply.tos =
        static_cast<std::uint8_t>(reply.tos & ~kEcnMask);  // not part of a connection: RFC 3168 §6.1.1
    // What can't be fragmented needs no identification (RFC 6864 §4.1), and Linux's resets have none.
    reply.dont_fragment = true;
    reply.identification = 0;
    const MutableBytes out = sink.begin(ipv4_header_size(reply) + kTcpMinHeaderSize);
    write_ipv4_header(out, reply, kTcpMinHeaderSize);
    write_tcp_header(out.subspan(ipv4_header_size(reply)), reset_for(*segment),
                     {reply.source, reply.destination});
    sink.finish();
    return Reason::Reset;
}

/// `invoking`: what the error may quote of the packet that caused it.
Reason Ipv4Responder::send_error(const Request& request, const IcmpError& error, Bytes invoking,
                                 ReplySink& sink) {
    const auto& ip = request.ip;
    if (error.suppressed) return *error.suppressed;
    if (request.link_destination == LinkDestination::Group) return Reason::LinkGroup;  // RFC 1122 §3.2.2
    if (ip.fragment_offset != 0 || may_be_error(ip)) return Reason::NoError;
    if (!core_.errors.take(request.now.steady)) return Reason::ErrorRate;

    // RFC 1812 §4.3.2.3: as much of the packet as fits, but never less than RFC 792's header and 64 bits.
    const std::size_t header_size = kIpv4MinHeaderSize + request.reply_options.size();
    const std::size_t max_size =
        path_mtu(request.host.path, std::min<std::size_t>(kIcmpv4ErrorMaxSize, core_.facts.mtu()));
    const std::size_t min_quoted = ipv4_header_size(ip) + kIcmpv4MinQuotedPayload;
    const std::size_t quoted =
        std::max(max_size - std::min(max_size, header_size + kIcmpHeaderSize), min_quoted);
    const InvokingPacket quote(invoking.first(std::min(quoted, invoking.size())), error.hops_passed);
    // RFC 1812 §4.3.2.5: precedence 6; the rest as Linux's icmp_send().
    constexpr unsigned kInternetworkControl = 0xc0;
    constexpr unsigned kTosBits = 0x1e;
    const auto [reason, type, code] = icmpv4_code_of(error.kind);
    send_icmp({.tos = static_cast<std::uint8_t>(kInternetworkControl | (ip.tos & kTosBits)),
               .ttl = error.ttl,
               .protocol = kProtocolIcmp,
               .source = error.sender.v4(),
               .destination = ip.source,
               .options = request.reply_options},
              {.type = type, .code = code, .rest_of_header = error.mtu, .data = quote.view()}, sink);
    return reason;
}

void Ipv4Responder::send_icmp(Ipv4Packet header, const IcmpMessage& message, ReplySink& sink) {
    header.identification = next_identification_++;
    const std::size_t header_size = ipv4_header_size(header);
    const std::size_t size = kIcmpHeaderSize + message.data.size();
    const MutableBytes out = sink.begin(header_size + size);
    write_ipv4_header(out, header, size);
    write_icmpv4(out.subspan(header_size), message);
    sink.finish();
}

Ipv4Packet Ipv4Responder::reply_to(const Request& request, std::uint8_t protocol) {
    // RFC 1122 §3.2.2.6: the reply's source is the address that was asked, its TOS the request's.
    return {.tos = request.ip.tos,
            .ttl = ttl_after(request.host.ttl, request.host.path.size()),
            .protocol = protocol,
            .source = request.ip.destination,
            .destination = request.ip.source,
            .options = request.reply_options};
}

}  // namespace tunlab
