#pragma once
// The Internet checksum (RFC 1071): the one's complement of the one's complement sum of 16-bit
// words. Pieces are added in order; only the last may have an odd size.

#include "tunlab/base/bytes.hpp"

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

}  // namespace tunlab
