#pragma once
// The serving loop: packets from the device to the responder, replies back. It sleeps only where
// nothing is to be done.

#include "tunlab/kernel/signals.hpp"
#include "tunlab/kernel/tun.hpp"
#include "tunlab/kernel/watch.hpp"
#include "tunlab/lab/delay_queue.hpp"
#include "tunlab/lab/events.hpp"
#include "tunlab/lab/reply_sink.hpp"
#include "tunlab/lab/responder.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace tunlab {

/// Why the loop handed control back. After the first three it can be run on.
enum class Pause {
    ReportRequested,
    LinkDown,  ///< the device was set down: nothing arrives until it is up again
    LinkUp,
    StopRequested,
    CountReached,  ///< and the replies to all of them are sent, unless the deadline came before
    DeadlineReached,
    DeviceGone,
};

struct ServeLimits {
    std::optional<std::uint64_t> echo_requests;
    std::optional<std::chrono::steady_clock::time_point> deadline;
};

class ServingLoop {
public:
    /// All references must outlive the loop. `facts` is what the responder answers by; the loop keeps
    /// it true.
    ServingLoop(const TunDevice& device, DeviceWatch& watch, SignalQueue& signals, DeviceFacts& facts,
                Responder& responder, EventSink& events, const ServeLimits& limits);

    /// Serves until something happens that the caller must know. Throws Error if the device can't be
    /// read for a reason other than being gone.
    [[nodiscard]] Pause run();

    /// How many replies are not due yet.
    [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

private:
    [[nodiscard]] std::optional<Pause> wait();
    [[nodiscard]] std::optional<Pause> take_news();
    [[nodiscard]] std::optional<Pause> read_batch();
    void answer_batch();
    [[nodiscard]] bool is_count_reached() const;
    [[nodiscard]] bool has_room_for(const Decision& decision) const;
    void deliver(const Decision& decision, std::chrono::steady_clock::time_point arrival);
    void send_due();
    void send(Bytes reply, std::chrono::steady_clock::time_point arrival, std::chrono::nanoseconds delay);

    const TunDevice& device_;
    DeviceWatch& watch_;
    SignalQueue& signals_;
    DeviceFacts& facts_;
    Responder& responder_;
    EventSink& events_;
    ServeLimits limits_;
    std::uint64_t echo_requests_ = 0;
    bool up_ = true;
    bool facts_stale_ = false;  // the last try to read them failed
    Outbox outbox_;
    DelayQueue waiting_;
    struct Arrived {
        std::array<std::uint8_t, Outbox::kLargestReply> bytes{};
        std::size_t size = 0;
        Instant when{};
    };
    std::vector<Arrived> batch_;
    std::size_t batch_size_ = 0;
};

}  // namespace tunlab
