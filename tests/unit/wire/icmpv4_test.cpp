#include "tunlab/wire/icmpv4.hpp"

#include "tunlab/wire/checksum.hpp"

#include <cstdint>
#include <vector>

#include "support.hpp"
#include <doctest/doctest.h>

using tunlab::Bytes;
using tunlab::Defect;
using tunlab::IcmpMessage;
using tunlab::kIcmpHeaderSize;
using tunlab::kIcmpv4EchoReply;
using tunlab::kIcmpv4EchoRequest;
using tunlab::parse_icmp_unverified;
using tunlab::parse_icmpv4;
using tunlab::write_icmpv4;
using tunlab::test::from_hex;
using tunlab::test::same_bytes;

namespace {

// echo request, code 0, identifier 4, sequence 1, data "abc" (an odd size)
const auto kRequest = from_hex("08 00 3398 0004 0001 616263");

}  // namespace

TEST_CASE("parse_icmpv4 gives an echo request's fields") {
    const auto icmp = parse_icmpv4(kRequest);
    REQUIRE(icmp);
    CHECK(icmp->type == kIcmpv4EchoRequest);
    CHECK(icmp->code == 0);
    CHECK(icmp->identifier() == 4);
    CHECK(icmp->sequence() == 1);
    CHECK(same_bytes(icmp->data, from_hex("616263")));
}

TEST_CASE("parse_icmpv4 takes a message without data") {
    const auto bytes = from_hex("08 00 f7fa 0004 0001");
    const auto icmp = parse_icmpv4(bytes);
    REQUIRE(icmp);
    CHECK(icmp->data.empty());
}

TEST_CASE("parse_icmpv4 refuses fewer than eight bytes, and more that don't sum up") {
    tunlab::test::for_each_truncation(kRequest, [](Bytes part) {
        const auto icmp = parse_icmpv4(part);
        REQUIRE_FALSE(icmp);
        CHECK(icmp.error() == (part.size() < kIcmpHeaderSize ? Defect::Truncated : Defect::BadChecksum));
    });
}

TEST_CASE("parse_icmpv4 notices every change of one byte; the unverified parser lets it pass") {
    tunlab::test::for_each_byte_change(kRequest, [](Bytes changed, std::size_t) {
        const auto icmp = parse_icmpv4(changed);
        REQUIRE_FALSE(icmp);
        REQUIRE(icmp.error() == Defect::BadChecksum);
        REQUIRE(parse_icmp_unverified(changed));
    });
}

TEST_CASE("parse_icmp_unverified refuses fewer than eight bytes") {
    tunlab::test::for_each_truncation(kRequest, [](Bytes part) {
        CHECK(static_cast<bool>(parse_icmp_unverified(part)) == (part.size() >= kIcmpHeaderSize));
    });
}

TEST_CASE("write_icmpv4 turns a request into the reply that belongs to it") {
    auto reply = *parse_icmpv4(kRequest);
    reply.type = kIcmpv4EchoReply;
    tunlab::test::GuardedBuffer out(32);
    write_icmpv4(out.inside(), reply);
    CHECK(out.untouched_but(kRequest.size()));
    // the type went from 8 to 0, so the checksum grew by 0x0800
    CHECK(same_bytes(out.inside().first(kRequest.size()), from_hex("00 00 3b98 0004 0001 616263")));
}

TEST_CASE("what write_icmpv4 writes, parse_icmpv4 reads") {
    for (const std::size_t size : {0U, 1U, 2U, 56U, 1471U, 1472U, 65507U}) {
        CAPTURE(size);
        std::vector<std::uint8_t> data(size);
        for (std::size_t i = 0; i < size; ++i)
            data[i] = static_cast<std::uint8_t>(i * 7 + 1);
        const IcmpMessage message{.type = 3, .code = 255, .rest_of_header = 0xfedcba98, .data = data};
        tunlab::test::GuardedBuffer out(kIcmpHeaderSize + size);
        write_icmpv4(out.inside(), message);
        CHECK(out.untouched_but(kIcmpHeaderSize + size));
        CHECK(tunlab::InternetChecksum().add(out.inside()).value() == 0);
        const auto read = parse_icmpv4(out.inside());
        REQUIRE(read);
        CHECK(read->type == 3);
        CHECK(read->code == 255);
        CHECK(read->rest_of_header == 0xfedcba98);
        CHECK(same_bytes(read->data, data));
    }
}
