#pragma once
// The table of a profile's fields: the parser checks by it, the schema is made from it, and the
// manual is held against it.

#include <span>
#include <string_view>

namespace tunlab {

struct FieldFacts {
    std::string_view object;    ///< "" for the profile itself, "ipv6", "routes[]" for one of its routes
    std::string_view name;      ///< the JSON key
    std::string_view type;      ///< type and limits as the manual says them
    std::string_view fallback;  ///< the default, or "required"
    std::string_view meaning;   ///< one sentence for editors
};

/// Every field of every object of a profile, in the manual's order.
[[nodiscard]] std::span<const FieldFacts> profile_fields();

}  // namespace tunlab
