#include "tunlab/plan/overlap.hpp"

#include "lab_support.hpp"
#include <doctest/doctest.h>

namespace tunlab::test {

namespace {

LinkState link_with(std::string_view name, std::string_view address) {
    LinkState link;
    link.ifindex = 7;
    link.name = name;
    link.addresses.push_back({.config = {.address = prefix(address)}});
    return link;
}

DeviceConfig config_with(std::string_view address) {
    DeviceConfig config;
    config.addresses.push_back({{.address = prefix(address)}, std::nullopt});
    return config;
}

DeviceConfig config_with_route(std::string_view destination, std::uint32_t metric) {
    DeviceConfig config;
    config.routes.push_back(
        {{.destination = prefix(destination), .metric = metric, .table = kMainTable}, std::nullopt});
    return config;
}

bool overlaps(const DeviceConfig& wanted, const LinkState& link) {
    return find_overlap(wanted, "tun0", {{link}}, std::nullopt).has_value();
}

}  // namespace

TEST_CASE("the same address, or a subnet inside the other's, overlaps") {
    const LinkState wlan = link_with("wlan0", "192.168.0.7/24");
    const auto found = find_overlap(config_with("192.168.0.1/24"), "tun0", {{wlan}}, std::nullopt);
    REQUIRE(found);
    CHECK(found->what == "address 192.168.0.1/24 overlaps wlan0's 192.168.0.7/24");
    CHECK(found->consequence == "replies would go astray");
    CHECK(overlaps(config_with("192.168.0.7/32"), wlan));
    CHECK(overlaps(config_with("192.168.1.1/16"), wlan));
    CHECK_FALSE(overlaps(config_with("192.168.1.1/24"), wlan));
    CHECK_FALSE(overlaps(config_with("fd00::1/64"), wlan));
}

TEST_CASE("the device itself, its bridge, loopback and link-local addresses are in nobody's way") {
    CHECK_FALSE(overlaps(config_with("192.168.0.1/24"), link_with("tun0", "192.168.0.1/24")));
    CHECK_FALSE(overlaps(config_with("fe80::1/64"), link_with("eth0", "fe80::2/64")));
    CHECK_FALSE(overlaps(config_with("0.0.0.1/1"), link_with("lo", "127.0.0.1/8")));
    DeviceConfig port = config_with("10.0.0.2/24");
    port.settings.set(DeviceField::Bridge, BridgeConfig{7, "br0"});
    CHECK_FALSE(overlaps(port, link_with("br0", "10.0.0.1/24")));
}

TEST_CASE("with a peer, the address itself and the peer's subnet are taken") {
    DeviceConfig wanted;
    wanted.addresses.push_back({{.address = prefix("10.0.0.1/24"), .peer = ip("10.9.0.5")}, std::nullopt});
    CHECK(overlaps(wanted, link_with("eth0", "10.9.0.77/32")));
    CHECK(overlaps(wanted, link_with("eth0", "10.0.0.1/32")));
    CHECK_FALSE(overlaps(wanted, link_with("eth0", "10.0.0.77/32")));
}

TEST_CASE("a default route is in the way of one that it would beat, in its table and family") {
    LinkState eth0 = link_with("eth0", "203.0.113.5/24");
    eth0.default_routes = {{Family::V4, 100, kMainTable}};
    CHECK(overlaps(config_with_route("0.0.0.0/0", 100), eth0));
    CHECK(overlaps(config_with_route("0.0.0.0/0", 0), eth0));
    CHECK_FALSE(overlaps(config_with_route("0.0.0.0/0", 101), eth0));
    CHECK_FALSE(overlaps(config_with_route("::/0", 0), eth0));
    CHECK_FALSE(overlaps(config_with_route("10.0.0.0/8", 0), eth0));
}

TEST_CASE(
    "a subnet or route over the peer of the SSH session is in the way, a default route is judged above") {
    const IpAddress peer = ip("203.0.113.9");
    CHECK(find_overlap(config_with("203.0.113.1/24"), "tun0", {}, peer));
    CHECK(find_overlap(config_with_route("203.0.0.0/16", 0), "tun0", {}, peer));
    CHECK_FALSE(find_overlap(config_with_route("0.0.0.0/0", 0), "tun0", {}, peer));
    CHECK_FALSE(find_overlap(config_with("10.0.0.1/24"), "tun0", {}, peer));
}

}  // namespace tunlab::test
