#include "tunlab/profile/profile.hpp"

#include "tunlab/base/digest.hpp"
#include "tunlab/profile/builtin.hpp"

#include <string>
#include <string_view>

#include "profile/profile_samples.hpp"
#include <doctest/doctest.h>
#include <fmt/format.h>

namespace tunlab {

namespace {

std::uint64_t digest_of(const std::string& text) {
    return device_digest(parse_profile(text, "p.json"));
}

ProfileRoute first_route(const std::string& route) {
    const std::string addresses = R"("addresses": ["10.0.0.1/24", "fd00::1/64"], )";
    return parse_profile(samples::with(addresses + "\"routes\": [" + route + "]"), "p.json")
        .routes.at(0)
        .value;
}

}  // namespace

TEST_CASE("word_of says the mode as the profile does") {
    CHECK(word_of(Mode::Tun) == "tun");
    CHECK(word_of(Mode::Tap) == "tap");
}

TEST_CASE("word_of says scopes and address generation modes as iproute2 does") {
    CHECK(word_of(Scope::Global) == "global");
    CHECK(word_of(Scope::Site) == "site");
    CHECK(word_of(Scope::Link) == "link");
    CHECK(word_of(Scope::Host) == "host");
    CHECK(word_of(AddrGenMode::Eui64) == "eui64");
    CHECK(word_of(AddrGenMode::None) == "none");
    CHECK(word_of(AddrGenMode::StablePrivacy) == "stable_secret");
    CHECK(word_of(AddrGenMode::Random) == "random");
}

TEST_CASE("a route without scope has the one that iproute2 gives it") {
    CHECK(first_route(R"({"dst": "default"})").effective_scope() == Scope::Link);
    CHECK(first_route(R"({"dst": "default", "via": "10.0.0.2"})").effective_scope() == Scope::Global);
    CHECK(first_route(R"({"dst": "default6"})").effective_scope() == Scope::Global);
    CHECK(first_route(R"({"dst": "default", "scope": "host"})").effective_scope() == Scope::Host);
    CHECK(first_route(R"({"dst": "default", "via": "10.0.0.2", "scope": "site"})").effective_scope() ==
          Scope::Site);
}

TEST_CASE("an address tells what it puts on the link") {
    const auto subnets = [](std::string_view address) {
        const auto members = fmt::format(R"("addresses": [{}])", address);
        std::string out;
        for (const auto& subnet :
             parse_profile(samples::with(members), "p.json").addresses.at(0).value.subnets()) {
            out += subnet.to_string() + ' ';
        }
        return out;
    };
    CHECK(subnets(R"("10.0.0.1/24")") == "10.0.0.1/24 ");
    CHECK(subnets(R"("fd00::1/64")") == "fd00::1/64 ");
    CHECK(subnets(R"({"local": "10.0.0.1/24", "peer": "10.1.0.9"})") == "10.1.0.9/24 ");
    CHECK(subnets(R"({"local": "fd00::1/64", "peer": "fd01::2"})") == "fd00::1/64 fd01::2/128 ");
}

TEST_CASE("a route without metric and table has those that the kernel gives it") {
    CHECK(first_route(R"({"dst": "default", "via": "10.0.0.2"})").effective_metric() == 0);
    CHECK(first_route(R"({"dst": "default6", "via": "fd00::2"})").effective_metric() == 1024);
    CHECK(first_route(R"({"dst": "default6", "via": "fd00::2", "metric": 0})").effective_metric() == 1024);
    CHECK(first_route(R"({"dst": "default6", "via": "fd00::2", "metric": 1})").effective_metric() == 1);
    CHECK(first_route(R"({"dst": "default"})").effective_table() == 254);
    CHECK(first_route(R"({"dst": "default", "table": "main"})").effective_table() == 254);
    CHECK(first_route(R"({"dst": "default", "table": 7})").effective_table() == 7);
}

TEST_CASE("profiles that ask for the same device have the same digest") {
    struct Same {
        std::string_view one;
        std::string_view other;
    };
    const Same cases[] = {
        {"", R"("description": "x", "$schema": "y")"},
        {"", R"("mtu": 1500)"},
        {"", R"("addresses": [], "routes": [])"},
        {R"("owner": 1000)", R"("owner": "1000")"},
        {R"("owner": 7)", R"("owner": "007")"},
        {R"("addresses": ["10.0.0.1/24", "10.0.1.1/24"])", R"("addresses": ["10.0.1.1/24", "10.0.0.1/24"])"},
        {R"("addresses": ["fd00::1/64"])", R"("addresses": ["fd00:0:0::0001/64"])"},
        {R"("routes": [{"dst": "default"}])",
         R"("routes": [{"dst": "0.0.0.0/0", "table": 254, "metric": 0}])"},
        {R"("routes": [{"dst": "default6"}])",
         R"("routes": [{"dst": "::/0", "table": "main", "metric": 1024}])"},
        {R"("routes": [{"dst": "default"}])", R"("routes": [{"dst": "default", "onlink": false}])"},
        {R"("routes": [{"dst": "10.8.0.0/16"}, {"dst": "10.9.0.0/16"}])",
         R"("routes": [{"dst": "10.9.0.0/16"}, {"dst": "10.8.0.0/16"}])"},
        {"", R"("queues": 1, "ipv6": {"addr_gen_mode": "none", "accept_ra": false})"},
        {"", R"("ipv6": {})"},
        {R"("addresses": ["10.0.0.1/24"])", R"("addresses": [{"local": "10.0.0.1/24", "scope": "global"}])"},
        {R"("addresses": ["fd00::1/64"])", R"("addresses": [{"nodad": true, "local": "fd00::1/64"}])"},
        {R"("routes": [{"dst": "default"}])", R"("routes": [{"dst": "default", "scope": "link"}])"},
        {R"("routes": [{"dst": "default", "via": "10.0.0.2", "onlink": true}])",
         R"("routes": [{"dst": "default", "via": "10.0.0.2", "onlink": true, "scope": "global"}])"},
    };
    for (const auto& [one, other] : cases) {
        CAPTURE(other);
        CHECK(digest_of(samples::with(one)) == digest_of(samples::with(other)));
    }
    const std::string_view two = R"({"dst": "10.0.0.2", "lladdr": "0a:00:00:00:00:02"})";
    const std::string_view three = R"({"dst": "10.0.0.3", "lladdr": "0a:00:00:00:00:03"})";
    const auto with_neighbours = [](std::string_view one, std::string_view other) {
        return digest_of(samples::tap_with(
            fmt::format(R"("addresses": ["10.0.0.1/24"], "neighbours": [{}, {}])", one, other)));
    };
    CHECK(with_neighbours(two, three) == with_neighbours(three, two));
    CHECK(digest_of(samples::tap_with(R"("neighbours": [])")) ==
          digest_of(samples::tap_with(R"("mtu": 1500)")));
    CHECK(digest_of(R"({"mode": "tun", /* first */ "name": "tun0", "version": 1})") ==
          digest_of(samples::with("")));
}

TEST_CASE("profiles that ask for different devices have different digests") {
    const std::string_view variants[] = {
        "",
        R"("mtu": 1400)",
        R"("txqueuelen": 500)",
        R"("owner": "alice")",
        R"("group": "alice")",
        R"("owner": 0)",
        R"("addresses": ["10.0.0.1/24"])",
        R"("addresses": ["10.0.0.1/25"])",
        R"("addresses": ["10.0.0.2/24"])",
        R"("addresses": ["10.0.0.1/24"], "routes": [{"dst": "default"}])",
        R"("addresses": ["10.0.0.1/24"], "routes": [{"dst": "default", "via": "10.0.0.2"}])",
        R"("addresses": ["10.0.0.1/24"], "routes": [{"dst": "default", "via": "10.0.0.2", "onlink": true}])",
        R"("addresses": ["10.0.0.1/24"], "routes": [{"dst": "default", "src": "10.0.0.1"}])",
        R"("addresses": ["10.0.0.1/24"], "routes": [{"dst": "default", "metric": 1}])",
        R"("addresses": ["10.0.0.1/24"], "routes": [{"dst": "default", "table": 1}])",
        R"("addresses": ["10.0.0.1/24"], "routes": [{"dst": "default", "mtu": 1400}])",
        R"("addresses": ["10.0.0.1/24"], "routes": [{"dst": "default", "scope": "host"}])",
        R"("addresses": ["10.0.0.1/24"], "routes": [{"dst": "default", "scope": "global"}])",
        R"("addresses": ["10.0.0.1/24"], "routes": [{"dst": "default", "via": "10.0.0.2", "scope": "site"}])",
        R"("addresses": [{"local": "10.0.0.1/24", "peer": "10.0.0.2"}])",
        R"("addresses": [{"local": "10.0.0.1/24", "peer": "10.0.0.3"}])",
        R"("addresses": [{"local": "10.0.0.1/24", "scope": "link"}])",
        R"("addresses": [{"local": "10.0.0.1/24", "scope": "site"}])",
        R"("addresses": ["fd00::1/64"])",
        R"("addresses": [{"local": "fd00::1/64", "nodad": false}])",
        R"("queues": 2)",
        R"("queues": 3)",
        R"("netns": "blue")",
        R"("netns": "/run/netns/blue")",
        R"("ipv6": {"addr_gen_mode": "random"})",
        R"("ipv6": {"accept_ra": true})",
    };
    for (const auto& one : variants) {
        for (const auto& other : variants) {
            CAPTURE(one);
            CAPTURE(other);
            CHECK((digest_of(samples::with(one)) == digest_of(samples::with(other))) == (&one == &other));
        }
    }
    const std::string_view tap_variants[] = {
        R"("mtu": 1500)",
        R"("mac": "0a:00:00:00:00:01")",
        R"("bridge": "br0", "hosts": [{"match": "10.0.0.7"}])",
        R"("bridge": "br1", "hosts": [{"match": "10.0.0.7"}])",
        R"("ipv6": {"addr_gen_mode": "eui64"})",
        R"("addresses": ["10.0.0.1/24"])",
        R"("addresses": ["10.0.0.1/24"], "neighbours": [{"dst": "10.0.0.2", "lladdr": "0a:00:00:00:00:02"}])",
        R"("addresses": ["10.0.0.1/24"], "neighbours": [{"dst": "10.0.0.3", "lladdr": "0a:00:00:00:00:02"}])",
        R"("addresses": ["10.0.0.1/24"], "neighbours": [{"dst": "10.0.0.2", "lladdr": "0a:00:00:00:00:03"}])",
    };
    for (const auto& one : tap_variants) {
        for (const auto& other : tap_variants) {
            CAPTURE(one);
            CAPTURE(other);
            CHECK((digest_of(samples::tap_with(one)) == digest_of(samples::tap_with(other))) ==
                  (&one == &other));
        }
    }
}

TEST_CASE("who lives behind a device, and with which seed, makes no other device") {
    const auto plain = digest_of(samples::with(R"("addresses": ["10.0.0.1/24"])"));
    CHECK(digest_of(samples::with(R"("addresses": ["10.0.0.1/24"], "seed": 7)")) == plain);
    CHECK(digest_of(samples::with(
              R"("addresses": ["10.0.0.1/24"], "hosts": [{"match": "10.0.0.7", "loss": "2%"}])")) == plain);
}

TEST_CASE("the digest of a profile of the first fields stays the same from one release to the next") {
    // Devices in use carry it: another number here calls every one of them changed.
    CHECK(format_digest(device_digest(builtin_profile(Mode::Tun))) == "59d0a95790c2d873");
    CHECK(format_digest(device_digest(builtin_profile(Mode::Tap))) == "1ec8a86bffbb97a0");
    CHECK(format_digest(device_digest(parse_profile(samples::kEarly, "p.json"))) == "2056dd58a44322ed");
    const auto without_gateway = samples::with(R"("routes": [{"dst": "10.9.0.0/16"}, {"dst": "fd00::/16"}])");
    CHECK(format_digest(digest_of(without_gateway)) == "1fe93c5c13276f8f");
}

}  // namespace tunlab
