#include "tunlab/lab/ip_responder.hpp"

namespace tunlab {

Decision IpResponder::respond(Bytes packet, const Instant& now, ReplySink& sink) {
    constexpr unsigned kVersion6 = 6;
    const Arrival arrival{.now = now};
    const bool v6 = !packet.empty() && packet[0] >> 4 == kVersion6;
    return v6 ? respond_ipv6(packet, arrival, sink) : respond_ipv4(packet, arrival, sink);
}

}  // namespace tunlab
