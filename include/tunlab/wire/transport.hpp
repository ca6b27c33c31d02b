#pragma once
// The headers of UDP (RFC 768) and TCP (RFC 9293).

#include "tunlab/base/address.hpp"
#include "tunlab/base/bytes.hpp"
#include "tunlab/wire/parsed.hpp"

#include <cstdint>

namespace tunlab {

constexpr std::size_t kUdpHeaderSize = 8;
constexpr std::size_t kTcpMinHeaderSize = 20;
constexpr std::size_t kUdpLengthOffset = 4;
constexpr std::size_t kUdpChecksumOffset = 6;
constexpr std::size_t kTcpChecksumOffset = 16;

/// UDP and TCP headers begin with their ports.
struct Ports {
    std::uint16_t source = 0;
    std::uint16_t destination = 0;
};

/// Fewer than 4 bytes: Truncated.
[[nodiscard]] Parsed<Ports> parse_ports(Bytes bytes);

struct UdpHeader {
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint16_t length = 0;  ///< header and data, in bytes, as the sender states it
};

/// Fewer than 8 bytes: Truncated. A length below 8: BadLength. (It may reach beyond the bytes: a
/// first fragment's does.)
[[nodiscard]] Parsed<UdpHeader> parse_udp(Bytes bytes);

/// Describes a broken header as far as it goes: checks only that 8 bytes are present (Truncated).
[[nodiscard]] Parsed<UdpHeader> parse_udp_lenient(Bytes bytes);

/// The addresses of the IP packet, for the pseudo-header. Both are of one family.
struct Ends {
    IpAddress source;
    IpAddress destination;
};

/// The same for a whole datagram, verified. Besides: a length beyond the bytes is BadLength; bytes behind it
/// are not the datagram's. Over IPv6 a length of 0 stands for all of the bytes, as with Linux, and what is
/// given is theirs. A wrong checksum is BadChecksum, over IPv6 also a missing one (RFC 8200 §8.1).
[[nodiscard]] Parsed<UdpHeader> parse_udp(Bytes bytes, const Ends& ends);

// The bits of TCP's flag octet, RFC 9293 §3.1.
constexpr std::uint8_t kTcpFin = 0x01;
constexpr std::uint8_t kTcpSyn = 0x02;
constexpr std::uint8_t kTcpRst = 0x04;
constexpr std::uint8_t kTcpPsh = 0x08;
constexpr std::uint8_t kTcpAck = 0x10;
constexpr std::uint8_t kTcpUrg = 0x20;
constexpr std::uint8_t kTcpEce = 0x40;
constexpr std::uint8_t kTcpCwr = 0x80;

// TCP option kinds (IANA). The first two are one octet, the others state their length in the second.
constexpr std::uint8_t kTcpOptionEnd = 0;
constexpr std::uint8_t kTcpOptionNop = 1;
constexpr std::uint8_t kTcpOptionMss = 2;
constexpr std::uint8_t kTcpOptionWindowScale = 3;
constexpr std::uint8_t kTcpOptionSackPermitted = 4;
constexpr std::uint8_t kTcpOptionSack = 5;
constexpr std::uint8_t kTcpOptionTimestamps = 8;
constexpr std::uint8_t kTcpOptionMd5 = 19;             // RFC 2385
constexpr std::uint8_t kTcpOptionAuthentication = 29;  // RFC 5925
constexpr std::uint8_t kTcpOptionFastOpen = 34;        // RFC 7413
constexpr std::size_t kTcpOptionHeaderSize = 2;        // kind and length

struct TcpHeader {
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint32_t sequence = 0;
    std::uint32_t acknowledgement = 0;
    std::uint8_t flags = 0;
    std::uint16_t window = 0;
    std::uint16_t urgent_pointer = 0;
    Bytes options{};
    Bytes data{};
};

/// Fewer than 20 bytes: Truncated. A data offset below 5 words or beyond the bytes: BadHeaderLength.
[[nodiscard]] Parsed<TcpHeader> parse_tcp(Bytes bytes);

/// Describes a broken header as far as it goes: checks only that 20 bytes are present (Truncated). Options
/// and data are what is present of them.
[[nodiscard]] Parsed<TcpHeader> parse_tcp_lenient(Bytes bytes);

/// The size of the header with its options, as its data offset states it. Precondition: header.size() >= 20.
[[nodiscard]] std::size_t tcp_header_size(Bytes header);

/// The same for a whole segment, verified: a wrong checksum is BadChecksum.
[[nodiscard]] Parsed<TcpHeader> parse_tcp(Bytes bytes, const Ends& ends);

/// Writes a header of 20 bytes, without options and data, with its checksum.
/// Preconditions: out.size() >= 20; `header` has neither options nor data.
void write_tcp_header(MutableBytes out, const TcpHeader& header, const Ends& ends);

}  // namespace tunlab
