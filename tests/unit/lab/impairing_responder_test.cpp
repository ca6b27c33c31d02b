#include "tunlab/lab/impairing_responder.hpp"

#include "tunlab/lab/ip_responder.hpp"
#include "tunlab/wire/icmpv4.hpp"
#include "tunlab/wire/ipv4.hpp"

#include <vector>

#include "lab_support.hpp"
#include "support.hpp"
#include <doctest/doctest.h>

using namespace std::chrono_literals;

namespace tunlab::test {

namespace {

// IP 192.168.0.1 > 192.168.0.3: ICMP echo request, id 4, seq 1, length 16
const auto kRequest =
    from_hex("45000024 12340000 4001e750 c0a80001c0a80003 0800 2b2a 00040001 3031323334353637");

struct Lab {
    explicit Lab(const Impairments& impairments)
        : hosts(HostTable::everyone({.match = {}, .impairments = impairments})),
          ip(facts, hosts, 0),
          impairing(ip, 0, 42) {}

    DeviceFacts facts = tun_facts();
    HostTable hosts;
    IpResponder ip;
    ImpairingResponder impairing;
};

bool is_sound(Bytes packet) {
    const auto ip = parse_ipv4(packet);
    return ip && parse_icmpv4(ip->payload);
}

}  // namespace

TEST_CASE("without impairments a reply passes as it is") {
    Lab lab({});
    IpResponder plain(lab.facts, lab.hosts, 0);
    const auto expected = respond(plain, kRequest);
    const auto got = respond(lab.impairing, kRequest);
    CHECK(got.decision.reason == Reason::Echo);
    CHECK(got.decision.echo_request);
    CHECK(got.decision.delay == 0ms);
    CHECK_FALSE(got.decision.copy_delay);
    REQUIRE(got.fragments.size() == 1);
    CHECK(same_bytes(got.reply, expected.reply));
}

TEST_CASE("a lost reply is dropped with its reason, and the request counts") {
    Lab lab({.loss = Percentage::from_millionths(Percentage::kAll)});
    const auto got = respond(lab.impairing, kRequest);
    CHECK(got.decision.reason == Reason::Loss);
    CHECK(got.decision.echo_request);
    CHECK(got.fragments.empty());
}

TEST_CASE("a reply beyond the rate is dropped with its reason") {
    Lab lab({.rate = 1});
    CHECK(respond(lab.impairing, kRequest).decision.reason == Reason::Echo);
    CHECK(respond(lab.impairing, kRequest).decision.reason == Reason::Rate);
}

TEST_CASE("a doubled reply is written twice, the same each time") {
    Lab lab({.duplicate = Percentage::from_millionths(Percentage::kAll), .delay = 5ms});
    const auto got = respond(lab.impairing, kRequest);
    CHECK(got.decision.delay == 5ms);
    REQUIRE(got.decision.copy_delay);
    CHECK(*got.decision.copy_delay == 5ms);
    REQUIRE(got.fragments.size() == 2);
    CHECK(same_bytes(got.fragments[0], got.fragments[1]));
    CHECK(is_sound(got.fragments[0]));
}

TEST_CASE("a corrupted reply is one that its receiver throws away") {
    Lab lab({.corrupt = Percentage::from_millionths(Percentage::kAll)});
    const auto got = respond(lab.impairing, kRequest);
    CHECK(got.decision.reason == Reason::Echo);
    REQUIRE(got.fragments.size() == 1);
    CHECK(parse_ipv4(got.reply));
    CHECK_FALSE(is_sound(got.reply));
}

TEST_CASE("what gets no reply has no fate") {
    Lab lab({.loss = Percentage::from_millionths(Percentage::kAll)});
    // IP 192.168.0.1 > 192.168.0.3: ICMP echo reply
    const auto reply =
        from_hex("45000024 12340000 4001e750 c0a80001c0a80003 0000 332a 00040001 3031323334353637");
    CHECK(respond(lab.impairing, reply).decision.reason == Reason::IcmpType);
    CHECK(respond(lab.impairing, from_hex("45")).decision.reason == Reason::IpLength);
}

}  // namespace tunlab::test
