#include "tunlab/plan/mark.hpp"

#include "tunlab/base/digest.hpp"

#include <charconv>

namespace tunlab {

namespace {
constexpr std::string_view kPrefix = "tunlab:1:";
constexpr std::size_t kDigestDigits = 16;
constexpr std::size_t kMaxAliasSize = 254;  // IFALIASZ less NUL and what libnl keeps for itself
}  // namespace

std::string format_mark(const Mark& mark) {
    const std::string start = std::string(kPrefix) + format_digest(mark.digest) + ':';
    const bool fits = start.size() + mark.profile.size() <= kMaxAliasSize;
    return start + (mark.profile.empty() || !fits ? "-" : mark.profile);
}

std::optional<Mark> parse_mark(std::string_view alias) {
    if (!alias.starts_with(kPrefix)) return std::nullopt;
    alias.remove_prefix(kPrefix.size());
    if (alias.size() < kDigestDigits + 2 || alias[kDigestDigits] != ':') return std::nullopt;
    Mark mark;
    const char* const digits_end = alias.data() + kDigestDigits;
    const auto [end, error] = std::from_chars(alias.data(), digits_end, mark.digest, 16);
    if (error != std::errc() || end != digits_end) return std::nullopt;
    const std::string_view path = alias.substr(kDigestDigits + 1);
    if (path == "-") return mark;
    if (!path.starts_with('/')) return std::nullopt;
    mark.profile = path;
    return mark;
}

}  // namespace tunlab
