#pragma once
// Simulated hosts that answer IPv4 packets as Linux hosts without open ports do, and the routers before them.

#include "tunlab/lab/arrival.hpp"
#include "tunlab/lab/icmp_error.hpp"
#include "tunlab/lab/ip_core.hpp"
#include "tunlab/lab/responder.hpp"
#include "tunlab/wire/icmp.hpp"
#include "tunlab/wire/ipv4.hpp"

#include <cstdint>

namespace tunlab {

/// Answers for the unicast IPv4 addresses that a rule has and the host does not hold.
class Ipv4Responder {
public:
    /// `core` must outlive the responder. `first_identification` is the IP identification of the first reply;
    /// each further one gets the next.
    Ipv4Responder(IpCore& core, std::uint16_t first_identification)
        : core_(core), next_identification_(first_identification) {}

    /// Decides what becomes of `packet`, which the layer below calls IPv4, and writes its reply into `sink`:
    /// a datagram, or its fragments.
    Decision respond(Bytes packet, const Arrival& arrival, ReplySink& sink);

private:
    /// A packet as it reaches a hop or the host that was asked; a datagram in fragments as it was
    /// reassembled.
    struct Request {
        const Ipv4Packet& ip;
        Bytes datagram;  ///< header and payload
        const Instant& now;
        LinkDestination link_destination;  ///< of a datagram in fragments: the first one's
        const HostRule& host;
        Bytes reply_options{};
    };

    Decision at_host(const Request& request, ReplySink& sink);
    Decision answer(const Request& request, ReplySink& sink);
    Reason answer_icmp(const Request& request, ReplySink& sink);
    Reason answer_timestamp(const Request& request, const IcmpMessage& message, ReplySink& sink);
    Reason answer_udp(const Request& request, ReplySink& sink);
    static Reason answer_tcp(const Request& request, ReplySink& sink);
    Reason send_error(const Request& request, const IcmpError& error, Bytes invoking, ReplySink& sink);
    void send_icmp(Ipv4Packet header, const IcmpMessage& message, ReplySink& sink);
    [[nodiscard]] static Ipv4Packet reply_to(const Request& request, std::uint8_t protocol);

    IpCore& core_;
    std::uint16_t next_identification_;
};

}  // namespace tunlab
