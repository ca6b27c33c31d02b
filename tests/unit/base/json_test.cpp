#include "tunlab/base/json.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace tunlab::test {

TEST_CASE("format_json gives a member and an element a line, in the order in which they were added") {
    JsonObject object{{"zone", "a"}, {"list", JsonArray{1, JsonObject{{"deep", true}}, nullptr}}};
    object.add("after", false);
    CHECK(format_json(object) == R"({
  "zone": "a",
  "list": [
    1,
    {
      "deep": true
    },
    null
  ],
  "after": false
}
)");
}

TEST_CASE("format_json keeps empty arrays and objects on one line") {
    CHECK(format_json(JsonArray{}) == "[]\n");
    CHECK(format_json(JsonObject{}) == "{}\n");
    CHECK(format_json(JsonArray{JsonArray{}, JsonObject{}}) == "[\n  [],\n  {}\n]\n");
}

TEST_CASE("a Json of nothing is null") {
    CHECK(format_json(Json()) == "null\n");
    CHECK(format_json(nullptr) == "null\n");
}

TEST_CASE("format_json gives every whole number exactly") {
    CHECK(format_json(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808\n");
    CHECK(format_json(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615\n");
    CHECK(format_json(std::uint8_t{65}) == "65\n");
}

TEST_CASE("a text is a string, whatever its type; no pointer becomes a boolean") {
    const char* const pointer = "text";
    CHECK(format_json(pointer) == "\"text\"\n");
    CHECK(format_json(std::string_view("text")) == "\"text\"\n");
    CHECK(format_json(std::string("text")) == "\"text\"\n");
}

TEST_CASE("format_json escapes what RFC 8259 §7 asks for and nothing else") {
    CHECK(format_json("\"\\/\b\f\n\r\t\x01\x1f\x7f") == "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"\n");
    CHECK(format_json(std::string("\0", 1)) == "\"\\u0000\"\n");
    CHECK(format_json("ä€😀") == "\"ä€😀\"\n");
    CHECK(format_json(JsonObject{{"a\n", "b"}}) == "{\n  \"a\\n\": \"b\"\n}\n");
}

TEST_CASE("format_json replaces what is not UTF-8 in strings and in keys, and never throws") {
    CHECK(format_json("a\xff"
                      "b") == "\"a\xef\xbf\xbd"
                              "b\"\n");
    CHECK(format_json("\xc0\x80") == "\"\xef\xbf\xbd\xef\xbf\xbd\"\n");  // overlong
    CHECK(format_json("\xe2\x82") == "\"\xef\xbf\xbd\"\n");              // cut short
    CHECK(format_json("\xe2\x82"
                      "a") == "\"\xef\xbf\xbd"
                              "a\"\n");  // cut short by a letter
    CHECK(format_json("\xed\xa0\x80") == "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"\n");  // a surrogate
    CHECK(format_json(JsonObject{{"\xff", 1}}) == "{\n  \"\xef\xbf\xbd\": 1\n}\n");
}

TEST_CASE("add joins the members of another object behind the own ones") {
    JsonObject object{{"a", 1}};
    object.add(JsonObject{{"c", 2}, {"b", 3}});
    CHECK(format_json(object) == "{\n  \"a\": 1,\n  \"c\": 2,\n  \"b\": 3\n}\n");
}

}  // namespace tunlab::test
