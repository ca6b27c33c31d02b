#pragma once
// A queue from one thread that must never wait to one that may. What is pushed is seen by the other thread
// once it is woken: one wake-up serves a whole batch.

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

namespace tunlab {

/// First in, first out, bounded by the summed weights of what waits in it.
template <typename T>
class BoundedQueue {
public:
    explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

    /// Adds `item` unless that would exceed the capacity or the queue is closed; never waits.
    /// Returns whether it was added.
    [[nodiscard]] bool try_push(T item, std::size_t weight) {
        const std::lock_guard lock(mutex_);
        if (closed_ || weight > capacity_ - weight_) return false;
        weight_ += weight;
        items_.push_back(std::move(item));
        return true;
    }

    /// Lets a thread that waits in pop_all() have what was pushed.
    void wake() {
        {
            const std::lock_guard lock(mutex_);
            if (items_.empty() || !waiting_) return;
            woken_ = true;
        }
        filled_.notify_one();
    }

    /// Takes out everything that waits. If nothing does, waits for wake(). Empty once the queue is closed and
    /// everything was taken out.
    [[nodiscard]] std::vector<T> pop_all() {
        std::unique_lock lock(mutex_);
        if (items_.empty() && !closed_) {
            waiting_ = true;
            woken_ = false;
            filled_.wait(lock, [this] { return closed_ || woken_; });
            waiting_ = false;
        }
        weight_ = 0;
        return std::exchange(items_, {});
    }

    /// Nothing more goes in; what is there can still be taken out.
    void close() {
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
        }
        filled_.notify_all();
    }

    /// Closes the queue and discards what waits in it. Returns how many items that were.
    std::size_t discard() {
        close();
        const std::lock_guard lock(mutex_);
        weight_ = 0;
        return std::exchange(items_, {}).size();
    }

private:
    const std::size_t capacity_;
    std::mutex mutex_;
    std::condition_variable filled_;
    std::vector<T> items_;
    std::size_t weight_ = 0;
    bool waiting_ = false;
    bool woken_ = false;
    bool closed_ = false;
};

}  // namespace tunlab
