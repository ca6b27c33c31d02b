#pragma once
// The state of the devices that tunlab made. Changes nothing and needs no privilege.

#include "tunlab/plan/status.hpp"

#include <vector>

namespace tunlab {

/// The devices of the current network namespace that bear tunlab's mark, in order of their ifindex,
/// each compared with its profile as the file is now. Throws Error.
[[nodiscard]] std::vector<DeviceStatus> survey();

/// All links of the current network namespace with their addresses. Throws Error.
[[nodiscard]] HostState list_links();

}  // namespace tunlab
