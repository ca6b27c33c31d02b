#include "properties.hpp"

#include "tunlab/wire/arp.hpp"
#include "tunlab/wire/checksum.hpp"
#include "tunlab/wire/ethernet.hpp"
#include "tunlab/wire/icmpv4.hpp"
#include "tunlab/wire/icmpv6.hpp"
#include "tunlab/wire/ipv4.hpp"
#include "tunlab/wire/ipv6.hpp"
#include "tunlab/wire/ipv6_extension.hpp"
#include "tunlab/wire/neighbour.hpp"
#include "tunlab/wire/transport.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace tunlab::fuzz {

namespace {

/// Keeps finished replies, each written over octets of one kind.
class Catcher : public ReplySink {
public:
    explicit Catcher(std::uint8_t fill) : fill_(fill) {}

    MutableBytes begin(std::size_t size) override {
        require(size <= kIpv6MaxSize + kEthernetHeaderSize, "a reply has a size that no packet has");
        buffer_.assign(size, fill_);
        return buffer_;
    }
    void finish() override { replies.push_back(buffer_); }

    std::vector<std::vector<std::uint8_t>> replies;

private:
    std::uint8_t fill_;
    std::vector<std::uint8_t> buffer_;
};

std::size_t checksum_offset(std::uint8_t protocol) {
    switch (protocol) {
        case kProtocolIcmp:
        case kProtocolIcmpv6: return kIcmpChecksumOffset;
        case kProtocolUdp: return kUdpChecksumOffset;
        case kProtocolTcp: return kTcpChecksumOffset;
        default: return 0;
    }
}

void repair_upper(MutableBytes payload, std::uint8_t protocol, InternetChecksum covered) {
    const std::size_t offset = checksum_offset(protocol);
    if (offset == 0 || payload.size() < offset + 2) return;
    store_be16(payload, offset, 0);
    store_be16(payload, offset, covered.add(payload).value());
}

void repair_ipv4(MutableBytes packet) {
    if (packet.size() < kIpv4MinHeaderSize) return;
    const std::size_t header_size = ipv4_header_size(packet);
    if (header_size < kIpv4MinHeaderSize || header_size > packet.size()) return;
    update_ipv4_checksum(packet);
    const auto ip = parse_ipv4_unverified(packet);
    if (!ip || ip->is_fragment()) return;
    const MutableBytes payload = packet.subspan(header_size, ip->payload.size());
    const auto covered = ip->protocol == kProtocolIcmp
                             ? InternetChecksum()
                             : pseudo_header(ip->source, ip->destination, ip->protocol, payload.size());
    repair_upper(payload, ip->protocol, covered);
}

void repair_ipv6(MutableBytes packet) {
    const auto ip = parse_ipv6(packet);
    if (!ip) return;
    MutableBytes rest = packet.subspan(kIpv6HeaderSize, ip->payload.size());
    std::uint8_t protocol = ip->next_header;
    while (protocol == kNextHopByHop || protocol == kNextRouting || protocol == kNextDestination ||
           protocol == kNextFragment) {
        if (rest.size() < kIpv6FragmentHeaderSize) return;
        const std::size_t size = protocol == kNextFragment ? 8 : (std::size_t{rest[1]} + 1) * 8;
        if (size > rest.size()) return;
        protocol = rest[0];
        rest = rest.subspan(size);
    }
    repair_upper(rest, protocol, pseudo_header(ip->source, ip->destination, protocol, rest.size()));
}

void judge_upper(std::uint8_t protocol, Bytes payload, const Ends& ends) {
    switch (protocol) {
        case kProtocolIcmp:
            require(static_cast<bool>(parse_icmpv4(payload)), "an ICMP reply is not sound");
            break;
        case kProtocolIcmpv6:
            require(static_cast<bool>(parse_icmpv6(payload, ends.source.v6(), ends.destination.v6())),
                    "an ICMPv6 reply is not sound");
            break;
        case kProtocolTcp:
            require(static_cast<bool>(parse_tcp(payload, ends)), "a TCP reply is not sound");
            break;
        default: require(false, "a reply is of another protocol than ICMP and TCP");
    }
}

void judge_ip(Bytes reply, std::size_t mtu) {
    require(reply.size() <= mtu, "a reply is longer than the MTU");
    if (ip_version(reply) == kIpv4Version) {
        const auto ip = parse_ipv4(reply);
        require(static_cast<bool>(ip), "an IPv4 reply is not sound");
        require(ipv4_header_size(*ip) + ip->payload.size() == reply.size(), "bytes stand behind a reply");
        if (!ip->is_fragment()) judge_upper(ip->protocol, ip->payload, {ip->source, ip->destination});
        return;
    }
    const auto ip = parse_ipv6(reply);
    require(static_cast<bool>(ip), "an IPv6 reply is not sound");
    require(kIpv6HeaderSize + ip->payload.size() == reply.size(), "bytes stand behind a reply");
    if (ip->next_header != kNextFragment)
        judge_upper(ip->next_header, ip->payload, {ip->source, ip->destination});
}

void judge_frame(Bytes reply, std::size_t mtu) {
    const auto frame = parse_ethernet(reply);
    require(static_cast<bool>(frame), "a reply is no frame");
    const bool to_a_probe = frame->destination == kAllNodesMac && frame->ethertype == kEtherTypeIpv6;
    require(frame->destination.is_unicast() || to_a_probe, "a reply goes to a group");
    require(frame->source.is_unicast(), "a reply comes from a group");
    if (frame->ethertype != kEtherTypeArp) return judge_ip(frame->payload, mtu);
    const auto arp = parse_arp(frame->payload);
    require(arp && arp->operation == kArpReply && reply.size() == kEthernetHeaderSize + kArpSize,
            "an ARP reply is not sound");
}

}  // namespace

const HostTable& network() {
    static const HostTable kNetwork = [] {
        constexpr std::array kAnswers{Answer::NetUnreachable, Answer::PortUnreachable, Answer::Silent,
                                      Answer::Absent,         Answer::AdminProhibited, Answer::Echo};
        constexpr std::uint32_t kNarrow = 1280;
        std::vector<HostRule> rules{{.match = *parse_ip_prefix("0.0.0.0/0")},
                                    {.match = *parse_ip_prefix("::/0")}};
        const auto add = [&](const IpPrefix& match, Answer answer, const char* hop) {
            const auto address = parse_ip_address(hop);
            rules.push_back({.match = match,
                             .answer = answer,
                             .path = {{.address = address}, {}, {.address = address, .mtu = kNarrow}}});
        };
        for (std::size_t i = 0; i < kAnswers.size(); ++i) {
            const auto last = static_cast<std::uint8_t>(4 + i);
            Ipv6Address v6({0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last});
            add({Ipv4Address(192, 168, 0, last), 32}, kAnswers[i], "10.77.0.1");
            add({Ipv4Address(10, 0, 1, last), 32}, kAnswers[i], "10.77.0.1");
            add({v6, 128}, kAnswers[i], "fd77::1");
        }
        // Named one by one, and no more: these answer probes.
        rules.push_back({.match = *parse_ip_prefix("10.0.1.3/32")});
        rules.push_back({.match = *parse_ip_prefix("fd00::3/128")});
        return HostTable(std::move(rules), {});
    }();
    return kNetwork;
}

void require(bool holds, const char* what) {
    if (!holds) throw std::logic_error(what);
}

bool Records::next(Record& record) {
    constexpr std::size_t kHeaderSize = 3;
    constexpr std::array<int, 16> kPauses{0,  0,  0,   0,    1,      1,      2,      5,
                                          10, 50, 100, 1000, 10'000, 29'999, 30'001, 60'001};
    if (rest_.size() < kHeaderSize) return false;
    record.repair = (rest_[0] & 1) != 0;
    record.pause = std::chrono::milliseconds(kPauses[rest_[0] >> 4]);
    const std::size_t size = std::min<std::size_t>(load_be16(rest_, 1), rest_.size() - kHeaderSize);
    const Bytes packet = rest_.subspan(kHeaderSize, size);
    record.packet.assign(packet.begin(), packet.end());
    record.packet.shrink_to_fit();
    rest_ = rest_.subspan(kHeaderSize + size);
    return true;
}

void repair_checksums(MutableBytes packet) {
    if (packet.empty()) return;
    if (ip_version(packet) == kIpv4Version) return repair_ipv4(packet);
    repair_ipv6(packet);
}

void Judge::ask(Bytes packet, const Instant& now, std::size_t mtu) {
    asked_ += packet.size();
    Catcher first(0x00);
    Catcher second(0xff);
    const Decision decision = one_.respond(packet, now, first);
    require(other_.respond(packet, now, second).reason == decision.reason, "one packet has two reasons");
    require(first.replies == second.replies, "a reply holds bytes that were not written");
    require((facts_of(decision.reason).verdict == Verdict::Reply) != first.replies.empty(),
            "replies and verdict do not go together");
    std::size_t size = 0;
    for (const auto& reply : first.replies) {
        link_ == Link::Ethernet ? judge_frame(reply, mtu) : judge_ip(reply, mtu);
        size += reply.size();
    }
    // An error quotes, a reset states, an advertisement names; an echo returns what was asked. Each fragment
    // has headers of its own.
    constexpr std::size_t kHeaders = kEthernetHeaderSize + kIpv6HeaderSize + kIpv6FragmentHeaderSize + 60;
    require(size <= asked_ + (first.replies.size() + 1) * kHeaders, "a reply is longer than what was asked");
}

}  // namespace tunlab::fuzz
