#include "tunlab/lab/seeded_random.hpp"

#include <cmath>

#include "lab_support.hpp"
#include <doctest/doctest.h>

using namespace std::chrono_literals;

namespace tunlab::test {

namespace {

constexpr Percentage kTwenty = Percentage::from_millionths(200'000);
constexpr Percentage kAll = Percentage::from_millionths(Percentage::kAll);

std::string lost_of_40(std::uint32_t seed, std::string_view address) {
    std::string text;
    for (std::uint64_t request = 0; request < 40; ++request) {
        text += SeededRandom(seed, ip(address), request).chance(Choice::Loss, kTwenty) ? 'x' : '.';
    }
    return text;
}

}  // namespace

TEST_CASE("chances are the same in every run, on every machine: who has a seed has its losses") {
    CHECK(lost_of_40(42, "10.0.0.7") == "x.....x.......x..x....xx.x....x....xx...");
    CHECK(lost_of_40(42, "fd00::7") == ".x...................xx.....x.x..x......");
    CHECK(SeededRandom(42, ip("10.0.0.7"), 0).uniform(Choice::Jitter, 0ns, 1s) == 531'119'558ns);
}

TEST_CASE("seed, address, number of the request and kind of choice each make another chance") {
    CHECK(lost_of_40(42, "10.0.0.7") != lost_of_40(43, "10.0.0.7"));
    CHECK(lost_of_40(42, "10.0.0.7") != lost_of_40(42, "10.0.0.8"));
    int same = 0;
    for (std::uint64_t request = 0; request < 1000; ++request) {
        const SeededRandom random(42, ip("10.0.0.7"), request);
        const bool lost = random.chance(Choice::Loss, Percentage::from_millionths(500'000));
        if (lost == random.chance(Choice::Corrupt, Percentage::from_millionths(500'000))) ++same;
    }
    CHECK(same > 430);
    CHECK(same < 570);
}

TEST_CASE("nothing never happens, and all of it always") {
    for (std::uint64_t request = 0; request < 2000; ++request) {
        const SeededRandom random(7, ip("10.0.0.7"), request);
        REQUIRE_FALSE(random.chance(Choice::Loss, Percentage()));
        REQUIRE(random.chance(Choice::Loss, kAll));
    }
}

TEST_CASE("a share is met, to within what chance allows, with any seed") {
    constexpr int kRequests = 20'000;
    for (std::uint32_t seed = 0; seed < 20; ++seed) {
        int happened = 0;
        for (std::uint64_t request = 0; request < kRequests; ++request) {
            if (SeededRandom(seed, ip("10.0.0.7"), request).chance(Choice::Loss, kTwenty)) ++happened;
        }
        // 4.5 standard deviations: once in 150,000 such counts.
        const double deviation = std::sqrt(kRequests * 0.2 * 0.8);
        CHECK(std::abs(happened - kRequests * 0.2) < 4.5 * deviation);
    }
}

TEST_CASE("a duration is between its bounds, reaches both, and is spread evenly") {
    auto least = 20ms + 0ns;
    auto most = 10ms + 0ns;
    std::chrono::nanoseconds sum{};
    constexpr int kDraws = 10'000;
    for (std::uint64_t request = 0; request < kDraws; ++request) {
        const auto drawn = SeededRandom(1, ip("10.0.0.7"), request).uniform(Choice::Jitter, 10ms, 20ms);
        REQUIRE(drawn >= 10ms);
        REQUIRE(drawn <= 20ms);
        least = std::min(least, drawn);
        most = std::max(most, drawn);
        sum += drawn;
    }
    CHECK(least < 10ms + 20us);
    CHECK(most > 20ms - 20us);
    CHECK(std::chrono::abs(sum / kDraws - 15ms) < 150us);
    CHECK(SeededRandom(1, ip("10.0.0.7"), 0).uniform(Choice::Jitter, 5ms, 5ms) == 5ms);
}

}  // namespace tunlab::test
