#pragma once
// tunlab touches only devices that it made.

#include "tunlab/plan/state.hpp"

namespace tunlab {

/// Whether `link` is a TUN or TAP device that bears tunlab's mark.
[[nodiscard]] bool is_ours(const LinkState& link);

/// Throws Error (Conflict) "X was not made by tunlab; not touched" unless is_ours(link). `asked` is
/// the name by which the user called it.
void require_ours(const LinkState& link, const std::string& asked);

}  // namespace tunlab
