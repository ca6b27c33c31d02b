#pragma once
// The mark that says "tunlab made this device": the link's alias, born and gone with the device,
// so that no state file can lie about it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tunlab {

struct Mark {
    std::uint64_t digest = 0;  ///< of the device part of the profile
    std::string profile;       ///< absolute path; empty if there is no file to go back to
};

/// "tunlab:1:<sixteen hex digits>:<absolute path or ->". A path that would not fit into the 254
/// bytes of an alias stands as "-".
[[nodiscard]] std::string format_mark(const Mark& mark);

/// Nothing if `alias` is not tunlab's mark.
[[nodiscard]] std::optional<Mark> parse_mark(std::string_view alias);

}  // namespace tunlab
