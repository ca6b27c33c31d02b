#include "tunlab/base/prefix.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>

#include <fmt/format.h>

namespace tunlab {

namespace {

using AddressBytes = std::array<std::uint8_t, Ipv6Address::kSize>;

IpAddress make_address(Family family, const AddressBytes& bytes) {
    if (family == Family::V4) return Ipv4Address::from_bytes(bytes);
    return Ipv6Address(bytes);
}

/// The bits of byte number `index` that a prefix of `length` bits covers.
std::uint8_t covered_bits(std::size_t index, unsigned length) {
    const auto start = static_cast<unsigned>(index * 8);
    if (length <= start) return 0;
    const unsigned covered = std::min(8U, length - start);
    return static_cast<std::uint8_t>(0xff00U >> covered);
}

}  // namespace

IpPrefix::IpPrefix(const IpAddress& address, unsigned length) : address_(address), length_(length) {
    assert(length <= address.bits());
}

IpAddress IpPrefix::network() const {
    AddressBytes bytes{};
    const Bytes own = address_.bytes();
    for (std::size_t i = 0; i < own.size(); ++i) {
        bytes[i] = own[i] & covered_bits(i, length_);
    }
    return make_address(family(), bytes);
}

std::optional<Ipv4Address> IpPrefix::broadcast() const {
    constexpr unsigned kLongestWithBroadcast = 30;
    if (family() != Family::V4 || length_ > kLongestWithBroadcast) return std::nullopt;
    std::array<std::uint8_t, Ipv4Address::kSize> bytes{};
    const Bytes own = address_.bytes();
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::uint8_t>(own[i] | ~covered_bits(i, length_));
    }
    return Ipv4Address(bytes);
}

bool IpPrefix::contains(const IpAddress& address) const {
    return address.family() == family() && IpPrefix(address, length_).network() == network();
}

std::string IpPrefix::to_string() const {
    return fmt::format("{}/{}", address_.to_string(), length_);
}

std::optional<IpPrefix> parse_ip_prefix(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto address = parse_ip_address(text.substr(0, slash));
    const std::string_view digits = text.substr(slash + 1);
    unsigned length = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    const bool whole = error == std::errc() && end == digits.data() + digits.size();
    if (!address || !whole || length > address->bits()) return std::nullopt;
    return IpPrefix(*address, length);
}

}  // namespace tunlab
