#pragma once
// Removing devices that tunlab made.

#include "tunlab/kernel/netns_context.hpp"
#include "tunlab/plan/outcome.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tunlab {

struct DownTarget {
    std::string name{};
    std::optional<std::string> netns{};  ///< absent: the current namespace
};

/// Removes each device, with all its addresses, routes and neighbours; with Access::Reading it only reports
/// what it would remove. All devices are looked up before the first is removed: throws Error (Conflict) if
/// tunlab did not make one of them.
[[nodiscard]] std::vector<DownOutcome> take_down(std::span<const DownTarget> targets, Access access);

}  // namespace tunlab
