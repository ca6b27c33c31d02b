#pragma once
// Link-layer and IP addresses as values that can't be malformed. Each holds its bytes in network
// order; text goes in through a parse function and comes out through to_string.

#include "tunlab/base/bytes.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tunlab {

/// A 48-bit IEEE 802 address.
class MacAddress {
public:
    static constexpr std::size_t kSize = 6;

    constexpr MacAddress() = default;
    constexpr explicit MacAddress(const std::array<std::uint8_t, kSize>& bytes) : bytes_(bytes) {}

    /// The address in the first six of `bytes`. Precondition: bytes.size() >= 6.
    static MacAddress from_bytes(Bytes bytes);
    static constexpr MacAddress broadcast() { return MacAddress({0xff, 0xff, 0xff, 0xff, 0xff, 0xff}); }

    [[nodiscard]] constexpr const std::array<std::uint8_t, kSize>& bytes() const { return bytes_; }
    /// The I/G bit of the first octet: multicast, broadcast included.
    [[nodiscard]] constexpr bool is_multicast() const { return (bytes_[0] & 1) != 0; }
    [[nodiscard]] constexpr bool is_zero() const { return *this == MacAddress(); }
    /// An address that one station can have: neither multicast nor all zero.
    [[nodiscard]] constexpr bool is_unicast() const { return !is_multicast() && !is_zero(); }

    /// "02:00:0a:00:01:02"
    [[nodiscard]] std::string to_string() const;

    friend constexpr auto operator<=>(const MacAddress&, const MacAddress&) = default;

private:
    std::array<std::uint8_t, kSize> bytes_{};
};

/// Six pairs of hexadecimal digits divided by colons; anything else is no address.
[[nodiscard]] std::optional<MacAddress> parse_mac_address(std::string_view text);

/// An IPv4 address.
class Ipv4Address {
public:
    static constexpr std::size_t kSize = 4;

    constexpr Ipv4Address() = default;
    constexpr explicit Ipv4Address(const std::array<std::uint8_t, kSize>& bytes) : bytes_(bytes) {}
    constexpr Ipv4Address(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d)
        : bytes_{a, b, c, d} {}

    /// The address in the first four of `bytes`. Precondition: bytes.size() >= 4.
    static Ipv4Address from_bytes(Bytes bytes);
    static constexpr Ipv4Address broadcast() { return {255, 255, 255, 255}; }

    [[nodiscard]] constexpr const std::array<std::uint8_t, kSize>& bytes() const { return bytes_; }
    [[nodiscard]] constexpr bool is_unspecified() const { return *this == Ipv4Address(); }
    [[nodiscard]] constexpr bool is_loopback() const { return bytes_[0] == 127; }
    /// 224.0.0.0/4 (RFC 5771).
    [[nodiscard]] constexpr bool is_multicast() const { return (bytes_[0] & 0xf0) == 0xe0; }
    [[nodiscard]] constexpr bool is_limited_broadcast() const { return *this == broadcast(); }

    /// "192.168.0.1"
    [[nodiscard]] std::string to_string() const;

    friend constexpr auto operator<=>(const Ipv4Address&, const Ipv4Address&) = default;

private:
    std::array<std::uint8_t, kSize> bytes_{};
};

/// An IPv6 address.
class Ipv6Address {
public:
    static constexpr std::size_t kSize = 16;

    constexpr Ipv6Address() = default;
    constexpr explicit Ipv6Address(const std::array<std::uint8_t, kSize>& bytes) : bytes_(bytes) {}

    /// The address in the first sixteen of `bytes`. Precondition: bytes.size() >= 16.
    static Ipv6Address from_bytes(Bytes bytes);

    [[nodiscard]] constexpr const std::array<std::uint8_t, kSize>& bytes() const { return bytes_; }
    [[nodiscard]] constexpr bool is_unspecified() const { return *this == Ipv6Address(); }
    [[nodiscard]] bool is_loopback() const;
    /// ff00::/8
    [[nodiscard]] constexpr bool is_multicast() const { return bytes_[0] == 0xff; }
    /// fe80::/10
    [[nodiscard]] constexpr bool is_link_local() const {
        return bytes_[0] == 0xfe && (bytes_[1] & 0xc0) == 0x80;
    }
    /// ::ffff:0:0/96, an IPv4 address in disguise that must not appear on a wire (RFC 4291 §2.5.5.2).
    [[nodiscard]] bool is_v4_mapped() const;

    /// The canonical form of RFC 5952, as inet_ntop writes it.
    [[nodiscard]] std::string to_string() const;

    friend constexpr auto operator<=>(const Ipv6Address&, const Ipv6Address&) = default;

private:
    std::array<std::uint8_t, kSize> bytes_{};
};

enum class Family { V4, V6 };

/// An address of either family. Compares family first, then bytes.
class IpAddress {
public:
    constexpr IpAddress() = default;
    constexpr IpAddress(const Ipv4Address& address);  // NOLINT(google-explicit-constructor): a widening
    constexpr IpAddress(const Ipv6Address& address);  // NOLINT(google-explicit-constructor): a widening

    [[nodiscard]] constexpr Family family() const { return family_; }
    /// 4 or 16 bytes in network order.
    [[nodiscard]] Bytes bytes() const;
    /// Number of bits: 32 or 128.
    [[nodiscard]] constexpr unsigned bits() const { return family_ == Family::V4 ? 32 : 128; }
    /// Precondition: family() == Family::V4.
    [[nodiscard]] Ipv4Address v4() const;
    /// Precondition: family() == Family::V6.
    [[nodiscard]] Ipv6Address v6() const;

    [[nodiscard]] bool is_unspecified() const;
    [[nodiscard]] bool is_loopback() const;
    [[nodiscard]] bool is_multicast() const;

    [[nodiscard]] std::string to_string() const;

    friend constexpr auto operator<=>(const IpAddress&, const IpAddress&) = default;

private:
    Family family_ = Family::V4;
    std::array<std::uint8_t, Ipv6Address::kSize> bytes_{};  // an IPv4 address fills the first four
};

constexpr IpAddress::IpAddress(const Ipv4Address& address) {
    for (std::size_t i = 0; i < Ipv4Address::kSize; ++i) {
        bytes_[i] = address.bytes()[i];
    }
}

constexpr IpAddress::IpAddress(const Ipv6Address& address) : family_(Family::V6), bytes_(address.bytes()) {}

/// An address in the dotted or colon form that inet_pton takes; anything else, also a zone
/// ("%eth0") or white space, is no address.
[[nodiscard]] std::optional<IpAddress> parse_ip_address(std::string_view text);

}  // namespace tunlab
