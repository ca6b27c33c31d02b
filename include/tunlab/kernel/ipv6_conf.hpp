#pragma once
// The IPv6 settings of a device that rtnetlink can't change, or can't change in time: files in
// /proc/sys/net/ipv6/conf/NAME of the current network namespace (ip-sysctl.rst).

#include "tunlab/profile/profile.hpp"

#include <optional>
#include <string>

namespace tunlab {

/// Whether `name` takes router advertisements; nothing where it has no IPv6.
[[nodiscard]] std::optional<bool> read_accept_ra(const std::string& name);

/// Throws KernelRefusal, with EROFS where /proc/sys is read-only.
void write_accept_ra(const std::string& name, bool accept);

/// For a device that is up: unlike the netlink message it makes the address there and then. Throws
/// KernelRefusal.
void write_addr_gen_mode(const std::string& name, AddrGenMode mode);

}  // namespace tunlab
