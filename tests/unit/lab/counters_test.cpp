#include "tunlab/lab/counters.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace tunlab::test {

namespace {

using std::chrono::nanoseconds;

Decided decided(Reason reason, bool echo_request = false) {
    return {.when = {}, .packet = {}, .decision = {.reason = reason, .echo_request = echo_request}};
}

Sent sent(nanoseconds reply_time, int error = 0) {
    return {.when = {}, .reply = {}, .reply_time = reply_time, .error = error};
}

/// The smallest of `sorted` that at least the given share of them does not exceed.
std::int64_t exact_percentile(const std::vector<std::int64_t>& sorted, double share) {
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
    return sorted[rank - 1];
}

void check_histogram(std::vector<std::int64_t> durations) {
    DurationHistogram histogram;
    for (const auto duration : durations) {
        histogram.add(nanoseconds(duration));
    }
    std::ranges::sort(durations);
    const auto sum = std::accumulate(durations.begin(), durations.end(), std::int64_t{0});
    REQUIRE(histogram.count() == durations.size());
    CHECK(histogram.min().count() == durations.front());
    CHECK(histogram.max().count() == durations.back());
    CHECK(histogram.mean().count() == sum / static_cast<std::int64_t>(durations.size()));
    std::int64_t last = 0;
    for (const double share : {1e-9, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1.0}) {
        CAPTURE(share);
        const auto exact = exact_percentile(durations, share);
        const auto told = histogram.percentile(share).count();
        CHECK(told >= exact);
        CHECK(told - exact <= exact / 16);
        CHECK(told <= durations.back());
        CHECK(told >= last);
        last = told;
    }
    CHECK(histogram.percentile(1.0) == histogram.max());
}

}  // namespace

TEST_CASE("counters start at nothing") {
    const Counters counters;
    CHECK(counters.packets_in() == 0);
    CHECK(counters.echo_requests() == 0);
    CHECK(counters.send_failures() == 0);
    CHECK(counters.reply_times().count() == 0);
    for (const auto& facts : reasons()) {
        CHECK(counters.by_reason(facts.reason) == 0);
    }
}

TEST_CASE("the counts by reason and by verdict add up to the packets in") {
    Counters counters;
    std::mt19937 random(7);
    std::vector<std::uint64_t> expected(kReasonCount);
    for (int i = 0; i < 10'000; ++i) {
        const std::size_t index = random() % kReasonCount;
        ++expected[index];
        counters.decided(decided(reasons()[index].reason, index % 2 == 0));
    }
    std::uint64_t by_reason = 0;
    std::uint64_t by_verdict = 0;
    std::uint64_t requests = 0;
    for (std::size_t i = 0; i < kReasonCount; ++i) {
        CHECK(counters.by_reason(reasons()[i].reason) == expected[i]);
        by_reason += counters.by_reason(reasons()[i].reason);
        if (i % 2 == 0) requests += expected[i];
    }
    for (const auto verdict : {Verdict::Reply, Verdict::Drop, Verdict::Ignore, Verdict::Bad}) {
        by_verdict += counters.by_verdict(verdict);
    }
    CHECK(counters.packets_in() == 10'000);
    CHECK(by_reason == counters.packets_in());
    CHECK(by_verdict == counters.packets_in());
    CHECK(counters.echo_requests() == requests);
}

TEST_CASE("a verdict's count is the sum of its reasons'") {
    Counters counters;
    counters.decided(decided(Reason::Echo, true));
    counters.decided(decided(Reason::Echo, true));
    counters.decided(decided(Reason::Arp));
    counters.decided(decided(Reason::Multicast));
    counters.decided(decided(Reason::IcmpChecksum, true));
    CHECK(counters.by_verdict(Verdict::Reply) == 3);
    CHECK(counters.by_verdict(Verdict::Drop) == 0);
    CHECK(counters.by_verdict(Verdict::Ignore) == 1);
    CHECK(counters.by_verdict(Verdict::Bad) == 1);
    CHECK(counters.echo_requests() == 3);
}

TEST_CASE("a reply that could not be written counts as a failure and has no reply time") {
    Counters counters;
    counters.sent(sent(nanoseconds(20), 0));
    counters.sent(sent(nanoseconds(999), ENOBUFS));
    counters.sent(sent(nanoseconds(999), EIO));
    CHECK(counters.send_failures() == 2);
    CHECK(counters.reply_times().count() == 1);
    CHECK(counters.reply_times().max() == nanoseconds(20));
    CHECK(counters.packets_in() == 0);  // sending is no arrival
}

TEST_CASE("a histogram of one duration says that duration everywhere") {
    for (const std::int64_t duration : {0, 1, 15, 16, 17, 31, 32, 33, 1000, 21'345, 999'999'999}) {
        CAPTURE(duration);
        DurationHistogram histogram;
        histogram.add(nanoseconds(duration));
        CHECK(histogram.count() == 1);
        CHECK(histogram.min().count() == duration);
        CHECK(histogram.max().count() == duration);
        CHECK(histogram.mean().count() == duration);
        for (const double share : {1e-12, 0.5, 0.99, 1.0}) {
            CHECK(histogram.percentile(share).count() == duration);
        }
    }
}

TEST_CASE("percentiles are at most a sixteenth above the exact ones, whatever the distribution") {
    std::mt19937_64 random(42);
    const auto uniform = [&](std::int64_t most) {
        return std::uniform_int_distribution<std::int64_t>(0, most)(random);
    };
    const std::vector<std::pair<std::string, std::function<std::int64_t()>>> distributions{
        {"constant", [] { return 30'000; }},
        {"uniform, small", [&] { return uniform(40); }},
        {"uniform, to 1 ms", [&] { return uniform(1'000'000); }},
        {"uniform, to 1000 s", [&] { return uniform(1'000'000'000'000); }},
        {"exponential", [&] { return std::llround(std::exponential_distribution<double>(1e-5)(random)); }},
        {"logarithmic, 0 to 2^45", [&] { return uniform((std::int64_t{1} << uniform(45)) - 1); }},
        {"two peaks", [&] { return (uniform(9) == 0 ? 700'000'000 : 20'000) + uniform(100); }},
        {"powers of two", [&] { return std::int64_t{1} << uniform(45); }},
        {"powers of two, less one", [&] { return (std::int64_t{1} << uniform(45)) - 1; }},
        {"one in a thousand is slow", [&] { return uniform(999) == 0 ? 5'000'000'000 : 25'000; }},
    };
    for (const auto& [name, draw] : distributions) {
        for (const std::size_t count : {1U, 2U, 3U, 10U, 100U, 1000U, 20'000U}) {
            CAPTURE(name);
            CAPTURE(count);
            std::vector<std::int64_t> durations(count);
            std::generate(durations.begin(), durations.end(), draw);
            check_histogram(std::move(durations));
        }
    }
}

TEST_CASE("every power of two and its neighbours fall into a bucket that reaches them") {
    for (unsigned bit = 0; bit < 63; ++bit) {
        for (const std::int64_t offset : {-1, 0, 1}) {
            const std::int64_t duration = (std::int64_t{1} << bit) + offset;
            CAPTURE(duration);
            // The second duration lets the first one's bucket show its upper end.
            DurationHistogram histogram;
            histogram.add(nanoseconds(duration));
            histogram.add(nanoseconds(0));
            CHECK(histogram.percentile(1.0).count() == duration);
            check_histogram({duration});
        }
    }
}

TEST_CASE("the longest duration that the clock can tell has a bucket too") {
    constexpr auto kLongest = std::numeric_limits<std::int64_t>::max();
    check_histogram({kLongest});
    check_histogram({0, kLongest});
    check_histogram({kLongest - 1});
}

TEST_CASE("a clock that was set back gives no negative durations") {
    DurationHistogram histogram;
    histogram.add(nanoseconds(-5));
    histogram.add(nanoseconds(std::numeric_limits<std::int64_t>::min()));
    histogram.add(nanoseconds(10));
    CHECK(histogram.min() == nanoseconds(0));
    CHECK(histogram.max() == nanoseconds(10));
    CHECK(histogram.percentile(0.5) == nanoseconds(0));
    CHECK(histogram.count() == 3);
}

}  // namespace tunlab::test
