#include "tunlab/lab/fragmenting_sink.hpp"

#include "tunlab/wire/ipv4.hpp"
#include "tunlab/wire/ipv6.hpp"
#include "tunlab/wire/ipv6_extension.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "lab_support.hpp"
#include <doctest/doctest.h>

namespace tunlab::test {

namespace {

void put_ipv4(ReplySink& sink, std::size_t size) {
    const MutableBytes out = sink.begin(size);
    std::ranges::fill(out, std::uint8_t{0x77});
    write_ipv4_header(out,
                      {.identification = 7,
                       .ttl = 64,
                       .protocol = kProtocolIcmp,
                       .source = v4("10.0.0.1"),
                       .destination = v4("10.0.0.2")},
                      size - kIpv4MinHeaderSize);
    sink.finish();
}

void put_ipv6(ReplySink& sink, std::size_t size) {
    const MutableBytes out = sink.begin(size);
    std::ranges::fill(out, std::uint8_t{0x77});
    write_ipv6_header(out,
                      {.next_header = kProtocolIcmpv6,
                       .hop_limit = 64,
                       .source = v6("fd00::1"),
                       .destination = v6("fd00::2")},
                      size - kIpv6HeaderSize);
    sink.finish();
}

}  // namespace

TEST_CASE("a reply that fits is passed on as it is, a longer one in fragments") {
    FragmentingSink::State state;
    ReplyCatcher packets(0xa5);
    FragmentingSink sink(state, 1500, packets);
    put_ipv4(sink, 1500);
    REQUIRE(packets.replies().size() == 1);
    CHECK(packets.replies()[0].size() == 1500);
    CHECK_FALSE(parse_ipv4(packets.replies()[0])->is_fragment());

    put_ipv4(sink, 1501);
    REQUIRE(packets.replies().size() == 3);
    CHECK(packets.replies()[1].size() == 1500);
    CHECK(packets.replies()[2].size() == kIpv4MinHeaderSize + 1);
    CHECK(parse_ipv4(packets.replies()[1])->is_fragment());
    CHECK(parse_ipv4(packets.replies()[2])->is_fragment());
}

TEST_CASE("each IPv6 datagram that is cut takes the next identification, others take none") {
    FragmentingSink::State state{.next_identification = 0xffffffff};
    ReplyCatcher packets(0xa5);
    FragmentingSink sink(state, 1280, packets);
    const auto identification_of = [&](std::size_t index) {
        const auto ip = parse_ipv6(packets.replies()[index]);
        return parse_ipv6_fragment_header(ip->payload)->identification;
    };
    put_ipv6(sink, 1281);
    put_ipv6(sink, 1280);
    put_ipv6(sink, 1300);
    REQUIRE(packets.replies().size() == 5);
    CHECK(identification_of(0) == 0xffffffff);
    CHECK(identification_of(1) == 0xffffffff);
    CHECK(packets.replies()[2].size() == 1280);
    CHECK(identification_of(3) == 0);
    CHECK(identification_of(4) == 0);
}

TEST_CASE("the largest datagram is cut, too") {
    FragmentingSink::State state;
    ReplyCatcher packets(0xa5);
    FragmentingSink sink(state, 68, packets);
    put_ipv4(sink, 65535);
    CHECK(packets.replies().size() == (65535 - 20 + 47) / 48);
    CHECK(packets.replies().back().size() == 20 + (65535 - 20) % 48);
}

TEST_CASE("the largest IPv6 datagram, whose header is not counted in its length, is cut, too") {
    FragmentingSink::State state;
    ReplyCatcher packets(0xa5);
    FragmentingSink sink(state, 1280, packets);
    put_ipv6(sink, kIpv6HeaderSize + 65535);
    REQUIRE(packets.replies().size() == 54);
    CHECK(packets.replies().front().size() == 1280);
    CHECK(packets.replies().back().size() == kIpv6HeaderSize + kIpv6FragmentHeaderSize + 65535 % 1232);
}

}  // namespace tunlab::test
