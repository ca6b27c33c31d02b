#pragma once
// JSON text to Profile. All that is wrong is found in one pass and thrown together.

#include "tunlab/profile/profile.hpp"

#include <string>
#include <string_view>

namespace tunlab {

/// The largest profile, in bytes.
constexpr std::size_t kMaxProfileSize = std::size_t{16} * 1024 * 1024;

/// Reads the profile `text`, which came from `file` (used in messages only). Comments of both C++
/// kinds are allowed. Throws InvalidProfile.
[[nodiscard]] Profile parse_profile(std::string_view text, const std::string& file);

}  // namespace tunlab
