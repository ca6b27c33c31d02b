#pragma once
// A queue between one thread that must never wait and one that may.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace tunlab {

/// First in, first out, bounded by the summed weights of what waits in it.
template <typename T>
class BoundedQueue {
public:
    explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

    /// Adds `item` unless that would exceed the capacity or the queue is closed; never waits.
    /// Returns whether it was added.
    [[nodiscard]] bool try_push(T item, std::size_t weight) {
        {
            const std::lock_guard lock(mutex_);
            if (closed_ || weight > capacity_ - weight_) return false;
            weight_ += weight;
            items_.emplace_back(std::move(item), weight);
        }
        filled_.notify_one();
        return true;
    }

    /// Waits for an item and takes it out; nothing once the queue is closed and empty.
    [[nodiscard]] std::optional<T> pop() {
        std::unique_lock lock(mutex_);
        filled_.wait(lock, [this] { return closed_ || !items_.empty(); });
        if (items_.empty()) return std::nullopt;
        std::optional<T> item(std::move(items_.front().first));
        weight_ -= items_.front().second;
        items_.pop_front();
        return item;
    }

    /// Nothing more goes in; what is there can still be taken.
    void close() {
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
        }
        filled_.notify_all();
    }

    /// Closes the queue and throws away what waits in it. Returns how many items that were.
    std::size_t discard() {
        close();
        const std::lock_guard lock(mutex_);
        const std::size_t count = items_.size();
        items_.clear();
        weight_ = 0;
        return count;
    }

private:
    const std::size_t capacity_;
    std::mutex mutex_;
    std::condition_variable filled_;
    std::deque<std::pair<T, std::size_t>> items_;
    std::size_t weight_ = 0;
    bool closed_ = false;
};

}  // namespace tunlab
