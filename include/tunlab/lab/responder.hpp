#pragma once
// The network behind the device, as a function without clock or descriptor: a packet in, at most one reply
// out (in fragments, if it is longer than the device's MTU), and the reason. IpResponder is that for TUN; for
// TAP, EthernetResponder puts Ethernet and ARP around the same core.

#include "tunlab/base/bytes.hpp"
#include "tunlab/lab/instant.hpp"
#include "tunlab/lab/reply_sink.hpp"
#include "tunlab/lab/verdict.hpp"

namespace tunlab {

/// What became of one packet.
struct Decision {
    Reason reason{};
    bool echo_request = false;  ///< it was, or completed, an echo request, whatever became of it
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
