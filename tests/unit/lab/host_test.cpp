#include "tunlab/lab/host.hpp"

#include "lab_support.hpp"
#include <doctest/doctest.h>

namespace tunlab::test {

TEST_CASE("answers have the words of a profile") {
    CHECK(word_of(Answer::Echo) == "echo");
    CHECK(word_of(Answer::Silent) == "silent");
    CHECK(word_of(Answer::Absent) == "absent");
    CHECK(word_of(Answer::NetUnreachable) == "net-unreachable");
    CHECK(word_of(Answer::HostUnreachable) == "host-unreachable");
    CHECK(word_of(Answer::PortUnreachable) == "port-unreachable");
    CHECK(word_of(Answer::AdminProhibited) == "admin-prohibited");
}

TEST_CASE("a rule names one host if its match is a whole address") {
    const auto names_one = [](std::string_view match) {
        return HostRule{.match = prefix(match)}.names_one();
    };
    CHECK(names_one("10.0.0.7/32"));
    CHECK(names_one("fd00::7/128"));
    CHECK_FALSE(names_one("10.0.0.6/31"));
    CHECK_FALSE(names_one("fd00::/32"));
    CHECK_FALSE(names_one("0.0.0.0/0"));
}

}  // namespace tunlab::test
