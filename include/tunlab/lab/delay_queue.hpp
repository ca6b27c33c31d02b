#pragma once
// Replies that are not due yet, ordered by when they are.

#include "tunlab/base/bytes.hpp"
#include "tunlab/lab/events.hpp"
#include "tunlab/lab/impairment.hpp"
#include "tunlab/lab/instant.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tunlab {

struct DelayedReply {
    SteadyTime arrival{};                    ///< of the request, or when it was made if it answers none
    Treatment treatment{};                   ///< with the delay after which it is due
    Attachment to = 0;                       ///< by which it leaves
    std::optional<std::uint64_t> request{};  ///< the number of the packet that it answers
    std::vector<std::uint8_t> bytes{};

    [[nodiscard]] SteadyTime due() const { return arrival + treatment.delay; }
};

class DelayQueue {
public:
    static constexpr std::size_t kMaxReplies = 65536;
    static constexpr std::size_t kMaxBytes = std::size_t{64} << 20;

    /// Whether that many more replies, with that many bytes in all, may wait.
    [[nodiscard]] bool has_room(std::size_t replies, std::size_t bytes) const;

    /// Precondition: has_room(1, reply.bytes.size()).
    void push(DelayedReply reply);

    /// When the first is due; nothing if none waits.
    [[nodiscard]] std::optional<SteadyTime> next_due() const;

    /// The one that is due first, if that is not after `now`; of several due at the same time, the one that
    /// was pushed first.
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
