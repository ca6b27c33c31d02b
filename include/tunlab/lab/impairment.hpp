#pragma once
// What an impaired link does to the replies of a host: loses, duplicates, corrupts and delays them, at random
// and yet the same in every run with one seed.

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

/// What is done to a reply each time it is sent.
struct Treatment {
    std::chrono::nanoseconds delay{};  ///< from the arrival of the request
    bool duplicate = false;            ///< it is a copy of one sent before
    bool corrupted = false;            ///< its checksum is made wrong
    bool reordered = false;            ///< it may overtake those that wait

    friend bool operator==(const Treatment&, const Treatment&) = default;
};

/// What happens to the reply to one request.
struct ImpairmentResult {
    std::optional<Reason> dropped{};  ///< why it is not sent
    Treatment reply{};                ///< if it is sent
    std::optional<Treatment> copy{};  ///< a second one like it, not before it
};

class Impairer {
public:
    /// How many addresses have a history. With more, the one that was asked longest ago loses its own.
    static constexpr std::size_t kMaxAddresses = 65536;

    explicit Impairer(std::uint32_t seed) : seed_(seed) {}

    /// Decides on the reply to a request that arrived for `asked` at `now`, from a host with `impairments`
    /// behind a path that delays it by `path_delay`. In this order: rate, loss, duplicate, corrupt, delay.
    /// Replies of one address keep their order, except for the share to be reordered, which waits for the
    /// path alone. Precondition: impairments.jitter <= impairments.delay.
    [[nodiscard]] ImpairmentResult decide(const IpAddress& asked, const Impairments& impairments,
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
