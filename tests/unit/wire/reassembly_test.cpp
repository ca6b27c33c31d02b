#include "tunlab/wire/reassembly.hpp"

#include "tunlab/wire/ipv4.hpp"
#include "tunlab/wire/ipv6.hpp"
#include "tunlab/wire/ipv6_extension.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <random>
#include <vector>

#include "support.hpp"
#include <doctest/doctest.h>

using tunlab::Bytes;
using tunlab::FragmentOutcome;
using tunlab::LinkDestination;
using tunlab::Reassembler;
using tunlab::test::from_hex;
using tunlab::test::same_bytes;
using namespace std::chrono_literals;

namespace {

constexpr Reassembler::Time kStart{1h};

/// 48 bytes: 00 01 02 ... 2f
std::vector<std::uint8_t> payload() {
    std::vector<std::uint8_t> bytes(48);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::uint8_t>(i);
    }
    return bytes;
}

struct Piece {
    std::size_t begin = 0;
    std::size_t end = 0;
    bool more = true;
    std::uint16_t identification = 7;
    std::uint8_t tos = 0;
    std::uint8_t protocol = 253;
    bool dont_fragment = false;
};

std::vector<std::uint8_t> ipv4(const Piece& piece) {
    const auto data = payload();
    const Bytes part = Bytes(data).subspan(piece.begin, piece.end - piece.begin);
    std::vector<std::uint8_t> out(tunlab::kIpv4MinHeaderSize + part.size());
    tunlab::write_ipv4_header(out,
                              {.tos = piece.tos,
                               .identification = piece.identification,
                               .dont_fragment = piece.dont_fragment,
                               .more_fragments = piece.more,
                               .fragment_offset = static_cast<std::uint16_t>(piece.begin),
                               .ttl = 64,
                               .protocol = piece.protocol,
                               .source = {10, 0, 0, 1},
                               .destination = {10, 0, 0, 2}},
                              part.size());
    std::ranges::copy(part, out.begin() + tunlab::kIpv4MinHeaderSize);
    return out;
}

/// A datagram's three pieces.
const auto kOne = ipv4({0, 16});
const auto kTwo = ipv4({16, 32});
const auto kThree = ipv4({32, 48, false});

/// What becomes of the last of `packets`.
FragmentOutcome last_of(const std::vector<std::vector<std::uint8_t>>& packets) {
    Reassembler reassembler;
    FragmentOutcome outcome{};
    for (const auto& packet : packets) {
        outcome = reassembler.add_ipv4(packet, LinkDestination::Unicast, kStart).outcome;
        REQUIRE((reassembler.bytes_kept() == 0) == (reassembler.datagrams_kept() == 0));
    }
    return outcome;
}

// IP6 fd00::1 > fd00::2: HBH (padn) frag (0|16) and frag (16|8), id 0x01020304, next header 253
const auto kFirst6 =
    from_hex("6b812345 0020 00 40 fd000000000000000000000000000001 fd000000000000000000000000000002"
             "2c 00 0104 00000000  fd 00 0001 01020304  000102030405060708090a0b0c0d0e0f");
const auto kLast6 =
    from_hex("60000000 0018 00 40 fd000000000000000000000000000001 fd000000000000000000000000000002"
             "2c 00 0104 00000000  00 00 0010 01020304  1011121314151617");

}  // namespace

TEST_CASE("three fragments in any order are one datagram, with the first one's header made right") {
    // IP (ttl 64, id 7) 10.0.0.1 > 10.0.0.2: ip-proto-253, 48 bytes
    const auto expected =
        tunlab::test::join(from_hex("4500 0044 0007 0000 40fd 65b4 0a000001 0a000002"), payload());
    std::array<std::vector<std::uint8_t>, 3> pieces{kOne, kTwo, kThree};
    std::ranges::sort(pieces);
    do {
        Reassembler reassembler;
        CHECK(reassembler.add_ipv4(pieces[0], LinkDestination::Unicast, kStart).outcome ==
              FragmentOutcome::Held);
        CHECK(reassembler.add_ipv4(pieces[1], LinkDestination::Unicast, kStart).outcome ==
              FragmentOutcome::Held);
        const auto result = reassembler.add_ipv4(pieces[2], LinkDestination::Unicast, kStart);
        REQUIRE(result.outcome == FragmentOutcome::Complete);
        CHECK(same_bytes(result.datagram, expected));
        CHECK(reassembler.bytes_kept() == 0);
    } while (std::ranges::next_permutation(pieces).found);
}

TEST_CASE("whom a datagram was for, the frame of its first fragment says, whenever that came") {
    for (const LinkDestination first : {LinkDestination::Unicast, LinkDestination::Group}) {
        const LinkDestination others =
            first == LinkDestination::Unicast ? LinkDestination::Group : LinkDestination::Unicast;
        Reassembler reassembler;
        (void)reassembler.add_ipv4(kTwo, others, kStart);
        (void)reassembler.add_ipv4(kOne, first, kStart);
        CHECK(reassembler.add_ipv4(kThree, others, kStart).link_destination == first);
        (void)reassembler.add_ipv6(kLast6, 48, 40, others, kStart);
        CHECK(reassembler.add_ipv6(kFirst6, 48, 40, first, kStart).link_destination == first);
    }
}

TEST_CASE(
    "a datagram is given up when 64 fragments more of its source come between: its number may be another's") {
    for (const unsigned between : {63U, 64U}) {
        CAPTURE(between);
        Reassembler reassembler;
        (void)reassembler.add_ipv4(kOne, LinkDestination::Unicast, kStart);
        (void)reassembler.add_ipv4(kTwo, LinkDestination::Unicast, kStart);
        for (unsigned i = 0; i < between; ++i) {
            const auto other = ipv4({0, 16, true, static_cast<std::uint16_t>(100 + i)});
            REQUIRE(reassembler.add_ipv4(other, LinkDestination::Unicast, kStart).outcome ==
                    FragmentOutcome::Held);
        }
        const auto outcome = reassembler.add_ipv4(kThree, LinkDestination::Unicast, kStart).outcome;
        CHECK(outcome == (between < 64 ? FragmentOutcome::Complete : FragmentOutcome::Held));
        if (between < 64) continue;
        // It begins anew, with the fragment that has just come.
        (void)reassembler.add_ipv4(kTwo, LinkDestination::Unicast, kStart);
        CHECK(reassembler.add_ipv4(kOne, LinkDestination::Unicast, kStart).outcome ==
              FragmentOutcome::Complete);
    }
}

TEST_CASE("IPv6 fragments lose the fragment header, and the header before names what follows") {
    Reassembler reassembler;
    CHECK(reassembler.add_ipv6(kLast6, 48, 40, LinkDestination::Unicast, kStart).outcome ==
          FragmentOutcome::Held);
    const auto result = reassembler.add_ipv6(kFirst6, 48, 40, LinkDestination::Unicast, kStart);
    REQUIRE(result.outcome == FragmentOutcome::Complete);
    CHECK(same_bytes(
        result.datagram,
        from_hex("6b812345 0020 00 40 fd000000000000000000000000000001 fd000000000000000000000000000002"
                 "fd 00 0104 00000000  000102030405060708090a0b0c0d0e0f1011121314151617")));
}

TEST_CASE("a fragment whose bytes are all there is a duplicate, and changes nothing") {
    CHECK(last_of({kOne, kOne}) == FragmentOutcome::Duplicate);
    CHECK(last_of({kOne, kThree, kThree}) == FragmentOutcome::Duplicate);
    CHECK(last_of({ipv4({0, 32}), ipv4({8, 16})}) == FragmentOutcome::Duplicate);
    CHECK(last_of({kOne, kTwo, ipv4({8, 24})}) == FragmentOutcome::Duplicate);  // across two others
    CHECK(last_of({kOne, kTwo, kTwo, kThree}) == FragmentOutcome::Complete);
}

TEST_CASE("an overlap gives the datagram up: RFC 5722") {
    auto changed = kTwo;
    changed.back() ^= 1;
    CHECK(last_of({kOne, kTwo, changed}) == FragmentOutcome::Overlap);
    CHECK(last_of({kOne, ipv4({8, 32})}) == FragmentOutcome::Overlap);
    CHECK(last_of({kThree, ipv4({16, 40})}) == FragmentOutcome::Overlap);
    CHECK(last_of({kOne, ipv4({24, 32}), ipv4({16, 40})}) == FragmentOutcome::Overlap);
    CHECK(last_of({ipv4({16, 24}), ipv4({0, 48})}) == FragmentOutcome::Overlap);
    // What comes behind begins anew.
    CHECK(last_of({kOne, ipv4({8, 32}), kTwo, kThree}) == FragmentOutcome::Held);
    CHECK(last_of({kOne, ipv4({8, 32}), kOne, kTwo, kThree}) == FragmentOutcome::Complete);
}

TEST_CASE("a datagram has one end, and nothing behind it") {
    CHECK(last_of({kThree, ipv4({32, 40, false})}) == FragmentOutcome::BadLength);
    CHECK(last_of({ipv4({32, 40, false}), kThree}) == FragmentOutcome::BadLength);
    CHECK(last_of({ipv4({16, 32, false}), ipv4({32, 40})}) == FragmentOutcome::BadLength);
    CHECK(last_of({ipv4({32, 48}), ipv4({16, 32, false})}) == FragmentOutcome::BadLength);
    CHECK(last_of({kOne, ipv4({16, 16})}) == FragmentOutcome::BadLength);
}

TEST_CASE("of an IPv4 fragment that is not the last, bytes beyond a multiple of eight don't count") {
    CHECK(last_of({kOne, ipv4({16, 29}), kTwo}) == FragmentOutcome::Overlap);  // bytes 16 to 24 are there
    CHECK(last_of({kOne, ipv4({16, 29}), ipv4({24, 32}), kThree}) == FragmentOutcome::Complete);
    CHECK(last_of({kOne, ipv4({16, 23})}) == FragmentOutcome::BadLength);
    CHECK(last_of({kOne, ipv4({16, 29, false})}) == FragmentOutcome::Complete);
}

TEST_CASE("an IPv6 fragment that is no multiple of eight, or too far out, is passed over") {
    auto odd = kFirst6;
    odd.pop_back();
    tunlab::store_be16(odd, 4, 31);
    auto far = kLast6;
    tunlab::store_be16(far, 50, 0xfff8);  // 65,528 + 8 bytes, and 8 of other headers
    Reassembler reassembler;
    CHECK(reassembler.add_ipv6(odd, 48, 40, LinkDestination::Unicast, kStart).outcome ==
          FragmentOutcome::BadUnit);
    CHECK(reassembler.add_ipv6(far, 48, 40, LinkDestination::Unicast, kStart).outcome ==
          FragmentOutcome::BadUnit);
    CHECK(reassembler.datagrams_kept() == 0);
    CHECK(reassembler.add_ipv6(kLast6, 48, 40, LinkDestination::Unicast, kStart).outcome ==
          FragmentOutcome::Held);
    CHECK(reassembler.add_ipv6(odd, 48, 40, LinkDestination::Unicast, kStart).outcome ==
          FragmentOutcome::BadUnit);
    CHECK(reassembler.add_ipv6(kFirst6, 48, 40, LinkDestination::Unicast, kStart).outcome ==
          FragmentOutcome::Complete);
}

TEST_CASE("an IPv4 datagram of more than 65,535 bytes is none") {
    auto last = ipv4({0, 48, false});
    tunlab::store_be16(last, 6, 65'480 / 8);  // 20 + 65,480 + 48
    Reassembler reassembler;
    for (std::uint16_t offset = 0; offset < 65'480; offset = static_cast<std::uint16_t>(offset + 40)) {
        auto piece = ipv4({0, 40});
        tunlab::store_be16(piece, 6, static_cast<std::uint16_t>(0x2000 | offset / 8));
        REQUIRE(reassembler.add_ipv4(piece, LinkDestination::Unicast, kStart).outcome ==
                FragmentOutcome::Held);
    }
    CHECK(reassembler.add_ipv4(last, LinkDestination::Unicast, kStart).outcome == FragmentOutcome::BadLength);
    CHECK(reassembler.bytes_kept() == 0);
}

TEST_CASE("fragments belong together by addresses, identification and protocol") {
    CHECK(last_of({kOne, kTwo, ipv4({32, 48, false, 8})}) == FragmentOutcome::Held);
    CHECK(last_of({kOne, kTwo, ipv4({32, 48, false, 7, 0, 17})}) == FragmentOutcome::Held);
    auto from_another = kThree;
    from_another[15] = 9;
    CHECK(last_of({kOne, kTwo, from_another}) == FragmentOutcome::Held);
    auto to_another = kThree;
    to_another[19] = 9;
    CHECK(last_of({kOne, kTwo, to_another}) == FragmentOutcome::Held);
}

TEST_CASE("the ECN fields of fragments are joined as RFC 3168 §5.3 asks") {
    const auto joined = [](std::uint8_t first, std::uint8_t second) -> int {
        Reassembler reassembler;
        (void)reassembler.add_ipv4(ipv4({0, 24, true, 7, static_cast<std::uint8_t>(0xb8 | first)}),
                                   LinkDestination::Unicast, kStart);
        const auto result =
            reassembler.add_ipv4(ipv4({24, 48, false, 7, static_cast<std::uint8_t>(0xb8 | second)}),
                                 LinkDestination::Unicast, kStart);
        return result.outcome == FragmentOutcome::Complete ? result.datagram[1] & 3 : -1;
    };
    constexpr std::array<std::array<int, 4>, 4> kExpected{
        {{0, -1, -1, -1}, {-1, 1, 1, 3}, {-1, 2, 2, 3}, {-1, 3, 3, 3}}};
    for (std::uint8_t first = 0; first < 4; ++first) {
        for (std::uint8_t second = 0; second < 4; ++second) {
            CAPTURE(first);
            CAPTURE(second);
            CHECK(joined(first, second) == kExpected[first][second]);
        }
    }
}

TEST_CASE("the datagram may not be cut if its largest fragment might not") {
    const auto dont_fragment = [](bool first, bool second) {
        Reassembler reassembler;
        (void)reassembler.add_ipv4(ipv4({0, 32, true, 7, 0, 253, first}), LinkDestination::Unicast, kStart);
        return tunlab::parse_ipv4(
                   reassembler
                       .add_ipv4(ipv4({32, 48, false, 7, 0, 253, second}), LinkDestination::Unicast, kStart)
                       .datagram)
            ->dont_fragment;
    };
    CHECK(dont_fragment(true, true));
    CHECK(dont_fragment(true, false));
    CHECK_FALSE(dont_fragment(false, true));
    CHECK_FALSE(dont_fragment(false, false));
}

TEST_CASE("what is not complete in time is given up: 30 s with IPv4, 60 s with IPv6") {
    Reassembler reassembler;
    (void)reassembler.add_ipv4(kOne, LinkDestination::Unicast, kStart);
    (void)reassembler.add_ipv4(kTwo, LinkDestination::Unicast, kStart + 29s);
    SUBCASE("the last moment") {
        CHECK(reassembler.add_ipv4(kThree, LinkDestination::Unicast, kStart + 29'999ms).outcome ==
              FragmentOutcome::Complete);
    }
    SUBCASE("too late") {
        CHECK(reassembler.add_ipv4(kThree, LinkDestination::Unicast, kStart + 30s).outcome ==
              FragmentOutcome::Held);
        CHECK(reassembler.datagrams_kept() == 1);
    }
    SUBCASE("behind an IPv6 datagram that may still wait") {
        Reassembler other;
        (void)other.add_ipv6(kFirst6, 48, 40, LinkDestination::Unicast, kStart - 1s);
        (void)other.add_ipv4(kOne, LinkDestination::Unicast, kStart);
        (void)other.add_ipv4(kTwo, LinkDestination::Unicast, kStart);
        CHECK(other.add_ipv4(kThree, LinkDestination::Unicast, kStart + 30s).outcome ==
              FragmentOutcome::Held);
        CHECK(other.add_ipv6(kLast6, 48, 40, LinkDestination::Unicast, kStart + 58'999ms).outcome ==
              FragmentOutcome::Complete);
    }
    SUBCASE("IPv6") {
        Reassembler other;
        (void)other.add_ipv6(kFirst6, 48, 40, LinkDestination::Unicast, kStart);
        CHECK(other.add_ipv6(kLast6, 48, 40, LinkDestination::Unicast, kStart + 60s).outcome ==
              FragmentOutcome::Held);
    }
}

TEST_CASE("a flood of fragments never has more kept than the bound; the oldest datagrams go first") {
    std::mt19937 random(20261124);
    Reassembler reassembler;
    auto piece = ipv4({0, 48});
    std::size_t most = 0;
    for (int i = 0; i < 100'000; ++i) {
        tunlab::store_be16(piece, 4, static_cast<std::uint16_t>(random()));
        tunlab::store_be16(piece, 6, static_cast<std::uint16_t>(0x2000 | (random() & 0x1ff8)));
        tunlab::store_be16(piece, 14, static_cast<std::uint16_t>(random() & 3));
        (void)reassembler.add_ipv4(piece, LinkDestination::Unicast, kStart + std::chrono::microseconds(i));
        REQUIRE(reassembler.bytes_kept() <= Reassembler::kMaxBytes);
        most = std::max(most, reassembler.bytes_kept());
    }
    CHECK(most > Reassembler::kMaxBytes / 10 * 9);  // the flood did reach it
    // A datagram that comes now is whole: it is the youngest.
    CHECK(reassembler.add_ipv4(kOne, LinkDestination::Unicast, kStart + 1s).outcome == FragmentOutcome::Held);
    CHECK(reassembler.add_ipv4(kTwo, LinkDestination::Unicast, kStart + 1s).outcome == FragmentOutcome::Held);
    CHECK(reassembler.add_ipv4(kThree, LinkDestination::Unicast, kStart + 1s).outcome ==
          FragmentOutcome::Complete);
}

TEST_CASE("the largest datagram in the smallest pieces, sent backwards, is put together") {
    Reassembler reassembler;
    const std::size_t units = 65'512 / 8;
    for (std::size_t unit = units; unit-- > 0;) {
        auto piece = ipv4({0, 8, unit + 1 < units});
        tunlab::store_be16(piece, 6, static_cast<std::uint16_t>((unit + 1 < units ? 0x2000 : 0) | unit));
        const auto result = reassembler.add_ipv4(piece, LinkDestination::Unicast, kStart);
        REQUIRE(result.outcome == (unit == 0 ? FragmentOutcome::Complete : FragmentOutcome::Held));
        if (unit == 0) CHECK(result.datagram.size() == 65'532);
    }
}
