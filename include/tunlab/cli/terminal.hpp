#pragma once
// The streams that the user sees.

#include "tunlab/cli/options.hpp"
#include "tunlab/report/color.hpp"

#include <string_view>

namespace tunlab {

enum class Stream { Output, Error };

/// Writes all of `text` at once. A closed pipe is not an error; that Output can't be written for
/// another reason is: throws Error.
void print(Stream stream, std::string_view text);

[[nodiscard]] bool is_terminal(Stream stream);

/// --color, then NO_COLOR (https://no-color.org), TERM=dumb, and whether that stream is a terminal.
[[nodiscard]] Color choose_color(ColorWish wish, Stream stream);

}  // namespace tunlab
