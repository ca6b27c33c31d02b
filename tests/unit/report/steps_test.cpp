#include "tunlab/report/steps.hpp"

#include <optional>
#include <vector>

#include "lab_support.hpp"
#include <doctest/doctest.h>

namespace tunlab::test {

namespace {

const SourceLocation kPlace{.file = "tun0.json", .position = {}, .pointer = "/addresses/0"};

Step add_address(std::string_view text) {
    return {Add<AddressConfig>{{.address = prefix(text)}}, "", kPlace};
}

UpOutcome created() {
    return {.name = "tun0",
            .owner = "alice",
            .result = UpResult::Created,
            .steps = {{SetField{DeviceField::AddrGenMode, AddrGenMode::None}, "eui64", {}},
                      {SetField{DeviceField::Mtu, 1400U}, "1500", kPlace},
                      add_address("192.168.0.1/24")}};
}

}  // namespace

TEST_CASE("a created device is told with what its profile asked for, and not what was before") {
    CHECK(format_up(created(), Tense::Done, Commands::Hidden) ==
          "tun0: created (tun, owner alice)\n"
          "  ~ mtu      1400\n"
          "  + address  192.168.0.1/24\n"
          "  link up, no carrier until a program opens it\n");
}

TEST_CASE("a planned device would be created; with commands every step is there") {
    CHECK(format_up(created(), Tense::Planned, Commands::Shown) ==
          "tun0: would be created (tun, owner alice)\n"
          "      ip tuntap add dev tun0 mode tun user alice\n"
          "  ~ addrgenmode none\n"
          "      ip link set dev tun0 addrgenmode none\n"
          "  ~ mtu      1400\n"
          "      ip link set dev tun0 mtu 1400\n"
          "  + address  192.168.0.1/24\n"
          "      ip address add 192.168.0.1/24 dev tun0\n");
}

TEST_CASE("a changed device is told with every step but the mark that goes with them") {
    UpOutcome outcome{.name = "tun0",
                      .result = UpResult::Changed,
                      .steps = {{SetField{DeviceField::Alias, std::string("new")}, "old", {}},
                                {SetField{DeviceField::Mtu, 1500U}, "1400", {}},
                                {Remove<AddressConfig>{{.address = prefix("192.168.0.77/24")}}, "", {}}}};
    CHECK(format_up(outcome, Tense::Done, Commands::Hidden) == "tun0: changed\n"
                                                               "  ~ mtu      1500 (was 1400)\n"
                                                               "  - address  192.168.0.77/24\n");
    outcome.steps.resize(1);
    CHECK(format_up(outcome, Tense::Planned, Commands::Hidden) == "tun0: would be changed\n"
                                                                  "  ~ mark     new (was old)\n");
}

TEST_CASE("a device that is as it should be says so") {
    CHECK(format_up({.name = "tun0"}, Tense::Done, Commands::Hidden) == "tun0: in sync, no changes\n");
    CHECK(format_up({.name = "tun0"}, Tense::Planned, Commands::Shown) == "tun0: in sync, no changes\n");
}

TEST_CASE("a removed device is told with what went with it, in the right number") {
    const auto told = [](std::size_t addresses, std::size_t routes) {
        return format_down({.name = "tun0", .removed = true, .addresses = addresses, .routes = routes},
                           Tense::Done, Commands::Hidden, "");
    };
    CHECK(told(1, 0) == "tun0: removed (1 address, 0 routes)\n");
    CHECK(told(0, 1) == "tun0: removed (0 addresses, 1 route)\n");
    CHECK(told(2, 2) == "tun0: removed (2 addresses, 2 routes)\n");
    CHECK(format_down({.name = "tun0", .removed = true}, Tense::Planned, Commands::Shown, "") ==
          "tun0: would be removed (0 addresses, 0 routes)\n"
          "      ip link delete dev tun0\n");
    CHECK(format_down({.name = "tnu0"}, Tense::Done, Commands::Hidden, "did you mean \"tun0\"?") ==
          "tnu0: no such device, nothing to do; did you mean \"tun0\"?\n");
}

TEST_CASE("the JSON of up has each step with its command") {
    CHECK(format_up_json(std::vector{created()}) == R"([
  {
    "ifname": "tun0",
    "result": "created",
    "steps": [
      {
        "op": "add",
        "kind": "device",
        "value": "tun",
        "ip": "ip tuntap add dev tun0 mode tun user alice"
      },
      {
        "op": "change",
        "kind": "addrgenmode",
        "value": "none",
        "ip": "ip link set dev tun0 addrgenmode none"
      },
      {
        "op": "change",
        "kind": "mtu",
        "value": "1400",
        "ip": "ip link set dev tun0 mtu 1400"
      },
      {
        "op": "add",
        "kind": "address",
        "value": "192.168.0.1/24",
        "ip": "ip address add 192.168.0.1/24 dev tun0"
      }
    ]
  }
]
)");
}

TEST_CASE("the JSON of down takes any bytes") {
    CHECK(format_down_json(
              std::vector{DownOutcome{.name = "a\xff", .removed = true}, DownOutcome{.name = "b"}}) == R"([
  {
    "ifname": "a�",
    "result": "removed",
    "steps": [
      {
        "op": "remove",
        "kind": "device",
        "value": "a�",
        "ip": "ip link delete dev a�"
      }
    ]
  },
  {
    "ifname": "b",
    "result": "absent",
    "steps": []
  }
]
)");
}

}  // namespace tunlab::test
