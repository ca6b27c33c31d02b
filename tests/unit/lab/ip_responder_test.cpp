#include "tunlab/lab/ip_responder.hpp"

#include "tunlab/base/bytes.hpp"
#include "tunlab/wire/checksum.hpp"
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
    IpResponder responder(facts, kFirstIdentification);
    return respond(responder, packet, fill);
}

/// `packet` with the total length and both checksums made right where there is room for them.
std::vector<std::uint8_t> repaired(Bytes packet) {
    std::vector<std::uint8_t> out(packet.begin(), packet.end());
    if (out.size() < kIpv4MinHeaderSize) return out;
    const std::size_t header_size = std::min(std::size_t{out[0] & 0x0fU} * 4, out.size());
    store_be16(out, 2, static_cast<std::uint16_t>(out.size()));
    if (header_size < kIpv4MinHeaderSize) return out;
    store_be16(out, 10, 0);
    store_be16(out, 10, InternetChecksum().add(Bytes(out).first(header_size)).value());
    if (out.size() < header_size + kIcmpv4HeaderSize) return out;
    store_be16(out, header_size + 2, 0);
    store_be16(out, header_size + 2, InternetChecksum().add(Bytes(out).subspan(header_size)).value());
    return out;
}

/// Whatever the request was: its reply is sound, no longer than it, and goes back to its source.
void check_any_reply(Bytes request) {
    const Outcome outcome = answer(request);
    if (outcome.reply.empty()) return;
    const auto asked = parse_ipv4(request);
    REQUIRE(asked);
    const auto reply = parse_ipv4(outcome.reply);
    REQUIRE(reply);
    const auto echo = parse_icmpv4(reply->payload);
    REQUIRE(echo);
    REQUIRE(outcome.reply.size() <= request.size());
    REQUIRE(outcome.reply.size() == kIpv4MinHeaderSize + asked->payload.size());
    REQUIRE(reply->destination == asked->source);
    REQUIRE(reply->source == asked->destination);
    REQUIRE(echo->type == kIcmpv4EchoReply);
    REQUIRE(same_bytes(echo->data, asked->payload.subspan(kIcmpv4HeaderSize)));
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
    CHECK(answer(request).reply.size() == kIpv4MaxSize);
    check_any_reply(request);
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
    IpResponder responder(facts, 0xfffe);
    const auto request = from_hex(kRequest);
    const auto identification = [&] { return parse_ipv4(respond(responder, request).reply)->identification; };
    CHECK(identification() == 0xfffe);
    CHECK(respond(responder, from_hex("60")).decision.reason == Reason::Ipv6);
    CHECK(identification() == 0xffff);
    CHECK(identification() == 0);
    CHECK(identification() == 1);
}

TEST_CASE("a duplicate of a request is answered again") {
    const DeviceFacts facts = tun_facts();
    IpResponder responder(facts, kFirstIdentification);
    const auto request = from_hex(kRequest);
    CHECK_FALSE(respond(responder, request).reply.empty());
    CHECK_FALSE(respond(responder, request).reply.empty());
}

TEST_CASE("each IP packet has its reason") {
    for (const auto& vector : kTunVectors) {
        CAPTURE(vector.reading);
        CHECK(facts_of(answer(from_hex(vector.hex)).decision.reason).word == facts_of(vector.reason).word);
        check_any_reply(from_hex(vector.hex));
    }
}

TEST_CASE("an echo request counts as one whatever becomes of it, other packets never") {
    for (const auto& vector : kTunVectors) {
        CAPTURE(vector.reading);
        const auto packet = from_hex(vector.hex);
        const auto ip = parse_ipv4(packet);
        const bool expected = ip && ip->protocol == 1 && ip->fragment_offset == 0 &&
                              ip->payload.size() >= 8 && ip->payload[0] == 8;
        CHECK(answer(packet).decision.echo_request == expected);
    }
    // bad ICMP checksum: a request all the same
    CHECK(answer(from_hex(
                     "4500 0024 1234 4000 4001 a750 c0a80001 c0a80003 0800 2b2b 0004 0001 3031323334353637"))
              .decision.echo_request);
    // bad IP checksum: who knows what it was
    CHECK_FALSE(
        answer(
            from_hex("4500 0024 1234 4000 4001 a751 c0a80001 c0a80003 0800 2b2a 0004 0001 3031323334353637"))
            .decision.echo_request);
    // ICMP echo reply
    CHECK_FALSE(
        answer(
            from_hex("4500 0024 1234 4000 4001 a750 c0a80001 c0a80003 0000 332a 0004 0001 3031323334353637"))
            .decision.echo_request);
}

TEST_CASE("a request that is cut short is not answered") {
    for_each_truncation(from_hex(kRequest), [](Bytes part) {
        REQUIRE(facts_of(answer(part).decision.reason).verdict == Verdict::Bad);
    });
}

TEST_CASE("a request that is cut short by somebody who repairs it is answered as far as it goes") {
    for_each_truncation(from_hex(kRequest), [](Bytes part) {
        const auto request = repaired(part);
        const bool whole = request.size() >= kIpv4MinHeaderSize + kIcmpv4HeaderSize;
        REQUIRE((answer(request).decision.reason == Reason::Echo) == whole);
        check_any_reply(request);
    });
}

TEST_CASE("a request with one changed byte is never answered: a checksum covers each of them") {
    for_each_byte_change(from_hex(kRequest), [](Bytes packet, std::size_t index) {
        CAPTURE(index);
        REQUIRE(answer(packet).reply.empty());
    });
}

TEST_CASE("whatever one byte of a request with right checksums becomes, a reply is sound") {
    for_each_byte_change(from_hex(kRequest), [](Bytes packet, std::size_t index) {
        CAPTURE(index);
        check_any_reply(repaired(packet));
    });
    // options (nop,nop,nop,eol)
    const auto with_options = from_hex(
        "4600 0028 1234 4000 4001 a44b c0a80001 c0a80003 01010100 0800 2b2a 0004 0001 3031323334353637");
    for_each_byte_change(with_options, [](Bytes packet, std::size_t index) {
        CAPTURE(index);
        check_any_reply(repaired(packet));
    });
}

TEST_CASE("bytes without any sense end in a reason") {
    std::mt19937 random(20250101);
    for (int round = 0; round < 20'000; ++round) {
        std::vector<std::uint8_t> packet(random() % 80);
        std::generate(packet.begin(), packet.end(), [&] { return static_cast<std::uint8_t>(random()); });
        check_any_reply(packet);
        if (!packet.empty()) packet[0] = 0x45;
        check_any_reply(repaired(packet));
    }
}

TEST_CASE("an address that the host takes or gives back while the lab runs changes sides at once") {
    DeviceFacts facts = tun_facts();
    IpResponder responder(facts, kFirstIdentification);
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

TEST_CASE("why_not_simulated names what keeps a host from having an address") {
    const DeviceFacts facts = tun_facts();
    CHECK_FALSE(why_not_simulated(v4("192.168.0.2"), facts));
    CHECK_FALSE(why_not_simulated(v4("192.168.0.0"), facts));  // no longer a broadcast: RFC 1812 §4.2.3.1
    CHECK_FALSE(
        why_not_simulated(v4("172.17.255.255"), facts));  // another interface's broadcast, off its link
    CHECK_FALSE(why_not_simulated(v4("0.0.0.1"), facts));
    CHECK_FALSE(why_not_simulated(v4("223.255.255.255"), facts));
    CHECK_FALSE(why_not_simulated(v4("240.0.0.0"), facts));
    CHECK_FALSE(why_not_simulated(v4("255.255.255.254"), facts));
    CHECK(why_not_simulated(v4("192.168.0.1"), facts) == Reason::OwnAddress);
    CHECK(why_not_simulated(v4("172.17.0.1"), facts) == Reason::OwnAddress);
    CHECK(why_not_simulated(v4("192.168.0.255"), facts) == Reason::Broadcast);
    CHECK(why_not_simulated(v4("255.255.255.255"), facts) == Reason::Broadcast);
    CHECK(why_not_simulated(v4("224.0.0.0"), facts) == Reason::Multicast);
    CHECK(why_not_simulated(v4("239.255.255.255"), facts) == Reason::Multicast);
    CHECK(why_not_simulated(v4("0.0.0.0"), facts) == Reason::BadDestination);
    CHECK(why_not_simulated(v4("127.0.0.1"), facts) == Reason::BadDestination);
    CHECK(why_not_simulated(v4("127.255.255.255"), facts) == Reason::BadDestination);
}

TEST_CASE("is_bad_source is true for what nobody can be called by") {
    const DeviceFacts facts = tun_facts();
    for (const auto* bad : {"0.0.0.0", "127.0.0.1", "127.255.255.255", "224.0.0.1", "239.255.255.255",
                            "255.255.255.255", "192.168.0.255"}) {
        CAPTURE(bad);
        CHECK(is_bad_source(v4(bad), facts));
    }
    // Linux answers 0/8 and 240/4 too.
    for (const auto* good :
         {"192.168.0.1", "192.168.0.254", "172.17.0.1", "0.0.0.1", "240.0.0.1", "8.8.8.8"}) {
        CAPTURE(good);
        CHECK_FALSE(is_bad_source(v4(good), facts));
    }
}

}  // namespace tunlab::test
