#include "tunlab/base/digest.hpp"

#include <fmt/format.h>

namespace tunlab {

namespace {

template <typename Octets>
std::uint64_t fnv1a(const Octets& octets) {
    constexpr std::uint64_t kOffsetBasis = 0xcbf29ce484222325;
    constexpr std::uint64_t kPrime = 0x100000001b3;
    std::uint64_t hash = kOffsetBasis;
    for (const auto octet : octets) {
        hash ^= static_cast<std::uint8_t>(octet);
        hash *= kPrime;
    }
    return hash;
}

}  // namespace

std::uint64_t digest(std::string_view text) {
    return fnv1a(text);
}

std::uint64_t digest(Bytes bytes) {
    return fnv1a(bytes);
}

std::string format_digest(std::uint64_t value) {
    return fmt::format("{:016x}", value);
}

}  // namespace tunlab
