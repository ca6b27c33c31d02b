#pragma once
// Removing devices that tunlab made.

#include <span>
#include <string>
#include <vector>

namespace tunlab {

struct DownOutcome {
    std::string name;
    bool removed = false;  ///< false: there was no such device
    std::size_t addresses = 0;
    std::size_t routes = 0;
};

/// Removes each device of `names` from the current network namespace, with all that is on it. All
/// are looked at before the first is removed: throws Error (Conflict) if one of them is another's.
[[nodiscard]] std::vector<DownOutcome> take_down(std::span<const std::string> names);

}  // namespace tunlab
