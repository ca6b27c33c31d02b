#pragma once
// What a run of echo amounted to.

#include "tunlab/lab/counters.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace tunlab {

struct RunFacts {
    std::string ifname;
    std::chrono::nanoseconds duration{};
    std::uint64_t lines_not_shown = 0;  ///< the reader of the output was too slow
    std::uint64_t unsent = 0;           ///< replies whose time had not come
    std::uint64_t tx_dropped = 0;       ///< what the host sent while the device's queue was full
};

/// "5 packets in: 2 answered, 1 dropped, 1 ignored, 1 bad; 3.2 s", without a line end.
[[nodiscard]] std::string format_statistics(const Counters& counters, std::chrono::nanoseconds duration);

/// The whole summary; every line has its end. If nothing came in, it says why that usually is.
[[nodiscard]] std::string format_summary(const Counters& counters, const RunFacts& run);

}  // namespace tunlab
