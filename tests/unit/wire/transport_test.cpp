#include "tunlab/wire/transport.hpp"

#include "support.hpp"
#include <doctest/doctest.h>

using tunlab::Bytes;
using tunlab::Defect;
using tunlab::parse_tcp;
using tunlab::parse_udp;
using tunlab::test::from_hex;
using tunlab::test::same_bytes;

namespace {

// ports 1000 and 2000, length 13, checksum; "hello"
const auto kDatagram = from_hex("03e8 07d0 000d 9a47 68656c6c6f");

// ports 40000 and 80, sequence, acknowledgement; 6 words, CWR and SYN; window, checksum, urgent; MSS 1460;
// "hi"
const auto kSegment = from_hex("9c40 0050 ee6b2800 01020304 60 82 faf0 abcd 0011 020405b4 6869");

}  // namespace

TEST_CASE("parse_udp gives ports and the stated length") {
    const auto udp = parse_udp(kDatagram);
    REQUIRE(udp);
    CHECK(udp->source_port == 1000);
    CHECK(udp->destination_port == 2000);
    CHECK(udp->length == 13);
}

TEST_CASE("parse_udp takes a length beyond the bytes: a first fragment has one") {
    CHECK(parse_udp(from_hex("03e8 07d0 0fa8 0000 68"))->length == 4008);
}

TEST_CASE("parse_udp refuses fewer than eight bytes") {
    tunlab::test::for_each_truncation(kDatagram, [](Bytes part) {
        const auto udp = parse_udp(part);
        CHECK(static_cast<bool>(udp) == (part.size() >= tunlab::kUdpHeaderSize));
        if (!udp) CHECK(udp.error() == Defect::Truncated);
    });
}

TEST_CASE("parse_udp refuses a length below its own header's, and nothing else") {
    tunlab::test::for_each_byte_change(kDatagram, [](Bytes changed, std::size_t) {
        const auto udp = parse_udp(changed);
        REQUIRE(static_cast<bool>(udp) == (tunlab::load_be16(changed, 4) >= tunlab::kUdpHeaderSize));
        if (!udp) REQUIRE(udp.error() == Defect::BadLength);
    });
}

TEST_CASE("parse_tcp gives a segment's fields") {
    const auto tcp = parse_tcp(kSegment);
    REQUIRE(tcp);
    CHECK(tcp->source_port == 40000);
    CHECK(tcp->destination_port == 80);
    CHECK(tcp->sequence == 0xee6b2800);
    CHECK(tcp->acknowledgement == 0x01020304);
    CHECK(tcp->flags == (tunlab::kTcpCwr | tunlab::kTcpSyn));
    CHECK(tcp->window == 0xfaf0);
    CHECK(tcp->urgent_pointer == 17);
    CHECK(same_bytes(tcp->options, from_hex("020405b4")));
    CHECK(same_bytes(tcp->data, from_hex("6869")));
}

TEST_CASE("parse_tcp refuses a segment whose header is cut off") {
    tunlab::test::for_each_truncation(kSegment, [](Bytes part) {
        const auto tcp = parse_tcp(part);
        constexpr std::size_t kHeaderSize = 24;
        CHECK(static_cast<bool>(tcp) == (part.size() >= kHeaderSize));
        if (tcp) return;
        CHECK(tcp.error() ==
              (part.size() < tunlab::kTcpMinHeaderSize ? Defect::Truncated : Defect::BadHeaderLength));
    });
}

TEST_CASE("parse_tcp refuses a data offset below five words or beyond the bytes, and nothing else") {
    tunlab::test::for_each_byte_change(kSegment, [](Bytes changed, std::size_t) {
        const auto tcp = parse_tcp(changed);
        const unsigned words = changed[12] >> 4;
        REQUIRE(static_cast<bool>(tcp) == (words == 5 || words == 6));
        if (!tcp) REQUIRE(tcp.error() == Defect::BadHeaderLength);
        if (tcp)
            REQUIRE(tunlab::kTcpMinHeaderSize + tcp->options.size() + tcp->data.size() == changed.size());
    });
}
