#pragma once
// What is known about a packet besides its bytes.

#include "tunlab/lab/framing_sink.hpp"
#include "tunlab/lab/instant.hpp"
#include "tunlab/wire/reassembly.hpp"

namespace tunlab {

struct Arrival {
    Instant now{};
    FramingSink* link = nullptr;  ///< frames the replies on a TAP device; null on a TUN device

    /// Unicast on a TUN device.
    [[nodiscard]] LinkDestination link_destination() const {
        return link != nullptr && link->request().destination.is_multicast() ? LinkDestination::Group
                                                                             : LinkDestination::Unicast;
    }
};

}  // namespace tunlab
