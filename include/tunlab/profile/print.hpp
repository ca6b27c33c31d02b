#pragma once
// A profile back to JSON, with what it leaves open filled in.

#include "tunlab/profile/profile.hpp"

#include <string>

namespace tunlab {

/// `profile` as JSON with every default that does not depend on the machine: pretty, with a line
/// end. It parses to a profile of the same digest. Never throws on bad UTF-8.
[[nodiscard]] std::string print_profile(const Profile& profile);

}  // namespace tunlab
