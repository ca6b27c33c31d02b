#pragma once
// Removing devices that tunlab made.

#include "tunlab/kernel/site.hpp"
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

/// Removes each device from its network namespace, with all that is on it; with Access::Reading it
/// only looks what that would be. All are looked at before the first is removed: throws Error
/// (Conflict) if one of them is another's.
[[nodiscard]] std::vector<DownOutcome> take_down(std::span<const DownTarget> targets, Access access);

}  // namespace tunlab
