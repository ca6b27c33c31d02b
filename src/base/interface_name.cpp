#include "tunlab/base/interface_name.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace tunlab {

namespace {

constexpr std::array<std::string_view, 5> kReserved{".", "..", "all", "default", "lo"};

bool is_name_character(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
}

}  // namespace

std::variant<InterfaceName, std::string> parse_interface_name(std::string_view text) {
    if (text.empty()) return "a device name must not be empty";
    if (text.size() > InterfaceName::kMaxSize) {
        return fmt::format("a device name has at most {} characters, this one has {}",
                           InterfaceName::kMaxSize, text.size());
    }
    if (!std::all_of(text.begin(), text.end(), is_name_character)) {
        return "a device name consists of letters, digits and \"_\", \".\", \"-\"";
    }
    if (text.front() == '-') return "a device name must not begin with \"-\"";
    if (std::find(kReserved.begin(), kReserved.end(), text) != kReserved.end()) {
        return fmt::format("the name \"{}\" is taken by Linux itself", text);
    }
    return InterfaceName(text);
}

}  // namespace tunlab
