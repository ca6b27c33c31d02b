#pragma once
// The shape that all messages of ICMP (RFC 792) and ICMPv6 (RFC 4443 §2.1) share.

#include "tunlab/base/bytes.hpp"
#include "tunlab/wire/checksum.hpp"
#include "tunlab/wire/parsed.hpp"

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

/// Fewer than 8 bytes: Truncated. The checksum is not verified: describes a broken message as far as it goes.
[[nodiscard]] Parsed<IcmpMessage> parse_icmp_unverified(Bytes bytes);

/// The same, verified: a wrong checksum is BadChecksum. `covered` is what the checksum covers besides the
/// message: ICMPv6's pseudo-header.
[[nodiscard]] Parsed<IcmpMessage> parse_icmp(Bytes bytes, InternetChecksum covered);

/// Writes header and data, 8 + message.data.size() bytes, with the checksum. message.data must not overlap
/// `out`. Precondition: out has that size or more.
void write_icmp(MutableBytes out, const IcmpMessage& message, InternetChecksum covered);

}  // namespace tunlab
