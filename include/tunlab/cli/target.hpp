#pragma once
// What a word on the command line names: a profile file, or a device.

#include "tunlab/base/interface_name.hpp"
#include "tunlab/plan/state.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tunlab {

/// With "/" in it or ".json" at its end a word is a profile's path, else a device's name.
[[nodiscard]] bool names_profile(std::string_view word);

/// The devices that tunlab made in the current network namespace, of that mode if one is given.
[[nodiscard]] std::vector<LinkState> own_devices(const HostState& host, const std::optional<Mode>& mode);

/// "tun0 (tun), tap0 (tap)"
[[nodiscard]] std::string list_devices(const std::vector<LinkState>& devices);

/// `word` as a device name. Throws Error (Usage).
[[nodiscard]] InterfaceName device_name(std::string_view word);

/// The link named `name`. Throws Error (Usage) "no such device", with the device of tunlab's that is
/// near that name if one is.
[[nodiscard]] const LinkState& existing_device(const HostState& host, const std::string& name);

/// `did you mean "tun0"?`, or nothing.
[[nodiscard]] std::string suggest_device(const HostState& host, const std::string& name);

}  // namespace tunlab
