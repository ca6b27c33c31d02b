#include "tunlab/lab/impairment.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "lab_support.hpp"
#include <doctest/doctest.h>

using namespace std::chrono_literals;

namespace tunlab::test {

namespace {

constexpr SteadyTime kStart{1h};

Percentage share(std::string_view text) {
    return parse_percentage(text).value();
}

/// The results of `count` requests to `address`, one a millisecond.
std::vector<ImpairmentResult> results(Impairer& impairer, const Impairments& impairments, int count,
                                      std::string_view address = "10.0.0.7",
                                      std::chrono::nanoseconds apart = 1ms) {
    std::vector<ImpairmentResult> all;
    for (int i = 0; i < count; ++i) {
        all.push_back(impairer.decide(ip(address), impairments, 0ms, kStart + i * apart));
    }
    return all;
}

std::string in_letters(const std::vector<ImpairmentResult>& all) {
    std::string text;
    for (const auto& result : all) {
        text += result.dropped ? '-' : (result.copy ? '2' : (result.reply.corrupted ? 'c' : '.'));
    }
    return text;
}

}  // namespace

TEST_CASE("without impairments an answer is late by its path alone, and nothing is remembered") {
    Impairer impairer(1);
    const ImpairmentResult result = impairer.decide(ip("10.0.0.7"), {}, 9ms, kStart);
    CHECK_FALSE(result.dropped);
    CHECK_FALSE(result.copy);
    CHECK_FALSE(result.reply.corrupted);
    CHECK(result.reply.delay == 9ms);
    CHECK(impairer.addresses_kept() == 0);
}

TEST_CASE("a delay comes on top of the path's, the same for each, however many come") {
    Impairer impairer(1);
    for (int i = 0; i < 5000; ++i) {
        const ImpairmentResult result =
            impairer.decide(ip("10.0.0.7"), {.delay = 700ms}, 9ms, kStart + i * 100us);
        REQUIRE(result.reply.delay == 709ms);
    }
}

TEST_CASE("jitter spreads the delay, and answers keep their order all the same") {
    Impairer impairer(1);
    SteadyTime last_due{};
    auto least = 1h + 0ns;
    auto most = 0ns;
    for (int i = 0; i < 5000; ++i) {
        const SteadyTime now = kStart + i * 10ms;
        const ImpairmentResult result =
            impairer.decide(ip("10.0.0.7"), {.delay = 40ms, .jitter = 30ms}, 0ms, now);
        REQUIRE(result.reply.delay >= 10ms);
        REQUIRE(result.reply.delay <= 70ms);
        REQUIRE(now + result.reply.delay >= last_due);
        last_due = now + result.reply.delay;
        least = std::min(least, result.reply.delay);
        most = std::max(most, result.reply.delay);
    }
    CHECK(least < 15ms);
    CHECK(most > 69ms);
}

TEST_CASE("the share that is to overtake waits for the path alone, and moves nobody") {
    Impairer impairer(1);
    int early = 0;
    for (int i = 0; i < 10'000; ++i) {
        const ImpairmentResult result =
            impairer.decide(ip("10.0.0.7"), {.reorder = share("25%"), .delay = 40ms}, 3ms, kStart + i * 1ms);
        const bool overtakes = result.reply.reordered;
        REQUIRE(overtakes == (result.reply.delay == 3ms));
        REQUIRE((overtakes || result.reply.delay == 43ms));
        if (overtakes) ++early;
    }
    CHECK(early > 2300);
    CHECK(early < 2700);
}

TEST_CASE("losses, copies and wrong checksums come in their shares") {
    constexpr int kCount = 20'000;
    Impairer impairer(1);
    const auto all =
        results(impairer, {.loss = share("20%"), .duplicate = share("10%"), .corrupt = share("5%")}, kCount);
    const auto lost = std::count_if(
        all.begin(), all.end(), [](const ImpairmentResult& result) { return result.dropped.has_value(); });
    const auto copies = std::count_if(all.begin(), all.end(),
                                      [](const ImpairmentResult& result) { return result.copy.has_value(); });
    const auto corrupt = std::count_if(all.begin(), all.end(),
                                       [](const ImpairmentResult& result) { return result.reply.corrupted; });
    CHECK(lost > 3800);
    CHECK(lost < 4200);
    CHECK(copies > 1450);  // of the 16,000 that are not lost
    CHECK(copies < 1750);
    CHECK(corrupt > 700);
    CHECK(corrupt < 900);
    for (const auto& result : all) {
        if (result.dropped) REQUIRE(*result.dropped == Reason::Loss);
        if (result.copy) REQUIRE(result.copy->delay >= result.reply.delay);
    }
}

TEST_CASE("of all lost nothing comes, of all doubled everything twice") {
    Impairer impairer(1);
    CHECK(in_letters(results(impairer, {.loss = share("100%")}, 8)) == "--------");
    CHECK(in_letters(results(impairer, {.duplicate = share("100%")}, 8)) == "22222222");
    CHECK(in_letters(results(impairer, {.corrupt = share("100%")}, 8)) == "cccccccc");
    const ImpairmentResult both =
        impairer.decide(ip("10.0.0.7"), {.duplicate = share("100%"), .corrupt = share("100%")}, 0ms, kStart);
    CHECK(both.reply.corrupted);
    REQUIRE(both.copy);
    CHECK(both.copy->corrupted);
}

TEST_CASE("the same seed and requests have the same results, whatever other traffic is between") {
    const Impairments impairments{.loss = share("20%"), .duplicate = share("10%"), .corrupt = share("10%")};
    Impairer alone(42);
    Impairer busy(42);
    Impairer other(43);
    const std::string expected = in_letters(results(alone, impairments, 200));
    std::string got;
    for (int i = 0; i < 200; ++i) {
        for (int noise = 0; noise < i % 5; ++noise) {
            (void)busy.decide(ip("10.0.0.8"), impairments, 0ms, kStart);
            (void)busy.decide(ip("fd00::7"), impairments, 0ms, kStart);
        }
        got += in_letters({busy.decide(ip("10.0.0.7"), impairments, 0ms, kStart + i * 1ms)});
    }
    CHECK(got == expected);
    CHECK(in_letters(results(other, impairments, 200)) != expected);
}

TEST_CASE("a rate lets a tenth of a second's worth through at once, and then its number a second") {
    Impairer impairer(1);
    const auto burst = results(impairer, {.rate = 100}, 50, "10.0.0.7", 0ms);
    CHECK(std::count_if(burst.begin(), burst.end(),
                        [](const ImpairmentResult& result) { return !result.dropped; }) == 10);
    CHECK(burst.back().dropped == Reason::Rate);
    int passed = 0;
    for (int i = 1; i <= 2000; ++i) {  // one a millisecond, for two seconds
        const ImpairmentResult result = impairer.decide(ip("10.0.0.7"), {.rate = 100}, 0ms, kStart + i * 1ms);
        if (!result.dropped) ++passed;
    }
    CHECK(passed == 200);
    // Each address has a rate of its own, and one a second is one at once.
    CHECK_FALSE(impairer.decide(ip("10.0.0.8"), {.rate = 1}, 0ms, kStart).dropped);
    CHECK(impairer.decide(ip("10.0.0.8"), {.rate = 1}, 0ms, kStart + 999ms).dropped == Reason::Rate);
    CHECK_FALSE(impairer.decide(ip("10.0.0.8"), {.rate = 1}, 0ms, kStart + 1s).dropped);
}

TEST_CASE("so many addresses have a history; who was asked longest ago begins anew") {
    Impairer impairer(42);
    const Impairments half{.loss = share("50%")};
    const std::string from_the_start = in_letters(results(impairer, half, 64));
    const auto address = [](std::uint32_t i) {
        return Ipv4Address(11, static_cast<std::uint8_t>(i >> 16), static_cast<std::uint8_t>(i >> 8),
                           static_cast<std::uint8_t>(i));
    };
    for (std::uint32_t i = 0; i < Impairer::kMaxAddresses - 1; ++i) {
        (void)impairer.decide(address(i), half, 0ms, kStart);
    }
    CHECK(impairer.addresses_kept() == Impairer::kMaxAddresses);
    CHECK(in_letters(results(impairer, half, 64)) != from_the_start);  // it goes on
    for (std::uint32_t i = 0; i < Impairer::kMaxAddresses; ++i) {
        (void)impairer.decide(address(i), half, 0ms, kStart);
    }
    CHECK(impairer.addresses_kept() == Impairer::kMaxAddresses);
    CHECK(in_letters(results(impairer, half, 64)) == from_the_start);
}

}  // namespace tunlab::test
