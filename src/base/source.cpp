#include "tunlab/base/source.hpp"

#include "tunlab/base/escape.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

namespace tunlab {

std::string SourceLocation::to_string() const {
    const std::string place = fmt::format("{}:{}:{}", escape(file), position.line, position.column);
    return pointer.empty() ? place : fmt::format("{}, at {}", place, escape(pointer));
}

SourcePosition position_at(std::string_view text, std::size_t offset) {
    assert(offset <= text.size());
    const std::string_view before = text.substr(0, offset);
    SourcePosition position;
    position.line += static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
    const auto last_line_end = before.rfind('\n');
    std::string_view rest =
        last_line_end == std::string_view::npos ? before : before.substr(last_line_end + 1);
    while (!rest.empty()) {
        rest.remove_prefix(std::max<std::size_t>(1, utf8_sequence_length(rest)));
        ++position.column;
    }
    return position;
}

std::string_view line_at(std::string_view text, std::size_t offset) {
    assert(offset <= text.size());
    const auto previous_end = text.substr(0, offset).rfind('\n');
    const std::size_t begin = previous_end == std::string_view::npos ? 0 : previous_end + 1;
    const std::size_t end = std::min(text.find('\n', offset), text.size());
    std::string_view line = text.substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

InvalidProfile::InvalidProfile(std::vector<Diagnostic> diagnostics) : diagnostics_(std::move(diagnostics)) {
    assert(!diagnostics_.empty());
}

}  // namespace tunlab
