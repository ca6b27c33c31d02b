#include "tunlab/profile/document.hpp"

#include <cstdint>
#include <random>
#include <string>

#include "profile/profile_samples.hpp"
#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace std::string_view_literals;

namespace tunlab {

namespace {

std::string slice(std::string_view text, SourceRange range) {
    return std::string(text.substr(range.begin, range.end - range.begin));
}

/// "BEGIN-END MESSAGE [SUGGESTION]" of the only finding.
std::string fault_of(std::string_view text) {
    const Document document = parse_document(text);
    if (document.diagnostics.size() != 1) return fmt::format("{} findings", document.diagnostics.size());
    const Diagnostic& finding = document.diagnostics.front();
    std::string out = fmt::format("{}-{} {}", finding.range.begin, finding.range.end, finding.message);
    return finding.suggestion.empty() ? out : fmt::format("{} [{}]", out, finding.suggestion);
}

/// Every value in `text` as it is written there, in the order of their ends.
void collect(std::string_view text, const Node& node, std::string& out) {
    if (const auto* array = std::get_if<Node::Array>(&node.value)) {
        for (const auto& element : *array) {
            collect(text, element, out);
        }
    }
    if (const auto* object = std::get_if<Node::Object>(&node.value)) {
        for (const auto& member : *object) {
            out += slice(text, member.key_range) + "=";
            collect(text, member.value, out);
        }
    }
    out += slice(text, node.range) + ";";
}

struct Case {
    std::string_view text;
    std::string_view fault;
};

}  // namespace

TEST_CASE("parse_document gives each value and key the bytes it was written with") {
    constexpr std::string_view kText =
        " { \"a\" : [1,-2.5e3 ,\"x\\\"]\" , true], // c, \"\n \"b\":/* { */null }";
    const Document document = parse_document(kText);
    REQUIRE(document.root);
    CHECK(document.diagnostics.empty());
    std::string seen;
    collect(kText, *document.root, seen);
    CHECK(seen == "\"a\"=1;-2.5e3;\"x\\\"]\";true;[1,-2.5e3 ,\"x\\\"]\" , true];\"b\"=null;"
                  "{ \"a\" : [1,-2.5e3 ,\"x\\\"]\" , true], // c, \"\n \"b\":/* { */null };");
}

TEST_CASE("parse_document keeps its step over numbers of every form") {
    for (const auto number :
         {"0", "-0", "7", "-12", "0.5", "10.25", "1e3", "1E+3", "2e-3", "-0.0e0", "1.5e10"}) {
        const std::string text = fmt::format("[{}, {} ,\"next\"]", number, number);
        CAPTURE(text);
        const Document document = parse_document(text);
        REQUIRE(document.root);
        const auto& array = std::get<Node::Array>(document.root->value);
        REQUIRE(array.size() == 3);
        CHECK(slice(text, array[1].range) == number);
        CHECK(slice(text, array[2].range) == "\"next\"");
    }
}

TEST_CASE("parse_document keeps its step over comments of every form") {
    for (const auto comment :
         {"/**/", "/***/", "/*/*/", "/* * / */", "//\n", "// \"x\" {\n", "//x\r", "/*\n*///,\n"}) {
        const std::string text = fmt::format("{0}[{0}1{0},{0}2{0}]{0}", comment);
        CAPTURE(text);
        const Document document = parse_document(text);
        REQUIRE(document.root);
        const auto& array = std::get<Node::Array>(document.root->value);
        REQUIRE(array.size() == 2);
        CHECK(slice(text, array[0].range) == "1");
        CHECK(slice(text, array[1].range) == "2");
    }
}

TEST_CASE("parse_document decodes values") {
    const Document document =
        parse_document(R"(["a\u00e9\n", 12, -3, 1.0, 1e2, false, null, 9223372036854775807])");
    REQUIRE(document.root);
    const auto& array = std::get<Node::Array>(document.root->value);
    CHECK(std::get<std::string>(array[0].value) == "a\xc3\xa9\n");
    CHECK(std::get<Number>(array[1].value).whole == 12);
    CHECK(std::get<Number>(array[2].value).whole == -3);
    CHECK(std::get<Number>(array[3].value).kind == Number::Kind::Fractional);
    CHECK(std::get<Number>(array[4].value).kind == Number::Kind::Fractional);
    CHECK(std::get<bool>(array[5].value) == false);
    CHECK(std::holds_alternative<Node::Null>(array[6].value));
    CHECK(std::get<Number>(array[7].value).whole == INT64_MAX);
}

TEST_CASE("parse_document finds syntax errors at the offending token, in plain words") {
    const Case cases[] = {
        {"", "0-0 the file is empty"},
        {" \n// only a comment\n", "0-0 the file is empty"},
        {"{",
         "1-1 expected a key in double quotes, found the end of the file [\"{\" on line 1 is not closed]"},
        {"[1\n\n", "2-2 expected \",\" or \"]\", found the end of the file [\"[\" on line 1 is not closed]"},
        {"\n{\"a\": [1]",
         "10-10 expected \",\" or \"}\", found the end of the file [\"{\" on line 2 is not closed]"},
        {"{\"a\"",
         "4-4 expected \":\" after the key, found the end of the file [\"{\" on line 1 is not closed]"},
        {"{\"a\":", "5-5 expected a value, found the end of the file [\"{\" on line 1 is not closed]"},
        {"{\"a\": 1,}", "8-9 expected a key in double quotes, found \"}\" [remove the comma before it]"},
        {"[1, ]", "4-5 expected a value, found \"]\" [remove the comma before it]"},
        {"[1,,2]", "3-4 expected a value, found \",\" [remove one of the commas]"},
        {"{\"a\",1}", "4-5 expected \":\" after the key, found \",\""},
        {"{\"a\"::1}", "5-6 expected a value, found \":\""},
        {"{1: 2}", "1-2 expected a key in double quotes, found the number 1"},
        {"{\"a\": 1 \"b\": 2}",
         "8-11 expected \",\" or \"}\", found the string \"b\" [add a comma before it]"},
        {"[1 2]", "3-4 expected \",\" or \"]\", found the number 2 [add a comma before it]"},
        {"[01]", "2-3 expected \",\" or \"]\", found the number 1 [numbers have no leading zeros]"},
        {"[[1}]", "3-4 expected \",\" or \"]\", found \"}\" [\"[\" on line 1 is not closed]"},
        {"}", "0-1 expected a value, found \"}\""},
        {"{} {}", "3-4 more text after the end of the profile [a file holds one profile]"},
        {"{},", "2-3 more text after the end of the profile [a file holds one profile]"},
        {"{} x", "3-4 more text after the end of the profile [a file holds one profile]"},
        {"{a: 1}", "1-2 unexpected \"a\" [keys and strings stand in double quotes: \"...\"]"},
        {"{'a': 1}", "1-4 unexpected \"'a'\" [keys and strings stand in double quotes: \"...\"]"},
        {"[True]", "1-5 unexpected \"True\" [did you mean true?]"},
        {"[None]", "1-5 unexpected \"None\" [did you mean null?]"},
        {"[nul]", "1-4 unexpected \"nul\" [keys and strings stand in double quotes: \"...\"]"},
        {"[1] # x", "4-5 more text after the end of the profile [a file holds one profile]"},
        {"[ # x\n]", "2-3 unexpected \"#\" [comments begin with \"//\"]"},
        {"{\"a\" = 1}", "5-6 unexpected \"=\" [\":\" stands between a key and its value]"},
        {"[-]", "1-2 \"-\": not a number"},
        {"[1.]", "1-3 \"1.\": not a number"},
        {"[1e+]", "1-4 \"1e+\": not a number"},
        {"[ /1]", "2-3 unexpected \"/\" [comments begin with \"//\" or \"/*\"]"},
        {"[1 /* x]", "3-5 the comment is not closed [add \"*/\"]"},
        {"[\"abc]", "1-6 the string is not closed [add the closing quote]"},
        {"[\"abc\n\"]", "1-5 the string is not closed [add the closing quote]"},
        {"[\"abc\r\n\"]", "1-5 the string is not closed [add the closing quote]"},
        {"[\"a\tb\"]", "3-4 control character U+0009 in a string [write it as \\t]"},
        {"[\"a\x1b\"]", "3-4 control character U+001B in a string [write it as \\u001b]"},
        {"[\"a\\q\"]", "3-5 \\q: no such escape [a backslash itself is written \\\\]"},
        {"[\"a\\\xc3\xa9\"]", "3-6 \\\xc3\xa9: no such escape [a backslash itself is written \\\\]"},
        {"[\"a\\u12\"]", "3-8 \\u must be followed by four hexadecimal digits"},
        {"[\"\\ud800\"]", "2-9 half of a surrogate pair [write the character itself]"},
        {"[\"\\udc00\"]", "2-8 half of a surrogate pair [write the character itself]"},
    };
    for (const auto& [text, fault] : cases) {
        CAPTURE(text);
        CHECK(fault_of(text) == fault);
        CHECK_FALSE(parse_document(text).root);
    }
}

TEST_CASE("parse_document refuses what no text file should hold") {
    CHECK(fault_of("\xef\xbb\xbf{}") ==
          "0-3 the file begins with a byte order mark [save it as UTF-8 without one]");
    CHECK(fault_of("{}\0"sv) == "2-3 a NUL byte [remove it, or save the file as UTF-8 if it is UTF-16]");
    CHECK(fault_of("[\"\xff\"]") == "2-3 byte 0xff is not UTF-8 [save the file as UTF-8]");
    CHECK(fault_of("[] // \xc3") == "6-7 byte 0xc3 is not UTF-8 [save the file as UTF-8]");
    CHECK(fault_of("\xff\xfe{\0}\0"sv) == "0-1 byte 0xff is not UTF-8 [save the file as UTF-8]");
}

TEST_CASE("parse_document finds numbers out of range") {
    CHECK(fault_of("[1e999]") == "1-6 1e999: the number is out of range");
    CHECK(fault_of("[-1e999]") == "1-7 -1e999: the number is out of range");
    CHECK(fault_of("[99999999999999999999999]") ==
          "1-24 99999999999999999999999: the number is out of range");
    CHECK(fault_of("[-99999999999999999999999]") ==
          "1-25 -99999999999999999999999: the number is out of range");
    CHECK(fault_of("[9223372036854775808]") == "1-20 9223372036854775808: the number is out of range");
    // Only the first kind ends the reading.
    CHECK_FALSE(parse_document("[1e999]").root);
    CHECK(parse_document("[99999999999999999999999, 1]").root);
}

TEST_CASE("parse_document finds a duplicate key at its second place, naming the line of the first") {
    const Document document = parse_document("{\"a\": {\n\"b\": 1,\n\"\\u0062\": 2, \"b\": 3}}");
    REQUIRE(document.diagnostics.size() == 2);
    CHECK(document.diagnostics[0].message == "duplicate key \"b\": the first is on line 2");
    CHECK(document.diagnostics[0].range.begin == 16);
    CHECK(document.diagnostics[0].range.end == 24);
    CHECK(document.diagnostics[0].pointer == "/a/b");
    CHECK(document.diagnostics[1].message == "duplicate key \"b\": the first is on line 2");
    CHECK(document.root);
    // The same key in two objects is none.
    CHECK(parse_document(R"([{"a": 1}, {"a": 1}])").diagnostics.empty());
}

TEST_CASE("parse_document stops at the bracket that is one level too deep") {
    const std::string most = std::string(kMaxDocumentDepth, '[') + std::string(kMaxDocumentDepth, ']');
    CHECK(parse_document(most).diagnostics.empty());
    CHECK(fault_of(std::string(33, '[') + std::string(33, ']')) == "32-33 nested deeper than 32 levels");
    CHECK(fault_of(std::string(100'000, '[')) == "32-33 nested deeper than 32 levels");
    std::string objects;
    for (int i = 0; i < 100'000; ++i) {
        objects += "{\"a\":";
    }
    CHECK(fault_of(objects) == "160-161 nested deeper than 32 levels");
}

TEST_CASE("parse_document survives whatever bytes come") {
    std::mt19937 random(20260101);  // fixed: a failure must come again
    std::string alphabet = "{}[]:,\"\\/*\n\t -+.eE0123456789truefalsnl";
    alphabet += "\x00\x7f\xc3\xa9\xef\xbb\xbf\xff"sv;
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        const auto length = random() % 40;
        for (unsigned i = 0; i < length; ++i) {
            text += round % 2 == 0 ? alphabet[random() % alphabet.size()] : static_cast<char>(random() % 256);
        }
        const Document document = parse_document(text);
        const bool explained = document.root || !document.diagnostics.empty();
        REQUIRE(explained);
        for (const auto& finding : document.diagnostics) {
            REQUIRE(finding.range.begin <= finding.range.end);
            REQUIRE(finding.range.end <= text.size());
        }
    }
}

TEST_CASE("PositionIndex agrees with position_at everywhere in a text") {
    std::string text;
    for (int i = 0; i < 300; ++i) {
        text += fmt::format("line {} \xc3\xa9\xe2\x82\xac \r\n", i);
        if (i % 50 == 0) text += std::string(700, 'x') + "\xff";
    }
    const PositionIndex index(text);
    for (std::size_t offset = 0; offset <= text.size(); ++offset) {
        const bool within_character =
            offset < text.size() && (static_cast<std::uint8_t>(text[offset]) & 0xc0) == 0x80;
        if (within_character) continue;
        REQUIRE(index.position(offset) == position_at(text, offset));
    }
    CHECK(PositionIndex("").position(0) == SourcePosition{1, 1});
    CHECK(PositionIndex("\n").position(1) == SourcePosition{2, 1});
}

TEST_CASE("extend_pointer escapes as RFC 6901 says") {
    CHECK(extend_pointer("", "routes") == "/routes");
    CHECK(extend_pointer("/routes", "0") == "/routes/0");
    CHECK(extend_pointer("", "a/b~c") == "/a~1b~0c");
}

TEST_CASE("quote_shortened cuts long values between characters") {
    CHECK(quote_shortened("a\nb") == "\"a\\nb\"");
    CHECK(quote_shortened(std::string(48, 'x')) == '"' + std::string(48, 'x') + '"');
    CHECK(quote_shortened(std::string(49, 'x')) == '"' + std::string(48, 'x') + "...\"");
    const std::string wide = std::string(47, 'x') + "\xc3\xa9" + "yy";
    CHECK(quote_shortened(wide) == '"' + std::string(47, 'x') + "\xc3\xa9...\"");
}

}  // namespace tunlab
