#include "tunlab/lab/housekeeping.hpp"

#include "tunlab/wire/icmpv6.hpp"

#include <array>

#include "lab_support.hpp"
#include "support.hpp"
#include <doctest/doctest.h>

namespace tunlab::test {

namespace {

// 5353 > 5353, length 8
const auto kMdns = from_hex("14e9 14e9 0008 0000");
// 40000 > 80, length 8
const auto kOther = from_hex("9c40 0050 0008 0000");

bool is_housekeeping_v4(std::uint8_t protocol, const char* destination, Bytes payload,
                        std::uint16_t offset = 0) {
    return is_housekeeping(Ipv4Packet{.fragment_offset = offset,
                                      .protocol = protocol,
                                      .source = {},
                                      .destination = v4(destination),
                                      .payload = payload});
}

bool is_housekeeping_v6(std::uint8_t protocol, const char* destination, Bytes payload) {
    return is_housekeeping(Ipv6Packet{.source = {}, .destination = v6(destination)}, protocol, payload);
}

}  // namespace

TEST_CASE("IGMP is housekeeping, and so is discovery that is sent to a group") {
    constexpr std::uint8_t kIgmp = 2;
    CHECK(is_housekeeping_v4(kIgmp, "224.0.0.22", {}));
    CHECK(is_housekeeping_v4(kProtocolUdp, "224.0.0.251", kMdns));
    CHECK(is_housekeeping_v4(kProtocolUdp, "255.255.255.255", from_hex("0044 0043 0008 0000")));  // DHCP
    CHECK(is_housekeeping_v4(kProtocolUdp, "239.255.255.250", from_hex("9c40 076c 0008 0000")));  // SSDP
    CHECK_FALSE(is_housekeeping_v4(kProtocolUdp, "192.168.0.3", kMdns));  // somebody asks one host
    CHECK_FALSE(is_housekeeping_v4(kProtocolUdp, "224.0.0.251", kOther));
    CHECK_FALSE(is_housekeeping_v4(kProtocolUdp, "224.0.0.251", kMdns, 8));  // no header in there
    CHECK_FALSE(is_housekeeping_v4(kProtocolUdp, "224.0.0.251", from_hex("14e914e9")));
    CHECK_FALSE(is_housekeeping_v4(kProtocolIcmp, "224.0.0.1", from_hex("0800 0000 0000 0000")));
}

TEST_CASE("router, listener and neighbour messages of IPv6 are housekeeping, and discovery to a group") {
    for (const unsigned type : {130U, 131U, 132U, 133U, 134U, 136U, 137U, 143U}) {
        CAPTURE(type);
        const std::array<std::uint8_t, 8> message{static_cast<std::uint8_t>(type)};
        CHECK(is_housekeeping_v6(kProtocolIcmpv6, "ff02::2", message));
        CHECK(is_housekeeping_v6(kProtocolIcmpv6, "fd00::3", message));
    }
    for (const unsigned type : {1U, 128U, 129U, 135U, 138U, 144U}) {
        CAPTURE(type);
        const std::array<std::uint8_t, 8> message{static_cast<std::uint8_t>(type)};
        CHECK_FALSE(is_housekeeping_v6(kProtocolIcmpv6, "ff02::2", message));
    }
    CHECK(is_housekeeping_v6(kProtocolUdp, "ff02::fb", kMdns));
    CHECK(is_housekeeping_v6(kProtocolUdp, "ff02::1:2", from_hex("0222 0223 0008 0000")));  // DHCPv6
    CHECK_FALSE(is_housekeeping_v6(kProtocolUdp, "fd00::3", kMdns));
    CHECK_FALSE(is_housekeeping_v6(kProtocolUdp, "ff02::fb", kOther));
    CHECK_FALSE(is_housekeeping_v6(kProtocolIcmpv6, "ff02::2", {}));
}

}  // namespace tunlab::test
