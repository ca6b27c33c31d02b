#pragma once
// The shape that all messages of ICMP (RFC 792) and ICMPv6 (RFC 4443 §2.1) share.

#include "tunlab/base/bytes.hpp"

#include <cstdint>

namespace tunlab {

constexpr std::size_t kIcmpHeaderSize = 8;
constexpr std::size_t kIcmpChecksumOffset = 2;

/// For echo, rest_of_header is identifier and sequence number.
struct IcmpMessage {
    std::uint8_t type = 0;
    std::uint8_t code = 0;
    std::uint32_t rest_of_header = 0;  ///< the four bytes behind the checksum
    Bytes data{};

    [[nodiscard]] std::uint16_t identifier() const {
        return static_cast<std::uint16_t>(rest_of_header >> 16);
    }
    [[nodiscard]] std::uint16_t sequence() const {
        return static_cast<std::uint16_t>(rest_of_header & 0xffff);
    }
};

}  // namespace tunlab
