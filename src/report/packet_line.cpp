#include "tunlab/report/packet_line.hpp"

#include "tunlab/base/address.hpp"
#include "tunlab/wire/arp.hpp"
#include "tunlab/wire/ethernet.hpp"
#include "tunlab/wire/icmpv4.hpp"
#include "tunlab/wire/icmpv6.hpp"
#include "tunlab/wire/igmp.hpp"
#include "tunlab/wire/ipv4.hpp"
#include "tunlab/wire/ipv6.hpp"
#include "tunlab/wire/ipv6_extension.hpp"
#include "tunlab/wire/transport.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

// The wording is that of tcpdump 4.99, oddities of spacing included, so that the two can be
// compared. What differs does so on purpose:
//  - application data is not looked into: DNS and the like stay "UDP, length N";
//  - a VLAN tag is shown, because the verdict makes no sense without it;
//  - there is one line only (tcpdump adds a hex dump of what it doesn't know);
//  - protocols and options that no host sends on its own are numbers;
//  - MLD gets the comma that tcpdump forgets, and malformed packets are described in fewer ways.

namespace tunlab {

namespace {

/// The part of a packet that belongs to one protocol.
struct Piece {
    Bytes bytes;            ///< what is present of it
    std::size_t size = 0;   ///< as the header before it states it; more than is present if it is cut off
    bool fragment = false;  ///< the rest of the datagram is in other packets
};

/// Where a packet goes, in text; empty once the line shows it.
struct Ends {
    std::string source;
    std::string destination;
};

struct Name {
    unsigned value;
    std::string_view text;
};

std::string name_or(std::span<const Name> names, unsigned value, std::string otherwise) {
    const auto found = std::ranges::find(names, value, &Name::value);
    return found == names.end() ? std::move(otherwise) : std::string(found->text);
}

/// "10.0.1.1 > 10.0.1.2: "
std::string hosts(const Ends& ends) {
    if (ends.source.empty()) return {};
    return fmt::format("{} > {}: ", ends.source, ends.destination);
}

/// "10.0.1.1.40000 > 10.0.1.2.80: ", or "40000 > 80: " once the line shows the rest.
std::string hosts_and_ports(const Ends& ends, const Ports& ports) {
    if (ends.source.empty()) return fmt::format("{} > {}: ", ports.source, ports.destination);
    return fmt::format("{}.{} > {}.{}: ", ends.source, ports.source, ends.destination, ports.destination);
}

std::string hex(Bytes bytes) {
    std::string out;
    for (const auto byte : bytes) {
        out += fmt::format("{:02x}", byte);
    }
    return out;
}

// ---- UDP and TCP

std::string describe_udp(const Ends& ends, const Piece& piece) {
    const auto ports = parse_ports(piece.bytes);
    if (!ports) return hosts(ends) + " [|udp]";
    const std::string start = hosts_and_ports(ends, *ports);
    if (piece.size < kUdpHeaderSize) return fmt::format("{}truncated-udp {}", start, piece.size);
    const auto udp = parse_udp_lenient(piece.bytes);
    if (!udp) return start + " [|udp]";
    if (udp->length < kUdpHeaderSize) return fmt::format("{}truncated-udplength {}", start, udp->length);
    const std::size_t data_size = udp->length - kUdpHeaderSize;
    const std::size_t max_data_size = piece.size - kUdpHeaderSize;
    if (data_size > max_data_size && !piece.fragment) {
        return fmt::format("{}UDP, bad length {} > {}", start, data_size, max_data_size);
    }
    return fmt::format("{}UDP, length {}", start, data_size);
}

std::string describe_tcp_flags(std::uint8_t flags) {
    if (flags == 0) return "none";
    constexpr std::string_view kLetters = "FSRP.UEW";
    std::string out;
    for (std::size_t bit = 0; bit < kLetters.size(); ++bit) {
        if ((flags >> bit & 1) != 0) out += kLetters[bit];
    }
    return out;
}

std::string describe_sack(Bytes blocks) {
    constexpr std::size_t kBlockSize = 8;
    std::string out = fmt::format("sack {} ", blocks.size() / kBlockSize);
    for (; !blocks.empty(); blocks = blocks.subspan(kBlockSize)) {
        out += fmt::format("{{{}:{}}}", load_be32(blocks, 0), load_be32(blocks, 4));
    }
    return out;
}

/// "unknown-KIND" for an option that is not known or doesn't have the size that its kind has.
std::string describe_tcp_option(std::uint8_t kind, Bytes data) {
    if (kind == kTcpOptionMss && data.size() == 2) return fmt::format("mss {}", load_be16(data, 0));
    if (kind == kTcpOptionWindowScale && data.size() == 1) return fmt::format("wscale {}", data[0]);
    if (kind == kTcpOptionSackPermitted && data.empty()) return "sackOK";
    if (kind == kTcpOptionSack && data.size() % 8 == 0) return describe_sack(data);
    if (kind == kTcpOptionTimestamps && data.size() == 8) {
        return fmt::format("TS val {} ecr {}", load_be32(data, 0), load_be32(data, 4));
    }
    if (kind == kTcpOptionFastOpen && data.empty()) return "tfo  cookiereq";
    if (kind == kTcpOptionFastOpen && data.size() >= 4 && data.size() <= 16)
        return "tfo  cookie " + hex(data);
    return fmt::format("unknown-{}{}{}", kind, data.empty() ? "" : " 0x", hex(data));
}

/// "mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7"
std::string describe_tcp_options(Bytes options) {
    std::string out;
    while (!options.empty()) {
        if (!out.empty()) out += ',';
        const std::uint8_t kind = options[0];
        if (kind == kTcpOptionEnd) return out + "eol";
        if (kind == kTcpOptionNop) {
            out += "nop";
            options = options.subspan(1);
            continue;
        }
        const std::size_t size = options.size() < kTcpOptionHeaderSize ? 0 : options[1];
        if (size < kTcpOptionHeaderSize || size > options.size()) return out + "[bad opt]";
        out += describe_tcp_option(kind, options.first(size).subspan(kTcpOptionHeaderSize));
        options = options.subspan(size);
    }
    return out;
}

std::string describe_tcp(const Ends& ends, const Piece& piece) {
    const auto ports = parse_ports(piece.bytes);
    if (!ports) return hosts(ends) + "[|tcp]";
    std::string out = hosts_and_ports(ends, *ports);
    const auto tcp = parse_tcp_lenient(piece.bytes);
    if (!tcp) return out + " [|tcp]";
    const std::size_t header_size = tcp_header_size(piece.bytes);
    if (header_size < kTcpMinHeaderSize) {
        return out + fmt::format(" tcp {} [bad hdr length {} - too short, < {}]", piece.size - header_size,
                                 header_size, kTcpMinHeaderSize);
    }
    const std::string flags = fmt::format("Flags [{}]", describe_tcp_flags(tcp->flags));
    if (header_size > piece.size) {
        return out + fmt::format("{} [bad hdr length {} - too long, > {}]", flags, header_size, piece.size);
    }
    if (header_size > piece.bytes.size()) return out + " [|tcp]";
    const std::size_t data_size = piece.size - header_size;
    out += flags;
    const bool counts = (tcp->flags & (kTcpSyn | kTcpFin | kTcpRst)) != 0;
    if (counts || data_size > 0) out += fmt::format(", seq {}", tcp->sequence);
    if (data_size > 0) out += fmt::format(":{}", static_cast<std::uint32_t>(tcp->sequence + data_size));
    if ((tcp->flags & kTcpAck) != 0) out += fmt::format(", ack {}", tcp->acknowledgement);
    out += fmt::format(", win {}", tcp->window);
    if ((tcp->flags & kTcpUrg) != 0) out += fmt::format(", urg {}", tcp->urgent_pointer);
    if (!tcp->options.empty()) out += fmt::format(", options [{}]", describe_tcp_options(tcp->options));
    return out + fmt::format(", length {}", data_size);
}

// ---- ICMP for IPv4

/// The words before and after the address that an error is about.
struct Around {
    unsigned code;
    std::string_view before;
    std::string_view after;
};

constexpr std::array<Around, 13> kUnreachables{
    {{kIcmpv4NetUnreachable, "net ", " unreachable"},
     {kIcmpv4HostUnreachable, "host ", " unreachable"},
     {kIcmpv4SourceRouteFailed, "", " unreachable - source route failed"},
     {kIcmpv4NetUnknown, "net ", " unreachable - unknown"},
     {kIcmpv4HostUnknown, "host ", " unreachable - unknown"},
     {kIcmpv4HostIsolated, "", " unreachable - source host isolated"},
     {kIcmpv4NetProhibited, "net ", " unreachable - admin prohibited"},
     {kIcmpv4HostProhibited, "host ", " unreachable - admin prohibited"},
     {kIcmpv4NetTos, "net ", " unreachable - tos prohibited"},
     {kIcmpv4HostTos, "host ", " unreachable - tos prohibited"},
     {kIcmpv4AdminProhibited, "host ", " unreachable - admin prohibited filter"},
     {kIcmpv4PrecedenceViolation, "host ", " unreachable - host precedence violation"},
     {kIcmpv4PrecedenceCutoff, "host ", " unreachable - precedence cutoff"}}};

/// "10.9.9.9 udp port 33434 unreachable"
std::optional<std::string> describe_port_unreachable(const Ipv4Packet& quoted, Bytes quote) {
    const auto ports = parse_ports(quote.subspan(std::min(ipv4_header_size(quote), quote.size())));
    if (!ports) return std::nullopt;
    const std::uint16_t port = ports->destination;
    const std::string host = quoted.destination.to_string();
    if (quoted.protocol == kProtocolTcp) return fmt::format("{} tcp port {} unreachable", host, port);
    if (quoted.protocol == kProtocolUdp) return fmt::format("{} udp port {} unreachable", host, port);
    return fmt::format("{} protocol {} port {} unreachable", host, quoted.protocol, port);
}

std::optional<std::string> describe_unreachable(const IcmpMessage& icmp, const Ipv4Packet& quoted) {
    const std::string host = quoted.destination.to_string();
    if (icmp.code == kIcmpv4ProtocolUnreachable)
        return fmt::format("{} protocol {} unreachable", host, quoted.protocol);
    if (icmp.code == kIcmpv4PortUnreachable) return describe_port_unreachable(quoted, icmp.data);
    if (icmp.code == kIcmpv4FragmentationNeeded) {
        const unsigned mtu = icmp.rest_of_header & 0xffff;  // RFC 1191 §4
        if (mtu == 0) return host + " unreachable - need to frag";
        return fmt::format("{} unreachable - need to frag (mtu {})", host, mtu);
    }
    const auto* const found = std::ranges::find(kUnreachables, icmp.code, &Around::code);
    if (found == kUnreachables.end()) return fmt::format("{} unreachable - #{}", host, icmp.code);
    return fmt::format("{}{}{}", found->before, host, found->after);
}

std::string describe_redirect(const IcmpMessage& icmp, const Ipv4Packet& quoted) {
    constexpr std::array<Around, 4> kRedirects{{{0, "redirect", "net "},
                                                {1, "redirect", "host "},
                                                {2, "redirect-tos", "net "},
                                                {3, "redirect-tos", "host "}}};
    std::array<std::uint8_t, Ipv4Address::kSize> bytes{};
    store_be32(bytes, 0, icmp.rest_of_header);
    const std::string gateway = Ipv4Address(bytes).to_string();
    const std::string host = quoted.destination.to_string();
    const auto* const found = std::ranges::find(kRedirects, icmp.code, &Around::code);
    if (found == kRedirects.end()) return fmt::format("redirect-#{} {} to {}", icmp.code, host, gateway);
    return fmt::format("{} {} to {}{}", found->before, host, found->after, gateway);
}

/// What an ICMP error says about its invoking packet.
std::optional<std::string> describe_icmpv4_error(const IcmpMessage& icmp) {
    constexpr std::array<Name, 2> kTimeExceeded{
        {{kIcmpv4TimeExceededInTransit, "time exceeded in-transit"},
         {kIcmpv4TimeExceededInReassembly, "ip reassembly time exceeded"}}};
    const auto quoted = parse_ipv4_lenient(icmp.data);
    if (!quoted) return std::nullopt;
    if (icmp.type == kIcmpv4Unreachable) return describe_unreachable(icmp, *quoted);
    if (icmp.type == kIcmpv4Redirect) return describe_redirect(icmp, *quoted);
    return name_or(kTimeExceeded, icmp.code, fmt::format("time exceeded-#{}", icmp.code));
}

/// Milliseconds since midnight UT (RFC 792).
std::string describe_icmp_time(std::uint32_t time) {
    return fmt::format("{:02}:{:02}:{:02}.{:03}", time / 3'600'000, time / 60'000 % 60, time / 1000 % 60,
                       time % 1000);
}

std::optional<std::string> describe_icmpv4_message(const IcmpMessage& icmp) {
    constexpr std::array<Name, 6> kPlain{{{kIcmpv4SourceQuench, "source quench"},
                                          {kIcmpv4RouterAdvertisement, "router advertisement"},
                                          {kIcmpv4RouterSolicitation, "router solicitation"},
                                          {kIcmpv4InformationRequest, "information request"},
                                          {kIcmpv4InformationReply, "information reply"},
                                          {kIcmpv4AddressMaskRequest, "address mask request"}}};
    switch (icmp.type) {
        case kIcmpv4EchoReply:
            return fmt::format("echo reply, id {}, seq {}", icmp.identifier(), icmp.sequence());
        case kIcmpv4EchoRequest:
            return fmt::format("echo request, id {}, seq {}", icmp.identifier(), icmp.sequence());
        case kIcmpv4Unreachable:
        case kIcmpv4Redirect:
        case kIcmpv4TimeExceeded: return describe_icmpv4_error(icmp);
        case kIcmpv4ParameterProblem:
            if (icmp.code != 0) return fmt::format("parameter problem - code {}", icmp.code);
            return fmt::format("parameter problem - octet {}", icmp.rest_of_header >> 24);
        case kIcmpv4Timestamp:
            return fmt::format("time stamp query id {} seq {}", icmp.identifier(), icmp.sequence());
        case kIcmpv4TimestampReply:
            if (icmp.data.size() < 12) return std::nullopt;
            return fmt::format("time stamp reply id {} seq {}: org {}, recv {}, xmit {}", icmp.identifier(),
                               icmp.sequence(), describe_icmp_time(load_be32(icmp.data, 0)),
                               describe_icmp_time(load_be32(icmp.data, 4)),
                               describe_icmp_time(load_be32(icmp.data, 8)));
        case kIcmpv4AddressMaskReply:
            if (icmp.data.size() < 4) return std::nullopt;
            return fmt::format("address mask is 0x{:08x}", load_be32(icmp.data, 0));
        default: return name_or(kPlain, icmp.type, fmt::format("type-#{}", icmp.type));
    }
}

std::string describe_icmpv4(const Piece& piece) {
    const auto icmp = parse_icmp_unverified(piece.bytes);
    const auto text = icmp ? describe_icmpv4_message(*icmp) : std::nullopt;
    return text ? fmt::format("ICMP {}, length {}", *text, piece.size) : " [|icmp]";
}

// ---- IGMP (RFC 2236, RFC 3376)

std::string describe_igmp_query(const Piece& piece) {
    constexpr unsigned kDefaultResponseTime = 100;  // in tenths of a second: RFC 2236 §8.3
    if (piece.bytes.size() < kIgmpMinSize) return "igmp query [|igmp]";
    if (piece.size >= kIgmpQueryV3MinSize) return "igmp query v3";
    const unsigned response_time = piece.bytes[kIgmpMaxResponseTimeOffset];
    if (response_time == 0) return "igmp query v1";
    std::string out = "igmp query v2";
    if (response_time != kDefaultResponseTime) out += fmt::format(" [max resp time {}]", response_time);
    const auto group = Ipv4Address::from_bytes(piece.bytes.subspan(kIgmpGroupOffset));
    if (!group.is_unspecified()) out += fmt::format(" [gaddr {}]", group.to_string());
    return out;
}

std::string describe_igmp(const Piece& piece) {
    constexpr std::size_t kMinReportSize = 16;  // tcpdump's: with one record
    constexpr std::array<Name, 3> kGroupMessages{
        {{kIgmpReportV1, "v1 report"}, {kIgmpReportV2, "v2 report"}, {kIgmpLeave, "leave"}}};
    if (piece.bytes.empty()) return " [|igmp]";
    const std::uint8_t type = piece.bytes[0];
    if (type == kIgmpQuery) return describe_igmp_query(piece);
    if (type == kIgmpReportV3) {
        if (piece.size < kMinReportSize) return fmt::format("igmp v3 report [invalid len {}]", piece.size);
        if (piece.bytes.size() < kMinReportSize) return "igmp v3 report [|igmp]";
        return fmt::format("igmp v3 report, {} group record(s)",
                           load_be16(piece.bytes, kIgmpRecordCountOffset));
    }
    const std::string name = name_or(kGroupMessages, type, {});
    if (name.empty()) return fmt::format("igmp-{}", type);
    if (piece.bytes.size() < kIgmpMinSize) return " [|igmp]";
    return fmt::format("igmp {} {}", name,
                       Ipv4Address::from_bytes(piece.bytes.subspan(kIgmpGroupOffset)).to_string());
}

// ---- ICMPv6

/// Names the port where UDP or TCP follows the quoted IPv6 header at once.
std::string describe_port_unreachable(const Ipv6Packet& quoted, Bytes quote) {
    const std::string host = quoted.destination.to_string();
    const auto ports = parse_ports(quote.subspan(kIpv6HeaderSize));
    const bool has_port = quoted.next_header == kProtocolTcp || quoted.next_header == kProtocolUdp;
    if (!has_port || !ports) return "unreachable port, " + host;
    const std::string_view name = quoted.next_header == kProtocolTcp ? "tcp" : "udp";
    return fmt::format("unreachable port, {} {} port {}", host, name, ports->destination);
}

std::string describe_icmpv6_unreachable(std::uint8_t code, const Ipv6Packet& quoted, Bytes quote) {
    const std::string host = quoted.destination.to_string();
    switch (code) {
        case kIcmpv6NoRoute: return "unreachable route " + host;
        case kIcmpv6AdminProhibited: return " unreachable prohibited " + host;
        case kIcmpv6BeyondScope:
            return fmt::format("beyond scope {}, source address {}", host, quoted.source.to_string());
        case kIcmpv6AddressUnreachable: return "unreachable address " + host;
        case kIcmpv6PortUnreachable: return describe_port_unreachable(quoted, quote);
        default: return fmt::format("unknown unreach code ({})", code);
    }
}

std::string describe_icmpv6_time_exceeded(std::uint8_t code, const Ipv6Packet& quoted) {
    if (code == kIcmpv6TimeExceededInTransit) return " for " + quoted.destination.to_string();
    if (code == kIcmpv6TimeExceededInReassembly) return " (reassembly)";
    return fmt::format(", unknown code ({})", code);
}

/// RFC 4443 §3.4, RFC 7112 §5.
std::string describe_icmpv6_parameter_problem(std::uint8_t code, std::uint32_t pointer) {
    constexpr std::array<Name, 4> kProblems{
        {{0, "erroneous"}, {1, "next header"}, {2, "option"}, {3, "incomplete header chain"}}};
    const std::string problem = name_or(kProblems, code, {});
    return problem.empty() ? fmt::format("code-#{}", code) : fmt::format("{} - octet {}", problem, pointer);
}

std::optional<std::string> address_at(Bytes bytes, std::size_t offset) {
    if (bytes.size() < offset + Ipv6Address::kSize) return std::nullopt;
    return Ipv6Address::from_bytes(bytes.subspan(offset)).to_string();
}

std::optional<std::string> describe_listener_query(const IcmpMessage& query, const Piece& piece) {
    const auto group = address_at(query.data, 0);
    if (!group) return std::nullopt;
    if (piece.size < kListenerQueryV2MinSize)
        return fmt::format(", max resp delay: {} addr: {}", query.rest_of_header >> 16, *group);
    if (piece.bytes.size() < kListenerQueryV2MinSize) return std::nullopt;
    const unsigned sources = load_be16(piece.bytes, kListenerQuerySourceCountOffset);
    return fmt::format(" v2 [gaddr {}{}]", *group,
                       sources == 0 ? "" : fmt::format(", {} source(s)", sources));
}

std::optional<std::string> describe_icmpv6_error(const IcmpMessage& icmp) {
    const auto quoted = parse_ipv6_lenient(icmp.data);
    if (!quoted) return std::nullopt;
    if (icmp.type == kIcmpv6TimeExceeded) return describe_icmpv6_time_exceeded(icmp.code, *quoted);
    return ", " + describe_icmpv6_unreachable(icmp.code, *quoted, icmp.data);
}

/// What follows the name of a message; nothing where it is cut off.
std::optional<std::string> describe_icmpv6_body(const Piece& piece) {
    const auto icmp = parse_icmp_unverified(piece.bytes);
    if (!icmp) return std::nullopt;
    // Messages of neighbour discovery (RFC 4861) and of MLD's first version (RFC 2710) begin with an address.
    const auto target = address_at(icmp->data, 0);
    const auto with_target = [&target](std::string_view words) -> std::optional<std::string> {
        return target ? std::optional(fmt::format(", {} {}", words, *target)) : std::nullopt;
    };
    switch (icmp->type) {
        case kIcmpv6Unreachable:
        case kIcmpv6TimeExceeded: return describe_icmpv6_error(*icmp);
        case kIcmpv6PacketTooBig: return fmt::format(", mtu {}", icmp->rest_of_header);
        case kIcmpv6ParameterProblem:
            return ", " + describe_icmpv6_parameter_problem(icmp->code, icmp->rest_of_header);
        case kIcmpv6EchoRequest:
        case kIcmpv6EchoReply: return fmt::format(", id {}, seq {}", icmp->identifier(), icmp->sequence());
        case kIcmpv6ListenerQuery: return describe_listener_query(*icmp, piece);
        case kIcmpv6ListenerReport:
        case kIcmpv6ListenerDone:
            return with_target(fmt::format("max resp delay: {} addr:", icmp->rest_of_header >> 16));
        case kIcmpv6NeighbourSolicitation: return with_target("who has");
        case kIcmpv6NeighbourAdvertisement: return with_target("tgt is");
        case kIcmpv6Redirect: {
            const auto destination = address_at(icmp->data, Ipv6Address::kSize);
            if (!target || !destination) return std::nullopt;
            return fmt::format(", {} to {}", *destination, *target);
        }
        case kIcmpv6ListenerReportV2:
            return fmt::format(", {} group record(s)", icmp->rest_of_header & 0xffff);
        default: return std::string();
    }
}

std::string describe_icmpv6(const Piece& piece) {
    constexpr std::array<Name, 15> kNames{{{kIcmpv6Unreachable, "destination unreachable"},
                                           {kIcmpv6PacketTooBig, "packet too big"},
                                           {kIcmpv6TimeExceeded, "time exceeded in-transit"},
                                           {kIcmpv6ParameterProblem, "parameter problem"},
                                           {kIcmpv6EchoRequest, "echo request"},
                                           {kIcmpv6EchoReply, "echo reply"},
                                           {kIcmpv6ListenerQuery, "multicast listener query"},
                                           {kIcmpv6ListenerReport, "multicast listener report"},
                                           {kIcmpv6ListenerDone, "multicast listener done"},
                                           {kIcmpv6RouterSolicitation, "router solicitation"},
                                           {kIcmpv6RouterAdvertisement, "router advertisement"},
                                           {kIcmpv6NeighbourSolicitation, "neighbor solicitation"},
                                           {kIcmpv6NeighbourAdvertisement, "neighbor advertisement"},
                                           {kIcmpv6Redirect, "redirect"},
                                           {kIcmpv6ListenerReportV2, "multicast listener report v2"}}};
    if (piece.size == 0) return "ICMP6, length 0 (invalid)";
    if (piece.bytes.empty()) return " [|icmp6]";
    const unsigned type = piece.bytes[0];
    const std::string name = name_or(kNames, type, fmt::format("unknown icmp6 type ({})", type));
    const auto body = describe_icmpv6_body(piece);
    if (!body) return fmt::format("ICMP6, {} [|icmp6]", name);
    return fmt::format("ICMP6, {}{}, length {}", name, *body, piece.size);
}

// ---- IP

/// Whether a line begins with the protocol's name: behind a link header, which names it, it does not.
enum class FirstWord { Shown, LeftOut };

std::string first_word(FirstWord choice, std::string_view word) {
    return choice == FirstWord::Shown ? std::string(word) : std::string();
}

/// "ip-proto-2", as tcpdump says with -n.
std::string describe_other_protocol(const Ends& ends, std::uint8_t protocol, const Piece& piece) {
    return fmt::format("{} ip-proto-{} {}", hosts(ends), protocol, piece.size);
}

std::string describe_ipv4_payload(const Ipv4Packet& header, const Piece& piece) {
    const Ends ends{.source = header.source.to_string(), .destination = header.destination.to_string()};
    if (header.fragment_offset != 0) {
        return fmt::format("{} > {}: ip-proto-{}", ends.source, ends.destination, header.protocol);
    }
    switch (header.protocol) {
        case kProtocolIcmp: return hosts(ends) + describe_icmpv4(piece);
        case kProtocolIgmp: return hosts(ends) + describe_igmp(piece);
        case kProtocolTcp: return describe_tcp(ends, piece);
        case kProtocolUdp: return describe_udp(ends, piece);
        default: return describe_other_protocol(ends, header.protocol, piece);
    }
}

std::string describe_ipv4(FirstWord choice, Bytes bytes) {
    if (bytes.empty()) return " [|ip]";
    if (ip_version(bytes) == kIpv6Version) return "IP6, wrong link-layer encapsulation (invalid)";
    if (ip_version(bytes) != kIpv4Version) return fmt::format("IP{} (invalid)", ip_version(bytes));
    std::string out = first_word(choice, "IP ");
    const auto ip = parse_ipv4_lenient(bytes);
    if (!ip) return out + " [|ip]";
    const std::size_t header_size = ipv4_header_size(bytes);
    if (header_size < kIpv4MinHeaderSize) return out + fmt::format("bad-hlen {}", header_size);
    const std::size_t total_size = ipv4_total_size(bytes);
    if (total_size > bytes.size())
        out += fmt::format("truncated-ip - {} bytes missing! ", total_size - bytes.size());
    if (total_size < header_size) return out + fmt::format("bad-len {}", total_size);
    return out +
           describe_ipv4_payload(
               *ip, {.bytes = ip->payload, .size = total_size - header_size, .fragment = ip->more_fragments});
}

/// What tcpdump calls an extension header that is cut off; nothing for what is no extension header.
std::string name_of_extension(std::uint8_t kind) {
    constexpr std::array<Name, 4> kNames{{{kNextHopByHop, "hbhopt"},
                                          {kNextRouting, "rt6"},
                                          {kNextFragment, "frag6"},
                                          {kNextDestination, "dstopt"}}};
    return name_or(kNames, kind, {});
}

std::string describe_extension(std::uint8_t kind, const ExtensionHeader& header) {
    if (kind == kNextHopByHop) return "HBH ";
    if (kind == kNextDestination) return "DSTOPT ";
    const auto [length, type, segments_left] = routing_header_of(header);
    return fmt::format("RT6 (len={}, type={}, segleft={}) ", length, type, segments_left);
}

std::string describe_ipv6_upper(const Ends& ends, std::uint8_t protocol, const Piece& piece) {
    switch (protocol) {
        case kProtocolTcp: return describe_tcp(ends, piece);
        case kProtocolUdp: return describe_udp(ends, piece);
        case kProtocolIcmpv6: return hosts(ends) + describe_icmpv6(piece);
        case kNextNone: return hosts(ends) + "no next header";
        default: return describe_other_protocol(ends, protocol, piece);
    }
}

std::string describe_ipv6_payload(Ends ends, std::uint8_t next, Piece piece) {
    constexpr int kMaxExtensions = 8;  // no host sends more, and a line has to end
    std::string out;
    for (int count = 0; !name_of_extension(next).empty() && count < kMaxExtensions; ++count) {
        out += hosts(ends);
        ends = {};
        std::string cut_off = fmt::format("{} [|{}]", out, name_of_extension(next));
        Bytes rest;
        if (next == kNextFragment) {
            const auto header = parse_ipv6_fragment_header(piece.bytes);
            if (!header) return cut_off;
            out += fmt::format("frag ({}|{})", header->offset, piece.size - kIpv6FragmentHeaderSize);
            if (header->offset != 0) return out;
            out += ' ';
            next = header->next_header;
            rest = header->payload;
            piece.fragment = true;
        } else {
            const auto header = parse_extension_header(piece.bytes);
            if (!header) return cut_off;
            out += describe_extension(next, *header);
            next = header->next_header;
            rest = header->rest;
        }
        piece.size -= piece.bytes.size() - rest.size();
        piece.bytes = rest;
    }
    return out + describe_ipv6_upper(ends, next, piece);
}

std::string describe_ipv6(FirstWord choice, Bytes bytes) {
    const auto ip = parse_ipv6_lenient(bytes);
    if (!ip) return " [|ip6]";
    std::string out = first_word(choice, "IP6 ");
    if (ip_version(bytes) != kIpv6Version)
        return out + fmt::format("version error: {} != 6", ip_version(bytes));
    const std::size_t size = ipv6_payload_size(bytes);
    const std::size_t missing = size - ip->payload.size();
    if (missing > 0) out += fmt::format("truncated-ip6 - {} bytes missing!", missing);
    return out + describe_ipv6_payload(
                     {.source = ip->source.to_string(), .destination = ip->destination.to_string()},
                     ip->next_header, {.bytes = ip->payload, .size = size});
}

std::string describe_ip(Bytes bytes) {
    if (bytes.empty()) return " [|ip]";
    switch (ip_version(bytes)) {
        case kIpv4Version: return describe_ipv4(FirstWord::Shown, bytes);
        case kIpv6Version: return describe_ipv6(FirstWord::Shown, bytes);
        default: return fmt::format("unknown ip {}", ip_version(bytes));
    }
}

// ---- Ethernet

/// IEEE 802 numbers, as IANA lists them, in tcpdump's names.
std::string describe_ethertype(std::uint16_t ethertype) {
    constexpr std::array<Name, 12> kNames{{{kEtherTypeIpv4, "IPv4"},
                                           {kEtherTypeArp, "ARP"},
                                           {0x8035, "Reverse ARP"},
                                           {kEtherTypeVlan, "802.1Q"},
                                           {kEtherTypeIpv6, "IPv6"},
                                           {0x8809, "Slow Protocols"},
                                           {0x8863, "PPPoE D"},
                                           {0x8864, "PPPoE S"},
                                           {0x888e, "EAPOL"},
                                           {kEtherTypeServiceVlan, "802.1Q-QinQ"},
                                           {0x88cc, "LLDP"},
                                           {0x9000, "Loopback"}}};
    return fmt::format("ethertype {} (0x{:04x})", name_or(kNames, ethertype, "Unknown"), ethertype);
}

std::string describe_arp_body(const ArpPacket& arp) {
    const std::string sender = arp.sender_ip.to_string();
    const std::string target = arp.target_ip.to_string();
    const std::string sender_mac = arp.sender_mac.to_string();
    const std::string target_mac = arp.target_mac.to_string();
    switch (arp.operation) {
        case kArpRequest:
            if (arp.target_mac.is_zero()) return fmt::format("Request who-has {} tell {}", target, sender);
            return fmt::format("Request who-has {} ({}) tell {}", target, target_mac, sender);
        case kArpReply: return fmt::format("Reply {} is-at {}", sender, sender_mac);
        case kArpReverseRequest:
            return fmt::format("Reverse Request who-is {} tell {}", target_mac, sender_mac);
        case kArpReverseReply: return fmt::format("Reverse Reply {} at {}", target_mac, target);
        case kArpInverseRequest:
            return fmt::format("Inverse Request who-is {} tell {}", target_mac, sender_mac);
        case kArpInverseReply: return fmt::format("Inverse Reply {} at {}", sender_mac, sender);
        default: return fmt::format("Unknown ({})", arp.operation);
    }
}

std::string describe_arp(FirstWord choice, Bytes bytes) {
    const std::string start = first_word(choice, "ARP, ");
    if (bytes.size() < kArpSize) return " [|arp]";
    if (const auto arp = parse_arp(bytes)) {
        return fmt::format("{}{}, length {}", start, describe_arp_body(*arp), bytes.size());
    }
    const auto format = parse_arp_format(bytes);
    const std::string hardware = format->hardware_type == kArpHardwareEthernet
                                     ? "Ethernet"
                                     : fmt::format("Unknown Hardware ({})", format->hardware_type);
    const std::string protocol = format->protocol_type == kEtherTypeIpv4
                                     ? "IPv4"
                                     : fmt::format("Unknown Protocol (0x{:04x})", format->protocol_type);
    return fmt::format("{}{} (len {}), {} (len {}), length {}", start, hardware, format->hardware_size,
                       protocol, format->protocol_size, bytes.size());
}

std::string describe_vlan_tag(const VlanTag& tag) {
    return fmt::format("vlan {}, p {}{}, ", tag.identifier, tag.priority, tag.drop_eligible ? ", DEI" : "");
}

bool is_vlan(std::uint16_t ethertype) {
    return ethertype == kEtherTypeVlan || ethertype == kEtherTypeServiceVlan;
}

/// Nothing for other types.
std::optional<std::string> describe_ethernet_payload(FirstWord choice, std::uint16_t ethertype,
                                                     Bytes payload) {
    switch (ethertype) {
        case kEtherTypeIpv4: return describe_ipv4(choice, payload);
        case kEtherTypeIpv6: return describe_ipv6(choice, payload);
        case kEtherTypeArp: return describe_arp(choice, payload);
        default: return std::nullopt;
    }
}

/// "02:..:02 > ff:..:ff, ethertype ARP (0x0806), length 42"
std::string describe_link(const EthernetFrame& frame) {
    const std::string ends = fmt::format("{} > {}", frame.source.to_string(), frame.destination.to_string());
    if (frame.ethertype < kMinEtherType) return fmt::format("{}, 802.3, length {}", ends, frame.ethertype);
    return fmt::format("{}, {}, length {}", ends, describe_ethertype(frame.ethertype),
                       kEthernetHeaderSize + frame.payload.size());
}

std::string describe_frame(FirstWord choice, Bytes bytes) {
    constexpr int kMaxTags = 4;  // a line has to end
    const auto frame = parse_ethernet(bytes);
    if (!frame) return " [|ether]";
    std::uint16_t ethertype = frame->ethertype;
    Bytes payload = frame->payload;
    std::string out;
    if (choice == FirstWord::LeftOut) out = describe_link(*frame) + ": ";
    for (int count = 0; is_vlan(ethertype) && count < kMaxTags; ++count) {
        const auto tag = parse_vlan_tag(payload);
        if (!tag) return out + " [|vlan]";
        out += describe_vlan_tag(*tag);
        ethertype = tag->ethertype;
        payload = tag->payload;
        if (choice == FirstWord::LeftOut) out += describe_ethertype(ethertype) + ", ";
    }
    if (const auto text = describe_ethernet_payload(choice, ethertype, payload)) return out + *text;
    if (choice == FirstWord::LeftOut) return out.substr(0, out.size() - 2);
    if (out.empty()) return describe_link(*frame);
    return fmt::format("{}{}, length {}", out, describe_ethertype(ethertype), payload.size());
}

}  // namespace

std::string describe_packet(Mode mode, Bytes packet) {
    switch (mode) {
        case Mode::Tun: return describe_ip(packet);
        case Mode::Tap: return describe_frame(FirstWord::Shown, packet);
    }
    return {};
}

std::string describe_with_link_header(Bytes frame) {
    return describe_frame(FirstWord::LeftOut, frame);
}

std::string format_hex(Bytes bytes) {
    constexpr std::size_t kLineSize = 16;
    std::string out;
    for (std::size_t offset = 0; offset < bytes.size(); offset += kLineSize) {
        const Bytes line = bytes.subspan(offset, std::min(kLineSize, bytes.size() - offset));
        out += fmt::format("\t0x{:04x}: ", offset);
        for (std::size_t i = 0; i < line.size(); ++i) {
            out += fmt::format("{}{:02x}", i % 2 == 0 ? " " : "", line[i]);
        }
        out += '\n';
    }
    return out;
}

}  // namespace tunlab
