#include "tunlab/base/percentage.hpp"

#include <doctest/doctest.h>

namespace tunlab::test {

TEST_CASE("a percentage is exact to four decimals") {
    CHECK(parse_percentage("0%")->millionths() == 0);
    CHECK(parse_percentage("2%")->millionths() == 20'000);
    CHECK(parse_percentage("0.25%")->millionths() == 2'500);
    CHECK(parse_percentage("0.0001%")->millionths() == 1);
    CHECK(parse_percentage("99.9999%")->millionths() == 999'999);
    CHECK(parse_percentage("100%")->millionths() == Percentage::kAll);
    CHECK(parse_percentage("100.0%")->millionths() == Percentage::kAll);
}

TEST_CASE(
    "more than all, less than nothing, finer than four decimals and what has no sign are no percentages") {
    for (const auto* const text : {"", "%", "2", "2 %", "2%%", "-1%", "100.0001%", "101%", "1000%",
                                   "0.00001%", "2e1%", ".5%", "5.%", "two%"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_percentage(text));
    }
}

TEST_CASE("a percentage is written as briefly as it reads back") {
    CHECK(Percentage().to_string() == "0%");
    for (const auto* const text : {"0%", "2%", "0.25%", "0.0001%", "12.3456%", "100%"}) {
        CHECK(parse_percentage(text)->to_string() == text);
    }
}

TEST_CASE("percentages compare by what they are") {
    CHECK(*parse_percentage("2%") < *parse_percentage("10%"));
    CHECK(*parse_percentage("2.0%") == *parse_percentage("2%"));
}

}  // namespace tunlab::test
