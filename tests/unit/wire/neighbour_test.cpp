#include "tunlab/wire/neighbour.hpp"

#include "tunlab/wire/icmpv6.hpp"

#include <string>
#include <vector>

#include "support.hpp"
#include <doctest/doctest.h>

using tunlab::Bytes;
using tunlab::Defect;
using tunlab::IcmpMessage;
using tunlab::Ipv6Address;
using tunlab::kNeighbourAdvertisementSize;
using tunlab::MacAddress;
using tunlab::NeighbourSolicitation;
using tunlab::parse_neighbour_solicitation;
using tunlab::Parsed;
using tunlab::solicited_node_group;
using tunlab::write_neighbour_advertisement;
using tunlab::test::from_hex;
using tunlab::test::join;
using tunlab::test::same_bytes;

namespace {

Ipv6Address address(const std::string& text) {
    return tunlab::parse_ip_address(text)->v6();
}

// who has fd00::1? and the source link-layer address 06:aa:bb:cc:dd:ee
const auto kTarget = from_hex("fd000000000000000000000000000001");
const auto kSourceMac = from_hex("01 01 06aabbccddee");

Parsed<NeighbourSolicitation> parse(Bytes data) {
    return parse_neighbour_solicitation({.type = tunlab::kIcmpv6NeighbourSolicitation, .data = data});
}

Parsed<NeighbourSolicitation> parse_with(const std::string& options) {
    return parse(join(kTarget, from_hex(options)));
}

}  // namespace

TEST_CASE("the group of an address has its last three bytes") {
    CHECK(solicited_node_group(address("fd00::1")).to_string() == "ff02::1:ff00:1");
    CHECK(solicited_node_group(address("2001:db8:1:2:aaaa:bbbb:ccdd:eeff")).to_string() ==
          "ff02::1:ffdd:eeff");
    // RFC 4291 §2.7.1
    CHECK(solicited_node_group(address("4037::01:800:200e:8c6c")).to_string() == "ff02::1:ff0e:8c6c");
    CHECK(tunlab::kAllNodes.to_string() == "ff02::1");
}

TEST_CASE("parse_neighbour_solicitation gives target and source link-layer address") {
    const auto asked = parse(join(kTarget, kSourceMac));
    REQUIRE(asked);
    CHECK(asked->target.to_string() == "fd00::1");
    REQUIRE(asked->source_mac.has_value());
    CHECK(asked->source_mac->to_string() == "06:aa:bb:cc:dd:ee");
}

TEST_CASE("a solicitation needs no option") {
    const auto asked = parse(kTarget);
    REQUIRE(asked);
    CHECK_FALSE(asked->source_mac.has_value());
}

TEST_CASE("parse_neighbour_solicitation refuses a target or an option that is cut off") {
    tunlab::test::for_each_truncation(join(kTarget, kSourceMac), [](Bytes part) {
        CAPTURE(part.size());
        const auto asked = parse(part);
        CHECK(static_cast<bool>(asked) == (part.size() == Ipv6Address::kSize));
        if (asked) return;
        CHECK(asked.error() == (part.size() < Ipv6Address::kSize ? Defect::Truncated : Defect::BadLength));
    });
}

TEST_CASE("parse_neighbour_solicitation refuses group targets and wrong option lengths, and nothing else") {
    tunlab::test::for_each_byte_change(join(kTarget, kSourceMac), [](Bytes changed, std::size_t) {
        const auto asked = parse(changed);
        const bool to_group = changed[0] == 0xff;
        const bool right_length = changed[17] == 1;
        REQUIRE(static_cast<bool>(asked) == (!to_group && right_length));
        if (!asked) REQUIRE(asked.error() == (to_group ? Defect::BadFormat : Defect::BadLength));
        if (!asked) return;
        REQUIRE(asked->target == Ipv6Address::from_bytes(changed));
        const bool is_source = changed[16] == 1;
        REQUIRE(asked->source_mac.has_value() == is_source);
        if (is_source) REQUIRE(*asked->source_mac == MacAddress::from_bytes(changed.subspan(18)));
    });
}

TEST_CASE("parse_neighbour_solicitation refuses any code but 0") {
    for (unsigned code = 1; code < 256; ++code) {
        const auto asked = parse_neighbour_solicitation({.type = tunlab::kIcmpv6NeighbourSolicitation,
                                                         .code = static_cast<std::uint8_t>(code),
                                                         .data = kTarget});
        REQUIRE_FALSE(asked);
        REQUIRE(asked.error() == Defect::BadFormat);
    }
}

TEST_CASE("options of other kinds are passed over, of every size that fits") {
    // nonce (RFC 3971), then the source
    CHECK(parse_with("0e01010203040506 010106aabbccddee")->source_mac->to_string() == "06:aa:bb:cc:dd:ee");
    // the source, then an experimental option of 16 bytes
    CHECK(parse_with("010106aabbccddee fd020000000000000000000000000000")->source_mac->to_string() ==
          "06:aa:bb:cc:dd:ee");
    // a target link-layer address is no source
    CHECK_FALSE(parse_with("020106aabbccddee")->source_mac.has_value());
}

TEST_CASE("of two source link-layer addresses the first counts, whatever the second looks like") {
    CHECK(parse_with("010106aabbccddee 0101067777777777")->source_mac->to_string() == "06:aa:bb:cc:dd:ee");
    CHECK(parse_with("010106aabbccddee 01020677777777770000000000000000")->source_mac->to_string() ==
          "06:aa:bb:cc:dd:ee");
}

TEST_CASE("a malformed option makes the whole solicitation so, wherever it stands") {
    for (const auto* const options : {
             "0100 06aabbccddee",                                    // length 0
             "0102 06aabbccddee",                                    // 16 bytes, of which 8 are there
             "fd00 000000000000",                                    // unknown, length 0
             "fdff 000000000000",                                    // unknown, 2040 bytes
             "01",                                                   // no length
             "0102 06aabbccddee 0000000000000000",                   // a link-layer address of 14 bytes
             "0102 06aabbccddee 0000000000000000 010106aabbccddee",  // then one of 6
             "010106aabbccddee fd",                                  // half an option behind a whole one
             "010106aabbccddee fd00000000000000",
         }) {
        CAPTURE(options);
        const auto asked = parse_with(options);
        REQUIRE_FALSE(asked);
        CHECK(asked.error() == Defect::BadLength);
    }
}

TEST_CASE("write_neighbour_advertisement writes thirty-two bytes and nothing more") {
    tunlab::test::GuardedBuffer out(64);
    write_neighbour_advertisement(out.inside(),
                                  {.flags = tunlab::kNeighbourSolicited | tunlab::kNeighbourOverride,
                                   .target = address("fd00::1"),
                                   .target_mac = MacAddress({0x02, 0x00, 0xfd, 0x00, 0x00, 0x01})},
                                  address("fd00::1"), address("fd00::2"));
    CHECK(out.untouched_but(kNeighbourAdvertisementSize));
    // advertisement, code 0; solicited and override; fd00::1 is at (option 2, 8 bytes) 02:00:fd:00:00:01
    CHECK(same_bytes(out.inside().first(kNeighbourAdvertisementSize),
                     from_hex("88 00 1f9b 60000000 fd000000000000000000000000000001 02 01 0200fd000001")));
}

TEST_CASE("an advertisement has the flags that it is given") {
    for (const std::uint32_t flags : {0U, tunlab::kNeighbourSolicited, tunlab::kNeighbourOverride}) {
        tunlab::test::GuardedBuffer out(kNeighbourAdvertisementSize);
        write_neighbour_advertisement(out.inside(),
                                      {.flags = flags, .target = address("fe80::7"), .target_mac = {}},
                                      address("fe80::7"), address("ff02::1"));
        const auto icmp = tunlab::parse_icmpv6(out.inside(), address("fe80::7"), address("ff02::1"));
        REQUIRE(icmp);
        CHECK(icmp->type == tunlab::kIcmpv6NeighbourAdvertisement);
        CHECK(icmp->rest_of_header == flags);
        CHECK(Ipv6Address::from_bytes(icmp->data) == address("fe80::7"));
    }
}
