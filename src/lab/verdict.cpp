#include "tunlab/lab/verdict.hpp"

#include <array>
#include <cassert>

namespace tunlab {

namespace {

constexpr auto kReasons = std::to_array<ReasonFacts>({
    {Reason::Echo, Verdict::Reply, "echo", "an echo request, answered", "RFC 792, RFC 4443"},
    {Reason::Timestamp, Verdict::Reply, "timestamp", "an ICMP timestamp request, answered", "RFC 792"},
    {Reason::PortUnreachable, Verdict::Reply, "port-unreachable",
     "no port is open at the simulated host, or its profile has it say so", "RFC 1122, RFC 4443"},
    {Reason::Reset, Verdict::Reply, "reset", "TCP to a simulated host: no port is open there", "RFC 9293"},
    {Reason::TimeExceeded, Verdict::Reply, "time-exceeded",
     "its TTL or hop limit was used up at a hop of the path", "RFC 792, RFC 4443"},
    {Reason::FragmentationNeeded, Verdict::Reply, "frag-needed",
     "longer than a link of the path carries, and not to be cut", "RFC 1191"},
    {Reason::PacketTooBig, Verdict::Reply, "packet-too-big",
     "over IPv6: longer than a link of the path carries", "RFC 4443, RFC 8201"},
    {Reason::NetUnreachable, Verdict::Reply, "net-unreachable",
     "its profile has the host's network be unreachable", "RFC 792, RFC 4443"},
    {Reason::HostUnreachable, Verdict::Reply, "host-unreachable", "its profile has the host be unreachable",
     "RFC 792, RFC 4443"},
    {Reason::AdminProhibited, Verdict::Reply, "admin-prohibited", "its profile has a filter before the host",
     "RFC 1812, RFC 4443"},
    {Reason::Arp, Verdict::Reply, "arp", "an ARP request for a simulated host, answered", "RFC 826"},
    {Reason::Neighbour, Verdict::Reply, "neighbour",
     "a neighbour solicitation for a simulated host, answered", "RFC 4861"},
    {Reason::Loss, Verdict::Drop, "loss", "the answer is in the share that the host loses", ""},
    {Reason::Rate, Verdict::Drop, "rate", "more was asked of the host than its rate of answers allows", ""},
    {Reason::Silent, Verdict::Drop, "silent", "the host is there and says nothing", ""},
    {Reason::SilentHop, Verdict::Drop, "silent-hop",
     "a hop of the path that never says anything would have to", ""},
    {Reason::Blackhole, Verdict::Drop, "blackhole",
     "longer than a link of the path carries, and swallowed without a word", "RFC 2923"},
    {Reason::QueueFull, Verdict::Drop, "queue-full", "too many replies wait for their time already", ""},
    {Reason::ErrorRate, Verdict::Drop, "error-rate",
     "an ICMP error would be due, but too many were sent of late", "RFC 1812, RFC 4443"},
    {Reason::Fragment, Verdict::Ignore, "fragment", "a fragment, kept until the others are there",
     "RFC 791, RFC 8200"},
    {Reason::FragmentDuplicate, Verdict::Ignore, "fragment-duplicate", "a fragment that is there already",
     "RFC 791, RFC 8200"},
    {Reason::SourceRoute, Verdict::Ignore, "source-route",
     "it asks for a way of its own, which hosts do not grant", "RFC 791, RFC 5095"},
    {Reason::UnknownOption, Verdict::Ignore, "unknown-option", "an unknown option asks to discard the packet",
     "RFC 8200"},
    {Reason::NoNextHeader, Verdict::Ignore, "no-next-header", "IPv6 headers with nothing behind them",
     "RFC 8200"},
    {Reason::IcmpType, Verdict::Ignore, "icmp-type", "ICMP, but nothing that a host answers",
     "RFC 792, RFC 4443"},
    {Reason::TcpReset, Verdict::Ignore, "tcp-reset", "a TCP reset, which nobody answers", "RFC 9293"},
    {Reason::TcpSignature, Verdict::Ignore, "tcp-signature",
     "TCP that is signed: so would a reset have to be", "RFC 2385, RFC 5925"},
    {Reason::Protocol, Verdict::Ignore, "protocol", "neither ICMP, UDP nor TCP", "RFC 791, RFC 8200"},
    {Reason::Multicast, Verdict::Ignore, "multicast", "sent to a multicast address", "RFC 1122, RFC 4291"},
    {Reason::Broadcast, Verdict::Ignore, "broadcast", "sent to a broadcast address", "RFC 1122"},
    {Reason::LinkGroup, Verdict::Ignore, "link-group",
     "no error or reset answers what came in a frame to many", "RFC 1122, RFC 4443"},
    {Reason::Housekeeping, Verdict::Ignore, "housekeeping",
     "what hosts send on their own: router and group discovery, mDNS and the like",
     "RFC 4861, RFC 3810, RFC 6762"},
    {Reason::OwnAddress, Verdict::Ignore, "own-address", "the host itself holds the address asked for",
     "RFC 5227"},
    {Reason::NoHost, Verdict::Ignore, "no-host", "no simulated host has the address asked for", ""},
    {Reason::NoError, Verdict::Ignore, "no-error",
     "an ICMP error would be due, but none may be sent about an error or a later fragment",
     "RFC 1122, RFC 4443"},
    {Reason::ArpOperation, Verdict::Ignore, "arp-op", "ARP, but no request", "RFC 826"},
    {Reason::ArpAnnouncement, Verdict::Ignore, "arp-announcement",
     "somebody tells the network its own address", "RFC 5227"},
    {Reason::ArpProbe, Verdict::Ignore, "arp-probe", "somebody asks whether an address is free; it is",
     "RFC 5227"},
    {Reason::NeighbourProbe, Verdict::Ignore, "neighbour-probe",
     "somebody asks whether an IPv6 address is free; it is", "RFC 4862"},
    {Reason::OtherMac, Verdict::Ignore, "other-mac", "a frame to a MAC address that is no simulated host's",
     "RFC 826"},
    {Reason::EtherType, Verdict::Ignore, "ethertype",
     "neither IPv4, IPv6 nor ARP: a VLAN tag, LLC or another type", "RFC 894"},
    {Reason::IpVersion, Verdict::Bad, "ip-version", "the version field is not the one that belongs there",
     "RFC 791, RFC 8200"},
    {Reason::IpHeader, Verdict::Bad, "ip-header",
     "the IPv4 header length is below 20 bytes or beyond the packet", "RFC 791"},
    {Reason::IpLength, Verdict::Bad, "ip-length", "shorter than its IP header says", "RFC 791, RFC 8200"},
    {Reason::IpChecksum, Verdict::Bad, "ip-checksum", "the IPv4 header checksum is wrong", "RFC 1071"},
    {Reason::IpOptions, Verdict::Bad, "ip-options", "an IPv4 option is malformed", "RFC 791"},
    {Reason::ExtensionHeader, Verdict::Bad, "extension-header",
     "an IPv6 extension header is malformed or out of its place", "RFC 8200"},
    {Reason::FragmentOverlap, Verdict::Bad, "fragment-overlap",
     "fragments that overlap: the whole datagram is given up", "RFC 5722"},
    {Reason::FragmentLength, Verdict::Bad, "fragment-length",
     "a fragment that is empty, too long, or beyond the end of its datagram", "RFC 791, RFC 8200"},
    {Reason::FragmentEcn, Verdict::Bad, "fragment-ecn",
     "fragments whose congestion marks contradict each other", "RFC 3168"},
    {Reason::IcmpChecksum, Verdict::Bad, "icmp-checksum", "the ICMP checksum is wrong", "RFC 1071, RFC 4443"},
    {Reason::IcmpLength, Verdict::Bad, "icmp-length", "shorter than its ICMP message has to be",
     "RFC 792, RFC 4443"},
    {Reason::UdpChecksum, Verdict::Bad, "udp-checksum", "the UDP checksum is wrong, or missing over IPv6",
     "RFC 768, RFC 8200"},
    {Reason::UdpLength, Verdict::Bad, "udp-length", "shorter than a UDP header, or than it says", "RFC 768"},
    {Reason::TcpChecksum, Verdict::Bad, "tcp-checksum", "the TCP checksum is wrong", "RFC 9293"},
    {Reason::TcpHeader, Verdict::Bad, "tcp-header",
     "shorter than its TCP header, or than a TCP header can be", "RFC 9293"},
    {Reason::BadSource, Verdict::Bad, "bad-source", "no reply may go to its source address",
     "RFC 1122, RFC 4291"},
    {Reason::BadDestination, Verdict::Bad, "bad-destination", "no host can have its destination address",
     "RFC 1122, RFC 4291"},
    {Reason::ArpMalformed, Verdict::Bad, "arp-malformed", "not a whole ARP packet for IPv4 over Ethernet",
     "RFC 826"},
    {Reason::ArpSender, Verdict::Bad, "arp-sender", "the ARP sender is not the sender of the frame",
     "RFC 826"},
    {Reason::NeighbourMalformed, Verdict::Bad, "neighbour-malformed",
     "a neighbour solicitation that breaks the rules of its format", "RFC 4861"},
    {Reason::FrameLength, Verdict::Bad, "frame-length", "shorter than an Ethernet header", "RFC 894"},
});

constexpr bool in_order_of_the_enumeration() {
    for (std::size_t i = 0; i < kReasons.size(); ++i) {
        if (static_cast<std::size_t>(kReasons[i].reason) != i) return false;
    }
    return true;
}
static_assert(in_order_of_the_enumeration());
static_assert(kReasons.size() == kReasonCount);

}  // namespace

std::span<const ReasonFacts> reasons() {
    return kReasons;
}

const ReasonFacts& facts_of(Reason reason) {
    const auto index = static_cast<std::size_t>(reason);
    assert(index < kReasons.size());
    return kReasons[index];
}

std::string_view to_string(Verdict verdict) {
    switch (verdict) {
        case Verdict::Reply: return "reply";
        case Verdict::Drop: return "drop";
        case Verdict::Ignore: return "ignore";
        case Verdict::Bad: return "bad";
    }
    return "";
}

std::string_view counted_as(Verdict verdict) {
    switch (verdict) {
        case Verdict::Reply: return "answered";
        case Verdict::Drop: return "dropped";
        case Verdict::Ignore: return "ignored";
        case Verdict::Bad: return "bad";
    }
    return "";
}

}  // namespace tunlab
