#include "tunlab/base/address.hpp"

#include <algorithm>
#include <cassert>
#include <cctype>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace tunlab {

namespace {

template <std::size_t N>
std::array<std::uint8_t, N> first_bytes(Bytes bytes) {
    assert(bytes.size() >= N);
    std::array<std::uint8_t, N> out{};
    std::copy_n(bytes.begin(), N, out.begin());
    return out;
}

std::optional<std::uint8_t> hex_digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
    return std::nullopt;
}

}  // namespace

MacAddress MacAddress::from_bytes(Bytes bytes) {
    return MacAddress(first_bytes<kSize>(bytes));
}

std::string MacAddress::to_string() const {
    return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", bytes_[0], bytes_[1], bytes_[2],
                       bytes_[3], bytes_[4], bytes_[5]);
}

std::optional<MacAddress> parse_mac_address(std::string_view text) {
    constexpr std::size_t kTextSize = MacAddress::kSize * 3 - 1;
    if (text.size() != kTextSize) return std::nullopt;
    std::array<std::uint8_t, MacAddress::kSize> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto high = hex_digit(text[i * 3]);
        const auto low = hex_digit(text[i * 3 + 1]);
        const bool divided = i + 1 == bytes.size() || text[i * 3 + 2] == ':';
        if (!high || !low || !divided) return std::nullopt;
        bytes[i] = static_cast<std::uint8_t>(*high << 4 | *low);
    }
    return MacAddress(bytes);
}

Ipv4Address Ipv4Address::from_bytes(Bytes bytes) {
    return Ipv4Address(first_bytes<kSize>(bytes));
}

std::string Ipv4Address::to_string() const {
    return fmt::format("{}.{}.{}.{}", bytes_[0], bytes_[1], bytes_[2], bytes_[3]);
}

Ipv6Address Ipv6Address::from_bytes(Bytes bytes) {
    return Ipv6Address(first_bytes<kSize>(bytes));
}

bool Ipv6Address::is_loopback() const {
    return std::all_of(bytes_.begin(), bytes_.end() - 1, [](std::uint8_t byte) { return byte == 0; }) &&
           bytes_.back() == 1;
}

bool Ipv6Address::is_v4_mapped() const {
    return std::all_of(bytes_.begin(), bytes_.begin() + 10, [](std::uint8_t byte) { return byte == 0; }) &&
           bytes_[10] == 0xff && bytes_[11] == 0xff;
}

std::string Ipv6Address::to_string() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    return inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size());
}

Bytes IpAddress::bytes() const {
    return Bytes(bytes_).first(bits() / 8);
}

Ipv4Address IpAddress::v4() const {
    assert(family_ == Family::V4);
    return Ipv4Address::from_bytes(bytes_);
}

Ipv6Address IpAddress::v6() const {
    assert(family_ == Family::V6);
    return Ipv6Address(bytes_);
}

bool IpAddress::is_unspecified() const {
    return std::all_of(bytes_.begin(), bytes_.end(), [](std::uint8_t byte) { return byte == 0; });
}

bool IpAddress::is_loopback() const {
    return family_ == Family::V4 ? v4().is_loopback() : v6().is_loopback();
}

bool IpAddress::is_multicast() const {
    return family_ == Family::V4 ? v4().is_multicast() : v6().is_multicast();
}

std::string IpAddress::to_string() const {
    return family_ == Family::V4 ? v4().to_string() : v6().to_string();
}

std::optional<IpAddress> parse_ip_address(std::string_view text) {
    if (text.find('\0') != std::string_view::npos) return std::nullopt;  // inet_pton would stop there
    const std::string terminated(text);
    std::array<std::uint8_t, Ipv6Address::kSize> bytes{};
    if (inet_pton(AF_INET, terminated.c_str(), bytes.data()) == 1) return Ipv4Address::from_bytes(bytes);
    if (inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) return Ipv6Address(bytes);
    return std::nullopt;
}

}  // namespace tunlab
