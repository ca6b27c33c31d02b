#pragma once
// What became of a packet, and why, in one table that lines, counters and the manual are made from. Every
// packet gets exactly one reason; each reason has one verdict.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tunlab {

enum class Verdict : std::uint8_t {
    Reply,   ///< answered
    Drop,    ///< lost, as configured
    Ignore,  ///< well formed, but a host does not answer it
    Bad,     ///< malformed
};
constexpr std::size_t kVerdictCount = 4;

enum class Reason : std::uint8_t {
    Echo,
    Timestamp,
    PortUnreachable,
    Reset,
    TimeExceeded,
    FragmentationNeeded,
    PacketTooBig,
    NetUnreachable,
    HostUnreachable,
    AdminProhibited,
    Arp,
    Neighbour,
    Loss,
    Rate,
    Silent,
    SilentHop,
    Blackhole,
    QueueFull,
    ErrorRate,
    Fragment,
    FragmentDuplicate,
    SourceRoute,
    UnknownOption,
    NoNextHeader,
    IcmpType,
    TcpReset,
    TcpSignature,
    Protocol,
    Multicast,
    Broadcast,
    LinkGroup,
    Housekeeping,
    OwnAddress,
    NoHost,
    NoError,
    ArpOperation,
    ArpAnnouncement,
    ArpProbe,
    NeighbourProbe,
    OtherMac,
    EtherType,
    IpVersion,
    IpHeader,
    IpLength,
    IpChecksum,
    IpOptions,
    ExtensionHeader,
    FragmentOverlap,
    FragmentLength,
    FragmentEcn,
    IcmpChecksum,
    IcmpLength,
    UdpChecksum,
    UdpLength,
    TcpChecksum,
    TcpHeader,
    BadSource,
    BadDestination,
    ArpMalformed,
    ArpSender,
    NeighbourMalformed,
    FrameLength,  // stays the last one
};
constexpr std::size_t kReasonCount = static_cast<std::size_t>(Reason::FrameLength) + 1;

struct ReasonFacts {
    Reason reason;
    Verdict verdict;
    std::string_view word;       ///< as printed and counted: stable
    std::string_view meaning;    ///< one line for the manual
    std::string_view reference;  ///< the RFC to read, or empty
};

/// Every reason, in the order of the enumeration.
[[nodiscard]] std::span<const ReasonFacts> reasons();
[[nodiscard]] const ReasonFacts& facts_of(Reason reason);

/// "reply", "drop", "ignore", "bad"
[[nodiscard]] std::string_view to_string(Verdict verdict);
/// As in a summary: "answered", "dropped", "ignored", "bad"
[[nodiscard]] std::string_view counted_as(Verdict verdict);

}  // namespace tunlab
