#include "tunlab/base/address.hpp"

#include <string>

#include "support.hpp"
#include <doctest/doctest.h>

using tunlab::Family;
using tunlab::IpAddress;
using tunlab::Ipv4Address;
using tunlab::Ipv6Address;
using tunlab::MacAddress;
using tunlab::parse_ip_address;
using tunlab::parse_mac_address;
using tunlab::test::from_hex;

TEST_CASE("a MAC address is read in either case and written in lower case") {
    CHECK(parse_mac_address("02:00:0a:00:01:02")->to_string() == "02:00:0a:00:01:02");
    CHECK(parse_mac_address("FF:fe:Dc:09:a0:0F")->to_string() == "ff:fe:dc:09:a0:0f");
    CHECK(*parse_mac_address("ff:ff:ff:ff:ff:ff") == MacAddress::broadcast());
}

TEST_CASE("a MAC address in any other form is none") {
    for (const auto* const text :
         {"", "02", "02:00:0a:00:01", "02:00:0a:00:01:02:03", "02-00-0a-00-01-02", "02000a000102",
          "0200.0a00.0102", "2:00:0a:00:01:02", "02:00:0a:00:01:2", "02:00:0a:00:01:0g", " 2:00:0a:00:01:02",
          "02:00:0a:00:01:02 ", "02:00:0a:00:01:+2", "02:00:0a:00:01.02", "02:00:0a:00:01:02\n"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_mac_address(text));
    }
}

TEST_CASE("a MAC address knows whether one station can have it") {
    CHECK(parse_mac_address("02:00:00:00:00:01")->is_unicast());
    CHECK_FALSE(parse_mac_address("00:00:00:00:00:00")->is_unicast());
    CHECK(parse_mac_address("00:00:00:00:00:00")->is_zero());
    // the lowest bit of the first octet
    CHECK(parse_mac_address("01:00:5e:00:00:fb")->is_multicast());
    CHECK(parse_mac_address("33:33:00:00:00:01")->is_multicast());
    CHECK_FALSE(MacAddress::broadcast().is_unicast());
    CHECK_FALSE(parse_mac_address("fe:ff:ff:ff:ff:ff")->is_multicast());
}

TEST_CASE("addresses take the first bytes of a longer run") {
    const auto bytes = from_hex("0a000102 0304 20010db8000000000000 ffff");
    CHECK(MacAddress::from_bytes(bytes).to_string() == "0a:00:01:02:03:04");
    CHECK(Ipv4Address::from_bytes(bytes).to_string() == "10.0.1.2");
    CHECK(Ipv6Address::from_bytes(bytes).to_string() == "a00:102:304:2001:db8::");
}

TEST_CASE("an IP address of either family survives text and back") {
    for (const auto* const text : {"0.0.0.0", "10.0.1.2", "255.255.255.255", "::", "::1", "2001:db8::1",
                                   "fe80::1:0:0:2", "::ffff:10.0.1.2", "1:2:3:4:5:6:7:8"}) {
        CAPTURE(text);
        REQUIRE(parse_ip_address(text));
        CHECK(parse_ip_address(text)->to_string() == text);
    }
}

TEST_CASE("an IPv6 address is written in the canonical form of RFC 5952") {
    CHECK(parse_ip_address("2001:0DB8:0:0:0:0:0:0001")->to_string() == "2001:db8::1");
    CHECK(parse_ip_address("2001:db8:0:1:1:1:1:1")->to_string() == "2001:db8:0:1:1:1:1:1");
}

TEST_CASE("text that is no IP address is none") {
    for (const std::string text :
         {"", " ", "10.0.1", "10.0.1.256", "10.0.1.2 ", " 10.0.1.2", "010.0.1.2", "0x0a.0.1.2", "10.0.1.2/24",
          "167772418", "::g", ":::", "fe80::1%eth0", "1:2:3:4:5:6:7:8:9", "12345::", "localhost"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_ip_address(text));
    }
}

TEST_CASE("an address does not end at a NUL byte") {
    CHECK_FALSE(parse_ip_address(std::string("10.0.1.2\0", 9)));
    CHECK_FALSE(parse_ip_address(std::string("10.0.1.2\0junk", 13)));
}

TEST_CASE("IPv4 addresses know their kind") {
    CHECK(Ipv4Address().is_unspecified());
    CHECK(Ipv4Address(127, 255, 0, 1).is_loopback());
    CHECK_FALSE(Ipv4Address(128, 0, 0, 1).is_loopback());
    // 224.0.0.0/4 and nothing beside it
    CHECK_FALSE(Ipv4Address(223, 255, 255, 255).is_multicast());
    CHECK(Ipv4Address(224, 0, 0, 0).is_multicast());
    CHECK(Ipv4Address(239, 255, 255, 255).is_multicast());
    CHECK_FALSE(Ipv4Address(240, 0, 0, 0).is_multicast());
    CHECK(Ipv4Address(255, 255, 255, 255).is_limited_broadcast());
    CHECK_FALSE(Ipv4Address(255, 255, 255, 254).is_limited_broadcast());
}

TEST_CASE("IPv6 addresses know their kind") {
    const auto v6 = [](const char* text) { return parse_ip_address(text)->v6(); };
    CHECK(v6("::").is_unspecified());
    CHECK(v6("::1").is_loopback());
    CHECK_FALSE(v6("::2").is_loopback());
    CHECK_FALSE(v6("100::1").is_loopback());
    CHECK(v6("ff02::1").is_multicast());
    // fe80::/10 reaches to febf
    CHECK(v6("fe80::1").is_link_local());
    CHECK(v6("febf::1").is_link_local());
    CHECK_FALSE(v6("fec0::1").is_link_local());
    CHECK_FALSE(v6("fe7f::1").is_link_local());
    CHECK(v6("::ffff:10.0.1.2").is_v4_mapped());
    CHECK_FALSE(v6("::fffe:10.0.1.2").is_v4_mapped());
    CHECK_FALSE(v6("1::ffff:10.0.1.2").is_v4_mapped());
}

TEST_CASE("an IpAddress keeps its family and its bytes") {
    const IpAddress v4 = Ipv4Address(10, 0, 1, 2);
    CHECK(v4.family() == Family::V4);
    CHECK(v4.bits() == 32);
    CHECK(tunlab::test::same_bytes(v4.bytes(), from_hex("0a000102")));
    CHECK(v4.v4() == Ipv4Address(10, 0, 1, 2));
    const IpAddress v6 = *parse_ip_address("2001:db8::1");
    CHECK(v6.family() == Family::V6);
    CHECK(v6.bits() == 128);
    CHECK(tunlab::test::same_bytes(v6.bytes(), from_hex("20010db8 00000000 00000000 00000001")));
    CHECK(v6.v6().to_string() == "2001:db8::1");
}

TEST_CASE("an IpAddress asks the family's own questions") {
    CHECK(parse_ip_address("0.0.0.0")->is_unspecified());
    CHECK(parse_ip_address("::")->is_unspecified());
    CHECK_FALSE(parse_ip_address("::1")->is_unspecified());
    CHECK(parse_ip_address("127.0.0.1")->is_loopback());
    CHECK(parse_ip_address("::1")->is_loopback());
    CHECK(parse_ip_address("224.0.0.1")->is_multicast());
    CHECK(parse_ip_address("ff02::1")->is_multicast());
}

TEST_CASE("addresses are ordered by family, then by bytes") {
    CHECK(*parse_ip_address("255.255.255.255") < *parse_ip_address("::"));
    CHECK(*parse_ip_address("10.0.0.9") < *parse_ip_address("10.0.1.0"));
    CHECK(*parse_ip_address("10.0.1.2") == IpAddress(Ipv4Address(10, 0, 1, 2)));
    CHECK(*parse_ip_address("0.0.0.0") != *parse_ip_address("::"));
}
