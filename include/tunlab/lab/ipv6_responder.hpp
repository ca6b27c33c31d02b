#pragma once
// Simulated hosts that answer IPv6 packets, as Linux hosts without open ports do, and on a link with
// MAC addresses solicitations, too; and the routers before them.

#include "tunlab/lab/arrival.hpp"
#include "tunlab/lab/ip_core.hpp"
#include "tunlab/lab/path.hpp"
#include "tunlab/lab/responder.hpp"
#include "tunlab/wire/icmp.hpp"
#include "tunlab/wire/icmpv6.hpp"
#include "tunlab/wire/ipv4.hpp"
#include "tunlab/wire/ipv6.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace tunlab {

/// Answers for the unicast IPv6 addresses that a rule has and the host does not hold.
class Ipv6Responder {
public:
    /// `core` must outlive the responder.
    explicit Ipv6Responder(IpCore& core) : core_(core) {}

    /// As Ipv4Responder's, for IPv6.
    Decision respond(Bytes packet, const Arrival& arrival, ReplySink& sink);

private:
    /// A packet that somebody gets: a router, or as a whole datagram, with its extension headers behind it,
    /// the host that was asked.
    struct Request {
        const Ipv6Packet& ip;
        Bytes datagram;  ///< from the IPv6 header to the end of its payload
        const Arrival& arrival;
        FrameTo frame_to;           ///< of a datagram in fragments: the first one's
        const HostRule* host;       ///< null where nobody's answer is wanted
        std::uint8_t protocol = 0;  ///< behind the extension headers
        Bytes payload;              ///< likewise
        bool fragmented = false;    ///< it came with a fragment header

        [[nodiscard]] bool is_icmp(std::uint8_t type) const {
            return protocol == kProtocolIcmpv6 && payload.size() >= kIcmpHeaderSize && payload[0] == type;
        }
    };
    /// Who sends an error: the host, or a router before it.
    struct Sender {
        Ipv6Address address;
        std::uint8_t hop_limit = 0;  ///< with which the error arrives
        std::size_t hops = 0;        ///< that the packet had passed when it came there
    };
    struct Error {
        Reason reason{};
        std::uint8_t type = 0;
        std::uint8_t code = 0;
        std::uint32_t rest_of_header = 0;
    };
    /// Where the walk over the headers of a packet ended, if not at the upper layer's.
    struct End {
        bool at_fragment = false;
        std::size_t named_at = 0;  ///< where in the packet the octet stands that names what it ended at
        std::optional<Reason> stopped{};
    };
    Decision at_host(const Request& request, const End& end, ReplySink& sink);
    Decision answer(const Request& request, ReplySink& sink);
    Decision answer_fragment(const Request& fragment, std::size_t named_at, ReplySink& sink);
    Reason answer_from_hop(const Request& request, const Journey& journey, ReplySink& sink);
    Reason answer_unreachable(const Request& request, const Error& error, ReplySink& sink);
    static Reason answer_icmp(const Request& request, ReplySink& sink);
    Reason answer_solicitation(const Request& request, ReplySink& sink);
    Reason answer_udp(const Request& request, ReplySink& sink);
    static Reason answer_tcp(const Request& request, ReplySink& sink);
    Reason send_error(const Request& request, const Error& error, const Sender& sender, std::size_t quotable,
                      ReplySink& sink);
    [[nodiscard]] static Ipv6Packet reply_to(const Request& request, std::uint8_t protocol);
    [[nodiscard]] static Sender host_of(const Request& request);
    /// The hop with that number, from 1. Precondition: it has an address.
    [[nodiscard]] static Sender hop_of(const Request& request, std::size_t number);
    [[nodiscard]] static Error port_unreachable();
    static void send_icmp(const Ipv6Packet& header, const IcmpMessage& message, ReplySink& sink);

    IpCore& core_;
};

}  // namespace tunlab
