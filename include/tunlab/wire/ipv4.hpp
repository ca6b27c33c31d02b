#pragma once
// IPv4 datagrams (RFC 791).

#include "tunlab/base/address.hpp"
#include "tunlab/base/bytes.hpp"
#include "tunlab/wire/parsed.hpp"

#include <cstdint>

namespace tunlab {

constexpr std::size_t kIpv4MinHeaderSize = 20;
constexpr std::size_t kIpv4MaxHeaderSize = 60;  // with 40 bytes of options
constexpr std::size_t kIpv4MaxSize = 65535;

// Assigned Internet protocol numbers, for IPv4's protocol and IPv6's next header alike.
constexpr std::uint8_t kProtocolIcmp = 1;
constexpr std::uint8_t kProtocolTcp = 6;
constexpr std::uint8_t kProtocolUdp = 17;
constexpr std::uint8_t kProtocolIcmpv6 = 58;

/// The bits for explicit congestion notification in TOS and IPv6's traffic class (RFC 3168 §5).
constexpr std::uint8_t kEcnMask = 0x03;

struct Ipv4Packet {
    std::uint8_t tos = 0;
    std::uint16_t identification = 0;
    bool dont_fragment = false;
    bool more_fragments = false;
    std::uint16_t fragment_offset = 0;  ///< bytes, not units of eight
    std::uint8_t ttl = 0;
    std::uint8_t protocol = 0;
    Ipv4Address source;
    Ipv4Address destination;
    Bytes options{};  ///< what stands between the fixed header and the payload
    Bytes payload{};  ///< as far as the total length reaches; bytes behind it are not the datagram's

    [[nodiscard]] bool is_fragment() const { return more_fragments || fragment_offset != 0; }
};

/// Checks, in this order: 20 bytes present (Truncated), version 4 (BadVersion), header length at
/// least 20 and within the bytes (BadHeaderLength), total length at least the header's and at most
/// the bytes' (BadLength), header checksum (BadChecksum).
[[nodiscard]] Parsed<Ipv4Packet> parse_ipv4(Bytes bytes);

/// The same without the last check: for printing what a broken packet says of itself.
[[nodiscard]] Parsed<Ipv4Packet> parse_ipv4_unverified(Bytes bytes);

/// The size of the header of `packet` with its options, in bytes.
[[nodiscard]] inline std::size_t ipv4_header_size(const Ipv4Packet& packet) {
    return kIpv4MinHeaderSize + packet.options.size();
}

/// Writes the header of `packet`, options included, with its checksum; the payload, of `payload_size`
/// bytes, is not written.
/// Preconditions: the options' size is a multiple of 4 and at most 40; out.size() >=
/// ipv4_header_size(packet); header and payload are at most 65535 bytes; fragment_offset is a multiple of 8.
void write_ipv4_header(MutableBytes out, const Ipv4Packet& packet, std::size_t payload_size);

}  // namespace tunlab
