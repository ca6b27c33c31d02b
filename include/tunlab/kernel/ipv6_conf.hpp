#pragma once
// The IPv6 settings of a device that rtnetlink can't change, or can't change in time: files in
// /proc/sys/net/ipv6/conf/NAME of the current network namespace (ip-sysctl.rst).

#include "tunlab/plan/state.hpp"

namespace tunlab {

/// Whether those files can be written at all: not where /proc/sys is read-only (as in containers), or
/// missing.
[[nodiscard]] bool is_ipv6_conf_writable();

/// Throws KernelRefusal, with EROFS where /proc/sys is read-only.
void write_accept_ra(const LinkState& link, bool accept);

/// For a device that is up: unlike the netlink message it makes the address there and then. Throws
/// KernelRefusal.
void write_addr_gen_mode(const LinkState& link, AddrGenMode mode);

}  // namespace tunlab
