#pragma once
// An IP address with a prefix length. The host bits are kept: "192.168.0.1/24" is an interface's
// address and the subnet that it lies in, both in one value.

#include "tunlab/base/address.hpp"

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace tunlab {

class IpPrefix {
public:
    constexpr IpPrefix() = default;
    /// Precondition: length <= address.bits().
    IpPrefix(const IpAddress& address, unsigned length);

    [[nodiscard]] constexpr const IpAddress& address() const { return address_; }
    /// In bits.
    [[nodiscard]] constexpr unsigned length() const { return length_; }
    [[nodiscard]] constexpr Family family() const { return address_.family(); }

    /// The address with all host bits 0.
    [[nodiscard]] IpAddress network() const;
    /// The directed broadcast address (host bits all 1): IPv4 with a length of at most 30 only
    /// (RFC 3021 gives a /31 none).
    [[nodiscard]] std::optional<Ipv4Address> broadcast() const;
    [[nodiscard]] bool has_host_bits() const { return network() != address_; }
    /// False for an address of the other family.
    [[nodiscard]] bool contains(const IpAddress& address) const;
    /// "0.0.0.0/0" or "::/0".
    [[nodiscard]] bool is_default() const { return length_ == 0; }

    /// "192.168.0.1/24"
    [[nodiscard]] std::string to_string() const;

    friend constexpr auto operator<=>(const IpPrefix&, const IpPrefix&) = default;

private:
    IpAddress address_;
    unsigned length_ = 0;
};

/// "ADDRESS/LENGTH" with a decimal length of at most 32 or 128; without "/LENGTH" or with anything
/// else: nothing.
[[nodiscard]] std::optional<IpPrefix> parse_ip_prefix(std::string_view text);

}  // namespace tunlab
