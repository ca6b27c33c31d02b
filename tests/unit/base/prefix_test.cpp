#include "tunlab/base/prefix.hpp"

#include <string>

#include <doctest/doctest.h>

using tunlab::Family;
using tunlab::IpPrefix;
using tunlab::Ipv4Address;
using tunlab::parse_ip_address;
using tunlab::parse_ip_prefix;

namespace {

IpPrefix prefix(const std::string& text) {
    return parse_ip_prefix(text).value();
}

}  // namespace

TEST_CASE("a prefix survives text and back, host bits included") {
    for (const auto* const text : {"192.168.0.1/24", "10.0.0.0/8", "0.0.0.0/0", "255.255.255.255/32", "::/0",
                                   "2001:db8::1/64", "fe80::1/128"}) {
        CAPTURE(text);
        REQUIRE(parse_ip_prefix(text));
        CHECK(prefix(text).to_string() == text);
    }
}

TEST_CASE("text that is no prefix is none") {
    for (const auto* const text : {"", "/", "192.168.0.1", "192.168.0.1/", "/24", "192.168.0.1/33", "::/129",
                                   "192.168.0.1/-1", "192.168.0.1/+24", "192.168.0.1/ 24", "192.168.0.1/24 ",
                                   "192.168.0.1/24/24", "192.168.0.1/0x18", "192.168.0.1/255.255.255.0",
                                   "192.168.0/24", "10.0.0.1/4294967320", "10.0.0.1/99999999999999999999"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_ip_prefix(text));
    }
}

TEST_CASE("a prefix's network has all host bits 0") {
    CHECK(prefix("192.168.7.9/24").network().to_string() == "192.168.7.0");
    CHECK(prefix("192.168.7.9/22").network().to_string() == "192.168.4.0");
    CHECK(prefix("192.168.7.9/32").network().to_string() == "192.168.7.9");
    CHECK(prefix("192.168.7.9/0").network().to_string() == "0.0.0.0");
    CHECK(prefix("2001:db8:ffff::1/33").network().to_string() == "2001:db8:8000::");
    CHECK(prefix("2001:db8::1/0").network().to_string() == "::");
    CHECK(prefix("192.168.0.1/24").has_host_bits());
    CHECK_FALSE(prefix("192.168.0.0/24").has_host_bits());
}

TEST_CASE("an IPv4 prefix up to 30 bits has a directed broadcast address") {
    CHECK(prefix("192.168.0.1/24").broadcast() == Ipv4Address(192, 168, 0, 255));
    CHECK(prefix("192.168.0.1/22").broadcast() == Ipv4Address(192, 168, 3, 255));
    CHECK(prefix("192.168.0.1/30").broadcast() == Ipv4Address(192, 168, 0, 3));
    CHECK(prefix("10.0.0.1/0").broadcast() == Ipv4Address(255, 255, 255, 255));
    // RFC 3021
    CHECK_FALSE(prefix("192.168.0.0/31").broadcast());
    CHECK_FALSE(prefix("192.168.0.1/32").broadcast());
    CHECK_FALSE(prefix("2001:db8::1/64").broadcast());
}

TEST_CASE("a prefix contains the addresses of its network and no others") {
    CHECK(prefix("192.168.0.1/24").contains(*parse_ip_address("192.168.0.255")));
    CHECK_FALSE(prefix("192.168.0.1/24").contains(*parse_ip_address("192.168.1.0")));
    CHECK(prefix("0.0.0.0/0").contains(*parse_ip_address("255.1.2.3")));
    CHECK(prefix("10.0.0.1/32").contains(*parse_ip_address("10.0.0.1")));
    CHECK_FALSE(prefix("10.0.0.1/32").contains(*parse_ip_address("10.0.0.0")));
    CHECK(prefix("2001:db8::/65").contains(*parse_ip_address("2001:db8::7fff:0:0:1")));
    CHECK_FALSE(prefix("2001:db8::/65").contains(*parse_ip_address("2001:db8::8000:0:0:1")));
}

TEST_CASE("a prefix contains nothing of the other family") {
    CHECK_FALSE(prefix("0.0.0.0/0").contains(*parse_ip_address("::")));
    CHECK_FALSE(prefix("::/0").contains(*parse_ip_address("0.0.0.0")));
}

TEST_CASE("a prefix of no bits is the default") {
    CHECK(prefix("0.0.0.0/0").is_default());
    CHECK(prefix("::/0").is_default());
    CHECK_FALSE(prefix("0.0.0.0/1").is_default());
    CHECK(prefix("::/0").family() == Family::V6);
}

TEST_CASE("prefixes with other host bits or other lengths differ") {
    CHECK(prefix("192.168.0.1/24") == prefix("192.168.0.1/24"));
    CHECK(prefix("192.168.0.1/24") != prefix("192.168.0.2/24"));
    CHECK(prefix("192.168.0.1/24") != prefix("192.168.0.1/25"));
}
