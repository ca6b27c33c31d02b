#include "tunlab/plan/step.hpp"

#include <limits>
#include <string>
#include <vector>

#include "plan_support.hpp"
#include <doctest/doctest.h>

namespace tunlab::test {

namespace {

struct Row {
    Change change;
    Operation operation;
    std::string kind;
    std::string value;
    std::string command;  ///< for the device tun0
};

std::vector<Row> table() {
    RouteConfig full = route_to("10.9.0.0/16");
    full.via = ip("192.168.0.254");
    full.scope = Scope::Global;
    full.source = ip("192.168.0.1");
    full.metric = 50;
    full.table = 100;
    full.onlink = true;
    full.mtu = 1400;
    RouteConfig preferred = route_to("fd01::/64");
    preferred.metric = 7;
    RouteConfig zero = route_to("10.9.0.0/16");
    zero.metric = std::numeric_limits<std::uint32_t>::max();
    const AddressConfig peer{.address = prefix("10.0.0.1/32"), .peer = ip("10.0.0.2"), .scope = Scope::Link};
    RouteConfig local = route_to("10.5.0.0/16");
    local.scope = Scope::Host;
    const NeighbourConfig neighbour{ip("192.168.0.9"), mac("06:01:02:03:04:05")};
    return {
        {SetField{DeviceField::Alias, std::string("tunlab:1:000000000000002a:-")}, Operation::Replace, "mark",
         "tunlab:1:000000000000002a:-", "ip link set dev tun0 alias tunlab:1:000000000000002a:-"},
        {SetField{DeviceField::Mac, mac("06:01:02:03:04:05")}, Operation::Replace, "mac", "06:01:02:03:04:05",
         "ip link set dev tun0 address 06:01:02:03:04:05"},
        {SetField{DeviceField::AcceptRa, false}, Operation::Replace, "accept_ra", "off",
         "echo 0 > /proc/sys/net/ipv6/conf/tun0/accept_ra"},
        {SetField{DeviceField::Bridge, BridgeConfig{7, "br0"}}, Operation::Replace, "bridge", "br0",
         "ip link set dev tun0 master br0"},
        {SetField{DeviceField::Bridge, BridgeConfig()}, Operation::Replace, "bridge", "none",
         "ip link set dev tun0 nomaster"},
        {Add<RouteConfig>{local}, Operation::Add, "route", "10.5.0.0/16 scope host",
         "ip route add 10.5.0.0/16 dev tun0 scope host"},
        {Add<AddressConfig>{{.address = prefix("fd00::7/64")}}, Operation::Add, "address", "fd00::7/64 dad",
         "ip address add fd00::7/64 dev tun0"},
        {Add<NeighbourConfig>{neighbour}, Operation::Add, "neighbour", "192.168.0.9 lladdr 06:01:02:03:04:05",
         "ip neighbour add 192.168.0.9 lladdr 06:01:02:03:04:05 dev tun0 nud permanent"},
        {Remove<NeighbourConfig>{neighbour}, Operation::Remove, "neighbour",
         "192.168.0.9 lladdr 06:01:02:03:04:05",
         "ip neighbour del 192.168.0.9 lladdr 06:01:02:03:04:05 dev tun0 nud permanent"},
        {SetField{DeviceField::Mtu, 1400U}, Operation::Replace, "mtu", "1400",
         "ip link set dev tun0 mtu 1400"},
        {SetField{DeviceField::Txqueuelen, 500U}, Operation::Replace, "txqueuelen", "500",
         "ip link set dev tun0 txqueuelen 500"},
        {SetField{DeviceField::AddrGenMode, AddrGenMode::None}, Operation::Replace, "addrgenmode", "none",
         "ip link set dev tun0 addrgenmode none"},
        {SetField{DeviceField::AddrGenMode, AddrGenMode::Eui64}, Operation::Replace, "addrgenmode", "eui64",
         "ip link set dev tun0 addrgenmode eui64"},
        {SetField{DeviceField::AddrGenMode, AddrGenMode::StablePrivacy}, Operation::Replace, "addrgenmode",
         "stable_secret", "ip link set dev tun0 addrgenmode stable_secret"},
        {SetField{DeviceField::AddrGenMode, AddrGenMode::Random}, Operation::Replace, "addrgenmode", "random",
         "ip link set dev tun0 addrgenmode random"},
        {SetField{DeviceField::Up, true}, Operation::Replace, "link", "up", "ip link set dev tun0 up"},
        {SetField{DeviceField::Up, false}, Operation::Replace, "link", "down", "ip link set dev tun0 down"},
        {Add<AddressConfig>{address("192.168.0.1/24")}, Operation::Add, "address", "192.168.0.1/24",
         "ip address add 192.168.0.1/24 dev tun0"},
        {Add<AddressConfig>{address("fd00::1/64")}, Operation::Add, "address", "fd00::1/64",
         "ip address add fd00::1/64 dev tun0 nodad"},
        {Add<AddressConfig>{peer}, Operation::Add, "address", "10.0.0.1 peer 10.0.0.2/32 scope link",
         "ip address add 10.0.0.1 peer 10.0.0.2/32 dev tun0 scope link"},
        {Remove<AddressConfig>{address("192.168.0.1/24")}, Operation::Remove, "address", "192.168.0.1/24",
         "ip address del 192.168.0.1/24 dev tun0"},
        {Remove<AddressConfig>{address("fd00::1/64")}, Operation::Remove, "address", "fd00::1/64",
         "ip address del fd00::1/64 dev tun0"},
        {Add<RouteConfig>{route_to("10.9.0.0/16")}, Operation::Add, "route", "10.9.0.0/16",
         "ip route add 10.9.0.0/16 dev tun0"},
        {Add<RouteConfig>{full}, Operation::Add, "route",
         "10.9.0.0/16 via 192.168.0.254 src 192.168.0.1 metric 50 table 100 onlink mtu 1400",
         "ip route add 10.9.0.0/16 dev tun0 via 192.168.0.254 src 192.168.0.1 metric 50 table 100 onlink mtu "
         "1400"},
        {Add<RouteConfig>{zero}, Operation::Add, "route", "10.9.0.0/16 metric 4294967295",
         "ip route add 10.9.0.0/16 dev tun0 metric 4294967295"},
        {Add<RouteConfig>{route_to("0.0.0.0/0")}, Operation::Add, "route", "default",
         "ip route add default dev tun0"},
        {Add<RouteConfig>{route_to("::/0")}, Operation::Add, "route", "default6",
         "ip -6 route add default dev tun0"},
        {Add<RouteConfig>{route_to("fd01::/64")}, Operation::Add, "route", "fd01::/64",
         "ip -6 route add fd01::/64 dev tun0"},
        {Add<RouteConfig>{preferred}, Operation::Add, "route", "fd01::/64 metric 7",
         "ip -6 route add fd01::/64 dev tun0 metric 7"},
        {Remove<RouteConfig>{route_to("10.9.0.0/16")}, Operation::Remove, "route", "10.9.0.0/16",
         "ip route del 10.9.0.0/16 dev tun0"},
        {Remove<RouteConfig>{route_to("::/0")}, Operation::Remove, "route", "default6",
         "ip -6 route del default dev tun0"},
    };
}

}  // namespace

TEST_CASE("what a profile has no words for is told in ip's, in the line and in the command") {
    AddressConfig address{.address = prefix("10.0.7.1/24")};
    address.extras = {.words = " label tun0:x noprefixroute", .message = {1, 2, 3}};
    CHECK(value_of(Remove<AddressConfig>{address}) == "10.0.7.1/24 label tun0:x noprefixroute");
    CHECK(ip_command(Remove<AddressConfig>{address}, "tun0") ==
          "ip address del 10.0.7.1/24 dev tun0 label tun0:x noprefixroute");
    RouteConfig route = route_to("10.9.0.0/16");
    route.extras = {.words = " proto static tos 0x10", .message = {1, 2, 3}};
    CHECK(value_of(Add<RouteConfig>{route}) == "10.9.0.0/16 proto static tos 0x10");
    CHECK(ip_command(Add<RouteConfig>{route}, "tun0") ==
          "ip route add 10.9.0.0/16 dev tun0 proto static tos 0x10");
}

TEST_CASE("each change has an operation, a word, a value and an ip command") {
    for (const auto& row : table()) {
        CAPTURE(row.command);
        CHECK(operation_of(row.change) == row.operation);
        CHECK(kind_of(row.change) == row.kind);
        CHECK(value_of(row.change) == row.value);
        CHECK(ip_command(row.change, "tun0") == row.command);
    }
}

TEST_CASE("describe gives a sign, the kind in its column, the value, and what was before") {
    CHECK(describe(Step{Add<AddressConfig>{address("192.168.0.1/24")}, "", {}}) ==
          "+ address  192.168.0.1/24");
    CHECK(describe(Step{Remove<AddressConfig>{address("fd00::1/64")}, "", {}}) == "- address  fd00::1/64");
    RouteConfig route = route_to("10.9.0.0/16");
    route.via = ip("192.168.0.254");
    route.scope = Scope::Global;
    CHECK(describe(Step{Add<RouteConfig>{route}, "", {}}) == "+ route    10.9.0.0/16 via 192.168.0.254");
    CHECK(describe(Step{Remove<RouteConfig>{route}, "", {}}) == "- route    10.9.0.0/16 via 192.168.0.254");
    CHECK(describe(Step{SetField{DeviceField::Mtu, 1400U}, "1500", {}}) == "~ mtu      1400 (was 1500)");
    CHECK(describe(Step{SetField{DeviceField::Mac, mac("06:01:02:03:04:05")}, "06:00:00:00:00:01", {}}) ==
          "~ mac      06:01:02:03:04:05 (was 06:00:00:00:00:01)");
    CHECK(describe(Step{SetField{DeviceField::Txqueuelen, 7U}, "500", {}}) == "~ txqueuelen 7 (was 500)");
    CHECK(describe(Step{SetField{DeviceField::AddrGenMode, AddrGenMode::None}, "eui64", {}}) ==
          "~ addrgenmode none (was eui64)");
    CHECK(describe(Step{SetField{DeviceField::Up, true}, "down", {}}) == "~ link     up (was down)");
    CHECK(describe(Step{SetField{DeviceField::Alias, std::string("new")}, "", {}}) == "~ mark     new");
}

TEST_CASE("an alias from outside moves no cursor and ends no line") {
    const Step step{SetField{DeviceField::Alias, std::string("new\n\x1b[2J\xff")}, "old\r\x07", {}};
    CHECK(describe(step) == R"(~ mark     new\n\x1b[2J\xff (was old\r\x07))");
    CHECK(value_of(step.change) == R"(new\n\x1b[2J\xff)");
}

TEST_CASE("a new mark is worth a line only where nothing else has changed") {
    const std::vector<Step> mark_only{{SetField{DeviceField::Alias, std::string("new")}, "old", {}}};
    CHECK(worth_showing(mark_only[0], mark_only));
    const std::vector<Step> with_mtu{{SetField{DeviceField::Alias, std::string("new")}, "old", {}},
                                     {SetField{DeviceField::Mtu, 1400U}, "1500", {}}};
    CHECK_FALSE(worth_showing(with_mtu[0], with_mtu));
    CHECK(worth_showing(with_mtu[1], with_mtu));
    const std::vector<Step> mtu_only{{SetField{DeviceField::Mtu, 1400U}, "1500", {}}};
    CHECK(worth_showing(mtu_only[0], mtu_only));
}

TEST_CASE("a shell takes a quoted alias for one word, whatever is in it") {
    const auto quoted = [](std::string alias) {
        return ip_command(SetField{DeviceField::Alias, std::move(alias)}, "tun0");
    };
    CHECK(quoted("") == "ip link set dev tun0 alias ''");
    CHECK(quoted("a b") == "ip link set dev tun0 alias 'a b'");
    CHECK(quoted("$(reboot)`reboot`;\"\\&|<>*?~#!") ==
          "ip link set dev tun0 alias '$(reboot)`reboot`;\"\\&|<>*?~#!'");
    CHECK(quoted("it's") == R"(ip link set dev tun0 alias 'it'\''s')");
    CHECK(quoted("'; reboot; '") == R"(ip link set dev tun0 alias ''\''; reboot; '\''')");
    CHECK(quoted("'") == R"(ip link set dev tun0 alias ''\''')");
    CHECK(quoted("a\nb") == "ip link set dev tun0 alias 'a\nb'");
    CHECK(quoted("tunlab:1:000000000000002a:/p.json") ==
          "ip link set dev tun0 alias tunlab:1:000000000000002a:/p.json");
}

}  // namespace tunlab::test
