#include "tunlab/lab/ethernet_responder.hpp"

#include "tunlab/lab/address_filter.hpp"
#include "tunlab/lab/framing_sink.hpp"
#include "tunlab/lab/simulated_mac.hpp"
#include "tunlab/wire/arp.hpp"

namespace tunlab {

Decision EthernetResponder::respond(Bytes packet, const Instant& now, ReplySink& sink) {
    const auto frame = parse_ethernet(packet);
    if (!frame) return {.reason = Reason::FrameLength};
    if (!frame->source.is_unicast()) return {.reason = Reason::BadSource};
    if (!takes(frame->destination)) return {.reason = Reason::OtherMac};
    FramingSink framing(*frame, hosts_, sink);
    const Arrival arrival{.now = now, .link = &framing};
    switch (frame->ethertype) {
        case kEtherTypeArp: return {.reason = answer_arp(*frame, sink)};
        case kEtherTypeIpv4: return ip_.respond_ipv4(frame->payload, arrival, framing);
        case kEtherTypeIpv6: return ip_.respond_ipv6(frame->payload, arrival, framing);
        default: return {.reason = Reason::EtherType};
    }
}

bool EthernetResponder::takes(const MacAddress& destination) const {
    if (destination.is_multicast() || is_simulated_ipv6(destination) || hosts_.lists(destination))
        return true;
    const auto address = simulated_address(destination);
    return address && !why_not_simulated(*address, facts_) && hosts_.find_present(*address) != nullptr;
}

Reason EthernetResponder::answer_arp(const EthernetFrame& frame, ReplySink& sink) const {
    const auto arp = parse_arp(frame.payload);
    if (!arp) return Reason::ArpMalformed;
    if (arp->operation != kArpRequest) return Reason::ArpOperation;
    // Stricter than Linux: with another sender the reply would go to a third party.
    if (arp->sender_mac != frame.source) return Reason::ArpSender;
    if (arp->sender_ip == arp->target_ip) return Reason::ArpAnnouncement;  // RFC 5227 §1.1
    if (const auto reason = why_not_simulated(arp->target_ip, facts_)) return *reason;
    const HostRule* const host = hosts_.find_present(arp->target_ip);
    if (host == nullptr) return Reason::NoHost;
    // RFC 5227 §2.1.1: a probe asks whether the address is free. A lab that answers for "any" address leaves
    // it free: otherwise nobody behind the device could ever take one.
    const bool probe = arp->sender_ip.is_unspecified();
    if (probe && !host->names_one()) return Reason::ArpProbe;
    if (!probe && is_martian_source(arp->sender_ip, facts_)) return Reason::BadSource;

    const MacAddress own = hosts_.mac_of(arp->target_ip);
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
