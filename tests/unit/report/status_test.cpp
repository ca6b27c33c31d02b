#include "tunlab/report/status.hpp"

#include <limits>
#include <string>
#include <vector>

#include "lab_support.hpp"
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace tunlab::test {

namespace {

using Json = nlohmann::json;

constexpr std::uint32_t kForever = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint32_t kUp = 0x1;
constexpr std::uint32_t kRunning = 0x40;
constexpr std::uint32_t kMulticast = 0x1000;
constexpr std::uint32_t kBroadcast = 0x2;
constexpr std::uint32_t kLowerUp = 0x10000;

LinkAddress held(std::string_view text, bool managed = true) {
    LinkAddress address;
    address.config.address = prefix(text);
    address.managed = managed;
    address.scope = "global";
    address.valid_lifetime = kForever;
    address.preferred_lifetime = kForever;
    return address;
}

/// tun0 as `tunlab up profiles/tun0.json` leaves it.
DeviceStatus tun0() {
    DeviceStatus status;
    status.link.ifindex = 7;
    status.link.name = "tun0";
    status.link.kind = "tun";
    status.link.settings.set(DeviceField::Alias, std::string("tunlab:1:000000000000002a:/p/tun0.json"));
    status.link.tun = TunFacts{.mode = Mode::Tun, .owner = 1000, .group = {}, .persistent = true};
    status.link.flags = 0x10 | kMulticast | 0x80 | kUp;  // POINTOPOINT, MULTICAST, NOARP, UP
    status.link.operstate = 2;                           // IF_OPER_DOWN
    status.link.qdisc = "pfifo_fast";
    status.link.settings.set(DeviceField::Mtu, 1500U);
    status.link.settings.set(DeviceField::Txqueuelen, 500U);
    status.link.settings.set(DeviceField::AddrGenMode, AddrGenMode::None);
    status.link.addresses = {held("192.168.0.1/24")};
    status.link.routes = {{.destination = prefix("10.9.0.0/16"),
                           .via = ip("192.168.0.254"),
                           .source = {},
                           .table = 254,
                           .mtu = {}}};
    status.owner = "alice";
    status.profile = "/p/tun0.json";
    status.standing = ProfileStanding::InSync;
    return status;
}

DeviceStatus tap0() {
    DeviceStatus status = tun0();
    status.link.ifindex = 8;
    status.link.name = "tap0";
    status.link.settings.set(DeviceField::Alias, std::string("tunlab:1:0000000000000007:-"));
    status.link.tun->mode = Mode::Tap;
    status.link.flags = kBroadcast | kMulticast | kUp | kRunning | kLowerUp;
    status.link.carrier = true;
    status.link.operstate = 6;  // IF_OPER_UP
    status.link.settings.set(DeviceField::Mac, mac("06:01:02:03:04:05"));
    status.link.broadcast = MacAddress::broadcast();
    status.link.settings.set(DeviceField::Mtu, 9000U);
    status.link.addresses = {held("10.0.1.1/24"), held("fd00::1/64"), held("fe80::1/64", false)};
    status.link.routes.clear();
    status.owner.clear();
    status.profile.clear();
    status.standing = ProfileStanding::None;
    status.attached = {812, 4711};
    return status;
}

Json parsed(const std::vector<DeviceStatus>& devices) {
    const std::string text = format_status_json(devices);
    CHECK(text.ends_with('\n'));
    return Json::parse(text);
}

}  // namespace

// ---- the table ------------------------------------------------------------------------------------

TEST_CASE("the table has a heading, and columns as wide as what stands in them") {
    CHECK(format_status(std::vector{tun0()}) ==
          "DEVICE MODE STATE      MTU  ADDRESSES      ROUTES OWNER PROFILE\n"
          "tun0   tun  no-carrier 1500 192.168.0.1/24 1      alice in-sync\n");
    CHECK(format_status(std::vector{tun0(), tap0()}) ==
          "DEVICE MODE STATE      MTU  ADDRESSES              ROUTES OWNER PROFILE\n"
          "tun0   tun  no-carrier 1500 192.168.0.1/24         1      alice in-sync\n"
          "tap0   tap  up         9000 10.0.1.1/24,fd00::1/64 0      -     -\n");
    CHECK(format_status({}) == "DEVICE MODE STATE MTU ADDRESSES ROUTES OWNER PROFILE\n");
}

TEST_CASE("a device without addresses has a dash there, one that is down says so") {
    DeviceStatus status = tun0();
    status.link.addresses = {held("fe80::1/64", false)};
    status.link.flags &= ~kUp;
    CHECK(format_status(std::vector{status}) == "DEVICE MODE STATE MTU  ADDRESSES ROUTES OWNER PROFILE\n"
                                                "tun0   tun  down  1500 -         1      alice in-sync\n");
}

TEST_CASE(
    "the state in the table is the carrier's, which does not lag as the flags and the operational state do") {
    DeviceStatus status = tap0();
    status.link.carrier = false;  // closed just now
    CHECK(format_status(std::vector{status}).find(" no-carrier ") != std::string::npos);
    status = tun0();
    status.link.carrier = true;  // opened just now
    CHECK(format_status(std::vector{status}).find(" up ") != std::string::npos);
    CHECK(parsed({status})[0]["flags"][0] == "NO-CARRIER");  // as ip(8) shows it
    status.link.flags &= ~kUp;
    CHECK(format_status(std::vector{status}).find(" down ") != std::string::npos);
}

TEST_CASE("below a device that differs stands what up would do, or what keeps it from that") {
    DeviceStatus status = tun0();
    status.standing = ProfileStanding::Drifted;
    status.drift = {{SetField{DeviceField::Alias, std::string("new")}, "old", {}},
                    {SetField{DeviceField::Mtu, 1500U}, "1400", {}},
                    {Remove<AddressConfig>{{.address = prefix("192.168.0.77/24")}}, "", {}}};
    CHECK(format_status(std::vector{status, tap0()}) ==
          "DEVICE MODE STATE      MTU  ADDRESSES              ROUTES OWNER PROFILE\n"
          "tun0   tun  no-carrier 1500 192.168.0.1/24         1      alice drift\n"
          "  ~ mtu      1500 (was 1400)\n"
          "  - address  192.168.0.77/24\n"
          "tap0   tap  up         9000 10.0.1.1/24,fd00::1/64 0      -     -\n");
    status.drift.clear();
    status.conflict = "it is a tap device, the profile asks for tun";
    CHECK(format_status(std::vector{status})
              .ends_with(" drift\n  ! it is a tap device, the profile asks for tun\n"));
    status.conflict.clear();
    status.standing = ProfileStanding::Unreadable;
    CHECK(format_status(std::vector{status}).ends_with(" alice unreadable\n"));
}

TEST_CASE("names from outside move no cursor in the table") {
    DeviceStatus status = tun0();
    status.link.name = "t\x1b[2J\xff";
    status.owner = "al\nice";
    status.conflict = "\x07";
    const std::string text = format_status(std::vector{status});
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find('\x07') == std::string::npos);
    CHECK(text.find(R"(t\x1b[2J\xff)") != std::string::npos);
    CHECK(text.find(R"(al\nice)") != std::string::npos);
    CHECK(text.ends_with("  ! \\x07\n"));
}

// ---- JSON -----------------------------------------------------------------------------------------

TEST_CASE("a TUN device as JSON has the shape of ip -j -d addr, and tunlab's part") {
    const Json expected = Json::parse(R"([{
        "ifindex": 7, "ifname": "tun0",
        "flags": ["NO-CARRIER", "POINTOPOINT", "MULTICAST", "NOARP", "UP"],
        "mtu": 1500, "qdisc": "pfifo_fast", "operstate": "DOWN", "group": "default", "txqlen": 500,
        "link_type": "none",
        "linkinfo": {"info_kind": "tun", "info_data": {"type": "tun", "pi": false, "vnet_hdr": false,
            "multi_queue": false, "persist": true, "user": "alice"}},
        "inet6_addr_gen_mode": "none",
        "ifalias": "tunlab:1:000000000000002a:/p/tun0.json",
        "addr_info": [{"family": "inet", "local": "192.168.0.1", "prefixlen": 24, "scope": "global",
            "valid_life_time": 4294967295, "preferred_life_time": 4294967295}],
        "tunlab": {"mode": "tun", "owner": "alice", "profile": "/p/tun0.json", "in_sync": true, "drift": [],
            "attached": []}
    }])");
    CHECK(parsed({tun0()}) == expected);
}

TEST_CASE("a TAP device as JSON has its MAC addresses, and null for what is not known") {
    const Json device = parsed({tap0()})[0];
    CHECK(device["link_type"] == "ether");
    CHECK(device["address"] == "06:01:02:03:04:05");
    CHECK(device["broadcast"] == "ff:ff:ff:ff:ff:ff");
    CHECK(device["operstate"] == "UP");
    CHECK(device["flags"] == Json::parse(R"(["BROADCAST", "MULTICAST", "UP", "LOWER_UP"])"));
    CHECK(device["addr_info"].size() == 3);
    CHECK(device["addr_info"][1]["family"] == "inet6");
    CHECK_FALSE(device["linkinfo"]["info_data"].contains("user"));
    CHECK(device["tunlab"] == Json::parse(R"({"mode": "tap", "owner": null, "profile": null, "in_sync": null,
        "drift": [], "attached": [812, 4711]})"));
}

TEST_CASE("an address as JSON has what the kernel says of it") {
    DeviceStatus status = tun0();
    LinkAddress address = held("10.0.0.1/32");
    address.config.peer = ip("10.0.0.2");
    address.broadcast = v4("10.0.0.255");
    address.scope = "link";
    address.label = "tun0:1";
    address.flags = 0x01 | 0x02 | 0x20 | 0x40;
    address.valid_lifetime = 60;
    address.preferred_lifetime = 0;
    status.link.addresses = {address};
    status.group = "lab";
    const Json device = parsed({status})[0];
    CHECK(device["addr_info"] ==
          Json::parse(R"([{"family": "inet", "local": "10.0.0.1", "address": "10.0.0.2",
        "prefixlen": 32, "broadcast": "10.0.0.255", "scope": "link", "secondary": true, "nodad": true,
        "deprecated": true, "tentative": true, "label": "tun0:1", "valid_life_time": 60,
        "preferred_life_time": 0}])"));
    CHECK(device["linkinfo"]["info_data"]["group"] == "lab");
}

TEST_CASE("drift as JSON gives each step with the ip command that does it") {
    DeviceStatus status = tun0();
    status.standing = ProfileStanding::Drifted;
    status.drift = {{SetField{DeviceField::Mtu, 1500U}, "1400", {}},
                    {Remove<AddressConfig>{{.address = prefix("192.168.0.77/24")}}, "", {}},
                    {Add<AddressConfig>{{.address = prefix("fd00::1/64"), .nodad = true}}, "", {}}};
    const Json part = parsed({status})[0]["tunlab"];
    CHECK(part["in_sync"] == false);
    CHECK(part["drift"] == Json::parse(R"([
        {"op": "change", "kind": "mtu", "value": "1500", "ip": "ip link set dev tun0 mtu 1500"},
        {"op": "remove", "kind": "address", "value": "192.168.0.77/24",
         "ip": "ip address del 192.168.0.77/24 dev tun0"},
        {"op": "add", "kind": "address", "value": "fd00::1/64",
         "ip": "ip address add fd00::1/64 dev tun0 nodad"}])"));
}

TEST_CASE("in_sync is null where the profile can't be read") {
    DeviceStatus status = tun0();
    status.standing = ProfileStanding::Unreadable;
    const Json part = parsed({status})[0]["tunlab"];
    CHECK(part["in_sync"].is_null());
    CHECK(part["profile"] == "/p/tun0.json");
}

TEST_CASE("what the kernel left out is left out, and unknown states are told as such") {
    DeviceStatus status = tun0();
    status.link.settings.clear(DeviceField::AddrGenMode);
    status.link.operstate = 99;
    status.link.group = 5;
    const Json device = parsed({status})[0];
    CHECK_FALSE(device.contains("inet6_addr_gen_mode"));
    CHECK_FALSE(device.contains("address"));
    CHECK(device["operstate"] == "UNKNOWN");
    CHECK(device["group"] == "5");
}

TEST_CASE("no devices are an empty array") {
    CHECK(format_status_json({}) == "[]\n");
}

TEST_CASE("names and aliases that are no UTF-8 still make valid JSON") {
    DeviceStatus status = tun0();
    status.link.name = "t\xff\xc3";
    status.link.settings.set(DeviceField::Alias,
                             std::string("tunlab:1:000000000000002a:/\xf0\x28\x8c\x28\n\x1b\"\\"));
    status.link.qdisc = "\x80";
    status.owner = "\xed\xa0\x80";
    status.profile = "/\xf0\x28\x8c\x28";
    status.drift = {{SetField{DeviceField::Alias, std::string("\xff")}, "\xfe", {}}};
    const Json device = parsed({status})[0];
    CHECK(device["ifname"] == "t\xef\xbf\xbd\xef\xbf\xbd");
    CHECK(device["ifalias"].get<std::string>().starts_with("tunlab:1:000000000000002a:/"));
    CHECK(device["ifalias"].get<std::string>().ends_with("\n\x1b\"\\"));
}

}  // namespace tunlab::test
