#include "tunlab/wire/ipv6_extension.hpp"

#include "tunlab/wire/icmp.hpp"
#include "tunlab/wire/ip.hpp"
#include "tunlab/wire/transport.hpp"

#include <algorithm>
#include <cassert>

namespace tunlab {

namespace {

constexpr std::size_t kUnit = 8;
constexpr std::size_t kCommonSize = 2;  // next header and length, RFC 8200 §4.3

// Option types, RFC 8200 §4.2.
constexpr std::uint8_t kPad1 = 0;
constexpr std::uint8_t kPadN = 1;
constexpr unsigned kActionBits = 0xc0;  // what to do with an unknown one; 00: skip it

constexpr std::uint16_t kIpv6FragmentOffsetMask = 0xfff8;  // already in bytes: the low three bits are others
constexpr std::uint16_t kMoreFragments = 0x0001;

/// Counts what ip6_parse_tlv() bounds.
struct OptionsSoFar {
    std::size_t padding = 0;  // bytes on end
    std::size_t options = 0;  // that are no padding
};

constexpr std::size_t kMaxPadding = 7;  // more are never needed to align to 8
constexpr std::size_t kMaxOptions = 8;  // Linux's max_hbh_opts_number and max_dst_opts_number

bool is_zero(Bytes bytes) {
    return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

/// Whether a hop-by-hop option of that type, which begins at `offset` in its header, is one that Linux's
/// ipv6_hop_ra(), ipv6_hop_ioam() or ipv6_hop_calipso() throws away.
bool is_bad_hop_by_hop(std::uint8_t type, std::size_t offset, std::size_t size) {
    constexpr std::uint8_t kRouterAlert = 5;
    constexpr std::uint8_t kCalipso = 7;
    constexpr std::uint8_t kIoam = 0x31;
    constexpr std::size_t kRouterAlertSize = 2;
    constexpr std::size_t kIoamAlignment = 4;
    switch (type) {
        case kRouterAlert: return size != kRouterAlertSize;
        case kCalipso: return true;
        case kIoam: return offset % kIoamAlignment != 0;
        default: return false;
    }
}

Ipv6OptionsVerdict judge_option(std::uint8_t type, Bytes data, OptionsSoFar& so_far) {
    if (type == kPadN) {
        so_far.padding += kCommonSize + data.size();
        const bool sound = so_far.padding <= kMaxPadding && is_zero(data);
        return sound ? Ipv6OptionsVerdict::Skip : Ipv6OptionsVerdict::Malformed;
    }
    so_far.padding = 0;
    if (++so_far.options > kMaxOptions) return Ipv6OptionsVerdict::Malformed;
    return (type & kActionBits) == 0 ? Ipv6OptionsVerdict::Skip : Ipv6OptionsVerdict::Discard;
}

}  // namespace

Parsed<ExtensionHeader> parse_extension_header(Bytes bytes) {
    if (bytes.size() < kUnit) return Defect::Truncated;
    const std::size_t size = (std::size_t{bytes[1]} + 1) * kUnit;
    if (size > bytes.size()) return Defect::BadLength;
    return ExtensionHeader{.next_header = bytes[0],
                           .body = bytes.subspan(kCommonSize, size - kCommonSize),
                           .rest = bytes.subspan(size)};
}

Ipv6OptionsVerdict judge_ipv6_options(Bytes body, Ipv6OptionsIn where) {
    OptionsSoFar so_far;
    const std::size_t header_size = kCommonSize + body.size();
    while (!body.empty()) {
        if (body[0] == kPad1) {
            if (++so_far.padding > kMaxPadding) return Ipv6OptionsVerdict::Malformed;
            body = body.subspan(1);
            continue;
        }
        if (body.size() < kCommonSize || body.size() - kCommonSize < body[1])
            return Ipv6OptionsVerdict::Malformed;
        if (where == Ipv6OptionsIn::HopByHop &&
            is_bad_hop_by_hop(body[0], header_size - body.size(), body[1]))
            return Ipv6OptionsVerdict::Malformed;
        const auto verdict = judge_option(body[0], body.subspan(kCommonSize, body[1]), so_far);
        if (verdict != Ipv6OptionsVerdict::Skip) return verdict;
        body = body.subspan(kCommonSize + body[1]);
    }
    return Ipv6OptionsVerdict::Skip;
}

RoutingHeader routing_header_of(const ExtensionHeader& header) {
    assert(header.body.size() >= kUnit - kCommonSize);
    return {.length = static_cast<std::uint8_t>(header.body.size() / kUnit),
            .type = header.body[0],
            .segments_left = header.body[1]};
}

Parsed<Ipv6FragmentHeader> parse_ipv6_fragment_header(Bytes bytes) {
    if (bytes.size() < kIpv6FragmentHeaderSize) return Defect::Truncated;
    const std::uint16_t fragment = load_be16(bytes, 2);
    return Ipv6FragmentHeader{.next_header = bytes[0],
                              .offset = static_cast<std::uint16_t>(fragment & kIpv6FragmentOffsetMask),
                              .more = (fragment & kMoreFragments) != 0,
                              .identification = load_be32(bytes, 4),
                              .payload = bytes.subspan(kIpv6FragmentHeaderSize)};
}

void write_ipv6_fragment_header(MutableBytes out, const Ipv6FragmentHeader& header) {
    assert(out.size() >= kIpv6FragmentHeaderSize);
    assert(header.offset % kUnit == 0);
    out[0] = header.next_header;
    out[1] = 0;
    store_be16(out, 2, static_cast<std::uint16_t>(header.offset | (header.more ? kMoreFragments : 0U)));
    store_be32(out, 4, header.identification);
}

bool holds_upper_layer_header(Bytes bytes, std::uint8_t next_header) {
    for (;;) {
        switch (next_header) {
            case kNextHopByHop:
            case kNextRouting:
            case kNextDestination: {
                const auto header = parse_extension_header(bytes);
                if (!header) return false;
                next_header = header->next_header;
                bytes = header->rest;
                break;
            }
            case kNextFragment: {
                const auto header = parse_ipv6_fragment_header(bytes);
                if (!header) return false;
                next_header = header->next_header;
                bytes = header->payload;
                break;
            }
            case kNextNone: return true;
            case kProtocolTcp: return bytes.size() >= kTcpMinHeaderSize;
            case kProtocolUdp:
            case kProtocolIcmpv6: return bytes.size() >= kIcmpHeaderSize;
            default: return !bytes.empty();
        }
    }
}

}  // namespace tunlab
