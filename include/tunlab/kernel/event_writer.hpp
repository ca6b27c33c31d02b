#pragma once
// Writes events to a descriptor, in any form, beside the serving loop: answering never waits for a reader.

#include "tunlab/base/bounded_queue.hpp"
#include "tunlab/kernel/fd.hpp"
#include "tunlab/lab/events.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace tunlab {

using Event = std::variant<Decided, Sent>;

/// Appends `event` to `out` in some form. Called on the writer's thread, one event after the other.
using EventEncoder = std::function<void(const Event& event, std::string& out)>;

/// Each writer has a queue and a thread of its own: a reader that is slow or stuck costs this writer's events
/// and nothing else. A batch of events is one write(2); at once, when the loop is idle.
class EventWriter : public EventSink {
public:
    /// Writes to descriptor `output`, which stays the caller's. Throws Error.
    EventWriter(int output, EventEncoder encode);
    EventWriter(const EventWriter&) = delete;
    EventWriter& operator=(const EventWriter&) = delete;
    ~EventWriter() override;

    /// Both copy the event and return at once. One that doesn't fit into the queue is counted as not written.
    void decided(const Decided& event) override;
    void sent(const Sent& event) override;
    void flush() override { queue_.wake(); }

    /// Writes what is left, for at most a second if the reader is slow, and ends the thread.
    /// Returns how many events were not written because the reader was too slow.
    std::uint64_t finish();

    /// errno of the write(2) that ended the writing, or 0. A pipe that its reader closed is EPIPE.
    [[nodiscard]] int error() const { return error_; }

private:
    /// An event with what its spans point to.
    class StoredEvent {
    public:
        explicit StoredEvent(const Decided& event);
        explicit StoredEvent(const Sent& event);
        StoredEvent(const StoredEvent&) = delete;  // its spans would point into the original
        StoredEvent& operator=(const StoredEvent&) = delete;
        StoredEvent(StoredEvent&&) noexcept = default;
        StoredEvent& operator=(StoredEvent&&) noexcept = default;
        ~StoredEvent() = default;
        [[nodiscard]] const Event& get() const { return event_; }
        /// In bytes, about.
        [[nodiscard]] std::size_t weight() const;

    private:
        [[nodiscard]] static std::size_t size_of(const Decided& event);
        Bytes store(Bytes bytes);

        // Their memory stays where it is when the event is moved, so the spans stay valid.
        std::vector<std::uint8_t> bytes_;
        std::vector<Bytes> prepared_;
        std::vector<Treatment> deliveries_;
        Event event_;
    };

    void push(StoredEvent event);
    void run(std::promise<void> done);
    [[nodiscard]] bool write_batch(const std::vector<StoredEvent>& batch);
    [[nodiscard]] std::size_t write_some(const std::string& text);
    void give_up();

    const int output_;
    const EventEncoder encode_;
    BoundedQueue<StoredEvent> queue_;
    UniqueFd wake_;  // readable when the thread must give up
    std::atomic<bool> giving_up_ = false;
    std::atomic<int> error_ = 0;
    std::atomic<std::uint64_t> not_written_ = 0;
    std::future<void> done_;
    std::thread thread_;
};

}  // namespace tunlab
