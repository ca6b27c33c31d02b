#pragma once
// The streams that the user sees.

#include "tunlab/cli/options.hpp"
#include "tunlab/report/color.hpp"

#include <chrono>
#include <functional>
#include <string_view>

namespace tunlab {

enum class Stream { Output, Error };

/// Writes all of `text` at once. A closed pipe is not an error; that Output can't be written for
/// another reason is: throws Error.
void print(Stream stream, std::string_view text);

/// Calls `report`, which prints what was done. An Error from it says that nothing was undone for it.
void tell(const std::function<void()>& report);

/// For the serving loop, which waits for nobody: writes `text` to standard error as far as that takes
/// it within `patience`; the rest is lost.
void try_print(std::string_view text, std::chrono::milliseconds patience);

/// Standard streams that are closed would be the next files to be opened, and be written into: they
/// are opened on /dev/null such that using them fails. A closed pipe and a file at its size limit
/// become errors of write(2) instead of signals. To be called first.
void prepare_streams();

[[nodiscard]] bool is_terminal(Stream stream);

/// --color, then NO_COLOR (https://no-color.org), TERM=dumb, and whether that stream is a terminal.
[[nodiscard]] Color choose_color(ColorMode mode, Stream stream);

}  // namespace tunlab
