#include "tunlab/plan/state.hpp"

#include "lab_support.hpp"
#include <doctest/doctest.h>

namespace tunlab::test {

namespace {

LinkState link(std::uint32_t ifindex, std::string name) {
    LinkState state;
    state.ifindex = ifindex;
    state.name = std::move(name);
    return state;
}

LinkAddress held(std::string_view text, bool managed) {
    LinkAddress address;
    address.config.address = prefix(text);
    address.managed = managed;
    return address;
}

}  // namespace

TEST_CASE("a link is found by its name, an alternative name or its index") {
    HostState host;
    host.links = {link(1, "lo"), link(7, "tun0"), link(9, "eth0")};
    host.links[2].altnames = {"enp3s0", "uplink"};
    REQUIRE(host.find("tun0") != nullptr);
    CHECK(host.find("tun0")->ifindex == 7);
    CHECK(host.find("uplink")->ifindex == 9);
    CHECK(host.find("enp3s0") == host.find("eth0"));
    CHECK(host.find(7)->name == "tun0");
    CHECK(host.find("tun1") == nullptr);
    CHECK(host.find("tun") == nullptr);
    CHECK(host.find("") == nullptr);
    CHECK(host.find(2) == nullptr);
    CHECK(HostState{}.find("lo") == nullptr);
}

TEST_CASE("a link is up by its flag, not by its operational state") {
    LinkState state = link(7, "tun0");
    state.operstate = 6;  // IF_OPER_UP
    CHECK_FALSE(state.is_up());
    state.flags = 0x1;  // IFF_UP
    CHECK(state.is_up());
    state.flags = 0x1 | 0x40 | 0x1000;
    CHECK(state.is_up());
    state.flags = 0x1002;  // MULTICAST, BROADCAST
    CHECK_FALSE(state.is_up());
}

TEST_CASE("config_of takes what can be changed, and of the addresses only those put there by hand") {
    LinkState state = link(7, "tap0");
    state.settings.set(DeviceField::Alias, std::string("mark"));
    state.settings.set(DeviceField::Mac, mac("06:01:02:03:04:05"));
    state.settings.set(DeviceField::Mtu, 1400U);
    state.settings.set(DeviceField::Txqueuelen, 1000U);
    state.settings.set(DeviceField::AddrGenMode, AddrGenMode::Eui64);
    state.flags = 0x1;
    // As Linux lists them: of IPv6 addresses the newest first.
    state.addresses = {held("10.0.1.1/24", true), held("10.0.2.1/24", true), held("fd00::2/64", true),
                       held("fd00::1/64", true), held("fe80::1/64", false)};
    state.routes = {{.destination = prefix("10.9.0.0/16"),
                     .via = {},
                     .source = {},
                     .metric = 3,
                     .table = 254,
                     .mtu = {}}};

    const DeviceConfig config = config_of(state);
    CHECK(config.settings.get<std::string>(DeviceField::Alias) == "mark");
    REQUIRE(config.settings.find(DeviceField::Mac));
    CHECK(config.settings.get<MacAddress>(DeviceField::Mac) == mac("06:01:02:03:04:05"));
    CHECK(config.settings.get<std::uint32_t>(DeviceField::Mtu) == 1400);
    CHECK(config.settings.get<std::uint32_t>(DeviceField::Txqueuelen) == 1000);
    CHECK(config.settings.get<AddrGenMode>(DeviceField::AddrGenMode) == AddrGenMode::Eui64);
    CHECK(config.settings.get<bool>(DeviceField::Up) == true);
    REQUIRE(config.addresses.size() == 4);
    CHECK(config.addresses[0].value.address == prefix("10.0.1.1/24"));
    CHECK(config.addresses[1].value.address == prefix("10.0.2.1/24"));
    CHECK(config.addresses[2].value.address == prefix("fd00::1/64"));
    CHECK(config.addresses[3].value.address == prefix("fd00::2/64"));
    CHECK_FALSE(config.addresses[0].where);
    REQUIRE(config.routes.size() == 1);
    CHECK(config.routes[0].value == state.routes[0]);
}

TEST_CASE("config_of a link without a MAC address or IPv6 leaves them out") {
    const DeviceConfig config = config_of(link(7, "tun0"));
    CHECK_FALSE(config.settings.find(DeviceField::Mac));
    CHECK_FALSE(config.settings.find(DeviceField::AddrGenMode));
    CHECK(config.settings.get<bool>(DeviceField::Up) == false);
    CHECK(config.addresses.empty());
    CHECK(config.routes.empty());
}

TEST_CASE("generation modes have iproute2's words") {
    CHECK(word_of(AddrGenMode::Eui64) == "eui64");
    CHECK(word_of(AddrGenMode::None) == "none");
    CHECK(word_of(AddrGenMode::StablePrivacy) == "stable_secret");
    CHECK(word_of(AddrGenMode::Random) == "random");
}

TEST_CASE("routes differ if one of their parts does") {
    const RouteConfig route{
        .destination = prefix("10.9.0.0/16"), .via = {}, .source = {}, .table = 254, .mtu = {}};
    CHECK(route == RouteConfig(route));
    for (const auto change :
         {+[](RouteConfig& other) { other.destination = prefix("10.9.0.0/17"); },
          +[](RouteConfig& other) { other.via = ip("10.0.0.1"); },
          +[](RouteConfig& other) { other.source = ip("10.0.0.1"); },
          +[](RouteConfig& other) { other.metric = 1; }, +[](RouteConfig& other) { other.table = 255; },
          +[](RouteConfig& other) { other.onlink = true; }, +[](RouteConfig& other) { other.mtu = 1400; }}) {
        RouteConfig other = route;
        change(other);
        CHECK(other != route);
    }
}

}  // namespace tunlab::test
