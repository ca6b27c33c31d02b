#include "tunlab/wire/icmp.hpp"

#include <cstdint>

#include "support.hpp"
#include <doctest/doctest.h>

using tunlab::Bytes;
using tunlab::Defect;
using tunlab::InternetChecksum;
using tunlab::kIcmpHeaderSize;
using tunlab::parse_icmp;
using tunlab::parse_icmp_unverified;
using tunlab::write_icmp;
using tunlab::test::from_hex;
using tunlab::test::same_bytes;

namespace {

// type 8, code 0, identifier 4, sequence 1, data "abc" (an odd size)
const auto kMessage = from_hex("08 00 3398 0004 0001 616263");

}  // namespace

TEST_CASE("parse_icmp verifies what the checksum covers besides the message") {
    const InternetChecksum covered = InternetChecksum().add(std::uint16_t{1});
    // the checksum with one more in the sum
    const auto bytes = from_hex("08 00 3397 0004 0001 616263");
    CHECK(parse_icmp(bytes, covered));
    CHECK(parse_icmp(bytes, {}).error() == Defect::BadChecksum);
    CHECK(parse_icmp(kMessage, {}));
    CHECK(parse_icmp(kMessage, covered).error() == Defect::BadChecksum);
    CHECK(parse_icmp(Bytes(kMessage).first(kIcmpHeaderSize - 1), {}).error() == Defect::Truncated);
}

TEST_CASE("parse_icmp_unverified gives the fields of every message of eight bytes or more") {
    tunlab::test::for_each_truncation(kMessage, [](Bytes part) {
        const auto icmp = parse_icmp_unverified(part);
        REQUIRE(static_cast<bool>(icmp) == (part.size() >= kIcmpHeaderSize));
        if (!icmp) return;
        CHECK(icmp->type == 8);
        CHECK(icmp->identifier() == 4);
        CHECK(icmp->sequence() == 1);
        CHECK(icmp->data.size() == part.size() - kIcmpHeaderSize);
    });
}

TEST_CASE("what write_icmp writes, parse_icmp reads, whatever else the checksum covers") {
    const InternetChecksum covered = InternetChecksum().add(std::uint16_t{0x1234});
    const auto data = from_hex("616263");
    tunlab::test::GuardedBuffer out(32);
    write_icmp(out.inside(), {.type = 3, .code = 4, .rest_of_header = 0xfedcba98, .data = data}, covered);
    CHECK(out.untouched_but(kIcmpHeaderSize + data.size()));
    const auto read = parse_icmp(out.inside().first(kIcmpHeaderSize + data.size()), covered);
    REQUIRE(read);
    CHECK(read->type == 3);
    CHECK(read->code == 4);
    CHECK(read->rest_of_header == 0xfedcba98);
    CHECK(same_bytes(read->data, data));
}
