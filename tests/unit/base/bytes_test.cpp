#include "tunlab/base/bytes.hpp"

#include <array>
#include <cstdint>

#include "support.hpp"
#include <doctest/doctest.h>

using tunlab::load_be16;
using tunlab::load_be32;
using tunlab::store_be16;
using tunlab::store_be32;
using tunlab::test::from_hex;
using tunlab::test::GuardedBuffer;
using tunlab::test::same_bytes;

TEST_CASE("integers are read with their first byte as the highest") {
    const auto bytes = from_hex("00 12 34 56 78 ff fe fd fc");
    CHECK(load_be16(bytes, 1) == 0x1234);
    CHECK(load_be16(bytes, 7) == 0xfdfc);
    CHECK(load_be32(bytes, 1) == 0x12345678);
    // the highest bit is no sign
    CHECK(load_be32(bytes, 5) == 0xfffefdfc);
}

TEST_CASE("integers are written with their highest byte first, and nothing beside them") {
    GuardedBuffer buffer(6);
    store_be16(buffer.inside(), 0, 0xfedc);
    CHECK(buffer.untouched_but(2));
    store_be32(buffer.inside(), 2, 0x89abcdef);
    CHECK(buffer.untouched_but(6));
    CHECK(same_bytes(buffer.inside(), from_hex("fedc 89abcdef")));
}

TEST_CASE("what is stored is loaded") {
    std::array<std::uint8_t, 5> bytes{};
    for (const std::uint32_t value : {0U, 1U, 0x7fffffffU, 0x80000000U, 0xffffffffU, 0x01020304U}) {
        store_be32(bytes, 1, value);
        CHECK(load_be32(bytes, 1) == value);
    }
    for (std::uint32_t value = 0; value <= 0xffff; value += 0x101) {
        store_be16(bytes, 3, static_cast<std::uint16_t>(value));
        CHECK(load_be16(bytes, 3) == value);
    }
}
