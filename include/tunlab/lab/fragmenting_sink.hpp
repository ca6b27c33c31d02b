#pragma once
// Fragments replies that are longer than the MTU. Responders write whole datagrams.

#include "tunlab/lab/reply_sink.hpp"
#include "tunlab/wire/ipv6.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tunlab {

class FragmentingSink : public ReplySink {
public:
    /// What is kept between replies.
    struct State {
        /// For a datagram that will be fragmented. The largest is IPv6's: its length does not include the
        /// header.
        std::vector<std::uint8_t> scratch = std::vector<std::uint8_t>(kIpv6MaxSize);
        std::uint32_t next_identification = 0;  ///< of the next IPv6 datagram that is fragmented
    };

    /// `mtu` in bytes, without the Ethernet header; at least 68 for IPv4, 1280 for IPv6. The references must
    /// outlive the sink.
    FragmentingSink(State& state, std::size_t mtu, ReplySink& packets)
        : state_(state), mtu_(mtu), packets_(packets) {}

    /// A buffer for a whole IP datagram without IPv6 extension headers. Precondition: size <= kIpv6MaxSize.
    [[nodiscard]] MutableBytes begin(std::size_t size) override;
    void finish() override;

private:
    template <typename Fragments>
    void pass_on(const Fragments& fragments);

    State& state_;
    std::size_t mtu_;
    ReplySink& packets_;
    MutableBytes whole_;  // in the scratch buffer; empty if the reply fits the MTU
};

}  // namespace tunlab
