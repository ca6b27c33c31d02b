#include "tunlab/base/digest.hpp"

#include <fmt/format.h>

namespace tunlab {

std::uint64_t digest(std::string_view text) {
    constexpr std::uint64_t kOffsetBasis = 0xcbf29ce484222325;
    constexpr std::uint64_t kPrime = 0x100000001b3;
    std::uint64_t hash = kOffsetBasis;
    for (const char c : text) {
        hash ^= static_cast<std::uint8_t>(c);
        hash *= kPrime;
    }
    return hash;
}

std::string format_digest(std::uint64_t value) {
    return fmt::format("{:016x}", value);
}

}  // namespace tunlab
