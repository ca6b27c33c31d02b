#pragma once
// The Internet checksum (RFC 1071): the one's complement of the one's complement sum of 16-bit
// words. Parts are added in order; only the last may have an odd size.

#include "tunlab/base/address.hpp"
#include "tunlab/base/bytes.hpp"

#include <cstddef>
#include <cstdint>

namespace tunlab {

class InternetChecksum {
public:
    /// Adds `bytes`; an odd last byte counts as if a zero byte followed it.
    InternetChecksum& add(Bytes bytes);
    InternetChecksum& add(std::uint16_t word);
    InternetChecksum& add(std::uint32_t word);

    /// The value for the checksum field when that field was 0 (or left out) in what was added. Over
    /// bytes that hold a right checksum it is 0.
    [[nodiscard]] std::uint16_t value() const;

private:
    std::uint64_t sum_ = 0;
};

/// The sum over the pseudo-header that UDP, TCP and ICMPv6 messages of `length` bytes are covered with:
/// RFC 768 and RFC 9293 §3.1 for IPv4, RFC 8200 §8.1 for IPv6. To go on with add() of the message.
/// Precondition: both addresses are of one family.
[[nodiscard]] InternetChecksum pseudo_header(const IpAddress& source, const IpAddress& destination,
                                             std::uint8_t protocol, std::size_t length);

}  // namespace tunlab
