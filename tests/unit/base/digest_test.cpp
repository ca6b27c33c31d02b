#include "tunlab/base/digest.hpp"

#include <array>
#include <string>

#include <doctest/doctest.h>

using tunlab::digest;
using tunlab::format_digest;

TEST_CASE("the digest is FNV-1a of 64 bits") {
    // draft-eastlake-fnv, the test vectors for "", "a" and "foobar"
    CHECK(digest("") == 0xcbf29ce484222325);
    CHECK(digest("a") == 0xaf63dc4c8601ec8c);
    CHECK(digest("foobar") == 0x85944171f73967e8);
}

TEST_CASE("the digest takes bytes above 127 and NUL bytes as they are") {
    CHECK(digest(std::string("\0", 1)) != digest(""));
    // one step by hand: (basis ^ 0xff) * prime
    CHECK(digest("\xff") == (0xcbf29ce484222325 ^ 0xff) * 0x100000001b3);
}

TEST_CASE("bytes have the digest of the text that they are") {
    const std::array<std::uint8_t, 6> foobar{'f', 'o', 'o', 'b', 'a', 'r'};
    CHECK(digest(tunlab::Bytes(foobar)) == digest("foobar"));
}

TEST_CASE("a digest is written with all its sixteen digits") {
    CHECK(format_digest(0) == "0000000000000000");
    CHECK(format_digest(0xaf63dc4c8601ec8c) == "af63dc4c8601ec8c");
    CHECK(format_digest(0x1f) == "000000000000001f");
}
