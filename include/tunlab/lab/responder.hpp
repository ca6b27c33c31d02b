#pragma once
// The hosts behind the device as a function without clock or descriptor: a packet in, at most one reply out
// (in fragments, if it is longer than the device's MTU), and the reason. IpResponder is that for TUN; for
// TAP, EthernetResponder puts Ethernet and ARP around the same core. What happens to the reply on its way
// back is Engine's business.

#include "tunlab/base/address.hpp"
#include "tunlab/base/bytes.hpp"
#include "tunlab/lab/host.hpp"
#include "tunlab/lab/instant.hpp"
#include "tunlab/lab/reply_sink.hpp"
#include "tunlab/lab/verdict.hpp"

#include <chrono>
#include <cstddef>

namespace tunlab {

/// What was decided about one packet.
struct Decision {
    Reason reason{};
    bool echo_request = false;  ///< it was, or completed, an echo request, whatever was decided
    /// The rule of the host that was asked; null for ARP and NDP, and where there is none. It lives as long
    /// as the table of hosts.
    const HostRule* host = nullptr;
    IpAddress asked{};    ///< with `host`: the address that was asked
    std::size_t hop = 0;  ///< the hop of the host's path that decided, from 1; 0 if it was no hop
    std::chrono::nanoseconds path_delay{};  ///< of the hops that the packet passed
};

class Responder {
public:
    Responder() = default;
    Responder(const Responder&) = delete;
    Responder& operator=(const Responder&) = delete;
    Responder(Responder&&) = delete;
    Responder& operator=(Responder&&) = delete;
    virtual ~Responder() = default;

    /// Decides on `packet`, which arrived at `now`, and writes the reply, if there is one, into `sink`. The
    /// packet is not changed. Accepts any bytes.
    virtual Decision respond(Bytes packet, const Instant& now, ReplySink& sink) = 0;
};

}  // namespace tunlab
