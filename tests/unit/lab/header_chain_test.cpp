#include "tunlab/lab/header_chain.hpp"

#include "tunlab/wire/icmpv6.hpp"
#include "tunlab/wire/ipv6_extension.hpp"

#include <string_view>
#include <vector>

#include "support.hpp"
#include <doctest/doctest.h>

namespace tunlab::test {

namespace {

HeaderChain chain_of(std::uint8_t next_header, Bytes payload,
                     FragmentHeader fragment_header = FragmentHeader::Absent) {
    return process_headers({.next_header = next_header, .source = {}, .destination = {}, .payload = payload},
                           fragment_header);
}

}  // namespace

TEST_CASE("without extension headers the chain ends at the upper layer at once") {
    const auto echo = from_hex("80 00 0000 0004 0001");
    const HeaderChain chain = chain_of(kProtocolIcmpv6, echo);
    CHECK(chain.protocol == kProtocolIcmpv6);
    CHECK(chain.named_at == 6);
    CHECK(same_bytes(chain.rest, echo));
    CHECK_FALSE(chain.at_fragment);
    CHECK(chain.fragment_header == FragmentHeader::Absent);
    CHECK_FALSE(chain.stopped);
    CHECK(chain.is_icmp(kIcmpv6EchoRequest));
    CHECK_FALSE(chain.is_icmp(kIcmpv6EchoReply));
}

TEST_CASE(
    "a chain of hop-by-hop options, routing header, destination options and atomic fragment is passed") {
    // PadN each; type 0 with no segments left; offset 0, no more fragments; then an echo request of 7 bytes
    const auto bytes = from_hex("2b 00 0104 00000000 "
                                "3c 00 00 00 00000000 "
                                "2c 00 0104 00000000 "
                                "3a 00 0000 00000007 "
                                "80 00 0000 0004 00");
    const HeaderChain chain = chain_of(kNextHopByHop, bytes);
    CHECK(chain.protocol == kProtocolIcmpv6);
    CHECK(chain.named_at == 40 + 24);
    CHECK(chain.rest.size() == 7);
    CHECK(chain.fragment_header == FragmentHeader::Present);
    CHECK_FALSE(chain.stopped);
    CHECK_FALSE(chain.is_icmp(kIcmpv6EchoRequest));  // too short for one
}

TEST_CASE("a chain ends at the header of a fragment") {
    // destination options; offset 8; four bytes
    const auto bytes = from_hex("2c 00 0104 00000000 3a 00 0009 00000007 61626364");
    const HeaderChain chain = chain_of(kNextDestination, bytes);
    CHECK(chain.at_fragment);
    CHECK(chain.protocol == kNextFragment);
    CHECK(chain.named_at == 40);
    CHECK(chain.rest.size() == 12);
    CHECK_FALSE(chain.stopped);
}

TEST_CASE("what stops a chain has its reason") {
    const auto reason = [](std::uint8_t next_header, std::string_view hex,
                           FragmentHeader fragment_header = FragmentHeader::Absent) {
        const auto bytes = from_hex(hex);
        return chain_of(next_header, bytes, fragment_header).stopped;
    };
    CHECK(reason(kNextNone, "") == Reason::NoNextHeader);
    CHECK(reason(kNextDestination, "3a 00 0104 000000") == Reason::ExtensionHeader);    // 7 bytes
    CHECK(reason(kNextDestination, "3a 00 8004 00000000") == Reason::UnknownOption);    // 10: discard
    CHECK(reason(kNextDestination, "3a 00 0105 00000000") == Reason::ExtensionHeader);  // overruns
    CHECK(reason(kNextRouting, "3a 00 00 01 00000000") == Reason::SourceRoute);         // a segment left
    CHECK(reason(kNextRouting, "3a 00 04 00 00000000") == Reason::SourceRoute);         // segment routing
    CHECK(reason(kNextRouting, "3a 00 03 00 00000000") == Reason::SourceRoute);         // RPL
    CHECK(reason(kNextDestination, "00 00 0104 00000000") == Reason::ExtensionHeader);  // hop-by-hop second
    CHECK(reason(kNextFragment, "3a 00 0000 00000007", FragmentHeader::Present) == Reason::ExtensionHeader);
    CHECK(reason(kNextFragment, "3a 00 0000 000000") == Reason::ExtensionHeader);  // 7 bytes
}

}  // namespace tunlab::test
