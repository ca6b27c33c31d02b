#include "tunlab/profile/profile.hpp"

#include "tunlab/base/digest.hpp"
#include "tunlab/profile/builtin.hpp"

#include <string>
#include <string_view>

#include "profile/profile_samples.hpp"
#include <doctest/doctest.h>

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
    };
    for (const auto& [one, other] : cases) {
        CAPTURE(other);
        CHECK(digest_of(samples::with(one)) == digest_of(samples::with(other)));
    }
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
    };
    for (const auto& one : variants) {
        for (const auto& other : variants) {
            CAPTURE(one);
            CAPTURE(other);
            CHECK((digest_of(samples::with(one)) == digest_of(samples::with(other))) == (&one == &other));
        }
    }
    CHECK(digest_of(samples::tap_with(R"("mac": "0a:00:00:00:00:01")")) !=
          digest_of(samples::tap_with(R"("mtu": 1500)")));
}

TEST_CASE("the digest of a profile stays the same from one release to the next") {
    // Devices in use carry it: another number here calls every one of them changed.
    CHECK(format_digest(device_digest(builtin_profile(Mode::Tun))) == "59d0a95790c2d873");
    CHECK(format_digest(device_digest(builtin_profile(Mode::Tap))) == "1ec8a86bffbb97a0");
    CHECK(format_digest(device_digest(parse_profile(samples::kFull, "p.json"))) == "2056dd58a44322ed");
}

}  // namespace tunlab
