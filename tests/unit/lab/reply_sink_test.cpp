#include "tunlab/lab/reply_sink.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>

#include "support.hpp"
#include <doctest/doctest.h>

namespace tunlab::test {

namespace {

void put(ReplyBuffer& replies, std::size_t size, std::uint8_t fill) {
    std::ranges::fill(replies.begin(size), fill);
    replies.finish();
}

}  // namespace

TEST_CASE("a reply buffer holds nothing at first") {
    CHECK(ReplyBuffer().count() == 0);
}

TEST_CASE("a reply buffer gives room of the size asked for, and the finished replies in their order") {
    ReplyBuffer replies;
    const MutableBytes room = replies.begin(3);
    REQUIRE(room.size() == 3);
    std::ranges::copy(from_hex("010203"), room.begin());
    replies.finish();
    put(replies, 2, 9);
    REQUIRE(replies.count() == 2);
    CHECK(same_bytes(replies.reply(0), from_hex("010203")));
    CHECK(same_bytes(replies.reply(1), from_hex("0909")));
    replies.clear();
    CHECK(replies.count() == 0);
}

TEST_CASE("a reply that was begun and not finished is none") {
    ReplyBuffer replies;
    std::ranges::fill(replies.begin(3), std::uint8_t{7});
    CHECK(replies.count() == 0);
    put(replies, 2, 9);
    REQUIRE(replies.count() == 1);
    CHECK(same_bytes(replies.reply(0), from_hex("0909")));
}

TEST_CASE("the largest datagram in a frame fits into a reply buffer, and so do its fragments") {
    const auto replies = std::make_unique<ReplyBuffer>();
    put(*replies, 65535 + 14, 1);
    CHECK(replies->reply(0).size() == 65535 + 14);
    replies->clear();
    for (std::uint8_t i = 0; i < 200; ++i) {
        put(*replies, 1514, i);
    }
    for (std::uint8_t i = 0; i < 200; ++i) {
        REQUIRE(replies->reply(i).size() == 1514);
        REQUIRE(replies->reply(i).front() == i);
        REQUIRE(replies->reply(i).back() == i);
    }
}

}  // namespace tunlab::test
