#pragma once
// Durations and rates as people write them: always with their unit.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tunlab {

/// The longest duration that is taken.
constexpr std::chrono::nanoseconds kLongestDuration = std::chrono::hours(1);

/// A decimal number with "us", "ms" or "s" behind it, of whole nanoseconds and at most an hour: "40ms",
/// "1.5s". Anything else, also a number without a unit, is no duration.
[[nodiscard]] std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

/// In the largest unit in which it is 1 or more, exactly: "40ms", "1.5s", "250us"; "0ms" for none.
/// Precondition: not negative.
[[nodiscard]] std::string format_duration(std::chrono::nanoseconds duration);

constexpr std::uint32_t kHighestRate = 1'000'000;

/// "100/s" is 100: a whole number from 1 to 1,000,000 with "/s" behind it. Anything else is no rate.
[[nodiscard]] std::optional<std::uint32_t> parse_rate(std::string_view text);
/// "100/s"
[[nodiscard]] std::string format_rate(std::uint32_t a_second);

}  // namespace tunlab
