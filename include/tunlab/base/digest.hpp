#pragma once
// A short name for a text, to notice that it changed. Not for security: anyone can make two texts
// with one digest.

#include "tunlab/base/bytes.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tunlab {

/// FNV-1a, 64 bits (draft-eastlake-fnv): the same on every machine, now and later.
[[nodiscard]] std::uint64_t digest(std::string_view text);
[[nodiscard]] std::uint64_t digest(Bytes bytes);

/// `value` as sixteen hexadecimal digits.
[[nodiscard]] std::string format_digest(std::uint64_t value);

}  // namespace tunlab
