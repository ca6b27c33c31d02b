#include "tunlab/report/problems.hpp"

#include "tunlab/base/escape.hpp"
#include "tunlab/base/json.hpp"
#include "tunlab/report/color.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace tunlab {

namespace {

constexpr std::string_view kGutter = "      | ";

/// The character that begins `text`; a byte that is no UTF-8 counts as one. Precondition: !text.empty().
std::string_view first_character(std::string_view text) {
    return text.substr(0, std::max<std::size_t>(1, utf8_sequence_length(text)));
}

/// Characters without a width of their own, some of which reorder the text around them: U+200B..200F,
/// U+2028..202E, U+2060..206F, U+FEFF.
bool is_invisible(std::string_view character) {
    if (character == "\xef\xbb\xbf") return true;
    if (character.size() != 3 || character[0] != '\xe2') return false;
    const auto second = static_cast<std::uint8_t>(character[1]);
    const auto third = static_cast<std::uint8_t>(character[2]);
    if (second == 0x81) return third >= 0xa0 && third <= 0xaf;
    return second == 0x80 && ((third >= 0x8b && third <= 0x8f) || (third >= 0xa8 && third <= 0xae));
}

/// What a terminal may show for one character. Unlike escape() it leaves the backslash alone: source
/// lines should read as they were written, and messages hold escaped values already.
std::string printable(std::string_view character) {
    if (character == "\\") return "\\";
    if (!is_invisible(character)) return escape(character);
    std::string out;
    for (const char byte : character) {
        out += fmt::format("\\x{:02x}", static_cast<std::uint8_t>(byte));
    }
    return out;
}

std::string printable_text(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::string_view character = first_character(text);
        out += printable(character);
        text.remove_prefix(character.size());
    }
    return out;
}

/// A character of a source line as it is shown.
struct Cell {
    std::string shown;
    std::size_t width = 1;  ///< columns
};

Cell make_cell(std::string_view character) {
    if (character == "\t") return {"\t", 1};  // at least; the line below repeats it
    std::string shown = printable(character);
    const std::size_t width =
        shown.size() > character.size() ? shown.size() : 1;  // escaped, or one character
    return {std::move(shown), width};
}

constexpr std::size_t kMostColumns = 100;
constexpr std::string_view kCut = "...";

/// The part of a source line that is shown, and the place in it.
struct Excerpt {
    std::vector<Cell> cells;
    std::size_t place = 0;  ///< index of the cell that the caret points at; may be one behind the last
    bool cut_left = false;
    bool cut_right = false;
};

/// No more than `kMostColumns` characters on each side of the place: a line may be a whole file.
Excerpt cut_roughly(std::string_view line, std::size_t place) {
    Excerpt excerpt;
    const std::size_t first = place > kMostColumns ? place - kMostColumns : 0;
    for (std::size_t i = 0; !line.empty() && i < place + kMostColumns; ++i) {
        const std::string_view character = first_character(line);
        if (i >= first) excerpt.cells.push_back(make_cell(character));
        line.remove_prefix(character.size());
    }
    excerpt.place = std::min(place - first, excerpt.cells.size());
    excerpt.cut_left = first > 0;
    excerpt.cut_right = !line.empty();
    return excerpt;
}

std::size_t total_width(const std::vector<Cell>& cells) {
    std::size_t width = 0;
    for (const Cell& cell : cells) {
        width += cell.width;
    }
    return width;
}

/// Brings the excerpt to about `kMostColumns`, with some of what stands before the place.
Excerpt cut_to_fit(const Excerpt& rough) {
    constexpr std::size_t kColumnsBefore = 40;
    const std::size_t most = kMostColumns - 2 * kCut.size();
    if (!rough.cut_left && !rough.cut_right && total_width(rough.cells) <= kMostColumns) return rough;
    std::size_t begin = rough.place;
    std::size_t end = begin;
    std::size_t width = 0;
    const auto extend_left = [&](std::size_t limit) {
        while (begin > 0 && width + rough.cells[begin - 1].width <= limit) {
            width += rough.cells[--begin].width;
        }
    };
    extend_left(kColumnsBefore);
    while (end < rough.cells.size() && width + rough.cells[end].width <= most) {
        width += rough.cells[end++].width;
    }
    extend_left(most);
    Excerpt cut;
    cut.cells.assign(rough.cells.begin() + static_cast<std::ptrdiff_t>(begin),
                     rough.cells.begin() + static_cast<std::ptrdiff_t>(end));
    cut.place = rough.place - begin;
    cut.cut_left = rough.cut_left || begin > 0;
    cut.cut_right = rough.cut_right || end < rough.cells.size();
    return cut;
}

std::string format_source(const Excerpt& excerpt) {
    std::string out(excerpt.cut_left ? kCut : "");
    for (const Cell& cell : excerpt.cells) {
        out += cell.shown;
    }
    return out.append(excerpt.cut_right ? kCut : "");
}

/// What brings the caret below its character: tabs below tabs, blanks below the rest.
std::string format_indent(const Excerpt& excerpt) {
    std::string out(excerpt.cut_left ? kCut.size() : 0, ' ');
    for (std::size_t i = 0; i < excerpt.place; ++i) {
        const Cell& cell = excerpt.cells[i];
        out += cell.shown == "\t" ? cell.shown : std::string(cell.width, ' ');
    }
    return out;
}

std::string format_carets(const Excerpt& excerpt, std::size_t width) {
    std::size_t columns = 0;
    for (std::size_t i = excerpt.place; i < excerpt.cells.size() && i - excerpt.place < width; ++i) {
        columns += excerpt.cells[i].width;
    }
    return std::string(std::max<std::size_t>(1, columns), '^');
}

bool is_blank(std::string_view line) {
    return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

std::string format_place(const Diagnostic::Place& place, const std::string& suggestion, Color color) {
    const Excerpt excerpt = cut_to_fit(cut_roughly(place.line, place.position.column - 1));
    std::string marks = format_carets(excerpt, place.width);
    if (!suggestion.empty()) marks += " " + printable_text(suggestion);
    return fmt::format("{:>5} | {}\n{}{}{}\n", place.position.line, format_source(excerpt), kGutter,
                       format_indent(excerpt), painted(marks, Paint::Good, color));
}

std::string format_problem(const Diagnostic& problem, Color color) {
    const std::string label = painted("error:", Paint::Error, color);
    std::string out = fmt::format("{} {}", label, escape(problem.file));
    if (problem.place) {
        out += fmt::format(":{}:{}", problem.place->position.line, problem.place->position.column);
    }
    out += fmt::format(": {}\n", printable_text(problem.message));
    if (problem.place && !is_blank(problem.place->line)) {
        out += format_place(*problem.place, problem.suggestion, color);
    } else if (!problem.suggestion.empty()) {
        out += fmt::format("  hint: {}\n", printable_text(problem.suggestion));
    }
    // A single element is the key that the source line shows anyway.
    const bool nested = std::count(problem.pointer.begin(), problem.pointer.end(), '/') > 1;
    if (nested) out += fmt::format("{}at {}\n", kGutter, printable_text(problem.pointer));
    return out;
}

std::string format_count(std::size_t count) {
    const std::string errors = fmt::format("{} error{}", count, count == 1 ? "" : "s");
    const std::string shown = count > kMaxShownProblems ? fmt::format(" ({} shown)", kMaxShownProblems) : "";
    return fmt::format("{}{}; nothing was changed\n", errors, shown);
}

}  // namespace

std::string format_problems(std::span<const Diagnostic> problems, Color color) {
    std::string out;
    for (const Diagnostic& problem : problems.first(std::min(problems.size(), kMaxShownProblems))) {
        out += format_problem(problem, color);
    }
    return out + format_count(problems.size());
}

std::string format_problems_json(std::span<const Diagnostic> problems) {
    JsonArray array;
    for (const Diagnostic& problem : problems) {
        Json line;
        Json column;
        if (problem.place) {
            line = problem.place->position.line;
            column = problem.place->position.column;
        }
        array.emplace_back(JsonObject{{"file", problem.file},
                                      {"line", std::move(line)},
                                      {"column", std::move(column)},
                                      {"pointer", problem.pointer},
                                      {"message", problem.message},
                                      {"suggestion", problem.suggestion}});
    }
    return format_json(array);
}

std::string format_error(const Error& error, Color color) {
    const ErrorParts& parts = error.parts();
    std::string out =
        fmt::format("{} {}\n", painted("error:", Paint::Error, color), printable_text(error.what()));
    if (!parts.origin.empty()) out += fmt::format("  {}\n", printable_text(parts.origin));
    if (!parts.hint.empty()) out += fmt::format("  hint: {}\n", printable_text(parts.hint));
    std::string_view label = "  try: ";
    for (const std::string& command : parts.tries) {
        out += fmt::format("{}{}\n", label, printable_text(command));
        label = "   or: ";
    }
    for (const std::string& note : parts.notes) {
        out += printable_text(note) + "\n";
    }
    return out;
}

}  // namespace tunlab
