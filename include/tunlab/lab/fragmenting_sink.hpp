#pragma once
// Cuts replies that are longer than the device's MTU into fragments, behind the back of who writes them.

#include "tunlab/lab/reply_sink.hpp"
#include "tunlab/wire/ipv6.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tunlab {

class FragmentingSink : public ReplySink {
public:
    /// The largest IP datagram: IPv6's header is not counted in its length (RFC 8200 §3), IPv4's is.
    static constexpr std::size_t kLargestDatagram = kIpv6HeaderSize + 65535;

    /// What is kept from reply to reply: room for a datagram that will be cut, and the identification of the
    /// next IPv6 datagram that is.
    struct Workshop {
        std::vector<std::uint8_t> room = std::vector<std::uint8_t>(kLargestDatagram);
        std::uint32_t next_identification = 0;
    };

    /// `mtu` in bytes, without the Ethernet header; at least 68 for IPv4, 1280 for IPv6. The references must
    /// outlive the sink.
    FragmentingSink(Workshop& workshop, std::size_t mtu, ReplySink& packets)
        : workshop_(workshop), mtu_(mtu), packets_(packets) {}

    /// Room for a whole IP datagram without IPv6 extension headers.
    /// Precondition: size <= kLargestDatagram.
    [[nodiscard]] MutableBytes begin(std::size_t size) override;
    void finish() override;

private:
    template <typename Fragments>
    void pass_on(const Fragments& fragments);

    Workshop& workshop_;
    std::size_t mtu_;
    ReplySink& packets_;
    MutableBytes whole_;  // empty: the reply fits, and is written where it shall go
};

}  // namespace tunlab
