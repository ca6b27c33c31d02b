#include "tunlab/profile/parse.hpp"

#include "tunlab/profile/builtin.hpp"

#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>

#include "profile/profile_samples.hpp"
#include <doctest/doctest.h>
#include <fmt/format.h>

namespace tunlab {

namespace {

using samples::describe;
using samples::messages_of;
using samples::problems_of;
using samples::tap_with;
using samples::with;

/// A member or several, and what is wrong with a profile that has them.
struct Case {
    std::string_view members;
    std::string_view messages;
};

void check_all(std::span<const Case> cases) {
    for (const auto& [members, messages] : cases) {
        CAPTURE(members);
        CHECK(messages_of(with(members)) == messages);
    }
}

/// A profile with 192.168.0.1/24, 10.0.0.1/8 and fd00::1/64, and these routes.
std::string with_routes(std::string_view routes) {
    return with(fmt::format(R"("addresses": ["192.168.0.1/24", "10.0.0.1/8", "fd00::1/64"], "routes": [{}])",
                            routes));
}

/// Every problem has a place in `text`, which ends where a sanitizer sees a byte read too many.
void require_located(std::string_view text) {
    const std::vector<char> exact(text.begin(), text.end());
    const auto problems = problems_of({exact.data(), exact.size()});
    for (const auto& problem : problems) {
        REQUIRE(problem.place);
        REQUIRE(problem.file == "p.json");
        REQUIRE_FALSE(problem.message.empty());
    }
}

}  // namespace

TEST_CASE("parse_profile reads every field, each with its place") {
    const Profile profile = parse_profile(samples::kFull, "dir/p.json");
    CHECK(profile.file == "dir/p.json");
    CHECK(profile.description == "all fields \xe2\x80\x93 and /* no comment */");
    CHECK(profile.name.value.str() == "lab0");
    CHECK(profile.name.where.to_string() == "dir/p.json:6:11, at /name");
    CHECK(profile.mode == Mode::Tap);
    REQUIRE(profile.mtu);
    CHECK(profile.mtu->value == 1400);
    CHECK(profile.mtu->where.to_string() == "dir/p.json:8:10, at /mtu");
    REQUIRE(profile.mac);
    CHECK(profile.mac->value.to_string() == "0a:00:00:00:00:01");
    CHECK(profile.mac->where.pointer == "/mac");
    REQUIRE(profile.txqueuelen);
    CHECK(profile.txqueuelen->value == 500);
    REQUIRE(profile.owner);
    CHECK(std::get<std::string>(profile.owner->value) == "alice");
    REQUIRE(profile.group);
    CHECK(std::get<std::uint32_t>(profile.group->value) == 100);
    REQUIRE(profile.addresses.size() == 2);
    CHECK(profile.addresses[0].value.to_string() == "10.0.1.1/24");
    CHECK(profile.addresses[1].value.to_string() == "fd00:1::1/64");
    CHECK(profile.addresses[1].where.to_string() == "dir/p.json:13:32, at /addresses/1");
    REQUIRE(profile.routes.size() == 3);
    CHECK(profile.routes[2].where.to_string() == "dir/p.json:17:5, at /routes/2");
}

TEST_CASE("parse_profile reads every field of a route") {
    const Profile profile = parse_profile(samples::kFull, "p.json");
    const ProfileRoute& full = profile.routes.at(0).value;
    CHECK(full.destination.to_string() == "10.9.0.0/16");
    CHECK(full.via.value().to_string() == "10.0.1.254");
    CHECK(full.source.value().to_string() == "10.0.1.1");
    CHECK(full.metric == 5);
    CHECK(full.table == 100);
    CHECK(full.mtu == 1300);
    CHECK_FALSE(full.onlink);
    const ProfileRoute& ipv6 = profile.routes.at(1).value;
    CHECK(ipv6.destination.to_string() == "::/0");
    CHECK_FALSE(ipv6.source);
    CHECK_FALSE(ipv6.metric);
    CHECK_FALSE(ipv6.table);
    CHECK_FALSE(ipv6.mtu);
    CHECK(profile.routes.at(2).value.destination.to_string() == "0.0.0.0/0");
    CHECK(profile.routes.at(2).value.onlink);
}

TEST_CASE("parse_profile leaves open what the profile leaves open") {
    const Profile profile = parse_profile(with(""), "p.json");
    CHECK_FALSE(profile.mtu);
    CHECK_FALSE(profile.mac);
    CHECK_FALSE(profile.txqueuelen);
    CHECK_FALSE(profile.owner);
    CHECK_FALSE(profile.group);
    CHECK(profile.addresses.empty());
    CHECK(profile.routes.empty());
}

TEST_CASE("an unknown key is found at the key, with its line and what was meant") {
    constexpr std::string_view kText = R"({
  "version": 1,
  "name": "tun0",
  "mode": "tun",
  "description": "x",
  "mtuu": 1400,
  "addresses": ["192.168.0.1/24"]
}
)";
    const auto problems = problems_of(kText);
    REQUIRE(problems.size() == 1);
    CHECK(describe(problems[0]) == "6:3+6 unknown key \"mtuu\" [did you mean \"mtu\"?] at /mtuu");
    CHECK(problems[0].place->line == "  \"mtuu\": 1400,");
    CHECK(problems[0].file == "p.json");
}

TEST_CASE("for an unknown key, synonyms beat the distance of spelling") {
    const Case cases[] = {
        {R"("macaddress": 1)", R"(unknown key "macaddress" [did you mean "mac"?])"},
        {R"("hwaddr": 1)", R"(unknown key "hwaddr" [did you mean "mac"?])"},
        {R"("txqlen": 1)", R"(unknown key "txqlen" [did you mean "txqueuelen"?])"},
        {R"("user": 1)", R"(unknown key "user" [did you mean "owner"?])"},
        {R"("ip": 1)", R"(unknown key "ip" [did you mean "addresses"?])"},
        {R"("address": 1)", R"(unknown key "address" [did you mean "addresses"?])"},
        {R"("MTU": 1)", R"(unknown key "MTU" [did you mean "mtu"?])"},
        {R"("addrses": 1)", R"(unknown key "addrses" [did you mean "addresses"?])"},
        {R"("gateway": 1)", R"(unknown key "gateway" ["via" belongs in an object of "routes"])"},
        {R"("via": 1)", R"(unknown key "via" ["via" belongs in an object of "routes"])"},
        {R"("colour": 1)", R"(unknown key "colour")"},
        {R"("a\u001b\"": 1)", R"(unknown key "a\x1b\"")"},
        {R"("routes": [{"dst": "default", "gateway": 1}])", R"(unknown key "gateway" [did you mean "via"?])"},
        {R"("routes": [{"dst": "default", "next-hop-address": 1}])",
         R"(unknown key "next-hop-address" [did you mean "via"?])"},
        {R"("routes": [{"dst": "default", "matric": 1}])",
         R"(unknown key "matric" [did you mean "metric"?])"},
        // What was misspelt is not missing as well.
        {R"("routes": [{"to": "default"}])", R"(unknown key "to" [did you mean "dst"?])"},
        {R"("routes": [{"destination": "default"}])", R"(unknown key "destination" [did you mean "dst"?])"},
    };
    check_all(cases);
}

TEST_CASE("missing keys are found at the opening brace") {
    const auto problems = problems_of("\n {\"routes\": [{}]}");
    REQUIRE(problems.size() == 4);
    CHECK(describe(problems[0]) == "2:2+1 missing key \"version\" [add \"version\": 1]");
    CHECK(describe(problems[1]) == "2:2+1 missing key \"name\" [add \"name\": \"tun0\"]");
    CHECK(describe(problems[2]) == "2:2+1 missing key \"mode\" [add \"mode\": \"tun\" or \"mode\": \"tap\"]");
    CHECK(describe(problems[3]) ==
          "2:14+1 missing key \"dst\" [add \"dst\": \"10.9.0.0/16\" or \"dst\": \"default\"] at /routes/0");
}

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
        {R"("addresses": [7])", "7: an address must be a string, not a number"},
        {R"("routes": {})", "routes must be an array, not an object"},
        {R"("routes": ["default"])", R"("default": a route must be an object, not a string)"},
        {R"("routes": [{"dst": 10}])", "10: dst must be a string, not a number"},
        {R"("routes": [{"dst": "default", "onlink": "true"}])",
         R"("true": onlink must be true or false, not a string)"},
        {R"("routes": [{"dst": "default", "metric": "5"}])",
         R"("5": metric must be a whole number, not a string [write 5 without quotes])"},
    };
    check_all(cases);
    CHECK(messages_of("[]") == "a profile must be an object, not an array");
    CHECK(messages_of("7") == "7: a profile must be an object, not a number");
}

TEST_CASE("the profile's own fields are held to their limits") {
    const Case cases[] = {
        {R"("mtu": 68)", ""},
        {R"("mtu": 67)", "67: mtu must be 68 to 65535"},
        {R"("mtu": 65535)", ""},
        {R"("mtu": 65536)", "65536: mtu must be 68 to 65535"},
        {R"("mtu": -1)", "-1: mtu must be 68 to 65535"},
        {R"("mtu": -9223372036854775808)", "-9223372036854775808: mtu must be 68 to 65535"},
        {R"("txqueuelen": 0)", "0: txqueuelen must be 1 to 500000"},
        {R"("owner": "root", "group": 0)", ""},
        {R"("owner": "DOM\\some one")", ""},
        {R"("owner": "4294967294")", ""},
        {R"("owner": "4294967295")", R"("4294967295": owner must be 0 to 4294967294)"},
        {R"("owner": "99999999999999999999999")",
         R"("99999999999999999999999": owner must be 0 to 4294967294)"},
        {R"("owner": 4294967295)", "4294967295: owner must be 0 to 4294967294"},
        {R"("owner": -1)", "-1: owner must be 0 to 4294967294"},
        {R"("owner": "")", R"("": owner must not be empty)"},
        {R"("group": "a\u0000")", R"("a\x00": an account's name has no control characters and no ":")"},
        {R"("group": "a:b")", R"("a:b": an account's name has no control characters and no ":")"},
        {R"("mac": "0a:00:00:00:00:01")",
         R"(a TUN device has no MAC address [remove "mac", or set "mode" to "tap"])"},
    };
    check_all(cases);
}

TEST_CASE("version, name and mode are checked") {
    const auto messages = [](std::string_view version, std::string_view name, std::string_view mode) {
        return messages_of(fmt::format(R"({{"version": {}, "name": {}, "mode": {}}})", version, name, mode));
    };
    CHECK(messages("1", R"("x")", R"("tun")") == "");
    CHECK(messages("2", R"("x")", R"("tun")") == "2: version must be 1");
    CHECK(messages("0", R"("x")", R"("tun")") == "0: version must be 1");
    CHECK(messages("1.0", R"("x")", R"("tun")") ==
          "1.0: version must be a whole number, without fraction or exponent");
    CHECK(messages(R"("1")", R"("x")", R"("tun")") ==
          R"("1": version must be a whole number, not a string [write 1 without quotes])");
    CHECK(messages("1", R"("sixteen-letters-")", R"("tun")") ==
          R"("sixteen-letters-": a device name has at most 15 characters, this one has 16)");
    CHECK(messages("1", R"("tun%d")", R"("tun")") ==
          R"("tun%d": a device name consists of letters, digits and "_", ".", "-")");
    CHECK(messages("1", R"("lo")", R"("tun")") == R"("lo": the name "lo" is taken by Linux itself)");
    CHECK(messages("1", R"("x")", R"("tup")") ==
          R"("tup": mode must be "tun" or "tap" [did you mean "tun"?])");
    CHECK(messages("1", R"("x")", R"("TUN")") == R"("TUN": mode must be "tun" or "tap")");
    CHECK(messages("1", R"("x")", R"("bridge")") == R"("bridge": mode must be "tun" or "tap")");
}

TEST_CASE("a TAP device has a unicast MAC address that is no simulated host's, and a header to fit") {
    const Case cases[] = {
        {R"("mac": "0a:00:00:00:00:01")", ""},
        {R"("mac": "02:02:00:00:00:01")", ""},
        {R"("mac": "00:01:00:00:00:01")", ""},
        {R"("mac": "01:00:5e:00:00:01")",
         R"("01:00:5e:00:00:01": a device cannot have a multicast MAC address [try "0a:00:5e:00:00:01"])"},
        {R"("mac": "ff:ff:ff:ff:ff:ff")",
         R"("ff:ff:ff:ff:ff:ff": a device cannot have a multicast MAC address [try "0a:ff:ff:ff:ff:ff"])"},
        {R"("mac": "00:00:00:00:00:00")",
         R"("00:00:00:00:00:00": a device cannot have the MAC address zero [try "0a:00:00:00:00:00"])"},
        {R"("mac": "02:00:0a:00:00:01")",
         R"("02:00:0a:00:00:01": 02:00 and 02:01 begin the MAC addresses of simulated hosts [try "0a:00:0a:00:00:01"])"},
        {R"("mac": "02:01:00:00:00:00")",
         R"("02:01:00:00:00:00": 02:00 and 02:01 begin the MAC addresses of simulated hosts [try "0a:01:00:00:00:00"])"},
        {R"("mac": "0a-00-00-00-00-01")",
         R"("0a-00-00-00-00-01": not a MAC address [write six pairs of hex digits: "0a:00:00:00:00:01"])"},
        {R"("mtu": 65521)", ""},
        {R"("mtu": 65522)", "65522: a TAP device's mtu is at most 65521"},
    };
    for (const auto& [members, messages] : cases) {
        CAPTURE(members);
        CHECK(messages_of(tap_with(members)) == messages);
    }
}

TEST_CASE("IPv6 anywhere needs an mtu of 1280") {
    const Case cases[] = {
        {R"("mtu": 1280, "addresses": ["fd00::1/64"])", ""},
        {R"("mtu": 1279, "addresses": ["10.0.0.1/24"])", ""},
        {R"("mtu": 1279, "addresses": ["fd00::1/64"])",
         R"(1279: IPv6 needs an mtu of at least 1280 ["fd00::1/64" on line 1 is IPv6])"},
        {R"("mtu": 1279, "routes": [{"dst": "default6"}])",
         R"(1279: IPv6 needs an mtu of at least 1280 ["default6" on line 1 is IPv6])"},
        {R"("routes": [{"dst": "default6", "mtu": 1280}])", ""},
        {R"("routes": [{"dst": "default6", "mtu": 1279}])", "1279: IPv6 needs an mtu of at least 1280"},
        {R"("routes": [{"dst": "default", "mtu": 68}])", ""},
        {R"("routes": [{"dst": "default", "mtu": 67}])", "67: mtu must be 68 to 65535"},
    };
    check_all(cases);
}

TEST_CASE("an address is one that a device can have") {
    struct Address {
        std::string_view text;
        std::string_view message;
    };
    const Address cases[] = {
        {"192.168.0.1/24", ""},
        {"10.0.0.0/31", ""},
        {"10.0.0.1/31", ""},
        {"10.0.0.0/32", ""},
        {"fd00::/127", ""},
        {"fd00::/128", ""},
        {"fe80::1/64", ""},
        {"fd00::ffff:ffff:ffff:ffff/64", ""},  // IPv6 has no broadcast
        {"10.0.0.0/30", R"(this is the network address of its own subnet [did you mean "10.0.0.1/30"?])"},
        {"10.0.0.3/30", R"(this is the broadcast address of its own subnet [did you mean "10.0.0.2/30"?])"},
        {"192.168.0.0/24",
         R"(this is the network address of its own subnet [did you mean "192.168.0.1/24"?])"},
        {"192.168.0.255/24",
         R"(this is the broadcast address of its own subnet [did you mean "192.168.0.254/24"?])"},
        {"fd00::/64", R"(this is the network address of its own subnet [did you mean "fd00::1/64"?])"},
        {"224.0.0.1/24", "a device cannot have a multicast address"},
        {"ff02::1/64", "a device cannot have a multicast address"},
        {"127.0.0.5/8", "a device cannot have a loopback address"},
        {"::1/128", "a device cannot have a loopback address"},
        {"0.0.0.0/24", "a device cannot have the unspecified address"},
        {"::/128", "a device cannot have the unspecified address"},
        {"255.255.255.255/32", "a device cannot have the broadcast address"},
        {"::ffff:1.2.3.4/96", "a device cannot have an IPv4 address mapped into IPv6"},
        {"10.0.0.1", R"(the prefix length is missing [did you mean "10.0.0.1/24"?])"},
        {"fd00::1", R"(the prefix length is missing [did you mean "fd00::1/64"?])"},
        {"10.0.0.1/33", "the prefix length of an IPv4 address is 0 to 32"},
        {"10.0.0.1/", "the prefix length of an IPv4 address is 0 to 32"},
        {"10.0.0.1/255.255.255.0", "the prefix length of an IPv4 address is 0 to 32"},
        {"fd00::1/129", "the prefix length of an IPv6 address is 0 to 128"},
        {"10.0.0/24", R"(not an IP address with a prefix length, as "192.168.0.1/24" is)"},
        {"fe80::1%eth0/64", R"(not an IP address with a prefix length, as "192.168.0.1/24" is)"},
        {" 10.0.0.1/24", R"(not an IP address with a prefix length, as "192.168.0.1/24" is)"},
        {"", R"(not an IP address with a prefix length, as "192.168.0.1/24" is)"},
    };
    for (const auto& [text, message] : cases) {
        CAPTURE(text);
        const std::string expected = message.empty() ? "" : fmt::format("\"{}\": {}", text, message);
        CHECK(messages_of(with(fmt::format(R"("addresses": ["{}"])", text))) == expected);
    }
}

TEST_CASE("an address is given once; two in one subnet are no fault") {
    CHECK(messages_of(with(R"("addresses": ["10.0.0.1/24", "10.0.0.2/24", "10.0.0.3/16"])")) == "");
    const auto problems =
        problems_of(with("\"addresses\": [\"10.0.0.1/24\",\n\"10.0.0.1/16\", \"fd00::1/64\", "
                         "\"fd00:0::1/64\"]"));
    REQUIRE(problems.size() == 2);
    CHECK(describe(problems[0]) ==
          "2:1+13 \"10.0.0.1/16\": the device has 10.0.0.1 already, from line 1 at /addresses/1");
    CHECK(describe(problems[1]) ==
          "2:30+14 \"fd00:0::1/64\": the device has fd00::1 already, from line 2 at /addresses/3");
}

TEST_CASE("a destination is a network without host bits") {
    const Case cases[] = {
        {R"("routes": [{"dst": "10.9.0.0/16"}, {"dst": "10.9.0.1/32"}, {"dst": "0.0.0.0/0"}])", ""},
        {R"("routes": [{"dst": "224.0.0.0/4"}])", ""},
        {R"("routes": [{"dst": "10.9.0.1/16"}])",
         R"("10.9.0.1/16": a destination has no host bits [did you mean "10.9.0.0/16"?])"},
        {R"("routes": [{"dst": "2001:db8::1/32"}])",
         R"("2001:db8::1/32": a destination has no host bits [did you mean "2001:db8::/32"?])"},
        {R"("routes": [{"dst": "10.9.0.1"}])",
         R"("10.9.0.1": the prefix length is missing [did you mean "10.9.0.1/32"?])"},
        {R"("routes": [{"dst": "defaultt"}])", R"("defaultt": not a destination [did you mean "default"?])"},
        {R"("routes": [{"dst": "10.9.0.0/33"}])",
         R"("10.9.0.0/33": the prefix length of an IPv4 address is 0 to 32)"},
    };
    check_all(cases);
}

TEST_CASE("a gateway is on-link, and somebody else") {
    const Case cases[] = {
        {R"({"dst": "default", "via": "192.168.0.254"})", ""},
        {R"({"dst": "default", "via": "10.200.0.1"})", ""},
        {R"({"dst": "default6", "via": "fd00::2"})", ""},
        {R"({"dst": "default6", "via": "fe80::2"})", ""},
        {R"({"dst": "default", "via": "172.16.0.1", "onlink": true})", ""},
        {R"({"dst": "172.16.0.0/12"}, {"dst": "default", "via": "172.16.0.1"})", ""},
        {R"({"dst": "default", "via": "172.16.0.1", "onlink": false})",
         R"("172.16.0.1": no address of the device reaches this gateway [choose one in 192.168.0.0/24, or add "onlink": true])"},
        {R"({"dst": "default", "via": "172.16.0.1"}, {"dst": "172.16.0.0/12"})",
         R"("172.16.0.1": no address of the device reaches this gateway [choose one in 192.168.0.0/24, or add "onlink": true])"},
        // A route through a gateway puts nothing on the link.
        {R"({"dst": "172.16.0.0/12", "via": "10.0.0.2"}, {"dst": "default", "via": "172.16.0.1"})",
         R"("172.16.0.1": no address of the device reaches this gateway [choose one in 192.168.0.0/24, or add "onlink": true])"},
        {R"({"dst": "default6", "via": "fd01::2"})",
         R"("fd01::2": no address of the device reaches this gateway [choose one in fd00::/64, or add "onlink": true])"},
        {R"({"dst": "default", "via": "192.168.0.1"})",
         R"("192.168.0.1": a gateway cannot have the device's own address)"},
        {R"({"dst": "default", "via": "192.168.0.1", "onlink": true})",
         R"("192.168.0.1": a gateway cannot have the device's own address)"},
        {R"({"dst": "default", "via": "192.168.0.255"})",
         R"("192.168.0.255": a gateway cannot have the broadcast address of 192.168.0.0/24)"},
        {R"({"dst": "default", "via": "224.0.0.1"})",
         R"("224.0.0.1": a gateway cannot have a multicast address)"},
        {R"({"dst": "default", "via": "0.0.0.0"})",
         R"("0.0.0.0": a gateway cannot have the unspecified address)"},
        {R"({"dst": "default6", "via": "::1"})", R"("::1": a gateway cannot have a loopback address)"},
        {R"({"dst": "default", "via": "fd00::2"})", R"("fd00::2": via must be IPv4, as dst is)"},
        {R"({"dst": "default6", "via": "10.0.0.2"})", R"("10.0.0.2": via must be IPv6, as dst is)"},
        {R"({"dst": "default", "via": "10.0.0.2/8"})",
         R"("10.0.0.2/8": via is an address without a prefix length [did you mean "10.0.0.2"?])"},
        {R"({"dst": "default", "via": "router"})", R"("router": not an IP address)"},
        {R"({"dst": "default", "onlink": true})", R"(onlink needs a gateway [add "via"])"},
        {R"({"dst": "default", "onlink": false})", ""},
    };
    for (const auto& [routes, messages] : cases) {
        CAPTURE(routes);
        CHECK(messages_of(with_routes(routes)) == messages);
    }
    CHECK(messages_of(with(R"("routes": [{"dst": "default", "via": "10.0.0.2"}])")) ==
          R"("10.0.0.2": no address of the device reaches this gateway )"
          R"([give the device an address in the gateway's subnet, or add "onlink": true])");
}

TEST_CASE("no gateway is called unreachable while the subnets are not known") {
    const Case cases[] = {
        {R"("addresses": ["172.16.0.1"], "routes": [{"dst": "default", "via": "172.16.0.2"}])",
         R"("172.16.0.1": the prefix length is missing [did you mean "172.16.0.1/24"?])"},
        {R"("ip": "172.16.0.1/24", "routes": [{"dst": "default", "via": "172.16.0.2"}])",
         R"(unknown key "ip" [did you mean "addresses"?])"},
        {R"("routes": [{"dst": "172.16.0.1/24"}, {"dst": "default", "via": "172.16.0.2"}])",
         R"("172.16.0.1/24": a destination has no host bits [did you mean "172.16.0.0/24"?])"},
    };
    check_all(cases);
}

TEST_CASE("src is an address of the destination's family; the rest is for the kernel to judge") {
    CHECK(messages_of(with_routes(R"({"dst": "default", "src": "203.0.113.9"})")) == "");
    CHECK(messages_of(with_routes(R"({"dst": "default", "src": "fd00::1"})")) ==
          R"("fd00::1": src must be IPv4, as dst is)");
    CHECK(messages_of(with_routes(R"({"dst": "default", "src": "10.0.0.1/8"})")) ==
          R"("10.0.0.1/8": src is an address without a prefix length [did you mean "10.0.0.1"?])");
}

TEST_CASE("metric and table are numbers, and main is a table's name") {
    const Case cases[] = {
        {R"({"dst": "default", "metric": 0, "table": 1})", ""},
        {R"({"dst": "default", "metric": 4294967295, "table": 4294967295})", ""},
        {R"({"dst": "default", "table": "main"})", ""},
        {R"({"dst": "default", "metric": -1})", "-1: metric must be 0 to 4294967295"},
        {R"({"dst": "default", "metric": 4294967296})", "4294967296: metric must be 0 to 4294967295"},
        {R"({"dst": "default", "table": 0})", "0: table must be 1 to 4294967295"},
        {R"({"dst": "default", "table": "local"})", R"("local": table must be 1 to 4294967295 or "main")"},
        {R"({"dst": "default", "table": "254"})",
         R"("254": table must be a whole number, not a string [write 254 without quotes])"},
    };
    for (const auto& [routes, messages] : cases) {
        CAPTURE(routes);
        CHECK(messages_of(with_routes(routes)) == messages);
    }
}

TEST_CASE("the same destination, table and metric twice is found, as the kernel would read them") {
    const auto same = [](std::string_view one, std::string_view other) {
        const auto problems = problems_of(with_routes(fmt::format("{{{}}},\n{{{}}}", one, other)));
        if (problems.empty()) return false;
        REQUIRE(problems.size() == 1);
        CHECK(problems[0].pointer == "/routes/1/dst");
        CHECK(problems[0].place->position.line == 2);
        CHECK(problems[0].message.find("the route on line 1 has the same destination, table and metric") !=
              std::string::npos);
        CHECK(problems[0].suggestion == "give one of them another \"metric\"");
        return true;
    };
    CHECK(same(R"("dst": "default")", R"("dst": "0.0.0.0/0")"));
    CHECK(same(R"("dst": "default")", R"("dst": "default", "via": "10.0.0.2")"));
    CHECK(same(R"("dst": "default")", R"("dst": "default", "metric": 0, "table": 254)"));
    CHECK(same(R"("dst": "default6")", R"("dst": "default6", "metric": 1024)"));
    CHECK(same(R"("dst": "default6", "metric": 0)", R"("dst": "::/0", "metric": 1024, "table": "main")"));
    CHECK_FALSE(same(R"("dst": "default")", R"("dst": "default", "metric": 1024)"));
    CHECK_FALSE(same(R"("dst": "default6")", R"("dst": "default6", "metric": 1)"));
    CHECK_FALSE(same(R"("dst": "default")", R"("dst": "default", "table": 100)"));
    CHECK_FALSE(same(R"("dst": "default")", R"("dst": "default6")"));
    CHECK_FALSE(same(R"("dst": "10.9.0.0/16")", R"("dst": "10.9.0.0/17")"));
}

TEST_CASE("all problems come together, in the order of the text") {
    constexpr std::string_view kText = R"({
  "name": "tun0", "mode": "tun",
  "mtuu": 1,
  "addresses": ["10.0.0.1/24", "10.0.0.0/24"],
  "mtu": 1,
  "mtu": 2,
  "routes": [{"dst": "10.9.0.1/16"}]
})";
    std::string seen;
    for (const auto& problem : problems_of(kText)) {
        seen += describe(problem) + "\n";
    }
    CHECK(seen == R"(1:1+1 missing key "version" [add "version": 1]
3:3+6 unknown key "mtuu" [did you mean "mtu"?] at /mtuu
4:32+13 "10.0.0.0/24": this is the network address of its own subnet [did you mean "10.0.0.1/24"?] at /addresses/1
5:10+1 1: mtu must be 68 to 65535 at /mtu
6:3+5 duplicate key "mtu": the first is on line 5 at /mtu
7:22+13 "10.9.0.1/16": a destination has no host bits [did you mean "10.9.0.0/16"?] at /routes/0/dst
)");
}

TEST_CASE("columns and widths count characters; lines may end with CR LF") {
    const auto problems =
        problems_of("{\r\n  \"d\xc3\xa9\xe2\x82\xac\": 1, \"x\": 2,\r\n \"version\": 1, \"name\": \"a\", "
                    "\"mode\": \"tun\"}");
    REQUIRE(problems.size() == 2);
    CHECK(describe(problems[0]) == "2:3+5 unknown key \"d\xc3\xa9\xe2\x82\xac\" at /d\xc3\xa9\xe2\x82\xac");
    CHECK(describe(problems[1]) == "2:13+3 unknown key \"x\" at /x");
    CHECK(problems[1].place->line == "  \"d\xc3\xa9\xe2\x82\xac\": 1, \"x\": 2,");
}

TEST_CASE("a value over several lines is underlined on its first") {
    const auto problems = problems_of(with("\"mtu\": [1,\n2]"));
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].place->width == 3);
}

TEST_CASE("a file that is too large has no place to point at") {
    const std::string most = with("") + std::string(kMaxProfileSize - with("").size(), ' ');
    CHECK(messages_of(most) == "");
    const auto problems = problems_of(most + " ");
    REQUIRE(problems.size() == 1);
    CHECK(describe(problems[0]) == "the file is too large: a profile has at most 1048576 bytes");
}

TEST_CASE("the largest profiles, and as many faults as fit into one line, take bounded time and memory") {
    std::string addresses;
    for (int i = 0; i < 20'000; ++i) {
        addresses += fmt::format("\"10.{}.{}.1/24\",", i / 256, i % 256);
    }
    std::string routes;
    for (int i = 0; i < 10'000; ++i) {
        routes += fmt::format(R"({{"dst":"11.{0}.{1}.0/24","via":"10.{0}.{1}.2"}},)", i / 256, i % 256);
    }
    addresses.pop_back();
    routes.pop_back();
    CHECK(messages_of(with(fmt::format(R"("addresses":[{}],"routes":[{}])", addresses, routes))) == "");

    std::string duplicates = "{\"" + std::string(400'000, 'k') + "\":{\"a\":1";
    for (int i = 0; i < 50'000; ++i) {
        duplicates += ",\"a\":1";
    }
    const auto problems = problems_of(duplicates + "}}");
    CHECK(problems.size() == 50'004);  // and one unknown key, three missing ones
    std::size_t bytes = 0;
    for (const auto& problem : problems) {
        bytes += problem.message.size() + problem.pointer.size() +
                 (problem.place ? problem.place->line.size() : 0);
    }
    CHECK(bytes < 128 * kMaxProfileSize);
}

TEST_CASE("every truncation of a profile gives a located error") {
    for (std::size_t size = 0; size < samples::kFull.find_last_of('}'); ++size) {
        CAPTURE(size);
        const std::string_view text = samples::kFull.substr(0, size);
        REQUIRE_FALSE(problems_of(text).empty());
        require_located(text);
    }
}

TEST_CASE("every change of one byte of the shipped profiles gives a profile or a located error") {
    for (const Mode mode : {Mode::Tun, Mode::Tap}) {
        std::string text(builtin_profile_text(mode));
        for (char& byte : text) {
            const char original = byte;
            for (int value = 0; value < 256; ++value) {
                byte = static_cast<char>(value);
                require_located(text);
            }
            byte = original;
        }
    }
}

TEST_CASE("changes of several bytes of a full profile give a profile or a located error") {
    std::mt19937 random(7);  // fixed: a failure must come again
    for (int round = 0; round < 5'000; ++round) {
        std::string text(samples::kFull);
        for (unsigned changes = random() % 8; changes > 0; --changes) {
            const std::size_t at = random() % text.size();
            switch (random() % 3) {
                case 0: text[at] = static_cast<char>(random() % 256); break;
                case 1: text.erase(at, 1 + random() % 8); break;
                default: text.insert(at, text.substr(random() % text.size(), random() % 16)); break;
            }
        }
        require_located(text);
    }
}

}  // namespace tunlab
