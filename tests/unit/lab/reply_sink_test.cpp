#include "tunlab/lab/reply_sink.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>

#include "support.hpp"
#include <doctest/doctest.h>

namespace tunlab::test {

namespace {

void put(Outbox& outbox, std::size_t size, std::uint8_t fill) {
    std::ranges::fill(outbox.begin(size), fill);
    outbox.finish();
}

}  // namespace

TEST_CASE("an outbox holds nothing at first") {
    CHECK(Outbox().count() == 0);
}

TEST_CASE("an outbox gives room of the size asked for, and the finished replies in their order") {
    Outbox outbox;
    const MutableBytes room = outbox.begin(3);
    REQUIRE(room.size() == 3);
    std::ranges::copy(from_hex("010203"), room.begin());
    outbox.finish();
    put(outbox, 2, 9);
    REQUIRE(outbox.count() == 2);
    CHECK(same_bytes(outbox.reply(0), from_hex("010203")));
    CHECK(same_bytes(outbox.reply(1), from_hex("0909")));
    outbox.clear();
    CHECK(outbox.count() == 0);
}

TEST_CASE("a reply that was begun and not finished is none") {
    Outbox outbox;
    std::ranges::fill(outbox.begin(3), std::uint8_t{7});
    CHECK(outbox.count() == 0);
    put(outbox, 2, 9);
    REQUIRE(outbox.count() == 1);
    CHECK(same_bytes(outbox.reply(0), from_hex("0909")));
}

TEST_CASE("the largest datagram in a frame fits into an outbox, and so do its fragments") {
    const auto outbox = std::make_unique<Outbox>();
    put(*outbox, 65535 + 14, 1);
    CHECK(outbox->reply(0).size() == 65535 + 14);
    outbox->clear();
    for (std::uint8_t i = 0; i < 200; ++i) {
        put(*outbox, 1514, i);
    }
    for (std::uint8_t i = 0; i < 200; ++i) {
        REQUIRE(outbox->reply(i).size() == 1514);
        REQUIRE(outbox->reply(i).front() == i);
        REQUIRE(outbox->reply(i).back() == i);
    }
}

}  // namespace tunlab::test
