#pragma once
// Fragmenting a datagram for a link's MTU (RFC 791 §2.3, RFC 8200 §4.5).

#include "tunlab/base/bytes.hpp"

#include <cstddef>
#include <cstdint>

namespace tunlab {

/// The fragments of an IPv4 datagram, each at most `mtu` bytes with its header. Options without the copy
/// bit are no-operations in all but the first (RFC 791 §3.1).
class Ipv4Fragments {
public:
    /// `datagram` must outlive this. Preconditions: parse_ipv4(datagram) holds, it is no fragment, and longer
    /// than `mtu`; mtu >= 68 (RFC 791 §3.2).
    Ipv4Fragments(Bytes datagram, std::size_t mtu);

    [[nodiscard]] std::size_t count() const;
    /// Of fragment `index`, header included. Precondition: index < count().
    [[nodiscard]] std::size_t size(std::size_t index) const;
    /// Writes fragment `index`, size(index) bytes. Precondition: out.size() >= size(index).
    void write(MutableBytes out, std::size_t index) const;

private:
    Bytes datagram_;
    std::size_t header_size_;
    std::size_t piece_;  // of the payload in all but the last
};

/// The same for an IPv6 datagram without extension headers.
class Ipv6Fragments {
public:
    /// Preconditions: parse_ipv6(datagram) holds, it is longer than `mtu`; mtu >= 1280.
    Ipv6Fragments(Bytes datagram, std::size_t mtu, std::uint32_t identification);

    [[nodiscard]] std::size_t count() const;
    [[nodiscard]] std::size_t size(std::size_t index) const;
    void write(MutableBytes out, std::size_t index) const;

private:
    Bytes datagram_;
    std::size_t piece_;
    std::uint32_t identification_;
};

}  // namespace tunlab
