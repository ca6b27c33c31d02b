#include "tunlab/wire/ipv6.hpp"

#include "tunlab/wire/ipv4.hpp"

#include <algorithm>

#include "support.hpp"
#include <doctest/doctest.h>

using tunlab::Bytes;
using tunlab::Defect;
using tunlab::Ipv6Packet;
using tunlab::kIpv6HeaderSize;
using tunlab::parse_ipv6;
using tunlab::write_ipv6_header;
using tunlab::test::from_hex;
using tunlab::test::same_bytes;

namespace {

// version 6, traffic class 0xb8, flow label 0xabcde; payload 3, UDP, hop limit 64; two addresses; "abc"
const auto kPacket =
    from_hex("6b8abcde 0003 11 40 20010db8000000000000000000000001 fe800000000000000000000000000002 616263");

}  // namespace

TEST_CASE("parse_ipv6 gives a packet's fields") {
    const auto ip = parse_ipv6(kPacket);
    REQUIRE(ip);
    CHECK(ip->traffic_class == 0xb8);
    CHECK(ip->flow_label == 0xabcde);
    CHECK(ip->next_header == tunlab::kProtocolUdp);
    CHECK(ip->hop_limit == 64);
    CHECK(ip->source.to_string() == "2001:db8::1");
    CHECK(ip->destination.to_string() == "fe80::2");
    CHECK(same_bytes(ip->payload, from_hex("616263")));
}

TEST_CASE("bytes behind the payload length are not the packet's") {
    const auto padded = tunlab::test::join(kPacket, from_hex("deadbeef"));
    const auto ip = parse_ipv6(padded);
    REQUIRE(ip);
    CHECK(ip->payload.size() == 3);
}

TEST_CASE("parse_ipv6 refuses a packet that is cut off anywhere") {
    tunlab::test::for_each_truncation(kPacket, [](Bytes part) {
        const auto ip = parse_ipv6(part);
        REQUIRE_FALSE(ip);
        CHECK(ip.error() == (part.size() < kIpv6HeaderSize ? Defect::Truncated : Defect::BadLength));
    });
}

TEST_CASE("parse_ipv6 refuses other versions and lengths beyond the bytes, and nothing else") {
    tunlab::test::for_each_byte_change(kPacket, [](Bytes changed, std::size_t) {
        const auto ip = parse_ipv6(changed);
        const bool right_version = changed[0] >> 4 == 6;
        const bool fits = tunlab::load_be16(changed, 4) <= 3;
        REQUIRE(static_cast<bool>(ip) == (right_version && fits));
        if (!ip) REQUIRE(ip.error() == (right_version ? Defect::BadLength : Defect::BadVersion));
        if (ip) REQUIRE(ip->payload.size() == tunlab::load_be16(changed, 4));
    });
}

TEST_CASE("write_ipv6_header writes forty bytes and nothing more") {
    tunlab::test::GuardedBuffer out(64);
    write_ipv6_header(out.inside(), *parse_ipv6(kPacket), 3);
    CHECK(out.untouched_but(kIpv6HeaderSize));
    CHECK(same_bytes(out.inside().first(kIpv6HeaderSize), Bytes(kPacket).first(kIpv6HeaderSize)));
}

TEST_CASE("what parse_ipv6 takes is written back byte for byte") {
    tunlab::test::for_each_byte_change(Bytes(kPacket).first(kIpv6HeaderSize), [](Bytes changed, std::size_t) {
        const auto whole = tunlab::test::join({changed.begin(), changed.end()}, from_hex("616263"));
        const auto ip = parse_ipv6(whole);
        if (!ip) return;
        tunlab::test::GuardedBuffer out(kIpv6HeaderSize);
        write_ipv6_header(out.inside(), *ip, ip->payload.size());
        REQUIRE(same_bytes(out.inside(), changed));
    });
}

TEST_CASE("write_ipv6_header can state the largest values") {
    const Ipv6Packet packet{.traffic_class = 0xff,
                            .flow_label = 0xfffff,
                            .next_header = 255,
                            .hop_limit = 255,
                            .source = {},
                            .destination = {}};
    tunlab::test::GuardedBuffer out(kIpv6HeaderSize);
    write_ipv6_header(out.inside(), packet, 65535);
    CHECK(same_bytes(out.inside().first(8), from_hex("6fffffff ffff ff ff")));
    CHECK(out.untouched_but(kIpv6HeaderSize));
}

TEST_CASE("parse_ipv6_lenient describes every packet of forty bytes or more as far as it goes") {
    tunlab::test::for_each_truncation(kPacket, [](Bytes part) {
        const auto ip = tunlab::parse_ipv6_lenient(part);
        REQUIRE(static_cast<bool>(ip) == (part.size() >= kIpv6HeaderSize));
        if (ip) CHECK(ip->payload.size() == part.size() - kIpv6HeaderSize);
    });
    // version 4, a payload of 65535 bytes
    auto broken = kPacket;
    broken[0] = 0x4b;
    tunlab::store_be16(broken, 4, 0xffff);
    CHECK(tunlab::ipv6_payload_size(broken) == 65535);
    CHECK(tunlab::parse_ipv6_lenient(broken)->payload.size() == 3);
    CHECK(tunlab::parse_ipv6_lenient(broken)->destination.to_string() == "fe80::2");
}

TEST_CASE("lower_ipv6_hop_limit lowers nothing else, and not below 0") {
    for (const std::size_t hops : {0U, 1U, 64U, 1000U}) {
        auto aged = kPacket;
        tunlab::lower_ipv6_hop_limit(aged, hops);
        CHECK(parse_ipv6(aged)->hop_limit == 64 - std::min<std::size_t>(hops, 64));
        aged[7] = kPacket[7];
        CHECK(same_bytes(aged, kPacket));
    }
}
