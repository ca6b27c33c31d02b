#include "tunlab/base/percentage.hpp"

#include "tunlab/base/decimal.hpp"

namespace tunlab {

namespace {

constexpr unsigned kDecimals = 4;

}  // namespace

std::string Percentage::to_string() const {
    return format_decimal(millionths_, kDecimals) + "%";
}

std::optional<Percentage> parse_percentage(std::string_view text) {
    if (!text.ends_with('%')) return std::nullopt;
    text.remove_suffix(1);
    const auto millionths = parse_decimal(text, kDecimals);
    if (!millionths || *millionths > Percentage::kAll) return std::nullopt;
    return Percentage::from_millionths(static_cast<std::uint32_t>(*millionths));
}

}  // namespace tunlab
