#include "tunlab/base/escape.hpp"

#include <random>
#include <string>

#include <doctest/doctest.h>

using tunlab::escape;
using tunlab::quote;
using tunlab::utf8_sequence_length;

TEST_CASE("plain text stays as it is") {
    CHECK(escape("").empty());
    CHECK(escape("tun0 192.168.0.1/24 ~!@") == "tun0 192.168.0.1/24 ~!@");
    CHECK(escape("Ger\xc3\xa4t \xe2\x82\xac \xf0\x9f\x98\x80") ==
          "Ger\xc3\xa4t \xe2\x82\xac \xf0\x9f\x98\x80");
}

TEST_CASE("what a terminal would obey is shown, not sent") {
    CHECK(escape("\x1b[31mred") == "\\x1b[31mred");
    CHECK(escape("a\nb\tc\rd") == "a\\nb\\tc\\rd");
    CHECK(escape(std::string("a\0b", 3)) == "a\\x00b");
    CHECK(escape("\x7f\x07") == "\\x7f\\x07");
    // U+009B, the C1 form of ESC [, in UTF-8 and as a bare byte
    CHECK(escape("\xc2\x9b"
                 "31m") == "\\xc2\\x9b31m");
    CHECK(escape("\x9b"
                 "31m") == "\\x9b31m");
    // U+00A0 is the first behind the controls
    CHECK(escape("\xc2\xa0") == "\xc2\xa0");
}

TEST_CASE("a backslash is told from an escape") {
    CHECK(escape("\\x1b") == "\\\\x1b");
}

TEST_CASE("bytes that are no UTF-8 are shown one by one") {
    CHECK(escape("a\xff"
                 "b") == "a\\xffb");
    // the text ends within a sequence
    CHECK(escape("\xe2\x82") == "\\xe2\\x82");
    // a good character behind a broken one is kept
    CHECK(escape("\xe2\xc3\xa4") == "\\xe2\xc3\xa4");
}

TEST_CASE("a UTF-8 sequence has the length that RFC 3629 allows") {
    CHECK(utf8_sequence_length("a") == 1);
    CHECK(utf8_sequence_length(std::string("\0", 1)) == 1);
    CHECK(utf8_sequence_length("\xc2\x80") == 2);
    CHECK(utf8_sequence_length("\xdf\xbf") == 2);
    CHECK(utf8_sequence_length("\xe0\xa0\x80") == 3);
    CHECK(utf8_sequence_length("\xef\xbf\xbf") == 3);
    CHECK(utf8_sequence_length("\xf0\x90\x80\x80") == 4);
    CHECK(utf8_sequence_length("\xf4\x8f\xbf\xbf") == 4);
}

TEST_CASE("overlong forms, surrogates and what is beyond Unicode are no UTF-8") {
    for (const auto* const text : {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80",
                                   "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"}) {
        CAPTURE(text);
        CHECK(utf8_sequence_length(text) == 0);
    }
}

TEST_CASE("quoted text has no bare quotation mark inside") {
    CHECK(quote("mtu") == "\"mtu\"");
    CHECK(quote("a\"b") == "\"a\\\"b\"");
    CHECK(quote("a\nb") == "\"a\\nb\"");
    CHECK(quote("") == "\"\"");
}

TEST_CASE("escaped text is UTF-8 without controls, whatever went in") {
    std::mt19937 random(1);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same bytes in every run
    for (int round = 0; round < 2000; ++round) {
        std::string text(random() % 40, '\0');
        for (auto& c : text)
            c = static_cast<char>(random());
        const std::string out = escape(text);
        for (std::string_view rest = out; !rest.empty();) {
            const auto size = utf8_sequence_length(rest);
            REQUIRE(size > 0);
            const bool control = size == 1 && (rest[0] < 0x20 || rest[0] == 0x7f);
            REQUIRE_FALSE(control);
            rest.remove_prefix(size);
        }
    }
}
