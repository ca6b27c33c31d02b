#pragma once
// A rate limit: a number of tokens a second, and a burst.

#include "tunlab/lab/instant.hpp"

#include <cstdint>

namespace tunlab {

class TokenBucket {
public:
    /// Full at first. Preconditions: a_second > 0, burst > 0.
    constexpr TokenBucket(std::uint32_t a_second, std::uint32_t burst)
        : interval_(std::chrono::nanoseconds(std::chrono::seconds(1)) / a_second),
          burst_(burst),
          tokens_(burst) {}

    /// Takes a token, if there is one. Precondition: `now` is not before that of the last call.
    [[nodiscard]] bool take(SteadyTime now);

private:
    std::chrono::nanoseconds interval_;  // in which one token comes
    std::uint32_t burst_;
    std::uint32_t tokens_;
    SteadyTime filled_{};  // up to when tokens have been given; only looked at when some were taken
};

}  // namespace tunlab
