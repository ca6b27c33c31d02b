#include "tunlab/lab/ipv4_responder.hpp"

#include "tunlab/base/bytes.hpp"
#include "tunlab/lab/ip_responder.hpp"
#include "tunlab/wire/checksum.hpp"
#include "tunlab/wire/fragmentation.hpp"
#include "tunlab/wire/icmp.hpp"
#include "tunlab/wire/ipv4.hpp"
#include "tunlab/wire/reassembly.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "lab_support.hpp"
#include "properties.hpp"
#include "support.hpp"
#include <doctest/doctest.h>

namespace tunlab::test {

namespace {

constexpr std::uint16_t kFirstIdentification = 0xbeef;

// IP (tos 0xb8, ttl 17, id 4660, flags [DF]) 192.168.0.1 > 192.168.0.3: ICMP echo request, id 4, seq 1,
// length 16
constexpr std::string_view kRequest =
    "45b8 0024 1234 4000 1101 d598 c0a80001 c0a80003 0800 2b2a 0004 0001 3031323334353637";
// IP (tos 0xb8, ttl 64, id 48879, flags [none]) 192.168.0.3 > 192.168.0.1: ICMP echo reply, id 4, seq 1,
// length 16
constexpr std::string_view kReply =
    "45b8 0024 beef 0000 4001 39dd c0a80003 c0a80001 0000 332a 0004 0001 3031323334353637";

Outcome answer(Bytes packet, std::uint8_t fill = 0xa5) {
    const DeviceFacts facts = tun_facts();
    IpResponder responder(facts, everyone(), kFirstIdentification);
    return respond(responder, packet, fill);
}

/// `packet` with the total length and both checksums made right where there is room for them.
std::vector<std::uint8_t> repaired(Bytes packet) {
    std::vector<std::uint8_t> out(packet.begin(), packet.end());
    if (out.size() >= kIpv4MinHeaderSize) store_be16(out, 2, static_cast<std::uint16_t>(out.size()));
    fuzz::repair_checksums(out);
    return out;
}

}  // namespace

TEST_CASE("an echo request gets its reply: own TTL and identification, no DF, the request's TOS and data") {
    const Outcome outcome = answer(from_hex(kRequest));
    CHECK(outcome.decision.reason == Reason::Echo);
    CHECK(outcome.decision.echo_request);
    CHECK(outcome.reply == from_hex(kReply));
}

TEST_CASE("an echo request's code and an odd number of data bytes come back") {
    // 192.168.0.1 > 192.168.0.3: ICMP echo request, code 9, id 4, seq 1, length 11: "abc"
    const Outcome outcome =
        answer(from_hex("4500 001f 1234 4000 1101 d655 c0a80001 c0a80003 0809 338f 0004 0001 616263"));
    // 192.168.0.3 > 192.168.0.1: ICMP echo reply, code 9, id 4, seq 1, length 11: "abc"
    CHECK(outcome.reply ==
          from_hex("4500 001f beef 0000 4001 3a9a c0a80003 c0a80001 0009 3b8f 0004 0001 616263"));
}

TEST_CASE("an echo request without data is answered without data") {
    // 192.168.0.1 > 192.168.0.3: ICMP echo request, id 4, seq 1, length 8
    const Outcome outcome =
        answer(from_hex("4500 001c 1234 4000 1101 d658 c0a80001 c0a80003 0800 f7fa 0004 0001"));
    // 192.168.0.3 > 192.168.0.1: ICMP echo reply, id 4, seq 1, length 8
    CHECK(outcome.reply == from_hex("4500 001c beef 0000 4001 3a9d c0a80003 c0a80001 0000 fffa 0004 0001"));
}

TEST_CASE("the largest echo request is answered with all its data") {
    std::vector<std::uint8_t> request = from_hex(kRequest);
    for (std::size_t i = request.size(); i < kIpv4MaxSize; ++i) {
        request.push_back(static_cast<std::uint8_t>(i * 7));
    }
    request = repaired(request);
    const DeviceFacts facts(kIpv4MaxSize, {prefix("192.168.0.1/24")},
                            {});  // a device that takes it in one piece
    IpResponder responder(facts, everyone(), kFirstIdentification);
    const auto reply = respond(responder, request).reply;
    REQUIRE(reply.size() == kIpv4MaxSize);
    CHECK(same_bytes(Bytes(reply).subspan(kIpv4MinHeaderSize + kIcmpHeaderSize),
                     Bytes(request).subspan(kIpv4MinHeaderSize + kIcmpHeaderSize)));
}

TEST_CASE("bytes behind the total length are not echoed") {
    CHECK(answer(join(from_hex(kRequest), from_hex("5ec2e7 5ec2e7 5ec2e7"))).reply == from_hex(kReply));
}

TEST_CASE("every byte of a reply is written, whatever stood in its place") {
    const auto request = from_hex(kRequest);
    CHECK(answer(request, 0x00).reply == from_hex(kReply));
    CHECK(answer(request, 0x5a).reply == from_hex(kReply));
    CHECK(answer(request, 0xff).reply == from_hex(kReply));
}

TEST_CASE("each reply has the next identification, packets without a reply take none") {
    const DeviceFacts facts = tun_facts();
    IpResponder responder(facts, everyone(), 0xfffe);
    const auto request = from_hex(kRequest);
    const auto identification = [&] { return parse_ipv4(respond(responder, request).reply)->identification; };
    CHECK(identification() == 0xfffe);
    CHECK(respond(responder, from_hex("45")).decision.reason == Reason::IpLength);
    CHECK(identification() == 0xffff);
    CHECK(identification() == 0);
    CHECK(identification() == 1);
}

TEST_CASE("a duplicate of a request is answered again") {
    const DeviceFacts facts = tun_facts();
    IpResponder responder(facts, everyone(), kFirstIdentification);
    const auto request = from_hex(kRequest);
    CHECK_FALSE(respond(responder, request).reply.empty());
    CHECK_FALSE(respond(responder, request).reply.empty());
}

TEST_CASE("a request that is cut short is not answered") {
    for_each_truncation(from_hex(kRequest), [](Bytes part) {
        REQUIRE(facts_of(answer(part).decision.reason).verdict == Verdict::Bad);
    });
}

TEST_CASE("a request that is cut short by somebody who repairs it is answered as far as it goes") {
    for_each_truncation(from_hex(kRequest), [](Bytes part) {
        const auto request = repaired(part);
        const bool whole = request.size() >= kIpv4MinHeaderSize + kIcmpHeaderSize;
        REQUIRE((answer(request).decision.reason == Reason::Echo) == whole);
    });
}

TEST_CASE("a request with one changed byte is never answered: a checksum covers each of them") {
    for_each_byte_change(from_hex(kRequest), [](Bytes packet, std::size_t index) {
        CAPTURE(index);
        REQUIRE(answer(packet).reply.empty());
    });
}

TEST_CASE("an address that the host takes or gives back while the lab runs changes sides at once") {
    DeviceFacts facts = tun_facts();
    IpResponder responder(facts, everyone(), kFirstIdentification);
    const auto request = from_hex(kRequest);  // to 192.168.0.3
    CHECK(respond(responder, request).decision.reason == Reason::Echo);
    facts = DeviceFacts(1500, {prefix("192.168.0.1/24"), prefix("192.168.0.3/24")}, {});
    CHECK(respond(responder, request).decision.reason == Reason::OwnAddress);
    facts = DeviceFacts(1500, {prefix("192.168.0.1/24")}, {prefix("192.168.0.3/32")});
    CHECK(respond(responder, request).decision.reason == Reason::OwnAddress);
    facts = DeviceFacts(1500, {prefix("192.168.0.1/30")}, {});  // now its broadcast address
    CHECK(respond(responder, request).decision.reason == Reason::Broadcast);
    facts = DeviceFacts(1500, {prefix("192.168.0.1/24")}, {});
    CHECK(respond(responder, request).decision.reason == Reason::Echo);
    facts = DeviceFacts();  // no address at all
    CHECK(respond(responder, request).decision.reason == Reason::Echo);
}

TEST_CASE("record route comes back with the host's address in it") {
    // IP 192.168.0.1 > 192.168.0.3, options (RR 0.0.0.0 0.0.0.0, nop): ICMP echo request, id 4, seq 1, length
    // 16
    const Outcome outcome =
        answer(from_hex("4800 0030 1234 0000 4001 d938 c0a80001 c0a80003 070b04 00000000 00000000 01"
                        "0800 2b2a 0004 0001 3031323334353637"));
    // IP 192.168.0.3 > 192.168.0.1, options (RR 192.168.0.3, 0.0.0.0, eol): ICMP echo reply
    CHECK(outcome.reply ==
          from_hex("4800 0030 beef 0000 4001 7cbd c0a80003 c0a80001 070b08 c0a80003 00000000 00"
                   "0000 332a 0004 0001 3031323334353637"));
}

TEST_CASE("a timestamp option comes back with the time of day in it") {
    // options (TS{TSONLY 0, 0}), at 01:00 UT: 3,600,000 ms
    const Outcome outcome =
        answer(from_hex("4800 0030 1234 0000 4001 9b38 c0a80001 c0a80003 440c0500 00000000 00000000"
                        "0800 2b2a 0004 0001 3031323334353637"));
    CHECK(outcome.reply ==
          from_hex("4800 0030 beef 0000 4001 fbc5 c0a80003 c0a80001 440c0900 0036ee80 00000000"
                   "0000 332a 0004 0001 3031323334353637"));
}

TEST_CASE("an ICMP timestamp request gets the time of day twice") {
    // IP 192.168.0.1 > 192.168.0.3: ICMP time stamp query id 4 seq 1, org 1, at 01:00 UT
    const Outcome outcome = answer(from_hex(
        "4500 0028 1234 0000 4001 e74c c0a80001 c0a80003 0d00 f2f9 0004 0001 00000001 00000000 00000000"));
    CHECK(outcome.decision.reason == Reason::Timestamp);
    CHECK_FALSE(outcome.decision.echo_request);
    CHECK(outcome.reply == from_hex("4500 0028 beef 0000 4001 3a91 c0a80003 c0a80001"
                                    "0e00 148c 0004 0001 00000001 0036ee80 0036ee80"));
}

// IP (tos 0xff) 192.168.0.1.40000 > 192.168.0.3.33434: UDP, length 5
constexpr std::string_view kUdp =
    "45ff 0021 1234 0000 4011 e644 c0a80001 c0a80003 9c40 829a 000d 1acf 70726f6265";

TEST_CASE("UDP gets a port unreachable that quotes it, with the TOS of network control") {
    // IP (tos 0xde) 192.168.0.3 > 192.168.0.1: ICMP 192.168.0.3 udp port 33434 unreachable, length 41
    CHECK(answer(from_hex(kUdp)).reply ==
          from_hex("45de 003d beef 0000 4001 399e c0a80003 c0a80001 0303 7e70 00000000"
                   "45ff 0021 1234 0000 4011 e644 c0a80001 c0a80003 9c40 829a 000d 1acf 70726f6265"));
}

TEST_CASE("an error quotes what fits into 576 bytes, or into the device's MTU") {
    std::vector<std::uint8_t> datagram = from_hex(kUdp);
    datagram.resize(1028, 0x77);
    store_be16(datagram, kIpv4MinHeaderSize + 4, 1008);  // UDP's length
    datagram = repaired(datagram);
    CHECK(answer(datagram).reply.size() == 576);

    for (const auto& [mtu, expected] : {std::pair{300U, 300U}, {100U, 100U}, {68U, 68U}}) {
        CAPTURE(mtu);
        const DeviceFacts facts(mtu, {prefix("192.168.0.1/24")}, {});
        IpResponder responder(facts, everyone(), 0);
        const Outcome outcome = respond(responder, datagram);
        CHECK(outcome.fragments.size() == 1);
        CHECK(outcome.reply.size() == expected);
    }
}

TEST_CASE("a quote ends where the UDP datagram does") {
    auto datagram =
        join(from_hex(kUdp), from_hex("5ec2e7"));  // in the IP packet, but not in the UDP datagram
    store_be16(datagram, 2, static_cast<std::uint16_t>(datagram.size()));
    store_be16(datagram, kIpv4MinHeaderSize + 6, 0);  // no checksum
    store_be16(datagram, 10, 0);
    store_be16(datagram, 10, InternetChecksum().add(Bytes(datagram).first(kIpv4MinHeaderSize)).value());
    CHECK(answer(datagram).reply.size() == kIpv4MinHeaderSize + kIcmpHeaderSize + from_hex(kUdp).size());
}

// IP (tos 0xbb) 192.168.0.1.40000 > 192.168.0.3.80: Flags [S], seq 1000:1002, win 1024, length 2
constexpr std::string_view kSyn = "45bb 002a 1234 0000 4006 e68a c0a80001 c0a80003"
                                  "9c40 0050 000003e8 00000000 5002 0400 28b1 0000 6162";

TEST_CASE("a SYN gets a reset that acknowledges it and its data") {
    // IP (tos 0xb8, id 0, flags [DF]) 192.168.0.3.80 > 192.168.0.1.40000: Flags [R.], seq 0, ack 1003, win 0
    CHECK(answer(from_hex(kSyn)).reply == from_hex("45b8 0028 0000 4000 4006 b8c3 c0a80003 c0a80001"
                                                   "0050 9c40 00000000 000003eb 5014 0000 8e00 0000"));
}

TEST_CASE("what acknowledges something gets a reset with that sequence number") {
    // IP 192.168.0.1.40000 > 192.168.0.3.80: Flags [.], seq 1000:1002, ack 16909060, win 1024, length 2
    const Outcome outcome = answer(from_hex("4500 002a 1234 0000 4006 e745 c0a80001 c0a80003"
                                            "9c40 0050 000003e8 01020304 5010 0400 249d 0000 6162"));
    // IP (id 0, flags [DF]) 192.168.0.3.80 > 192.168.0.1.40000: Flags [R], seq 16909060, win 0
    CHECK(outcome.reply == from_hex("4500 0028 0000 4000 4006 b97b c0a80003 c0a80001"
                                    "0050 9c40 01020304 00000000 5004 0000 8df5 0000"));
}

TEST_CASE("of errors there are 50 at once and 1,000 a second; echoes and resets are not counted") {
    using namespace std::chrono_literals;
    const DeviceFacts facts = tun_facts();
    IpResponder responder(facts, everyone(), 0);
    const auto udp = from_hex(kUdp);
    const auto errors_at = [&](SteadyTime now, int tries) {
        int sent = 0;
        for (int i = 0; i < tries; ++i) {
            const auto reason = respond(responder, udp, 0, {.steady = now, .wall = {}}).decision.reason;
            REQUIRE((reason == Reason::PortUnreachable || reason == Reason::ErrorRate));
            sent += reason == Reason::PortUnreachable ? 1 : 0;
        }
        return sent;
    };
    CHECK(errors_at(SteadyTime(1h), 60) == 50);
    for (int i = 0; i < 100; ++i) {
        REQUIRE(respond(responder, from_hex(kRequest)).decision.reason == Reason::Echo);
        REQUIRE(respond(responder, from_hex(kSyn)).decision.reason == Reason::Reset);
    }
    CHECK(errors_at(SteadyTime(1h + 20ms), 60) == 20);
    CHECK(errors_at(SteadyTime(2h), 60) == 50);
}

TEST_CASE("a request in fragments is answered as a whole, cut to the device's MTU") {
    // 192.168.0.1 > 192.168.0.3: ICMP echo request, id 4, seq 1, length 2008, in two fragments
    std::vector<std::uint8_t> whole = from_hex(kRequest);
    for (std::size_t i = whole.size(); i < 2028; ++i) {
        whole.push_back(static_cast<std::uint8_t>(i * 7));
    }
    whole = repaired(whole);
    const DeviceFacts facts(1000, {prefix("192.168.0.1/24")}, {});
    IpResponder responder(facts, everyone(), kFirstIdentification);
    const Ipv4Fragments request(whole, 1500);
    REQUIRE(request.count() == 2);
    std::vector<std::uint8_t> first(request.size(0));
    request.write(first, 0);
    std::vector<std::uint8_t> last(request.size(1));
    request.write(last, 1);

    CHECK(respond(responder, last).decision.reason == Reason::Fragment);
    const Outcome outcome = respond(responder, first);
    CHECK(outcome.decision.reason == Reason::Echo);
    CHECK(outcome.decision.echo_request);
    REQUIRE(outcome.fragments.size() == 3);  // 976 bytes of payload each
    Reassembler reassembler;
    Reassembled reply;
    for (const auto& fragment : outcome.fragments) {
        REQUIRE(fragment.size() <= 1000);
        REQUIRE(parse_ipv4(fragment)->identification == kFirstIdentification);
        reply = reassembler.add_ipv4(fragment, LinkDestination::Unicast, kNow.steady);
    }
    REQUIRE(reply.outcome == FragmentOutcome::Complete);
    CHECK(same_bytes(reply.datagram.subspan(kIpv4MinHeaderSize + kIcmpHeaderSize),
                     Bytes(whole).subspan(kIpv4MinHeaderSize + kIcmpHeaderSize)));
}

}  // namespace tunlab::test
