#pragma once
// Profiles on disk.

#include "tunlab/profile/profile.hpp"

#include <string>

namespace tunlab {

/// Reads and parses the profile in the regular file `path`. A directory, FIFO or device is not
/// waited on, and no more than kMaxProfileSize is read. Throws ProblemsFound.
[[nodiscard]] Profile load_profile(const std::string& path);

/// `path` without links and dots, for the mark; empty if it can't be resolved.
[[nodiscard]] std::string absolute_path(const std::string& path);

}  // namespace tunlab
