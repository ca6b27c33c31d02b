#pragma once
// What happens to packets, told twice: Decided when one arrived, Sent when a reply, or a fragment of one, was
// written or could not be. Counters follow both, lines follow Decided, reply times follow Sent.

#include "tunlab/base/bytes.hpp"
#include "tunlab/lab/instant.hpp"
#include "tunlab/lab/responder.hpp"

#include <chrono>

namespace tunlab {

struct Decided {
    WallTime when;
    Bytes packet;  ///< as it was read; valid during the call only
    Decision decision;
};

struct Sent {
    WallTime when;
    Bytes reply;  ///< as it was written; valid during the call only
    /// From reading the request to having written the reply, less the delay that was chosen for it.
    std::chrono::nanoseconds reply_time{};
    int error = 0;  ///< errno of a write that failed, or 0
};

class EventSink {
public:
    EventSink() = default;
    EventSink(const EventSink&) = delete;
    EventSink& operator=(const EventSink&) = delete;
    virtual ~EventSink() = default;

    virtual void decided(const Decided& event) = 0;
    virtual void sent(const Sent& event) = 0;
};

}  // namespace tunlab
