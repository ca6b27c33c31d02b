#pragma once
// The extension headers of an IPv6 packet as its destination processes them, one after the other (RFC 8200
// §4).

#include "tunlab/base/bytes.hpp"
#include "tunlab/lab/verdict.hpp"
#include "tunlab/wire/ipv6.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace tunlab {

/// Whether a packet came with a fragment header.
enum class FragmentHeader : std::uint8_t { Absent, Present };

/// Where the processing of the headers ended: at the upper layer's, at a fragment header, or at one that
/// stops it.
struct HeaderChain {
    std::uint8_t protocol = 0;  ///< next header value of what `rest` begins with
    Bytes rest{};               ///< behind the headers that were processed
    std::size_t named_at = 0;   ///< where in the packet the octet is that holds `protocol`
    bool at_fragment = false;   ///< `rest` begins with the fragment header of a fragment
    FragmentHeader fragment_header = FragmentHeader::Absent;  ///< processed: an atomic fragment's (RFC 6946)
    std::optional<Reason> stopped{};                          ///< why there is no getting further

    /// Whether the upper layer is ICMPv6 with a message of `type`. The checksum is not looked at.
    [[nodiscard]] bool is_icmp(std::uint8_t type) const;
};

/// `fragment_header`: whether one has been processed before, in fragments that were reassembled to `ip`.
[[nodiscard]] HeaderChain process_headers(const Ipv6Packet& ip, FragmentHeader fragment_header);

}  // namespace tunlab
