#pragma once
// Unmodelled attributes: what a profile can't describe of an address, route or neighbour (a label, a type of
// service). They are kept as the kernel's own message and sent back as they were.

#include "tunlab/kernel/netlink.hpp"
#include "tunlab/plan/state.hpp"

#include <optional>
#include <string>

namespace tunlab {

/// The unmodelled attributes of the address in an RTM_NEWADDR message, on the device `name`.
[[nodiscard]] Extras unmodelled_of_address(nl_msg* message, const std::string& name);

/// The unmodelled attributes of the route in an RTM_NEWROUTE message; nothing for a route that the message
/// alone does not describe: one with a nexthop object, or one that expires.
[[nodiscard]] std::optional<Extras> unmodelled_of_route(nl_msg* message);

/// The unmodelled attributes of the entry in an RTM_NEWNEIGH message.
[[nodiscard]] Extras unmodelled_of_neighbour(nl_msg* message);

/// The kernel's own message as a request of that type. Precondition: !extras.empty().
[[nodiscard]] NlMessage request_again(int type, int flags, const Extras& extras);

}  // namespace tunlab
