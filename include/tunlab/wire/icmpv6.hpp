#pragma once
// ICMPv6 (RFC 4443). Its checksum covers the addresses of the datagram too.

#include "tunlab/base/address.hpp"
#include "tunlab/base/bytes.hpp"
#include "tunlab/wire/icmp.hpp"
#include "tunlab/wire/parsed.hpp"

#include <cstdint>

namespace tunlab {

// Types (IANA). Those below 128 are errors.
constexpr std::uint8_t kIcmpv6Unreachable = 1;
constexpr std::uint8_t kIcmpv6PacketTooBig = 2;
constexpr std::uint8_t kIcmpv6TimeExceeded = 3;
constexpr std::uint8_t kIcmpv6ParameterProblem = 4;
constexpr std::uint8_t kIcmpv6FirstInformational = 128;
constexpr std::uint8_t kIcmpv6EchoRequest = 128;
constexpr std::uint8_t kIcmpv6EchoReply = 129;
constexpr std::uint8_t kIcmpv6ListenerQuery = 130;  // RFC 2710
constexpr std::uint8_t kIcmpv6ListenerReport = 131;
constexpr std::uint8_t kIcmpv6ListenerDone = 132;
constexpr std::uint8_t kIcmpv6RouterSolicitation = 133;  // RFC 4861
constexpr std::uint8_t kIcmpv6RouterAdvertisement = 134;
constexpr std::uint8_t kIcmpv6NeighbourSolicitation = 135;
constexpr std::uint8_t kIcmpv6NeighbourAdvertisement = 136;
constexpr std::uint8_t kIcmpv6Redirect = 137;
constexpr std::uint8_t kIcmpv6ListenerReportV2 = 143;  // RFC 3810

// Codes of kIcmpv6Unreachable: RFC 4443 §3.1.
constexpr std::uint8_t kIcmpv6NoRoute = 0;
constexpr std::uint8_t kIcmpv6AdminProhibited = 1;
constexpr std::uint8_t kIcmpv6BeyondScope = 2;
constexpr std::uint8_t kIcmpv6AddressUnreachable = 3;
constexpr std::uint8_t kIcmpv6PortUnreachable = 4;

// Codes of kIcmpv6TimeExceeded: RFC 4443 §3.3.
constexpr std::uint8_t kIcmpv6TimeExceededInTransit = 0;
constexpr std::uint8_t kIcmpv6TimeExceededInReassembly = 1;

constexpr std::size_t kIcmpv6ErrorMaxSize = 1280;  // of the whole datagram: RFC 4443 §2.4(c)

// A listener query of this size or more is of version 2 (RFC 3810 §8.1), with its number of sources there
// (§5.1).
constexpr std::size_t kListenerQueryV2MinSize = 28;
constexpr std::size_t kListenerQuerySourceCountOffset = 26;

/// `bytes` is the message with its checksum, `source` and `destination` are the datagram's. Fewer
/// than 8 bytes: Truncated. Wrong checksum: BadChecksum.
[[nodiscard]] Parsed<IcmpMessage> parse_icmpv6(Bytes bytes, const Ipv6Address& source,
                                               const Ipv6Address& destination);

/// Writes header and data, 8 + message.data.size() bytes, with the checksum. message.data must not
/// overlap `out`. Precondition: out has that size or more.
void write_icmpv6(MutableBytes out, const IcmpMessage& message, const Ipv6Address& source,
                  const Ipv6Address& destination);

}  // namespace tunlab
