#include "tunlab/lab/closed_port.hpp"

#include "support.hpp"
#include <doctest/doctest.h>

namespace tunlab::test {

TEST_CASE("a reset goes back between the ports, without a window") {
    const TcpHeader reset =
        reset_for({.source_port = 40000, .destination_port = 80, .flags = kTcpSyn, .window = 512});
    CHECK(reset.source_port == 80);
    CHECK(reset.destination_port == 40000);
    CHECK(reset.window == 0);
    CHECK(reset.options.empty());
    CHECK(reset.data.empty());
}

TEST_CASE("what acknowledges gets a reset at that number; anything else one that acknowledges it") {
    const auto data = from_hex("6162");
    const TcpHeader acknowledged =
        reset_for({.sequence = 5, .acknowledgement = 9, .flags = kTcpAck | kTcpSyn, .data = data});
    CHECK(acknowledged.flags == kTcpRst);
    CHECK(acknowledged.sequence == 9);
    CHECK(acknowledged.acknowledgement == 0);

    const auto acknowledgement = [&](std::uint8_t flags, Bytes with) {
        const TcpHeader reset = reset_for({.sequence = 1000, .flags = flags, .data = with});
        CHECK(reset.flags == (kTcpRst | kTcpAck));
        CHECK(reset.sequence == 0);
        return reset.acknowledgement;
    };
    CHECK(acknowledgement(0, {}) == 1000);
    CHECK(acknowledgement(0, data) == 1002);
    CHECK(acknowledgement(kTcpSyn, {}) == 1001);
    CHECK(acknowledgement(kTcpFin, {}) == 1001);
    CHECK(acknowledgement(kTcpSyn | kTcpFin, data) == 1004);
    CHECK(reset_for({.sequence = 0xffffffff, .flags = kTcpSyn}).acknowledgement == 0);
}

TEST_CASE("a defect of a datagram or segment has its reason") {
    CHECK(reason_for_udp(Defect::BadChecksum) == Reason::UdpChecksum);
    CHECK(reason_for_udp(Defect::Truncated) == Reason::UdpLength);
    CHECK(reason_for_udp(Defect::BadLength) == Reason::UdpLength);
    CHECK(reason_for_tcp(Defect::BadChecksum) == Reason::TcpChecksum);
    CHECK(reason_for_tcp(Defect::Truncated) == Reason::TcpHeader);
    CHECK(reason_for_tcp(Defect::BadHeaderLength) == Reason::TcpHeader);
}

}  // namespace tunlab::test
