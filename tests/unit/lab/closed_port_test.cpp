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

TEST_CASE("a segment with a signature wants one in return, and so may one whose options can't be read") {
    const auto wants = [](const char* options) {
        const auto bytes = from_hex(options);
        return wants_signature({.flags = kTcpSyn, .options = bytes});
    };
    CHECK(wants("1312 00112233445566778899aabbccddeeff 0000"));
    CHECK(wants("0101 1312 00112233445566778899aabbccddeeff"));            // behind two no-operations
    CHECK(wants("0204 05b4 1312 00112233445566778899aabbccddeeff 0101"));  // behind a segment size
    CHECK(wants("1d10 0102 001122334455667788990011 01010101"));           // TCP-AO
    CHECK(wants("1310 00112233445566778899aabbccdd 01010101"));            // MD5, of another length
    CHECK(wants("0200 0101 0101010101010101 0101010101010101"));           // an option without a length
    CHECK(wants("0229 0101 0101010101010101 0101010101010101"));           // one beyond the header
    CHECK_FALSE(wants(""));
    CHECK_FALSE(wants("0204 05b4 0101 0402 0101 080a 0000000000000000 0103 0307"));
    CHECK_FALSE(wants("0000 1312 00112233445566778899aabbccddeeff"));  // behind the end of options
    CHECK_FALSE(wants("0200 0101 0101010101010101 01010101"));         // too little for a signature
    CHECK_FALSE(wants("1d08 0102 00112233"));
}

TEST_CASE("no reset answers a group, a reset or a signed segment") {
    const auto signature = from_hex("1312 00112233445566778899aabbccddeeff 0000");
    CHECK_FALSE(why_no_reset({.flags = kTcpSyn}, LinkDestination::Unicast));
    CHECK(why_no_reset({.flags = kTcpSyn}, LinkDestination::Group) == Reason::LinkGroup);
    CHECK(why_no_reset({.flags = kTcpRst}, LinkDestination::Group) == Reason::LinkGroup);
    CHECK(why_no_reset({.flags = kTcpRst}, LinkDestination::Unicast) == Reason::TcpReset);
    CHECK(why_no_reset({.flags = kTcpSyn, .options = signature}, LinkDestination::Unicast) ==
          Reason::TcpSignature);
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
