#pragma once
// The fixed IPv6 header (RFC 8200 §3).

#include "tunlab/base/address.hpp"
#include "tunlab/base/bytes.hpp"
#include "tunlab/wire/ip.hpp"
#include "tunlab/wire/parsed.hpp"

#include <cstdint>

namespace tunlab {

constexpr std::size_t kIpv6HeaderSize = 40;
constexpr std::size_t kIpv6MinMtu = 1280;  // RFC 8200 §5
constexpr std::size_t kIpv6MaxPayloadSize = 65535;
constexpr std::size_t kIpv6MaxSize = kIpv6HeaderSize + kIpv6MaxPayloadSize;

// Where the fields of the header are (RFC 8200 §3).
constexpr std::size_t kIpv6PayloadLengthOffset = 4;
constexpr std::size_t kIpv6NextHeaderOffset = 6;
constexpr std::size_t kIpv6HopLimitOffset = 7;
constexpr std::size_t kIpv6SourceOffset = 8;
constexpr std::size_t kIpv6DestinationOffset = 24;

struct Ipv6Packet {
    std::uint8_t traffic_class = 0;
    std::uint32_t flow_label = 0;
    std::uint8_t next_header = 0;
    std::uint8_t hop_limit = 0;
    Ipv6Address source;
    Ipv6Address destination;
    Bytes payload{};  ///< as far as the payload length reaches
};

/// Fewer than 40 bytes: Truncated. Version other than 6: BadVersion. A payload length beyond the
/// bytes: BadLength.
[[nodiscard]] Parsed<Ipv6Packet> parse_ipv6(Bytes bytes);

/// Describes a broken packet as far as it goes: checks only that 40 bytes are present (Truncated). The
/// payload is what is present of it.
[[nodiscard]] Parsed<Ipv6Packet> parse_ipv6_lenient(Bytes bytes);

/// The size of the payload, as the header states it. Precondition: header.size() >= 40.
[[nodiscard]] inline std::size_t ipv6_payload_size(Bytes header) {
    return load_be16(header, kIpv6PayloadLengthOffset);
}

/// Writes the 40 bytes of the header of `packet`, whose payload has `payload_size` bytes; the payload is not
/// written. Preconditions: out.size() >= 40; payload_size <= 65535; flow_label < 2^20.
void write_ipv6_header(MutableBytes out, const Ipv6Packet& packet, std::size_t payload_size);

/// Lowers the hop limit as `hops` routers do, but not below 0. Precondition: packet.size() >= 40.
void lower_ipv6_hop_limit(MutableBytes packet, std::size_t hops);

}  // namespace tunlab
