#include "tunlab/wire/checksum.hpp"

#include <array>
#include <bit>
#include <cassert>
#include <cstring>

namespace tunlab {

namespace {

/// The eight bytes at `offset` as the machine orders them: RFC 1071 §2(B) shows that the sum of
/// swapped words is the swapped sum, so swapping once, at the end, is enough.
std::uint64_t load_native64(Bytes bytes, std::size_t offset) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.subspan(offset, sizeof word).data(), sizeof word);
    return word;
}

/// The one's complement sum: what overflows comes back in at the low end.
std::uint64_t add_carried(std::uint64_t a, std::uint64_t b) {
    const std::uint64_t sum = a + b;
    return sum + (sum < a ? 1 : 0);
}

/// The same sum in 16 bits: 2^16, 2^32 and 2^48 are all 1 modulo 2^16 - 1.
std::uint16_t fold(std::uint64_t sum) {
    while (sum > 0xffff) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return static_cast<std::uint16_t>(sum);
}

std::uint16_t from_native(std::uint16_t word) {
    if constexpr (std::endian::native == std::endian::big) return word;
    return static_cast<std::uint16_t>(word << 8 | word >> 8);
}

}  // namespace

InternetChecksum& InternetChecksum::add(Bytes bytes) {
    std::uint64_t sum = 0;
    std::size_t offset = 0;
    for (; bytes.size() - offset >= sizeof sum; offset += sizeof sum) {
        sum = add_carried(sum, load_native64(bytes, offset));
    }
    std::array<std::uint8_t, sizeof sum> rest{};  // zeros behind the last bytes add nothing
    for (std::size_t i = 0; offset + i < bytes.size(); ++i) {
        rest[i] = bytes[offset + i];
    }
    sum = add_carried(sum, load_native64(rest, 0));
    return add(from_native(fold(sum)));
}

InternetChecksum& InternetChecksum::add(std::uint16_t word) {
    sum_ = add_carried(sum_, word);
    return *this;
}

InternetChecksum& InternetChecksum::add(std::uint32_t word) {
    sum_ = add_carried(sum_, word);
    return *this;
}

std::uint16_t InternetChecksum::value() const {
    return static_cast<std::uint16_t>(~fold(sum_));
}

InternetChecksum pseudo_header(const IpAddress& source, const IpAddress& destination, std::uint8_t protocol,
                               std::size_t length) {
    assert(source.family() == destination.family());
    InternetChecksum sum;
    // IPv4's has 16 bits for the length and IPv6's 32; with the zeros around them they add up to the same.
    sum.add(source.bytes()).add(destination.bytes());
    sum.add(static_cast<std::uint32_t>(length)).add(std::uint16_t{protocol});
    return sum;
}

}  // namespace tunlab
