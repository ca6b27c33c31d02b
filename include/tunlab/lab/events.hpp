#pragma once
// What happens to packets, in two events: Decided when one has arrived and been judged, Sent when a reply was
// written or could not be. Any number of observers follow them, and none knows the others.

#include "tunlab/base/bytes.hpp"
#include "tunlab/lab/impairment.hpp"
#include "tunlab/lab/instant.hpp"
#include "tunlab/lab/responder.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tunlab {

/// Which device a packet came by or leaves by: a small number, 0 for the first.
using Attachment = std::uint8_t;

/// Every span is valid during the call only.
struct Decided {
    std::uint64_t number = 0;  ///< of the packet: the first one in is 1
    Attachment from = 0;
    WallTime when{};
    Bytes packet{};  ///< as it was read
    Decision decision{};
    /// The replies as they were prepared, before any impairment: a lost one is here, too. Several are the
    /// fragments of one.
    std::span<const Bytes> prepared{};
    /// How often all of them are sent, and what is done to them each time; none if they are dropped.
    std::span<const Treatment> deliveries{};
};

struct Sent {
    std::optional<std::uint64_t>
        request{};  ///< the number of the packet that this answers, if it answers one
    Attachment to = 0;
    WallTime when{};
    Bytes reply{};  ///< as it was written; valid during the call only
    Treatment treatment{};
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
    /// The end of a batch: an observer that collects events passes them on.
    virtual void flush() {}
};

/// Hands each event to all its observers, in the order in which they were added.
class EventFanOut : public EventSink {
public:
    /// `observer` must outlive this.
    void add(EventSink& observer) { observers_.push_back(&observer); }

    void decided(const Decided& event) override;
    void sent(const Sent& event) override;
    void flush() override;

private:
    std::vector<EventSink*> observers_;
};

}  // namespace tunlab
