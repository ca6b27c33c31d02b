#include "tunlab/lab/framing_sink.hpp"

#include "tunlab/lab/simulated_mac.hpp"

#include <algorithm>

#include "lab_support.hpp"
#include "support.hpp"
#include <doctest/doctest.h>

namespace tunlab::test {

namespace {

// an IPv4 header from 10.0.1.2 and an IPv6 header from fd00::3; the rest does not matter
const auto kIpv4 = from_hex("4500 0014 0000 0000 4001 0000 0a000102 0a000101");
const auto kIpv6 =
    from_hex("60000000 0000 3b 40 fd000000000000000000000000000003 fd000000000000000000000000000001");

EthernetFrame request_to(const char* destination, std::uint16_t ethertype = kEtherTypeIpv4) {
    return {.destination = mac(destination), .source = mac("06:11:22:33:44:55"), .ethertype = ethertype};
}

void put(ReplySink& sink, Bytes packet) {
    std::ranges::copy(packet, sink.begin(packet.size()).begin());
    sink.finish();
}

}  // namespace

TEST_CASE("a reply goes to the sender of the frame, from the MAC that the frame went to") {
    ReplyCatcher frames(0xa5);
    const auto request = request_to("02:00:0a:00:01:fe");
    FramingSink sink(request, everyone(), frames);
    put(sink, kIpv4);
    REQUIRE(frames.replies().size() == 1);
    CHECK(frames.replies()[0] == join(from_hex("061122334455 02000a0001fe 0800"), kIpv4));
}

TEST_CASE("a request to a group is answered from the MAC of the address that answers") {
    ReplyCatcher frames(0xa5);
    const auto to_all = request_to("ff:ff:ff:ff:ff:ff");
    FramingSink sink(to_all, everyone(), frames);
    put(sink, kIpv4);
    const auto to_group = request_to("33:33:00:00:00:01", kEtherTypeIpv6);
    FramingSink sink6(to_group, everyone(), frames);
    put(sink6, kIpv6);
    REQUIRE(frames.replies().size() == 2);
    CHECK(frames.replies()[0] == join(from_hex("061122334455 02000a000102 0800"), kIpv4));
    CHECK(frames.replies()[1] == join(from_hex("061122334455 02017b76036f 86dd"), kIpv6));
    CHECK(simulated_mac(v6("fd00::3")) == mac("02:01:7b:76:03:6f"));
}

TEST_CASE("addressed replies go where they are addressed to") {
    ReplyCatcher frames(0xa5);
    const auto request = request_to("33:33:ff:00:00:03", kEtherTypeIpv6);
    FramingSink sink(request, everyone(), frames);
    sink.address({.destination = mac("06:77:77:77:77:77"), .source = mac("02:01:00:00:00:09")});
    put(sink, kIpv6);
    CHECK(frames.replies()[0] == join(from_hex("067777777777 020100000009 86dd"), kIpv6));
}

}  // namespace tunlab::test
