#include "tunlab/report/packet_line.hpp"

#include "tunlab/base/address.hpp"
#include "tunlab/wire/arp.hpp"
#include "tunlab/wire/ethernet.hpp"
#include "tunlab/wire/icmpv4.hpp"
#include "tunlab/wire/ipv4.hpp"
#include "tunlab/wire/ipv6.hpp"
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
//  - a VLAN tag is told, because its verdict can't be understood without it;
//  - one line is all (tcpdump adds a hex dump to what it doesn't know);
//  - protocols and options that no host sends by itself are named by number;
//  - MLD gets the comma that tcpdump forgets, and what is malformed is told in fewer forms.

namespace tunlab {

namespace {

/// What a protocol gets of a packet.
struct Piece {
    Bytes bytes;            ///< what arrived of it
    std::size_t size = 0;   ///< what the header before it promises; more than arrived if it is cut off
    bool fragment = false;  ///< the rest of the datagram comes in other packets
};

/// Where a packet goes, in text; empty once the line has said it.
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

/// "10.0.1.1.40000 > 10.0.1.2.80: ", or "40000 > 80: " once the line has said the rest.
std::string ports(const Ends& ends, std::uint16_t source, std::uint16_t destination) {
    if (ends.source.empty()) return fmt::format("{} > {}: ", source, destination);
    return fmt::format("{}.{} > {}.{}: ", ends.source, source, ends.destination, destination);
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
    constexpr std::size_t kPortsSize = 4;
    if (piece.bytes.size() < kPortsSize) return hosts(ends) + " [|udp]";
    const std::string start = ports(ends, load_be16(piece.bytes, 0), load_be16(piece.bytes, 2));
    if (piece.size < kUdpHeaderSize) return fmt::format("{}truncated-udp {}", start, piece.size);
    if (piece.bytes.size() < kUdpHeaderSize) return start + " [|udp]";
    const auto udp = parse_udp(piece.bytes);
    if (!udp) return fmt::format("{}truncated-udplength {}", start, load_be16(piece.bytes, 4));
    const std::size_t data_size = udp->length - kUdpHeaderSize;
    const std::size_t room = piece.size - kUdpHeaderSize;
    if (data_size > room && !piece.fragment) {
        return fmt::format("{}UDP, bad length {} > {}", start, data_size, room);
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

/// An option with the numbers that IANA's "TCP Option Kind Numbers" lists; "unknown-KIND" for one
/// that is not known or doesn't have the size that its kind has.
std::string describe_tcp_option(std::uint8_t kind, Bytes data) {
    if (kind == 2 && data.size() == 2) return fmt::format("mss {}", load_be16(data, 0));
    if (kind == 3 && data.size() == 1) return fmt::format("wscale {}", data[0]);
    if (kind == 4 && data.empty()) return "sackOK";
    if (kind == 5 && data.size() % 8 == 0) return describe_sack(data);
    if (kind == 8 && data.size() == 8) {
        return fmt::format("TS val {} ecr {}", load_be32(data, 0), load_be32(data, 4));
    }
    if (kind == 34 && data.empty()) return "tfo  cookiereq";
    if (kind == 34 && data.size() >= 4 && data.size() <= 16) return "tfo  cookie " + hex(data);
    return fmt::format("unknown-{}{}{}", kind, data.empty() ? "" : " 0x", hex(data));
}

/// "mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7". RFC 9293 §3.1: kinds 0 and 1 are one octet, the
/// others have their whole length in the second.
std::string describe_tcp_options(Bytes options) {
    std::string out;
    while (!options.empty()) {
        if (!out.empty()) out += ',';
        const std::uint8_t kind = options[0];
        if (kind == 0) return out + "eol";
        if (kind == 1) {
            out += "nop";
            options = options.subspan(1);
            continue;
        }
        const std::size_t size = options.size() < 2 ? 0 : options[1];
        if (size < 2 || size > options.size()) return out + "[bad opt]";
        out += describe_tcp_option(kind, options.subspan(2, size - 2));
        options = options.subspan(size);
    }
    return out;
}

std::string describe_tcp(const Ends& ends, const Piece& piece) {
    constexpr std::size_t kPortsSize = 4;
    constexpr std::size_t kOffsetAt = 12;
    constexpr std::size_t kFlagsAt = 13;
    if (piece.bytes.size() < kPortsSize) return hosts(ends) + "[|tcp]";
    std::string out = ports(ends, load_be16(piece.bytes, 0), load_be16(piece.bytes, 2));
    if (piece.bytes.size() < kTcpMinHeaderSize) return out + " [|tcp]";
    const std::size_t header_size = static_cast<std::size_t>(piece.bytes[kOffsetAt] >> 4) * 4;
    if (header_size < kTcpMinHeaderSize) {
        return out + fmt::format(" tcp {} [bad hdr length {} - too short, < {}]", piece.size - header_size,
                                 header_size, kTcpMinHeaderSize);
    }
    const auto tcp = parse_tcp(piece.bytes);
    if (!tcp && header_size > piece.size) {
        return out + fmt::format("Flags [{}] [bad hdr length {} - too long, > {}]",
                                 describe_tcp_flags(piece.bytes[kFlagsAt]), header_size, piece.size);
    }
    if (!tcp) return out + " [|tcp]";
    const std::size_t data_size = piece.size - header_size;
    out += fmt::format("Flags [{}]", describe_tcp_flags(tcp->flags));
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

/// A fixed header without what its lengths claim: the field that a parser would refuse is made
/// right in a copy. Precondition: bytes.size() >= 20.
Ipv4Packet believe_ipv4_header(Bytes bytes) {
    std::array<std::uint8_t, kIpv4MinHeaderSize> header{};
    std::copy_n(bytes.begin(), header.size(), header.begin());
    header[0] = 0x45;
    store_be16(header, 2, kIpv4MinHeaderSize);
    Ipv4Packet packet = *parse_ipv4_unverified(header);
    packet.options = {};
    packet.payload = {};
    return packet;
}

/// As believe_ipv4_header(). Precondition: bytes.size() >= 40.
Ipv6Packet believe_ipv6_header(Bytes bytes) {
    std::array<std::uint8_t, kIpv6HeaderSize> header{};
    std::copy_n(bytes.begin(), header.size(), header.begin());
    header[0] = 0x60;
    store_be16(header, 4, 0);
    Ipv6Packet packet = *parse_ipv6(header);
    packet.payload = {};
    return packet;
}

/// The words before and after the address that an error is about.
struct Around {
    unsigned code;
    std::string_view before;
    std::string_view after;
};

/// RFC 792, RFC 1122 §3.2.2.1 and RFC 1812 §5.2.7.1.
constexpr std::array<Around, 13> kUnreachables{{
    {0, "net ", " unreachable"},
    {1, "host ", " unreachable"},
    {5, "", " unreachable - source route failed"},
    {6, "net ", " unreachable - unknown"},
    {7, "host ", " unreachable - unknown"},
    {8, "", " unreachable - source host isolated"},
    {9, "net ", " unreachable - admin prohibited"},
    {10, "host ", " unreachable - admin prohibited"},
    {11, "net ", " unreachable - tos prohibited"},
    {12, "host ", " unreachable - tos prohibited"},
    {13, "host ", " unreachable - admin prohibited filter"},
    {14, "host ", " unreachable - host precedence violation"},
    {15, "host ", " unreachable - precedence cutoff"},
}};

/// "10.9.9.9 udp port 33434 unreachable"
std::optional<std::string> describe_port_unreachable(const Ipv4Packet& quoted, Bytes quote) {
    const std::size_t header_size = static_cast<std::size_t>(quote[0] & 0x0f) * 4;
    if (quote.size() < header_size + 4) return std::nullopt;
    const std::uint16_t port = load_be16(quote, header_size + 2);
    const std::string host = quoted.destination.to_string();
    if (quoted.protocol == kProtocolTcp) return fmt::format("{} tcp port {} unreachable", host, port);
    if (quoted.protocol == kProtocolUdp) return fmt::format("{} udp port {} unreachable", host, port);
    return fmt::format("{} protocol {} port {} unreachable", host, quoted.protocol, port);
}

std::optional<std::string> describe_unreachable(const IcmpMessage& icmp, const Ipv4Packet& quoted) {
    const std::string host = quoted.destination.to_string();
    if (icmp.code == 2) return fmt::format("{} protocol {} unreachable", host, quoted.protocol);
    if (icmp.code == 3) return describe_port_unreachable(quoted, icmp.data);
    if (icmp.code == 4) {
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

/// What an ICMP error says of the packet that it quotes.
std::optional<std::string> describe_icmpv4_error(const IcmpMessage& icmp) {
    constexpr std::uint8_t kUnreachable = 3;
    constexpr std::uint8_t kRedirect = 5;
    constexpr std::array<Name, 2> kTimeExceeded{
        {{0, "time exceeded in-transit"}, {1, "ip reassembly time exceeded"}}};
    if (icmp.data.size() < kIpv4MinHeaderSize) return std::nullopt;
    const Ipv4Packet quoted = believe_ipv4_header(icmp.data);
    if (icmp.type == kUnreachable) return describe_unreachable(icmp, quoted);
    if (icmp.type == kRedirect) return describe_redirect(icmp, quoted);
    return name_or(kTimeExceeded, icmp.code, fmt::format("time exceeded-#{}", icmp.code));
}

/// Milliseconds since midnight UT (RFC 792).
std::string describe_icmp_time(std::uint32_t time) {
    return fmt::format("{:02}:{:02}:{:02}.{:03}", time / 3'600'000, time / 60'000 % 60, time / 1000 % 60,
                       time % 1000);
}

std::optional<std::string> describe_icmpv4_message(const IcmpMessage& icmp) {
    constexpr std::array<Name, 5> kPlain{{{4, "source quench"},
                                          {9, "router advertisement"},
                                          {10, "router solicitation"},
                                          {15, "information request"},
                                          {16, "information reply"}}};
    switch (icmp.type) {
        case kIcmpv4EchoReply:
            return fmt::format("echo reply, id {}, seq {}", icmp.identifier(), icmp.sequence());
        case kIcmpv4EchoRequest:
            return fmt::format("echo request, id {}, seq {}", icmp.identifier(), icmp.sequence());
        case 3:
        case 5:
        case 11: return describe_icmpv4_error(icmp);
        case 12:
            if (icmp.code != 0) return fmt::format("parameter problem - code {}", icmp.code);
            return fmt::format("parameter problem - octet {}", icmp.rest_of_header >> 24);
        case 13: return fmt::format("time stamp query id {} seq {}", icmp.identifier(), icmp.sequence());
        case 14:
            if (icmp.data.size() < 12) return std::nullopt;
            return fmt::format("time stamp reply id {} seq {}: org {}, recv {}, xmit {}", icmp.identifier(),
                               icmp.sequence(), describe_icmp_time(load_be32(icmp.data, 0)),
                               describe_icmp_time(load_be32(icmp.data, 4)),
                               describe_icmp_time(load_be32(icmp.data, 8)));
        case 17: return "address mask request";
        case 18:
            if (icmp.data.size() < 4) return std::nullopt;
            return fmt::format("address mask is 0x{:08x}", load_be32(icmp.data, 0));
        default: return name_or(kPlain, icmp.type, fmt::format("type-#{}", icmp.type));
    }
}

std::string describe_icmpv4(const Piece& piece) {
    const auto icmp = parse_icmpv4_unverified(piece.bytes);
    const auto text = icmp ? describe_icmpv4_message(*icmp) : std::nullopt;
    return text ? fmt::format("ICMP {}, length {}", *text, piece.size) : " [|icmp]";
}

// ---- IGMP (RFC 2236, RFC 3376)

std::string describe_igmp_query(const Piece& piece) {
    constexpr std::size_t kVersion3Size = 12;
    constexpr std::size_t kGroupAt = 4;
    if (piece.bytes.size() < kGroupAt + Ipv4Address::kSize) return "igmp query [|igmp]";
    if (piece.size >= kVersion3Size) return "igmp query v3";
    const unsigned tenths = piece.bytes[1];
    if (tenths == 0) return "igmp query v1";
    constexpr unsigned kUsualTenths = 100;
    std::string out = "igmp query v2";
    if (tenths != kUsualTenths) out += fmt::format(" [max resp time {}]", tenths);
    const auto group = Ipv4Address::from_bytes(piece.bytes.subspan(kGroupAt));
    if (!group.is_unspecified()) out += fmt::format(" [gaddr {}]", group.to_string());
    return out;
}

std::string describe_igmp(const Piece& piece) {
    constexpr std::size_t kGroupAt = 4;
    constexpr std::size_t kRecordCountAt = 6;
    constexpr std::size_t kSmallestReport = 16;
    constexpr std::array<Name, 3> kGroupMessages{{{0x12, "v1 report"}, {0x16, "v2 report"}, {0x17, "leave"}}};
    if (piece.bytes.empty()) return " [|igmp]";
    const std::uint8_t type = piece.bytes[0];
    if (type == 0x11) return describe_igmp_query(piece);
    if (type == 0x22) {
        if (piece.size < kSmallestReport) return fmt::format("igmp v3 report [invalid len {}]", piece.size);
        if (piece.bytes.size() < kSmallestReport) return "igmp v3 report [|igmp]";
        return fmt::format("igmp v3 report, {} group record(s)", load_be16(piece.bytes, kRecordCountAt));
    }
    const std::string name = name_or(kGroupMessages, type, {});
    if (name.empty()) return fmt::format("igmp-{}", type);
    if (piece.bytes.size() < kGroupAt + Ipv4Address::kSize) return " [|igmp]";
    return fmt::format("igmp {} {}", name,
                       Ipv4Address::from_bytes(piece.bytes.subspan(kGroupAt)).to_string());
}

// ---- ICMPv6

constexpr std::size_t kIcmpv6HeaderSize = 8;

/// The quoted packet's port is told where its transport header follows the IPv6 header at once.
std::string describe_port_unreachable(const Ipv6Packet& quoted, Bytes quote) {
    const std::string host = quoted.destination.to_string();
    const bool has_port = quoted.next_header == kProtocolTcp || quoted.next_header == kProtocolUdp;
    if (!has_port || quote.size() < kIpv6HeaderSize + 4) return "unreachable port, " + host;
    const std::string_view name = quoted.next_header == kProtocolTcp ? "tcp" : "udp";
    return fmt::format("unreachable port, {} {} port {}", host, name, load_be16(quote, kIpv6HeaderSize + 2));
}

/// RFC 4443 §3.1.
std::string describe_icmpv6_unreachable(std::uint8_t code, Bytes quote) {
    const Ipv6Packet quoted = believe_ipv6_header(quote);
    const std::string host = quoted.destination.to_string();
    switch (code) {
        case 0: return "unreachable route " + host;
        case 1: return " unreachable prohibited " + host;
        case 2: return fmt::format("beyond scope {}, source address {}", host, quoted.source.to_string());
        case 3: return "unreachable address " + host;
        case 4: return describe_port_unreachable(quoted, quote);
        default: return fmt::format("unknown unreach code ({})", code);
    }
}

/// RFC 4443 §3.3.
std::string describe_icmpv6_time_exceeded(std::uint8_t code, Bytes quote) {
    if (code == 0) return " for " + believe_ipv6_header(quote).destination.to_string();
    if (code == 1) return " (reassembly)";
    return fmt::format(", unknown code ({})", code);
}

/// RFC 4443 §3.4.
std::string describe_icmpv6_parameter_problem(std::uint8_t code, std::uint32_t pointer) {
    constexpr std::array<Name, 4> kProblems{
        {{0, "erroneous"}, {1, "next header"}, {2, "option"}, {3, "incomplete header chain"}}};
    const std::string problem = name_or(kProblems, code, {});
    return problem.empty() ? fmt::format("code-#{}", code) : fmt::format("{} - octet {}", problem, pointer);
}

/// The address that a message of neighbour discovery (RFC 4861) or of version 1 of multicast
/// listener discovery (RFC 2710) has behind its first eight bytes.
std::optional<std::string> address_at(Bytes message, std::size_t offset) {
    if (message.size() < offset + Ipv6Address::kSize) return std::nullopt;
    return Ipv6Address::from_bytes(message.subspan(offset)).to_string();
}

std::optional<std::string> describe_mld_query(const Piece& piece) {
    constexpr std::size_t kVersion2Size = 28;  // RFC 3810 §8.1: told apart by size
    constexpr std::size_t kSourceCountAt = 26;
    const auto group = address_at(piece.bytes, kIcmpv6HeaderSize);
    if (!group) return std::nullopt;
    if (piece.size < kVersion2Size) {
        return fmt::format(", max resp delay: {} addr: {}", load_be16(piece.bytes, 4), *group);
    }
    if (piece.bytes.size() < kVersion2Size) return std::nullopt;
    const unsigned sources = load_be16(piece.bytes, kSourceCountAt);
    return fmt::format(" v2 [gaddr {}{}]", *group,
                       sources == 0 ? "" : fmt::format(", {} source(s)", sources));
}

/// What follows the name of a message; nothing where it is cut off.
/// Precondition: piece.bytes.size() >= 8.
std::optional<std::string> describe_icmpv6_body(const Piece& piece) {
    const Bytes message = piece.bytes;
    const std::uint8_t code = message[1];
    const std::uint32_t word = load_be32(message, 4);
    const Bytes quote = message.subspan(kIcmpv6HeaderSize);
    const auto target = address_at(message, kIcmpv6HeaderSize);
    const auto with_target = [&target](std::string_view words) -> std::optional<std::string> {
        return target ? std::optional(fmt::format(", {} {}", words, *target)) : std::nullopt;
    };
    switch (message[0]) {
        case 1:
            if (quote.size() < kIpv6HeaderSize) return std::nullopt;
            return ", " + describe_icmpv6_unreachable(code, quote);
        case 2: return fmt::format(", mtu {}", word);
        case 3:
            if (quote.size() < kIpv6HeaderSize) return std::nullopt;
            return describe_icmpv6_time_exceeded(code, quote);
        case 4: return ", " + describe_icmpv6_parameter_problem(code, word);
        case 128:
        case 129: return fmt::format(", id {}, seq {}", word >> 16, word & 0xffff);
        case 130: return describe_mld_query(piece);
        case 131:
        case 132: return with_target(fmt::format("max resp delay: {} addr:", word >> 16));
        case 135: return with_target("who has");
        case 136: return with_target("tgt is");
        case 137: {
            const auto destination = address_at(message, kIcmpv6HeaderSize + Ipv6Address::kSize);
            if (!target || !destination) return std::nullopt;
            return fmt::format(", {} to {}", *destination, *target);
        }
        case 143: return fmt::format(", {} group record(s)", word & 0xffff);
        default: return std::string();
    }
}

std::string describe_icmpv6(const Piece& piece) {
    constexpr std::array<Name, 15> kNames{{{1, "destination unreachable"},
                                           {2, "packet too big"},
                                           {3, "time exceeded in-transit"},
                                           {4, "parameter problem"},
                                           {128, "echo request"},
                                           {129, "echo reply"},
                                           {130, "multicast listener query"},
                                           {131, "multicast listener report"},
                                           {132, "multicast listener done"},
                                           {133, "router solicitation"},
                                           {134, "router advertisement"},
                                           {135, "neighbor solicitation"},
                                           {136, "neighbor advertisement"},
                                           {137, "redirect"},
                                           {143, "multicast listener report v2"}}};
    if (piece.size == 0) return "ICMP6, length 0 (invalid)";
    if (piece.bytes.empty()) return " [|icmp6]";
    const unsigned type = piece.bytes[0];
    const std::string name = name_or(kNames, type, fmt::format("unknown icmp6 type ({})", type));
    const bool whole = piece.bytes.size() >= kIcmpv6HeaderSize;
    const auto body = whole ? describe_icmpv6_body(piece) : std::nullopt;
    if (!body) return fmt::format("ICMP6, {} [|icmp6]", name);
    return fmt::format("ICMP6, {}{}, length {}", name, *body, piece.size);
}

// ---- IP

/// Whether a packet's first word tells its protocol; with the link header before it, it doesn't.
enum class FirstWord { Told, LeftOut };

std::string first_word(FirstWord choice, std::string_view word) {
    return choice == FirstWord::Told ? std::string(word) : std::string();
}

/// "ip-proto-2", as tcpdump says with -n.
std::string describe_other_protocol(const Ends& ends, std::uint8_t protocol, const Piece& piece) {
    return fmt::format("{} ip-proto-{} {}", hosts(ends), protocol, piece.size);
}

std::string describe_ipv4_payload(const Ipv4Packet& header, const Piece& piece) {
    constexpr std::uint8_t kProtocolIgmp = 2;
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
    const unsigned version = bytes[0] >> 4;
    if (version == 6) return "IP6, wrong link-layer encapsulation (invalid)";
    if (version != 4) return fmt::format("IP{} (invalid)", version);
    std::string out = first_word(choice, "IP ");
    if (bytes.size() < kIpv4MinHeaderSize) return out + " [|ip]";
    const std::size_t header_size = static_cast<std::size_t>(bytes[0] & 0x0f) * 4;
    if (header_size < kIpv4MinHeaderSize) return out + fmt::format("bad-hlen {}", header_size);
    const std::size_t total_size = load_be16(bytes, 2);
    if (total_size > bytes.size()) {
        out += fmt::format("truncated-ip - {} bytes missing! ", total_size - bytes.size());
    }
    if (total_size < header_size) return out + fmt::format("bad-len {}", total_size);
    const Ipv4Packet header = believe_ipv4_header(bytes);
    const Bytes datagram = bytes.first(std::min(total_size, bytes.size()));
    const Piece piece{.bytes = datagram.subspan(std::min(header_size, datagram.size())),
                      .size = total_size - header_size,
                      .fragment = header.more_fragments};
    return out + describe_ipv4_payload(header, piece);
}

// IPv6 extension headers, by the number that announces them (RFC 8200 §4).
constexpr std::uint8_t kHopByHop = 0;
constexpr std::uint8_t kRouting = 43;
constexpr std::uint8_t kFragment = 44;
constexpr std::uint8_t kNoNextHeader = 59;
constexpr std::uint8_t kDestinationOptions = 60;

/// What tcpdump calls one that is cut off; nothing for what is no extension header.
std::string name_of_extension(std::uint8_t kind) {
    constexpr std::array<Name, 4> kNames{
        {{kHopByHop, "hbhopt"}, {kRouting, "rt6"}, {kFragment, "frag6"}, {kDestinationOptions, "dstopt"}}};
    return name_or(kNames, kind, {});
}

/// The extension header at the front of `bytes`; empty where not all of it is there. A fragment
/// header has eight bytes, the others state their size in units of eight after the first.
Bytes extension_header(std::uint8_t kind, Bytes bytes) {
    constexpr std::size_t kUnit = 8;
    if (bytes.size() < kUnit) return {};
    const std::size_t size = kind == kFragment ? kUnit : (bytes[1] + std::size_t{1}) * kUnit;
    return size <= bytes.size() ? bytes.first(size) : Bytes();
}

/// In bytes. RFC 8200 §4.5: the low three bits of its field are others.
std::uint16_t fragment_offset(Bytes header) {
    return load_be16(header, 2) & 0xfff8U;
}

std::string describe_extension(std::uint8_t kind, Bytes header, std::size_t size_behind) {
    if (kind == kHopByHop) return "HBH ";
    if (kind == kDestinationOptions) return "DSTOPT ";
    if (kind == kFragment) return fmt::format("frag ({}|{}) ", fragment_offset(header), size_behind);
    return fmt::format("RT6 (len={}, type={}, segleft={}) ", header[1], header[2], header[3]);
}

std::string describe_ipv6_upper(const Ends& ends, std::uint8_t protocol, const Piece& piece) {
    switch (protocol) {
        case kProtocolTcp: return describe_tcp(ends, piece);
        case kProtocolUdp: return describe_udp(ends, piece);
        case kProtocolIcmpv6: return hosts(ends) + describe_icmpv6(piece);
        case kNoNextHeader: return hosts(ends) + "no next header";
        default: return describe_other_protocol(ends, protocol, piece);
    }
}

std::string describe_ipv6_payload(Ends ends, std::uint8_t next, Piece piece) {
    constexpr int kMostExtensions = 8;  // no host sends more, and a line has to end
    std::string out;
    for (int count = 0; !name_of_extension(next).empty() && count < kMostExtensions; ++count) {
        out += hosts(ends);
        ends = {};
        const Bytes header = extension_header(next, piece.bytes);
        if (header.empty()) return fmt::format("{} [|{}]", out, name_of_extension(next));
        piece.bytes = piece.bytes.subspan(header.size());
        piece.size -= header.size();
        piece.fragment = piece.fragment || next == kFragment;
        out += describe_extension(next, header, piece.size);
        if (next == kFragment && fragment_offset(header) != 0) return out.substr(0, out.size() - 1);
        next = header[0];
    }
    return out + describe_ipv6_upper(ends, next, piece);
}

std::string describe_ipv6(FirstWord choice, Bytes bytes) {
    if (bytes.size() < kIpv6HeaderSize) return " [|ip6]";
    const unsigned version = bytes[0] >> 4;
    std::string out = first_word(choice, "IP6 ");
    if (version != 6) return out + fmt::format("version error: {} != 6", version);
    const std::size_t size = load_be16(bytes, 4);
    const Bytes rest = bytes.subspan(kIpv6HeaderSize);
    if (size > rest.size()) out += fmt::format("truncated-ip6 - {} bytes missing!", size - rest.size());
    const Ipv6Packet header = believe_ipv6_header(bytes);
    const Piece piece{.bytes = rest.first(std::min(size, rest.size())), .size = size};
    return out + describe_ipv6_payload(
                     {.source = header.source.to_string(), .destination = header.destination.to_string()},
                     header.next_header, piece);
}

std::string describe_ip(Bytes bytes) {
    if (bytes.empty()) return " [|ip]";
    const unsigned version = bytes[0] >> 4;
    if (version == 4) return describe_ipv4(FirstWord::Told, bytes);
    if (version == 6) return describe_ipv6(FirstWord::Told, bytes);
    return fmt::format("unknown ip {}", version);
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
                                           {0x88a8, "802.1Q-QinQ"},
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
        case 3: return fmt::format("Reverse Request who-is {} tell {}", target_mac, sender_mac);
        case 4: return fmt::format("Reverse Reply {} at {}", target_mac, target);
        case 8: return fmt::format("Inverse Request who-is {} tell {}", target_mac, sender_mac);
        case 9: return fmt::format("Inverse Reply {} at {}", sender_mac, sender);
        default: return fmt::format("Unknown ({})", arp.operation);
    }
}

std::string describe_arp(FirstWord choice, Bytes bytes) {
    const std::string start = first_word(choice, "ARP, ");
    if (bytes.size() < kArpSize) return " [|arp]";
    if (const auto arp = parse_arp(bytes)) {
        return fmt::format("{}{}, length {}", start, describe_arp_body(*arp), bytes.size());
    }
    const std::uint16_t hardware = load_be16(bytes, 0);
    const std::uint16_t protocol = load_be16(bytes, 2);
    const std::string hardware_name =
        hardware == 1 ? "Ethernet" : fmt::format("Unknown Hardware ({})", hardware);
    const std::string protocol_name =
        protocol == kEtherTypeIpv4 ? "IPv4" : fmt::format("Unknown Protocol (0x{:04x})", protocol);
    return fmt::format("{}{} (len {}), {} (len {}), length {}", start, hardware_name, bytes[4], protocol_name,
                       bytes[5], bytes.size());
}

/// IEEE 802.1Q: three bits of priority, one that marks what may be dropped, twelve of identifier.
std::string describe_vlan_tag(std::uint16_t control) {
    return fmt::format("vlan {}, p {}{}, ", control & 0xfff, control >> 13,
                       (control & 0x1000) != 0 ? ", DEI" : "");
}

bool is_vlan(std::uint16_t ethertype) {
    constexpr std::uint16_t kServiceVlan = 0x88a8;
    return ethertype == kEtherTypeVlan || ethertype == kServiceVlan;
}

/// Nothing for what is not looked into.
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
    if (frame.ethertype < kSmallestEtherType)
        return fmt::format("{}, 802.3, length {}", ends, frame.ethertype);
    return fmt::format("{}, {}, length {}", ends, describe_ethertype(frame.ethertype),
                       kEthernetHeaderSize + frame.payload.size());
}

std::string describe_frame(FirstWord choice, Bytes bytes) {
    constexpr std::size_t kTagSize = 4;
    constexpr int kMostTags = 4;  // a line has to end
    const auto frame = parse_ethernet(bytes);
    if (!frame) return " [|ether]";
    std::uint16_t ethertype = frame->ethertype;
    Bytes payload = frame->payload;
    std::string out;
    if (choice == FirstWord::LeftOut) out = describe_link(*frame) + ": ";
    for (int count = 0; is_vlan(ethertype) && count < kMostTags; ++count) {
        if (payload.size() < kTagSize) return out + " [|vlan]";
        out += describe_vlan_tag(load_be16(payload, 0));
        ethertype = load_be16(payload, 2);
        payload = payload.subspan(kTagSize);
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
        case Mode::Tap: return describe_frame(FirstWord::Told, packet);
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
