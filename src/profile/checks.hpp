#pragma once
// What fields of a profile say about each other: nothing here looks at one value alone.

#include "reading.hpp"

namespace tunlab {

/// Reports every field that does not go with the others. What could not be read was reported before,
/// and counts as absent.
void check_between_fields(Reader& reader);

}  // namespace tunlab
