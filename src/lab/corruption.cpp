#include "tunlab/lab/corruption.hpp"

#include "tunlab/wire/icmp.hpp"
#include "tunlab/wire/ipv4.hpp"
#include "tunlab/wire/ipv6.hpp"
#include "tunlab/wire/ipv6_extension.hpp"
#include "tunlab/wire/transport.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace tunlab {

namespace {

struct Message {
    std::uint8_t protocol = 0;
    std::size_t offset = 0;  // in the packet
};

std::optional<Message> message_in(Bytes packet) {
    if (const auto ip = parse_ipv4_unverified(packet)) {
        if (ip->fragment_offset != 0) return std::nullopt;
        return Message{ip->protocol, ipv4_header_size(*ip)};
    }
    const auto ip = parse_ipv6(packet);
    if (!ip) return std::nullopt;
    if (ip->next_header != kNextFragment) return Message{ip->next_header, kIpv6HeaderSize};
    const auto header = parse_ipv6_fragment_header(ip->payload);
    if (!header || header->offset != 0) return std::nullopt;
    return Message{header->next_header, kIpv6HeaderSize + kIpv6FragmentHeaderSize};
}

/// Where in a message of `protocol` its checksum is.
std::optional<std::size_t> checksum_offset(std::uint8_t protocol) {
    switch (protocol) {
        case kProtocolIcmp:
        case kProtocolIcmpv6: return kIcmpChecksumOffset;
        case kProtocolTcp: return kTcpChecksumOffset;
        case kProtocolUdp: return kUdpChecksumOffset;
        default: return std::nullopt;
    }
}

}  // namespace

void corrupt_checksum(MutableBytes packet) {
    const auto message = message_in(packet);
    if (!message) return;
    const auto offset = checksum_offset(message->protocol);
    if (!offset || message->offset + *offset + sizeof(std::uint16_t) > packet.size()) return;
    const std::size_t at = message->offset + *offset;
    // Every other bit: 0 and 0xffff, which are equal in one's complement, are not turned into each other, and
    // a UDP checksum becomes 0, "none", only if it was this very pattern.
    constexpr std::uint16_t kPattern = 0x5555;
    constexpr std::uint16_t kOtherPattern = 0xaaaa;
    const std::uint16_t right = load_be16(packet, at);
    store_be16(packet, at, right ^ (right == kPattern ? kOtherPattern : kPattern));
}

}  // namespace tunlab
