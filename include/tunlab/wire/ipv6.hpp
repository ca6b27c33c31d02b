#pragma once
// The fixed IPv6 header (RFC 8200 §3).

#include "tunlab/base/address.hpp"
#include "tunlab/base/bytes.hpp"
#include "tunlab/wire/parsed.hpp"

#include <cstdint>

namespace tunlab {

constexpr std::size_t kIpv6HeaderSize = 40;

struct Ipv6Packet {
    std::uint8_t traffic_class = 0;
    std::uint32_t flow_label = 0;
    std::uint8_t next_header = 0;
    std::uint8_t hop_limit = 0;
    Ipv6Address source;
    Ipv6Address destination;
    Bytes payload;  ///< as far as the payload length reaches
};

/// Fewer than 40 bytes: Truncated. Version other than 6: BadVersion. A payload length beyond the
/// bytes: BadLength.
[[nodiscard]] Parsed<Ipv6Packet> parse_ipv6(Bytes bytes);

}  // namespace tunlab
