#include "tunlab/plan/plan.hpp"

#include "tunlab/plan/mark.hpp"
#include "tunlab/profile/parse.hpp"

#include <algorithm>
#include <functional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "plan_support.hpp"
#include <doctest/doctest.h>
#include <fmt/format.h>

namespace tunlab::test {

namespace {

std::vector<std::string> texts(const std::vector<Step>& steps) {
    std::vector<std::string> lines;
    for (const auto& step : steps) {
        lines.push_back(describe(step));
    }
    return lines;
}

Located<AddressConfig> asked_address(std::string_view text) {
    return {address(text), std::nullopt};
}

Located<RouteConfig> asked_route(std::string_view destination) {
    return {route_to(destination), std::nullopt};
}

bool is_up(const DeviceConfig& config) {
    return config.settings.get<bool>(DeviceField::Up).value_or(false);
}

/// A TAP device that is up, with an address and a route of each family.
DeviceConfig some_config() {
    DeviceConfig config;
    config.settings.set(DeviceField::Alias, std::string("tunlab:1:000000000000002a:-"));
    config.settings.set(DeviceField::Mac, mac("06:01:02:03:04:05"));
    config.settings.set(DeviceField::Mtu, 1500U);
    config.settings.set(DeviceField::Txqueuelen, 1000U);
    config.settings.set(DeviceField::AddrGenMode, AddrGenMode::None);
    config.settings.set(DeviceField::Up, true);
    config.addresses = {asked_address("192.168.0.1/24"), asked_address("fd00::1/64")};
    config.routes = {asked_route("10.9.0.0/16"), asked_route("fd01::/64")};
    return config;
}

/// A device as the kernel gives birth to it.
DeviceConfig new_device(std::uint32_t queue) {
    DeviceConfig config;
    config.settings.set(DeviceField::Alias, std::string());
    config.settings.set(DeviceField::Up, false);
    config.settings.set(DeviceField::Mtu, 1500U);
    config.settings.set(DeviceField::Txqueuelen, queue);
    config.settings.set(DeviceField::AddrGenMode, AddrGenMode::Eui64);
    return config;
}

// ---- a tiny kernel --------------------------------------------------------------------------------

constexpr std::uint32_t kLeastIpv6Mtu = 1280;  // RFC 8200 §5: below, Linux has no IPv6 on a device

bool same_place(const RouteConfig& a, const RouteConfig& b) {
    return a.destination == b.destination && a.table == b.table && a.metric == b.metric;
}

/// A device that takes one change after another, with all that Linux does besides, and refuses what
/// Linux would refuse.
class Model {
public:
    explicit Model(DeviceConfig config) : device_(std::move(config)) {}

    void apply(const Change& change) {
        if (const auto* const add = std::get_if<Add<RouteConfig>>(&change)) require_possible(add->item);
        if (const auto* const add = std::get_if<Add<AddressConfig>>(&change)) require_possible(add->item);
        device_ = after(std::move(device_), change);
    }

    void check_is(const DeviceConfig& wanted) const {
        CHECK(device_.settings.get<std::string>(DeviceField::Alias) ==
              wanted.settings.get<std::string>(DeviceField::Alias));
        CHECK(device_.settings.get<MacAddress>(DeviceField::Mac) ==
              wanted.settings.get<MacAddress>(DeviceField::Mac));
        CHECK(device_.settings.get<std::uint32_t>(DeviceField::Mtu) ==
              wanted.settings.get<std::uint32_t>(DeviceField::Mtu));
        CHECK(device_.settings.get<std::uint32_t>(DeviceField::Txqueuelen) ==
              wanted.settings.get<std::uint32_t>(DeviceField::Txqueuelen));
        if (device_.settings.find(DeviceField::AddrGenMode) &&
            wanted.settings.find(DeviceField::AddrGenMode)) {
            CHECK(device_.settings.get<AddrGenMode>(DeviceField::AddrGenMode) ==
                  wanted.settings.get<AddrGenMode>(DeviceField::AddrGenMode));
        }
        CHECK(is_up(device_) == is_up(wanted));
        CHECK((sorted(device_.addresses) == sorted(wanted.addresses)));
        CHECK((sorted(device_.routes) == sorted(wanted.routes)));
    }

private:
    template <typename T>
    static std::vector<T> sorted(const std::vector<Located<T>>& list) {
        std::vector<T> values;
        for (const auto& item : list) {
            values.push_back(item.value);
        }
        std::ranges::sort(values);
        return values;
    }

    void require_possible(const RouteConfig& route) const {
        const auto there = [&](const auto& item) { return same_place(item.value, route); };
        REQUIRE(std::ranges::none_of(device_.routes, there));  // EEXIST
        REQUIRE(is_up(device_));
        REQUIRE((route.destination.family() == Family::V4 ||
                 device_.settings.get<std::uint32_t>(DeviceField::Mtu) >= kLeastIpv6Mtu));
    }
    void require_possible(const AddressConfig& address) const {
        const auto there = [&](const auto& item) { return item.value == address; };
        REQUIRE(std::ranges::none_of(device_.addresses, there));  // EEXIST
        REQUIRE((address.address.family() == Family::V4 ||
                 device_.settings.get<std::uint32_t>(DeviceField::Mtu) >= kLeastIpv6Mtu));
    }

    DeviceConfig device_;
};

/// Configurations that a device can have: no routes on a link that is down, no IPv6 below its MTU.
class RandomConfigs {
public:
    explicit RandomConfigs(unsigned seed) : random_(seed) {}

    DeviceConfig next() {
        DeviceConfig config;
        config.settings.set(DeviceField::Alias, pick<std::string>({"", "mark a", "mark b"}));
        config.settings.set(DeviceField::Mac,
                            pick<MacAddress>({mac("06:00:00:00:00:01"), mac("06:00:00:00:00:02")}));
        config.settings.set(DeviceField::Mtu, pick<std::uint32_t>({1000, 1400, 1500}));
        config.settings.set(DeviceField::Txqueuelen, pick<std::uint32_t>({500, 1000}));
        config.settings.set(DeviceField::Up, chance(4, 5));
        const bool ipv6 = config.settings.get<std::uint32_t>(DeviceField::Mtu) >= kLeastIpv6Mtu;
        if (ipv6)
            config.settings.set(DeviceField::AddrGenMode,
                                pick<AddrGenMode>({AddrGenMode::None, AddrGenMode::Eui64}));
        add_addresses(config, ipv6 && is_up(config));
        if (is_up(config)) add_routes(config, ipv6);
        return config;
    }

private:
    template <typename T>
    T pick(const std::vector<T>& choices) {
        return choices[random_() % choices.size()];
    }
    bool chance(unsigned part, unsigned whole) { return random_() % whole < part; }

    void add_addresses(DeviceConfig& config, bool ipv6) {
        std::vector<AddressConfig> pool{{.address = prefix("192.168.0.1/24")},
                                        {.address = prefix("192.168.0.2/24")},
                                        {.address = prefix("192.168.0.1/25")},
                                        {.address = prefix("10.0.0.1/32"), .peer = ip("10.0.0.2")},
                                        {.address = prefix("10.0.0.1/32"), .peer = ip("10.0.0.3")}};
        if (ipv6)
            pool.insert(pool.end(), {{.address = prefix("fd00::1/64")}, {.address = prefix("fd00::2/128")}});
        std::ranges::shuffle(pool, random_);
        for (const auto& address : pool) {
            if (chance(1, 2)) config.addresses.push_back({address, std::nullopt});
        }
    }

    void add_routes(DeviceConfig& config, bool ipv6) {
        for (const auto* destination : {"10.9.0.0/16", "10.9.0.0/17", "0.0.0.0/0", "fd01::/64", "::/0"}) {
            RouteConfig route = route_to(destination);
            if (route.destination.family() == Family::V6 && !ipv6) continue;
            if (chance(1, 3)) continue;
            if (chance(1, 2) && route.destination.family() == Family::V4) route.via = ip("192.168.0.254");
            if (chance(1, 3)) route.metric = 50;
            if (chance(1, 3)) route.table = 100;
            if (chance(1, 3)) route.onlink = true;
            if (chance(1, 3)) route.mtu = 1300;
            config.routes.push_back({route, std::nullopt});
        }
        std::ranges::shuffle(config.routes, random_);
    }

    std::mt19937 random_;
};

Profile tun_profile() {
    return parse_profile(R"({
        "version": 1, "name": "tun0", "mode": "tun",
        "addresses": ["192.168.0.1/24", "fd00::1/64"],
        "routes": [{"dst": "10.9.0.0/16", "via": "192.168.0.254"}, {"dst": "fd01::/64"}]
    })",
                         "tun0.json");
}

}  // namespace

// ---- what a profile asks for ----------------------------------------------------------------------

TEST_CASE("a TUN profile that names little wants Linux's defaults, no MAC, and no address from the kernel") {
    const Profile profile = parse_profile(R"({"version": 1, "name": "tun0", "mode": "tun"})", "tun0.json");
    const DeviceConfig config =
        wanted_config(profile, {.profile_path = "/p/tun0.json", .mac = mac("06:01:02:03:04:05")});
    CHECK(config.settings.get<std::string>(DeviceField::Alias) ==
          format_mark({device_digest(profile), "/p/tun0.json"}));
    CHECK_FALSE(config.settings.find(DeviceField::Mac));
    CHECK(config.settings.get<std::uint32_t>(DeviceField::Mtu) == 1500);
    CHECK_FALSE(config.settings.find(DeviceField::Mtu)->where);
    CHECK(config.settings.get<std::uint32_t>(DeviceField::Txqueuelen) == 500);
    CHECK_FALSE(config.settings.find(DeviceField::Txqueuelen)->where);
    CHECK(config.settings.get<AddrGenMode>(DeviceField::AddrGenMode) == AddrGenMode::None);
    CHECK(is_up(config));
    CHECK(config.addresses.empty());
    CHECK(config.routes.empty());
}

TEST_CASE("a TAP profile that names no MAC wants the machine's default, and a longer queue") {
    const Profile profile = parse_profile(R"({"version": 1, "name": "tap0", "mode": "tap"})", "tap0.json");
    const DeviceConfig config = wanted_config(profile, {.profile_path = "", .mac = mac("06:01:02:03:04:05")});
    REQUIRE(config.settings.find(DeviceField::Mac));
    CHECK(config.settings.get<MacAddress>(DeviceField::Mac) == mac("06:01:02:03:04:05"));
    CHECK_FALSE(config.settings.find(DeviceField::Mac)->where);
    CHECK(config.settings.get<std::uint32_t>(DeviceField::Txqueuelen) == 1000);
    CHECK(config.settings.get<std::string>(DeviceField::Alias) == format_mark({device_digest(profile), ""}));
}

TEST_CASE("what a profile names is wanted, with its place") {
    const Profile profile = parse_profile(R"({
"version": 1, "name": "tap0", "mode": "tap",
"mtu": 1400,
"mac": "0a:00:00:00:00:01",
"txqueuelen": 7,
"addresses": ["10.0.1.1/24"],
"routes": [{"dst": "10.9.0.0/16", "via": "10.0.1.254", "src": "10.0.1.1", "metric": 5, "table": 100,
            "onlink": true, "mtu": 1300}]
})",
                                          "tap0.json");
    const DeviceConfig config = wanted_config(profile, {.profile_path = "/p/tap0.json", .mac = {}});
    CHECK(config.settings.get<std::uint32_t>(DeviceField::Mtu) == 1400);
    CHECK(config.settings.find(DeviceField::Mtu)->where->to_string() == "tap0.json:3:8, at /mtu");
    CHECK(config.settings.get<MacAddress>(DeviceField::Mac) == mac("0a:00:00:00:00:01"));
    CHECK(config.settings.find(DeviceField::Mac)->where->to_string() == "tap0.json:4:8, at /mac");
    CHECK(config.settings.get<std::uint32_t>(DeviceField::Txqueuelen) == 7);
    CHECK(config.settings.find(DeviceField::Txqueuelen)->where->to_string() ==
          "tap0.json:5:15, at /txqueuelen");
    REQUIRE(config.addresses.size() == 1);
    CHECK((config.addresses[0].value == AddressConfig{.address = prefix("10.0.1.1/24")}));
    CHECK(config.addresses[0].where->to_string() == "tap0.json:6:15, at /addresses/0");
    REQUIRE(config.routes.size() == 1);
    CHECK((config.routes[0].value == RouteConfig{.destination = prefix("10.9.0.0/16"),
                                                 .via = ip("10.0.1.254"),
                                                 .source = ip("10.0.1.1"),
                                                 .metric = 5,
                                                 .table = 100,
                                                 .scope = Scope::Global,
                                                 .onlink = true,
                                                 .mtu = 1300}));
    CHECK(config.routes[0].where->to_string() == "tap0.json:7:12, at /routes/0");
}

TEST_CASE("a route is wanted as the kernel reads it back: main table, and IPv6 metric 0 is 1024") {
    const Profile profile = parse_profile(R"({"version": 1, "name": "tun0", "mode": "tun", "routes": [
        {"dst": "10.9.0.0/16"}, {"dst": "10.8.0.0/16", "metric": 0}, {"dst": "fd01::/64"},
        {"dst": "fd02::/64", "metric": 0}, {"dst": "fd03::/64", "metric": 1}, {"dst": "default6"}]})",
                                          "tun0.json");
    const DeviceConfig config = wanted_config(profile, {});
    REQUIRE(config.routes.size() == 6);
    const std::vector<std::uint32_t> metrics{0, 0, 1024, 1024, 1, 1024};
    for (std::size_t i = 0; i < metrics.size(); ++i) {
        CHECK(config.routes[i].value.metric == metrics[i]);
        CHECK(config.routes[i].value.table == 254);
    }
}

// ---- the steps ------------------------------------------------------------------------------------

TEST_CASE("from a new TUN device to its profile: mark, link, addresses, routes") {
    const DeviceConfig wanted = wanted_config(tun_profile(), {.profile_path = "/p/tun0.json", .mac = {}});
    const std::vector<std::string> expected{"~ mark     " +
                                                *wanted.settings.get<std::string>(DeviceField::Alias),
                                            "~ addrgenmode none (was eui64)",
                                            "~ link     up (was down)",
                                            "+ address  192.168.0.1/24",
                                            "+ address  fd00::1/64",
                                            "+ route    10.9.0.0/16 via 192.168.0.254",
                                            "+ route    fd01::/64"};
    CHECK(texts(plan(wanted, new_device(500))) == expected);
}

TEST_CASE("from a new TAP device to a profile that sets everything") {
    const Profile profile = parse_profile(R"({"version": 1, "name": "tap0", "mode": "tap", "mtu": 1400,
        "mac": "0a:00:00:00:00:01", "txqueuelen": 7, "addresses": ["10.0.1.1/24"]})",
                                          "tap0.json");
    DeviceConfig present = new_device(1000);
    present.settings.set(DeviceField::Mac, mac("5e:01:02:03:04:05"));
    const DeviceConfig wanted = wanted_config(profile, {});
    const std::vector<std::string> expected{"~ mark     " +
                                                *wanted.settings.get<std::string>(DeviceField::Alias),
                                            "~ mac      0a:00:00:00:00:01 (was 5e:01:02:03:04:05)",
                                            "~ addrgenmode none (was eui64)",
                                            "~ mtu      1400 (was 1500)",
                                            "~ txqueuelen 7 (was 1000)",
                                            "~ link     up (was down)",
                                            "+ address  10.0.1.1/24"};
    CHECK(texts(plan(wanted, present)) == expected);
}

TEST_CASE("a device that is as wanted needs no step, in whatever order its addresses and routes come") {
    DeviceConfig present = some_config();
    CHECK(plan(some_config(), present).empty());
    std::ranges::reverse(present.addresses);
    std::ranges::reverse(present.routes);
    CHECK(plan(some_config(), present).empty());
    CHECK(plan(DeviceConfig{}, DeviceConfig{}).empty());
}

TEST_CASE("each difference is one step, and the way back is its opposite") {
    struct Row {
        std::function<void(DeviceConfig&)> change;
        std::string there;
        std::string back;
    };
    const std::vector<Row> rows{
        {[](auto& config) {
             config.settings.set(DeviceField::Alias, std::string("tunlab:1:0000000000000007:-"));
         },
         "~ mark     tunlab:1:0000000000000007:- (was tunlab:1:000000000000002a:-)",
         "~ mark     tunlab:1:000000000000002a:- (was tunlab:1:0000000000000007:-)"},
        {[](auto& config) { config.settings.set(DeviceField::Mac, mac("06:ff:ff:ff:ff:ff")); },
         "~ mac      06:ff:ff:ff:ff:ff (was 06:01:02:03:04:05)",
         "~ mac      06:01:02:03:04:05 (was 06:ff:ff:ff:ff:ff)"},
        {[](auto& config) { config.settings.set(DeviceField::Mtu, 1400U); }, "~ mtu      1400 (was 1500)",
         "~ mtu      1500 (was 1400)"},
        {[](auto& config) { config.settings.set(DeviceField::Txqueuelen, 500U); },
         "~ txqueuelen 500 (was 1000)", "~ txqueuelen 1000 (was 500)"},
        {[](auto& config) { config.settings.set(DeviceField::AddrGenMode, AddrGenMode::Random); },
         "~ addrgenmode random (was none)", "~ addrgenmode none (was random)"},
        {[](auto& config) { config.addresses.push_back(asked_address("192.168.0.77/24")); },
         "+ address  192.168.0.77/24", "- address  192.168.0.77/24"},
        {[](auto& config) { config.addresses.pop_back(); }, "- address  fd00::1/64", "+ address  fd00::1/64"},
        {[](auto& config) { config.routes.push_back(asked_route("10.8.0.0/16")); }, "+ route    10.8.0.0/16",
         "- route    10.8.0.0/16"},
        {[](auto& config) { config.routes.pop_back(); }, "- route    fd01::/64", "+ route    fd01::/64"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.there);
        DeviceConfig changed = some_config();
        row.change(changed);
        CHECK(texts(plan(changed, some_config())) == std::vector{row.there});
        CHECK(texts(plan(some_config(), changed)) == std::vector{row.back});
    }
}

TEST_CASE("an address or route that differs in one part is removed and added again") {
    DeviceConfig changed = some_config();
    changed.addresses[0].value.address = prefix("192.168.0.1/25");
    CHECK(texts(plan(changed, some_config())) ==
          std::vector<std::string>{"+ address  192.168.0.1/25", "- address  192.168.0.1/24"});

    changed = some_config();
    changed.addresses[0].value.peer = ip("192.168.0.2");
    CHECK(texts(plan(changed, some_config())) ==
          // The last IPv4 address takes every IPv4 route along.
          std::vector<std::string>{"- address  192.168.0.1/24", "+ address  192.168.0.1 peer 192.168.0.2/24",
                                   "+ route    10.9.0.0/16"});

    const std::vector<std::pair<std::function<void(RouteConfig&)>, std::string>> parts{
        {[](auto& route) {
             route.via = ip("192.168.0.254");
             route.scope = Scope::Global;
         },
         " via 192.168.0.254"},
        {[](auto& route) { route.scope = Scope::Host; }, " scope host"},
        {[](auto& route) { route.source = ip("192.168.0.1"); }, " src 192.168.0.1"},
        {[](auto& route) { route.metric = 5; }, " metric 5"},
        {[](auto& route) { route.table = 100; }, " table 100"},
        {[](auto& route) { route.onlink = true; }, " onlink"},
        {[](auto& route) { route.mtu = 1300; }, " mtu 1300"},
    };
    for (const auto& [change, text] : parts) {
        changed = some_config();
        change(changed.routes[0].value);
        CHECK(texts(plan(changed, some_config())) ==
              std::vector<std::string>{"- route    10.9.0.0/16", "+ route    10.9.0.0/16" + text});
    }
}

TEST_CASE("routes go before the addresses that they rest on, and come after them; removals come first") {
    DeviceConfig wanted = some_config();
    wanted.addresses = {asked_address("192.168.7.1/24")};
    wanted.routes = {asked_route("10.7.0.0/16")};
    CHECK(texts(plan(wanted, some_config())) ==
          std::vector<std::string>{"- route    10.9.0.0/16", "- route    fd01::/64",
                                   "+ address  192.168.7.1/24", "- address  192.168.0.1/24",
                                   "- address  fd00::1/64", "+ route    10.7.0.0/16"});
}

TEST_CASE("IPv6 goes before the MTU falls below 1280, where Linux would refuse to remove it") {
    DeviceConfig wanted = some_config();
    wanted.settings.set(DeviceField::Mtu, 1000U);
    wanted.addresses = {asked_address("192.168.0.1/24")};
    wanted.routes = {asked_route("10.9.0.0/16")};
    CHECK(texts(plan(wanted, some_config())) == std::vector<std::string>{"- route    fd01::/64",
                                                                         "- address  fd00::1/64",
                                                                         "~ mtu      1000 (was 1500)"});
}

TEST_CASE("a new device's MTU may fall below 1280 only after its generation mode is set") {
    DeviceConfig wanted = new_device(500);
    wanted.settings.set(DeviceField::AddrGenMode, AddrGenMode::None);
    wanted.settings.set(DeviceField::Mtu, 1000U);
    CHECK(texts(plan(wanted, new_device(500))) ==
          std::vector<std::string>{"~ addrgenmode none (was eui64)", "~ mtu      1000 (was 1500)"});
}

TEST_CASE("a device wanted back as it was gets the routes of one place in their order") {
    DeviceConfig before = some_config();
    before.as_found = true;
    for (const auto* const gateway : {"192.168.0.5", "192.168.0.6", "192.168.0.7"}) {
        RouteConfig route = route_to("10.8.0.0/16");
        route.via = ip(gateway);
        route.scope = Scope::Global;
        before.routes.push_back({route, std::nullopt});
    }
    // Nothing of them is left: the first comes alone, the others behind it.
    auto steps = plan(before, some_config());
    REQUIRE(texts(steps) == std::vector<std::string>{"+ route    10.8.0.0/16 via 192.168.0.5",
                                                     "+ route    10.8.0.0/16 via 192.168.0.6",
                                                     "+ route    10.8.0.0/16 via 192.168.0.7"});
    CHECK(ip_command(steps[0].change, "tap0") == "ip route add 10.8.0.0/16 dev tap0 via 192.168.0.5");
    CHECK(ip_command(steps[1].change, "tap0") == "ip route append 10.8.0.0/16 dev tap0 via 192.168.0.6");
    // The first is missing: the others would stand before it.
    DeviceConfig present = before;
    present.routes.erase(present.routes.begin() + 2);
    CHECK(texts(plan(before, present)) == std::vector<std::string>{"- route    10.8.0.0/16 via 192.168.0.6",
                                                                   "- route    10.8.0.0/16 via 192.168.0.7",
                                                                   "+ route    10.8.0.0/16 via 192.168.0.5",
                                                                   "+ route    10.8.0.0/16 via 192.168.0.6",
                                                                   "+ route    10.8.0.0/16 via 192.168.0.7"});
    // The last is missing.
    present = before;
    present.routes.pop_back();
    CHECK(texts(plan(before, present)) == std::vector<std::string>{"+ route    10.8.0.0/16 via 192.168.0.7"});
    CHECK(plan(before, before).empty());
}

TEST_CASE(
    "a device wanted back as it was gets its IPv6 addresses in their order, one wanted by a profile in any") {
    DeviceConfig before = some_config();
    before.addresses = {asked_address("192.168.0.1/24"), asked_address("fd00::1/64"),
                        asked_address("fd00::2/64"), asked_address("fd00::3/64")};
    DeviceConfig present = before;
    present.addresses.erase(present.addresses.begin() + 2);
    CHECK(texts(plan(before, present)) == std::vector<std::string>{"+ address  fd00::2/64"});
    before.as_found = true;
    CHECK(texts(plan(before, present)) == std::vector<std::string>{"- address  fd00::3/64",
                                                                   "+ address  fd00::2/64",
                                                                   "+ address  fd00::3/64"});
    CHECK(plan(before, before).empty());
}

TEST_CASE("a route whose gateway was reachable once comes back by a way that is laid for it") {
    DeviceConfig before = some_config();
    before.as_found = true;
    RouteConfig stranded = route_to("fd77::/32");
    stranded.via = ip("fd70::5");
    before.routes.push_back({stranded, std::nullopt});
    CHECK(texts(plan(before, some_config())) == std::vector<std::string>{"+ route    fd70::5/128",
                                                                         "+ route    fd77::/32 via fd70::5",
                                                                         "- route    fd70::5/128"});
    for (const auto* const reachable : {"fd00::5", "fe80::5", "fd01::5"}) {
        before.routes.back().value.via = ip(reachable);
        CHECK(plan(before, some_config()).size() == 1);
    }
    before.routes.back().value.via = ip("fd70::5");
    before.routes.back().value.onlink = true;
    CHECK(plan(before, some_config()).size() == 1);
}

TEST_CASE("the link goes down after what Linux would take away with it is removed") {
    DeviceConfig wanted = some_config();
    wanted.settings.set(DeviceField::Up, false);
    wanted.addresses.clear();
    wanted.routes.clear();
    CHECK(texts(plan(wanted, some_config())).back() == "~ link     down (was up)");
}

TEST_CASE("a step that the profile asks for knows its place, others know none") {
    DeviceConfig present = new_device(500);
    present.addresses = {asked_address("10.1.1.1/24")};
    const auto steps = plan(wanted_config(tun_profile(), {}), present);
    for (const auto& step : steps) {
        CAPTURE(describe(step));
        CHECK(step.where.has_value() == (operation_of(step.change) == Operation::Add));
    }
}

TEST_CASE("a MAC address or generation mode that one side does not know is left alone") {
    DeviceConfig present = some_config();
    present.settings.clear(DeviceField::Mac);
    present.settings.clear(DeviceField::AddrGenMode);
    CHECK(plan(some_config(), present).empty());
    CHECK(plan(present, some_config()).empty());
}

TEST_CASE("any configuration can be reached from any other, and the plan back restores it") {
    RandomConfigs configs(20250103);
    for (int round = 0; round < 2000; ++round) {
        CAPTURE(round);
        const DeviceConfig before = configs.next();
        const DeviceConfig target = configs.next();
        Model model(before);
        for (const auto& step : plan(target, before)) {
            CAPTURE(describe(step));
            model.apply(step.change);
        }
        model.check_is(target);
        for (const auto& step : plan(before, target)) {
            CAPTURE(describe(step));
            model.apply(step.change);
        }
        model.check_is(before);
        CHECK(plan(before, before).empty());
    }
}

// ---- what can't be planned ------------------------------------------------------------------------

TEST_CASE("mode, owner and group of an existing device can't be changed, and the text says which") {
    const auto reason = [](DeviceIdentity wanted, std::optional<std::uint32_t> owner,
                           std::optional<std::uint32_t> group) {
        TunFacts present;
        present.mode = Mode::Tap;
        present.owner = owner;
        present.group = group;
        return cannot_become(wanted, present).value_or("nothing");
    };
    CHECK(reason({Mode::Tap, 1000, {}}, 1000, {}) == "nothing");
    CHECK(reason({Mode::Tap, {}, {}}, 1000, {}) == "nothing");  // no wish: anybody
    CHECK(reason({Mode::Tap, {}, {}}, {}, {}) == "nothing");
    CHECK(reason({Mode::Tap, 0, 5}, 0, 5) == "nothing");
    CHECK(reason({Mode::Tun, 1000, {}}, 1000, {}) == "it is a tap device, the profile asks for tun");
    CHECK(reason({Mode::Tap, 1000, {}}, 0, {}) == "its owner is uid 0, the profile asks for uid 1000");
    CHECK(reason({Mode::Tap, 1000, {}}, {}, {}) == "its owner is nobody, the profile asks for uid 1000");
    CHECK(reason({Mode::Tap, {}, 5}, 0, {}) == "its group is none, the profile asks for gid 5");
    CHECK(reason({Mode::Tap, {}, {}}, 0, 5) == "its group is gid 5, the profile asks for none");
    CHECK(reason({Mode::Tap, {}, 6}, 0, 5) == "its group is gid 5, the profile asks for gid 6");
}

// ---- the default MAC ------------------------------------------------------------------------------

TEST_CASE("a default MAC is unicast, locally administered and none of the simulated hosts'") {
    std::set<MacAddress> seen;
    for (int i = 0; i < 1000; ++i) {
        const MacAddress address =
            default_mac("8a6f4f6d3c0b4d0f9a1be7c5d2e3f401", interface_name(fmt::format("tap{}", i)));
        CHECK(address.is_unicast());
        CHECK((address.bytes()[0] & 0x02) != 0);
        CHECK(address.bytes()[0] != 0x02);
        CHECK(seen.insert(address).second);  // one name, one address
    }
}

TEST_CASE("a default MAC is the same each time, and another on another machine") {
    const auto name = interface_name("tap0");
    CHECK(default_mac("machine a", name) == default_mac("machine a", name));
    CHECK(default_mac("machine a", name) != default_mac("machine b", name));
    CHECK(default_mac("", name) == default_mac("", name));
    // Devices in use have it: FNV-1a of "0123456789abcdef0123456789abcdef/tap0", bytes 1 to 5, low ones
    // first.
    CHECK(default_mac("0123456789abcdef0123456789abcdef", name).to_string() == "06:be:3c:a3:a2:d1");
}

TEST_CASE(
    "an address with extras is not the one that the profile asks for: it goes, and the profile's comes") {
    DeviceConfig wanted;
    wanted.addresses.push_back({{.address = prefix("10.0.7.1/24")}, std::nullopt});
    DeviceConfig present;
    AddressConfig by_hand{.address = prefix("10.0.7.1/24")};
    by_hand.extras = {.words = " label tun0:x", .message = {1, 2, 3}};
    present.addresses.push_back({by_hand, std::nullopt});
    const auto steps = plan(wanted, present);
    REQUIRE(steps.size() == 2);
    const auto* const gone = std::get_if<Remove<AddressConfig>>(&steps[0].change);
    REQUIRE(gone != nullptr);
    CHECK(gone->item.extras.message == by_hand.extras.message);  // what the kernel is told
    REQUIRE(std::holds_alternative<Add<AddressConfig>>(steps[1].change));
    CHECK(std::get<Add<AddressConfig>>(steps[1].change).item.extras.empty());
    // And the way back brings it as it was.
    const auto back = plan(present, wanted);
    REQUIRE(back.size() == 2);
    CHECK(std::get<Add<AddressConfig>>(back[1].change).item.extras.message == by_hand.extras.message);
    CHECK(plan(present, present).empty());
}

}  // namespace tunlab::test
