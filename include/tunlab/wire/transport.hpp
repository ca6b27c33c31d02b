#pragma once
// The headers of UDP (RFC 768) and TCP (RFC 9293), as far as a line about a packet needs them.

#include "tunlab/base/bytes.hpp"
#include "tunlab/wire/parsed.hpp"

#include <cstdint>

namespace tunlab {

constexpr std::size_t kUdpHeaderSize = 8;
constexpr std::size_t kTcpMinHeaderSize = 20;

struct UdpHeader {
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint16_t length = 0;  ///< header and data, in bytes, as the sender states it
};

/// Fewer than 8 bytes: Truncated. A length below 8: BadLength. (It may reach beyond the bytes: a
/// first fragment's does.)
[[nodiscard]] Parsed<UdpHeader> parse_udp(Bytes bytes);

// The bits of TCP's flag octet, RFC 9293 §3.1.
constexpr std::uint8_t kTcpFin = 0x01;
constexpr std::uint8_t kTcpSyn = 0x02;
constexpr std::uint8_t kTcpRst = 0x04;
constexpr std::uint8_t kTcpPsh = 0x08;
constexpr std::uint8_t kTcpAck = 0x10;
constexpr std::uint8_t kTcpUrg = 0x20;
constexpr std::uint8_t kTcpEce = 0x40;
constexpr std::uint8_t kTcpCwr = 0x80;

struct TcpHeader {
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint32_t sequence = 0;
    std::uint32_t acknowledgement = 0;
    std::uint8_t flags = 0;
    std::uint16_t window = 0;
    std::uint16_t urgent_pointer = 0;
    Bytes options;
    Bytes data;
};

/// Fewer than 20 bytes: Truncated. A data offset below 5 words or beyond the bytes: BadHeaderLength.
[[nodiscard]] Parsed<TcpHeader> parse_tcp(Bytes bytes);

}  // namespace tunlab
