#include "tunlab/plan/mark.hpp"

#include <cstdint>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace tunlab::test {

TEST_CASE("a mark is a prefix, sixteen hex digits and the profile's path") {
    CHECK(format_mark({0x0123456789abcdef, "/etc/tunlab/tun0.json"}) ==
          "tunlab:1:0123456789abcdef:/etc/tunlab/tun0.json");
    CHECK(format_mark({0x2a, "/p.json"}) == "tunlab:1:000000000000002a:/p.json");
    CHECK(format_mark({0xffffffffffffffff, ""}) == "tunlab:1:ffffffffffffffff:-");
}

TEST_CASE("parse_mark gives back what format_mark was given") {
    for (const auto* path : {"", "/p.json", "/a:b:c/d.json", "/with space/x.json", "/\xc3\xa4.json",
                             "/\xff\n\x1b[2J", "/-", "//"}) {
        for (const std::uint64_t digest : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}}) {
            CAPTURE(path);
            const auto mark = parse_mark(format_mark({digest, path}));
            REQUIRE(mark);
            CHECK(mark->digest == digest);
            CHECK(mark->profile == path);
        }
    }
}

TEST_CASE("a path that does not fit into an alias is left out whole") {
    constexpr std::size_t kRoom = 254 - 9 - 16 - 1;  // less "tunlab:1:", the digits and ":"
    const std::string fits = "/" + std::string(kRoom - 1, 'x');
    CHECK(format_mark({7, fits}).size() == 254);
    CHECK(parse_mark(format_mark({7, fits}))->profile == fits);
    CHECK(format_mark({7, fits + "x"}) == "tunlab:1:0000000000000007:-");
    CHECK(format_mark({7, std::string(100'000, '/')}) == "tunlab:1:0000000000000007:-");
}

TEST_CASE("an alias that tunlab did not write is no mark") {
    for (const std::string_view alias : {
             "",
             "uplink to the cellar",
             "tunlab",
             "tunlab:1:",
             "tunlab:1:0123456789abcdef",
             "tunlab:1:0123456789abcdef:",
             "tunlab:1:0123456789abcde:/p.json",
             "tunlab:1:0123456789abcdef0:/p.json",
             "tunlab:1:0123456789abcdeg:/p.json",
             "tunlab:1:-123456789abcdef:/p.json",
             "tunlab:1:+123456789abcdef:/p.json",
             "tunlab:1: 123456789abcdef:/p.json",
             "tunlab:1:0x23456789abcdef:/p.json",
             "tunlab:1:0123456789abcdef/p.json",
             "tunlab:2:0123456789abcdef:/p.json",
             "Tunlab:1:0123456789abcdef:/p.json",
             " tunlab:1:0123456789abcdef:/p.json",
             "tunlab:1::/p.json",
         }) {
        CAPTURE(alias);
        CHECK_FALSE(parse_mark(alias));
    }
}

TEST_CASE("a mark whose path is not absolute is none: it would mean another file in every directory") {
    for (const std::string_view alias :
         {"tunlab:1:0123456789abcdef:p.json", "tunlab:1:0123456789abcdef:../p.json",
          "tunlab:1:0123456789abcdef:--", "tunlab:1:0123456789abcdef: /p.json"}) {
        CAPTURE(alias);
        CHECK_FALSE(parse_mark(alias));
    }
}

TEST_CASE("no beginning of a mark is a mark with another digest") {
    const std::string mark = format_mark({0x0123456789abcdef, "/p.json"});
    for (std::size_t size = 0; size < mark.size(); ++size) {
        const auto part = parse_mark(std::string_view(mark).substr(0, size));
        if (part) CHECK(part->digest == 0x0123456789abcdef);
    }
}

}  // namespace tunlab::test
