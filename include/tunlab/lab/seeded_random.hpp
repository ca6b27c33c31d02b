#pragma once
// Random choices that can be repeated: each is a function of the run's seed, the address that is asked, how
// many requests that address has seen, and what is chosen. Other traffic changes none of them.

#include "tunlab/base/address.hpp"
#include "tunlab/base/percentage.hpp"

#include <chrono>
#include <cstdint>

namespace tunlab {

enum class Choice : std::uint8_t {
    Loss,
    Duplicate,
    Corrupt,
    CorruptCopy,
    Reorder,
    Jitter,
    JitterCopy,
};

/// The choices for one request.
class SeededRandom {
public:
    /// `request` counts the requests to `address` from 0.
    SeededRandom(std::uint32_t seed, const IpAddress& address, std::uint64_t request);

    /// Never for 0 %, always for 100 %.
    [[nodiscard]] bool chance(Choice choice, Percentage share) const;

    /// A duration between both, either included, each as likely. Precondition: min <= max.
    [[nodiscard]] std::chrono::nanoseconds uniform(Choice choice, std::chrono::nanoseconds min,
                                                   std::chrono::nanoseconds max) const;

private:
    /// Less than `bound`. Precondition: bound > 0.
    [[nodiscard]] std::uint64_t below(Choice choice, std::uint64_t bound) const;

    std::uint64_t state_;
};

}  // namespace tunlab
