#pragma once
// Forwarding along the hops of a path, as by routers: RFC 1812 §5.3.1 and §5.2.7, RFC 8200 §3 and §5.

#include "tunlab/lab/host.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tunlab {

/// Whether routers may fragment a packet that is too big for a link: not with DF set, and never over IPv6.
enum class Fragmenting { Allowed, Forbidden };

struct ForwardResult {
    enum class End {
        Arrived,
        Expired,  ///< its TTL or hop limit was used up at the last hop counted
        TooBig,   ///< for the link behind the last hop counted
    };
    End end = End::Arrived;
    std::size_t hops = 0;              ///< how many it reached; the last of them is where it ended
    std::chrono::nanoseconds delay{};  ///< the sum of theirs: of what comes back from there
};

/// Forwards a packet of `size` bytes, IP header included, along `path`. Each hop checks the TTL before the
/// MTU.
[[nodiscard]] ForwardResult forward(std::span<const Hop> path, std::uint8_t ttl, std::size_t size,
                                    Fragmenting fragmenting);

/// The smallest MTU of `path` and of the device, whose MTU is `mtu`.
[[nodiscard]] std::size_t path_mtu(std::span<const Hop> path, std::size_t mtu);

/// The TTL or hop limit with which a packet arrives that leaves `hops` hops away with `ttl`; at least 1.
[[nodiscard]] std::uint8_t ttl_after(std::uint8_t ttl, std::size_t hops);

}  // namespace tunlab
