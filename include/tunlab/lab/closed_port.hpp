#pragma once
// What a host without open ports says: to UDP an ICMP error, to TCP a reset. Here is what IPv4 and IPv6 have
// in common of that.

#include "tunlab/lab/verdict.hpp"
#include "tunlab/wire/parsed.hpp"
#include "tunlab/wire/transport.hpp"

namespace tunlab {

/// The reset that answers `segment` (RFC 9293 §3.10.7.1, "if the connection does not exist").
/// Precondition: `segment` is no reset.
[[nodiscard]] TcpHeader reset_for(const TcpHeader& segment);

/// The reason for not answering a datagram or segment with that defect.
[[nodiscard]] Reason reason_for_udp(Defect defect);
[[nodiscard]] Reason reason_for_tcp(Defect defect);

}  // namespace tunlab
