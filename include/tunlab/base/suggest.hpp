#pragma once
// "did you mean ...?"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tunlab {

/// The number of insertions, deletions, replacements and exchanges of neighbours that turn `a`
/// into `b` (optimal string alignment distance).
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate nearest to `word`, if one is near enough to be what a typing finger meant: at most
/// one edit for every three characters, and at least one allowed. The first of equals.
[[nodiscard]] std::optional<std::string> closest(std::string_view word,
                                                 std::span<const std::string> candidates);

}  // namespace tunlab
