#pragma once
// The JSON Schema of a profile, for editors and for validators that know nothing of tunlab.

#include <string>

namespace tunlab {

/// The schema (draft-07) made from the table of fields: pretty, with a line end. It accepts every
/// profile that parse_profile() does, but for comments, and refuses what can be seen without
/// comparing fields.
[[nodiscard]] std::string profile_schema();

}  // namespace tunlab
