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

using samples::Case;
using samples::check_all;
using samples::describe;
using samples::messages_of;
using samples::problems_of;
using samples::tap_with;
using samples::with;
using samples::with_routes;

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
    CHECK(profile.name.where->to_string() == "dir/p.json:6:11, at /name");
    CHECK(profile.mode == Mode::Tap);
    REQUIRE(profile.settings.find(DeviceField::Mtu) != nullptr);
    CHECK(profile.settings.get<std::uint32_t>(DeviceField::Mtu) == 1400);
    CHECK(profile.settings.find(DeviceField::Mtu)->where->to_string() == "dir/p.json:8:10, at /mtu");
    REQUIRE(profile.settings.find(DeviceField::Mac) != nullptr);
    CHECK(profile.settings.get<MacAddress>(DeviceField::Mac)->to_string() == "0a:00:00:00:00:01");
    CHECK(profile.settings.find(DeviceField::Mac)->where->pointer == "/mac");
    REQUIRE(profile.settings.find(DeviceField::Txqueuelen) != nullptr);
    CHECK(profile.settings.get<std::uint32_t>(DeviceField::Txqueuelen) == 500);
    REQUIRE(profile.owner);
    CHECK(std::get<std::string>(profile.owner->value) == "alice");
    REQUIRE(profile.group);
    CHECK(std::get<std::uint32_t>(profile.group->value) == 100);
    REQUIRE(profile.addresses.size() == 4);
    CHECK(profile.addresses[0].value.local.to_string() == "10.0.1.1/24");
    CHECK(profile.addresses[1].value.local.to_string() == "fd00:1::1/64");
    CHECK(profile.addresses[1].where->to_string() == "dir/p.json:13:32, at /addresses/1");
    REQUIRE(profile.routes.size() == 3);
    CHECK(profile.routes[2].where->to_string() == "dir/p.json:17:5, at /routes/2");
    CHECK(profile.queues == 4);
    REQUIRE(profile.netns);
    CHECK(profile.netns->value == "blue");
    CHECK(profile.netns->where->to_string() == "dir/p.json:20:12, at /netns");
    REQUIRE(profile.bridge);
    CHECK(profile.bridge->value == "br0");
    CHECK(profile.bridge->where->to_string() == "dir/p.json:21:13, at /bridge");
    CHECK(profile.settings.get<AddrGenMode>(DeviceField::AddrGenMode) == AddrGenMode::Random);
    CHECK(profile.settings.get<bool>(DeviceField::AcceptRa) == true);
    CHECK(profile.settings.find(DeviceField::AcceptRa)->where->to_string() == "dir/p.json:22:11, at /ipv6");
    REQUIRE(profile.neighbours.size() == 1);
    CHECK(profile.neighbours[0].value.destination.to_string() == "10.0.1.2");
    CHECK(profile.neighbours[0].value.lladdr.to_string() == "02:00:0a:00:01:02");
    CHECK(profile.neighbours[0].where->to_string() == "dir/p.json:24:5, at /neighbours/0");
    CHECK(profile.seed == 42);
}

TEST_CASE("parse_profile reads every field of a host and of a hop, and the short forms") {
    const Profile profile = parse_profile(samples::kFull, "p.json");
    REQUIRE(profile.hosts);
    REQUIRE(profile.hosts->size() == 3);
    const HostRule& plain = profile.hosts->at(0);
    CHECK(plain.match.to_string() == "10.9.0.0/16");
    CHECK(plain.answer == Answer::HostUnreachable);
    CHECK_FALSE(plain.mac);
    CHECK(plain.ttl == 64);
    CHECK(plain.impairments == Impairments{});
    REQUIRE(plain.path.size() == 2);
    CHECK(plain.path[0].address.value().to_string() == "10.0.1.254");
    CHECK(plain.path[0].delay == std::chrono::nanoseconds::zero());
    CHECK_FALSE(plain.path[0].mtu);
    CHECK_FALSE(plain.path[1].address);
    const HostRule& full = profile.hosts->at(1);
    CHECK(full.match.to_string() == "10.9.0.7/32");
    CHECK(full.answer == Answer::Echo);
    CHECK(full.mac.value().to_string() == "0a:00:00:00:00:07");
    CHECK(full.ttl == 255);
    CHECK(full.impairments.delay == std::chrono::milliseconds(40));
    CHECK(full.impairments.jitter == std::chrono::microseconds(1500));
    CHECK(full.impairments.loss.millionths() == 20'000);
    CHECK(full.impairments.duplicate.millionths() == 2'500);
    CHECK(full.impairments.corrupt.millionths() == 10'000);
    CHECK(full.impairments.reorder.millionths() == 30'000);
    CHECK(full.impairments.rate == 100);
    REQUIRE(full.path.size() == 2);
    CHECK(full.path[0].delay == std::chrono::microseconds(250));
    CHECK(full.path[1].mtu == 1300);
    CHECK(full.path[1].blackhole);
    CHECK(profile.hosts->at(2).answer == Answer::Silent);
    CHECK_FALSE(parse_profile(with(""), "p.json").hosts);
    CHECK_FALSE(parse_profile(with(""), "p.json").seed);
}

TEST_CASE("parse_profile reads every field of an address, and the short form") {
    const auto addresses = parse_profile(samples::kFull, "p.json").addresses;
    const ProfileAddress& plain = addresses.at(0).value;
    CHECK_FALSE(plain.peer);
    CHECK_FALSE(plain.scope);
    CHECK(plain.nodad);
    const ProfileAddress& peered = addresses.at(2).value;
    CHECK(peered.local.to_string() == "10.7.0.1/32");
    CHECK(peered.peer.value().to_string() == "10.7.0.2");
    CHECK(peered.scope == Scope::Link);
    CHECK(addresses.at(2).where->pointer == "/addresses/2");
    CHECK(addresses.at(3).value.local.to_string() == "fd00:7::1/64");
    CHECK_FALSE(addresses.at(3).value.nodad);
    // an object with nothing else is the same as its "local"
    const auto bare = parse_profile(with(R"("addresses": [{"local": "fd00::1/64"}])"), "p.json").addresses;
    CHECK(bare.at(0).value.local.to_string() == "fd00::1/64");
    CHECK(bare.at(0).value.nodad);
}

TEST_CASE("parse_profile reads each word of a scope and of an address generation mode") {
    const auto scopes = parse_profile(with(R"("routes": [
        {"dst": "10.1.0.0/16", "scope": "global"}, {"dst": "10.2.0.0/16", "scope": "site"},
        {"dst": "10.3.0.0/16", "scope": "link"}, {"dst": "10.4.0.0/16", "scope": "host"}])"),
                                      "p.json")
                            .routes;
    CHECK(scopes.at(0).value.scope == Scope::Global);
    CHECK(scopes.at(1).value.scope == Scope::Site);
    CHECK(scopes.at(2).value.scope == Scope::Link);
    CHECK(scopes.at(3).value.scope == Scope::Host);
    const auto mode = [](std::string_view word) {
        const auto text = tap_with(fmt::format(R"("ipv6": {{"addr_gen_mode": "{}"}})", word));
        return parse_profile(text, "p.json").settings.get<AddrGenMode>(DeviceField::AddrGenMode);
    };
    CHECK(mode("none") == AddrGenMode::None);
    CHECK(mode("eui64") == AddrGenMode::Eui64);
    CHECK(mode("random") == AddrGenMode::Random);
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
    CHECK(full.scope == Scope::Site);
    CHECK_FALSE(full.onlink);
    const ProfileRoute& ipv6 = profile.routes.at(1).value;
    CHECK(ipv6.destination.to_string() == "::/0");
    CHECK_FALSE(ipv6.source);
    CHECK_FALSE(ipv6.metric);
    CHECK_FALSE(ipv6.table);
    CHECK_FALSE(ipv6.mtu);
    CHECK_FALSE(ipv6.scope);
    CHECK(profile.routes.at(2).value.destination.to_string() == "0.0.0.0/0");
    CHECK(profile.routes.at(2).value.onlink);
}

TEST_CASE("parse_profile leaves open what the profile leaves open") {
    const Profile profile = parse_profile(with(""), "p.json");
    CHECK(profile.settings.find(DeviceField::Mtu) == nullptr);
    CHECK(profile.settings.find(DeviceField::Mac) == nullptr);
    CHECK(profile.settings.find(DeviceField::Txqueuelen) == nullptr);
    CHECK_FALSE(profile.owner);
    CHECK_FALSE(profile.group);
    CHECK(profile.addresses.empty());
    CHECK(profile.routes.empty());
    CHECK(profile.queues == 1);
    CHECK_FALSE(profile.netns);
    CHECK_FALSE(profile.bridge);
    CHECK(profile.settings.find(DeviceField::AddrGenMode) == nullptr);
    CHECK(profile.settings.find(DeviceField::AcceptRa) == nullptr);
    CHECK(profile.neighbours.empty());
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
        {R"("namespace": 1)", R"(unknown key "namespace" [did you mean "netns"?])"},
        {R"("master": 1)", R"(unknown key "master" [did you mean "bridge"?])"},
        {R"("neighbors": 1)", R"(unknown key "neighbors" [did you mean "neighbours"?])"},
        {R"("accept_ra": 1)", R"(unknown key "accept_ra" ["accept_ra" belongs in "ipv6"])"},
        {R"("addrgenmode": 1)", R"(unknown key "addrgenmode" ["addr_gen_mode" belongs in "ipv6"])"},
        {R"("peer": 1)", R"(unknown key "peer" ["peer" belongs in an object of "addresses"])"},
        {R"("nodad": 1)", R"(unknown key "nodad" ["nodad" belongs in an object of "addresses"])"},
        {R"("ipv6": {"accept_rs": true})", R"(unknown key "accept_rs" [did you mean "accept_ra"?])"},
        {R"("addresses": [{"ip": 1}])", R"(unknown key "ip" [did you mean "local"?])"},
        {R"("addresses": [{"address": 1}])", R"(unknown key "address" [did you mean "local"?])"},
        {R"("addresses": [{"locla": 1}])", R"(unknown key "locla" [did you mean "local"?])"},
        {R"("addresses": [{"local": "10.0.0.1/24", "remote": 1}])",
         R"(unknown key "remote" [did you mean "peer"?])"},
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

TEST_CASE("in a neighbour, what others call its address and MAC address is known") {
    const auto messages = [](std::string_view neighbour) {
        return messages_of(tap_with(fmt::format(R"("neighbours": [{{{}}}])", neighbour)));
    };
    for (const std::string_view word : {"ip", "address", "to", "destination"}) {
        CHECK(messages(fmt::format(R"("{}": 1, "lladdr": "0a:00:00:00:00:01")", word)) ==
              fmt::format(R"(unknown key "{}" [did you mean "dst"?])", word));
    }
    for (const std::string_view word : {"mac", "macaddress", "hwaddr", "ether"}) {
        CHECK(messages(fmt::format(R"("{}": 1, "dst": "fe80::2")", word)) ==
              fmt::format(R"(unknown key "{}" [did you mean "lladdr"?])", word));
    }
}

TEST_CASE("missing keys of an address and of a neighbour come with an example of their own") {
    const auto problems = problems_of(tap_with("\n\"addresses\": [{}],\n \"neighbours\": [{}]"));
    REQUIRE(problems.size() == 3);
    CHECK(describe(problems[0]) ==
          "2:15+1 missing key \"local\" [add \"local\": \"192.168.0.1/24\"] at /addresses/0");
    CHECK(describe(problems[1]) ==
          "3:17+1 missing key \"dst\" [add \"dst\": \"192.168.0.3\"] at /neighbours/0");
    CHECK(describe(problems[2]) ==
          "3:17+1 missing key \"lladdr\" [add \"lladdr\": \"02:00:c0:a8:00:03\"] at /neighbours/0");
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

TEST_CASE("the profile's own fields are held to their limits") {
    const Case cases[] = {
        {R"("mtu": 68)", ""},
        {R"("mtu": 67)", "67: mtu must be 68 to 65535"},
        {R"("mtu": 65535)", ""},
        {R"("mtu": 65536)", "65536: mtu must be 68 to 65535"},
        {R"("mtu": -1)", "-1: mtu must be 68 to 65535"},
        {R"("mtu": -9223372036854775808)", "-9223372036854775808: mtu must be 68 to 65535"},
        {R"("txqueuelen": 0)", "0: txqueuelen must be 1 to 500000"},
        {R"("queues": 256)", ""},
        {R"("queues": 0)", "0: queues must be 1 to 256"},
        {R"("queues": 257)", "257: queues must be 1 to 256"},
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
    };
    check_all(cases);
}

TEST_CASE("a namespace is named, or a path") {
    constexpr std::string_view kName =
        R"(netns is a name of letters, digits and "_", ".", "-", or a path that begins with "/")";
    const auto message = [](std::string_view netns) {
        return messages_of(with(fmt::format("\"netns\": \"{}\"", netns)));
    };
    for (const std::string_view good :
         {"blue", "A.b_c-9", "...", "/run/netns/x", "/proc/self/ns/net", "/a b"}) {
        CAPTURE(good);
        CHECK(message(good) == "");
    }
    CHECK(message("") == R"("": netns must not be empty)");
    for (const std::string_view bad : {"a b", "run/netns/x", ".", "..", "\xc3\xa9"}) {
        CAPTURE(bad);
        CHECK(message(bad) == fmt::format("\"{}\": {}", bad, kName));
    }
    CHECK(message("a\\u0000") == fmt::format(R"("a\x00": {})", kName));
    CHECK(message("/a\\u001f") == R"("/a\x1f": a path has no control characters)");
    CHECK(message("/a\\u007f") == R"("/a\x7f": a path has no control characters)");
    const std::string name(255, 'n');
    CHECK(message(name) == "");
    CHECK(message(name + "n") ==
          fmt::format(R"("{}...": the name of a namespace has at most 255 characters)", name.substr(0, 48)));
    const std::string path = '/' + std::string(4094, 'p');
    CHECK(message(path) == "");
    CHECK(message(path + "p") ==
          fmt::format(R"("{}...": a path has at most 4095 bytes)", path.substr(0, 48)));
    CHECK(messages_of(with(R"("netns": 1)")) == "1: netns must be a string, not a number");
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

TEST_CASE("a TAP device has a unicast MAC address that is no simulated host's") {
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
    };
    for (const auto& [members, messages] : cases) {
        CAPTURE(members);
        CHECK(messages_of(tap_with(members)) == messages);
    }
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
    CHECK(describe(problems[0]) == "the file is too large: a profile has at most 16777216 bytes");
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
