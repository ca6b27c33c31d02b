#include "tunlab/profile/parse.hpp"

#include <string>
#include <string_view>

#include "profile/profile_samples.hpp"
#include <doctest/doctest.h>
#include <fmt/format.h>

namespace tunlab {

namespace {

using samples::Case;
using samples::check_all;
using samples::messages_of;
using samples::tap_with;
using samples::with;

}  // namespace

TEST_CASE("values of the wrong type are named with what is wanted and what is there") {
    const Case cases[] = {
        {R"("mtu": "1400")",
         R"("1400": mtu must be a whole number, not a string [write 1400 without quotes])"},
        {R"("mtu": "big")", R"("big": mtu must be a whole number, not a string)"},
        {R"("mtu": null)", "mtu must be a whole number, not null"},
        {R"("mtu": true)", "true: mtu must be a whole number, not a boolean"},
        {R"("mtu": [1400])", "mtu must be a whole number, not an array"},
        {R"("mtu": {})", "mtu must be a whole number, not an object"},
        {R"("mtu": 1400.5)", "1400.5: mtu must be a whole number, without fraction or exponent"},
        {R"("mtu": 14e2)", "14e2: mtu must be a whole number, without fraction or exponent"},
        {R"("mtu": 99999999999999999999999)", "99999999999999999999999: the number is out of range"},
        {R"("$schema": 1)", "1: $schema must be a string, not a number"},
        {R"("description": [])", "description must be a string, not an array"},
        {R"("owner": true)", "true: owner must be a name or an id, not a boolean"},
        {R"("addresses": "10.0.0.1/24")",
         R"("10.0.0.1/24": addresses must be an array, not a string [put it in brackets: [...]])"},
        {R"("addresses": [7])", "7: an address must be a string or an object, not a number"},
        {R"("routes": {})", "routes must be an array, not an object"},
        {R"("routes": ["default"])", R"("default": a route must be an object, not a string)"},
        {R"("routes": [{"dst": 10}])", "10: dst must be a string, not a number"},
        {R"("routes": [{"dst": "default", "onlink": "true"}])",
         R"("true": onlink must be true or false, not a string)"},
        {R"("queues": "2")", R"("2": queues must be a whole number, not a string [write 2 without quotes])"},
        {R"("ipv6": true)", "true: ipv6 must be an object, not a boolean"},
        {R"("ipv6": {"accept_ra": 1})", "1: accept_ra must be true or false, not a number"},
        {R"("ipv6": {"addr_gen_mode": false})", "false: addr_gen_mode must be a string, not a boolean"},
        {R"("addresses": [["10.0.0.1/24"]])", "an address must be a string or an object, not an array"},
        {R"("addresses": [{"local": 7}])", "7: local must be a string, not a number"},
        {R"("addresses": [{"local": "fd00::1/64", "nodad": "no"}])",
         R"("no": nodad must be true or false, not a string)"},
        {R"("routes": [{"dst": "default", "metric": "5"}])",
         R"("5": metric must be a whole number, not a string [write 5 without quotes])"},
    };
    check_all(cases);
    CHECK(messages_of(tap_with(R"("neighbours": {})")) == "neighbours must be an array, not an object");
    CHECK(messages_of(tap_with(R"("neighbours": ["x"])")) ==
          R"("x": a neighbour must be an object, not a string)");
    CHECK(messages_of("[]") == "a profile must be an object, not an array");
    CHECK(messages_of("7") == "7: a profile must be an object, not a number");
}

TEST_CASE("a word is one of its list, which the message gives") {
    const Case cases[] = {
        {R"("ipv6": {"addr_gen_mode": "randon"})",
         R"("randon": addr_gen_mode must be "none", "eui64" or "random" [did you mean "random"?])"},
        {R"("ipv6": {"addr_gen_mode": "stable_secret"})",
         R"("stable_secret": addr_gen_mode must be "none", "eui64" or "random")"},
        {R"("addresses": [{"local": "10.0.0.1/24", "scope": "universe"}])",
         R"("universe": scope must be "global", "site", "link" or "host")"},
        {R"("routes": [{"dst": "default", "scope": "Link"}])",
         R"("Link": scope must be "global", "site", "link" or "host" [did you mean "link"?])"},
    };
    check_all(cases);
}

TEST_CASE("each host's address is one that a host can have") {
    const auto peer = [](std::string_view address) {
        return messages_of(
            with(fmt::format(R"("addresses": [{{"local": "10.0.0.1/24", "peer": "{}"}}])", address)));
    };
    CHECK(peer("10.0.0.2") == "");
    CHECK(peer("224.0.0.1") == R"("224.0.0.1": a peer cannot have a multicast address)");
    CHECK(peer("0.0.0.0") == R"("0.0.0.0": a peer cannot have the unspecified address)");
    CHECK(peer("127.0.0.1") == R"("127.0.0.1": a peer cannot have a loopback address)");
    CHECK(peer("255.255.255.255") == R"("255.255.255.255": a peer cannot have the broadcast address)");
    CHECK(peer("10.0.0.2/24") ==
          R"("10.0.0.2/24": peer is an address without a prefix length [did you mean "10.0.0.2"?])");
    CHECK(peer("far") == R"("far": not an IP address)");
    const auto neighbour = [](std::string_view address) {
        return messages_of(tap_with(
            fmt::format(R"("neighbours": [{{"dst": "{}", "lladdr": "0a:00:00:00:00:01"}}])", address)));
    };
    CHECK(neighbour("fe80::2") == "");
    CHECK(neighbour("ff02::2") == R"("ff02::2": a neighbour cannot have a multicast address)");
    CHECK(neighbour("::ffff:1.2.3.4") ==
          R"("::ffff:1.2.3.4": a neighbour cannot have an IPv4 address mapped into IPv6)");
    CHECK(neighbour("fe80::2/64") ==
          R"("fe80::2/64": dst is an address without a prefix length [did you mean "fe80::2"?])");
}

TEST_CASE("a neighbour's MAC address is unicast; a simulated host's is as good as any") {
    const auto lladdr = [](std::string_view mac) {
        return messages_of(
            tap_with(fmt::format(R"("neighbours": [{{"dst": "fe80::2", "lladdr": "{}"}}])", mac)));
    };
    CHECK(lladdr("02:00:0a:00:00:02") == "");
    CHECK(lladdr("0A:00:00:00:00:0F") == "");
    CHECK(
        lladdr("01:00:5e:00:00:01") ==
        R"("01:00:5e:00:00:01": a neighbour cannot have a multicast MAC address [try "0a:00:5e:00:00:01"])");
    CHECK(lladdr("00:00:00:00:00:00") ==
          R"("00:00:00:00:00:00": a neighbour cannot have the MAC address zero [try "0a:00:00:00:00:00"])");
    CHECK(lladdr("router") ==
          R"("router": not a MAC address [write six pairs of hex digits: "0a:00:00:00:00:01"])");
}

}  // namespace tunlab
