#include "tunlab/lab/ipv4_responder.hpp"

#include "tunlab/lab/closed_port.hpp"
#include "tunlab/lab/housekeeping.hpp"
#include "tunlab/lab/standing.hpp"
#include "tunlab/wire/icmpv4.hpp"
#include "tunlab/wire/ipv4_options.hpp"
#include "tunlab/wire/transport.hpp"

#include <algorithm>
#include <array>

namespace tunlab {

namespace {

constexpr std::uint8_t kReplyTtl = 64;  // a host's own, as Linux's: not what is left of the request's
constexpr std::size_t kLeastMtu = 68;   // RFC 791 §3.2

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
    return ip.protocol == kProtocolIcmp && !ip.is_fragment() && ip.payload.size() >= kIcmpHeaderSize &&
           ip.payload[0] == kIcmpv4EchoRequest;
}

std::optional<Reason> why_not_answered(const Ipv4Packet& ip, const DeviceFacts& facts) {
    if (is_housekeeping(ip)) return Reason::Housekeeping;
    if (const auto reason = why_not_simulated(ip.destination, facts)) return reason;
    // A packet from its own destination (a "land" packet) would have the host answer itself.
    if (is_bad_source(ip.source, facts) || ip.source == ip.destination) return Reason::BadSource;
    const auto options = parse_ipv4_options(ip.options);
    if (!options) return Reason::IpOptions;
    // Linux's accept_source_route is off.
    if (options->source_route) return Reason::SourceRoute;
    return std::nullopt;
}

}  // namespace

Decision Ipv4Responder::respond(Bytes packet, const Arrival& arrival, ReplySink& sink) {
    const auto ip = parse_ipv4(packet);
    if (!ip) return {.reason = reason_for(ip.error())};
    if (const auto reason = why_not_answered(*ip, core_.facts))
        return {.reason = *reason, .echo_request = is_echo_request(*ip)};
    FragmentingSink cutting(core_.workshop, std::max<std::size_t>(core_.facts.mtu(), kLeastMtu), sink);
    if (!ip->is_fragment())
        return answer(packet.first(ipv4_header_size(*ip) + ip->payload.size()), arrival.now,
                      arrival.frame_to(), cutting);
    const auto whole = core_.reassembler.add_ipv4(packet, arrival.frame_to(), arrival.now.steady);
    if (whole.outcome != FragmentOutcome::Complete) return {.reason = reason_for(whole.outcome)};
    return answer(whole.datagram, arrival.now, whole.first_to, cutting);
}

Decision Ipv4Responder::answer(Bytes datagram, const Instant& now, FrameTo frame_to, ReplySink& sink) {
    const auto ip = parse_ipv4_unverified(datagram);
    const auto options = parse_ipv4_options(ip->options);
    const auto reply_options = tunlab::reply_options(*options, ip->destination, time_of_day(now.wall));
    const Request request{.ip = *ip,
                          .datagram = datagram,
                          .now = now,
                          .frame_to = frame_to,
                          .reply_options = reply_options.view()};
    switch (ip->protocol) {
        case kProtocolIcmp:
            return {.reason = answer_icmp(request, sink), .echo_request = is_echo_request(*ip)};
        case kProtocolUdp: return {.reason = answer_udp(request, sink)};
        case kProtocolTcp: return {.reason = answer_tcp(request, sink)};
        default: return {.reason = Reason::Protocol};
    }
}

Reason Ipv4Responder::answer_icmp(const Request& request, ReplySink& sink) {
    const auto icmp = parse_icmpv4(request.ip.payload);
    if (!icmp) return icmp.error() == Defect::BadChecksum ? Reason::IcmpChecksum : Reason::IcmpLength;
    if (icmp->type == kIcmpv4Timestamp) return answer_timestamp(request, *icmp, sink);
    if (icmp->type != kIcmpv4EchoRequest) return Reason::IcmpType;

    // RFC 792, Echo: addresses exchanged, type 8 to 0; identifier, sequence number and data return.
    IcmpMessage echo = *icmp;
    echo.type = kIcmpv4EchoReply;
    send_icmp(request, request.ip.tos, echo, sink);
    return Reason::Echo;
}

/// RFC 792, Timestamp: the originate timestamp returns, receive and transmit timestamps are ours.
Reason Ipv4Responder::answer_timestamp(const Request& request, const IcmpMessage& message, ReplySink& sink) {
    constexpr std::size_t kTimestampSize = 4;
    std::array<std::uint8_t, 3 * kTimestampSize> times{};
    // As Linux's icmp_timestamp(), which asks for no more than what it returns.
    if (message.data.size() < kTimestampSize) return Reason::IcmpLength;
    std::ranges::copy(message.data.first(kTimestampSize), times.begin());
    const std::uint32_t now = time_of_day(request.now.wall);
    store_be32(times, kTimestampSize, now);
    store_be32(times, 2 * kTimestampSize, now);
    send_icmp(request, request.ip.tos,
              {.type = kIcmpv4TimestampReply, .rest_of_header = message.rest_of_header, .data = times}, sink);
    return Reason::Timestamp;
}

Reason Ipv4Responder::answer_udp(const Request& request, ReplySink& sink) {
    const auto& ip = request.ip;
    const auto udp = parse_udp(ip.payload, {ip.source, ip.destination});
    if (!udp) return reason_for_udp(udp.error());
    if (request.frame_to == FrameTo::Many) return Reason::LinkGroup;  // RFC 1122 §3.2.2
    if (!core_.errors.take(request.now.steady)) return Reason::ErrorRate;

    // RFC 1812 §4.3.2.3: as much of the packet as fits, but never less than RFC 792's header and 64 bits.
    const std::size_t own = kIpv4MinHeaderSize + request.reply_options.size() + kIcmpHeaderSize;
    const std::size_t limit = std::min<std::size_t>(kIcmpv4ErrorMaxSize, core_.facts.mtu());
    const std::size_t least = ipv4_header_size(ip) + kUdpHeaderSize;
    const std::size_t room = std::max(limit - std::min(limit, own), least);
    const Bytes quote = request.datagram.first(std::min(room, ipv4_header_size(ip) + udp->length));
    // RFC 1812 §4.3.2.5: precedence 6; the rest as Linux's icmp_send().
    constexpr unsigned kInternetworkControl = 0xc0;
    constexpr unsigned kTosBits = 0x1e;
    send_icmp(request, static_cast<std::uint8_t>(kInternetworkControl | (ip.tos & kTosBits)),
              {.type = kIcmpv4Unreachable, .code = kIcmpv4PortUnreachable, .data = quote}, sink);
    return Reason::PortUnreachable;
}

Reason Ipv4Responder::answer_tcp(const Request& request, ReplySink& sink) {
    const Ends ends{request.ip.source, request.ip.destination};
    const auto segment = parse_tcp(request.ip.payload, ends);
    if (!segment) return reason_for_tcp(segment.error());
    if (request.frame_to == FrameTo::Many) return Reason::LinkGroup;
    if ((segment->flags & kTcpRst) != 0) return Reason::TcpReset;
    if (wants_signature(*segment)) return Reason::TcpSignature;

    Ipv4Packet reply = reply_to(request, kProtocolTcp);
    reply.tos = static_cast<std::uint8_t>(reply.tos & ~kEcnMask);  // no part of a connection: RFC 3168 §6.1.1
    // Of what can't be cut nobody needs the identification (RFC 6864 §4.1); Linux's resets are so.
    reply.dont_fragment = true;
    reply.identification = 0;
    const MutableBytes out = sink.begin(ipv4_header_size(reply) + kTcpMinHeaderSize);
    write_ipv4_header(out, reply, kTcpMinHeaderSize);
    write_tcp_header(out.subspan(ipv4_header_size(reply)), reset_for(*segment),
                     {reply.source, reply.destination});
    sink.finish();
    return Reason::Reset;
}

Ipv4Packet Ipv4Responder::reply_to(const Request& request, std::uint8_t protocol) {
    // RFC 1122 §3.2.2.6: the reply's source is the address that was asked, its TOS the request's.
    return {.tos = request.ip.tos,
            .ttl = kReplyTtl,
            .protocol = protocol,
            .source = request.ip.destination,
            .destination = request.ip.source,
            .options = request.reply_options};
}

void Ipv4Responder::send_icmp(const Request& request, std::uint8_t tos, const IcmpMessage& message,
                              ReplySink& sink) {
    Ipv4Packet reply = reply_to(request, kProtocolIcmp);
    reply.tos = tos;
    reply.identification = next_identification_++;
    const std::size_t header_size = ipv4_header_size(reply);
    const std::size_t size = kIcmpHeaderSize + message.data.size();
    const MutableBytes out = sink.begin(header_size + size);
    write_ipv4_header(out, reply, size);
    write_icmpv4(out.subspan(header_size), message);
    sink.finish();
}

}  // namespace tunlab
