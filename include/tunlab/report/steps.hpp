#pragma once
// What up and down did, in lines.

#include "tunlab/plan/step.hpp"
#include "tunlab/profile/profile.hpp"

#include <span>
#include <string>
#include <string_view>

namespace tunlab {

/// "tun0: created (tun, owner alice)", what the profile asked for, and what the link looks like now.
[[nodiscard]] std::string format_created(const std::string& ifname, Mode mode, std::string_view owner,
                                         std::span<const Step> steps);

/// "tun0: changed" and each step.
[[nodiscard]] std::string format_changed(const std::string& ifname, std::span<const Step> steps);

/// "tun0: in sync, no changes"
[[nodiscard]] std::string format_unchanged(const std::string& ifname);

/// "tun0: removed (1 address, 0 routes)"
[[nodiscard]] std::string format_removed(const std::string& ifname, std::size_t addresses,
                                         std::size_t routes);

}  // namespace tunlab
