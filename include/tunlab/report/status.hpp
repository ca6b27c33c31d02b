#pragma once
// The devices that tunlab made, for people and for programs.

#include "tunlab/plan/status.hpp"

#include <span>
#include <string>

namespace tunlab {

/// A table with a heading, one line a device, and below a device that differs from its profile what
/// `tunlab up` would do. Every line has its end.
[[nodiscard]] std::string format_status(std::span<const DeviceStatus> devices);

/// A JSON array of objects in the shape of `ip -j -d addr`, each with a member "tunlab": {mode,
/// owner, profile, in_sync, drift, attached}. With a line end.
[[nodiscard]] std::string format_status_json(std::span<const DeviceStatus> devices);

}  // namespace tunlab
