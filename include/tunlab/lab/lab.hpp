#pragma once
// The simulated network as it was asked for: who lives in it, how each host behaves, and the seed of every
// random choice. It never changes, so any number of engines and threads may use one.

#include "tunlab/lab/host_table.hpp"

#include <cstdint>

namespace tunlab {

struct Lab {
    HostTable hosts;  ///< with the MAC address of each: its rule's, or the scheme's (simulated_mac.hpp)
    std::uint32_t seed = 0;
};

}  // namespace tunlab
