#pragma once
// Simulated hosts that answer IPv6 packets as Linux hosts without open ports do, and neighbour solicitations
// on a link with MAC addresses; and the routers before them.

#include "tunlab/lab/arrival.hpp"
#include "tunlab/lab/header_chain.hpp"
#include "tunlab/lab/icmp_error.hpp"
#include "tunlab/lab/ip_core.hpp"
#include "tunlab/lab/responder.hpp"
#include "tunlab/wire/icmp.hpp"
#include "tunlab/wire/ipv6.hpp"

#include <cstdint>

namespace tunlab {

/// Answers for the unicast IPv6 addresses that a rule has and the host does not hold.
class Ipv6Responder {
public:
    /// `core` must outlive the responder.
    explicit Ipv6Responder(IpCore& core) : core_(core) {}

    /// As Ipv4Responder's, for IPv6.
    Decision respond(Bytes packet, const Arrival& arrival, ReplySink& sink);

private:
    /// A packet as it reaches a hop or the host that was asked; a datagram in fragments as it was
    /// reassembled.
    struct Request {
        const Ipv6Packet& ip;
        Bytes datagram;  ///< from the IPv6 header to the end of its payload
        const Arrival& arrival;
        LinkDestination link_destination;  ///< of a datagram in fragments: the first one's
        const HostRule* host;              ///< null while it is not looked up
        HeaderChain headers;
    };

    Decision at_host(const Request& request, ReplySink& sink);
    Decision reassemble(const Request& fragment, ReplySink& sink);
    Decision answer(const Request& request, ReplySink& sink);
    static Reason answer_icmp(const Request& request, ReplySink& sink);
    Reason answer_solicitation(const Request& request, ReplySink& sink);
    Reason answer_udp(const Request& request, ReplySink& sink);
    static Reason answer_tcp(const Request& request, ReplySink& sink);
    Reason send_error(const Request& request, const IcmpError& error, Bytes invoking, ReplySink& sink);
    static void send_icmp(const Ipv6Packet& header, const IcmpMessage& message, ReplySink& sink);
    [[nodiscard]] static Ipv6Packet reply_to(const Request& request, std::uint8_t protocol);

    IpCore& core_;
};

}  // namespace tunlab
