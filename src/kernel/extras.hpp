#pragma once
// What a profile has no words for, read from the kernel's own messages and sent back with them.

#include "tunlab/kernel/netlink.hpp"
#include "tunlab/plan/state.hpp"

#include <optional>
#include <string>

namespace tunlab {

/// The extras of the address in an RTM_NEWADDR message, on the device `name`.
[[nodiscard]] Extras address_extras(nl_msg* message, const std::string& name);

/// The extras of the route in an RTM_NEWROUTE message; nothing for a route that is not described by the
/// message alone: one that leads to a next hop object, or that will vanish by itself.
[[nodiscard]] std::optional<Extras> route_extras(nl_msg* message);

/// The extras of the entry in an RTM_NEWNEIGH message.
[[nodiscard]] Extras neighbour_extras(nl_msg* message);

/// The kernel's description as a request of that type. Precondition: !extras.empty().
[[nodiscard]] NlMessage request_again(int type, int flags, const Extras& extras);

}  // namespace tunlab
