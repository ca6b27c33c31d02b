#include "tunlab/lab/delay_queue.hpp"

#include <algorithm>
#include <cassert>
#include <tuple>
#include <utility>

namespace tunlab {

bool DelayQueue::after(const Entry& a, const Entry& b) {
    return std::tie(a.reply.due, a.number) > std::tie(b.reply.due, b.number);
}

bool DelayQueue::has_room(std::size_t replies, std::size_t bytes) const {
    return heap_.size() + replies <= kMostReplies && bytes_ + bytes <= kMostBytes;
}

void DelayQueue::push(SteadyTime arrival, std::chrono::nanoseconds delay, Bytes reply) {
    assert(has_room(1, reply.size()));
    heap_.push_back({.reply = {.due = arrival + delay,
                               .arrival = arrival,
                               .delay = delay,
                               .bytes = {reply.begin(), reply.end()}},
                     .number = pushed_++});
    bytes_ += reply.size();
    std::push_heap(heap_.begin(), heap_.end(), after);
}

std::optional<SteadyTime> DelayQueue::next_due() const {
    if (heap_.empty()) return std::nullopt;
    return heap_.front().reply.due;
}

std::optional<DelayedReply> DelayQueue::pop(SteadyTime now) {
    if (heap_.empty() || heap_.front().reply.due > now) return std::nullopt;
    std::pop_heap(heap_.begin(), heap_.end(), after);
    DelayedReply reply = std::move(heap_.back().reply);
    heap_.pop_back();
    bytes_ -= reply.bytes.size();
    return reply;
}

}  // namespace tunlab
