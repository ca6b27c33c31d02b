#include "tunlab/lab/address_filter.hpp"

#include "lab_support.hpp"
#include <doctest/doctest.h>

namespace tunlab::test {

TEST_CASE("why_not_simulated names what keeps a host from having an address") {
    const DeviceFacts facts = tun_facts();
    CHECK_FALSE(why_not_simulated(v4("192.168.0.2"), facts));
    CHECK_FALSE(why_not_simulated(v4("192.168.0.0"), facts));  // no longer a broadcast: RFC 1812 §4.2.3.1
    CHECK_FALSE(
        why_not_simulated(v4("172.17.255.255"), facts));  // another interface's broadcast, off its link
    CHECK_FALSE(why_not_simulated(v4("0.0.0.1"), facts));
    CHECK_FALSE(why_not_simulated(v4("223.255.255.255"), facts));
    CHECK_FALSE(why_not_simulated(v4("240.0.0.0"), facts));
    CHECK_FALSE(why_not_simulated(v4("255.255.255.254"), facts));
    CHECK(why_not_simulated(v4("192.168.0.1"), facts) == Reason::OwnAddress);
    CHECK(why_not_simulated(v4("172.17.0.1"), facts) == Reason::OwnAddress);
    CHECK(why_not_simulated(v4("192.168.0.255"), facts) == Reason::Broadcast);
    CHECK(why_not_simulated(v4("255.255.255.255"), facts) == Reason::Broadcast);
    CHECK(why_not_simulated(v4("224.0.0.0"), facts) == Reason::Multicast);
    CHECK(why_not_simulated(v4("239.255.255.255"), facts) == Reason::Multicast);
    CHECK(why_not_simulated(v4("0.0.0.0"), facts) == Reason::BadDestination);
    CHECK(why_not_simulated(v4("127.0.0.1"), facts) == Reason::BadDestination);
    CHECK(why_not_simulated(v4("127.255.255.255"), facts) == Reason::BadDestination);
}

TEST_CASE("is_martian_source is true for what nobody can be called by") {
    const DeviceFacts facts = tun_facts();
    for (const auto* bad : {"0.0.0.0", "127.0.0.1", "127.255.255.255", "224.0.0.1", "239.255.255.255",
                            "255.255.255.255", "192.168.0.255"}) {
        CAPTURE(bad);
        CHECK(is_martian_source(v4(bad), facts));
    }
    // Linux answers 0/8 and 240/4 too.
    for (const auto* good :
         {"192.168.0.1", "192.168.0.254", "172.17.0.1", "0.0.0.1", "240.0.0.1", "8.8.8.8"}) {
        CAPTURE(good);
        CHECK_FALSE(is_martian_source(v4(good), facts));
    }
}

TEST_CASE("an IPv6 address is simulated if one host can have it and the host does not") {
    const DeviceFacts facts = tun_facts();
    for (const auto* text : {"fd00::2", "2001:db8::1", "fe80::1", "::2", "::10.0.0.1"}) {
        CAPTURE(text);
        CHECK_FALSE(why_not_simulated(v6(text), facts));
    }
    CHECK(why_not_simulated(v6("fd00::1"), facts) == Reason::OwnAddress);
    CHECK(why_not_simulated(v6("ff02::1"), facts) == Reason::Multicast);
    CHECK(why_not_simulated(v6("::"), facts) == Reason::BadDestination);
    CHECK(why_not_simulated(v6("::1"), facts) == Reason::BadDestination);
    CHECK(why_not_simulated(v6("::ffff:10.0.0.1"), facts) == Reason::BadDestination);
}

TEST_CASE("an IPv6 source is bad if no reply can go to it") {
    for (const auto* bad : {"::", "::1", "ff02::1", "::ffff:10.0.0.2"}) {
        CAPTURE(bad);
        CHECK(is_martian_source(v6(bad)));
    }
    for (const auto* good : {"fd00::2", "fe80::1", "::10.0.0.1", "2001:db8::1"}) {
        CAPTURE(good);
        CHECK_FALSE(is_martian_source(v6(good)));
    }
}

}  // namespace tunlab::test
