#pragma once
// The profiles that tunlab carries in itself: the shipped tun0.json and tap0.json, byte for byte.

#include "tunlab/profile/profile.hpp"

#include <string_view>

namespace tunlab {

/// The text of the shipped profile for `mode`.
[[nodiscard]] std::string_view builtin_profile_text(Mode mode);

/// The same, parsed; its `file` is "built-in tun0" or "built-in tap0".
[[nodiscard]] Profile builtin_profile(Mode mode);

}  // namespace tunlab
