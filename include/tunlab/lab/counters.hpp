#pragma once
// What is counted while the lab runs. All of it has a fixed size.

#include "tunlab/lab/events.hpp"
#include "tunlab/lab/verdict.hpp"

#include <array>
#include <chrono>
#include <cstdint>

namespace tunlab {

/// Durations, kept as counts in buckets whose widths grow with the duration: a percentile is at
/// most 1/16 too large, whatever the number of durations.
class DurationHistogram {
public:
    void add(std::chrono::nanoseconds duration);

    [[nodiscard]] std::uint64_t count() const { return count_; }
    /// The exact extremes and mean. Precondition: count() > 0.
    [[nodiscard]] std::chrono::nanoseconds min() const { return min_; }
    [[nodiscard]] std::chrono::nanoseconds max() const { return max_; }
    [[nodiscard]] std::chrono::nanoseconds mean() const;
    /// The upper end of the bucket in which the given share of all durations is reached, at most
    /// max(). Preconditions: count() > 0; 0 < share <= 1.
    [[nodiscard]] std::chrono::nanoseconds percentile(double share) const;

private:
    static constexpr unsigned kSubBucketBits = 4;
    static constexpr std::size_t kBuckets = (64 - kSubBucketBits + 1) << kSubBucketBits;
    static std::size_t bucket_of(std::uint64_t nanoseconds);
    static std::uint64_t upper_end_of(std::size_t bucket);

    std::array<std::uint64_t, kBuckets> buckets_{};
    std::uint64_t count_ = 0;
    std::chrono::nanoseconds min_{};
    std::chrono::nanoseconds max_{};
    std::chrono::nanoseconds sum_{};
};

/// The counts of one run. Every packet in has exactly one reason, so the counts by reason add up to
/// packets_in().
class Counters : public EventSink {
public:
    void decided(const Decided& event) override;
    void sent(const Sent& event) override;

    [[nodiscard]] std::uint64_t packets_in() const { return packets_in_; }
    [[nodiscard]] std::uint64_t by_reason(Reason reason) const {
        return reasons_[static_cast<std::size_t>(reason)];
    }
    [[nodiscard]] std::uint64_t by_verdict(Verdict verdict) const;
    [[nodiscard]] std::uint64_t echo_requests() const { return echo_requests_; }
    [[nodiscard]] std::uint64_t send_failures() const { return send_failures_; }
    [[nodiscard]] const DurationHistogram& reply_times() const { return reply_times_; }

private:
    std::array<std::uint64_t, kReasonCount> reasons_{};
    std::uint64_t packets_in_ = 0;
    std::uint64_t echo_requests_ = 0;
    std::uint64_t send_failures_ = 0;
    DurationHistogram reply_times_;
};

}  // namespace tunlab
