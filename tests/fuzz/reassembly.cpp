#include "tunlab/wire/reassembly.hpp"

#include "tunlab/wire/ipv4.hpp"
#include "tunlab/wire/ipv6.hpp"
#include "tunlab/wire/ipv6_extension.hpp"

#include <algorithm>

#include "properties.hpp"
#include "targets.hpp"

namespace tunlab::fuzz {

namespace {

constexpr std::size_t kHeadSize = 3;
constexpr std::size_t kRecordSize = 4;
constexpr unsigned kLast = 1;
constexpr unsigned kAltered = 2;
constexpr unsigned kOther = 4;
constexpr unsigned kOdd = 8;
constexpr std::uint8_t kProtocol = 253;  // RFC 3692: for experiments

struct Piece {
    std::size_t offset = 0;
    std::size_t size = 0;
    unsigned flags = 0;
};

std::uint8_t octet_at(std::size_t position) {
    return static_cast<std::uint8_t>(position * 7 + (position >> 8));
}

std::vector<std::uint8_t> payload_of(const Piece& piece) {
    std::vector<std::uint8_t> payload(piece.size);
    for (std::size_t i = 0; i < payload.size(); ++i) {
        payload[i] = octet_at(piece.offset + i);
    }
    if ((piece.flags & kAltered) != 0 && !payload.empty()) payload[piece.size / 2] ^= 0x5a;
    return payload;
}

std::vector<std::uint8_t> ipv4_fragment(const Piece& piece) {
    const auto payload = payload_of(piece);
    std::vector<std::uint8_t> packet(kIpv4MinHeaderSize + payload.size());
    write_ipv4_header(packet,
                      {.identification = static_cast<std::uint16_t>((piece.flags & kOther) != 0 ? 2 : 1),
                       .more_fragments = (piece.flags & kLast) == 0,
                       .fragment_offset = static_cast<std::uint16_t>(piece.offset),
                       .ttl = 64,
                       .protocol = kProtocol,
                       .source = Ipv4Address(192, 168, 0, 1),
                       .destination = Ipv4Address(192, 168, 0, 3)},
                      payload.size());
    std::ranges::copy(payload, packet.begin() + kIpv4MinHeaderSize);
    return packet;
}

std::vector<std::uint8_t> ipv6_fragment(const Piece& piece) {
    const auto payload = payload_of(piece);
    std::vector<std::uint8_t> packet(kIpv6HeaderSize + kIpv6FragmentHeaderSize + payload.size());
    write_ipv6_header(packet,
                      {.next_header = kNextFragment,
                       .hop_limit = 64,
                       .source = parse_ip_address("fd00::1")->v6(),
                       .destination = parse_ip_address("fd00::3")->v6()},
                      kIpv6FragmentHeaderSize + payload.size());
    write_ipv6_fragment_header(MutableBytes(packet).subspan(kIpv6HeaderSize),
                               {.next_header = kProtocol,
                                .offset = static_cast<std::uint16_t>(piece.offset),
                                .more = (piece.flags & kLast) == 0,
                                .identification = (piece.flags & kOther) != 0 ? 2U : 1U});
    std::ranges::copy(payload, packet.begin() + kIpv6HeaderSize + kIpv6FragmentHeaderSize);
    return packet;
}

/// Whatever was put together: its lengths are its own, and where no piece was altered, its bytes are the
/// datagram's.
void judge(Bytes datagram, bool v4, bool any_altered) {
    Bytes payload;
    if (v4) {
        const auto ip = parse_ipv4(datagram);
        require(ip && !ip->is_fragment() && ip->protocol == kProtocol,
                "a reassembled IPv4 datagram is not sound");
        require(ipv4_header_size(*ip) + ip->payload.size() == datagram.size(),
                "bytes stand behind a datagram");
        payload = ip->payload;
    } else {
        const auto ip = parse_ipv6(datagram);
        require(ip && ip->next_header == kProtocol, "a reassembled IPv6 datagram is not sound");
        require(kIpv6HeaderSize + ip->payload.size() == datagram.size(), "bytes stand behind a datagram");
        payload = ip->payload;
    }
    if (any_altered) return;
    for (std::size_t i = 0; i < payload.size(); ++i) {
        require(payload[i] == octet_at(i), "a reassembled datagram has other bytes than its pieces");
    }
}

}  // namespace

void reassembly(Bytes input) {
    if (input.size() < kHeadSize) return;
    const bool v4 = (input[0] & 1) != 0;
    const std::size_t whole = load_be16(input, 1);
    Reassembler reassembler;
    Reassembler::Time now{};
    bool any_altered = false;
    for (Bytes rest = input.subspan(kHeadSize); rest.size() >= kRecordSize;
         rest = rest.subspan(kRecordSize)) {
        Piece piece{.offset = (load_be16(rest, 0) & 0x1fffU) * std::size_t{8},
                    .size = rest[2] * std::size_t{8},
                    .flags = rest[3]};
        if ((piece.flags & kOdd) != 0) ++piece.size;
        // A piece that is the datagram's last ends where the datagram does, as an honest sender's would.
        if ((piece.flags & kLast) != 0 && piece.offset < whole && whole - piece.offset < piece.size)
            piece.size = whole - piece.offset;
        if (piece.offset == 0 && (piece.flags & kLast) != 0) continue;  // no fragment
        any_altered = any_altered || (piece.flags & kAltered) != 0;
        now += std::chrono::seconds(piece.flags >> 6U) * 20;
        const auto packet = v4 ? ipv4_fragment(piece) : ipv6_fragment(piece);
        const auto result =
            v4 ? reassembler.add_ipv4(packet, LinkDestination::Unicast, now)
               : reassembler.add_ipv6(packet, kIpv6HeaderSize, 6, LinkDestination::Unicast, now);
        require((result.outcome == FragmentOutcome::Complete) != result.datagram.empty(),
                "there is a datagram if and only if it is complete");
        if (!result.datagram.empty()) judge(result.datagram, v4, any_altered);
        require(reassembler.bytes_kept() <= Reassembler::kMaxBytes, "more is kept than is allowed");
        require(reassembler.datagrams_kept() <= 2, "there are more datagrams than were sent");
        require((reassembler.bytes_kept() == 0) == (reassembler.datagrams_kept() == 0),
                "something is kept for nobody");
    }
}

}  // namespace tunlab::fuzz
