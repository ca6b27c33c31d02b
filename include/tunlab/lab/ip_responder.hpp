#pragma once
// The network behind a TUN device: IPv4 and IPv6. EthernetResponder wraps it for a TAP device.

#include "tunlab/lab/arrival.hpp"
#include "tunlab/lab/ip_core.hpp"
#include "tunlab/lab/ipv4_responder.hpp"
#include "tunlab/lab/ipv6_responder.hpp"
#include "tunlab/lab/responder.hpp"

#include <cstdint>

namespace tunlab {

class IpResponder : public Responder {
public:
    /// `facts` and `hosts` must outlive the responder; `facts` may change between packets.
    /// `first_identification` is the IP identification of the first reply.
    IpResponder(const DeviceFacts& facts, const HostTable& hosts, std::uint16_t first_identification)
        : core_{.facts = facts, .hosts = hosts}, v4_(core_, first_identification), v6_(core_) {
        core_.fragmenting.next_identification = first_identification;
    }

    Decision respond(Bytes packet, const Instant& now, ReplySink& sink) override;
    /// The same for a packet that the layer below calls IPv4 or IPv6, whatever its version field says.
    Decision respond_ipv4(Bytes packet, const Arrival& arrival, ReplySink& sink) {
        return v4_.respond(packet, arrival, sink);
    }
    Decision respond_ipv6(Bytes packet, const Arrival& arrival, ReplySink& sink) {
        return v6_.respond(packet, arrival, sink);
    }

private:
    IpCore core_;
    Ipv4Responder v4_;
    Ipv6Responder v6_;
};

}  // namespace tunlab
