#include "tunlab/base/source.hpp"

#include <string>

#include <doctest/doctest.h>

using tunlab::InvalidProfile;
using tunlab::line_at;
using tunlab::position_at;
using tunlab::SourceLocation;
using tunlab::SourcePosition;

TEST_CASE("positions count lines and columns from 1") {
    const std::string text = "ab\ncd\n\nx";
    CHECK(position_at(text, 0) == SourcePosition{1, 1});
    CHECK(position_at(text, 1) == SourcePosition{1, 2});
    // the line end belongs to its line
    CHECK(position_at(text, 2) == SourcePosition{1, 3});
    CHECK(position_at(text, 3) == SourcePosition{2, 1});
    CHECK(position_at(text, 6) == SourcePosition{3, 1});
    CHECK(position_at(text, 7) == SourcePosition{4, 1});
    CHECK(position_at(text, 8) == SourcePosition{4, 2});
    CHECK(position_at("", 0) == SourcePosition{1, 1});
}

TEST_CASE("columns count characters, not bytes") {
    // "Gerät" has six bytes, the "=" behind it is the sixth character
    CHECK(position_at("Ger\xc3\xa4t=", 6) == SourcePosition{1, 6});
    // bytes that are no UTF-8 count one each
    CHECK(position_at("\xff\xff=", 2) == SourcePosition{1, 3});
}

TEST_CASE("a line is found from any of its bytes, without its end") {
    const std::string text = "first\nsecond\r\n\nlast";
    for (std::size_t offset = 0; offset <= 5; ++offset)
        CHECK(line_at(text, offset) == "first");
    for (std::size_t offset = 6; offset <= 13; ++offset)
        CHECK(line_at(text, offset) == "second");
    CHECK(line_at(text, 14).empty());
    for (std::size_t offset = 15; offset <= text.size(); ++offset)
        CHECK(line_at(text, offset) == "last");
    CHECK(line_at("", 0).empty());
    CHECK(line_at("a\n", 2).empty());
}

TEST_CASE("a location names file, line, column and the place in the document") {
    const SourceLocation location{.file = "profiles/wan0.json", .position = {14, 5}, .pointer = "/routes/0"};
    CHECK(location.to_string() == "profiles/wan0.json:14:5, at /routes/0");
    CHECK(SourceLocation{.file = "a.json", .position = {}, .pointer = ""}.to_string() == "a.json:1:1");
}

TEST_CASE("a location does not let a file's name or key reach the terminal") {
    const SourceLocation location{.file = "a\x1b[2J", .position = {}, .pointer = "/\n"};
    CHECK(location.to_string() == "a\\x1b[2J:1:1, at /\\n");
}

TEST_CASE("problems found are thrown together and speak with the first") {
    const InvalidProfile found(
        {{.file = "a", .place = {}, .message = "first", .pointer = "", .suggestion = ""},
         {.file = "a", .place = {}, .message = "second", .pointer = "", .suggestion = ""}});
    CHECK(std::string(found.what()) == "first");
    CHECK(found.diagnostics().size() == 2);
}
