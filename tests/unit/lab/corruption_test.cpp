#include "tunlab/lab/corruption.hpp"

#include "tunlab/wire/icmpv4.hpp"
#include "tunlab/wire/icmpv6.hpp"
#include "tunlab/wire/ipv4.hpp"
#include "tunlab/wire/ipv6.hpp"
#include "tunlab/wire/transport.hpp"

#include <vector>

#include "support.hpp"
#include <doctest/doctest.h>

namespace tunlab::test {

namespace {

// IP 192.168.0.3 > 192.168.0.1: ICMP echo reply, id 4, seq 1, length 10
const auto kEcho = from_hex("4500001e00000000 4001f98d c0a80003c0a80001 0000 9e99 00040001 6161");
// the same with record route (3 bytes, no slot) and end of options
const auto kOptions =
    from_hex("46000022 00000000 4001f081 c0a80003c0a80001 07030400 0000 9e99 00040001 6161");
// a second fragment of something
const auto kLater = from_hex("4500001c 00010002 4001f98c c0a80003c0a80001 0000000000000000");

/// How many bytes of `packet` differ after it was corrupted, and where the first is.
std::pair<std::size_t, std::size_t> changed(std::vector<std::uint8_t> packet) {
    const auto before = packet;
    corrupt_checksum(packet);
    std::size_t count = 0;
    std::size_t first = 0;
    for (std::size_t i = packet.size(); i-- > 0;) {
        if (packet[i] == before[i]) continue;
        ++count;
        first = i;
    }
    return {count, first};
}

}  // namespace

TEST_CASE("a corrupted echo reply has a wrong ICMP checksum, and is the same else") {
    auto packet = kEcho;
    REQUIRE(parse_icmpv4(Bytes(packet).subspan(20)));
    CHECK(changed(packet) == std::pair<std::size_t, std::size_t>{2, 22});
    corrupt_checksum(packet);
    CHECK(parse_icmpv4(Bytes(packet).subspan(20)).error() == Defect::BadChecksum);
    CHECK(changed(kOptions) == std::pair<std::size_t, std::size_t>{2, 26});
}

TEST_CASE("over IPv6 the message is found behind a fragment header, too") {
    // IP6 fd00::3 > fd00::1: ICMP6, echo reply, id 4, seq 1
    auto packet =
        from_hex("60000000 0008 3a 40 fd000000000000000000000000000003 fd000000000000000000000000000001"
                 "8100 84f7 00040001");
    CHECK(changed(packet) == std::pair<std::size_t, std::size_t>{2, 42});
    // IP6 fd00::3 > fd00::1: frag (0x00000007:0|16) ICMP6, echo reply
    auto fragment =
        from_hex("60000000 0018 2c 40 fd000000000000000000000000000003 fd000000000000000000000000000001"
                 "3a000001 00000007 8100 84f7 00040001 0000000000000000");
    CHECK(changed(fragment) == std::pair<std::size_t, std::size_t>{2, 50});
    fragment[43] = 0x10;  // a later one has no checksum
    CHECK(changed(fragment).first == 0);
}

TEST_CASE("resets and datagrams have theirs elsewhere") {
    // IP 192.168.0.3.80 > 192.168.0.1.40000: Flags [R], seq 0
    const auto reset =
        from_hex("45000028 00004000 4006b97e c0a80003c0a80001 00509c40000000000000000050040000 1111 0000");
    CHECK(changed(reset) == std::pair<std::size_t, std::size_t>{2, 36});
    // IP 192.168.0.3.7 > 192.168.0.1.9: UDP, length 0
    auto datagram = from_hex("4500001c 00000000 4011f97f c0a80003c0a80001 00070009 0008 1234");
    CHECK(changed(datagram) == std::pair<std::size_t, std::size_t>{2, 26});
    // A checksum must not become 0, which would say that there is none.
    datagram[26] = datagram[27] = 0x55;
    corrupt_checksum(datagram);
    CHECK(load_be16(datagram, 26) == 0xffff);
}

TEST_CASE("what holds no checksum stays as it is") {
    CHECK(changed(kLater).first == 0);
    CHECK(changed(from_hex("4500001c 00000000 40fdf97f c0a80003c0a80001 0007000900081234")).first ==
          0);  // protocol 253
    CHECK(changed(from_hex("4500")).first == 0);
    CHECK(changed({}).first == 0);
    for_each_truncation(kEcho, [](Bytes part) { (void)changed({part.begin(), part.end()}); });
}

}  // namespace tunlab::test
