#include "tunlab/lab/delay_queue.hpp"

#include <map>
#include <random>
#include <vector>

#include "support.hpp"
#include <doctest/doctest.h>

using namespace std::chrono_literals;

namespace tunlab::test {

namespace {

constexpr SteadyTime kStart{1h};

void push(DelayQueue& queue, std::chrono::nanoseconds delay, std::uint8_t byte) {
    queue.push({.arrival = kStart, .treatment = {.delay = delay}, .bytes = {byte}});
}

std::vector<int> pop_all(DelayQueue& queue, SteadyTime now) {
    std::vector<int> bytes;
    while (const auto reply = queue.pop(now)) {
        bytes.push_back(reply->bytes.at(0));
    }
    return bytes;
}

}  // namespace

TEST_CASE("replies come out when they are due, the first due first") {
    DelayQueue queue;
    CHECK_FALSE(queue.next_due());
    push(queue, 30ms, 3);
    push(queue, 10ms, 1);
    push(queue, 20ms, 2);
    CHECK(queue.size() == 3);
    CHECK(queue.next_due() == kStart + 10ms);
    CHECK(pop_all(queue, kStart + 10ms - 1ns).empty());
    CHECK(pop_all(queue, kStart + 10ms) == std::vector{1});
    CHECK(queue.next_due() == kStart + 20ms);
    CHECK(pop_all(queue, kStart + 1h) == std::vector{2, 3});
    CHECK(queue.size() == 0);
    CHECK_FALSE(queue.pop(kStart + 1h));
}

TEST_CASE("a reply keeps what is known of it while it waits") {
    DelayQueue queue;
    queue.push({.arrival = kStart,
                .treatment = {.delay = 30ms, .duplicate = true},
                .to = 2,
                .request = 7,
                .bytes = {3}});
    const auto reply = queue.pop(kStart + 1s);
    REQUIRE(reply);
    CHECK(reply->arrival == kStart);
    CHECK(reply->treatment == Treatment{.delay = 30ms, .duplicate = true});
    CHECK(reply->due() == kStart + 30ms);
    CHECK(reply->to == 2);
    CHECK(reply->request == 7);
}

TEST_CASE("replies due at one time keep the order in which they were pushed") {
    DelayQueue queue;
    for (int i = 0; i < 100; ++i) {
        push(queue, 5ms, static_cast<std::uint8_t>(i));
    }
    const auto bytes = pop_all(queue, kStart + 5ms);
    REQUIRE(bytes.size() == 100);
    CHECK(std::is_sorted(bytes.begin(), bytes.end()));
}

TEST_CASE("the queue does what a sorted list would, however pushing and popping mix") {
    std::mt19937 random(1);
    DelayQueue queue;
    std::multimap<SteadyTime, int> model;
    SteadyTime now = kStart;
    for (int i = 0; i < 20'000; ++i) {
        if (random() % 2 == 0) {
            const auto delay = std::chrono::microseconds(random() % 500);
            const auto byte = static_cast<std::uint8_t>(random() % 256);
            queue.push({.arrival = now, .treatment = {.delay = delay}, .bytes = {byte}});
            model.emplace(now + delay, byte);
        } else {
            now += std::chrono::microseconds(random() % 100);
            const auto reply = queue.pop(now);
            const bool due = !model.empty() && model.begin()->first <= now;
            REQUIRE(reply.has_value() == due);
            if (!due) continue;
            REQUIRE(reply->bytes.at(0) == model.begin()->second);
            model.erase(model.begin());
        }
        REQUIRE(queue.size() == model.size());
    }
}

TEST_CASE("the queue has room for so many replies") {
    DelayQueue queue;
    for (std::size_t i = 0; i < DelayQueue::kMaxReplies; ++i) {
        REQUIRE(queue.has_room(1, 1));
        push(queue, 5ms, 0);
    }
    CHECK_FALSE(queue.has_room(1, 1));
    CHECK(queue.has_room(0, 0));
    REQUIRE(queue.pop(kStart + 1s));
    CHECK(queue.has_room(1, 1));
    CHECK_FALSE(queue.has_room(2, 2));
}

TEST_CASE("the queue has room for so many bytes") {
    DelayQueue queue;
    const std::vector<std::uint8_t> large(65'535);
    std::size_t kept = 0;
    while (queue.has_room(1, large.size())) {
        queue.push({.arrival = kStart, .treatment = {.delay = 5ms}, .bytes = large});
        kept += large.size();
    }
    CHECK(kept <= DelayQueue::kMaxBytes);
    CHECK(kept + large.size() > DelayQueue::kMaxBytes);
    CHECK(queue.has_room(1, DelayQueue::kMaxBytes - kept));
    CHECK_FALSE(queue.has_room(1, DelayQueue::kMaxBytes - kept + 1));
    REQUIRE(queue.pop(kStart + 1s));
    CHECK(queue.has_room(1, large.size()));
}

}  // namespace tunlab::test
