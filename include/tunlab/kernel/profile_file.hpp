#pragma once
// Profiles on disk.

#include "tunlab/profile/profile.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tunlab {

/// Reads and parses the profile that the user names: a regular file, a pipe or FIFO (for at most 10 s), or
/// with
/// "-" standard input. Directories and devices are refused without being opened; at most kMaxProfileSize
/// bytes are read. Throws InvalidProfile.
[[nodiscard]] Profile load_profile(const std::string& path);

/// The same for a path that only a device's mark names: regular files only, and the problems never quote the
/// file. Any user's device can carry a mark that names /etc/shadow, and root reads the marks. Throws
/// InvalidProfile.
[[nodiscard]] Profile load_marked_profile(const std::string& path);

/// The file of the profile called `name` in the folders of named profiles: NAME.json in
/// $XDG_CONFIG_HOME/tunlab (~/.config/tunlab) and /etc/tunlab; under sudo only in the latter, whose
/// files root has chosen. Nothing if there is none.
[[nodiscard]] std::optional<std::string> find_named_profile(const std::string& name);

/// The folders that find_named_profile() looks in.
[[nodiscard]] std::vector<std::string> profile_folders();

/// The names of the profiles in those folders.
[[nodiscard]] std::vector<std::string> named_profiles();

}  // namespace tunlab
