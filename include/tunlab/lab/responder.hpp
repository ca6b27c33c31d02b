#pragma once
// The network behind the device, as a function without clock or descriptor: a packet in, at most one reply
// out (in fragments, if it is longer than the device's MTU), and the reason. IpResponder is that for TUN; for
// TAP, EthernetResponder puts Ethernet and ARP around the same core. ImpairingResponder does to the replies
// what bad lines do.

#include "tunlab/base/address.hpp"
#include "tunlab/base/bytes.hpp"
#include "tunlab/lab/host.hpp"
#include "tunlab/lab/instant.hpp"
#include "tunlab/lab/reply_sink.hpp"
#include "tunlab/lab/verdict.hpp"

#include <chrono>
#include <optional>

namespace tunlab {

/// What became of one packet.
struct Decision {
    Reason reason{};
    bool echo_request = false;  ///< it was, or completed, an echo request, whatever became of it
    /// Whose answer it is, with the impairments that are still to be applied to it; null for the answers of
    /// hops, ARP and NDP. It lives as long as the table of hosts.
    const HostRule* host = nullptr;
    IpAddress asked{};                 ///< with `host`: the address that was asked
    std::chrono::nanoseconds delay{};  ///< from when the packet came to when its reply is due
    /// The second half of what was written is a copy of the first, and is due then.
    std::optional<std::chrono::nanoseconds> copy_delay{};
};

class Responder {
public:
    Responder() = default;
    Responder(const Responder&) = delete;
    Responder& operator=(const Responder&) = delete;
    Responder(Responder&&) = delete;
    Responder& operator=(Responder&&) = delete;
    virtual ~Responder() = default;

    /// Decides what becomes of `packet`, which came at `now`, and writes its reply, if it gets one, into
    /// `sink`. The packet is not changed. Any bytes may come.
    virtual Decision respond(Bytes packet, const Instant& now, ReplySink& sink) = 0;
};

}  // namespace tunlab
