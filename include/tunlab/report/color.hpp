#pragma once
// Colour on a terminal, as ANSI escape sequences (ECMA-48 SGR).

#include <string>
#include <string_view>

namespace tunlab {

enum class Color { Off, On };

enum class Paint { Error, Good, Warning, Faint };

/// `text` in that colour, or plain with Color::Off.
[[nodiscard]] std::string painted(std::string_view text, Paint paint, Color color);

}  // namespace tunlab
