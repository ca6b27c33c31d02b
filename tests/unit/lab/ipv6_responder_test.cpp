#include "tunlab/lab/ipv6_responder.hpp"

#include "tunlab/lab/ethernet_responder.hpp"
#include "tunlab/lab/ip_responder.hpp"
#include "tunlab/wire/fragmentation.hpp"
#include "tunlab/wire/icmp.hpp"
#include "tunlab/wire/ipv6.hpp"
#include "tunlab/wire/ipv6_extension.hpp"
#include "tunlab/wire/reassembly.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

#include "lab_support.hpp"
#include "properties.hpp"
#include "support.hpp"
#include <doctest/doctest.h>

namespace tunlab::test {

namespace {

// IP6 (class 0xb8, flowlabel 0x12345, hlim 3) fd00::1 > fd00::3: ICMP6, echo request, id 4, seq 1, length 16
constexpr std::string_view kRequest =
    "6b812345 0010 3a 03 fd000000000000000000000000000001 fd000000000000000000000000000003"
    "8000 b8d9 0004 0001 3031323334353637";

// IP6 (class 0xff) fd00::1.40000 > fd00::3.33434: UDP, length 5
constexpr std::string_view kUdp =
    "6ff00000 000d 11 40 fd000000000000000000000000000001 fd000000000000000000000000000003"
    "9c40 829a 000d a21e 70726f6265";

// 06:11:22:33:44:55 > 33:33:ff:00:00:03: fd00::1 > ff02::1:ff00:3: ICMP6, neighbor solicitation, who has
// fd00::3
constexpr std::string_view kSolicitation =
    "3333ff000003 061122334455 86dd"
    "60000000 0020 3a ff fd000000000000000000000000000001 ff0200000000000000000001ff000003"
    "8700 12fd 00000000 fd000000000000000000000000000003 0101 061122334455";
// 02:01:7b:76:03:6f > 06:11:22:33:44:55: fd00::3 > fd00::1: ICMP6, neighbor advertisement, tgt is fd00::3,
// Flags [solicited, override], destination link-address option 02:01:7b:76:03:6f
constexpr std::string_view kAdvertisement =
    "061122334455 02017b76036f 86dd"
    "60000000 0020 3a ff fd000000000000000000000000000003 fd000000000000000000000000000001"
    "8800 9db3 60000000 fd000000000000000000000000000003 0201 02017b76036f";

Outcome answer(Bytes packet) {
    const DeviceFacts facts = tun_facts();
    IpResponder responder(facts, everyone(), 0);
    return respond(responder, packet);
}

std::vector<std::uint8_t> long_request(std::size_t size) {
    std::vector<std::uint8_t> packet = from_hex(kRequest);
    for (std::size_t i = packet.size(); i < size; ++i) {
        packet.push_back(static_cast<std::uint8_t>(i * 7));
    }
    store_be16(packet, 4, static_cast<std::uint16_t>(packet.size() - kIpv6HeaderSize));
    fuzz::repair_checksums(packet);
    return packet;
}

}  // namespace

TEST_CASE("an ICMPv6 echo request gets its reply: own hop limit, its class and data, no flow label") {
    const Outcome outcome = answer(from_hex(kRequest));
    CHECK(outcome.decision.reason == Reason::Echo);
    CHECK(outcome.decision.echo_request);
    // IP6 (class 0xb8, hlim 64) fd00::3 > fd00::1: ICMP6, echo reply, id 4, seq 1, length 16
    CHECK(outcome.reply ==
          from_hex("6b800000 0010 3a 40 fd000000000000000000000000000003 fd000000000000000000000000000001"
                   "8100 b7d9 0004 0001 3031323334353637"));
}

TEST_CASE("bytes behind the payload length are not echoed") {
    CHECK(answer(join(from_hex(kRequest), from_hex("5ec2e7"))).reply == answer(from_hex(kRequest)).reply);
}

TEST_CASE("UDP over IPv6 gets a port unreachable that quotes it") {
    // IP6 fd00::3 > fd00::1: ICMP6, destination unreachable, unreachable port, fd00::3 udp port 33434, length
    // 61
    CHECK(answer(from_hex(kUdp)).reply ==
          from_hex("60000000 003d 3a 40 fd000000000000000000000000000003 fd000000000000000000000000000001"
                   "0104 835f 00000000"
                   "6ff00000 000d 11 40 fd000000000000000000000000000001 fd000000000000000000000000000003"
                   "9c40 829a 000d a21e 70726f6265"));
}

TEST_CASE("an error over IPv6 has at most 1280 bytes") {
    std::vector<std::uint8_t> datagram = from_hex(kUdp);
    datagram.resize(1448, 0x77);
    store_be16(datagram, 4, static_cast<std::uint16_t>(datagram.size() - kIpv6HeaderSize));
    store_be16(datagram, kIpv6HeaderSize + 4, static_cast<std::uint16_t>(datagram.size() - kIpv6HeaderSize));
    fuzz::repair_checksums(datagram);
    CHECK(answer(datagram).reply.size() == 1280);
}

TEST_CASE("a SYN over IPv6 gets a reset without the ECN bits") {
    // IP6 (class 0xff) fd00::1.40000 > fd00::3.80: Flags [S], seq 1000, win 1024, length 0
    const Outcome outcome = answer(
        from_hex("6ff00000 0014 06 40 fd000000000000000000000000000001 fd000000000000000000000000000003"
                 "9c40 0050 000003e8 00000000 5002 0400 1165 0000"));
    // IP6 (class 0xfc) fd00::3.80 > fd00::1.40000: Flags [R.], seq 0, ack 1001, win 0, length 0
    CHECK(outcome.reply ==
          from_hex("6fc00000 0014 06 40 fd000000000000000000000000000003 fd000000000000000000000000000001"
                   "0050 9c40 00000000 000003e9 5014 0000 1552 0000"));
}

TEST_CASE("an IPv6 request in fragments is answered as a whole, cut to the device's MTU") {
    const auto whole = long_request(4000);
    const DeviceFacts facts(1280, {prefix("fd00::1/64")}, {});
    IpResponder responder(facts, everyone(), 0);
    const Ipv6Fragments request(whole, 1500, 77);
    Outcome outcome;
    for (std::size_t i = request.count(); i-- > 0;) {
        std::vector<std::uint8_t> fragment(request.size(i));
        request.write(fragment, i);
        outcome = respond(responder, fragment);
        CHECK(outcome.decision.reason == (i == 0 ? Reason::Echo : Reason::Fragment));
        CHECK(outcome.decision.echo_request == (i == 0));
    }
    REQUIRE(outcome.fragments.size() == 4);  // 1232 bytes of payload each
    Reassembler reassembler;
    Reassembled reply;
    for (const auto& fragment : outcome.fragments) {
        REQUIRE(fragment.size() <= 1280);
        reply = reassembler.add_ipv6(fragment, kIpv6HeaderSize, 6, LinkDestination::Unicast, kNow.steady);
    }
    REQUIRE(reply.outcome == FragmentOutcome::Complete);
    CHECK(same_bytes(reply.datagram.subspan(kIpv6HeaderSize + kIcmpHeaderSize),
                     Bytes(whole).subspan(kIpv6HeaderSize + kIcmpHeaderSize)));
}

TEST_CASE("each datagram that is cut has an identification of its own") {
    const auto whole = long_request(1400);
    const DeviceFacts facts(1280, {prefix("fd00::1/64")}, {});
    IpResponder responder(facts, everyone(), 0xfffe);
    const auto identification = [&] {
        const auto reply = respond(responder, whole).reply;
        return parse_ipv6_fragment_header(Bytes(reply).subspan(kIpv6HeaderSize))->identification;
    };
    CHECK(identification() == 0xfffe);
    CHECK(identification() == 0xffff);
    CHECK(identification() == 0x1'0000);
}

TEST_CASE("a solicitation is answered to the asker alone, with the target's MAC") {
    const DeviceFacts facts = tap_facts();
    EthernetResponder responder(facts, everyone(), 0);
    const Outcome outcome = respond(responder, from_hex(kSolicitation));
    CHECK(outcome.decision.reason == Reason::Neighbour);
    CHECK_FALSE(outcome.decision.echo_request);
    CHECK(outcome.reply == from_hex(kAdvertisement));
}

TEST_CASE("an advertisement goes to the MAC that the solicitation states") {
    const DeviceFacts facts = tap_facts();
    EthernetResponder responder(facts, everyone(), 0);
    auto request = from_hex(kSolicitation);
    request[kEthernetHeaderSize - 3] = 0x99;  // the frame comes from 06:11:22:33:44:99
    CHECK(respond(responder, request).reply == from_hex(kAdvertisement));
}

TEST_CASE("an IPv6 address that the host takes while the lab runs is no longer answered for") {
    DeviceFacts facts = tap_facts();
    EthernetResponder responder(facts, everyone(), 0);
    CHECK(respond(responder, from_hex(kSolicitation)).decision.reason == Reason::Neighbour);
    facts = DeviceFacts(1500, {prefix("fd00::1/64"), prefix("fd00::3/64")}, {});
    CHECK(respond(responder, from_hex(kSolicitation)).decision.reason == Reason::OwnAddress);
    facts = tap_facts();
    CHECK(respond(responder, from_hex(kSolicitation)).decision.reason == Reason::Neighbour);
}

}  // namespace tunlab::test
