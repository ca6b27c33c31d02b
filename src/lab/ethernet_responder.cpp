#include "tunlab/lab/ethernet_responder.hpp"

#include "tunlab/lab/simulated_mac.hpp"
#include "tunlab/wire/arp.hpp"

namespace tunlab {

namespace {

/// Puts the Ethernet header before each IPv4 reply to `request`.
class FramingSink : public ReplySink {
public:
    FramingSink(const EthernetFrame& request, ReplySink& frames) : request_(request), frames_(frames) {}

    MutableBytes begin(std::size_t size) override {
        frame_ = frames_.begin(kEthernetHeaderSize + size);
        return frame_.subspan(kEthernetHeaderSize);
    }

    void finish() override {
        write_ethernet_header(
            frame_,
            {.destination = request_.source, .source = reply_source(), .ethertype = request_.ethertype});
        frames_.finish();
    }

private:
    /// The MAC that the request went to, so that a host behind a gateway answers with its gateway's.
    /// A request that was broadcast is answered with the MAC of the address that answers.
    [[nodiscard]] MacAddress reply_source() const {
        constexpr std::size_t kSourceOffset = 12;  // of the IPv4 header, RFC 791 §3.1
        if (!request_.destination.is_multicast()) return request_.destination;
        return simulated_mac(
            Ipv4Address::from_bytes(Bytes(frame_).subspan(kEthernetHeaderSize + kSourceOffset)));
    }

    const EthernetFrame& request_;
    ReplySink& frames_;
    MutableBytes frame_;
};

}  // namespace

Decision EthernetResponder::respond(Bytes packet, ReplySink& sink) {
    const auto frame = parse_ethernet(packet);
    if (!frame) return {.reason = Reason::FrameLength};
    if (!frame->source.is_unicast()) return {.reason = Reason::BadSource};
    if (!takes(frame->destination)) return {.reason = Reason::OtherMac};
    FramingSink framing(*frame, sink);
    switch (frame->ethertype) {
        case kEtherTypeArp: return {.reason = answer_arp(*frame, sink)};
        case kEtherTypeIpv4: return ip_.respond_ipv4(frame->payload, framing);
        case kEtherTypeIpv6: return {.reason = Reason::Ipv6};
        default: return {.reason = Reason::EtherType};
    }
}

bool EthernetResponder::takes(const MacAddress& destination) const {
    if (destination.is_multicast()) return true;
    const auto address = simulated_address(destination);
    return address && !why_not_simulated(*address, facts_);
}

Reason EthernetResponder::answer_arp(const EthernetFrame& frame, ReplySink& sink) const {
    const auto arp = parse_arp(frame.payload);
    if (!arp) return Reason::ArpMalformed;
    if (arp->operation != kArpRequest) return Reason::ArpOperation;
    // Stricter than Linux: whoever names another as the sender wants the reply to go astray.
    if (arp->sender_mac != frame.source) return Reason::ArpSender;
    if (arp->sender_ip == arp->target_ip) return Reason::ArpAnnouncement;  // RFC 5227 §1.1
    if (const auto reason = why_not_simulated(arp->target_ip, facts_)) return *reason;
    // RFC 5227 §2.1.1: a probe asks whether the address is free. To a lab that answers for every
    // address it is: else nobody behind the device could ever take one.
    if (arp->sender_ip.is_unspecified()) return Reason::ArpProbe;
    if (is_bad_source(arp->sender_ip, facts_)) return Reason::BadSource;

    const MacAddress own = simulated_mac(arp->target_ip);
    const MutableBytes out = sink.begin(kEthernetHeaderSize + kArpSize);
    write_ethernet_header(out, {.destination = arp->sender_mac, .source = own, .ethertype = kEtherTypeArp});
    write_arp(out.subspan(kEthernetHeaderSize), {.operation = kArpReply,
                                                 .sender_mac = own,
                                                 .sender_ip = arp->target_ip,
                                                 .target_mac = arp->sender_mac,
                                                 .target_ip = arp->sender_ip});
    sink.finish();
    return Reason::Arp;
}

}  // namespace tunlab
