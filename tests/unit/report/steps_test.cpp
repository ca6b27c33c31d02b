#include "tunlab/report/steps.hpp"

#include <optional>
#include <span>
#include <vector>

#include "lab_support.hpp"
#include <doctest/doctest.h>

namespace tunlab::test {

namespace {

const SourceLocation kPlace{.file = "tun0.json", .position = {}, .pointer = "/addresses/0"};

Step add_address(std::string_view text, std::optional<SourceLocation> where) {
    return {AddAddress{{prefix(text), std::nullopt}}, "", std::move(where)};
}

Step add_route(std::string_view text, std::string_view via) {
    return {
        AddRoute{{.destination = prefix(text), .via = ip(via), .source = {}, .table = kMainTable, .mtu = {}}},
        "", kPlace};
}

}  // namespace

TEST_CASE("a created device is told with what its profile asked for, and not what was before") {
    const std::vector<Step> steps{{SetAlias{"tunlab:1:000000000000002a:-"}, "", {}},
                                  {SetAddrGenMode{AddrGenMode::None}, "eui64", {}},
                                  {SetMtu{1400}, "1500", kPlace},
                                  {LinkChange::Up, "down", {}},
                                  add_address("192.168.0.1/24", kPlace),
                                  add_route("10.9.0.0/16", "192.168.0.254")};
    CHECK(format_created("tun0", Mode::Tun, "alice", steps) ==
          "tun0: created (tun, owner alice)\n"
          "  ~ mtu      1400\n"
          "  + address  192.168.0.1/24\n"
          "  + route    10.9.0.0/16 via 192.168.0.254\n"
          "  link up, no carrier until a program opens it\n");
    CHECK(format_created("tap0", Mode::Tap, "1000", {}) ==
          "tap0: created (tap, owner 1000)\n"
          "  link up, no carrier until a program opens it\n");
}

TEST_CASE(
    "a changed device is told with every step, asked for or not, but without the mark that goes with them") {
    const std::vector<Step> steps{
        {SetAlias{"tunlab:1:000000000000002a:-"}, "tunlab:1:0000000000000007:-", {}},
        {SetMtu{1500}, "1400", {}},
        {RemoveAddress{{prefix("192.168.0.77/24"), std::nullopt}}, "", {}},
        add_address("192.168.0.1/24", kPlace)};
    CHECK(format_changed("tun0", steps) == "tun0: changed\n"
                                           "  ~ mtu      1500 (was 1400)\n"
                                           "  - address  192.168.0.77/24\n"
                                           "  + address  192.168.0.1/24\n");
    CHECK(format_changed("tun0", std::span(steps).first(1)) ==
          "tun0: changed\n"
          "  ~ mark     tunlab:1:000000000000002a:- (was tunlab:1:0000000000000007:-)\n");
}

TEST_CASE("a device that is as it should be says so") {
    CHECK(format_unchanged("tun0") == "tun0: in sync, no changes\n");
}

TEST_CASE("a removed device is told with what went with it, in the right number") {
    CHECK(format_removed("tun0", 1, 0) == "tun0: removed (1 address, 0 routes)\n");
    CHECK(format_removed("tun0", 0, 1) == "tun0: removed (0 addresses, 1 route)\n");
    CHECK(format_removed("tun0", 2, 2) == "tun0: removed (2 addresses, 2 routes)\n");
}

}  // namespace tunlab::test
