#pragma once
// The network behind the device, as a pure function: a packet in, at most one reply out, and the
// reason. IpResponder is that for TUN; for TAP, EthernetResponder puts Ethernet and ARP around the same
// core.

#include "tunlab/base/bytes.hpp"
#include "tunlab/lab/reply_sink.hpp"
#include "tunlab/lab/verdict.hpp"

namespace tunlab {

/// What became of one packet.
struct Decision {
    Reason reason{};
    bool echo_request = false;  ///< it was an echo request, whatever became of it
};

class Responder {
public:
    Responder() = default;
    Responder(const Responder&) = delete;
    Responder& operator=(const Responder&) = delete;
    Responder(Responder&&) = delete;
    Responder& operator=(Responder&&) = delete;
    virtual ~Responder() = default;

    /// Decides what becomes of `packet` and writes its reply, if it gets one, into `sink`. The
    /// packet is not changed. Any bytes may come.
    virtual Decision respond(Bytes packet, ReplySink& sink) = 0;
};

}  // namespace tunlab
