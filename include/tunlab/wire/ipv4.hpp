#pragma once
// IPv4 datagrams (RFC 791).

#include "tunlab/base/address.hpp"
#include "tunlab/base/bytes.hpp"
#include "tunlab/wire/ip.hpp"
#include "tunlab/wire/parsed.hpp"

#include <cstdint>

namespace tunlab {

constexpr std::size_t kIpv4MinHeaderSize = 20;
constexpr std::size_t kIpv4MaxHeaderSize = 60;  // with 40 bytes of options
constexpr std::size_t kIpv4MaxSize = 65535;
constexpr std::size_t kIpv4MinMtu = 68;  // RFC 791 §3.2

// Where the fields of the header are (RFC 791 §3.1).
constexpr std::size_t kIpv4TosOffset = 1;
constexpr std::size_t kIpv4TotalLengthOffset = 2;
constexpr std::size_t kIpv4IdentificationOffset = 4;
constexpr std::size_t kIpv4FragmentOffset = 6;  // flags and fragment offset
constexpr std::size_t kIpv4TtlOffset = 8;
constexpr std::size_t kIpv4ProtocolOffset = 9;
constexpr std::size_t kIpv4ChecksumOffset = 10;
constexpr std::size_t kIpv4SourceOffset = 12;
constexpr std::size_t kIpv4DestinationOffset = 16;

constexpr std::uint16_t kIpv4DontFragment = 0x4000;
constexpr std::uint16_t kIpv4MoreFragments = 0x2000;

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

/// The same without the last check.
[[nodiscard]] Parsed<Ipv4Packet> parse_ipv4_unverified(Bytes bytes);

/// Describes a broken packet as far as it goes: checks only that 20 bytes are present (Truncated). Options
/// and payload are what is present of them.
[[nodiscard]] Parsed<Ipv4Packet> parse_ipv4_lenient(Bytes bytes);

/// The size of the header of `packet` with its options, in bytes.
[[nodiscard]] inline std::size_t ipv4_header_size(const Ipv4Packet& packet) {
    return kIpv4MinHeaderSize + packet.options.size();
}
/// As the header itself states it: its first octet has it in words of four bytes.
/// Precondition: `header` is not empty.
[[nodiscard]] inline std::size_t ipv4_header_size(Bytes header) {
    return std::size_t{header[0] & 0x0fU} * 4;
}
/// The size of the datagram, as its header states it. Precondition: header.size() >= 20.
[[nodiscard]] inline std::size_t ipv4_total_size(Bytes header) {
    return load_be16(header, kIpv4TotalLengthOffset);
}

/// Writes the header of `packet`, options included, with its checksum; the payload, of `payload_size`
/// bytes, is not written.
/// Preconditions: the options' size is a multiple of 4 and at most 40; out.size() >=
/// ipv4_header_size(packet); header and payload are at most 65535 bytes; fragment_offset is a multiple of 8.
void write_ipv4_header(MutableBytes out, const Ipv4Packet& packet, std::size_t payload_size);

/// Recomputes the checksum of the header that `packet` begins with.
/// Precondition: the whole header is present.
void update_ipv4_checksum(MutableBytes packet);

/// Lowers the TTL as `hops` routers do, but not below 0, and recomputes the checksum.
/// Precondition: the whole header is present.
void lower_ipv4_ttl(MutableBytes packet, std::size_t hops);

}  // namespace tunlab
