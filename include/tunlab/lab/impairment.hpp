#pragma once
// What a bad line does to the answers of a host: loses, doubles, spoils and delays them, by chance and yet
// the same in every run with one seed.

#include "tunlab/base/address.hpp"
#include "tunlab/lab/host.hpp"
#include "tunlab/lab/instant.hpp"
#include "tunlab/lab/token_bucket.hpp"
#include "tunlab/lab/verdict.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <unordered_map>

namespace tunlab {

/// One answer on its way back.
struct Delivery {
    bool corrupted = false;
    std::chrono::nanoseconds delay{};  ///< from when the request came
};

/// What becomes of the answer to one request.
struct Fate {
    std::optional<Reason> lost;    ///< why there is none
    Delivery answer{};             ///< if it is not lost
    std::optional<Delivery> copy;  ///< a second one like it, not before it
};

class Impairer {
public:
    /// As many addresses have a history; of more, the one that was asked longest ago begins anew.
    static constexpr std::size_t kMostAddresses = 65536;

    explicit Impairer(std::uint32_t seed) : seed_(seed) {}

    /// Decides on the answer to a request that came to `asked` at `now`, of a host with `impairments` whose
    /// answers take `path_delay` anyway. In this order: rate, loss, duplicate, corrupt, delay. Answers of one
    /// address keep their order but for the share that is to overtake, which waits for the path alone.
    /// Precondition: impairments.jitter <= impairments.delay.
    [[nodiscard]] Fate decide(const IpAddress& asked, const Impairments& impairments,
                              std::chrono::nanoseconds path_delay, SteadyTime now);

    [[nodiscard]] std::size_t addresses_kept() const { return histories_.size(); }

private:
    struct History {
        IpAddress address;
        std::uint64_t requests = 0;
        std::optional<TokenBucket> rate;
        SteadyTime last_due{};
    };
    struct Hash {
        std::size_t operator()(const IpAddress& address) const;
    };
    using Histories = std::list<History>;  // the one that was asked longest ago first

    [[nodiscard]] History& history_of(const IpAddress& asked);

    std::uint32_t seed_;
    Histories histories_;
    std::unordered_map<IpAddress, Histories::iterator, Hash> by_address_;
};

}  // namespace tunlab
