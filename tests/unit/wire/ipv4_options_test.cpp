#include "tunlab/wire/ipv4_options.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "support.hpp"
#include <doctest/doctest.h>

using tunlab::Bytes;
using tunlab::Defect;
using tunlab::Ipv4Address;
using tunlab::Ipv4Options;
using tunlab::parse_ipv4_options;
using tunlab::reply_options;
using tunlab::test::from_hex;
using tunlab::test::join;
using tunlab::test::same_bytes;

namespace {

const Ipv4Address kSelf{10, 0, 0, 1};
constexpr std::uint32_t kTime = 0x01234567;

// record route: 11 bytes, pointer 4, two free places; and one byte to make 12
const auto kRoute = from_hex("07 0b 04 00000000 00000000 01");
// timestamp: 12 bytes, pointer 5, times only, two free places
const auto kTimes = from_hex("44 0c 05 00 00000000 00000000");

bool is_sound(const std::string& options) {
    const auto bytes = from_hex(options);
    const auto found = parse_ipv4_options(bytes);
    if (!found) CHECK(found.error() == Defect::BadFormat);
    return static_cast<bool>(found);
}

/// The reply's options of a host that is asked with `options`, which must be sound.
std::vector<std::uint8_t> reply_to(const std::string& options, const Ipv4Address& self = kSelf) {
    const auto bytes = from_hex(options);
    const auto found = parse_ipv4_options(bytes);
    REQUIRE(found);
    const auto reply = reply_options(*found, self, kTime);
    REQUIRE(reply.size % 4 == 0);
    REQUIRE(reply.size <= bytes.size() + 3);
    return {reply.view().begin(), reply.view().end()};
}

/// Whether `after` is `before` but for pointer, overflow counter and at most two words where the pointer was.
bool is_update_of(Bytes before, Bytes after) {
    if (before.empty()) return true;
    const std::size_t room = std::min<std::size_t>(before[2] - 1U, before.size());
    const std::size_t behind = std::min(room + 8, before.size());
    const bool is_timestamp = before[0] == 0x44;
    return same_bytes(before.first(2), after.first(2)) &&
           (!is_timestamp || (before[3] ^ after[3]) % 16 == 0) &&
           same_bytes(before.first(room).subspan(is_timestamp ? 4 : 3),
                      after.first(room).subspan(is_timestamp ? 4 : 3)) &&
           same_bytes(before.subspan(behind), after.subspan(behind));
}

}  // namespace

TEST_CASE("parse_ipv4_options finds record route and timestamp, each from its type to its end") {
    const auto bytes = join(kRoute, kTimes);
    const auto found = parse_ipv4_options(bytes);
    REQUIRE(found);
    CHECK(same_bytes(found->record_route, from_hex("07 0b 04 00000000 00000000")));
    CHECK(same_bytes(found->timestamp, kTimes));
    CHECK_FALSE(found->source_route);
}

TEST_CASE("no options, no-operations and what stands behind the end are sound and nothing") {
    // nothing; four no-operations; end, then a record route with a wrong pointer; no-operation, end, rubbish
    for (const auto* const options : {"", "01010101", "00 07 03 04", "01 00 ff ff"}) {
        const auto bytes = from_hex(options);
        const auto found = parse_ipv4_options(bytes);
        REQUIRE(found);
        CHECK(found->record_route.empty());
        CHECK(found->timestamp.empty());
        CHECK_FALSE(found->source_route);
        CHECK(reply_options(*found, kSelf, kTime).size == 0);
    }
}

TEST_CASE("options that are of no use to a host are passed over, however often they come") {
    // security (RFC 1108), stream id, MTU probe (RFC 1063), an unknown one of 2 bytes
    for (const auto* const option : {"82 04 00 00", "88 04 00 01", "0b 04 05 dc", "5e 02 01 01"}) {
        CAPTURE(option);
        const auto bytes = join(from_hex(option), join(from_hex(option), kTimes));
        const auto found = parse_ipv4_options(bytes);
        REQUIRE(found);
        CHECK(same_bytes(found->timestamp, kTimes));
    }
}

TEST_CASE("an option without a length, or with one that can't be, is malformed") {
    CHECK_FALSE(is_sound("01 01 01 5e"));  // no length
    CHECK_FALSE(is_sound("5e 00 00 00"));  // shorter than type and length
    CHECK_FALSE(is_sound("5e 01 00 00"));
    CHECK(is_sound("5e 02 00 00"));
    CHECK(is_sound("5e 04 00 00"));
    CHECK_FALSE(is_sound("5e 05 00 00"));  // one byte beyond the header
    CHECK_FALSE(is_sound("5e ff 00 00"));
    CHECK_FALSE(is_sound("01 5e 04 00"));
}

TEST_CASE("parse_ipv4_options refuses options that are cut off, and takes whole ones") {
    const auto bytes = join(from_hex("07 0b 04 00000000 00000000"), kTimes);
    tunlab::test::for_each_truncation(bytes, [](Bytes part) {
        CAPTURE(part.size());
        const auto found = parse_ipv4_options(part);
        CHECK(static_cast<bool>(found) == (part.size() == 0 || part.size() == 11));
        if (!found) CHECK(found.error() == Defect::BadFormat);
    });
}

TEST_CASE("record route: the pointer is 4 or more, and leaves room for nothing, one or more addresses") {
    // 15 bytes, three places: sound pointers by their numbers, all others are not
    for (unsigned pointer = 0; pointer < 256; ++pointer) {
        CAPTURE(pointer);
        std::vector<std::uint8_t> option(15);
        option[0] = 7;
        option[1] = 15;
        option[2] = static_cast<std::uint8_t>(pointer);
        // room for all three: 12 bytes; for two: 8 to 11; for one: 4; none: beyond the end
        const bool sound = (pointer >= 4 && pointer <= 8) || pointer == 12 || pointer > 15;
        CHECK(static_cast<bool>(parse_ipv4_options(option)) == sound);
    }
    CHECK_FALSE(is_sound("07 02 00 00"));  // no pointer
    CHECK(is_sound("07 03 04 00"));        // no places
}

TEST_CASE("timestamp: the pointer is 5 or more, and leaves room for whole entries") {
    const auto sound_with = [](unsigned pointer, std::uint8_t flag) {
        std::vector<std::uint8_t> option(24);
        option[0] = 0x44;
        option[1] = 24;
        option[2] = static_cast<std::uint8_t>(pointer);
        option[3] = flag;
        return static_cast<bool>(parse_ipv4_options(option));
    };
    for (unsigned pointer = 0; pointer < 256; ++pointer) {
        CAPTURE(pointer);
        const bool full = pointer > 24;
        // times only: 4 bytes, or 8 and more
        CHECK(sound_with(pointer, 0) == ((pointer >= 5 && pointer <= 17) || pointer == 21 || full));
        // addresses and times: 8 bytes, or 16 and more
        CHECK(sound_with(pointer, 1) == ((pointer >= 5 && pointer <= 9) || pointer == 17 || full));
        // prespecified addresses: 8 bytes
        CHECK(sound_with(pointer, 3) == ((pointer >= 5 && pointer <= 17) || full));
        // flags that RFC 791 doesn't have: 4 bytes
        CHECK(sound_with(pointer, 2) == ((pointer >= 5 && pointer <= 21) || full));
        CHECK(sound_with(pointer, 15) == ((pointer >= 5 && pointer <= 21) || full));
    }
    CHECK_FALSE(is_sound("44 03 05 00"));  // no flag
    CHECK(is_sound("44 04 05 00"));        // no places
}

TEST_CASE("a full timestamp whose overflow counter is at its end is malformed, if it counts") {
    CHECK(is_sound("44 08 09 e0 00000000"));
    CHECK_FALSE(is_sound("44 08 09 f0 00000000"));
    CHECK_FALSE(is_sound("44 0c 0d f1 0000000000000000"));
    // a flag that RFC 791 doesn't have
    CHECK_FALSE(is_sound("44 08 09 f2 00000000"));
    // prespecified addresses: who isn't named misses nothing
    CHECK(is_sound("44 0c 0d f3 0000000000000000"));
    // not full: nothing will be counted
    CHECK(is_sound("44 08 05 f0 00000000"));
}

TEST_CASE("what may stand once and stands twice is malformed") {
    for (const auto* const option :
         {"07 07 04 00000000 00", "44 08 05 00 00000000", "83 07 04 0a000007 00"}) {
        CAPTURE(option);
        CHECK(is_sound(option));
        auto once = from_hex(option);
        once.resize(once[1]);
        CHECK_FALSE(parse_ipv4_options(join(once, once)));
    }
    // loose and strict source route are one thing
    CHECK_FALSE(is_sound("83 07 04 0a000007 89 07 04 0a000007"));
    CHECK(is_sound("94 04 0000 94 04 0000"));
}

TEST_CASE("a source route is noticed, at its end or not") {
    // loose, strict, loose with the pointer beyond its end, strict without places
    for (const auto* const options :
         {"83 07 04 0a000007", "89 07 04 0a000007", "83 07 08 0a000007", "89 03 04"}) {
        CAPTURE(options);
        const auto bytes = from_hex(options);
        const auto found = parse_ipv4_options(bytes);
        REQUIRE(found);
        CHECK(found->source_route);
        CHECK(reply_options(*found, kSelf, kTime).size == 0);
    }
    CHECK_FALSE(is_sound("83 02 00 00"));           // no pointer
    CHECK_FALSE(is_sound("83 07 03 0a000007 00"));  // pointer 3
}

TEST_CASE("a router alert has four bytes or more, and commercial security is never taken") {
    CHECK(is_sound("94 04 00 00"));
    CHECK(is_sound("94 04 00 01"));
    CHECK_FALSE(is_sound("94 03 00 00"));
    CHECK_FALSE(is_sound("94 02 00 00"));
    // domain 1, tag 1 with 4 bytes: level 0
    CHECK_FALSE(is_sound("86 0a 00000001 01 04 00 00 00 00"));
}

TEST_CASE("the reply's record route has the host at the first free place, once") {
    CHECK(same_bytes(reply_to("07 0b 04 00000000 00000000 00"), from_hex("07 0b 08 0a000001 00000000 00")));
    CHECK(same_bytes(reply_to("07 0b 08 01020304 00000000 00"), from_hex("07 0b 0c 01020304 0a000001 00")));
    // the longest there is: nine places
    const auto longest = reply_to("07 27 04" + std::string(72, '0') + "00");
    CHECK(longest.size() == 40);
    CHECK(same_bytes(Bytes(longest).first(7), from_hex("07 27 08 0a000001")));
    CHECK(same_bytes(reply_to("07 0b 04 00000000 00000000", {192, 0, 2, 9}),
                     from_hex("07 0b 08 c0000209 00000000 00")));
}

TEST_CASE("a full record route returns as it came") {
    CHECK(same_bytes(reply_to("07 0b 0c 01020304 05060708 00"), from_hex("07 0b 0c 01020304 05060708 00")));
    CHECK(same_bytes(reply_to("07 0b ff 01020304 05060708 00"), from_hex("07 0b ff 01020304 05060708 00")));
    CHECK(same_bytes(reply_to("07 03 04 00"), from_hex("07 03 04 00")));
}

TEST_CASE("a pointer between two places is followed to the byte") {
    CHECK(same_bytes(reply_to("07 0f 05 00 11111111 22222222 333333 00"),
                     from_hex("07 0f 09 00 0a000001 22222222 333333 00")));
}

TEST_CASE("the reply's timestamp has the time, or the address and the time, once") {
    CHECK(same_bytes(reply_to("44 0c 05 00 00000000 00000000"), from_hex("44 0c 09 00 01234567 00000000")));
    CHECK(same_bytes(reply_to("44 0c 09 00 11111111 00000000"), from_hex("44 0c 0d 00 11111111 01234567")));
    CHECK(same_bytes(reply_to("44 0c 05 01 00000000 00000000"), from_hex("44 0c 0d 01 0a000001 01234567")));
    // an overflow counter stays what it is while there is room
    CHECK(same_bytes(reply_to("44 08 05 70 00000000"), from_hex("44 08 09 70 01234567")));
}

TEST_CASE("a full timestamp counts one more that found no room") {
    CHECK(same_bytes(reply_to("44 08 09 00 11111111"), from_hex("44 08 09 10 11111111")));
    CHECK(same_bytes(reply_to("44 0c 0d e1 11111111 22222222"), from_hex("44 0c 0d f1 11111111 22222222")));
    CHECK(same_bytes(reply_to("44 04 05 00"), from_hex("44 04 05 10")));
    // prespecified addresses: nothing
    CHECK(same_bytes(reply_to("44 0c 0d 03 0a000001 22222222"), from_hex("44 0c 0d 03 0a000001 22222222")));
}

TEST_CASE("of prespecified addresses only the host's own gets a time, and only if it is the next") {
    // it is the next
    CHECK(same_bytes(reply_to("44 14 05 03 0a000001 00000000 0a000007 00000000"),
                     from_hex("44 14 0d 03 0a000001 01234567 0a000007 00000000")));
    // another is
    CHECK(same_bytes(reply_to("44 14 05 03 0a000007 00000000 0a000001 00000000"),
                     from_hex("44 14 05 03 0a000007 00000000 0a000001 00000000")));
    // it is twice: the first time counts
    CHECK(same_bytes(reply_to("44 14 05 03 0a000001 00000000 0a000001 00000000"),
                     from_hex("44 14 0d 03 0a000001 01234567 0a000001 00000000")));
}

TEST_CASE("a flag that RFC 791 doesn't have changes nothing while there is room") {
    CHECK(same_bytes(reply_to("44 0c 05 02 00000000 00000000"), from_hex("44 0c 05 02 00000000 00000000")));
}

TEST_CASE("record route comes first, then timestamp, the rest is left out and the end is filled up") {
    // no-operation, timestamp, router alert, no-operation, record route
    CHECK(same_bytes(reply_to("01 44 08 05 00 00000000 94 04 0000 01 07 07 04 00000000"),
                     from_hex("07 07 08 0a000001 44 08 09 00 01234567 00")));
    // both as long as they fit together
    CHECK(
        same_bytes(reply_to("44 14 05 00" + std::string(32, '0') + "07 13 04" + std::string(32, '0') + "01"),
                   from_hex("07 13 08 0a000001" + std::string(24, '0') + "44 14 09 00 01234567" +
                            std::string(24, '0') + "00")));
}

TEST_CASE("every change of one byte is refused, or answered within the bounds of the option") {
    const auto named = from_hex("44 14 05 03 0a000001 00000000 0a000007 00000000");
    for (const auto& whole : {kRoute, kTimes, named, join(kRoute, kTimes), join(named, kRoute)}) {
        tunlab::test::for_each_byte_change(whole, [&whole](Bytes changed, std::size_t) {
            const auto found = parse_ipv4_options(changed);
            if (!found) {
                REQUIRE(found.error() == Defect::BadFormat);
                return;
            }
            const auto reply = reply_options(*found, kSelf, kTime);
            REQUIRE(reply.size % 4 == 0);
            REQUIRE(reply.size <= whole.size());
            const std::size_t size = found->record_route.size() + found->timestamp.size();
            const Bytes answer = reply.view();
            REQUIRE(is_update_of(found->record_route, answer.first(found->record_route.size())));
            REQUIRE(is_update_of(found->timestamp,
                                 answer.subspan(found->record_route.size(), found->timestamp.size())));
            REQUIRE(std::ranges::all_of(answer.subspan(size), [](std::uint8_t byte) { return byte == 0; }));
        });
    }
}
