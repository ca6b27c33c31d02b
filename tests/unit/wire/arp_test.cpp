#include "tunlab/wire/arp.hpp"

#include "support.hpp"
#include <doctest/doctest.h>

using tunlab::ArpPacket;
using tunlab::Bytes;
using tunlab::Defect;
using tunlab::kArpSize;
using tunlab::parse_arp;
using tunlab::write_arp;
using tunlab::test::from_hex;
using tunlab::test::same_bytes;

namespace {

// Ethernet and IPv4, request; 02:00:00:00:00:01 with 10.0.1.1 asks for 10.0.1.2
const auto kRequest = from_hex("0001 0800 06 04 0001 020000000001 0a000101 000000000000 0a000102");

}  // namespace

TEST_CASE("parse_arp gives the fields of a request") {
    const auto arp = parse_arp(kRequest);
    REQUIRE(arp);
    CHECK(arp->operation == tunlab::kArpRequest);
    CHECK(arp->sender_mac.to_string() == "02:00:00:00:00:01");
    CHECK(arp->sender_ip.to_string() == "10.0.1.1");
    CHECK(arp->target_mac.is_zero());
    CHECK(arp->target_ip.to_string() == "10.0.1.2");
}

TEST_CASE("parse_arp takes no notice of padding") {
    // Ethernet fills up to 60 bytes: 18 behind an ARP packet
    CHECK(parse_arp(tunlab::test::join(kRequest, from_hex("ffffffffffffffffffffffffffffffffffff"))));
}

TEST_CASE("parse_arp refuses every packet that is too short") {
    tunlab::test::for_each_truncation(kRequest, [](Bytes part) {
        REQUIRE_FALSE(parse_arp(part));
        CHECK(parse_arp(part).error() == Defect::Truncated);
    });
}

TEST_CASE("parse_arp refuses other hardware, other protocols and other address lengths, and nothing else") {
    tunlab::test::for_each_byte_change(kRequest, [](Bytes changed, std::size_t index) {
        const auto arp = parse_arp(changed);
        constexpr std::size_t kOperationAt = 6;
        REQUIRE(static_cast<bool>(arp) == (index >= kOperationAt));
        if (!arp) REQUIRE(arp.error() == Defect::BadFormat);
    });
}

TEST_CASE("what parse_arp takes is written back byte for byte") {
    tunlab::test::for_each_byte_change(kRequest, [](Bytes changed, std::size_t) {
        const auto arp = parse_arp(changed);
        if (!arp) return;
        tunlab::test::GuardedBuffer out(kArpSize);
        write_arp(out.inside(), *arp);
        REQUIRE(same_bytes(out.inside(), changed));
    });
}

TEST_CASE("write_arp writes twenty-eight bytes and nothing more") {
    tunlab::test::GuardedBuffer out(60);
    write_arp(out.inside(), *parse_arp(kRequest));
    CHECK(out.untouched_but(kArpSize));
    CHECK(same_bytes(out.inside().first(kArpSize), kRequest));
}

TEST_CASE("parse_arp_format gives what an ARP packet for other protocols is about") {
    // IEEE 802, IPv6, addresses of 6 and 16 bytes
    const auto bytes = from_hex("0006 86dd 06 10");
    const auto format = tunlab::parse_arp_format(bytes);
    REQUIRE(format);
    CHECK(format->hardware_type == 6);
    CHECK(format->protocol_type == 0x86dd);
    CHECK(format->hardware_size == 6);
    CHECK(format->protocol_size == 16);
    tunlab::test::for_each_truncation(
        bytes, [](Bytes part) { CHECK(tunlab::parse_arp_format(part).error() == Defect::Truncated); });
}
