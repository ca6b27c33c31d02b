#pragma once
// Corruption of a reply that its receiver notices.

#include "tunlab/base/bytes.hpp"

namespace tunlab {

/// Makes the checksum of the ICMP, ICMPv6, TCP or UDP message in `packet` wrong, and changes nothing else:
/// the kernel that gets it counts one InCsumErrors of that protocol. `packet` is a whole IP packet that
/// tunlab wrote, or the first fragment of one; any other is left as it is.
void corrupt_checksum(MutableBytes packet);

}  // namespace tunlab
