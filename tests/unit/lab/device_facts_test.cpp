#include "tunlab/lab/device_facts.hpp"

#include "lab_support.hpp"
#include <doctest/doctest.h>

namespace tunlab::test {

TEST_CASE("the host holds the device's addresses and those of its other interfaces, and no others") {
    const DeviceFacts facts(1500, {prefix("192.168.0.1/24"), prefix("10.0.0.5/8"), prefix("fd00::1/64")},
                            {prefix("127.0.0.1/8"), prefix("172.17.0.1/16"), prefix("fe80::1/64")});
    for (const auto* held : {"192.168.0.1", "10.0.0.5", "fd00::1", "127.0.0.1", "172.17.0.1", "fe80::1"}) {
        CAPTURE(held);
        CHECK(facts.host_holds(ip(held)));
    }
    for (const auto* free :
         {"192.168.0.0", "192.168.0.2", "192.168.0.255", "10.0.0.4", "10.0.0.6", "127.0.0.2", "0.0.0.0",
          "255.255.255.255", "fd00::", "fd00::2", "::", "c0a8:1::"}) {
        CAPTURE(free);
        CHECK_FALSE(facts.host_holds(ip(free)));
    }
}

TEST_CASE("an address that two interfaces have is held once and for all") {
    const DeviceFacts facts(1500, {prefix("10.0.0.1/24")}, {prefix("10.0.0.1/32"), prefix("10.0.0.1/24")});
    CHECK(facts.host_holds(v4("10.0.0.1")));
    CHECK_FALSE(facts.host_holds(v4("10.0.0.2")));
}

TEST_CASE("is_broadcast knows the limited broadcast and those of the device's subnets") {
    const DeviceFacts facts(1500, {prefix("192.168.0.1/24"), prefix("10.1.2.3/30"), prefix("fd00::1/64")},
                            {prefix("172.17.0.1/16")});
    CHECK(facts.is_broadcast(v4("255.255.255.255")));
    CHECK(facts.is_broadcast(v4("192.168.0.255")));
    CHECK(facts.is_broadcast(v4("10.1.2.3")));
    CHECK_FALSE(facts.is_broadcast(v4("192.168.0.254")));
    CHECK_FALSE(facts.is_broadcast(v4("192.168.1.255")));
    CHECK_FALSE(facts.is_broadcast(v4("172.17.255.255")));  // broadcast elsewhere, not on this device
    CHECK_FALSE(facts.is_broadcast(v4("0.0.0.0")));
}

TEST_CASE("a /31 and a /32 have no broadcast address (RFC 3021)") {
    const DeviceFacts facts(1500, {prefix("10.0.0.0/31"), prefix("10.0.0.9/32")}, {});
    CHECK_FALSE(facts.is_broadcast(v4("10.0.0.1")));
    CHECK_FALSE(facts.is_broadcast(v4("10.0.0.9")));
}

TEST_CASE("a device without addresses holds nothing and still knows the limited broadcast") {
    const DeviceFacts facts(1400, {}, {});
    CHECK(facts.mtu() == 1400);
    CHECK(facts.addresses().empty());
    CHECK_FALSE(facts.host_holds(v4("192.168.0.1")));
    CHECK_FALSE(facts.host_holds(v4("0.0.0.0")));
    CHECK(facts.is_broadcast(v4("255.255.255.255")));
}

TEST_CASE("the device's own addresses are kept as given, in order") {
    const DeviceFacts facts(1500, {prefix("192.168.0.9/24"), prefix("10.0.0.1/8")},
                            {prefix("172.17.0.1/16")});
    CHECK(facts.addresses() == std::vector{prefix("192.168.0.9/24"), prefix("10.0.0.1/8")});
}

}  // namespace tunlab::test
