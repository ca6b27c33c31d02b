#include "tunlab/wire/fragmentation.hpp"

#include "tunlab/wire/ipv4.hpp"
#include "tunlab/wire/ipv6.hpp"
#include "tunlab/wire/reassembly.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include "support.hpp"
#include <doctest/doctest.h>

using tunlab::Bytes;
using tunlab::Ipv4Fragments;
using tunlab::Ipv6Fragments;
using tunlab::LinkDestination;
using tunlab::test::from_hex;
using tunlab::test::same_bytes;

namespace {

using Packets = std::vector<std::vector<std::uint8_t>>;

template <typename Fragments>
Packets written(const Fragments& fragments, std::uint8_t fill = 0xa5) {
    Packets out;
    for (std::size_t i = 0; i < fragments.count(); ++i) {
        out.emplace_back(fragments.size(i), fill);
        fragments.write(out.back(), i);
    }
    return out;
}

std::vector<std::uint8_t> payload(std::size_t size) {
    std::vector<std::uint8_t> bytes(size);
    for (std::size_t i = 0; i < size; ++i) {
        bytes[i] = static_cast<std::uint8_t>(i * 7 + (i >> 8));
    }
    return bytes;
}

std::vector<std::uint8_t> ipv4(std::size_t payload_size, Bytes options = {}) {
    const auto data = payload(payload_size);
    tunlab::Ipv4Packet packet{.tos = 0xb8,
                              .identification = 0xbeef,
                              .ttl = 64,
                              .protocol = 1,
                              .source = {10, 0, 0, 1},
                              .destination = {10, 0, 0, 2},
                              .options = options};
    std::vector<std::uint8_t> out(tunlab::ipv4_header_size(packet) + data.size());
    tunlab::write_ipv4_header(out, packet, data.size());
    std::ranges::copy(data, out.end() - static_cast<std::ptrdiff_t>(data.size()));
    return out;
}

std::vector<std::uint8_t> ipv6(std::size_t payload_size) {
    const auto data = payload(payload_size);
    std::vector<std::uint8_t> out(tunlab::kIpv6HeaderSize + data.size());
    tunlab::write_ipv6_header(out,
                              {.traffic_class = 0xb8,
                               .flow_label = 0x12345,
                               .next_header = 58,
                               .hop_limit = 64,
                               .source = tunlab::parse_ip_address("fd00::1")->v6(),
                               .destination = tunlab::parse_ip_address("fd00::2")->v6()},
                              data.size());
    std::ranges::copy(data, out.begin() + tunlab::kIpv6HeaderSize);
    return out;
}

}  // namespace

TEST_CASE("an IPv4 datagram is cut at multiples of eight bytes") {
    // IP (tos 0xb8, ttl 64, id 48879) 10.0.0.1 > 10.0.0.2: ICMP, 50 bytes of payload
    const auto whole = ipv4(50);
    REQUIRE(whole.size() == 70);
    const auto pieces = written(Ipv4Fragments(whole, 69));
    REQUIRE(pieces.size() == 2);
    // id 48879, offset 0, flags [+], 48 bytes of payload
    CHECK(
        same_bytes(Bytes(pieces[0]).first(20), from_hex("45b8 0044 beef 2000 4001 870f 0a000001 0a000002")));
    CHECK(same_bytes(Bytes(pieces[0]).subspan(20), Bytes(whole).subspan(20, 48)));
    // id 48879, offset 48, flags [none], 2 bytes
    CHECK(
        same_bytes(Bytes(pieces[1]).first(20), from_hex("45b8 0016 beef 0006 4001 a737 0a000001 0a000002")));
    CHECK(same_bytes(Bytes(pieces[1]).subspan(20), Bytes(whole).subspan(68)));
}

TEST_CASE("options without the copy bit are no-operations in all fragments but the first") {
    // record route (07, not copied), stream id (88, copied), an unknown one (1e, not copied), nop
    const auto whole = ipv4(80, from_hex("070704 0a000001 88040001 1e04abcd 01"));
    const auto pieces = written(Ipv4Fragments(whole, 100));
    REQUIRE(pieces.size() == 2);
    CHECK(same_bytes(Bytes(pieces[0]).subspan(20, 16), from_hex("070704 0a000001 88040001 1e04abcd 01")));
    CHECK(same_bytes(Bytes(pieces[1]).subspan(20, 16), from_hex("010101 01010101 88040001 01010101 01")));
    CHECK(tunlab::parse_ipv4(pieces[1]));
}

TEST_CASE("an IPv6 datagram is cut behind its header") {
    const auto whole = ipv6(1300);
    const auto pieces = written(Ipv6Fragments(whole, 1280, 0x01020304));
    REQUIRE(pieces.size() == 2);
    CHECK(pieces[0].size() == 1280);
    // class 0xb8, flowlabel 0x12345, payload length 1240, next header fragment, hlim 64
    CHECK(same_bytes(Bytes(pieces[0]).first(8), from_hex("6b812345 04d8 2c 40")));
    // next header 58, offset 0, more, id 0x01020304
    CHECK(same_bytes(Bytes(pieces[0]).subspan(40, 8), from_hex("3a 00 0001 01020304")));
    CHECK(same_bytes(Bytes(pieces[0]).subspan(48), Bytes(whole).subspan(40, 1232)));
    CHECK(same_bytes(Bytes(pieces[1]).first(8), from_hex("6b812345 004c 2c 40")));
    // offset 1232, no more
    CHECK(same_bytes(Bytes(pieces[1]).subspan(40, 8), from_hex("3a 00 04d0 01020304")));
    CHECK(same_bytes(Bytes(pieces[1]).subspan(48), Bytes(whole).subspan(1272)));
}

TEST_CASE("every byte of a fragment is written, whatever stood in its place") {
    const auto whole = ipv4(200, from_hex("070704 0a000001 01"));
    CHECK(written(Ipv4Fragments(whole, 68), 0x00) == written(Ipv4Fragments(whole, 68), 0xff));
    const auto whole6 = ipv6(2000);
    CHECK(written(Ipv6Fragments(whole6, 1280, 1), 0x00) == written(Ipv6Fragments(whole6, 1280, 1), 0xff));
}

TEST_CASE("what was cut and is put together in any order is what it was") {
    std::mt19937 random(20261123);
    for (const std::size_t mtu : {68U, 100U, 576U, 1280U, 1500U, 9000U, 65535U}) {
        for (const std::size_t size : {1U, 7U, 8U, 9U, 48U, 49U, 1480U, 1481U, 4000U, 9000U, 65475U}) {
            CAPTURE(mtu);
            CAPTURE(size);
            for (const auto& whole : {ipv4(size), ipv4(size, from_hex("88040001 88040001")), ipv6(size)}) {
                const bool v4 = whole[0] >> 4 == 4;
                if (whole.size() <= mtu || (!v4 && mtu < 1280)) continue;
                auto pieces = v4 ? written(Ipv4Fragments(whole, mtu)) : written(Ipv6Fragments(whole, mtu, 9));
                REQUIRE(std::ranges::all_of(pieces, [&](const auto& piece) { return piece.size() <= mtu; }));
                std::ranges::shuffle(pieces, random);
                tunlab::Reassembler reassembler;
                tunlab::Reassembled result;
                for (const auto& piece : pieces) {
                    REQUIRE(result.outcome != tunlab::FragmentOutcome::Complete);
                    result = v4 ? reassembler.add_ipv4(piece, LinkDestination::Unicast, {})
                                : reassembler.add_ipv6(piece, 40, 6, LinkDestination::Unicast, {});
                }
                REQUIRE(result.outcome == tunlab::FragmentOutcome::Complete);
                REQUIRE(same_bytes(result.datagram, whole));
            }
        }
    }
}
