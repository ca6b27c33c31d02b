#include "tunlab/lab/simulated_mac.hpp"

#include "lab_support.hpp"
#include <doctest/doctest.h>

namespace tunlab::test {

TEST_CASE("a simulated host's MAC is 02:00 and its IPv4 address") {
    CHECK(simulated_mac(v4("10.0.1.2")).to_string() == "02:00:0a:00:01:02");
    CHECK(simulated_mac(v4("192.168.255.254")).to_string() == "02:00:c0:a8:ff:fe");
    CHECK(simulated_mac(v4("0.0.0.0")).to_string() == "02:00:00:00:00:00");
    CHECK(simulated_mac(v4("255.255.255.255")).to_string() == "02:00:ff:ff:ff:ff");
}

TEST_CASE("a simulated MAC is unicast and locally administered") {
    const MacAddress address = simulated_mac(v4("239.1.2.3"));
    CHECK(address.is_unicast());
    CHECK((address.bytes()[0] & 0x02) != 0);
}

TEST_CASE("simulated_address gives the address back, and nothing for MACs outside the scheme") {
    for (const auto* text : {"10.0.1.2", "0.0.0.0", "255.255.255.255", "224.0.0.1"}) {
        CHECK(simulated_address(simulated_mac(v4(text))) == v4(text));
    }
    for (const auto* text :
         {"02:01:0a:00:01:02", "03:00:0a:00:01:02", "00:00:0a:00:01:02", "06:00:0a:00:01:02",
          "02:ff:0a:00:01:02", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00"}) {
        CAPTURE(text);
        CHECK_FALSE(simulated_address(mac(text)));
    }
}

TEST_CASE("an IPv6 host's MAC is 02:01 and a hash of its address that stays the same") {
    CHECK(simulated_mac(v6("fd00::3")).to_string() == "02:01:7b:76:03:6f");
    CHECK(simulated_mac(v6("fd00::4")) != simulated_mac(v6("fd00::3")));
    CHECK(is_simulated_ipv6(simulated_mac(v6("fe80::1"))));
    CHECK_FALSE(is_simulated_ipv6(simulated_mac(v4("10.0.1.2"))));
    CHECK_FALSE(is_simulated_ipv6(mac("03:01:00:00:00:01")));
    CHECK_FALSE(simulated_address(simulated_mac(v6("fd00::3"))));
}

}  // namespace tunlab::test
