#pragma once
// What is known of a packet besides its bytes.

#include "tunlab/lab/framing_sink.hpp"
#include "tunlab/lab/instant.hpp"

namespace tunlab {

struct Arrival {
    Instant now{};
    FramingSink* link = nullptr;  ///< what frames the replies on a TAP device; none on a TUN device

    /// Whether it came in a frame to a broadcast or multicast MAC address.
    [[nodiscard]] bool to_group() const {
        return link != nullptr && link->request().destination.is_multicast();
    }
};

}  // namespace tunlab
