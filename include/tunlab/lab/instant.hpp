#pragma once
// A moment, by both clocks that the lab needs. It never looks at a clock itself: time is an argument.

#include <chrono>
#include <cstdint>

namespace tunlab {

using SteadyTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

struct Instant {
    SteadyTime steady{};  ///< for durations: timeouts, rates
    WallTime wall{};      ///< for what is told to others: timestamps on the wire and in lines
};

/// Milliseconds since midnight UT, as ICMP and IP timestamps count (RFC 792, RFC 791 §3.1).
[[nodiscard]] constexpr std::uint32_t time_of_day(WallTime wall) {
    const auto since_midnight = wall - std::chrono::floor<std::chrono::days>(wall);
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(since_midnight).count());
}

}  // namespace tunlab
