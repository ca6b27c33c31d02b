#pragma once
// The serving loop: descriptors, waiting and time. It reads packets for an engine and writes what the engine
// gives out, and sleeps when there is nothing to do.

#include "tunlab/kernel/link_monitor.hpp"
#include "tunlab/kernel/signals.hpp"
#include "tunlab/lab/engine.hpp"
#include "tunlab/lab/events.hpp"
#include "tunlab/lab/reply_sink.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tunlab {

/// Why the loop returned. After the first three it can be run on.
enum class StopReason {
    ReportRequested,
    LinkDown,  ///< the device was set down: nothing arrives until it is up again
    LinkUp,
    StopRequested,
    CountReached,  ///< and all replies are sent, unless the deadline came first
    DeadlineReached,
    DeviceGone,
};

struct ServeLimits {
    std::optional<std::uint64_t> echo_requests{};
    std::optional<std::chrono::steady_clock::time_point> deadline{};
};

class ServingLoop {
public:
    /// `device` is a non-blocking descriptor on which one read is one packet, and one write: a TUN or TAP
    /// device, or a SOCK_SEQPACKET socket. All references must outlive the loop, which keeps the engine's
    /// facts as `monitor` has them, and flushes `events` before each wait.
    ServingLoop(int device, DeviceMonitor& monitor, SignalQueue& signals, Engine& engine, EventSink& events,
                const ServeLimits& limits);

    /// Serves until something happens that the caller must know. Throws Error if the device can't be
    /// read for a reason other than being gone.
    [[nodiscard]] StopReason run();

private:
    [[nodiscard]] std::optional<StopReason> wait();
    [[nodiscard]] std::optional<StopReason> update_facts();
    [[nodiscard]] std::optional<StopReason> read_batch();
    void answer_batch();
    [[nodiscard]] bool is_count_reached() const;
    [[nodiscard]] bool send_due();
    void send_until(std::chrono::steady_clock::time_point time);
    void send(const OutgoingPacket& packet);

    const int device_;
    DeviceMonitor& monitor_;
    SignalQueue& signals_;
    Engine& engine_;
    EventSink& events_;
    const ServeLimits limits_;
    bool up_ = true;
    bool facts_stale_ = false;  // the last try to read them failed
    struct Arrived {
        std::array<std::uint8_t, ReplyBuffer::kMaxReply> bytes{};
        std::size_t size = 0;
        Instant when{};
    };
    std::vector<Arrived> batch_;
    std::size_t batch_size_ = 0;
};

}  // namespace tunlab
