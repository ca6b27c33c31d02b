#include "tunlab/report/color.hpp"

#include <doctest/doctest.h>

namespace tunlab::test {

TEST_CASE("without colour a text stays as it is") {
    for (const auto paint : {Paint::Error, Paint::Good, Paint::Warning, Paint::Faint}) {
        CHECK(painted("reply ", paint, Color::Off) == "reply ");
        CHECK(painted("", paint, Color::Off).empty());
    }
}

TEST_CASE("with colour a text stands between its sequence and the reset") {
    CHECK(painted("error:", Paint::Error, Color::On) == "\x1b[1;31merror:\x1b[0m");
    CHECK(painted("reply ", Paint::Good, Color::On) == "\x1b[32mreply \x1b[0m");
    CHECK(painted("drop  ", Paint::Warning, Color::On) == "\x1b[33mdrop  \x1b[0m");
    CHECK(painted("ignore", Paint::Faint, Color::On) == "\x1b[2mignore\x1b[0m");
}

}  // namespace tunlab::test
