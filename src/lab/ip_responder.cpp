#include "tunlab/lab/ip_responder.hpp"

#include "tunlab/wire/ip.hpp"

namespace tunlab {

Decision IpResponder::respond(Bytes packet, const Instant& now, ReplySink& sink) {
    const Arrival arrival{.now = now};
    const bool v6 = !packet.empty() && ip_version(packet) == kIpv6Version;
    return v6 ? respond_ipv6(packet, arrival, sink) : respond_ipv4(packet, arrival, sink);
}

}  // namespace tunlab
