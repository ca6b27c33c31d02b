#pragma once
// Decimal numbers with a fraction, exactly: no floating point between what a person writes and what is meant.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tunlab {

constexpr unsigned kMostDecimals = 9;

/// "12.5" with `decimals` 3 is 12500. Digits, and at most one point with digits on both sides of it; no sign,
/// no exponent, no space. A fraction of more digits than `decimals` that are not zeros, or a value beyond
/// 2^63 - 1, is nothing. Precondition: decimals <= kMostDecimals.
[[nodiscard]] std::optional<std::int64_t> parse_decimal(std::string_view text, unsigned decimals);

/// The shortest text that parse_decimal() makes `value` of. Preconditions: value >= 0; decimals <=
/// kMostDecimals.
[[nodiscard]] std::string format_decimal(std::int64_t value, unsigned decimals);

}  // namespace tunlab
