#pragma once
// A share of many, from nothing to all of them.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tunlab {

/// Exact to a millionth, that is four decimals of a percent.
class Percentage {
public:
    static constexpr std::uint32_t kAll = 1'000'000;

    constexpr Percentage() = default;
    /// Precondition: millionths <= kAll.
    static constexpr Percentage from_millionths(std::uint32_t millionths) { return Percentage(millionths); }

    [[nodiscard]] constexpr std::uint32_t millionths() const { return millionths_; }

    /// "2%", "0.25%": as few digits as say it.
    [[nodiscard]] std::string to_string() const;

    friend constexpr auto operator<=>(const Percentage&, const Percentage&) = default;

private:
    constexpr explicit Percentage(std::uint32_t millionths) : millionths_(millionths) {}
    std::uint32_t millionths_ = 0;
};

/// A decimal number from 0 to 100 with at most four decimals and a "%" behind it: "2%", "0.25%". Anything
/// else, also a number without "%", is no percentage.
[[nodiscard]] std::optional<Percentage> parse_percentage(std::string_view text);

}  // namespace tunlab
