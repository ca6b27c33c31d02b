#include "tunlab/lab/verdict.hpp"

#include <array>
#include <cassert>

namespace tunlab {

namespace {

constexpr auto kReasons = std::to_array<ReasonFacts>({
    {Reason::Echo, Verdict::Reply, "echo", "an echo request, answered", "RFC 792"},
    {Reason::Arp, Verdict::Reply, "arp", "an ARP request for a simulated host, answered", "RFC 826"},
    {Reason::Fragment, Verdict::Ignore, "fragment", "a fragment of a larger datagram", "RFC 791"},
    {Reason::IpOptions, Verdict::Ignore, "ip-options", "the IPv4 header carries options", "RFC 791"},
    {Reason::IcmpType, Verdict::Ignore, "icmp-type", "ICMP, but no echo request", "RFC 792"},
    {Reason::Protocol, Verdict::Ignore, "protocol", "IPv4, but not ICMP", "RFC 791"},
    {Reason::Multicast, Verdict::Ignore, "multicast", "sent to a multicast address", "RFC 1122"},
    {Reason::Broadcast, Verdict::Ignore, "broadcast", "sent to a broadcast address", "RFC 1122"},
    {Reason::Ipv6, Verdict::Ignore, "ipv6", "an IPv6 packet; the simulated hosts speak IPv4", "RFC 8200"},
    {Reason::OwnAddress, Verdict::Ignore, "own-address", "the host itself holds the address asked for",
     "RFC 5227"},
    {Reason::ArpOperation, Verdict::Ignore, "arp-op", "ARP, but no request", "RFC 826"},
    {Reason::ArpAnnouncement, Verdict::Ignore, "arp-announcement",
     "somebody tells the network its own address", "RFC 5227"},
    {Reason::ArpProbe, Verdict::Ignore, "arp-probe", "somebody asks whether an address is free; it is",
     "RFC 5227"},
    {Reason::OtherMac, Verdict::Ignore, "other-mac", "a frame to a MAC address that is no simulated host's",
     "RFC 826"},
    {Reason::EtherType, Verdict::Ignore, "ethertype",
     "neither IPv4, IPv6 nor ARP: a VLAN tag, LLC or another type", "RFC 894"},
    {Reason::IpVersion, Verdict::Bad, "ip-version", "the version field is not the one that belongs there",
     "RFC 791"},
    {Reason::IpHeader, Verdict::Bad, "ip-header",
     "the IPv4 header length is below 20 bytes or beyond the packet", "RFC 791"},
    {Reason::IpLength, Verdict::Bad, "ip-length", "shorter than its IPv4 header says", "RFC 791"},
    {Reason::IpChecksum, Verdict::Bad, "ip-checksum", "the IPv4 header checksum is wrong", "RFC 1071"},
    {Reason::IcmpChecksum, Verdict::Bad, "icmp-checksum", "the ICMP checksum is wrong", "RFC 1071"},
    {Reason::IcmpLength, Verdict::Bad, "icmp-length", "shorter than an ICMP header", "RFC 792"},
    {Reason::BadSource, Verdict::Bad, "bad-source", "no reply may go to its source address", "RFC 1122"},
    {Reason::BadDestination, Verdict::Bad, "bad-destination", "no host can have its destination address",
     "RFC 1122"},
    {Reason::ArpMalformed, Verdict::Bad, "arp-malformed", "not a whole ARP packet for IPv4 over Ethernet",
     "RFC 826"},
    {Reason::ArpSender, Verdict::Bad, "arp-sender", "the ARP sender is not the sender of the frame",
     "RFC 826"},
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

std::string_view word_of(Verdict verdict) {
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
