#pragma once
// Errors as a person reads them: what, where, the source line with a caret, and what would help.

#include "tunlab/base/error.hpp"
#include "tunlab/base/source.hpp"
#include "tunlab/report/color.hpp"

#include <span>
#include <string>

namespace tunlab {

/// At most this many problems are shown; the closing line counts them all.
constexpr std::size_t kMaxShownProblems = 20;

/// The problems in order, each with its source line and caret, and "N errors; nothing was changed".
/// Every line ends with a line end; bytes from outside are escaped.
[[nodiscard]] std::string format_problems(std::span<const Diagnostic> problems, Color color);

/// All of them as a JSON array of {file, line, column, pointer, message, suggestion}, pretty, with a
/// line end: line and column are null where a file as a whole is at fault. Never throws on bad UTF-8.
[[nodiscard]] std::string format_problems_json(std::span<const Diagnostic> problems);

/// "error: SUBJECT: ACTION: CAUSE" and the lines below it, as ErrorParts describes them.
[[nodiscard]] std::string format_error(const Error& error, Color color);

}  // namespace tunlab
