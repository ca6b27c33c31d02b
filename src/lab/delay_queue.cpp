#include "tunlab/lab/delay_queue.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace tunlab {

bool DelayQueue::after(const Entry& a, const Entry& b) {
    const SteadyTime due_a = a.reply.due();
    const SteadyTime due_b = b.reply.due();
    return due_a != due_b ? due_a > due_b : a.number > b.number;
}

bool DelayQueue::has_room(std::size_t replies, std::size_t bytes) const {
    return heap_.size() + replies <= kMaxReplies && bytes_ + bytes <= kMaxBytes;
}

void DelayQueue::push(DelayedReply reply) {
    assert(has_room(1, reply.bytes.size()));
    bytes_ += reply.bytes.size();
    heap_.push_back({.reply = std::move(reply), .number = pushed_++});
    std::push_heap(heap_.begin(), heap_.end(), after);
}

std::optional<SteadyTime> DelayQueue::next_due() const {
    if (heap_.empty()) return std::nullopt;
    return heap_.front().reply.due();
}

std::optional<DelayedReply> DelayQueue::pop(SteadyTime now) {
    if (heap_.empty() || heap_.front().reply.due() > now) return std::nullopt;
    std::pop_heap(heap_.begin(), heap_.end(), after);
    DelayedReply reply = std::move(heap_.back().reply);
    heap_.pop_back();
    bytes_ -= reply.bytes.size();
    return reply;
}

}  // namespace tunlab
