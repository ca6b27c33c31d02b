#include "tunlab/base/duration.hpp"

#include "tunlab/base/decimal.hpp"

#include <array>
#include <cassert>

#include <fmt/format.h>

namespace tunlab {

namespace {

struct Unit {
    std::string_view word;
    unsigned decimals;  // how many of them make nanoseconds of it
    std::int64_t nanoseconds;
};
// "s" last: the others end with it.
constexpr std::array kUnits{Unit{"us", 3, 1'000}, Unit{"ms", 6, 1'000'000}, Unit{"s", 9, 1'000'000'000}};

}  // namespace

std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) {
    for (const auto& unit : kUnits) {
        if (!text.ends_with(unit.word)) continue;
        text.remove_suffix(unit.word.size());
        const auto nanoseconds = parse_decimal(text, unit.decimals);
        if (!nanoseconds || std::chrono::nanoseconds(*nanoseconds) > kLongestDuration) return std::nullopt;
        return std::chrono::nanoseconds(*nanoseconds);
    }
    return std::nullopt;
}

std::string format_duration(std::chrono::nanoseconds duration) {
    assert(duration >= std::chrono::nanoseconds::zero());
    if (duration == std::chrono::nanoseconds::zero()) return "0ms";
    const Unit* chosen = kUnits.begin();
    for (const auto& unit : kUnits) {
        if (duration.count() >= unit.nanoseconds) chosen = &unit;
    }
    return fmt::format("{}{}", format_decimal(duration.count(), chosen->decimals), chosen->word);
}

std::optional<std::uint32_t> parse_rate(std::string_view text) {
    constexpr std::string_view kASecond = "/s";
    if (!text.ends_with(kASecond)) return std::nullopt;
    text.remove_suffix(kASecond.size());
    const auto number = parse_decimal(text, 0);
    const bool sound =
        number && *number >= 1 && *number <= kHighestRate && text.find('.') == std::string_view::npos;
    return sound ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
}

std::string format_rate(std::uint32_t a_second) {
    return fmt::format("{}/s", a_second);
}

}  // namespace tunlab
