#pragma once
// What a word on the command line names: a profile file, or a device.

#include "tunlab/base/interface_name.hpp"
#include "tunlab/cli/options.hpp"
#include "tunlab/kernel/device_task.hpp"
#include "tunlab/plan/state.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tunlab {

/// With "/" in it or ".json" at its end a word is a profile's path, and "-" is standard input; else
/// it is a device's name, or the name of a profile in the configuration folders.
[[nodiscard]] bool names_profile_file(std::string_view word);

/// The profile that `word` names, for a command that works with `common`. Throws InvalidProfile, or
/// Error (Usage) if there is none of that name or it asks for another namespace than --netns does.
[[nodiscard]] Profile load_argument(const std::string& word, const CommonOptions& common);

/// All of them, or all that is wrong with any of them.
[[nodiscard]] std::vector<Profile> load_arguments(const std::vector<std::string>& words,
                                                  const CommonOptions& common);

/// What a new device may get in the way of: with --netns, not the user's own SSH connection.
[[nodiscard]] OverlapRules overlap_rules(OverlapPolicy policy, const CommonOptions& common);

/// The devices that tunlab made in the current network namespace, of that mode if one is given.
[[nodiscard]] std::vector<LinkState> own_devices(const HostState& host, const std::optional<Mode>& mode);

/// Which of several devices is meant, nobody said. Throws Error (Usage) that lists them, with `tries` that
/// do.
[[noreturn]] void throw_several(const std::vector<LinkState>& devices, std::vector<std::string> tries);

/// `word` as a device name. Throws Error (Usage).
[[nodiscard]] InterfaceName device_name(std::string_view word);

/// The link named `name`. Throws Error (Usage) "no such device", with the device of tunlab's that is
/// near that name if one is.
[[nodiscard]] const LinkState& existing_device(const HostState& host, const std::string& name);

/// `did you mean "tun0"?`, or nothing.
[[nodiscard]] std::string suggest_device(const HostState& host, const std::string& name);

}  // namespace tunlab
