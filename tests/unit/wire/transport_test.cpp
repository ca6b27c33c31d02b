#include "tunlab/wire/transport.hpp"

#include "support.hpp"
#include <doctest/doctest.h>

using tunlab::Bytes;
using tunlab::Defect;
using tunlab::Ends;
using tunlab::Ipv4Address;
using tunlab::Ipv6Address;
using tunlab::kTcpMinHeaderSize;
using tunlab::kUdpHeaderSize;
using tunlab::parse_tcp;
using tunlab::parse_udp;
using tunlab::TcpHeader;
using tunlab::write_tcp_header;
using tunlab::test::from_hex;
using tunlab::test::same_bytes;

namespace {

// ports 1000 and 2000, length 13, checksum; "hello"
const auto kDatagram = from_hex("03e8 07d0 000d 9a47 68656c6c6f");

// ports 40000 and 80, sequence, acknowledgement; 6 words, CWR and SYN; window, checksum, urgent; MSS 1460;
// "hi"
const auto kSegment = from_hex("9c40 0050 ee6b2800 01020304 60 82 faf0 abcd 0011 020405b4 6869");

const Ends kEnds4{.source = Ipv4Address{10, 0, 0, 2}, .destination = Ipv4Address{10, 0, 0, 1}};
const Ends kEnds6{.source = Ipv6Address::from_bytes(from_hex("fd000000000000000000000000000002")),
                  .destination = Ipv6Address::from_bytes(from_hex("fd000000000000000000000000000001"))};

// ports 40000 and 33434, length 13, checksum; "probe"; from 10.0.0.2 to 10.0.0.1, from fd00::2 to fd00::1
const auto kProbe4 = from_hex("9c40 829a 000d 8821 70726f6265");
const auto kProbe6 = from_hex("9c40 829a 000d a21f 70726f6265");

// ports 40000 and 80, sequence 1000; 6 words, SYN, window 1024, MSS 1460; 5 words, SYN, "hi"
const auto kSyn4 = from_hex("9c40 0050 000003e8 00000000 60 02 0400 dfab 0000 020405b4");
const auto kSyn6 = from_hex("9c40 0050 000003e8 00000000 50 02 0400 a8fa 0000 6869");

Ends reversed(const Ends& ends) {
    return {.source = ends.destination, .destination = ends.source};
}

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

TEST_CASE("a verified UDP datagram gives the same fields over both versions") {
    for (const auto& udp : {parse_udp(kProbe4, kEnds4), parse_udp(kProbe6, kEnds6)}) {
        REQUIRE(udp);
        CHECK(udp->source_port == 40000);
        CHECK(udp->destination_port == 33434);
        CHECK(udp->length == 13);
    }
}

TEST_CASE("verified, a UDP datagram that is cut off is refused") {
    const auto check = [](Bytes whole, const Ends& ends) {
        tunlab::test::for_each_truncation(whole, [&ends](Bytes part) {
            const auto udp = parse_udp(part, ends);
            REQUIRE_FALSE(udp);
            CHECK(udp.error() == (part.size() < kUdpHeaderSize ? Defect::Truncated : Defect::BadLength));
        });
    };
    check(kProbe4, kEnds4);
    check(kProbe6, kEnds6);
}

TEST_CASE("verified, every change of one byte of a UDP datagram is noticed") {
    const auto check = [](Bytes whole, const Ends& ends) {
        tunlab::test::for_each_byte_change(whole, [&ends](Bytes changed, std::size_t index) {
            const auto udp = parse_udp(changed, ends);
            REQUIRE_FALSE(udp);
            const auto length = tunlab::load_be16(changed, 4);
            const bool bad_length = index == 4 || (index == 5 && (length < 8 || length > 13));
            // over IPv6 a length of 0 is all there is, and the checksum is of another length
            const bool stands_for_all = length == 0 && ends.source.family() == tunlab::Family::V6;
            REQUIRE(udp.error() == (bad_length && !stands_for_all ? Defect::BadLength : Defect::BadChecksum));
        });
    };
    check(kProbe4, kEnds4);
    check(kProbe6, kEnds6);
}

TEST_CASE("a checksum of 0 is none: RFC 768 allows it, RFC 8200 does not") {
    auto datagram = kProbe4;
    tunlab::store_be16(datagram, 6, 0);
    CHECK(parse_udp(datagram, kEnds4));
    REQUIRE_FALSE(parse_udp(datagram, kEnds6));
    CHECK(parse_udp(datagram, kEnds6).error() == Defect::BadChecksum);
    // without a checksum nothing covers the data, but the length is still looked at
    datagram.pop_back();
    CHECK(parse_udp(datagram, kEnds4).error() == Defect::BadLength);
}

TEST_CASE("a UDP checksum that comes to 0 is sent as ffff") {
    // ports 40000 and 33434, length 10, ffff, two bytes that make it so
    const auto datagram = from_hex("9c40 829a 000a ffff ccfc");
    CHECK(parse_udp(datagram, kEnds4));
}

TEST_CASE("bytes behind the stated length are not the datagram's, and no checksum covers them") {
    CHECK(parse_udp(tunlab::test::join(kProbe4, from_hex("dead")), kEnds4)->length == 13);
    CHECK(parse_udp(tunlab::test::join(kProbe6, from_hex("be")), kEnds6)->length == 13);
}

TEST_CASE("a UDP length of 0 stands for all of the bytes over IPv6 only") {
    const auto datagram = from_hex("9c40 829a 0000 a22c 70726f6265");
    const auto udp = parse_udp(datagram, kEnds6);
    REQUIRE(udp);
    CHECK(udp->length == 13);
    CHECK(parse_udp(datagram, kEnds4).error() == Defect::BadLength);
}

TEST_CASE("a UDP checksum covers both addresses") {
    // to exchange them changes no sum
    CHECK(parse_udp(kProbe4, reversed(kEnds4)));
    CHECK_FALSE(parse_udp(kProbe4, {kEnds4.source, kEnds4.source}));
    CHECK_FALSE(parse_udp(kProbe4, {kEnds4.destination, kEnds4.destination}));
    CHECK_FALSE(parse_udp(kProbe6, {kEnds6.source, kEnds6.source}));
    CHECK_FALSE(parse_udp(kProbe6, {kEnds6.destination, kEnds6.destination}));
}

TEST_CASE("a verified TCP segment gives the same fields as an unverified one") {
    const auto with_option = parse_tcp(kSyn4, kEnds4);
    REQUIRE(with_option);
    CHECK(with_option->sequence == 1000);
    CHECK(with_option->flags == tunlab::kTcpSyn);
    CHECK(same_bytes(with_option->options, from_hex("020405b4")));
    CHECK(with_option->data.empty());
    const auto with_data = parse_tcp(kSyn6, kEnds6);
    REQUIRE(with_data);
    CHECK(with_data->options.empty());
    CHECK(same_bytes(with_data->data, from_hex("6869")));
}

TEST_CASE("verified, a TCP segment that is cut off is refused") {
    const auto check = [](Bytes whole, const Ends& ends, std::size_t header_size) {
        tunlab::test::for_each_truncation(whole, [&ends, header_size](Bytes part) {
            const auto tcp = parse_tcp(part, ends);
            REQUIRE_FALSE(tcp);
            CHECK(tcp.error() == (part.size() < kTcpMinHeaderSize ? Defect::Truncated
                                  : part.size() < header_size     ? Defect::BadHeaderLength
                                                                  : Defect::BadChecksum));
        });
    };
    check(kSyn4, kEnds4, 24);
    check(kSyn6, kEnds6, 20);
}

TEST_CASE("verified, every change of one byte of a TCP segment is noticed") {
    const auto check = [](Bytes whole, const Ends& ends) {
        tunlab::test::for_each_byte_change(whole, [&ends](Bytes changed, std::size_t) {
            const auto tcp = parse_tcp(changed, ends);
            REQUIRE_FALSE(tcp);
            const unsigned words = changed[12] >> 4;
            const bool fits = words >= 5 && words * 4 <= changed.size();
            REQUIRE(tcp.error() == (fits ? Defect::BadChecksum : Defect::BadHeaderLength));
        });
    };
    check(kSyn4, kEnds4);
    check(kSyn6, kEnds6);
    // bytes behind the data are covered, too
    CHECK_FALSE(parse_tcp(tunlab::test::join(kSyn6, from_hex("00")), kEnds6));
    CHECK_FALSE(parse_tcp(kSyn4, {kEnds4.source, kEnds4.source}));
    CHECK_FALSE(parse_tcp(kSyn6, {kEnds6.destination, kEnds6.destination}));
}

TEST_CASE("write_tcp_header writes twenty bytes and nothing more") {
    // ports 80 and 40000, acknowledges 1001; 5 words, RST and ACK
    const TcpHeader reset{.source_port = 80,
                          .destination_port = 40000,
                          .acknowledgement = 1001,
                          .flags = tunlab::kTcpRst | tunlab::kTcpAck};
    tunlab::test::GuardedBuffer out(64);
    write_tcp_header(out.inside(), reset, reversed(kEnds4));
    CHECK(out.untouched_but(kTcpMinHeaderSize));
    CHECK(same_bytes(out.inside().first(kTcpMinHeaderSize),
                     from_hex("0050 9c40 00000000 000003e9 50 14 0000 fb54 0000")));
    write_tcp_header(out.inside(), reset, reversed(kEnds6));
    CHECK(out.untouched_but(kTcpMinHeaderSize));
    CHECK(same_bytes(out.inside().first(kTcpMinHeaderSize),
                     from_hex("0050 9c40 00000000 000003e9 50 14 0000 1553 0000")));
}

TEST_CASE("what write_tcp_header writes, parse_tcp reads") {
    const TcpHeader header{.source_port = 0x1234,
                           .destination_port = 0x5678,
                           .sequence = 0x9abcdef0,
                           .acknowledgement = 0x01020304,
                           .flags = 0xff,
                           .window = 0xfedc,
                           .urgent_pointer = 0xba98};
    tunlab::test::GuardedBuffer out(kTcpMinHeaderSize);
    write_tcp_header(out.inside(), header, kEnds4);
    CHECK(same_bytes(out.inside(), from_hex("1234 5678 9abcdef0 01020304 50 ff fedc fb0d ba98")));
    const auto read = parse_tcp(out.inside(), kEnds4);
    REQUIRE(read);
    CHECK(read->source_port == header.source_port);
    CHECK(read->destination_port == header.destination_port);
    CHECK(read->sequence == header.sequence);
    CHECK(read->acknowledgement == header.acknowledgement);
    CHECK(read->flags == header.flags);
    CHECK(read->window == header.window);
    CHECK(read->urgent_pointer == header.urgent_pointer);
    CHECK(read->options.empty());
    CHECK(read->data.empty());
}

TEST_CASE("parse_ports needs no more than the ports") {
    CHECK(tunlab::parse_ports(from_hex("03e8 07d0"))->source == 1000);
    CHECK(tunlab::parse_ports(from_hex("03e8 07d0"))->destination == 2000);
    CHECK(tunlab::parse_ports(from_hex("03e8 07")).error() == Defect::Truncated);
}

TEST_CASE("parse_udp_lenient takes any length, parse_tcp_lenient any data offset") {
    CHECK(tunlab::parse_udp_lenient(from_hex("03e8 07d0 0007 0000"))->length == 7);
    CHECK(tunlab::parse_udp_lenient(from_hex("03e8 07d0 0007 00")).error() == Defect::Truncated);
    for (unsigned words = 0; words < 16; ++words) {
        auto segment = kSegment;
        segment[12] = static_cast<std::uint8_t>(words << 4);
        const auto tcp = tunlab::parse_tcp_lenient(segment);
        REQUIRE(tcp);
        CHECK(tunlab::tcp_header_size(segment) == 4 * words);
        CHECK(tcp->flags == 0x82);
        CHECK(kTcpMinHeaderSize + tcp->options.size() + tcp->data.size() == segment.size());
    }
    CHECK(tunlab::parse_tcp_lenient(Bytes(kSegment).first(19)).error() == Defect::Truncated);
}
