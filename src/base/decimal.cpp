#include "tunlab/base/decimal.hpp"

#include <cassert>
#include <charconv>
#include <limits>

#include <fmt/format.h>

namespace tunlab {

namespace {

constexpr std::int64_t kTen = 10;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

}  // namespace

std::optional<std::int64_t> parse_decimal(std::string_view text, unsigned decimals) {
    assert(decimals <= kMostDecimals);
    const std::size_t point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    std::string_view fraction = point == std::string_view::npos ? "" : text.substr(point + 1);
    if (whole.empty() || (point != std::string_view::npos && fraction.empty())) return std::nullopt;
    while (fraction.ends_with('0')) {
        fraction.remove_suffix(1);
    }
    if (fraction.size() > decimals) return std::nullopt;
    std::string digits(whole);
    digits += fraction;
    digits.append(decimals - fraction.size(), '0');
    for (const char c : digits) {
        if (!is_digit(c)) return std::nullopt;
    }
    std::int64_t value = 0;
    const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (result.ec != std::errc()) return std::nullopt;
    return value;
}

std::string format_decimal(std::int64_t value, unsigned decimals) {
    assert(value >= 0 && decimals <= kMostDecimals);
    std::int64_t unit = 1;
    for (unsigned i = 0; i < decimals; ++i) {
        unit *= kTen;
    }
    std::string text = fmt::to_string(value / unit);
    if (value % unit == 0) return text;
    text += fmt::format(".{:0{}}", value % unit, decimals);
    while (text.ends_with('0')) {
        text.pop_back();
    }
    return text;
}

}  // namespace tunlab
