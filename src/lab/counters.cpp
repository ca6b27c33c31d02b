#include "tunlab/lab/counters.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>

namespace tunlab {

// A value of n significant bits has the bucket row n; inside a row the next kSubBucketBits bits
// choose the bucket. Values below 2^kSubBucketBits have a bucket each.
std::size_t DurationHistogram::bucket_of(std::uint64_t nanoseconds) {
    const auto significant = static_cast<unsigned>(std::bit_width(nanoseconds));
    if (significant <= kSubBucketBits) return static_cast<std::size_t>(nanoseconds);
    const unsigned shift = significant - kSubBucketBits - 1;
    const std::uint64_t below_leading_bit = (nanoseconds >> shift) - (std::uint64_t{1} << kSubBucketBits);
    return (std::size_t{shift + 1} << kSubBucketBits) + static_cast<std::size_t>(below_leading_bit);
}

std::uint64_t DurationHistogram::upper_end_of(std::size_t bucket) {
    const std::size_t row = bucket >> kSubBucketBits;
    if (row == 0) return bucket;
    const std::size_t leading = bucket - ((row - 1) << kSubBucketBits);
    return ((std::uint64_t{leading} + 1) << (row - 1)) - 1;
}

void DurationHistogram::add(std::chrono::nanoseconds duration) {
    const auto clamped = std::max(duration, std::chrono::nanoseconds::zero());  // clocks can be set back
    ++buckets_[bucket_of(static_cast<std::uint64_t>(clamped.count()))];
    min_ = count_ == 0 ? clamped : std::min(min_, clamped);
    max_ = std::max(max_, clamped);
    sum_ += clamped;
    ++count_;
}

std::chrono::nanoseconds DurationHistogram::mean() const {
    assert(count_ > 0);
    return sum_ / static_cast<std::int64_t>(count_);
}

std::chrono::nanoseconds DurationHistogram::percentile(double share) const {
    assert(count_ > 0 && share > 0 && share <= 1);
    const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
        seen += buckets_[bucket];
        if (seen >= wanted) {
            const auto upper = std::chrono::nanoseconds(static_cast<std::int64_t>(upper_end_of(bucket)));
            return std::min(upper, max_);
        }
    }
    return max_;
}

void Counters::decided(const Decided& event) {
    ++packets_in_;
    ++reasons_[static_cast<std::size_t>(event.decision.reason)];
    if (event.decision.echo_request) ++echo_requests_;
}

void Counters::sent(const Sent& event) {
    if (event.error != 0) {
        ++send_failures_;
    } else {
        reply_times_.add(event.reply_time);
    }
}

std::uint64_t Counters::by_verdict(Verdict verdict) const {
    std::uint64_t sum = 0;
    for (const auto& facts : reasons()) {
        if (facts.verdict == verdict) sum += by_reason(facts.reason);
    }
    return sum;
}

}  // namespace tunlab
