#include "tunlab/lab/seeded_random.hpp"

#include "tunlab/base/digest.hpp"

#include <cassert>

namespace tunlab {

namespace {

/// The output function of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators,
/// 2014).
std::uint64_t mix(std::uint64_t value) {
    value = (value ^ value >> 30U) * 0xbf58476d1ce4e5b9U;
    value = (value ^ value >> 27U) * 0x94d049bb133111ebU;
    return value ^ value >> 31U;
}

constexpr std::uint64_t kGamma = 0x9e3779b97f4a7c15U;  // its step from state to state

}  // namespace

SeededRandom::SeededRandom(std::uint32_t seed, const IpAddress& address, std::uint64_t request)
    : state_(mix(mix(mix(seed + kGamma) ^ digest(address.bytes())) + (request + 1) * kGamma)) {}

bool SeededRandom::chance(Choice choice, Percentage share) const {
    return below(choice, Percentage::kAll) < share.millionths();
}

std::chrono::nanoseconds SeededRandom::uniform(Choice choice, std::chrono::nanoseconds min,
                                               std::chrono::nanoseconds max) const {
    assert(min <= max);
    const auto range = static_cast<std::uint64_t>((max - min).count()) + 1;
    return min + std::chrono::nanoseconds(static_cast<std::int64_t>(below(choice, range)));
}

std::uint64_t SeededRandom::below(Choice choice, std::uint64_t bound) const {
    assert(bound > 0);
    // Of a bound of n bits the bias is below 2^(n - 64): beyond measure for an hour in nanoseconds.
    return mix(state_ + (static_cast<std::uint64_t>(choice) + 1) * kGamma) % bound;
}

}  // namespace tunlab
