#pragma once
// Text from outside (file names, aliases, profile values) made safe to print.

#include <string>
#include <string_view>

namespace tunlab {

/// `text` with control bytes, DEL, C1 controls, the backslash and bytes that are no UTF-8 as \xNN
/// (newline, tab and return as \n, \t, \r), so that no terminal obeys them. Other UTF-8 is kept.
[[nodiscard]] std::string escape(std::string_view text);

/// escape() in double quotes, inner ones with a backslash: how values stand in messages.
[[nodiscard]] std::string quote(std::string_view text);

/// `text` as one word of a POSIX shell: in single quotes where it needs them.
[[nodiscard]] std::string shell_quote(std::string_view text);

/// The length in bytes of the well-formed UTF-8 sequence (RFC 3629) that begins `text`; 0 if none
/// does. Precondition: !text.empty().
[[nodiscard]] std::size_t utf8_sequence_length(std::string_view text);

}  // namespace tunlab
