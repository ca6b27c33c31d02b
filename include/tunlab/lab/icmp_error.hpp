#pragma once
// ICMP errors as both families know them: which error is due, who sends it, and what it quotes. Types and
// codes are left to the responders.

#include "tunlab/base/address.hpp"
#include "tunlab/base/bytes.hpp"
#include "tunlab/lab/host.hpp"
#include "tunlab/lab/path.hpp"
#include "tunlab/lab/verdict.hpp"
#include "tunlab/wire/ipv6.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace tunlab {

enum class IcmpErrorKind : std::uint8_t {
    TimeExceeded,
    TooBig,
    NetUnreachable,
    HostUnreachable,
    PortUnreachable,
    AdminProhibited,
};

struct IcmpError {
    IcmpErrorKind kind{};
    std::uint32_t mtu = 0;  ///< TooBig: of the link that the packet is too big for
    std::size_t hop = 0;    ///< number of the hop that sends it, from 1; 0: the host does
    IpAddress sender{};
    std::uint8_t ttl = 0;                ///< TTL or hop limit with which it arrives
    std::size_t hops_passed = 0;         ///< by the invoking packet on its way to the sender
    std::optional<Reason> suppressed{};  ///< why it is not sent: the hop is silent or a black hole
};

/// How an error appears in one family.
struct IcmpErrorCode {
    Reason reason{};
    std::uint8_t type = 0;
    std::uint8_t code = 0;
};

/// The error about a packet that was not forwarded to the end of `path`.
/// Precondition: result.end != ForwardResult::End::Arrived.
[[nodiscard]] IcmpError error_on_path(std::span<const Hop> path, const ForwardResult& result);

/// The error with which the profile has everything to `host` answered, if it does. The last hop before the
/// host sends it; without one, `asked` itself.
[[nodiscard]] std::optional<IcmpError> error_by_profile(const HostRule& host, const IpAddress& asked);

/// An error that `host` itself sends from `asked`.
[[nodiscard]] IcmpError error_from_host(IcmpErrorKind kind, const HostRule& host, const IpAddress& asked);

/// What an error quotes: the beginning of the packet that caused it, as it was when it had passed `hops`
/// routers.
class InvokingPacket {
public:
    /// Preconditions: `beginning` holds the whole IP header; beginning.size() <= kIpv6MinMtu.
    InvokingPacket(Bytes beginning, std::size_t hops);

    [[nodiscard]] Bytes view() const { return Bytes(bytes_).first(size_); }

private:
    std::array<std::uint8_t, kIpv6MinMtu> bytes_{};
    std::size_t size_;
};

}  // namespace tunlab
