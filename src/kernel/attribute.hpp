#pragma once
// Values of netlink attributes, read within the length that the attribute states: libnl's own nla_get_*()
// trust the sender.

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include <netlink/attr.h>

namespace tunlab {

/// The first bytes of the value as a `Value`; what is missing is 0.
template <typename Value>
[[nodiscard]] Value attribute_value(const nlattr* attribute) {
    Value value{};
    const auto size = static_cast<std::size_t>(std::max(nla_len(attribute), 0));
    std::memcpy(&value, nla_data(attribute), std::min(sizeof value, size));
    return value;
}

/// The value up to its first NUL.
[[nodiscard]] inline std::string attribute_text(const nlattr* attribute) {
    const std::string_view bytes(static_cast<const char*>(nla_data(attribute)),
                                 static_cast<std::size_t>(std::max(nla_len(attribute), 0)));
    return std::string(bytes.substr(0, bytes.find('\0')));
}

}  // namespace tunlab
