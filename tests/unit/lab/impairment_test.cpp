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

/// The fates of `count` requests to `address`, one a millisecond.
std::vector<Fate> fates(Impairer& impairer, const Impairments& impairments, int count,
                        std::string_view address = "10.0.0.7", std::chrono::nanoseconds apart = 1ms) {
    std::vector<Fate> all;
    for (int i = 0; i < count; ++i) {
        all.push_back(impairer.decide(ip(address), impairments, 0ms, kStart + i * apart));
    }
    return all;
}

std::string in_letters(const std::vector<Fate>& all) {
    std::string text;
    for (const auto& fate : all) {
        text += fate.lost ? '-' : (fate.copy ? '2' : (fate.answer.corrupted ? 'c' : '.'));
    }
    return text;
}

}  // namespace

TEST_CASE("without impairments an answer is late by its path alone, and nothing is remembered") {
    Impairer impairer(1);
    const Fate fate = impairer.decide(ip("10.0.0.7"), {}, 9ms, kStart);
    CHECK_FALSE(fate.lost);
    CHECK_FALSE(fate.copy);
    CHECK_FALSE(fate.answer.corrupted);
    CHECK(fate.answer.delay == 9ms);
    CHECK(impairer.addresses_kept() == 0);
}

TEST_CASE("a delay comes on top of the path's, the same for each, however many come") {
    Impairer impairer(1);
    for (int i = 0; i < 5000; ++i) {
        const Fate fate = impairer.decide(ip("10.0.0.7"), {.delay = 700ms}, 9ms, kStart + i * 100us);
        REQUIRE(fate.answer.delay == 709ms);
    }
}

TEST_CASE("jitter spreads the delay, and answers keep their order all the same") {
    Impairer impairer(1);
    SteadyTime last_due{};
    auto least = 1h + 0ns;
    auto most = 0ns;
    for (int i = 0; i < 5000; ++i) {
        const SteadyTime now = kStart + i * 10ms;
        const Fate fate = impairer.decide(ip("10.0.0.7"), {.delay = 40ms, .jitter = 30ms}, 0ms, now);
        REQUIRE(fate.answer.delay >= 10ms);
        REQUIRE(fate.answer.delay <= 70ms);
        REQUIRE(now + fate.answer.delay >= last_due);
        last_due = now + fate.answer.delay;
        least = std::min(least, fate.answer.delay);
        most = std::max(most, fate.answer.delay);
    }
    CHECK(least < 15ms);
    CHECK(most > 69ms);
}

TEST_CASE("the share that is to overtake waits for the path alone, and moves nobody") {
    Impairer impairer(1);
    int early = 0;
    for (int i = 0; i < 10'000; ++i) {
        const Fate fate =
            impairer.decide(ip("10.0.0.7"), {.reorder = share("25%"), .delay = 40ms}, 3ms, kStart + i * 1ms);
        const bool overtakes = fate.answer.delay == 3ms;
        REQUIRE((overtakes || fate.answer.delay == 43ms));
        if (overtakes) ++early;
    }
    CHECK(early > 2300);
    CHECK(early < 2700);
}

TEST_CASE("losses, copies and wrong checksums come in their shares") {
    constexpr int kCount = 20'000;
    Impairer impairer(1);
    const auto all =
        fates(impairer, {.loss = share("20%"), .duplicate = share("10%"), .corrupt = share("5%")}, kCount);
    const auto lost =
        std::count_if(all.begin(), all.end(), [](const Fate& fate) { return fate.lost.has_value(); });
    const auto copies =
        std::count_if(all.begin(), all.end(), [](const Fate& fate) { return fate.copy.has_value(); });
    const auto corrupt =
        std::count_if(all.begin(), all.end(), [](const Fate& fate) { return fate.answer.corrupted; });
    CHECK(lost > 3800);
    CHECK(lost < 4200);
    CHECK(copies > 1450);  // of the 16,000 that are not lost
    CHECK(copies < 1750);
    CHECK(corrupt > 700);
    CHECK(corrupt < 900);
    for (const auto& fate : all) {
        if (fate.lost) REQUIRE(*fate.lost == Reason::Loss);
        if (fate.copy) REQUIRE(fate.copy->delay >= fate.answer.delay);
    }
}

TEST_CASE("of all lost nothing comes, of all doubled everything twice") {
    Impairer impairer(1);
    CHECK(in_letters(fates(impairer, {.loss = share("100%")}, 8)) == "--------");
    CHECK(in_letters(fates(impairer, {.duplicate = share("100%")}, 8)) == "22222222");
    CHECK(in_letters(fates(impairer, {.corrupt = share("100%")}, 8)) == "cccccccc");
    const Fate both =
        impairer.decide(ip("10.0.0.7"), {.duplicate = share("100%"), .corrupt = share("100%")}, 0ms, kStart);
    CHECK(both.answer.corrupted);
    REQUIRE(both.copy);
    CHECK(both.copy->corrupted);
}

TEST_CASE("the same seed and requests have the same fates, whatever other traffic is between") {
    const Impairments impairments{.loss = share("20%"), .duplicate = share("10%"), .corrupt = share("10%")};
    Impairer alone(42);
    Impairer busy(42);
    Impairer other(43);
    const std::string expected = in_letters(fates(alone, impairments, 200));
    std::string got;
    for (int i = 0; i < 200; ++i) {
        for (int noise = 0; noise < i % 5; ++noise) {
            (void)busy.decide(ip("10.0.0.8"), impairments, 0ms, kStart);
            (void)busy.decide(ip("fd00::7"), impairments, 0ms, kStart);
        }
        got += in_letters({busy.decide(ip("10.0.0.7"), impairments, 0ms, kStart + i * 1ms)});
    }
    CHECK(got == expected);
    CHECK(in_letters(fates(other, impairments, 200)) != expected);
}

TEST_CASE("a rate lets a tenth of a second's worth through at once, and then its number a second") {
    Impairer impairer(1);
    const auto burst = fates(impairer, {.rate = 100}, 50, "10.0.0.7", 0ms);
    CHECK(std::count_if(burst.begin(), burst.end(), [](const Fate& fate) { return !fate.lost; }) == 10);
    CHECK(burst.back().lost == Reason::Rate);
    int passed = 0;
    for (int i = 1; i <= 2000; ++i) {  // one a millisecond, for two seconds
        const Fate fate = impairer.decide(ip("10.0.0.7"), {.rate = 100}, 0ms, kStart + i * 1ms);
        if (!fate.lost) ++passed;
    }
    CHECK(passed == 200);
    // Each address has a rate of its own, and one a second is one at once.
    CHECK_FALSE(impairer.decide(ip("10.0.0.8"), {.rate = 1}, 0ms, kStart).lost);
    CHECK(impairer.decide(ip("10.0.0.8"), {.rate = 1}, 0ms, kStart + 999ms).lost == Reason::Rate);
    CHECK_FALSE(impairer.decide(ip("10.0.0.8"), {.rate = 1}, 0ms, kStart + 1s).lost);
}

TEST_CASE("so many addresses have a history; who was asked longest ago begins anew") {
    Impairer impairer(42);
    const Impairments half{.loss = share("50%")};
    const std::string from_the_start = in_letters(fates(impairer, half, 64));
    const auto address = [](std::uint32_t i) {
        return Ipv4Address(11, static_cast<std::uint8_t>(i >> 16), static_cast<std::uint8_t>(i >> 8),
                           static_cast<std::uint8_t>(i));
    };
    for (std::uint32_t i = 0; i < Impairer::kMostAddresses - 1; ++i) {
        (void)impairer.decide(address(i), half, 0ms, kStart);
    }
    CHECK(impairer.addresses_kept() == Impairer::kMostAddresses);
    CHECK(in_letters(fates(impairer, half, 64)) != from_the_start);  // it goes on
    for (std::uint32_t i = 0; i < Impairer::kMostAddresses; ++i) {
        (void)impairer.decide(address(i), half, 0ms, kStart);
    }
    CHECK(impairer.addresses_kept() == Impairer::kMostAddresses);
    CHECK(in_letters(fates(impairer, half, 64)) == from_the_start);
}

}  // namespace tunlab::test
