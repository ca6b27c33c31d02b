#include "tunlab/wire/ipv4.hpp"

#include "tunlab/wire/checksum.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "support.hpp"
#include <doctest/doctest.h>

using tunlab::Bytes;
using tunlab::Defect;
using tunlab::Ipv4Packet;
using tunlab::kIpv4MinHeaderSize;
using tunlab::parse_ipv4;
using tunlab::parse_ipv4_lenient;
using tunlab::parse_ipv4_unverified;
using tunlab::write_ipv4_header;
using tunlab::test::from_hex;
using tunlab::test::same_bytes;

namespace {

// version 4, header 20, tos 0xb8, total length 23; id 0x1234, DF; ttl 64, ICMP; 10.0.1.1 to 10.0.1.2; "abc"
const auto kPacket = from_hex("45b80017 12344000 400111f8 0a000101 0a000102 616263");

// header 24 with the options NOP NOP NOP EOL, total length 26, more fragments at 1480; two bytes
const auto kFragmentWithOptions = from_hex("4600001a 000120b9 40114116 0a000101 0a000102 01010100 7879");

/// The packet with a right header checksum, whatever was changed in it.
std::vector<std::uint8_t> with_checksum(std::vector<std::uint8_t> packet, std::size_t header_size) {
    tunlab::store_be16(packet, 10, 0);
    tunlab::store_be16(packet, 10, tunlab::InternetChecksum().add(Bytes(packet).first(header_size)).value());
    return packet;
}

}  // namespace

TEST_CASE("parse_ipv4 gives a datagram's fields") {
    const auto ip = parse_ipv4(kPacket);
    REQUIRE(ip);
    CHECK(ip->tos == 0xb8);
    CHECK(ip->identification == 0x1234);
    CHECK(ip->dont_fragment);
    CHECK_FALSE(ip->more_fragments);
    CHECK_FALSE(ip->is_fragment());
    CHECK(ip->ttl == 64);
    CHECK(ip->protocol == tunlab::kProtocolIcmp);
    CHECK(ip->source.to_string() == "10.0.1.1");
    CHECK(ip->destination.to_string() == "10.0.1.2");
    CHECK(ip->options.empty());
    CHECK(same_bytes(ip->payload, from_hex("616263")));
}

TEST_CASE("parse_ipv4 tells options from payload and counts the fragment offset in bytes") {
    const auto ip = parse_ipv4(kFragmentWithOptions);
    REQUIRE(ip);
    CHECK(same_bytes(ip->options, from_hex("01010100")));
    CHECK(same_bytes(ip->payload, from_hex("7879")));
    CHECK_FALSE(ip->dont_fragment);
    CHECK(ip->more_fragments);
    CHECK(ip->fragment_offset == 1480);
    CHECK(ip->is_fragment());
}

TEST_CASE("a last fragment is a fragment, as is a first one") {
    auto packet = kPacket;
    tunlab::store_be16(packet, 6, 0x0001);
    CHECK(parse_ipv4_unverified(packet)->is_fragment());
    CHECK(parse_ipv4_unverified(packet)->fragment_offset == 8);
    tunlab::store_be16(packet, 6, 0x2000);
    CHECK(parse_ipv4_unverified(packet)->is_fragment());
    tunlab::store_be16(packet, 6, 0x1fff);
    CHECK(parse_ipv4_unverified(packet)->fragment_offset == 65528);
    // the reserved bit (RFC 3514) means nothing
    tunlab::store_be16(packet, 6, 0x8000);
    CHECK_FALSE(parse_ipv4_unverified(packet)->is_fragment());
}

TEST_CASE("bytes behind the total length are not the datagram's") {
    // Ethernet pads short frames
    const auto padded = tunlab::test::join(kPacket, from_hex("deadbeef"));
    const auto ip = parse_ipv4(padded);
    REQUIRE(ip);
    CHECK(same_bytes(ip->payload, from_hex("616263")));
}

TEST_CASE("parse_ipv4 refuses a datagram that is cut off anywhere") {
    for (const auto& packet : {kPacket, kFragmentWithOptions}) {
        tunlab::test::for_each_truncation(packet, [&packet](Bytes part) {
            const auto ip = parse_ipv4(part);
            REQUIRE_FALSE(ip);
            const std::size_t header_size = static_cast<std::size_t>(packet[0] & 0x0f) * 4;
            const Defect expected = part.size() < kIpv4MinHeaderSize ? Defect::Truncated
                                    : part.size() < header_size      ? Defect::BadHeaderLength
                                                                     : Defect::BadLength;
            CHECK(ip.error() == expected);
            REQUIRE_FALSE(parse_ipv4_unverified(part));
            CHECK(parse_ipv4_unverified(part).error() == expected);
        });
    }
}

TEST_CASE("parse_ipv4 notices every change of one byte of the header, and none behind it") {
    for (const auto& packet : {kPacket, kFragmentWithOptions}) {
        const std::size_t header_size = static_cast<std::size_t>(packet[0] & 0x0f) * 4;
        tunlab::test::for_each_byte_change(packet, [header_size](Bytes changed, std::size_t index) {
            REQUIRE(static_cast<bool>(parse_ipv4(changed)) == (index >= header_size));
        });
    }
}

TEST_CASE("the unverified parser never gives more than the bytes hold") {
    for (const auto& packet : {kPacket, kFragmentWithOptions}) {
        tunlab::test::for_each_byte_change(packet, [](Bytes changed, std::size_t) {
            const auto ip = parse_ipv4_unverified(changed);
            if (!ip) return;
            REQUIRE(kIpv4MinHeaderSize + ip->options.size() + ip->payload.size() <= changed.size());
            REQUIRE(ip->fragment_offset % 8 == 0);
        });
    }
}

TEST_CASE("the first defect in the header's order is the one that is told") {
    auto packet = kPacket;
    packet[0] = 0x65;
    CHECK(parse_ipv4(packet).error() == Defect::BadVersion);
    // header length 16
    packet[0] = 0x44;
    CHECK(parse_ipv4(packet).error() == Defect::BadHeaderLength);
    // header length 24, one more than there is
    packet[0] = 0x46;
    CHECK(parse_ipv4(packet).error() == Defect::BadHeaderLength);
    packet[0] = 0x45;
    // total length 19: less than the header
    tunlab::store_be16(packet, 2, 19);
    CHECK(parse_ipv4(packet).error() == Defect::BadLength);
    tunlab::store_be16(packet, 2, 24);
    CHECK(parse_ipv4(packet).error() == Defect::BadLength);
    tunlab::store_be16(packet, 2, 0);
    CHECK(parse_ipv4(packet).error() == Defect::BadLength);
    tunlab::store_be16(packet, 2, 22);
    CHECK(parse_ipv4(packet).error() == Defect::BadChecksum);
    CHECK(parse_ipv4_unverified(packet)->payload.size() == 2);
    CHECK(parse_ipv4(with_checksum(packet, 20))->payload.size() == 2);
}

TEST_CASE("parse_ipv4 takes a datagram that is all header") {
    auto packet = std::vector(kPacket.begin(), kPacket.begin() + 20);
    tunlab::store_be16(packet, 2, 20);
    CHECK(parse_ipv4(with_checksum(packet, 20))->payload.empty());
    // header length 60, all of it options: as long as a header gets
    std::vector<std::uint8_t> longest(60, 0x01);
    std::copy(packet.begin(), packet.end(), longest.begin());
    longest[0] = 0x4f;
    tunlab::store_be16(longest, 2, 60);
    const auto checked = with_checksum(longest, 60);
    const auto ip = parse_ipv4(checked);
    REQUIRE(ip);
    CHECK(ip->options.size() == 40);
    CHECK(ip->payload.empty());
}

TEST_CASE("parse_ipv4 takes the largest datagram there is") {
    std::vector<std::uint8_t> packet(65535, 0x5a);
    std::copy(kPacket.begin(), kPacket.begin() + 20, packet.begin());
    tunlab::store_be16(packet, 2, 65535);
    CHECK(parse_ipv4(with_checksum(packet, 20))->payload.size() == 65515);
}

TEST_CASE("write_ipv4_header writes twenty bytes and nothing more") {
    tunlab::test::GuardedBuffer out(64);
    write_ipv4_header(out.inside(), *parse_ipv4(kPacket), 3);
    CHECK(out.untouched_but(kIpv4MinHeaderSize));
    CHECK(same_bytes(out.inside().first(kIpv4MinHeaderSize), Bytes(kPacket).first(kIpv4MinHeaderSize)));
}

TEST_CASE("write_ipv4_header writes the options behind the fixed header, and its length with them") {
    // header 28: a full record route and an end-of-options; total length 30, id 0x1234, DF; 10.0.0.2
    // to 10.0.0.1
    const auto whole = from_hex("4700001e 12344000 400103a2 0a000002 0a000001 07 07 08 00000000 00 7879");
    const auto packet = parse_ipv4(whole);
    REQUIRE(packet);
    CHECK(tunlab::ipv4_header_size(*packet) == 28);
    tunlab::test::GuardedBuffer out(64);
    write_ipv4_header(out.inside(), *packet, 2);
    CHECK(out.untouched_but(28));
    CHECK(same_bytes(out.inside().first(28), Bytes(whole).first(28)));
}

TEST_CASE("options of every size that a header can have are written and read") {
    for (std::size_t size = 0; size <= 40; size += 4) {
        CAPTURE(size);
        std::vector<std::uint8_t> options(size);
        for (std::size_t i = 0; i < size; ++i)
            options[i] = static_cast<std::uint8_t>(i * 7 + 1);
        Ipv4Packet packet = *parse_ipv4(kPacket);
        packet.options = options;
        CHECK(tunlab::ipv4_header_size(packet) == kIpv4MinHeaderSize + size);
        tunlab::test::GuardedBuffer out(kIpv4MinHeaderSize + size + 3);
        write_ipv4_header(out.inside(), packet, 3);
        CHECK(out.untouched_but(kIpv4MinHeaderSize + size));
        const auto read = parse_ipv4(out.inside());
        REQUIRE(read);
        CHECK(same_bytes(read->options, options));
        CHECK(read->payload.size() == 3);
        CHECK(read->destination == packet.destination);
    }
}

TEST_CASE("what write_ipv4_header writes, parse_ipv4 reads") {
    const std::array<Ipv4Packet, 3> packets{{
        {.tos = 0xff,
         .identification = 0xffff,
         .dont_fragment = true,
         .ttl = 255,
         .protocol = 255,
         .source = {255, 255, 255, 255},
         .destination = {1, 2, 3, 4},
         .options = {},
         .payload = {}},
        {.more_fragments = true,
         .fragment_offset = 65528,
         .source = {},
         .destination = {},
         .options = {},
         .payload = {}},
        {.fragment_offset = 8,
         .ttl = 1,
         .protocol = 17,
         .source = {10, 0, 0, 1},
         .destination = {10, 0, 0, 2},
         .options = {},
         .payload = {}},
    }};
    for (const auto& packet : packets) {
        tunlab::test::GuardedBuffer out(kIpv4MinHeaderSize + 5);
        write_ipv4_header(out.inside(), packet, 5);
        const auto read = parse_ipv4(out.inside());
        REQUIRE(read);
        CHECK(read->tos == packet.tos);
        CHECK(read->identification == packet.identification);
        CHECK(read->dont_fragment == packet.dont_fragment);
        CHECK(read->more_fragments == packet.more_fragments);
        CHECK(read->fragment_offset == packet.fragment_offset);
        CHECK(read->ttl == packet.ttl);
        CHECK(read->protocol == packet.protocol);
        CHECK(read->source == packet.source);
        CHECK(read->destination == packet.destination);
        CHECK(read->payload.size() == 5);
    }
}

TEST_CASE("write_ipv4_header can state the largest length") {
    tunlab::test::GuardedBuffer out(kIpv4MinHeaderSize);
    write_ipv4_header(out.inside(), *parse_ipv4(kPacket), 65515);
    CHECK(tunlab::load_be16(out.inside(), 2) == 65535);
    CHECK(tunlab::InternetChecksum().add(out.inside()).value() == 0);
}

TEST_CASE("parse_ipv4_lenient describes every packet of twenty bytes or more as far as it goes") {
    for (const auto& packet : {kPacket, kFragmentWithOptions}) {
        tunlab::test::for_each_truncation(packet, [&packet](Bytes part) {
            const auto ip = parse_ipv4_lenient(part);
            REQUIRE(static_cast<bool>(ip) == (part.size() >= kIpv4MinHeaderSize));
            if (!ip) return;
            CHECK(ip->protocol == packet[9]);
            CHECK(kIpv4MinHeaderSize + ip->options.size() + ip->payload.size() == part.size());
        });
        tunlab::test::for_each_byte_change(packet, [](Bytes changed, std::size_t) {
            const auto ip = parse_ipv4_lenient(changed);
            REQUIRE(ip);
            REQUIRE(kIpv4MinHeaderSize + ip->options.size() + ip->payload.size() <= changed.size());
        });
    }
}

TEST_CASE("ipv4_header_size and ipv4_total_size say what a header states of itself") {
    const auto header = from_hex("4f00 ffff 0000 0000 0000 0000 00000000 00000000");
    CHECK(tunlab::ipv4_header_size(header) == 60);
    CHECK(tunlab::ipv4_total_size(header) == 65535);
}

TEST_CASE("lower_ipv4_ttl ages a packet as routers do, with a right checksum, and not below 0") {
    for (const auto& packet : {kPacket, kFragmentWithOptions}) {
        for (const std::size_t hops : {0U, 1U, 3U, 255U, 1000U}) {
            auto aged = packet;
            tunlab::lower_ipv4_ttl(aged, hops);
            const auto ip = parse_ipv4(aged);
            REQUIRE(ip);
            CHECK(ip->ttl == packet[8] - std::min<std::size_t>(hops, packet[8]));
            CHECK(same_bytes(Bytes(aged).subspan(12), Bytes(packet).subspan(12)));
        }
    }
}
