#include "tunlab/lab/ip_responder.hpp"

#include "lab/requests.hpp"
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
    IpResponder responder(facts, everyone(), 0);
    if (!vector.before.empty()) respond(responder, from_hex(vector.before));
    return respond(responder, from_hex(vector.hex));
}

/// Asks `packet`, as it is and with its checksums made right, and has all that must hold of any reply held.
void judge(Bytes packet) {
    const DeviceFacts facts = tun_facts();
    IpResponder one(facts, everyone(), 0);
    IpResponder other(facts, everyone(), 0);
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
    IpResponder one(facts, everyone(), 0);
    IpResponder other(facts, everyone(), 0);
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
    IpResponder responder(facts, everyone(), 0);
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

namespace {

/// What comes in return, taken apart: an ICMP error over either version.
struct Told {
    Decision decision;
    std::string source;
    unsigned ttl = 0;
    unsigned type = 0;
    unsigned code = 0;
    std::uint32_t rest = 0;
    std::vector<std::uint8_t> quote;
};

Told told(Responder& responder, const EchoTo& echo) {
    const auto got = respond(responder, echo_to(echo));
    Told told{.decision = got.decision, .source = {}, .quote = {}};
    if (got.reply.empty()) return told;
    const auto take = [&](const IcmpMessage& message) {
        told.type = message.type;
        told.code = message.code;
        told.rest = message.rest_of_header;
        told.quote.assign(message.data.begin(), message.data.end());
    };
    if (const auto ip = parse_ipv4(got.reply)) {
        told.source = ip->source.to_string();
        told.ttl = ip->ttl;
        take(*parse_icmpv4(ip->payload));
    } else {
        const auto v6 = parse_ipv6(got.reply);
        told.source = v6->source.to_string();
        told.ttl = v6->hop_limit;
        take(*parse_icmpv6(v6->payload, v6->source, v6->destination));
    }
    return told;
}

}  // namespace

TEST_CASE("a packet whose TTL ends on the way is told of by that hop, after its delay and as it came there") {
    const DeviceFacts facts = tun_facts();
    IpResponder responder(facts, all_kinds(), 0);
    using std::chrono::milliseconds;
    struct Row {
        std::string_view destination;
        std::string_view first;
        std::string_view third;
        unsigned type;
    };
    for (const Row& row : {Row{"192.168.0.20", "10.0.0.2", "10.0.2.2", kIcmpv4TimeExceeded},
                           Row{"fd00::20", "fd00:a::2", "fd00:c::2", kIcmpv6TimeExceeded}}) {
        const auto first = told(responder, {.destination = row.destination, .ttl = 1});
        CHECK(first.decision.reason == Reason::TimeExceeded);
        CHECK(first.decision.echo_request);
        CHECK(first.decision.path_delay == milliseconds(1));
        CHECK(first.decision.hop == 1);
        CHECK(first.decision.host != nullptr);
        CHECK(first.source == row.first);
        CHECK(first.ttl == 64);
        CHECK(first.type == row.type);
        CHECK(first.code == 0);
        CHECK(first.rest == 0);
        CHECK(same_bytes(first.quote, echo_to({.destination = row.destination, .ttl = 1})));

        CHECK(told(responder, {.destination = row.destination, .ttl = 2}).decision.reason ==
              Reason::SilentHop);

        const auto third = told(responder, {.destination = row.destination, .ttl = 3});
        CHECK(third.source == row.third);
        CHECK(third.decision.path_delay == milliseconds(29));
        CHECK(third.ttl == 62);
        // Of the TTL one is left, and IPv4's header checksum is right.
        CHECK(same_bytes(third.quote, echo_to({.destination = row.destination, .ttl = 1})));

        const auto arrived = told(responder, {.destination = row.destination, .ttl = 4});
        CHECK(arrived.decision.reason == Reason::Echo);
        CHECK(arrived.decision.path_delay == milliseconds(29));
        REQUIRE(arrived.decision.host != nullptr);
        CHECK(arrived.decision.asked == ip(row.destination));
        CHECK(arrived.source == row.destination);
        CHECK(arrived.ttl == 61);
    }
}

TEST_CASE("what is too long for a link and may not be cut is told of with the link's MTU, or vanishes") {
    const DeviceFacts facts = tun_facts();
    IpResponder responder(facts, all_kinds(), 0);
    const auto v4 = told(responder, {.destination = "192.168.0.20", .size = 1301, .dont_fragment = true});
    CHECK(v4.decision.reason == Reason::FragmentationNeeded);
    CHECK(v4.source == "10.0.2.2");
    CHECK(v4.type == kIcmpv4Unreachable);
    CHECK(v4.code == kIcmpv4FragmentationNeeded);
    CHECK(v4.rest == 1300);
    CHECK(v4.quote.size() == 576 - 28);
    const auto v6 = told(responder, {.destination = "fd00::20", .size = 1301});
    CHECK(v6.decision.reason == Reason::PacketTooBig);
    CHECK(v6.source == "fd00:c::2");
    CHECK(v6.type == kIcmpv6PacketTooBig);
    CHECK(v6.rest == 1300);
    CHECK(v6.quote.size() == 1280 - 48);
    // At a hop the TTL is looked at before the size.
    CHECK(told(responder, {.destination = "fd00::20", .ttl = 3, .size = 1400}).decision.reason ==
          Reason::TimeExceeded);
    CHECK(told(responder, {.destination = "192.168.0.20", .size = 1300, .dont_fragment = true})
              .decision.reason == Reason::Echo);
    CHECK(told(responder, {.destination = "192.168.0.21", .size = 1301, .dont_fragment = true})
              .decision.reason == Reason::Blackhole);
    CHECK(told(responder, {.destination = "fd00::21", .size = 1301}).decision.reason == Reason::Blackhole);
    CHECK(told(responder, {.destination = "fd00::21", .size = 1300}).decision.reason == Reason::Echo);
}

TEST_CASE("a reply is cut to what the path carries, too") {
    const DeviceFacts facts = tun_facts();
    IpResponder responder(facts, all_kinds(), 0);
    // Without DF the narrow link's router would have cut it.
    const auto got = respond(responder, echo_to({.destination = "192.168.0.20", .size = 1500}));
    CHECK(got.decision.reason == Reason::Echo);
    REQUIRE(got.fragments.size() == 2);
    CHECK(got.fragments[0].size() == 1300);
}

TEST_CASE("each kind of unreachable has its type and code, from the last hop or from the address itself") {
    const DeviceFacts facts = tun_facts();
    IpResponder responder(facts, all_kinds(), 0);
    struct Row {
        std::string_view destination;
        Reason reason;
        unsigned code;
    };
    for (const auto& [destination, reason, code] :
         {Row{"192.168.0.10", Reason::NetUnreachable, 0}, Row{"192.168.0.11", Reason::HostUnreachable, 1},
          Row{"192.168.0.12", Reason::PortUnreachable, 3}, Row{"192.168.0.13", Reason::AdminProhibited, 13},
          Row{"fd00::10", Reason::NetUnreachable, 0}, Row{"fd00::11", Reason::HostUnreachable, 3},
          Row{"fd00::12", Reason::PortUnreachable, 4}, Row{"fd00::13", Reason::AdminProhibited, 1}}) {
        CAPTURE(destination);
        const auto got = told(responder, {.destination = destination});
        CHECK(got.decision.reason == reason);
        CHECK(got.decision.echo_request);
        CHECK(got.source == destination);
        CHECK(got.type == (ip(destination).family() == Family::V4 ? kIcmpv4Unreachable : kIcmpv6Unreachable));
        CHECK(got.code == code);
        CHECK(got.ttl == 64);
        CHECK(same_bytes(got.quote, echo_to({.destination = destination})));
        REQUIRE(got.decision.host != nullptr);  // its impairments apply
    }
    const auto behind = told(responder, {.destination = "192.168.0.22", .ttl = 9});
    CHECK(behind.source == "10.0.2.2");
    CHECK(behind.ttl == 62);
    CHECK(same_bytes(behind.quote, echo_to({.destination = "192.168.0.22", .ttl = 7})));
    CHECK(told(responder, {.destination = "fd00::22"}).source == "fd00:c::2");
    const auto port = told(responder, {.destination = "192.168.0.24"});
    CHECK(port.decision.reason == Reason::PortUnreachable);
    CHECK(port.source == "10.0.2.2");
    CHECK(told(responder, {.destination = "192.168.0.23"}).decision.reason == Reason::SilentHop);
    CHECK(told(responder, {.destination = "fd00::23"}).decision.reason == Reason::SilentHop);
}

TEST_CASE("who is silent, absent or in no rule says nothing, each for its reason, and the request counts") {
    const DeviceFacts facts = tun_facts();
    IpResponder responder(facts, all_kinds(), 0);
    for (const auto& [destination, reason] :
         {std::pair{"192.168.0.14", Reason::Silent}, std::pair{"fd00::14", Reason::Silent},
          std::pair{"192.168.0.15", Reason::NoHost}, std::pair{"fd00::15", Reason::NoHost},
          std::pair{"192.168.0.99", Reason::NoHost}, std::pair{"fd00::99", Reason::NoHost}}) {
        const auto got = told(responder, {.destination = destination});
        CHECK(got.decision.reason == reason);
        CHECK(got.decision.echo_request);
    }
    CHECK(told(responder, {.destination = "192.168.0.30"}).decision.reason == Reason::Echo);
    // Hops are hosts, each behind those before it.
    CHECK(told(responder, {.destination = "10.0.0.2", .ttl = 1}).decision.reason == Reason::Echo);
    CHECK(told(responder, {.destination = "10.0.2.2", .ttl = 1}).source == "10.0.0.2");
    CHECK(told(responder, {.destination = "10.0.2.2"}).ttl == 62);
}

TEST_CASE("of errors and later fragments nobody is told an error") {
    const DeviceFacts facts = tun_facts();
    IpResponder responder(facts, all_kinds(), 0);
    for (const auto type : std::initializer_list<std::uint8_t>{3, 4, 5, 11, 12, 19, 255}) {
        CHECK(told(responder, {.destination = "192.168.0.20", .ttl = 1, .type = type}).decision.reason ==
              Reason::NoError);
        CHECK(told(responder, {.destination = "192.168.0.10", .type = type}).decision.reason ==
              Reason::NoError);
    }
    for (const auto type : std::initializer_list<std::uint8_t>{1, 2, 3, 4, 127}) {
        CHECK(told(responder, {.destination = "fd00::20", .ttl = 1, .type = type}).decision.reason ==
              Reason::NoError);
        CHECK(told(responder, {.destination = "fd00::12", .type = type}).decision.reason == Reason::NoError);
    }
    // IP 192.168.0.1 > 192.168.0.20: icmp, a second fragment (offset 8), ttl 1
    auto later = echo_to({.destination = "192.168.0.20", .ttl = 1});
    write_ipv4_header(later,
                      {.fragment_offset = 8,
                       .ttl = 1,
                       .protocol = kProtocolIcmp,
                       .source = v4("192.168.0.1"),
                       .destination = v4("192.168.0.20")},
                      later.size() - kIpv4MinHeaderSize);
    CHECK(respond(responder, later).decision.reason == Reason::NoError);
}

TEST_CASE("errors of hops count against the rate of errors as all others do") {
    const DeviceFacts facts = tun_facts();
    IpResponder responder(facts, all_kinds(), 0);
    for (std::uint32_t i = 0; i < IpCore::kErrorBurst; ++i) {
        REQUIRE(told(responder, {.destination = "192.168.0.20", .ttl = 1}).decision.reason ==
                Reason::TimeExceeded);
    }
    CHECK(told(responder, {.destination = "fd00::20", .ttl = 1}).decision.reason == Reason::ErrorRate);
}

}  // namespace tunlab::test
