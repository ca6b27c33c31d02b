#pragma once
// The fixed IPv6 header (RFC 8200 §3).

#include "tunlab/base/address.hpp"
#include "tunlab/base/bytes.hpp"
#include "tunlab/wire/parsed.hpp"

#include <cstdint>

namespace tunlab {

constexpr std::size_t kIpv6HeaderSize = 40;
constexpr std::size_t kIpv6MinMtu = 1280;  // RFC 8200 §5

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

/// Writes the 40 bytes of the header of `packet`, whose payload has `payload_size` bytes; the payload is not
/// written. Preconditions: out.size() >= 40; payload_size <= 65535; flow_label < 2^20.
void write_ipv6_header(MutableBytes out, const Ipv6Packet& packet, std::size_t payload_size);

}  // namespace tunlab
