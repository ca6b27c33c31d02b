#include "tunlab/lab/reply_sink.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>

#include "support.hpp"
#include <doctest/doctest.h>

namespace tunlab::test {

TEST_CASE("an outbox holds nothing at first") {
    Outbox outbox;
    CHECK(outbox.take().empty());
}

TEST_CASE("an outbox gives room of the size asked for, and the finished reply once") {
    Outbox outbox;
    const MutableBytes room = outbox.begin(3);
    REQUIRE(room.size() == 3);
    std::ranges::copy(from_hex("010203"), room.begin());
    outbox.finish();
    CHECK(same_bytes(outbox.take(), from_hex("010203")));
    CHECK(outbox.take().empty());
}

TEST_CASE("a reply that was begun and not finished is none") {
    Outbox outbox;
    std::ranges::fill(outbox.begin(3), std::uint8_t{7});
    CHECK(outbox.take().empty());
    std::ranges::fill(outbox.begin(2), std::uint8_t{9});
    outbox.finish();
    CHECK(same_bytes(outbox.take(), from_hex("0909")));
}

TEST_CASE("a shorter reply after a longer one brings none of its bytes along") {
    Outbox outbox;
    std::ranges::fill(outbox.begin(100), std::uint8_t{0xaa});
    outbox.finish();
    CHECK(outbox.take().size() == 100);
    std::ranges::fill(outbox.begin(1), std::uint8_t{0xbb});
    outbox.finish();
    CHECK(same_bytes(outbox.take(), from_hex("bb")));
}

TEST_CASE("the largest datagram in a frame fits into an outbox") {
    const auto outbox = std::make_unique<Outbox>();
    std::ranges::fill(outbox->begin(65535 + 14), std::uint8_t{1});
    outbox->finish();
    CHECK(outbox->take().size() == 65535 + 14);
}

}  // namespace tunlab::test
