#pragma once
// What is known of a packet besides its bytes.

#include "tunlab/lab/framing_sink.hpp"
#include "tunlab/lab/instant.hpp"
#include "tunlab/wire/reassembly.hpp"

namespace tunlab {

struct Arrival {
    Instant now{};
    FramingSink* link = nullptr;  ///< what frames the replies on a TAP device; none on a TUN device

    /// Many: a broadcast or multicast MAC address.
    [[nodiscard]] FrameTo frame_to() const {
        return link != nullptr && link->request().destination.is_multicast() ? FrameTo::Many : FrameTo::One;
    }
};

}  // namespace tunlab
