#pragma once
// The peer of the SSH session that this command runs in.

#include "tunlab/base/address.hpp"

#include <optional>

namespace tunlab {

/// The client's address from SSH_CONNECTION (ssh(1)). sudo removes that variable, so the environments of
/// this process's ancestors are searched too, as far as they may be read.
[[nodiscard]] std::optional<IpAddress> ssh_peer();

}  // namespace tunlab
