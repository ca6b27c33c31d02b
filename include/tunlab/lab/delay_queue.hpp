#pragma once
// Replies that are not due yet, by when they are.

#include "tunlab/base/bytes.hpp"
#include "tunlab/lab/instant.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tunlab {

/// A reply that waits.
struct DelayedReply {
    SteadyTime due{};
    SteadyTime arrival{};              ///< of the request
    std::chrono::nanoseconds delay{};  ///< that was chosen for it
    std::vector<std::uint8_t> bytes{};
};

class DelayQueue {
public:
    static constexpr std::size_t kMostReplies = 65536;
    static constexpr std::size_t kMostBytes = std::size_t{64} << 20;

    /// Whether so many replies more, of so many bytes in all, may wait.
    [[nodiscard]] bool has_room(std::size_t replies, std::size_t bytes) const;

    /// Keeps a copy of `reply`. Precondition: has_room(1, reply.size()).
    void push(SteadyTime arrival, std::chrono::nanoseconds delay, Bytes reply);

    /// When the first is due; nothing if none waits.
    [[nodiscard]] std::optional<SteadyTime> next_due() const;

    /// The one that is due first, if that is not after `now`; of several due at one time the one that was
    /// pushed first.
    [[nodiscard]] std::optional<DelayedReply> pop(SteadyTime now);

    [[nodiscard]] std::size_t size() const { return heap_.size(); }

private:
    struct Entry {
        DelayedReply reply;
        std::uint64_t number = 0;
    };
    /// Whether `a` comes after `b`: the heap's top comes before all others.
    static bool after(const Entry& a, const Entry& b);

    std::vector<Entry> heap_;
    std::uint64_t pushed_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace tunlab
