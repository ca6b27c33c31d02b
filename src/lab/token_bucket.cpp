#include "tunlab/lab/token_bucket.hpp"

#include <algorithm>

namespace tunlab {

bool TokenBucket::take(SteadyTime now) {
    if (tokens_ == burst_) filled_ = now;  // a full bucket gains nothing by waiting
    const auto due = std::max((now - filled_) / interval_, SteadyTime::rep{0});
    const auto given = std::min(due, SteadyTime::rep{burst_ - tokens_});
    tokens_ += static_cast<std::uint32_t>(given);
    filled_ += interval_ * due;
    if (tokens_ == 0) return false;
    --tokens_;
    return true;
}

}  // namespace tunlab
