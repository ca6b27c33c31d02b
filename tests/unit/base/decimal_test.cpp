#include "tunlab/base/decimal.hpp"

#include <limits>
#include <string>

#include <doctest/doctest.h>

namespace tunlab::test {

TEST_CASE("a decimal is its digits, and so many more behind the point") {
    CHECK(parse_decimal("0", 0) == 0);
    CHECK(parse_decimal("42", 0) == 42);
    CHECK(parse_decimal("42", 3) == 42'000);
    CHECK(parse_decimal("1.5", 9) == 1'500'000'000);
    CHECK(parse_decimal("0.0001", 4) == 1);
    CHECK(parse_decimal("007", 2) == 700);
    CHECK(parse_decimal("2.50", 1) == 25);  // zeros at the end say nothing
    CHECK(parse_decimal("9223372036854775807", 0) == std::numeric_limits<std::int64_t>::max());
}

TEST_CASE(
    "what is not written as a decimal is none, nor is one that would have to be rounded or is too large") {
    for (const auto* const text : {"", ".", "1.", ".5", "1.2.3", "-1", "+1", " 1", "1 ", "1e3", "0x1", "1,5",
                                   "a", "1.a", "9223372036854775808", "1\xc2\xb2"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_decimal(text, 4));
    }
    CHECK_FALSE(parse_decimal("1.5", 0));
    CHECK_FALSE(parse_decimal("0.00001", 4));
    CHECK_FALSE(parse_decimal("9223372036854775807", 1));
}

TEST_CASE("a decimal is written with as few digits as say it, and reads back") {
    CHECK(format_decimal(0, 4) == "0");
    CHECK(format_decimal(25'000, 4) == "2.5");
    CHECK(format_decimal(1, 4) == "0.0001");
    CHECK(format_decimal(1'000'000, 4) == "100");
    CHECK(format_decimal(1'050, 3) == "1.05");
    for (unsigned decimals = 0; decimals <= 9; ++decimals) {
        for (const std::int64_t value :
             {std::int64_t{0}, std::int64_t{7}, std::int64_t{1'000}, std::int64_t{123'456'789},
              std::numeric_limits<std::int64_t>::max()}) {
            CHECK(parse_decimal(format_decimal(value, decimals), decimals) == value);
        }
    }
}

}  // namespace tunlab::test
