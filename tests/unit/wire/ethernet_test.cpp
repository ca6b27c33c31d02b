#include "tunlab/wire/ethernet.hpp"

#include "support.hpp"
#include <doctest/doctest.h>

using tunlab::Bytes;
using tunlab::Defect;
using tunlab::EthernetFrame;
using tunlab::kEthernetHeaderSize;
using tunlab::parse_ethernet;
using tunlab::write_ethernet_header;
using tunlab::test::from_hex;
using tunlab::test::same_bytes;

namespace {

// broadcast from 02:00:00:00:00:01, ARP, then three bytes
const auto kFrame = from_hex("ffffffffffff 020000000001 0806 aabbcc");

}  // namespace

TEST_CASE("parse_ethernet gives the header's fields and all that follows it") {
    const auto frame = parse_ethernet(kFrame);
    REQUIRE(frame);
    CHECK(frame->destination == tunlab::MacAddress::broadcast());
    CHECK(frame->source.to_string() == "02:00:00:00:00:01");
    CHECK(frame->ethertype == tunlab::kEtherTypeArp);
    CHECK(same_bytes(frame->payload, from_hex("aabbcc")));
}

TEST_CASE("parse_ethernet takes a frame that is nothing but its header") {
    const auto frame = parse_ethernet(Bytes(kFrame).first(kEthernetHeaderSize));
    REQUIRE(frame);
    CHECK(frame->payload.empty());
}

TEST_CASE("parse_ethernet refuses every frame shorter than a header") {
    tunlab::test::for_each_truncation(kFrame, [](Bytes part) {
        const auto frame = parse_ethernet(part);
        CHECK(static_cast<bool>(frame) == (part.size() >= kEthernetHeaderSize));
        if (!frame) CHECK(frame.error() == Defect::Truncated);
    });
}

TEST_CASE("parse_ethernet takes any value in any field, and writing it back gives the same bytes") {
    tunlab::test::for_each_byte_change(kFrame, [](Bytes changed, std::size_t) {
        const auto frame = parse_ethernet(changed);
        REQUIRE(frame);
        tunlab::test::GuardedBuffer out(kEthernetHeaderSize);
        write_ethernet_header(out.inside(), *frame);
        REQUIRE(same_bytes(out.inside(), changed.first(kEthernetHeaderSize)));
    });
}

TEST_CASE("write_ethernet_header writes fourteen bytes and nothing more") {
    tunlab::test::GuardedBuffer out(64);
    write_ethernet_header(out.inside(), *parse_ethernet(kFrame));
    CHECK(out.untouched_but(kEthernetHeaderSize));
    CHECK(same_bytes(out.inside().first(kEthernetHeaderSize), from_hex("ffffffffffff 020000000001 0806")));
}

TEST_CASE("parse_vlan_tag gives priority, drop eligibility, identifier and what follows") {
    // priority 5, drop eligible, VLAN 100; IPv4; two bytes
    const auto bytes = from_hex("b064 0800 4500");
    const auto tag = tunlab::parse_vlan_tag(bytes);
    REQUIRE(tag);
    CHECK(tag->priority == 5);
    CHECK(tag->drop_eligible);
    CHECK(tag->identifier == 100);
    CHECK(tag->ethertype == tunlab::kEtherTypeIpv4);
    CHECK(same_bytes(tag->payload, from_hex("4500")));
    CHECK_FALSE(tunlab::parse_vlan_tag(from_hex("0064 0800"))->drop_eligible);
    CHECK(tunlab::parse_vlan_tag(from_hex("b064 08")).error() == Defect::Truncated);
}
