#pragma once
// The network behind a TAP device: Ethernet and ARP around an IpResponder.

#include "tunlab/base/address.hpp"
#include "tunlab/lab/device_facts.hpp"
#include "tunlab/lab/ip_responder.hpp"
#include "tunlab/lab/responder.hpp"
#include "tunlab/wire/ethernet.hpp"

#include <cstdint>

namespace tunlab {

class EthernetResponder : public Responder {
public:
    /// As IpResponder's.
    EthernetResponder(const DeviceFacts& facts, const HostTable& hosts, std::uint16_t first_identification)
        : facts_(facts), hosts_(hosts), ip_(facts, hosts, first_identification) {}

    Decision respond(Bytes packet, const Instant& now, ReplySink& sink) override;

private:
    [[nodiscard]] bool takes(const MacAddress& destination) const;
    [[nodiscard]] Reason answer_arp(const EthernetFrame& frame, ReplySink& sink) const;

    const DeviceFacts& facts_;
    const HostTable& hosts_;
    IpResponder ip_;
};

}  // namespace tunlab
