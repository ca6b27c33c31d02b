#include "tunlab/base/duration.hpp"

#include <doctest/doctest.h>

using namespace std::chrono_literals;

namespace tunlab::test {

TEST_CASE("a duration is a number with its unit") {
    CHECK(parse_duration("40ms") == 40ms);
    CHECK(parse_duration("250us") == 250us);
    CHECK(parse_duration("1.5s") == 1500ms);
    CHECK(parse_duration("0ms") == 0ns);
    CHECK(parse_duration("0.001us") == 1ns);
    CHECK(parse_duration("3600s") == 1h);
    CHECK(parse_duration("3600000ms") == 1h);
}

TEST_CASE("without a unit, with another, below a nanosecond or beyond an hour it is none") {
    for (const auto* const text : {"", "40", "0", "ms", "40 ms", "40m", "1h", "40ns", "40Ms", "-1ms", "+1ms",
                                   "1e3ms", "0.0001us", "3600.001s", "3601s", "99999999999999999999s"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_duration(text));
    }
}

TEST_CASE("a duration is written in the unit that suits it, and reads back") {
    CHECK(format_duration(0ns) == "0ms");
    CHECK(format_duration(40ms) == "40ms");
    CHECK(format_duration(1500ms) == "1.5s");
    CHECK(format_duration(250us) == "250us");
    CHECK(format_duration(999'999ns) == "999.999us");
    CHECK(format_duration(1ns) == "0.001us");
    for (const auto duration :
         {0ns, 1ns, 999ns, 1'000ns, 40'000'000ns, 1'234'567'891ns, 3'600'000'000'000ns}) {
        CHECK(parse_duration(format_duration(duration)) == duration);
    }
}

TEST_CASE("a rate is a whole number a second, from one to a million") {
    CHECK(parse_rate("1/s") == 1);
    CHECK(parse_rate("100/s") == 100);
    CHECK(parse_rate("1000000/s") == 1'000'000);
    for (const auto* const text :
         {"", "100", "/s", "0/s", "1000001/s", "1.5/s", "1.0/s", "-1/s", "100 /s", "100/m", "100/s/s"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_rate(text));
    }
    CHECK(format_rate(100) == "100/s");
}

}  // namespace tunlab::test
