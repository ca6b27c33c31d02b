#pragma once
// Simulated hosts that answer IPv6 packets, as Linux hosts without open ports do, and on a link with
// MAC addresses solicitations, too.

#include "tunlab/lab/arrival.hpp"
#include "tunlab/lab/ip_core.hpp"
#include "tunlab/lab/responder.hpp"
#include "tunlab/wire/icmp.hpp"
#include "tunlab/wire/ipv4.hpp"
#include "tunlab/wire/ipv6.hpp"

#include <cstddef>
#include <cstdint>

namespace tunlab {

/// Answers for every unicast IPv6 address that the host does not hold.
class Ipv6Responder {
public:
    /// `core` must outlive the responder.
    explicit Ipv6Responder(IpCore& core) : core_(core) {}

    /// As Ipv4Responder's, for IPv6.
    Decision respond(Bytes packet, const Arrival& arrival, ReplySink& sink);

private:
    /// A packet that is whole, with its extension headers behind it.
    struct Request {
        const Ipv6Packet& ip;
        Bytes datagram;  ///< from the IPv6 header to the end of its payload
        const Arrival& arrival;
        FrameTo frame_to;           ///< of a datagram in fragments: the first one's
        std::uint8_t protocol = 0;  ///< behind the extension headers
        Bytes payload;              ///< likewise
        bool fragmented = false;    ///< it came with a fragment header

        [[nodiscard]] bool is_icmp(std::uint8_t type) const {
            return protocol == kProtocolIcmpv6 && payload.size() >= kIcmpHeaderSize && payload[0] == type;
        }
    };
    Decision answer(const Request& request, ReplySink& sink);
    Decision answer_fragment(const Request& fragment, std::size_t named_at, ReplySink& sink);
    static Reason answer_icmp(const Request& request, ReplySink& sink);
    Reason answer_solicitation(const Request& request, ReplySink& sink);
    Reason answer_udp(const Request& request, ReplySink& sink);
    static Reason answer_tcp(const Request& request, ReplySink& sink);
    [[nodiscard]] static Ipv6Packet reply_to(const Request& request, std::uint8_t protocol);
    static void send_icmp(const Request& request, std::uint8_t traffic_class, const IcmpMessage& message,
                          ReplySink& sink);

    IpCore& core_;
};

}  // namespace tunlab
