#include "tunlab/lab/host_table.hpp"

#include "tunlab/lab/simulated_mac.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "lab_support.hpp"
#include <doctest/doctest.h>

namespace tunlab::test {

namespace {

/// A rule that is known by its ttl.
HostRule rule(std::string_view match, std::uint8_t ttl = 64) {
    return {.match = prefix(match), .ttl = ttl};
}

HostTable table_of(std::vector<HostRule> rules) {
    return {std::move(rules), {}};
}

/// The ttl of the rule for `address`; 0 if there is none.
int found(const HostTable& table, std::string_view address) {
    const HostRule* const rule = table.find(ip(address));
    return rule == nullptr ? 0 : rule->ttl;
}

}  // namespace

TEST_CASE("the longest match counts, whatever the order of the rules") {
    std::vector<HostRule> rules{rule("10.0.0.0/8", 8),   rule("10.1.0.0/16", 16), rule("10.1.2.0/24", 24),
                                rule("10.1.2.3/32", 32), rule("fd00::/16", 116),  rule("fd00::7/128", 128)};
    do {
        const HostTable table = table_of(rules);
        CHECK(found(table, "10.200.0.1") == 8);
        CHECK(found(table, "10.1.0.1") == 16);
        CHECK(found(table, "10.1.255.255") == 16);
        CHECK(found(table, "10.1.2.4") == 24);
        CHECK(found(table, "10.1.2.3") == 32);
        CHECK(found(table, "10.1.3.0") == 16);  // behind a longer rule's end, back in the one around it
        CHECK(found(table, "11.0.0.0") == 0);
        CHECK(found(table, "9.255.255.255") == 0);
        CHECK(found(table, "fd00::1") == 116);
        CHECK(found(table, "fd00::7") == 128);
        CHECK(found(table, "fd01::7") == 0);
    } while (std::next_permutation(rules.begin(), rules.end(),
                                   [](const auto& a, const auto& b) { return a.ttl < b.ttl; }));
}

TEST_CASE("a default is for its own family only") {
    const HostTable table = table_of({rule("0.0.0.0/0", 4)});
    CHECK(found(table, "203.0.113.9") == 4);
    CHECK(found(table, "0.0.0.0") == 4);
    CHECK(found(table, "255.255.255.255") == 4);
    CHECK(found(table, "::1") == 0);
    CHECK(found(table_of({}), "10.0.0.1") == 0);
}

TEST_CASE("everyone behaves like one") {
    const HostTable table = HostTable::everyone(rule("10.0.0.7/32", 99));
    CHECK(found(table, "192.168.0.3") == 99);
    CHECK(found(table, "fd00::3") == 99);
    CHECK_FALSE(table.find(ip("192.168.0.3"))->names_one());
}

TEST_CASE("look-ups agree with looking at every rule") {
    std::mt19937 random(1);
    std::vector<HostRule> rules;
    for (int i = 0; i < 300; ++i) {
        const auto length = static_cast<unsigned>(random() % 33);
        const IpPrefix drawn(Ipv4Address(10, static_cast<std::uint8_t>(random() % 4),
                                         static_cast<std::uint8_t>(random() % 4),
                                         static_cast<std::uint8_t>(random() % 8)),
                             length);
        const IpPrefix match(drawn.network(), length);
        const bool known =
            std::any_of(rules.begin(), rules.end(), [&](const auto& r) { return r.match == match; });
        if (!known) rules.push_back({.match = match});
    }
    const HostTable table = table_of(rules);
    for (int i = 0; i < 5000; ++i) {
        const IpAddress address =
            Ipv4Address(10, static_cast<std::uint8_t>(random() % 5), static_cast<std::uint8_t>(random() % 5),
                        static_cast<std::uint8_t>(random() % 9));
        const HostRule* best = nullptr;
        for (const auto& one : rules) {
            if (one.match.contains(address) && (best == nullptr || one.match.length() > best->match.length()))
                best = &one;
        }
        const HostRule* const got = table.find(address);
        REQUIRE((got == nullptr) == (best == nullptr));
        if (best != nullptr) REQUIRE(got->match == best->match);
    }
}

TEST_CASE("who is absent is found, and not present") {
    HostRule absent = rule("10.0.0.7/32");
    absent.answer = Answer::Absent;
    const HostTable table = table_of({rule("10.0.0.0/24"), absent});
    CHECK(table.find(ip("10.0.0.7")) != nullptr);
    CHECK(table.find_present(ip("10.0.0.7")) == nullptr);
    CHECK(table.find_present(ip("10.0.0.8")) != nullptr);
    CHECK(table.find_present(ip("10.0.1.8")) == nullptr);
}

TEST_CASE("hops and gateways are hosts, each hop behind the hops before it, unless a rule says otherwise") {
    HostRule far = rule("203.0.113.0/24");
    far.path = {{.address = ip("10.0.0.2"), .delay = std::chrono::milliseconds(1)},
                {},
                {.address = ip("10.0.1.2")},
                {.address = ip("203.0.113.1")}};
    HostRule quiet = rule("10.0.1.0/24", 9);
    quiet.answer = Answer::Silent;
    const std::vector<IpAddress> gateways{ip("10.0.0.254"), ip("203.0.113.254"), ip("10.0.0.2")};
    const HostTable table({far, quiet}, gateways);
    REQUIRE(table.find(ip("10.0.0.2")) != nullptr);
    CHECK(table.find(ip("10.0.0.2"))->path.empty());
    CHECK(table.find(ip("10.0.0.2"))->names_one());
    CHECK(found(table, "10.0.1.2") == 9);                        // as its rule says
    CHECK(table.find(ip("203.0.113.1"))->match.length() == 24);  // likewise
    CHECK(table.find(ip("10.0.0.254"))->answer == Answer::Echo);
    CHECK(table.find(ip("203.0.113.254"))->match.length() == 24);
    CHECK(table.find(ip("10.0.0.3")) == nullptr);

    HostRule beyond = rule("198.51.100.0/24");
    beyond.path = {{.address = ip("10.0.0.2"), .delay = std::chrono::milliseconds(1)},
                   {.address = ip("10.0.5.2")}};
    const HostTable second({beyond}, {});
    REQUIRE(second.find(ip("10.0.5.2")) != nullptr);
    REQUIRE(second.find(ip("10.0.5.2"))->path.size() == 1);
    CHECK(second.find(ip("10.0.5.2"))->path[0].address == ip("10.0.0.2"));
}

TEST_CASE("a host's MAC address is the one that its rule lists, else the scheme's") {
    HostRule named = rule("10.0.0.7/32");
    named.mac = mac("06:aa:00:00:00:07");
    const HostTable table = table_of({named, rule("10.0.0.0/24")});
    CHECK(table.mac_of(ip("10.0.0.7")) == mac("06:aa:00:00:00:07"));
    CHECK(table.mac_of(ip("10.0.0.8")) == mac("02:00:0a:00:00:08"));
    CHECK(table.mac_of(ip("fd00::8")) == simulated_mac(v6("fd00::8")));
    CHECK(table.lists(mac("06:aa:00:00:00:07")));
    CHECK_FALSE(table.lists(mac("02:00:0a:00:00:07")));
}

}  // namespace tunlab::test
