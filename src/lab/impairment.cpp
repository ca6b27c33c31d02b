#include "tunlab/lab/impairment.hpp"

#include "tunlab/base/digest.hpp"
#include "tunlab/lab/seeded_random.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>

namespace tunlab {

namespace {

/// A tenth of a second's worth at once: a burst of pings is no flood.
constexpr std::uint32_t kBurstsASecond = 10;

TokenBucket bucket_for(std::uint32_t a_second) {
    return {a_second, std::max<std::uint32_t>(1, a_second / kBurstsASecond)};
}

}  // namespace

std::size_t Impairer::Hash::operator()(const IpAddress& address) const {
    return static_cast<std::size_t>(digest(address.bytes()));
}

ImpairmentResult Impairer::decide(const IpAddress& asked, const Impairments& impairments,
                                  std::chrono::nanoseconds path_delay, SteadyTime now) {
    assert(impairments.jitter <= impairments.delay);
    if (impairments == Impairments{}) return {.reply = {.delay = path_delay}};  // nothing to remember

    History& history = history_of(asked);
    const SeededRandom random(seed_, asked, history.requests++);
    if (impairments.rate) {
        if (!history.rate) history.rate = bucket_for(*impairments.rate);
        if (!history.rate->take(now)) return {.dropped = Reason::Rate};
    }
    if (random.chance(Choice::Loss, impairments.loss)) return {.dropped = Reason::Loss};

    const auto in_order = [&](Choice jitter) {
        const auto delay = path_delay + random.uniform(jitter, impairments.delay - impairments.jitter,
                                                       impairments.delay + impairments.jitter);
        history.last_due = std::max(history.last_due, now + delay);
        return history.last_due - now;
    };
    ImpairmentResult result;
    result.reply.corrupted = random.chance(Choice::Corrupt, impairments.corrupt);
    result.reply.reordered = random.chance(Choice::Reorder, impairments.reorder);
    result.reply.delay = result.reply.reordered ? path_delay : in_order(Choice::Jitter);
    if (random.chance(Choice::Duplicate, impairments.duplicate)) {
        result.copy = Treatment{.delay = std::max(result.reply.delay, in_order(Choice::JitterCopy)),
                                .duplicate = true,
                                .corrupted = random.chance(Choice::CorruptCopy, impairments.corrupt)};
    }
    return result;
}

Impairer::History& Impairer::history_of(const IpAddress& asked) {
    if (const auto known = by_address_.find(asked); known != by_address_.end()) {
        histories_.splice(histories_.end(), histories_, known->second);
        return histories_.back();
    }
    if (histories_.size() == kMaxAddresses) {
        by_address_.erase(histories_.front().address);
        histories_.pop_front();
    }
    histories_.push_back({.address = asked, .rate = {}});
    by_address_.emplace(asked, std::prev(histories_.end()));
    return histories_.back();
}

}  // namespace tunlab
