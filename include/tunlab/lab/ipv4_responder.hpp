#pragma once
// Simulated hosts that answer IPv4 packets, as Linux hosts without open ports do, and the routers before
// them.

#include "tunlab/lab/arrival.hpp"
#include "tunlab/lab/ip_core.hpp"
#include "tunlab/lab/path.hpp"
#include "tunlab/lab/responder.hpp"
#include "tunlab/wire/icmp.hpp"
#include "tunlab/wire/icmpv4.hpp"
#include "tunlab/wire/ipv4.hpp"

#include <cstddef>
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
    /// A packet that somebody gets: a router, or as a whole datagram the host that was asked.
    struct Request {
        const Ipv4Packet& ip;
        Bytes datagram;  ///< header and payload
        const Instant& now;
        FrameTo frame_to;
        const HostRule& host;
        Bytes reply_options;
    };
    /// Who sends an error: the host, or a router before it.
    struct Sender {
        Ipv4Address address;
        std::uint8_t ttl = 0;  ///< with which the error arrives
        std::size_t hops = 0;  ///< that the packet had passed when it came there
        Bytes options{};
    };
    struct Error {
        Reason reason{};
        std::uint8_t type = 0;
        std::uint8_t code = 0;
        std::uint32_t rest_of_header = 0;
    };

    Decision at_host(const Request& request, ReplySink& sink);
    Decision answer(const Request& fragment, Bytes datagram, FrameTo frame_to, ReplySink& sink);
    Reason answer_from_hop(const Request& request, const Journey& journey, ReplySink& sink);
    Reason answer_unreachable(const Request& request, const Error& error, ReplySink& sink);
    Reason answer_icmp(const Request& request, ReplySink& sink);
    Reason answer_timestamp(const Request& request, const IcmpMessage& message, ReplySink& sink);
    Reason answer_udp(const Request& request, ReplySink& sink);
    static Reason answer_tcp(const Request& request, ReplySink& sink);
    Reason send_error(const Request& request, const Error& error, const Sender& sender, std::size_t quotable,
                      ReplySink& sink);
    void send_icmp(Ipv4Packet header, const IcmpMessage& message, ReplySink& sink);
    [[nodiscard]] static Ipv4Packet reply_to(const Request& request, std::uint8_t protocol);
    [[nodiscard]] static Sender host_of(const Request& request);
    /// The hop with that number, from 1. Precondition: it has an address.
    [[nodiscard]] static Sender hop_of(const Request& request, std::size_t number);
    [[nodiscard]] static Error port_unreachable();

    IpCore& core_;
    std::uint16_t next_identification_;
};

}  // namespace tunlab
