#include "tunlab/report/color.hpp"

#include <fmt/format.h>

namespace tunlab {

namespace {

std::string_view code_of(Paint paint) {
    switch (paint) {
        case Paint::Error: return "1;31";
        case Paint::Good: return "32";
        case Paint::Warning: return "33";
        case Paint::Faint: return "2";
    }
    return "0";
}

}  // namespace

std::string painted(std::string_view text, Paint paint, Color color) {
    if (color == Color::Off) return std::string(text);
    return fmt::format("\x1b[{}m{}\x1b[0m", code_of(paint), text);
}

}  // namespace tunlab
