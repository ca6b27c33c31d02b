#pragma once
// The printing thread: events become lines beside the serving loop, so that answering never waits
// for whoever reads the lines.

#include "tunlab/base/bounded_queue.hpp"
#include "tunlab/kernel/fd.hpp"
#include "tunlab/lab/events.hpp"
#include "tunlab/report/event_line.hpp"

#include <atomic>
#include <cstdint>
#include <future>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

namespace tunlab {

class Printer {
public:
    /// Prints to descriptor `output`, which stays the caller's. Throws Error.
    Printer(int output, const LineStyle& style);
    ~Printer();
    Printer(const Printer&) = delete;
    Printer& operator=(const Printer&) = delete;

    /// Copies the event and returns at once. What doesn't fit into the queue is counted as not shown.
    void submit(const Decided& event);
    void submit(const Sent& event);

    /// Prints what is left, for at most a second if the reader is slow, and ends the thread.
    /// Returns how many events were not shown because the reader was too slow.
    std::uint64_t finish();

    /// errno of the write that ended printing, or 0. A pipe that its reader closed is EPIPE.
    [[nodiscard]] int error() const { return error_; }

private:
    struct Record {
        std::variant<Decided, Sent> event;
        std::vector<std::uint8_t> bytes;  // what the event's span points to once it is popped
    };

    void push(Record record);
    void run(std::promise<void> done);
    [[nodiscard]] bool write_all(std::string_view text);
    void give_up();

    const int output_;
    const LineStyle style_;
    BoundedQueue<Record> queue_;
    UniqueFd wake_;  // readable once the thread shall give up
    std::atomic<bool> giving_up_ = false;
    std::atomic<int> error_ = 0;
    std::uint64_t not_shown_ = 0;
    std::future<void> done_;
    std::thread thread_;
};

}  // namespace tunlab
