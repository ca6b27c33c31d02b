#include "tunlab/wire/ipv6_extension.hpp"

#include "tunlab/wire/ipv4.hpp"

#include <string>
#include <vector>

#include "support.hpp"
#include <doctest/doctest.h>

using tunlab::Bytes;
using tunlab::Defect;
using tunlab::holds_upper_layer_header;
using tunlab::Ipv6FragmentHeader;
using tunlab::Ipv6OptionsIn;
using tunlab::Ipv6OptionsVerdict;
using tunlab::judge_ipv6_options;
using tunlab::kIpv6FragmentHeaderSize;
using tunlab::kProtocolIcmpv6;
using tunlab::kProtocolTcp;
using tunlab::kProtocolUdp;
using tunlab::parse_extension_header;
using tunlab::parse_ipv6_fragment_header;
using tunlab::routing_header_of;
using tunlab::write_ipv6_fragment_header;
using tunlab::test::from_hex;
using tunlab::test::join;
using tunlab::test::same_bytes;

namespace {

// next header 58 (ICMPv6), 16 bytes long: an unknown option with 6 bytes, PadN with 4; behind it "hi"
const auto kHeader = from_hex("3a 01 1e06 616263646566 0104 00000000 6869");

// next header 17 (UDP), reserved 0xff; offset 1448, all three low bits; identification; "hi"
const auto kFragment = from_hex("11 ff 05af 12345678 6869");

Ipv6OptionsVerdict judge(const std::string& body) {
    return judge_ipv6_options(from_hex(body), Ipv6OptionsIn::Destination);
}

std::string repeated(const std::string& text, unsigned times) {
    std::string all;
    for (unsigned i = 0; i < times; ++i)
        all += text;
    return all;
}

}  // namespace

TEST_CASE("parse_extension_header gives body and rest") {
    const auto header = parse_extension_header(kHeader);
    REQUIRE(header);
    CHECK(header->next_header == kProtocolIcmpv6);
    CHECK(same_bytes(header->body, from_hex("1e06 616263646566 0104 00000000")));
    CHECK(same_bytes(header->rest, from_hex("6869")));
}

TEST_CASE("an extension header may be all there is, and as long as its octet can say") {
    const auto shortest = from_hex("3b 00 0104 00000000");
    const auto header = parse_extension_header(shortest);
    REQUIRE(header);
    CHECK(header->body.size() == 6);
    CHECK(header->rest.empty());
    std::vector<std::uint8_t> longest(2048);
    longest[1] = 0xff;
    CHECK(parse_extension_header(longest)->body.size() == 2046);
    longest.pop_back();
    CHECK(parse_extension_header(longest).error() == Defect::BadLength);
}

TEST_CASE("parse_extension_header refuses a header that is cut off") {
    tunlab::test::for_each_truncation(kHeader, [](Bytes part) {
        CAPTURE(part.size());
        const auto header = parse_extension_header(part);
        constexpr std::size_t kWhole = 16;
        CHECK(static_cast<bool>(header) == (part.size() >= kWhole));
        if (!header) CHECK(header.error() == (part.size() < 8 ? Defect::Truncated : Defect::BadLength));
    });
}

TEST_CASE("parse_extension_header refuses a length beyond the bytes, and nothing else") {
    tunlab::test::for_each_byte_change(kHeader, [](Bytes changed, std::size_t) {
        const auto header = parse_extension_header(changed);
        REQUIRE(static_cast<bool>(header) == (changed[1] <= 1));
        if (!header) REQUIRE(header.error() == Defect::BadLength);
        if (header) REQUIRE(2 + header->body.size() + header->rest.size() == changed.size());
    });
}

TEST_CASE("padding keeps nothing from being processed, if it is padding") {
    CHECK(judge("") == Ipv6OptionsVerdict::Skip);
    CHECK(judge("000000000000") == Ipv6OptionsVerdict::Skip);        // Pad1, six times
    CHECK(judge("0104 00000000") == Ipv6OptionsVerdict::Skip);       // PadN
    CHECK(judge("0100 0102 0000") == Ipv6OptionsVerdict::Skip);      // PadN of 2, of 4
    CHECK(judge("0104 00000001") == Ipv6OptionsVerdict::Malformed);  // with something in it
    CHECK(judge("0104 01000000") == Ipv6OptionsVerdict::Malformed);
}

TEST_CASE("more than seven bytes of padding on end are malformed, however they are made up") {
    CHECK(judge("00000000000000 1e00") == Ipv6OptionsVerdict::Skip);
    CHECK(judge("0000000000000000 1e00") == Ipv6OptionsVerdict::Malformed);
    CHECK(judge("0105 0000000000 1e00") == Ipv6OptionsVerdict::Skip);
    CHECK(judge("0106 000000000000 1e00") == Ipv6OptionsVerdict::Malformed);
    CHECK(judge("000000 0102 0000 1e00") == Ipv6OptionsVerdict::Skip);
    CHECK(judge("000000 0103 000000 1e00") == Ipv6OptionsVerdict::Malformed);
    CHECK(judge("0103 000000 000000 1e00") == Ipv6OptionsVerdict::Malformed);
    // an option between them: twice six
    CHECK(judge("0104 00000000 1e00 0104 00000000") == Ipv6OptionsVerdict::Skip);
}

TEST_CASE("the top bits of an unknown option say what becomes of the packet") {
    for (unsigned type = 2; type < 256; ++type) {
        CAPTURE(type);
        std::vector<std::uint8_t> body{static_cast<std::uint8_t>(type), 4, 1, 2, 3, 4};
        CHECK(judge_ipv6_options(body, Ipv6OptionsIn::Destination) ==
              (type < 0x40 ? Ipv6OptionsVerdict::Skip : Ipv6OptionsVerdict::Discard));
    }
    // router alert (RFC 2711): to skip
    CHECK(judge("0502 0000 0100") == Ipv6OptionsVerdict::Skip);
}

TEST_CASE(
    "hop-by-hop options that routers heed must be sound, in destination options they are unknown ones") {
    const auto hop_by_hop = [](const char* body) {
        return judge_ipv6_options(from_hex(body), Ipv6OptionsIn::HopByHop);
    };
    struct Row {
        const char* body;
        Ipv6OptionsVerdict verdict;  // behind the two bytes with which the header begins
    };
    for (const auto& [body, verdict] : {
             Row{"0502 0000 0100", Ipv6OptionsVerdict::Skip},                // router alert
             Row{"0501 00 0101 00", Ipv6OptionsVerdict::Malformed},          // of one byte
             Row{"0503 000000 00", Ipv6OptionsVerdict::Malformed},           // of three
             Row{"0708 00000001 0000 0000", Ipv6OptionsVerdict::Malformed},  // CALIPSO, domain 1
             Row{"3102 0000 0100", Ipv6OptionsVerdict::Malformed},           // IOAM at byte 2
             Row{"0100 3102 0000", Ipv6OptionsVerdict::Skip},                // IOAM at byte 4
         }) {
        CAPTURE(body);
        CHECK(hop_by_hop(body) == verdict);
        CHECK(judge(body) == Ipv6OptionsVerdict::Skip);
    }
}

TEST_CASE("the first option that is not skipped decides") {
    CHECK(judge("1e00 5e00 0101 01") == Ipv6OptionsVerdict::Discard);
    CHECK(judge("0101 01 5e00 00") == Ipv6OptionsVerdict::Malformed);
    CHECK(judge("5e04 01020304 1eff") == Ipv6OptionsVerdict::Discard);
    CHECK(judge("1e04 01020304 5eff") == Ipv6OptionsVerdict::Malformed);
}

TEST_CASE("eight options are taken, of nine none") {
    CHECK(judge(repeated("1e00", 8) + "0104 00000000") == Ipv6OptionsVerdict::Skip);
    CHECK(judge(repeated("1e00", 9)) == Ipv6OptionsVerdict::Malformed);
    CHECK(judge(repeated("1e00", 8) + "5e00") == Ipv6OptionsVerdict::Malformed);
    // padding between them doesn't count
    CHECK(judge(repeated("1e00 00", 8)) == Ipv6OptionsVerdict::Skip);
}

TEST_CASE("an option that overruns the header is malformed, whatever its kind") {
    // PadN; unknown, to skip; unknown, to discard
    for (const auto* const option : {"0104 00000000", "1e04 61626364", "5e04 61626364"}) {
        const auto body = from_hex(option);
        tunlab::test::for_each_truncation(body, [&body](Bytes part) {
            CAPTURE(part.size());
            CHECK(judge_ipv6_options(part, Ipv6OptionsIn::Destination) ==
                  (part.empty() ? Ipv6OptionsVerdict::Skip : Ipv6OptionsVerdict::Malformed));
        });
    }
    CHECK(judge("1eff 61626364") == Ipv6OptionsVerdict::Malformed);
}

TEST_CASE("every change of one byte of the options is judged by what it makes of them") {
    using enum Ipv6OptionsVerdict;
    const auto by_type = [](std::uint8_t type) { return type < 0x40 ? Skip : Discard; };
    const auto header = *parse_extension_header(kHeader);
    REQUIRE(judge_ipv6_options(header.body, Ipv6OptionsIn::Destination) == Skip);
    tunlab::test::for_each_byte_change(header.body, [&](Bytes changed, std::size_t index) {
        const auto verdict = judge_ipv6_options(changed, Ipv6OptionsIn::Destination);
        const std::uint8_t now = changed[index];
        CAPTURE(index);
        CAPTURE(+now);
        if (index == 0)  // the first type; padding with "abcdef" in it is none
            REQUIRE(verdict == (now <= 1 ? Malformed : by_type(now)));
        if (index == 1 && now > 6)  // its length: the second option's data become options, then it overruns
            REQUIRE(verdict == (now <= 12 ? Skip : Malformed));
        if (index >= 2 && index <= 7) REQUIRE(verdict == Skip);
        if (index == 8) REQUIRE(verdict == by_type(now));
        if (index == 9) REQUIRE(verdict == (now < 4 ? Skip : Malformed));
        if (index >= 10) REQUIRE(verdict == Malformed);
    });
}

TEST_CASE("routing_header_of gives length, type and segments left") {
    // next header 58, 24 bytes; type 2, 1 segment left, reserved; fd00::9
    const auto bytes = from_hex("3a 02 02 01 00000000 fd000000000000000000000000000009");
    const auto header = parse_extension_header(bytes);
    REQUIRE(header);
    CHECK(routing_header_of(*header).length == 2);
    CHECK(routing_header_of(*header).type == 2);
    CHECK(routing_header_of(*header).segments_left == 1);
}

TEST_CASE("parse_ipv6_fragment_header gives a fragment's fields") {
    const auto fragment = parse_ipv6_fragment_header(kFragment);
    REQUIRE(fragment);
    CHECK(fragment->next_header == kProtocolUdp);
    CHECK(fragment->offset == 1448);
    CHECK(fragment->more);
    CHECK(fragment->identification == 0x12345678);
    CHECK(same_bytes(fragment->payload, from_hex("6869")));
    CHECK_FALSE(fragment->is_atomic());
}

TEST_CASE("a fragment is atomic if it is the first and the last") {
    CHECK(parse_ipv6_fragment_header(from_hex("3a 00 0000 00000007"))->is_atomic());
    CHECK(parse_ipv6_fragment_header(from_hex("3a ff 0006 00000007"))->is_atomic());
    CHECK_FALSE(parse_ipv6_fragment_header(from_hex("3a 00 0001 00000007"))->is_atomic());
    CHECK_FALSE(parse_ipv6_fragment_header(from_hex("3a 00 0008 00000007"))->is_atomic());
    CHECK(parse_ipv6_fragment_header(from_hex("3a 00 fff8 00000007"))->offset == 65528);
}

TEST_CASE("parse_ipv6_fragment_header refuses fewer than eight bytes, and nothing else") {
    tunlab::test::for_each_truncation(kFragment, [](Bytes part) {
        const auto fragment = parse_ipv6_fragment_header(part);
        CHECK(static_cast<bool>(fragment) == (part.size() >= kIpv6FragmentHeaderSize));
        if (!fragment) CHECK(fragment.error() == Defect::Truncated);
    });
    tunlab::test::for_each_byte_change(kFragment, [](Bytes changed, std::size_t) {
        const auto fragment = parse_ipv6_fragment_header(changed);
        REQUIRE(fragment);
        REQUIRE(fragment->offset % 8 == 0);
    });
}

TEST_CASE("write_ipv6_fragment_header writes eight bytes and nothing more, reserved bits 0") {
    tunlab::test::GuardedBuffer out(16);
    write_ipv6_fragment_header(out.inside(), *parse_ipv6_fragment_header(kFragment));
    CHECK(out.untouched_but(kIpv6FragmentHeaderSize));
    CHECK(same_bytes(out.inside().first(kIpv6FragmentHeaderSize), from_hex("11 00 05a9 12345678")));
}

TEST_CASE("what write_ipv6_fragment_header writes, parse_ipv6_fragment_header reads") {
    for (const Ipv6FragmentHeader& header : {
             Ipv6FragmentHeader{.next_header = 58, .offset = 0, .more = false, .identification = 0},
             Ipv6FragmentHeader{
                 .next_header = 255, .offset = 65528, .more = true, .identification = 0xffffffff},
             Ipv6FragmentHeader{.next_header = 6, .offset = 8, .more = false, .identification = 0x01020304},
         }) {
        tunlab::test::GuardedBuffer out(kIpv6FragmentHeaderSize);
        write_ipv6_fragment_header(out.inside(), header);
        const auto read = parse_ipv6_fragment_header(out.inside());
        REQUIRE(read);
        CHECK(read->next_header == header.next_header);
        CHECK(read->offset == header.offset);
        CHECK(read->more == header.more);
        CHECK(read->identification == header.identification);
    }
}

TEST_CASE("holds_upper_layer_header wants so many bytes of each upper layer") {
    const std::vector<std::uint8_t> bytes(64);
    const auto least = [&bytes](std::uint8_t protocol) {
        std::size_t size = 0;
        while (size < bytes.size() && !holds_upper_layer_header(Bytes(bytes).first(size), protocol))
            ++size;
        return size;
    };
    CHECK(least(kProtocolTcp) == 20);
    CHECK(least(kProtocolUdp) == 8);
    CHECK(least(kProtocolIcmpv6) == 8);
    CHECK(least(253) == 1);
    CHECK(least(tunlab::kNextNone) == 0);
}

TEST_CASE("holds_upper_layer_header goes through the headers in between") {
    // hop-by-hop options, 16 bytes of routing header, destination options, an atomic fragment header; UDP
    const auto chain = from_hex("2b 00 0104 00000000  3c 01 0200 00000000 0000000000000000  2c 00 0104 "
                                "00000000  11 00 0000 00000001  "
                                "03e8 07d0 0008 0000");
    CHECK(holds_upper_layer_header(chain, tunlab::kNextHopByHop));
    tunlab::test::for_each_truncation(chain, [](Bytes part) {
        CAPTURE(part.size());
        CHECK_FALSE(holds_upper_layer_header(part, tunlab::kNextHopByHop));
    });
    tunlab::test::for_each_byte_change(chain, [](Bytes changed, std::size_t index) {
        const bool held = holds_upper_layer_header(changed, tunlab::kNextHopByHop);
        // lengths of headers, which may lead beyond the end
        const bool is_length = index == 1 || index == 9 || index == 25;
        const bool is_next = index == 0 || index == 8 || index == 24 || index == 32;
        if (!is_length && !is_next) REQUIRE(held);
        if (is_length && changed[index] > 6) REQUIRE_FALSE(held);
    });
}

TEST_CASE("headers that end in no next header are whole") {
    CHECK(holds_upper_layer_header(from_hex("3b 00 0104 00000000"), tunlab::kNextDestination));
    CHECK_FALSE(holds_upper_layer_header(from_hex("3b 00 0104 000000"), tunlab::kNextDestination));
}
