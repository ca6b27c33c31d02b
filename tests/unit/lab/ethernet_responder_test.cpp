#include "tunlab/lab/ethernet_responder.hpp"

#include "tunlab/base/bytes.hpp"
#include "tunlab/wire/ethernet.hpp"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "lab/vectors.hpp"
#include "lab_support.hpp"
#include "properties.hpp"
#include "support.hpp"
#include <doctest/doctest.h>

namespace tunlab::test {

namespace {

constexpr std::uint16_t kFirstIdentification = 0xbeef;

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
    EthernetResponder responder(facts, everyone(), kFirstIdentification);
    return respond(responder, frame, fill);
}

/// Asks `frame`, as it is and with its checksums made right, and has all that must hold of any reply held.
void judge(Bytes frame) {
    const DeviceFacts facts = tap_facts();
    EthernetResponder one(facts, everyone(), 0);
    EthernetResponder other(facts, everyone(), 0);
    fuzz::Judge judge(one, other, fuzz::Link::Ethernet);
    judge.ask(frame, kNow, facts.mtu());
    std::vector<std::uint8_t> repaired(frame.begin(), frame.end());
    if (repaired.size() < kEthernetHeaderSize) return;
    fuzz::repair_checksums(MutableBytes(repaired).subspan(kEthernetHeaderSize));
    judge.ask(repaired, kNow, facts.mtu());
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
        judge(from_hex(vector.hex));
        for_each_truncation(from_hex(vector.hex), [](Bytes part) { judge(part); });
    }
}

TEST_CASE("frames carry the IP core: each packet of the TUN vectors keeps its reason") {
    const DeviceFacts facts = tun_facts();
    for (const auto& vector : kTunVectors) {
        CAPTURE(vector.reading);
        const bool v6 = vector.hex.starts_with('6');
        // By way of a gateway: 8.8.8.8, or some IPv6 host.
        const auto header =
            from_hex(v6 ? "020108080808 061122334455 86dd" : "020008080808 061122334455 0800");
        EthernetResponder responder(facts, everyone(), kFirstIdentification);
        if (!vector.before.empty()) respond(responder, join(header, from_hex(vector.before)));
        const auto reason = respond(responder, join(header, from_hex(vector.hex))).decision.reason;
        const bool solicitation = vector.reading.find("without a link layer") != std::string_view::npos;
        CHECK(reason == (solicitation ? Reason::Neighbour : vector.reason));
    }
}

TEST_CASE("a packet in a frame for the other IP version is none") {
    const auto reason_of = [](const std::string& frame) { return answer(from_hex(frame)).decision.reason; };
    CHECK(reason_of("02000a000102 061122334455 86dd" + std::string(kTunVectors[0].hex)) == Reason::IpLength);
}

TEST_CASE("a frame that is cut short is not answered") {
    for (const auto whole : {kEchoRequest, kArpRequestFrame}) {
        for_each_truncation(from_hex(whole), [](Bytes part) {
            REQUIRE(facts_of(answer(part).decision.reason).verdict == Verdict::Bad);
        });
    }
}

TEST_CASE("whatever one byte of a frame becomes, a reply is sound") {
    for (const auto& vector : kTapVectors) {
        if (facts_of(vector.reason).verdict != Verdict::Reply) continue;
        CAPTURE(vector.reading);
        for_each_byte_change(from_hex(vector.hex), [](Bytes frame, std::size_t index) {
            CAPTURE(index);
            judge(frame);
        });
    }
}

TEST_CASE("bytes without any sense behind a good Ethernet header end in a reason") {
    std::mt19937 random(20250102);
    for (const auto* header : {"02000a000102 061122334455 0800", "ffffffffffff 061122334455 0806",
                               "333300000001 061122334455 86dd"}) {
        for (int round = 0; round < 5'000; ++round) {
            std::vector<std::uint8_t> rest(random() % 60);
            std::generate(rest.begin(), rest.end(), [&] { return static_cast<std::uint8_t>(random()); });
            judge(join(from_hex(header), rest));
        }
    }
}

TEST_CASE("an address that the host takes while the lab runs is no longer answered for, on no layer") {
    DeviceFacts facts = tap_facts();
    EthernetResponder responder(facts, everyone(), kFirstIdentification);
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

TEST_CASE("hosts that a profile names one by one answer probes, with the MAC address that it gives them") {
    HostRule named{.match = prefix("10.0.1.2/32")};
    named.mac = mac("06:aa:00:00:00:02");
    const HostTable hosts({named,
                           {.match = prefix("10.0.1.3/32"), .answer = Answer::Silent},
                           {.match = prefix("10.0.1.4/32"), .answer = Answer::Absent},
                           {.match = prefix("10.0.1.64/26")}},
                          {});
    const DeviceFacts facts = tap_facts();
    EthernetResponder responder(facts, hosts, kFirstIdentification);
    // ARP, Request who-has 10.0.1.N tell 10.0.1.1, or a probe: tell 0.0.0.0
    const auto ask = [&](std::uint8_t last, bool probe) {
        auto frame = from_hex(kArpRequestFrame);
        frame.back() = last;
        if (probe) std::fill_n(frame.begin() + 28, Ipv4Address::kSize, std::uint8_t{0});
        return respond(responder, frame);
    };
    constexpr std::uint8_t kInPrefix = 70;
    constexpr std::uint8_t kNobody = 9;
    CHECK(ask(2, false).decision.reason == Reason::Arp);
    CHECK(ask(3, false).decision.reason == Reason::Arp);  // silent, but there
    CHECK(ask(4, false).decision.reason == Reason::NoHost);
    CHECK(ask(kInPrefix, false).decision.reason == Reason::Arp);
    CHECK(ask(kNobody, false).decision.reason == Reason::NoHost);
    CHECK(ask(2, true).decision.reason == Reason::Arp);
    CHECK(ask(kInPrefix, true).decision.reason == Reason::ArpProbe);
    CHECK(ask(4, true).decision.reason == Reason::NoHost);
    // 06:aa:00:00:00:02 > 06:11:22:33:44:55, ARP, Reply 10.0.1.2 is-at 06:aa:00:00:00:02, to 0.0.0.0
    CHECK(same_bytes(ask(2, true).reply,
                     from_hex("061122334455 06aa00000002 0806  0001 0800 06 04 0002 06aa00000002 0a000102 "
                              "061122334455 00000000")));

    // A frame is for one of them if it goes to the MAC address that one has.
    const auto echo_via = [&](std::string_view to) {
        auto frame = from_hex(kEchoRequest);
        std::ranges::copy(mac(to).bytes(), frame.begin());
        return respond(responder, frame);
    };
    const auto by_its_own = echo_via("06:aa:00:00:00:02");
    CHECK(by_its_own.decision.reason == Reason::Echo);
    CHECK(MacAddress::from_bytes(Bytes(by_its_own.reply).subspan(6)) == mac("06:aa:00:00:00:02"));
    CHECK(echo_via("02:00:0a:00:01:46").decision.reason == Reason::Echo);  // its neighbour's, as by a gateway
    CHECK(echo_via("02:00:0a:00:01:04").decision.reason == Reason::OtherMac);  // of who is absent
    CHECK(echo_via("02:00:0a:00:01:09").decision.reason == Reason::OtherMac);
    const auto broadcast = echo_via("ff:ff:ff:ff:ff:ff");
    CHECK(MacAddress::from_bytes(Bytes(broadcast.reply).subspan(6)) == mac("06:aa:00:00:00:02"));
}

TEST_CASE("IPv6 hosts that a profile names answer duplicate address probes, to all nodes") {
    HostRule named{.match = prefix("fd00::3/128")};
    named.mac = mac("06:aa:00:00:00:03");
    const HostTable hosts(
        {named, {.match = prefix("fd00::/64")}, {.match = prefix("fd00::5/128"), .answer = Answer::Absent}},
        {});
    const DeviceFacts facts = tap_facts();
    EthernetResponder responder(facts, hosts, 0);
    // 06:11:22:33:44:55 > 33:33:ff:00:00:NN, IP6 :: > ff02::1:ff00:NN: ICMP6, neighbor solicitation, who has
    // fd00::NN
    const auto probe = [&](std::uint8_t last) {
        auto frame = from_hex("3333ff000000 061122334455 86dd 60000000 0018 3a ff"
                              "00000000000000000000000000000000 ff0200000000000000000001ff000000"
                              "8700 0000 00000000 fd000000000000000000000000000000");
        frame[5] = frame[14 + 39] = frame.back() = last;
        fuzz::repair_checksums(MutableBytes(frame).subspan(kEthernetHeaderSize));
        return respond(responder, frame);
    };
    constexpr std::uint8_t kUnnamed = 7;
    CHECK(probe(kUnnamed).decision.reason == Reason::NeighbourProbe);
    CHECK(probe(5).decision.reason == Reason::NoHost);
    const auto answered = probe(3);
    REQUIRE(answered.decision.reason == Reason::Neighbour);
    // 06:aa:00:00:00:03 > 33:33:00:00:00:01, IP6 fd00::3 > ff02::1: ICMP6, neighbor advertisement, tgt is
    // fd00::3, Flags [override]
    CHECK(same_bytes(Bytes(answered.reply).first(56),
                     from_hex("333300000001 06aa00000003 86dd 60000000 0020 3a ff"
                              "fd000000000000000000000000000003 ff020000000000000000000000000001 8800")));
    CHECK(same_bytes(Bytes(answered.reply).subspan(58),
                     from_hex("20000000 fd000000000000000000000000000003 0201 06aa00000003")));
}

}  // namespace tunlab::test
