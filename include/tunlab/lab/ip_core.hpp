#pragma once
// The state and the reasons that the responders of IPv4 and IPv6 share.

#include "tunlab/lab/device_facts.hpp"
#include "tunlab/lab/fragmenting_sink.hpp"
#include "tunlab/lab/host_table.hpp"
#include "tunlab/lab/token_bucket.hpp"
#include "tunlab/lab/verdict.hpp"
#include "tunlab/wire/parsed.hpp"
#include "tunlab/wire/reassembly.hpp"

#include <cstdint>

namespace tunlab {

/// The device, the hosts behind it, fragments that wait for others, and the rate limit of errors.
struct IpCore {
    /// As Linux's icmp_msgs_per_sec and icmp_msgs_burst (RFC 1812 §4.3.2.8, RFC 4443 §2.4(f)).
    static constexpr std::uint32_t kErrorsPerSecond = 1000;
    static constexpr std::uint32_t kErrorBurst = 50;

    const DeviceFacts& facts;
    const HostTable& hosts;
    TokenBucket errors{kErrorsPerSecond, kErrorBurst};
    Reassembler reassembler{};
    FragmentingSink::State fragmenting{};
};

/// The reason for a fragment that completes no datagram. Precondition: outcome is not Complete.
[[nodiscard]] Reason reason_for(FragmentOutcome outcome);

/// The reason for a packet whose IP header, or ICMP message, has that defect.
[[nodiscard]] Reason reason_for_ip(Defect defect);
[[nodiscard]] Reason reason_for_icmp(Defect defect);

}  // namespace tunlab
