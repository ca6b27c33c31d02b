#include "tunlab/wire/icmpv6.hpp"

#include "tunlab/wire/checksum.hpp"

#include <cstdint>
#include <vector>

#include "support.hpp"
#include <doctest/doctest.h>

using tunlab::Bytes;
using tunlab::Defect;
using tunlab::IcmpMessage;
using tunlab::Ipv6Address;
using tunlab::kIcmpHeaderSize;
using tunlab::parse_icmpv6;
using tunlab::write_icmpv6;
using tunlab::test::from_hex;
using tunlab::test::same_bytes;

namespace {

const auto kAsker = Ipv6Address::from_bytes(from_hex("fd000000000000000000000000000002"));
const auto kAsked = Ipv6Address::from_bytes(from_hex("fd000000000000000000000000000001"));

// echo request, code 0, identifier 4, sequence 1, data "abc" (an odd size); from fd00::2 to fd00::1
const auto kRequest = from_hex("80 00 c14d 0004 0001 616263");

}  // namespace

TEST_CASE("parse_icmpv6 gives an echo request's fields") {
    const auto icmp = parse_icmpv6(kRequest, kAsker, kAsked);
    REQUIRE(icmp);
    CHECK(icmp->type == tunlab::kIcmpv6EchoRequest);
    CHECK(icmp->code == 0);
    CHECK(icmp->identifier() == 4);
    CHECK(icmp->sequence() == 1);
    CHECK(icmp->rest_of_header == 0x00040001);
    CHECK(same_bytes(icmp->data, from_hex("616263")));
}

TEST_CASE("parse_icmpv6 takes a message without data") {
    const auto bytes = from_hex("80 00 85b3 0004 0001");
    const auto icmp = parse_icmpv6(bytes, kAsker, kAsked);
    REQUIRE(icmp);
    CHECK(icmp->data.empty());
}

TEST_CASE("parse_icmpv6 refuses fewer than eight bytes, and more that don't sum up") {
    tunlab::test::for_each_truncation(kRequest, [](Bytes part) {
        const auto icmp = parse_icmpv6(part, kAsker, kAsked);
        REQUIRE_FALSE(icmp);
        CHECK(icmp.error() == (part.size() < kIcmpHeaderSize ? Defect::Truncated : Defect::BadChecksum));
    });
}

TEST_CASE("parse_icmpv6 notices every change of one byte") {
    tunlab::test::for_each_byte_change(kRequest, [](Bytes changed, std::size_t) {
        const auto icmp = parse_icmpv6(changed, kAsker, kAsked);
        REQUIRE_FALSE(icmp);
        REQUIRE(icmp.error() == Defect::BadChecksum);
    });
}

TEST_CASE("the checksum of ICMPv6 covers both addresses and the length") {
    tunlab::test::for_each_byte_change(kAsker.bytes(), [](Bytes other, std::size_t) {
        REQUIRE_FALSE(parse_icmpv6(kRequest, Ipv6Address::from_bytes(other), kAsked));
    });
    tunlab::test::for_each_byte_change(kAsked.bytes(), [](Bytes other, std::size_t) {
        REQUIRE_FALSE(parse_icmpv6(kRequest, kAsker, Ipv6Address::from_bytes(other)));
    });
    // two zeros more: the same sum but for the length
    CHECK_FALSE(parse_icmpv6(tunlab::test::join(kRequest, from_hex("00 0000")), kAsker, kAsked));
    // as ICMP for IPv4 would have it, without addresses
    auto bare = kRequest;
    tunlab::store_be16(bare, 2, 0);
    tunlab::store_be16(bare, 2, tunlab::InternetChecksum().add(bare).value());
    CHECK_FALSE(parse_icmpv6(bare, kAsker, kAsked));
}

TEST_CASE("write_icmpv6 turns a request into the reply that belongs to it") {
    auto reply = *parse_icmpv6(kRequest, kAsker, kAsked);
    reply.type = tunlab::kIcmpv6EchoReply;
    tunlab::test::GuardedBuffer out(32);
    write_icmpv6(out.inside(), reply, kAsked, kAsker);
    CHECK(out.untouched_but(kRequest.size()));
    // the type went from 128 to 129; to exchange the addresses changes no sum
    CHECK(same_bytes(out.inside().first(kRequest.size()), from_hex("81 00 c04d 0004 0001 616263")));
}

TEST_CASE("what write_icmpv6 writes, parse_icmpv6 reads") {
    for (const std::size_t size : {0U, 1U, 2U, 1232U, 1452U, 65527U}) {
        CAPTURE(size);
        std::vector<std::uint8_t> data(size);
        for (std::size_t i = 0; i < size; ++i)
            data[i] = static_cast<std::uint8_t>(i * 7 + 1);
        const IcmpMessage message{.type = 1, .code = 255, .rest_of_header = 0xfedcba98, .data = data};
        tunlab::test::GuardedBuffer out(kIcmpHeaderSize + size);
        write_icmpv6(out.inside(), message, kAsked, kAsker);
        CHECK(out.untouched_but(kIcmpHeaderSize + size));
        const auto read = parse_icmpv6(out.inside(), kAsked, kAsker);
        REQUIRE(read);
        CHECK(read->type == 1);
        CHECK(read->code == 255);
        CHECK(read->rest_of_header == 0xfedcba98);
        CHECK(same_bytes(read->data, data));
    }
}
