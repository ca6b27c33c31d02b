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
using samples::describe;
using samples::messages_of;
using samples::problems_of;
using samples::tap_with;
using samples::with;
using samples::with_routes;

}  // namespace

TEST_CASE("IPv6 anywhere needs an mtu of 1280") {
    const Case cases[] = {
        {R"("mtu": 1280, "addresses": ["fd00::1/64"])", ""},
        {R"("mtu": 1279, "addresses": ["10.0.0.1/24"])", ""},
        {R"("mtu": 1279, "addresses": ["fd00::1/64"])",
         R"(1279: IPv6 needs an mtu of at least 1280 ["fd00::1/64" on line 1 is IPv6])"},
        {R"("mtu": 1279, "routes": [{"dst": "default6"}])",
         R"(1279: IPv6 needs an mtu of at least 1280 ["default6" on line 1 is IPv6])"},
        {R"("mtu": 1279, "addresses": ["10.0.0.1/24"], "ipv6": {"addr_gen_mode": "none", "accept_ra": false})",
         ""},
        {R"("mtu": 1279, "ipv6": {"addr_gen_mode": "random"})",
         R"(1279: IPv6 needs an mtu of at least 1280 ["addr_gen_mode" on line 1 is for IPv6])"},
        {R"("mtu": 1279, "ipv6": {"accept_ra": true})",
         R"(1279: IPv6 needs an mtu of at least 1280 ["accept_ra" on line 1 is for IPv6])"},
        {R"("mtu": 1280, "ipv6": {"accept_ra": true})", ""},
        // the first in the text is named
        {R"("mtu": 1279, "ipv6": {"accept_ra": true}, "addresses": ["fd00::1/64"])",
         R"(1279: IPv6 needs an mtu of at least 1280 ["accept_ra" on line 1 is for IPv6])"},
        {R"("mtu": 1279, "addresses": [{"local": "fd00::1/64"}], "ipv6": {"accept_ra": true})",
         R"(1279: IPv6 needs an mtu of at least 1280 ["fd00::1/64" on line 1 is IPv6])"},
        {R"("routes": [{"dst": "default6", "mtu": 1280}])", ""},
        {R"("routes": [{"dst": "default6", "mtu": 1279}])", "1279: IPv6 needs an mtu of at least 1280"},
        {R"("routes": [{"dst": "default", "mtu": 68}])", ""},
        {R"("routes": [{"dst": "default", "mtu": 67}])", "67: mtu must be 68 to 65520"},
    };
    check_all(cases);
    CHECK(messages_of(tap_with(
              R"("mtu": 1279, "neighbours": [{"dst": "fe80::2", "lladdr": "0a:00:00:00:00:01"}])")) ==
          R"(1279: IPv6 needs an mtu of at least 1280 ["fe80::2" on line 1 is IPv6])");
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
    // a far end makes no second address of it
    const auto peers =
        problems_of(with("\"addresses\": [{\"local\": \"10.0.0.1/32\", \"peer\": \"10.0.0.2\"},\n"
                         "{\"peer\": \"10.0.0.3\", \"local\": \"10.0.0.1/32\"}, \"10.0.0.1/24\"]"));
    REQUIRE(peers.size() == 2);
    CHECK(describe(peers[0]) ==
          "2:31+13 \"10.0.0.1/32\": the device has 10.0.0.1 already, from line 1 at /addresses/1/local");
    CHECK(describe(peers[1]) ==
          "2:47+13 \"10.0.0.1/24\": the device has 10.0.0.1 already, from line 1 at /addresses/2");
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
        // Linux looks for gateways in scope link and narrower.
        {R"({"dst": "172.16.0.0/12", "scope": "link"}, {"dst": "default", "via": "172.16.0.1"})", ""},
        {R"({"dst": "172.16.0.0/12", "scope": "host"}, {"dst": "default", "via": "172.16.0.1"})", ""},
        {R"({"dst": "172.16.0.0/12", "scope": "site"}, {"dst": "default", "via": "172.16.0.1"})",
         R"("172.16.0.1": no address of the device reaches this gateway [choose one in 192.168.0.0/24, or add "onlink": true])"},
        {R"({"dst": "172.16.0.0/12", "scope": "global"}, {"dst": "default", "via": "172.16.0.1"})",
         R"("172.16.0.1": no address of the device reaches this gateway [choose one in 192.168.0.0/24, or add "onlink": true])"},
        {R"({"dst": "fd01::/64"}, {"dst": "default6", "via": "fd01::1"})", ""},
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

TEST_CASE("what only a TAP device has is refused on TUN, where it stands") {
    const auto fault = [](std::string_view members) {
        const auto problems = problems_of(with(fmt::format("\n{}", members)));
        return problems.size() == 1 ? describe(problems[0]) : fmt::format("{} problems", problems.size());
    };
    CHECK(fault(R"("mac": "0a:00:00:00:00:01")") ==
          R"(2:8+19 a TUN device has no MAC address [remove "mac", or set "mode" to "tap"] at /mac)");
    CHECK(
        fault(R"("bridge": "br0")") ==
        R"(2:11+5 a TUN device cannot be a port of a bridge [remove "bridge", or set "mode" to "tap"] at /bridge)");
    CHECK(
        fault(R"("neighbours": [{"dst": "fe80::2", "lladdr": "0a:00:00:00:00:01"}])") ==
        R"(2:15+51 a TUN device has no neighbours [remove "neighbours", or set "mode" to "tap"] at /neighbours)");
    CHECK(
        fault(R"("ipv6": {"addr_gen_mode": "eui64"})") ==
        R"(2:27+7 "eui64": a TUN device has no MAC address to make an address from [did you mean "random"?] at /ipv6/addr_gen_mode)");
    CHECK(messages_of(with(R"("ipv6": {"addr_gen_mode": "random"})")) == "");
    // the mode may stand behind
    CHECK(messages_of(R"({"mac": "0a:00:00:00:00:01", "version": 1, "name": "x", "mode": "tun"})") ==
          R"(a TUN device has no MAC address [remove "mac", or set "mode" to "tap"])");
    // one fault at a time, and none without a mode
    CHECK(messages_of(with(R"("mac": 1)")) == "1: mac must be a string, not a number");
    CHECK(messages_of(R"({"mac": "0a:00:00:00:00:01", "version": 1, "name": "x", "mode": 1})") ==
          "1: mode must be a string, not a number");
}

TEST_CASE("a TAP device has all of that, and a header to fit") {
    const Case cases[] = {
        {R"("mac": "0a:00:00:00:00:01", "bridge": "br0", "neighbours": [], "hosts": [{"match": "10.0.1.7"}])",
         ""},
        {R"("ipv6": {"addr_gen_mode": "eui64"})", ""},
        {R"("mtu": 65521)", ""},
        {R"("mtu": 65522)", "65522: a TAP device's mtu is at most 65521"},
        {R"("bridge": "br0")",
         R"("br0": on a bridge there are other machines, whose addresses must not be answered for )"
         R"([say who lives behind the device: "hosts": [{"match": "10.0.1.7"}]])"},
        {R"("bridge": "tap1", "hosts": [{"match": "10.0.1.7"}])", ""},
        {R"("bridge": "tap0", "hosts": [{"match": "10.0.1.7"}])",
         R"("tap0": the device cannot be its own bridge)"},
        {R"("bridge": "a/b")", R"("a/b": a device name consists of letters, digits and "_", ".", "-")"},
    };
    for (const auto& [members, messages] : cases) {
        CAPTURE(members);
        CHECK(messages_of(tap_with(members)) == messages);
    }
    CHECK(messages_of(with(R"("mtu": 65522)")) == "");
    const auto problems =
        problems_of(tap_with("\n \"bridge\": \"tap0\", \"hosts\": [{\"match\": \"10.0.1.7\"}]"));
    REQUIRE(problems.size() == 1);
    CHECK(describe(problems[0]) == R"(2:12+6 "tap0": the device cannot be its own bridge at /bridge)");
}

TEST_CASE("the two ends of a point-to-point address go together") {
    const auto fault = [](std::string_view address) {
        const auto problems = problems_of(with(fmt::format("\"addresses\": [\n{}]", address)));
        if (problems.empty()) return std::string();
        return problems.size() == 1 ? describe(problems[0]) : fmt::format("{} problems", problems.size());
    };
    CHECK(fault(R"({"local": "10.0.0.1/32", "peer": "10.0.0.2"})") == "");
    CHECK(fault(R"({"local": "10.0.0.1/24", "peer": "10.9.0.2"})") == "");
    CHECK(fault(R"({"local": "fd00::1/64", "peer": "fd09::"})") == "");
    CHECK(fault(R"({"local": "10.0.0.1/24", "peer": "fd00::2"})") ==
          R"(2:34+9 "fd00::2": peer must be IPv4, as local is at /addresses/0/peer)");
    CHECK(fault(R"({"local": "fd00::1/64", "peer": "10.0.0.2"})") ==
          R"(2:33+10 "10.0.0.2": peer must be IPv6, as local is at /addresses/0/peer)");
    CHECK(fault(R"({"local": "10.0.0.1/24", "peer": "10.0.0.1"})") ==
          R"(2:34+10 "10.0.0.1": a peer cannot have the device's own address at /addresses/0/peer)");
    CHECK(fault(R"({"local": "10.0.0.1/24", "peer": "10.9.0.2"}, "10.9.0.2/24")") ==
          R"(2:34+10 "10.9.0.2": a peer cannot have the device's own address at /addresses/0/peer)");
    // with an IPv4 peer, the prefix length is the peer's
    CHECK(fault(R"({"local": "10.0.0.0/24", "peer": "10.9.0.2"})") == "");
    CHECK(
        fault(R"({"local": "10.9.0.0/24", "peer": "10.9.0.2"})") ==
        R"(2:11+13 "10.9.0.0/24": this is the network address of its own subnet [did you mean "10.9.0.1/24"?] at /addresses/0/local)");
    CHECK(
        fault(R"({"local": "10.0.0.1/24", "peer": "10.9.0.0"})") ==
        R"(2:34+10 "10.9.0.0": this is the network address of 10.9.0.0/24 [did you mean "10.9.0.1"?] at /addresses/0/peer)");
    CHECK(
        fault(R"({"local": "10.0.0.1/24", "peer": "10.9.0.255"})") ==
        R"(2:34+12 "10.9.0.255": this is the broadcast address of 10.9.0.0/24 [did you mean "10.9.0.254"?] at /addresses/0/peer)");
    CHECK(fault(R"({"local": "10.0.0.1/31", "peer": "10.0.0.0"})") == "");
    // with an IPv6 one it is the local address's
    CHECK(
        fault(R"({"local": "fd00::/64", "peer": "fd09::2"})") ==
        R"(2:11+11 "fd00::/64": this is the network address of its own subnet [did you mean "fd00::1/64"?] at /addresses/0/local)");
}

TEST_CASE("scope is for IPv4, nodad for IPv6") {
    const auto problems = problems_of(with("\"addresses\": [\n"
                                           "{\"local\": \"fd00::1/64\", \"scope\": \"link\"},\n"
                                           "{\"local\": \"10.0.0.1/24\", \"nodad\": true}],\n"
                                           "\"routes\": [{\"dst\": \"default6\", \"scope\": \"global\"}]"));
    REQUIRE(problems.size() == 3);
    CHECK(describe(problems[0]) == R"(2:34+6 scope is for IPv4 only [remove "scope"] at /addresses/0/scope)");
    CHECK(describe(problems[1]) == R"(3:35+4 nodad is for IPv6 only [remove "nodad"] at /addresses/1/nodad)");
    CHECK(describe(problems[2]) == R"(4:41+8 scope is for IPv4 only [remove "scope"] at /routes/0/scope)");
}

TEST_CASE("a route through a gateway is not of scope link or host") {
    const Case cases[] = {
        {R"({"dst": "default", "via": "10.0.0.2", "scope": "global"})", ""},
        {R"({"dst": "default", "via": "10.0.0.2", "scope": "site"})", ""},
        {R"({"dst": "default", "via": "10.0.0.2", "scope": "link"})",
         R"("link": a route through a gateway has scope global or site [remove "scope"])"},
        {R"({"dst": "default", "via": "172.16.0.2", "onlink": true, "scope": "host"})",
         R"("host": a route through a gateway has scope global or site [remove "scope"])"},
        {R"({"dst": "default", "scope": "host"})", ""},
        {R"({"dst": "default", "scope": "global"})", ""},
    };
    for (const auto& [routes, messages] : cases) {
        CAPTURE(routes);
        CHECK(messages_of(with_routes(routes)) == messages);
    }
}

TEST_CASE("a gateway may be the far end of a point-to-point address") {
    const auto messages = [](std::string_view address, std::string_view via, std::string_view dst) {
        return messages_of(with(fmt::format(R"("addresses": [{}], "routes": [{{"dst": "{}", "via": "{}"}}])",
                                            address, dst, via)));
    };
    constexpr std::string_view kIpv4 = R"({"local": "10.0.0.1/32", "peer": "10.9.0.2"})";
    CHECK(messages(kIpv4, "10.9.0.2", "default") == "");
    CHECK(
        messages(kIpv4, "10.9.0.3", "default") ==
        R"("10.9.0.3": no address of the device reaches this gateway [choose one in 10.9.0.2/32, or add "onlink": true])");
    // the peer's subnet, not the local address's
    constexpr std::string_view kSubnet = R"({"local": "10.0.0.1/24", "peer": "10.9.0.2"})";
    CHECK(messages(kSubnet, "10.9.0.77", "default") == "");
    CHECK(
        messages(kSubnet, "10.0.0.77", "default") ==
        R"("10.0.0.77": no address of the device reaches this gateway [choose one in 10.9.0.0/24, or add "onlink": true])");
    // with IPv6 the local address's subnet, and the peer alone
    constexpr std::string_view kIpv6 = R"({"local": "fd00::1/64", "peer": "fd09::2"})";
    CHECK(messages(kIpv6, "fd09::2", "default6") == "");
    CHECK(messages(kIpv6, "fd00::77", "default6") == "");
    CHECK(
        messages(kIpv6, "fd09::3", "default6") ==
        R"("fd09::3": no address of the device reaches this gateway [choose one in fd00::/64, or add "onlink": true])");
}

TEST_CASE("a route that Linux makes itself is refused, where the kernel would say File exists") {
    const auto message = [](std::string_view addresses, std::string_view route) {
        return messages_of(with(fmt::format("\"addresses\": [{}],\n\"routes\": [{{{}}}]", addresses, route)));
    };
    constexpr std::string_view kPlain = R"("10.0.0.1/24", "fd00::1/64")";
    const auto own = [](std::string_view destination, std::string_view address, std::string_view suggestion) {
        return fmt::format("\"{}\": Linux makes this route itself, with the address \"{}\" on line 1 [{}]",
                           destination, address, suggestion);
    };
    CHECK(message(kPlain, R"("dst": "10.0.0.0/24")") ==
          own("10.0.0.0/24", "10.0.0.1/24", "remove the route"));
    CHECK(message(kPlain, R"("dst": "10.0.0.0/24", "metric": 0, "table": 254)") ==
          own("10.0.0.0/24", "10.0.0.1/24", "remove the route"));
    CHECK(message(kPlain, R"("dst": "10.0.0.0/24", "via": "10.0.0.2")") ==
          own("10.0.0.0/24", "10.0.0.1/24", "give it another \"metric\""));
    CHECK(message(kPlain, R"("dst": "fd00::/64", "metric": 256)") ==
          own("fd00::/64", "fd00::1/64", "remove the route"));
    // another metric, table, length
    for (const std::string_view other :
         {R"("dst": "10.0.0.0/24", "metric": 1)", R"("dst": "10.0.0.0/24", "table": 100)",
          R"("dst": "10.0.0.0/25")", R"("dst": "10.0.0.0/24", "metric": 256)", R"("dst": "fd00::/64")",
          R"("dst": "fd00::/64", "metric": 255)", R"("dst": "fd00::/64", "metric": 256, "table": 7)"}) {
        CAPTURE(other);
        CHECK(message(kPlain, other) == "");
    }
    // IPv4: of the peer's subnet, and none for an address alone or in 0.0.0.0/8
    constexpr std::string_view kPeer = R"({"local": "10.0.0.1/24", "peer": "10.9.0.2"})";
    CHECK(message(kPeer, R"("dst": "10.9.0.0/24")") == own("10.9.0.0/24", "10.0.0.1/24", "remove the route"));
    CHECK(message(kPeer, R"("dst": "10.0.0.0/24")") == "");
    CHECK(message(R"({"local": "10.0.0.1/32", "peer": "10.9.0.2"})", R"("dst": "10.9.0.2/32")") ==
          own("10.9.0.2/32", "10.0.0.1/32", "remove the route"));
    CHECK(message(R"("10.0.0.1/32")", R"("dst": "10.0.0.1/32")") == "");
    CHECK(message(R"("10.0.0.1/31")", R"("dst": "10.0.0.0/31")") ==
          own("10.0.0.0/31", "10.0.0.1/31", "remove the route"));
    // IPv6: of the local address's subnet and of the peer, and also for an address alone
    constexpr std::string_view kPeer6 = R"({"local": "fd00::1/64", "peer": "fd09::2"})";
    CHECK(message(kPeer6, R"("dst": "fd00::/64", "metric": 256)") ==
          own("fd00::/64", "fd00::1/64", "remove the route"));
    CHECK(message(kPeer6, R"("dst": "fd09::2/128", "metric": 256)") ==
          own("fd09::2/128", "fd00::1/64", "remove the route"));
    CHECK(message(kPeer6, R"("dst": "fd09::/64", "metric": 256)") == "");
    CHECK(message(R"("fd00::1/128")", R"("dst": "fd00::1/128", "metric": 256)") ==
          own("fd00::1/128", "fd00::1/128", "remove the route"));

    const auto problems = problems_of(with("\"addresses\": [\"10.0.0.1/24\"],\n"
                                           "\"routes\": [{\"dst\": \"10.0.0.0/24\"}]"));
    REQUIRE(problems.size() == 1);
    CHECK(describe(problems[0]).starts_with("2:20+13 "));
    CHECK(problems[0].pointer == "/routes/0/dst");
}

TEST_CASE("a neighbour is on-link, somebody else, and listed once") {
    const auto message = [](std::string_view members, std::string_view dst) {
        return messages_of(tap_with(fmt::format(
            R"({}"neighbours": [{{"dst": "{}", "lladdr": "0a:00:00:00:00:01"}}])", members, dst)));
    };
    constexpr std::string_view kPlain = R"("addresses": ["10.0.0.1/24", "fd00::1/64"], )";
    for (const std::string_view good : {"10.0.0.2", "fd00::2", "fe80::2"}) {
        CAPTURE(good);
        CHECK(message(kPlain, good) == "");
    }
    CHECK(message(kPlain, "10.0.0.1") == R"("10.0.0.1": a neighbour cannot have the device's own address)");
    CHECK(message(kPlain, "10.0.0.255") ==
          R"("10.0.0.255": a neighbour cannot have the broadcast address of 10.0.0.0/24)");
    CHECK(message(kPlain, "10.0.1.2") ==
          R"("10.0.1.2": no address of the device reaches this neighbour [choose one in 10.0.0.0/24])");
    CHECK(message(kPlain, "fd01::2") ==
          R"("fd01::2": no address of the device reaches this neighbour [choose one in fd00::/64])");
    CHECK(
        message("", "10.0.0.2") ==
        R"("10.0.0.2": no address of the device reaches this neighbour [give the device an address in the neighbour's subnet])");
    // a peer, a route that puts a network on the link, and a gateway that a route calls on-link
    CHECK(message(R"("addresses": [{"local": "10.0.0.1/32", "peer": "10.9.0.2"}], )", "10.9.0.2") == "");
    CHECK(message(R"("routes": [{"dst": "172.16.0.0/12"}], )", "172.16.0.2") == "");
    CHECK(message(R"("routes": [{"dst": "default", "via": "172.16.0.2", "onlink": true}], )", "172.16.0.2") ==
          "");
    CHECK(
        message(R"("routes": [{"dst": "default", "via": "172.16.0.2", "onlink": true}], )", "172.16.0.3") ==
        R"("172.16.0.3": no address of the device reaches this neighbour [give the device an address in the neighbour's subnet])");
    // nobody knows what is on-link while an address can't be read
    CHECK(message(R"("addresses": ["10.0.0.1"], )", "10.0.0.2") ==
          R"("10.0.0.1": the prefix length is missing [did you mean "10.0.0.1/24"?])");

    const auto problems =
        problems_of(tap_with("\"addresses\": [\"fd00::1/64\"], \"neighbours\": [\n"
                             "{\"dst\": \"fd00::2\", \"lladdr\": \"0a:00:00:00:00:01\"},\n"
                             "{\"lladdr\": \"0a:00:00:00:00:02\", \"dst\": \"fd00:0::2\"}]"));
    REQUIRE(problems.size() == 1);
    CHECK(describe(problems[0]) ==
          R"(3:40+11 "fd00:0::2": the neighbour on line 2 has the same address at /neighbours/1/dst)");
}

TEST_CASE("no gateway is called unreachable while part of an address is wrong") {
    constexpr std::string_view kRoute = R"("routes": [{"dst": "default", "via": "10.9.0.2"}])";
    const auto messages = [&](std::string_view address) {
        return messages_of(with(fmt::format(R"("addresses": [{}], {})", address, kRoute)));
    };
    CHECK(messages(R"({"local": "10.0.0.1/32", "peer": "10.9.0.2/32"})") ==
          R"("10.9.0.2/32": peer is an address without a prefix length [did you mean "10.9.0.2"?])");
    CHECK(messages(R"({"local": "10.0.0.1/32", "remote": "10.9.0.2"})") ==
          R"(unknown key "remote" [did you mean "peer"?])");
    CHECK(messages(R"({"local": "10.9.0.0/24"})") ==
          R"("10.9.0.0/24": this is the network address of its own subnet [did you mean "10.9.0.1/24"?])");
}

namespace {

/// A device with 10.0.0.1/24, fd00::1/64 and a route to 10.9.0.0/16, and these hosts.
std::string with_hosts(std::string_view hosts) {
    return with(
        fmt::format(R"("addresses": ["10.0.0.1/24", "fd00::1/64"], "routes": [{{"dst": "10.9.0.0/16"}}],
 "hosts": [{}])",
                    hosts));
}

}  // namespace

TEST_CASE("hosts are there, and each match stands once") {
    CHECK(messages_of(with(R"("hosts": [])")) ==
          "hosts: with no host in it, nobody would answer "
          "[leave \"hosts\" out, and every address behind the device answers]");
    CHECK(messages_of(with(R"("hosts": {})")) == "hosts must be an array, not an object");
    CHECK(messages_of(with_hosts(
              R"({"match": "10.0.0.7"}, {"match": "10.0.0.0/24"}, {"match": "10.0.0.0/25"})")) == "");
    const auto problems =
        problems_of(with_hosts("\n{\"match\": \"10.0.0.7\"},\n{\"match\": \"10.0.0.7/32\"}"));
    REQUIRE(problems.size() == 1);
    CHECK(
        describe(problems[0]) ==
        R"(4:11+13 "10.0.0.7/32": the host on line 3 has the same match [remove one of them] at /hosts/1/match)");
}

TEST_CASE("a match is an address that a host can have, or a prefix without host bits") {
    const Case cases[] = {
        {R"("match": "10.0.0.300")",
         R"("10.0.0.300": not an IP address, nor one with a prefix length, as "10.0.1.0/24" is)"},
        {R"("match": "10.0.0.7/24")",
         R"("10.0.0.7/24": a prefix has no host bits [did you mean "10.0.0.0/24" or "10.0.0.7"?])"},
        {R"("match": "224.0.0.1")", R"("224.0.0.1": a simulated host cannot have a multicast address)"},
        {R"("match": "239.0.0.0/8")", R"("239.0.0.0/8": a simulated host cannot have a multicast address)"},
        {R"("match": "127.0.0.0/8")", R"("127.0.0.0/8": a simulated host cannot have a loopback address)"},
        {R"("match": "::")", R"("::": a simulated host cannot have the unspecified address)"},
        {R"("match": "10.0.0.1")", R"("10.0.0.1": a simulated host cannot have the device's own address)"},
        {R"("match": "10.0.0.255")",
         R"("10.0.0.255": a simulated host cannot have the broadcast address of 10.0.0.0/24)"},
        {R"("match": "10.1.0.7")",
         R"("10.1.0.7": no address and no route of the device leads to this host [add a route: {"dst": "10.1.0.7/32"}])"},
        {R"("match": "10.1.0.0/16")",
         R"("10.1.0.0/16": no address and no route of the device leads to this host [add a route: {"dst": "10.1.0.0/16"}])"},
        {R"("match": "10.9.7.0/24")", ""},
        {R"("match": "10.0.0.0/8")", ""},  // some of it is reached
        {R"("match": "0.0.0.0/0")", ""},
        {R"("match": "::/0")", ""},
        {R"("match": "fd00::7")", ""},
        {R"("match": 7)", "7: match must be a string, not a number"},
    };
    for (const auto& [members, messages] : cases) {
        CAPTURE(members);
        CHECK(messages_of(with_hosts(fmt::format("{{{}}}", members))) == messages);
    }
}

TEST_CASE("quantities have their units, and go together") {
    const Case cases[] = {
        {R"("delay": 40)",
         R"(40: delay must be a string, not a number [a duration has a unit: "40ms", "250us" or "1.5s"])"},
        {R"("delay": "40")", R"("40": delay must be "0ms" to "3600s" [did you mean "40ms"?])"},
        {R"("delay": "2h")",
         R"("2h": delay must be "0ms" to "3600s" [a duration has a unit: "40ms", "250us" or "1.5s"])"},
        {R"("delay": "3601s")",
         R"("3601s": delay must be "0ms" to "3600s" [a duration has a unit: "40ms", "250us" or "1.5s"])"},
        {R"("delay": "40", "jitter": "5ms", "reorder": "1%")",
         R"("40": delay must be "0ms" to "3600s" [did you mean "40ms"?])"},
        {R"("loss": 2)",
         R"(2: loss must be a string, not a number [a percentage is written as "2%" or "0.25%"])"},
        {R"("loss": "2")", R"("2": loss must be "0%" to "100%" [did you mean "2%"?])"},
        {R"("loss": "101%")",
         R"("101%": loss must be "0%" to "100%" [a percentage is written as "2%" or "0.25%"])"},
        {R"("rate": 100)", R"(100: rate must be a string, not a number [a rate is written as "100/s"])"},
        {R"("rate": "0/s")", R"("0/s": rate must be "1/s" to "1000000/s" [a rate is written as "100/s"])"},
        {R"("delay": "40ms", "jitter": "40ms")", ""},
        {R"("delay": "40ms", "jitter": "41ms")",
         R"("41ms": jitter is more than the delay of "40ms" [give a "delay" of at least "41ms"])"},
        {R"("jitter": "1us")",
         R"("1us": jitter is more than the delay of "0ms" [give a "delay" of at least "1us"])"},
        {R"("reorder": "1%")",
         R"("1%": without a delay no answer waits that could be overtaken [add "delay"])"},
        {R"("reorder": "0%")", ""},
        {R"("ttl": 0)", "0: ttl must be 1 to 255"},
        {R"("answer": "echoes")",
         R"("echoes": answer must be "echo", "silent", "absent", "net-unreachable", "host-unreachable", "port-unreachable" or "admin-prohibited" [did you mean "echo"?])"},
        {R"("latency": "40ms")", R"(unknown key "latency" [did you mean "delay"?])"},
        {R"("mac": "0a:00:00:00:00:01")",
         R"(behind a TUN device nobody has a MAC address [remove "mac", or set "mode" to "tap"])"},
    };
    for (const auto& [members, messages] : cases) {
        CAPTURE(members);
        CHECK(messages_of(with_hosts(fmt::format(R"({{"match": "10.0.0.7", {}}})", members))) == messages);
    }
}

TEST_CASE("a MAC address is one host's, and not the device's") {
    const auto on_tap = [](std::string_view host) {
        return messages_of(tap_with(fmt::format(
            R"("mac": "0a:00:00:00:00:01", "addresses": ["10.0.0.1/24"], "hosts": [{{{}}}])", host)));
    };
    CHECK(on_tap(R"("match": "10.0.0.7", "mac": "02:00:00:00:00:07")") == "");
    CHECK(
        on_tap(R"("match": "10.0.0.0/31", "mac": "0a:00:00:00:00:07")") ==
        R"("0a:00:00:00:00:07": several hosts can't have one MAC address [give it to a host whose "match" is a single address])");
    CHECK(on_tap(R"("match": "10.0.0.7", "mac": "0a:00:00:00:00:01")") ==
          R"("0a:00:00:00:00:01": this is the device's own MAC address)");
    CHECK(on_tap(R"("match": "10.0.0.7", "mac": "01:00:00:00:00:07")") ==
          R"("01:00:00:00:00:07": a host cannot have a multicast MAC address [try "0a:00:00:00:00:07"])");
}

TEST_CASE("hops are of the host's family, are reached through the device, and are not the host itself") {
    const Case cases[] = {
        {R"("10.0.0.2", "*", {"hop": "10.9.0.1", "delay": "1ms"})", ""},
        {R"({"hop": "*", "delay": "1ms"})", ""},
        {R"("fd00::2")", R"("fd00::2": a hop must be IPv4, as match is)"},
        {R"("10.0.0.1")", R"("10.0.0.1": a hop cannot have the device's own address)"},
        {R"("10.0.0.255")", R"("10.0.0.255": a hop cannot have the broadcast address of 10.0.0.0/24)"},
        {R"("198.51.100.1")",
         R"("198.51.100.1": no address and no route of the device leads to this hop [add a route: {"dst": "198.51.100.1/32"}])"},
        {R"("10.0.0.2", "10.0.0.3", "10.0.0.2")", R"("10.0.0.2": the path has this hop already, on line 2)"},
        {R"("10.0.0.2/24")",
         R"("10.0.0.2/24": a hop is an address without a prefix length [did you mean "10.0.0.2"?])"},
        {R"("**")", R"("**": not an IP address)"},
        {R"(7)", "7: a hop must be a string or an object, not a number"},
        {R"({})", R"(missing key "hop" [add "hop": "10.0.0.1" or "hop": "*"])"},
        {R"({"hop": "10.0.0.2", "mtu": 551})", "551: mtu must be 552 to 65535"},
        {R"({"hop": "10.0.0.2", "blackhole": true})",
         R"(blackhole swallows what is longer than the hop's mtu, and there is none [add "mtu"])"},
        {R"({"hop": "10.0.0.2", "blackhole": false})", ""},
        {R"({"address": "10.0.0.2"})", R"(unknown key "address" [did you mean "hop"?])"},
    };
    for (const auto& [hops, messages] : cases) {
        CAPTURE(hops);
        CHECK(messages_of(with_hosts(fmt::format(R"({{"match": "10.9.0.7", "path": [{}]}})", hops))) ==
              messages);
    }
    CHECK(messages_of(with_hosts(R"({"match": "fd00::7", "path": [{"hop": "fd00::2", "mtu": 1279}]})")) ==
          "1279: IPv6 needs an mtu of at least 1280");
    CHECK(messages_of(with_hosts(R"({"match": "10.9.0.7", "path": "10.0.0.2"})")) ==
          R"("10.0.0.2": path must be an array, not a string [put it in brackets: [...]])");
}

TEST_CASE("a path has 63 hops at most, and the answer gets back over all of them") {
    const auto host = [](int hops, int ttl) {
        std::string path;
        for (int i = 0; i < hops; ++i) {
            path += i == 0 ? "\"*\"" : ", \"*\"";
        }
        return messages_of(
            with_hosts(fmt::format(R"({{"match": "10.9.0.7", "ttl": {}, "path": [{}]}})", ttl, path)));
    };
    CHECK(host(63, 64) == "");
    CHECK(host(64, 255) == "a path has at most 63 hops");
    CHECK(host(5, 6) == "");
    CHECK(host(5, 5) == "5: with this ttl no answer comes back over 5 hops [give a ttl of 6 or more]");
}

TEST_CASE("IPv6 hosts need an MTU of IPv6, and nobody knows what is reached where an address can't be read") {
    CHECK(messages_of(with(R"("mtu": 1000, "hosts": [{"match": "::/0"}])")) ==
          R"(1000: IPv6 needs an mtu of at least 1280 ["::/0" on line 1 is IPv6])");
    CHECK(messages_of(
              with(R"("addresses": ["10.0.0.1"], "hosts": [{"match": "10.7.0.7", "path": ["10.8.0.1"]}])")) ==
          R"("10.0.0.1": the prefix length is missing [did you mean "10.0.0.1/24"?])");
}

}  // namespace tunlab
