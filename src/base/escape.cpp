#include "tunlab/base/escape.hpp"

#include <cassert>
#include <cstdint>

#include <fmt/format.h>

namespace tunlab {

namespace {

std::uint8_t byte_at(std::string_view text, std::size_t index) {
    return static_cast<std::uint8_t>(text[index]);
}

bool is_continuation(std::string_view text, std::size_t index) {
    return index < text.size() && (byte_at(text, index) & 0xc0) == 0x80;
}

/// U+0080 to U+009F: some terminals obey them like ESC sequences.
bool is_c1_control(std::string_view text) {
    return text.size() >= 2 && byte_at(text, 0) == 0xc2 && byte_at(text, 1) < 0xa0;
}

std::string escape_byte(std::uint8_t byte) {
    switch (byte) {
        case '\n': return "\\n";
        case '\t': return "\\t";
        case '\r': return "\\r";
        case '\\': return "\\\\";
        default: return fmt::format("\\x{:02x}", byte);
    }
}

}  // namespace

std::size_t utf8_sequence_length(std::string_view text) {
    assert(!text.empty());
    const std::uint8_t first = byte_at(text, 0);
    if (first < 0x80) return 1;
    if (first < 0xc2) return 0;  // a continuation, or an overlong two-byte form
    if (first < 0xe0) return is_continuation(text, 1) ? 2 : 0;
    if (!is_continuation(text, 1) || !is_continuation(text, 2)) return 0;
    const std::uint8_t second = byte_at(text, 1);
    if (first < 0xf0) {
        const bool overlong = first == 0xe0 && second < 0xa0;
        const bool surrogate = first == 0xed && second >= 0xa0;
        return overlong || surrogate ? 0 : 3;
    }
    const bool overlong = first == 0xf0 && second < 0x90;
    const bool beyond_unicode = first > 0xf4 || (first == 0xf4 && second >= 0x90);
    return overlong || beyond_unicode || !is_continuation(text, 3) ? 0 : 4;
}

std::string escape(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t length = utf8_sequence_length(text);
        const std::uint8_t first = byte_at(text, 0);
        const bool plain = length == 1 && first >= 0x20 && first != 0x7f && first != '\\';
        const bool printable = plain || (length > 1 && !is_c1_control(text));
        const std::size_t taken = length == 0 ? 1 : length;
        for (std::size_t i = 0; i < taken; ++i) {
            if (printable) {
                out += text[i];
            } else {
                out += escape_byte(byte_at(text, i));
            }
        }
        text.remove_prefix(taken);
    }
    return out;
}

std::string quote(std::string_view text) {
    std::string out = "\"";
    for (const char c : escape(text)) {
        if (c == '"') out += '\\';
        out += c;
    }
    return out + '"';
}

std::string shell_quote(std::string_view text) {
    constexpr std::string_view kPlain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=.,:/@%";
    if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) return std::string(text);
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') {
            out += R"('\'')";
        } else {
            out += c;
        }
    }
    return out + "'";
}

}  // namespace tunlab
