#pragma once
// The core of the lab: simulated hosts that answer IP packets.

#include "tunlab/base/address.hpp"
#include "tunlab/lab/device_facts.hpp"
#include "tunlab/lab/responder.hpp"
#include "tunlab/wire/ipv4.hpp"

#include <cstdint>
#include <optional>

namespace tunlab {

/// Answers for every unicast address that the host does not hold.
class IpResponder : public Responder {
public:
    /// `facts` must outlive the responder and may change between packets. `first_identification` is
    /// the IP identification of the first reply; each further one gets the next.
    IpResponder(const DeviceFacts& facts, std::uint16_t first_identification)
        : facts_(facts), next_identification_(first_identification) {}

    Decision respond(Bytes packet, ReplySink& sink) override;
    /// The same for a packet that the layer below calls IPv4, whatever its version field says.
    Decision respond_ipv4(Bytes packet, ReplySink& sink);

private:
    Reason answer(const Ipv4Packet& ip, ReplySink& sink);
    Reason answer_icmp(const Ipv4Packet& ip, ReplySink& sink);

    const DeviceFacts& facts_;
    std::uint16_t next_identification_;
};

/// Why no simulated host has `address`: it is a broadcast or multicast address, can't be anybody's
/// (0.0.0.0, 127/8), or is the host's own. Nothing if one has it.
[[nodiscard]] std::optional<Reason> why_not_simulated(const Ipv4Address& address, const DeviceFacts& facts);

/// Whether a packet from `address` must not be answered: RFC 1122 §3.2.1.3 forbids replies to
/// 0.0.0.0, loopback, multicast and broadcast addresses.
[[nodiscard]] bool is_bad_source(const Ipv4Address& address, const DeviceFacts& facts);

}  // namespace tunlab
