#include "tunlab/lab/token_bucket.hpp"

#include <chrono>

#include <doctest/doctest.h>

namespace tunlab::test {

namespace {

using namespace std::chrono_literals;
constexpr SteadyTime kStart{1h};

int taken_at(TokenBucket& bucket, SteadyTime now, int tries) {
    int taken = 0;
    for (int i = 0; i < tries; ++i) {
        taken += bucket.take(now) ? 1 : 0;
    }
    return taken;
}

}  // namespace

TEST_CASE("a bucket allows its burst at once and no more") {
    TokenBucket bucket(1000, 50);
    CHECK(taken_at(bucket, kStart, 100) == 50);
}

TEST_CASE("a bucket fills at its rate, up to its burst") {
    TokenBucket bucket(1000, 50);
    CHECK(taken_at(bucket, kStart, 100) == 50);
    CHECK(taken_at(bucket, kStart + 999us, 5) == 0);
    CHECK(taken_at(bucket, kStart + 1ms, 5) == 1);
    CHECK(taken_at(bucket, kStart + 11ms, 50) == 10);
    CHECK(taken_at(bucket, kStart + 10s, 100) == 50);
}

TEST_CASE("what comes in between two tokens is not lost, however often one looks") {
    TokenBucket bucket(1000, 1);
    CHECK(bucket.take(kStart));
    int taken = 0;
    for (auto now = kStart; now < kStart + 100ms; now += 300us) {
        taken += bucket.take(now) ? 1 : 0;
    }
    CHECK(taken == 99);  // one after each whole millisecond
}

TEST_CASE("time that stands still or runs backwards gives nothing") {
    TokenBucket bucket(10, 1);
    CHECK(bucket.take(kStart));
    CHECK_FALSE(bucket.take(kStart));
    CHECK_FALSE(bucket.take(kStart - 1h));
    CHECK(bucket.take(kStart + 100ms));
}

}  // namespace tunlab::test
