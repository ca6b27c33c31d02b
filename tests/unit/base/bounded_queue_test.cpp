#include "tunlab/base/bounded_queue.hpp"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

using tunlab::BoundedQueue;

TEST_CASE("a queue gives its items in the order in which they came") {
    BoundedQueue<std::string> queue(100);
    CHECK(queue.try_push("one", 1));
    CHECK(queue.try_push("two", 1));
    CHECK(queue.pop_all() == std::vector<std::string>{"one", "two"});
    CHECK(queue.try_push("three", 1));
    CHECK(queue.pop_all() == std::vector<std::string>{"three"});
}

TEST_CASE("a queue takes what fits exactly and refuses what is too much") {
    BoundedQueue<int> queue(10);
    CHECK_FALSE(queue.try_push(0, 11));
    CHECK(queue.try_push(1, 6));
    CHECK_FALSE(queue.try_push(2, 5));
    CHECK(queue.try_push(3, 4));
    CHECK_FALSE(queue.try_push(4, 1));
    CHECK(queue.try_push(5, 0));
    // what is taken out makes room again
    CHECK(queue.pop_all() == std::vector{1, 3, 5});
    CHECK_FALSE(queue.try_push(6, 11));
    CHECK(queue.try_push(7, 10));
}

TEST_CASE("a weight near the limits of its type does not pass for a small one") {
    BoundedQueue<int> queue(10);
    CHECK(queue.try_push(1, 5));
    CHECK_FALSE(queue.try_push(2, static_cast<std::size_t>(-1)));
    CHECK_FALSE(queue.try_push(3, static_cast<std::size_t>(-5)));
}

TEST_CASE("a closed queue takes nothing but gives what is in it") {
    BoundedQueue<int> queue(10);
    CHECK(queue.try_push(1, 1));
    queue.close();
    CHECK_FALSE(queue.try_push(2, 1));
    CHECK(queue.pop_all() == std::vector{1});
    CHECK(queue.pop_all().empty());
    CHECK(queue.pop_all().empty());
}

TEST_CASE("discarding a queue counts what is lost and closes it") {
    BoundedQueue<int> queue(10);
    CHECK(queue.try_push(1, 1));
    CHECK(queue.try_push(2, 1));
    CHECK(queue.discard() == 2);
    CHECK(queue.pop_all().empty());
    CHECK_FALSE(queue.try_push(3, 1));
    CHECK(queue.discard() == 0);
}

TEST_CASE("a queue carries what can only be moved") {
    BoundedQueue<std::unique_ptr<int>> queue(1);
    CHECK(queue.try_push(std::make_unique<int>(7), 1));
    CHECK(*queue.pop_all().at(0) == 7);
}

TEST_CASE("closing a queue wakes the thread that waits for it") {
    BoundedQueue<int> queue(1);
    std::vector<int> got{1};
    std::thread reader([&] { got = queue.pop_all(); });
    queue.close();
    reader.join();
    CHECK(got.empty());
}

TEST_CASE("all that one thread pushed arrives at another, once and in order") {
    constexpr int kCount = 10'000;
    BoundedQueue<int> queue(16);
    std::vector<int> got;
    std::thread reader([&] {
        for (auto batch = queue.pop_all(); !batch.empty(); batch = queue.pop_all()) {
            got.insert(got.end(), batch.begin(), batch.end());
        }
    });
    for (int i = 0; i < kCount;) {
        if (queue.try_push(i, 1)) {
            ++i;
        } else {
            queue.wake();
            std::this_thread::yield();
        }
    }
    queue.close();
    reader.join();
    REQUIRE(got.size() == kCount);
    for (int i = 0; i < kCount; ++i) {
        REQUIRE(got[static_cast<std::size_t>(i)] == i);
    }
}
