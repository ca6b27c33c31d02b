#include "tunlab/lab/ipv4_responder.hpp"

#include "tunlab/lab/closed_port.hpp"
#include "tunlab/lab/housekeeping.hpp"
#include "tunlab/lab/standing.hpp"
#include "tunlab/wire/checksum.hpp"
#include "tunlab/wire/icmpv4.hpp"
#include "tunlab/wire/ipv4_options.hpp"
#include "tunlab/wire/transport.hpp"

#include <algorithm>
#include <array>

namespace tunlab {

namespace {

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

/// What RFC 1122 §3.2.2 and Linux's icmp_send() never tell an error of: errors, and what may be one.
bool may_be_error(const Ipv4Packet& ip) {
    constexpr std::uint8_t kLastKnownType = 18;  // NR_ICMP_TYPES
    if (ip.protocol != kProtocolIcmp) return false;
    if (ip.payload.empty()) return true;
    switch (ip.payload[0]) {
        case kIcmpv4Unreachable:
        case kIcmpv4SourceQuench:
        case kIcmpv4Redirect:
        case kIcmpv4TimeExceeded:
        case kIcmpv4ParameterProblem: return true;
        default: return ip.payload[0] > kLastKnownType;
    }
}

/// What of a packet an error quotes, as it was when it had passed `hops` routers.
class Quote {
public:
    Quote(Bytes quoted, std::size_t hops) : size_(quoted.size()) {
        constexpr std::size_t kTtlOffset = 8;  // RFC 791 §3.1
        constexpr std::size_t kChecksumOffset = 10;
        std::ranges::copy(quoted, room_.begin());
        if (hops == 0) return;
        std::uint8_t& ttl = room_[kTtlOffset];
        ttl = static_cast<std::uint8_t>(ttl - std::min<std::size_t>(hops, ttl));
        const std::size_t header_size = std::size_t{room_[0] & 0x0fU} * 4;
        store_be16(room_, kChecksumOffset, 0);
        store_be16(room_, kChecksumOffset, InternetChecksum().add(Bytes(room_).first(header_size)).value());
    }
    [[nodiscard]] Bytes view() const { return Bytes(room_).first(size_); }

private:
    std::array<std::uint8_t, kIcmpv4ErrorMaxSize> room_{};
    std::size_t size_;
};

}  // namespace

Decision Ipv4Responder::respond(Bytes packet, const Arrival& arrival, ReplySink& sink) {
    const auto ip = parse_ipv4(packet);
    if (!ip) return {.reason = reason_for(ip.error())};
    const bool echo_request = is_echo_request(*ip);
    if (const auto reason = why_not_answered(*ip, core_.facts))
        return {.reason = *reason, .echo_request = echo_request};
    const HostRule* const host = core_.hosts.find_present(ip->destination);
    if (host == nullptr) return {.reason = Reason::NoHost, .echo_request = echo_request};

    const Request request{.ip = *ip,
                          .datagram = packet.first(ipv4_header_size(*ip) + ip->payload.size()),
                          .now = arrival.now,
                          .frame_to = arrival.frame_to(),
                          .host = *host,
                          .reply_options = {}};
    const std::size_t mtu = std::max<std::size_t>(core_.facts.mtu(), kIpv4MinMtu);
    FragmentingSink cutting(core_.workshop, path_mtu(host->path, mtu), sink);
    const Journey journey = travel(host->path, ip->ttl, request.datagram.size(),
                                   ip->dont_fragment ? Cutting::Forbidden : Cutting::Allowed);
    Decision decision =
        journey.end == Journey::End::Arrived
            ? at_host(request, cutting)
            : Decision{.reason = answer_from_hop(request, journey, cutting), .hop = journey.hops};
    decision.echo_request = decision.echo_request || echo_request;
    decision.asked = ip->destination;
    decision.path_delay = journey.delay;
    return decision;
}

Reason Ipv4Responder::answer_from_hop(const Request& request, const Journey& journey, ReplySink& sink) {
    const Hop& hop = request.host.path[journey.hops - 1];
    const bool expired = journey.end == Journey::End::Expired;
    if (!expired && hop.blackhole) return Reason::Blackhole;
    if (!hop.address) return Reason::SilentHop;
    const Error error = expired ? Error{.reason = Reason::TimeExceeded, .type = kIcmpv4TimeExceeded}
                                : Error{.reason = Reason::FragmentationNeeded,
                                        .type = kIcmpv4Unreachable,
                                        .code = kIcmpv4FragmentationNeeded,
                                        .rest_of_header = *hop.mtu};
    return send_error(request, error, hop_of(request, journey.hops), request.datagram.size(), sink);
}

Decision Ipv4Responder::at_host(const Request& request, ReplySink& sink) {
    const auto unreachable = [&](Reason reason, std::uint8_t code) {
        const Error error{.reason = reason, .type = kIcmpv4Unreachable, .code = code};
        return Decision{.reason = answer_unreachable(request, error, sink), .host = &request.host};
    };
    switch (request.host.answer) {
        case Answer::Absent:
        case Answer::Silent: return {.reason = Reason::Silent};
        case Answer::NetUnreachable: return unreachable(Reason::NetUnreachable, kIcmpv4NetUnreachable);
        case Answer::HostUnreachable: return unreachable(Reason::HostUnreachable, kIcmpv4HostUnreachable);
        case Answer::PortUnreachable: return unreachable(Reason::PortUnreachable, kIcmpv4PortUnreachable);
        case Answer::AdminProhibited: return unreachable(Reason::AdminProhibited, kIcmpv4AdminProhibited);
        case Answer::Echo: break;
    }
    if (!request.ip.is_fragment()) return answer(request, request.datagram, request.frame_to, sink);
    const auto whole = core_.reassembler.add_ipv4(request.datagram, request.frame_to, request.now.steady);
    if (whole.outcome != FragmentOutcome::Complete) return {.reason = tunlab::reason_for(whole.outcome)};
    return answer(request, whole.datagram, whole.first_to, sink);
}

/// The last router before the host says so; without one, the address itself.
Reason Ipv4Responder::answer_unreachable(const Request& request, const Error& error, ReplySink& sink) {
    const auto& path = request.host.path;
    if (path.empty()) return send_error(request, error, host_of(request), request.datagram.size(), sink);
    if (!path.back().address) return Reason::SilentHop;
    return send_error(request, error, hop_of(request, path.size()), request.datagram.size(), sink);
}

Decision Ipv4Responder::answer(const Request& fragment, Bytes datagram, FrameTo frame_to, ReplySink& sink) {
    const auto ip = parse_ipv4_unverified(datagram);
    const auto options = parse_ipv4_options(ip->options);
    const auto reply_options =
        tunlab::reply_options(*options, ip->destination, time_of_day(fragment.now.wall));
    const Request request{.ip = *ip,
                          .datagram = datagram,
                          .now = fragment.now,
                          .frame_to = frame_to,
                          .host = fragment.host,
                          .reply_options = reply_options.view()};
    const auto decide = [&](Reason reason) {
        return Decision{.reason = reason, .echo_request = is_echo_request(*ip), .host = &request.host};
    };
    switch (ip->protocol) {
        case kProtocolIcmp: return decide(answer_icmp(request, sink));
        case kProtocolUdp: return decide(answer_udp(request, sink));
        case kProtocolTcp: return decide(answer_tcp(request, sink));
        default: return decide(Reason::Protocol);
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
    send_icmp(reply_to(request, kProtocolIcmp), echo, sink);
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
    send_icmp(reply_to(request, kProtocolIcmp),
              {.type = kIcmpv4TimestampReply, .rest_of_header = message.rest_of_header, .data = times}, sink);
    return Reason::Timestamp;
}

Reason Ipv4Responder::answer_udp(const Request& request, ReplySink& sink) {
    const auto& ip = request.ip;
    const auto udp = parse_udp(ip.payload, {ip.source, ip.destination});
    if (!udp) return reason_for_udp(udp.error());
    return send_error(request, port_unreachable(), host_of(request), ipv4_header_size(ip) + udp->length,
                      sink);
}

/// Quotes of `request` at most `quotable` bytes.
Reason Ipv4Responder::send_error(const Request& request, const Error& error, const Sender& sender,
                                 std::size_t quotable, ReplySink& sink) {
    const auto& ip = request.ip;
    if (request.frame_to == FrameTo::Many) return Reason::LinkGroup;  // RFC 1122 §3.2.2
    if (ip.fragment_offset != 0 || may_be_error(ip)) return Reason::NoError;
    if (!core_.errors.take(request.now.steady)) return Reason::ErrorRate;

    // RFC 1812 §4.3.2.3: as much of the packet as fits, but never less than RFC 792's header and 64 bits.
    const std::size_t own = kIpv4MinHeaderSize + sender.options.size() + kIcmpHeaderSize;
    const std::size_t limit =
        path_mtu(request.host.path, std::min<std::size_t>(kIcmpv4ErrorMaxSize, core_.facts.mtu()));
    const std::size_t least = ipv4_header_size(ip) + kUdpHeaderSize;
    const std::size_t room = std::max(limit - std::min(limit, own), least);
    const Quote quote(request.datagram.first(std::min({room, quotable, request.datagram.size()})),
                      sender.hops);
    // RFC 1812 §4.3.2.5: precedence 6; the rest as Linux's icmp_send().
    constexpr unsigned kInternetworkControl = 0xc0;
    constexpr unsigned kTosBits = 0x1e;
    send_icmp({.tos = static_cast<std::uint8_t>(kInternetworkControl | (ip.tos & kTosBits)),
               .ttl = sender.ttl,
               .protocol = kProtocolIcmp,
               .source = sender.address,
               .destination = ip.source,
               .options = sender.options},
              {.type = error.type,
               .code = error.code,
               .rest_of_header = error.rest_of_header,
               .data = quote.view()},
              sink);
    return error.reason;
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
            .ttl = ttl_after(request.host.ttl, request.host.path.size()),
            .protocol = protocol,
            .source = request.ip.destination,
            .destination = request.ip.source,
            .options = request.reply_options};
}

Ipv4Responder::Sender Ipv4Responder::host_of(const Request& request) {
    const std::size_t hops = request.host.path.size();
    return {.address = request.ip.destination,
            .ttl = ttl_after(request.host.ttl, hops),
            .hops = hops,
            .options = request.reply_options};
}

Ipv4Responder::Sender Ipv4Responder::hop_of(const Request& request, std::size_t number) {
    const std::size_t before = number - 1;
    return {.address = request.host.path[before].address->v4(),
            .ttl = ttl_after(kUsualTtl, before),
            .hops = before};
}

Ipv4Responder::Error Ipv4Responder::port_unreachable() {
    return {.reason = Reason::PortUnreachable, .type = kIcmpv4Unreachable, .code = kIcmpv4PortUnreachable};
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

}  // namespace tunlab
