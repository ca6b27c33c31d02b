#pragma once
// What a host without open ports answers UDP and TCP, as far as it is the same over IPv4 and IPv6.

#include "tunlab/lab/verdict.hpp"
#include "tunlab/wire/parsed.hpp"
#include "tunlab/wire/reassembly.hpp"
#include "tunlab/wire/transport.hpp"

#include <optional>

namespace tunlab {

/// The reset that answers `segment` (RFC 9293 §3.10.7.1, "if the connection does not exist").
/// Precondition: `segment` is no reset.
[[nodiscard]] TcpHeader reset_for(const TcpHeader& segment);

/// Whether the segment's options ask for a signed answer (RFC 2385, RFC 5925), or are malformed before such
/// an option could follow, as in Linux's tcp_do_parse_auth_options(). The sender ignores unsigned resets, and
/// signing one takes the key.
[[nodiscard]] bool wants_signature(const TcpHeader& segment);

/// Why `segment`, which came to such a link-layer destination, gets no reset; nothing if it gets one.
[[nodiscard]] std::optional<Reason> why_no_reset(const TcpHeader& segment, LinkDestination link_destination);

/// The reason for not answering a datagram or segment with that defect.
[[nodiscard]] Reason reason_for_udp(Defect defect);
[[nodiscard]] Reason reason_for_tcp(Defect defect);

}  // namespace tunlab
