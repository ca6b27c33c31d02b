#pragma once
// What the responders of IPv4 and IPv6 share.

#include "tunlab/lab/device_facts.hpp"
#include "tunlab/lab/fragmenting_sink.hpp"
#include "tunlab/lab/host_table.hpp"
#include "tunlab/lab/token_bucket.hpp"
#include "tunlab/lab/verdict.hpp"
#include "tunlab/wire/reassembly.hpp"

#include <cstdint>

namespace tunlab {

/// The device, who lives behind it, what waits for its other fragments, and the limit on errors.
struct IpCore {
    /// As Linux's icmp_msgs_per_sec and icmp_msgs_burst (RFC 1812 §4.3.2.8, RFC 4443 §2.4(f)).
    static constexpr std::uint32_t kErrorsASecond = 1000;
    static constexpr std::uint32_t kErrorsAtOnce = 50;

    const DeviceFacts& facts;
    const HostTable& hosts;
    TokenBucket errors{kErrorsASecond, kErrorsAtOnce};
    Reassembler reassembler{};
    FragmentingSink::Workshop workshop{};
};

constexpr std::uint8_t kUsualTtl = 64;  ///< of hops, as Linux's: hosts have their rule's

/// The reason for a fragment that completes no datagram. Precondition: outcome is not Complete.
[[nodiscard]] Reason reason_for(FragmentOutcome outcome);

}  // namespace tunlab
