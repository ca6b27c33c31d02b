#include "tunlab/lab/impairment.hpp"

#include "tunlab/base/digest.hpp"
#include "tunlab/lab/chance.hpp"

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

Fate Impairer::decide(const IpAddress& asked, const Impairments& impairments,
                      std::chrono::nanoseconds path_delay, SteadyTime now) {
    assert(impairments.jitter <= impairments.delay);
    if (impairments == Impairments{})
        return {.lost = {}, .answer = {.delay = path_delay}, .copy = {}};  // nothing to remember

    History& history = history_of(asked);
    const Chance chance(seed_, asked, history.requests++);
    if (impairments.rate) {
        if (!history.rate) history.rate = bucket_for(*impairments.rate);
        if (!history.rate->take(now)) return {.lost = Reason::Rate, .answer = {}, .copy = {}};
    }
    if (chance.happens(Choice::Loss, impairments.loss))
        return {.lost = Reason::Loss, .answer = {}, .copy = {}};

    const auto in_order = [&](Choice jitter) {
        const auto delay = path_delay + chance.between(jitter, impairments.delay - impairments.jitter,
                                                       impairments.delay + impairments.jitter);
        history.last_due = std::max(history.last_due, now + delay);
        return history.last_due - now;
    };
    Fate fate;
    fate.answer.corrupted = chance.happens(Choice::Corrupt, impairments.corrupt);
    fate.answer.delay =
        chance.happens(Choice::Reorder, impairments.reorder) ? path_delay : in_order(Choice::Jitter);
    if (chance.happens(Choice::Duplicate, impairments.duplicate)) {
        fate.copy = Delivery{.corrupted = chance.happens(Choice::CorruptCopy, impairments.corrupt),
                             .delay = std::max(fate.answer.delay, in_order(Choice::JitterCopy))};
    }
    return fate;
}

Impairer::History& Impairer::history_of(const IpAddress& asked) {
    if (const auto known = by_address_.find(asked); known != by_address_.end()) {
        histories_.splice(histories_.end(), histories_, known->second);
        return histories_.back();
    }
    if (histories_.size() == kMostAddresses) {
        by_address_.erase(histories_.front().address);
        histories_.pop_front();
    }
    histories_.push_back({.address = asked, .rate = {}});
    by_address_.emplace(asked, std::prev(histories_.end()));
    return histories_.back();
}

}  // namespace tunlab
