#pragma once
// ICMP for IPv4 (RFC 792).

#include "tunlab/base/bytes.hpp"
#include "tunlab/wire/parsed.hpp"

#include <cstdint>

namespace tunlab {

constexpr std::size_t kIcmpv4HeaderSize = 8;
constexpr std::uint8_t kIcmpv4EchoReply = 0;
constexpr std::uint8_t kIcmpv4EchoRequest = 8;

/// Any ICMP message. For echo, rest_of_header is identifier and sequence number.
struct Icmpv4Message {
    std::uint8_t type = 0;
    std::uint8_t code = 0;
    std::uint32_t rest_of_header = 0;
    Bytes data;

    [[nodiscard]] std::uint16_t identifier() const {
        return static_cast<std::uint16_t>(rest_of_header >> 16);
    }
    [[nodiscard]] std::uint16_t sequence() const {
        return static_cast<std::uint16_t>(rest_of_header & 0xffff);
    }
};

/// Fewer than 8 bytes: Truncated. Wrong checksum: BadChecksum.
[[nodiscard]] Parsed<Icmpv4Message> parse_icmpv4(Bytes bytes);

/// The same without the checksum: for printing what a broken message says of itself.
[[nodiscard]] Parsed<Icmpv4Message> parse_icmpv4_unverified(Bytes bytes);

/// Writes header and data, 8 + message.data.size() bytes, with the checksum. message.data must not
/// overlap `out`. Precondition: out has that size or more.
void write_icmpv4(MutableBytes out, const Icmpv4Message& message);

}  // namespace tunlab
