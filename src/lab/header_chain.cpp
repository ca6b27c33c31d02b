#include "tunlab/lab/header_chain.hpp"

#include "tunlab/wire/icmp.hpp"
#include "tunlab/wire/ipv6_extension.hpp"

namespace tunlab {

namespace {

std::optional<Reason> why_stop_at(std::uint8_t kind, const ExtensionHeader& header) {
    if (kind == kNextRouting) {
        // RFC 8200 §4.4: of an unknown type, with no segments left, it is passed over. Segment routing (RFC
        // 8754) and RPL's source routes (RFC 6554) are known to Linux, and off.
        constexpr std::uint8_t kRplSourceRoute = 3;
        constexpr std::uint8_t kSegmentRouting = 4;
        const RoutingHeader routing = routing_header_of(header);
        const bool known = routing.type == kRplSourceRoute || routing.type == kSegmentRouting;
        if (routing.segments_left == 0 && !known) return std::nullopt;
        return Reason::SourceRoute;
    }
    const auto where = kind == kNextHopByHop ? Ipv6OptionsIn::HopByHop : Ipv6OptionsIn::Destination;
    switch (judge_ipv6_options(header.body, where)) {
        case Ipv6OptionsVerdict::Skip: return std::nullopt;
        case Ipv6OptionsVerdict::Discard: return Reason::UnknownOption;
        case Ipv6OptionsVerdict::Malformed: return Reason::ExtensionHeader;
    }
    return Reason::ExtensionHeader;
}

}  // namespace

bool HeaderChain::is_icmp(std::uint8_t type) const {
    return protocol == kProtocolIcmpv6 && rest.size() >= kIcmpHeaderSize && rest[0] == type;
}

HeaderChain process_headers(const Ipv6Packet& ip, FragmentHeader fragment_header) {
    HeaderChain at{.protocol = ip.next_header,
                   .rest = ip.payload,
                   .named_at = kIpv6NextHeaderOffset,
                   .fragment_header = fragment_header};
    const auto position = [&] { return kIpv6HeaderSize + ip.payload.size() - at.rest.size(); };
    const auto stop = [&](Reason reason) {
        at.stopped = reason;
        return at;
    };
    for (;;) {
        switch (at.protocol) {
            case kNextHopByHop:
                // RFC 8200 §4.1: nowhere but right behind the IPv6 header.
                if (position() != kIpv6HeaderSize) return stop(Reason::ExtensionHeader);
                [[fallthrough]];
            case kNextRouting:
            case kNextDestination: {
                const auto header = parse_extension_header(at.rest);
                if (!header) return stop(Reason::ExtensionHeader);
                if (const auto reason = why_stop_at(at.protocol, *header)) return stop(*reason);
                at.named_at = position();
                at.protocol = header->next_header;
                at.rest = header->rest;
                break;
            }
            case kNextFragment: {
                const auto header = parse_ipv6_fragment_header(at.rest);
                // RFC 8200 §4.1: each extension header once. Linux refuses a second one of these.
                if (!header || at.fragment_header == FragmentHeader::Present)
                    return stop(Reason::ExtensionHeader);
                at.at_fragment = !header->is_atomic();
                if (at.at_fragment) return at;
                at.fragment_header = FragmentHeader::Present;
                at.named_at = position();  // RFC 6946: processed by itself
                at.protocol = header->next_header;
                at.rest = header->payload;
                break;
            }
            case kNextNone: return stop(Reason::NoNextHeader);
            default: return at;
        }
    }
}

}  // namespace tunlab
