#include "tunlab/plan/outcome.hpp"

#include "lab_support.hpp"
#include <doctest/doctest.h>

namespace tunlab::test {

TEST_CASE("a new device's command names mode, owner, group and queues") {
    CHECK(UpOutcome{.name = "tun0", .owner = "0"}.create_command() ==
          "ip tuntap add dev tun0 mode tun user 0");
    CHECK(UpOutcome{.name = "tap0", .mode = Mode::Tap, .owner = "a b", .group = "net", .multi_queue = true}
              .create_command() == "ip tuntap add dev tap0 mode tap user 'a b' group net multi_queue");
}

TEST_CASE("commands are for the namespace of the device") {
    const UpOutcome named{.name = "tun0", .netns = "red"};
    CHECK(named.command_for(SetField{DeviceField::Mtu, 1400U}) == "ip -n red link set dev tun0 mtu 1400");
    CHECK(named.command_for(SetField{DeviceField::AcceptRa, true}) ==
          "nsenter --net=/run/netns/red sh -c 'echo 1 > /proc/sys/net/ipv6/conf/tun0/accept_ra'");
    const DownOutcome by_path{.name = "tun0", .netns = "/proc/7/ns/net"};
    CHECK(by_path.command() == "nsenter --net=/proc/7/ns/net sh -c 'ip link delete dev tun0'");
    CHECK(DownOutcome{.name = "tun0"}.command() == "ip link delete dev tun0");
}

TEST_CASE("each result has its word") {
    CHECK(word_of(UpResult::Created) == "created");
    CHECK(word_of(UpResult::Changed) == "changed");
    CHECK(word_of(UpResult::Unchanged) == "unchanged");
}

}  // namespace tunlab::test
