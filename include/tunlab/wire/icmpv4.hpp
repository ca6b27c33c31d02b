#pragma once
// ICMP for IPv4 (RFC 792).

#include "tunlab/base/bytes.hpp"
#include "tunlab/wire/icmp.hpp"
#include "tunlab/wire/parsed.hpp"

#include <cstdint>

namespace tunlab {

// Types (IANA).
constexpr std::uint8_t kIcmpv4EchoReply = 0;
constexpr std::uint8_t kIcmpv4Unreachable = 3;
constexpr std::uint8_t kIcmpv4SourceQuench = 4;
constexpr std::uint8_t kIcmpv4Redirect = 5;
constexpr std::uint8_t kIcmpv4EchoRequest = 8;
constexpr std::uint8_t kIcmpv4RouterAdvertisement = 9;
constexpr std::uint8_t kIcmpv4RouterSolicitation = 10;
constexpr std::uint8_t kIcmpv4TimeExceeded = 11;
constexpr std::uint8_t kIcmpv4ParameterProblem = 12;
constexpr std::uint8_t kIcmpv4Timestamp = 13;
constexpr std::uint8_t kIcmpv4TimestampReply = 14;
constexpr std::uint8_t kIcmpv4InformationRequest = 15;
constexpr std::uint8_t kIcmpv4InformationReply = 16;
constexpr std::uint8_t kIcmpv4AddressMaskRequest = 17;
constexpr std::uint8_t kIcmpv4AddressMaskReply = 18;

// Codes of kIcmpv4Unreachable: RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1.
constexpr std::uint8_t kIcmpv4NetUnreachable = 0;
constexpr std::uint8_t kIcmpv4HostUnreachable = 1;
constexpr std::uint8_t kIcmpv4ProtocolUnreachable = 2;
constexpr std::uint8_t kIcmpv4PortUnreachable = 3;
constexpr std::uint8_t kIcmpv4FragmentationNeeded = 4;  // RFC 1191 §4: with the next hop's MTU
constexpr std::uint8_t kIcmpv4SourceRouteFailed = 5;
constexpr std::uint8_t kIcmpv4NetUnknown = 6;
constexpr std::uint8_t kIcmpv4HostUnknown = 7;
constexpr std::uint8_t kIcmpv4HostIsolated = 8;
constexpr std::uint8_t kIcmpv4NetProhibited = 9;
constexpr std::uint8_t kIcmpv4HostProhibited = 10;
constexpr std::uint8_t kIcmpv4NetTos = 11;
constexpr std::uint8_t kIcmpv4HostTos = 12;
constexpr std::uint8_t kIcmpv4AdminProhibited = 13;
constexpr std::uint8_t kIcmpv4PrecedenceViolation = 14;
constexpr std::uint8_t kIcmpv4PrecedenceCutoff = 15;

// Codes of kIcmpv4TimeExceeded.
constexpr std::uint8_t kIcmpv4TimeExceededInTransit = 0;
constexpr std::uint8_t kIcmpv4TimeExceededInReassembly = 1;

constexpr std::size_t kIcmpv4MinQuotedPayload = 8;  // RFC 792: behind the invoking packet's header
constexpr std::size_t kIcmpv4ErrorMaxSize = 576;    // of the whole datagram: RFC 1812 §4.3.2.3

/// Fewer than 8 bytes: Truncated. Wrong checksum: BadChecksum.
[[nodiscard]] Parsed<IcmpMessage> parse_icmpv4(Bytes bytes);

/// Writes header and data, 8 + message.data.size() bytes, with the checksum. message.data must not
/// overlap `out`. Precondition: out has that size or more.
void write_icmpv4(MutableBytes out, const IcmpMessage& message);

}  // namespace tunlab
