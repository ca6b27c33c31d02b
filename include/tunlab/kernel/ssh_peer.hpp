#pragma once
// From where the user is logged in by SSH.

#include "tunlab/base/address.hpp"

#include <optional>

namespace tunlab {

/// The client's address from SSH_CONNECTION (ssh(1)), also where sudo has hidden it: then the
/// environments of this process's ancestors tell, as far as they may be read.
[[nodiscard]] std::optional<IpAddress> ssh_peer();

}  // namespace tunlab
