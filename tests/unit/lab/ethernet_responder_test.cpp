#include "tunlab/lab/ethernet_responder.hpp"

#include "tunlab/base/bytes.hpp"
#include "tunlab/lab/simulated_mac.hpp"
#include "tunlab/wire/arp.hpp"
#include "tunlab/wire/checksum.hpp"
#include "tunlab/wire/ethernet.hpp"
#include "tunlab/wire/icmpv4.hpp"
#include "tunlab/wire/ipv4.hpp"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

#include "lab/vectors.hpp"
#include "lab_support.hpp"
#include "support.hpp"
#include <doctest/doctest.h>

namespace tunlab::test {

namespace {

constexpr std::uint16_t kFirstIdentification = 0xbeef;
constexpr std::size_t kArpFrameSize = 42;

// 06:11:22:33:44:55 > 02:00:0a:00:01:02, IPv4 (tos 0xb8, ttl 17, id 4660, flags [DF])
// 10.0.1.1 > 10.0.1.2: ICMP echo request, id 4, seq 1, length 16
constexpr std::string_view kEchoRequest =
    "02000a000102 061122334455 0800  45b8 0024 1234 4000 1101 40eb 0a000101 0a000102"
    "0800 2b2a 0004 0001 3031323334353637";
// 02:00:0a:00:01:02 > 06:11:22:33:44:55, IPv4 (tos 0xb8, ttl 64, id 48879)
// 10.0.1.2 > 10.0.1.1: ICMP echo reply, id 4, seq 1, length 16
constexpr std::string_view kEchoReply =
    "061122334455 02000a000102 0800  45b8 0024 beef 0000 4001 a52f 0a000102 0a000101"
    "0000 332a 0004 0001 3031323334353637";

// 06:11:22:33:44:55 > ff:ff:ff:ff:ff:ff, ARP, Request who-has 10.0.1.2 tell 10.0.1.1, length 28
constexpr std::string_view kArpRequestFrame =
    "ffffffffffff 061122334455 0806  0001 0800 06 04 0001 061122334455 0a000101 000000000000 0a000102";
// 02:00:0a:00:01:02 > 06:11:22:33:44:55, ARP, Reply 10.0.1.2 is-at 02:00:0a:00:01:02, length 28
constexpr std::string_view kArpReplyFrame =
    "061122334455 02000a000102 0806  0001 0800 06 04 0002 02000a000102 0a000102 061122334455 0a000101";

Outcome answer(Bytes frame, std::uint8_t fill = 0xa5) {
    const DeviceFacts facts = tap_facts();
    EthernetResponder responder(facts, kFirstIdentification);
    return respond(responder, frame, fill);
}

/// `frame` with both checksums of the IPv4 packet in it made right where there is room for them.
std::vector<std::uint8_t> repaired(Bytes frame) {
    std::vector<std::uint8_t> out(frame.begin(), frame.end());
    if (out.size() < kEthernetHeaderSize + kIpv4MinHeaderSize) return out;
    const MutableBytes ip = MutableBytes(out).subspan(kEthernetHeaderSize);
    const std::size_t header_size = std::size_t{ip[0] & 0x0fU} * 4;
    const std::size_t total_size = load_be16(ip, 2);
    if (header_size < kIpv4MinHeaderSize || header_size > ip.size()) return out;
    store_be16(ip, 10, 0);
    store_be16(ip, 10, InternetChecksum().add(ip.first(header_size)).value());
    if (total_size > ip.size() || total_size < header_size + kIcmpv4HeaderSize) return out;
    const MutableBytes icmp = ip.first(total_size).subspan(header_size);
    store_be16(icmp, 2, 0);
    store_be16(icmp, 2, InternetChecksum().add(icmp).value());
    return out;
}

void check_arp_reply(const EthernetFrame& asked, const EthernetFrame& given) {
    const auto request = parse_arp(asked.payload);
    const auto reply = parse_arp(given.payload);
    REQUIRE(request);
    REQUIRE(reply);
    REQUIRE(given.payload.size() == kArpSize);
    REQUIRE(reply->operation == kArpReply);
    REQUIRE(reply->sender_mac == given.source);
    REQUIRE(reply->sender_mac == simulated_mac(reply->sender_ip));
    REQUIRE(reply->sender_ip == request->target_ip);
    REQUIRE(reply->target_mac == asked.source);
    REQUIRE(reply->target_ip == request->sender_ip);
}

void check_echo_reply(const EthernetFrame& asked, const EthernetFrame& given) {
    const auto request = parse_ipv4(asked.payload);
    const auto reply = parse_ipv4(given.payload);
    REQUIRE(request);
    REQUIRE(reply);
    REQUIRE(parse_icmpv4(reply->payload));
    REQUIRE(given.payload.size() == kIpv4MinHeaderSize + request->payload.size());
    REQUIRE(reply->destination == request->source);
    REQUIRE(reply->source == request->destination);
}

/// Whatever the frame was: its reply is sound, not much longer than it, and goes back to its sender.
void check_any_reply(Bytes frame) {
    const Outcome outcome = answer(frame);
    if (outcome.reply.empty()) return;
    const auto asked = parse_ethernet(frame);
    const auto given = parse_ethernet(outcome.reply);
    REQUIRE(asked);
    REQUIRE(given);
    REQUIRE(outcome.reply.size() <= std::max(frame.size(), kArpFrameSize));
    REQUIRE(given->destination == asked->source);
    REQUIRE(given->source.is_unicast());
    REQUIRE(simulated_address(given->source));
    REQUIRE(given->ethertype == asked->ethertype);
    if (given->ethertype == kEtherTypeArp) {
        check_arp_reply(*asked, *given);
    } else {
        check_echo_reply(*asked, *given);
    }
}

}  // namespace

TEST_CASE("an echo request in a frame is answered from the MAC that it went to") {
    const Outcome outcome = answer(from_hex(kEchoRequest));
    CHECK(outcome.decision.reason == Reason::Echo);
    CHECK(outcome.decision.echo_request);
    CHECK(outcome.reply == from_hex(kEchoReply));
}

TEST_CASE("a host behind a gateway answers with the gateway's MAC") {
    // 06:11:22:33:44:55 > 02:00:0a:00:01:fe: 10.0.1.1 > 8.8.8.8: ICMP echo request, id 4, seq 1, length 16
    const Outcome outcome =
        answer(from_hex("02000a0001fe 061122334455 0800  45b8 0024 1234 4000 1101 3bdd 0a000101 08080808"
                        "0800 2b2a 0004 0001 3031323334353637"));
    // 02:00:0a:00:01:fe > 06:11:22:33:44:55: 8.8.8.8 > 10.0.1.1: ICMP echo reply, id 4, seq 1, length 16
    CHECK(outcome.reply ==
          from_hex("061122334455 02000a0001fe 0800  45b8 0024 beef 0000 4001 a021 08080808 0a000101"
                   "0000 332a 0004 0001 3031323334353637"));
}

TEST_CASE("an echo request in a broadcast frame is answered with the MAC of the address asked") {
    auto request = from_hex(kEchoRequest);
    std::fill_n(request.begin(), MacAddress::kSize, std::uint8_t{0xff});
    CHECK(answer(request).reply == from_hex(kEchoReply));
    // Likewise in a multicast frame, 01:00:5e:00:00:01.
    std::ranges::copy(from_hex("01005e000001"), request.begin());
    CHECK(answer(request).reply == from_hex(kEchoReply));
}

TEST_CASE("an ARP request for a simulated address is answered with its MAC, to the asker alone") {
    const Outcome outcome = answer(from_hex(kArpRequestFrame));
    CHECK(outcome.decision.reason == Reason::Arp);
    CHECK_FALSE(outcome.decision.echo_request);
    CHECK(outcome.reply == from_hex(kArpReplyFrame));
}

TEST_CASE("a unicast ARP request, as Linux refreshes its neighbours, gets the same reply") {
    // 06:11:22:33:44:55 > 02:00:0a:00:01:02: Request who-has 10.0.1.2 (02:00:0a:00:01:02) tell 10.0.1.1
    CHECK(answer(from_hex("02000a000102 061122334455 0806  0001 0800 06 04 0001"
                          "061122334455 0a000101 02000a000102 0a000102"))
              .reply == from_hex(kArpReplyFrame));
}

TEST_CASE("an ARP request that went to another simulated host's MAC is answered with the target's own") {
    // 06:11:22:33:44:55 > 02:00:0a:00:01:07: Request who-has 10.0.1.2 tell 10.0.1.1
    CHECK(answer(from_hex("02000a000107 061122334455 0806  0001 0800 06 04 0001"
                          "061122334455 0a000101 000000000000 0a000102"))
              .reply == from_hex(kArpReplyFrame));
}

TEST_CASE("Ethernet padding is not echoed") {
    const auto padding = from_hex("5ec2e7 5ec2e7 5ec2e7 5ec2e7 5ec2e7 5ec2e7");
    CHECK(answer(join(from_hex(kEchoRequest), padding)).reply == from_hex(kEchoReply));
    CHECK(answer(join(from_hex(kArpRequestFrame), padding)).reply == from_hex(kArpReplyFrame));
}

TEST_CASE("every byte of a frame is written, whatever stood in its place") {
    for (const auto fill : {std::uint8_t{0x00}, std::uint8_t{0x5a}, std::uint8_t{0xff}}) {
        CHECK(answer(from_hex(kEchoRequest), fill).reply == from_hex(kEchoReply));
        CHECK(answer(from_hex(kArpRequestFrame), fill).reply == from_hex(kArpReplyFrame));
    }
}

TEST_CASE("each frame has its reason") {
    for (const auto& vector : kTapVectors) {
        CAPTURE(vector.reading);
        CHECK(facts_of(answer(from_hex(vector.hex)).decision.reason).word == facts_of(vector.reason).word);
        check_any_reply(from_hex(vector.hex));
    }
}

TEST_CASE("frames carry the IP core: each IPv4 packet of the TUN vectors keeps its reason") {
    const DeviceFacts facts = tun_facts();
    const auto header = from_hex("020008080808 061122334455 0800");  // by way of a gateway, 8.8.8.8
    for (const auto& vector : kTunVectors) {
        CAPTURE(vector.reading);
        EthernetResponder responder(facts, kFirstIdentification);
        const auto outcome = respond(responder, join(header, from_hex(vector.hex)));
        // The Ethernet header said IPv4: another version belongs into another frame.
        const bool whole_ipv6 = vector.reason == Reason::Ipv6 && vector.hex.size() > 2;
        const Reason cut = vector.reason == Reason::Ipv6 ? Reason::IpLength : vector.reason;
        CHECK(outcome.decision.reason == (whole_ipv6 ? Reason::IpVersion : cut));
    }
}

TEST_CASE("a frame that is cut short is not answered") {
    for (const auto whole : {kEchoRequest, kArpRequestFrame}) {
        for_each_truncation(from_hex(whole), [](Bytes part) {
            REQUIRE(facts_of(answer(part).decision.reason).verdict == Verdict::Bad);
        });
    }
}

TEST_CASE("whatever one byte of a frame becomes, a reply is sound") {
    for (const auto whole : {kEchoRequest, kArpRequestFrame}) {
        for_each_byte_change(from_hex(whole), [](Bytes frame, std::size_t index) {
            CAPTURE(index);
            check_any_reply(frame);
        });
    }
    for_each_byte_change(from_hex(kEchoRequest), [](Bytes frame, std::size_t index) {
        CAPTURE(index);
        check_any_reply(repaired(frame));
    });
}

TEST_CASE("bytes without any sense behind a good Ethernet header end in a reason") {
    std::mt19937 random(20250102);
    for (const auto* header : {"02000a000102 061122334455 0800", "ffffffffffff 061122334455 0806",
                               "333300000001 061122334455 86dd"}) {
        for (int round = 0; round < 5'000; ++round) {
            std::vector<std::uint8_t> rest(random() % 60);
            std::generate(rest.begin(), rest.end(), [&] { return static_cast<std::uint8_t>(random()); });
            check_any_reply(join(from_hex(header), rest));
        }
    }
}

TEST_CASE("an address that the host takes while the lab runs is no longer answered for, on no layer") {
    DeviceFacts facts = tap_facts();
    EthernetResponder responder(facts, kFirstIdentification);
    CHECK(respond(responder, from_hex(kArpRequestFrame)).decision.reason == Reason::Arp);
    CHECK(respond(responder, from_hex(kEchoRequest)).decision.reason == Reason::Echo);

    facts = DeviceFacts(1500, {prefix("10.0.1.1/24")}, {prefix("10.0.1.2/32")});
    CHECK(respond(responder, from_hex(kArpRequestFrame)).decision.reason == Reason::OwnAddress);
    CHECK(respond(responder, from_hex(kEchoRequest)).decision.reason == Reason::OtherMac);
    auto broadcast = from_hex(kEchoRequest);
    std::fill_n(broadcast.begin(), MacAddress::kSize, std::uint8_t{0xff});
    CHECK(respond(responder, broadcast).decision.reason == Reason::OwnAddress);

    facts = tap_facts();
    CHECK(respond(responder, from_hex(kArpRequestFrame)).decision.reason == Reason::Arp);
    CHECK(respond(responder, from_hex(kEchoRequest)).decision.reason == Reason::Echo);
}

}  // namespace tunlab::test
