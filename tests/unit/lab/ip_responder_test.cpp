#include "tunlab/lab/ip_responder.hpp"

#include "lab/vectors.hpp"
#include "lab_support.hpp"
#include "properties.hpp"
#include "support.hpp"
#include <doctest/doctest.h>

namespace tunlab::test {

namespace {

constexpr std::size_t kMtu = 1500;

/// What a network that has just begun makes of a vector.
Outcome answer(const Vector& vector) {
    const DeviceFacts facts = tun_facts();
    IpResponder responder(facts, 0);
    if (!vector.before.empty()) respond(responder, from_hex(vector.before));
    return respond(responder, from_hex(vector.hex));
}

/// Asks `packet`, as it is and with its checksums made right, and has all that must hold of any reply held.
void judge(Bytes packet) {
    const DeviceFacts facts = tun_facts();
    IpResponder one(facts, 0);
    IpResponder other(facts, 0);
    fuzz::Judge judge(one, other, fuzz::Link::None);
    judge.ask(packet, kNow, kMtu);
    std::vector<std::uint8_t> repaired(packet.begin(), packet.end());
    fuzz::repair_checksums(repaired);
    judge.ask(repaired, kNow, kMtu);
}

}  // namespace

TEST_CASE("each IP packet has its reason") {
    for (const auto& vector : kTunVectors) {
        CAPTURE(vector.reading);
        CHECK(facts_of(answer(vector).decision.reason).word == facts_of(vector.reason).word);
    }
}

TEST_CASE("whatever beginning of a packet comes, a reply is sound") {
    for (const auto& vector : kTunVectors) {
        CAPTURE(vector.reading);
        judge(from_hex(vector.hex));
        for_each_truncation(from_hex(vector.hex), [](Bytes part) { judge(part); });
    }
}

TEST_CASE("whatever one byte of a packet becomes, a reply is sound") {
    const DeviceFacts facts = tun_facts();
    IpResponder one(facts, 0);
    IpResponder other(facts, 0);
    fuzz::Judge judge(one, other, fuzz::Link::None);
    Instant now = kNow;
    for (const auto& vector : kTunVectors) {
        if (facts_of(vector.reason).verdict != Verdict::Reply) continue;
        CAPTURE(vector.reading);
        for_each_byte_change(from_hex(vector.hex), [&](Bytes packet, std::size_t index) {
            CAPTURE(index);
            now.steady += std::chrono::milliseconds(2);  // more than the limit on errors asks for
            std::vector<std::uint8_t> repaired(packet.begin(), packet.end());
            fuzz::repair_checksums(repaired);
            judge.ask(repaired, now, kMtu);
        });
    }
}

TEST_CASE("an echo request counts as one whatever becomes of it, other packets never") {
    const auto counts = [](std::string_view reading) {
        for (const auto& vector : kTunVectors) {
            if (vector.reading == reading) return answer(vector).decision.echo_request;
        }
        FAIL("no such vector");
        return false;
    };
    CHECK(counts("IP 192.168.0.1 > 192.168.0.3: ICMP echo request, id 4, seq 1, length 16"));
    CHECK(counts("IP 192.168.0.1 > 224.0.0.251: ICMP echo request, id 4, seq 1, length 16"));
    CHECK(counts("IP 127.0.0.1 > 192.168.0.3: ICMP echo request, id 4, seq 1, length 16"));
    CHECK(counts("bad ICMP checksum (one too many)"));
    CHECK(counts("IP6 fd00::1 > fd00::3: ICMP6, echo request, id 4, seq 1, length 16"));
    CHECK(counts("IP6 fd00::1 > ff02::1: ICMP6, echo request"));
    CHECK(counts("IP6 fd00::1 > fd00::3: ICMP6, echo request, bad checksum"));
    CHECK_FALSE(counts("bad header checksum (one too many)"));  // who knows what it was
    CHECK_FALSE(counts("IP 192.168.0.1 > 192.168.0.3: ICMP echo reply, id 4, seq 1, length 16"));
    CHECK_FALSE(counts("IP6 fd00::1 > fd00::3: ICMP6, echo reply"));
    // Of fragments the one that completes the request.
    CHECK(counts("the last fragment of an echo request, when the first is there"));
    CHECK(counts("the first fragment of an echo request, when the last is there"));
    CHECK_FALSE(counts("first fragment of an echo request, flags [+]"));
    CHECK_FALSE(counts("IP6 fd00::1 > fd00::3: frag (0|16) ICMP6, echo request"));
}

TEST_CASE("a flood of fragments between leaves the memory bounded and the answers right") {
    const DeviceFacts facts = tun_facts();
    IpResponder responder(facts, 0);
    const auto request = from_hex(kTunVectors[0].hex);
    auto fragment =
        from_hex("4500 0024 0000 2000 4001 0000 c0a80001 c0a80003 0800 2b2a 0004 0001 3031323334353637");
    for (unsigned i = 0; i < 70'000; ++i) {
        store_be16(fragment, 4, static_cast<std::uint16_t>(i));
        fragment[15] = static_cast<std::uint8_t>(2 + i / 65'536);
        fuzz::repair_checksums(fragment);
        REQUIRE(respond(responder, fragment).decision.reason != Reason::Echo);
    }
    CHECK(respond(responder, request).decision.reason == Reason::Echo);
}

}  // namespace tunlab::test
