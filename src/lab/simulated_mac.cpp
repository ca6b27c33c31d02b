#include "tunlab/lab/simulated_mac.hpp"

#include "tunlab/base/digest.hpp"

#include <array>

namespace tunlab {

namespace {
constexpr std::uint8_t kFirstOctet = 0x02;
constexpr std::uint8_t kIpv4Scheme = 0x00;
constexpr std::uint8_t kIpv6Scheme = 0x01;
}  // namespace

MacAddress simulated_mac(const Ipv4Address& address) {
    const auto& ip = address.bytes();
    return MacAddress({kFirstOctet, kIpv4Scheme, ip[0], ip[1], ip[2], ip[3]});
}

MacAddress simulated_mac(const Ipv6Address& address) {
    const std::uint64_t hash = digest(address.bytes());
    std::array<std::uint8_t, MacAddress::kSize> mac{kFirstOctet, kIpv6Scheme};
    store_be32(mac, 2, static_cast<std::uint32_t>(hash ^ hash >> 32));
    return MacAddress(mac);
}

bool is_simulated_ipv6(const MacAddress& mac) {
    return mac.bytes()[0] == kFirstOctet && mac.bytes()[1] == kIpv6Scheme;
}

std::optional<Ipv4Address> simulated_address(const MacAddress& mac) {
    const auto& bytes = mac.bytes();
    if (bytes[0] != kFirstOctet || bytes[1] != kIpv4Scheme) return std::nullopt;
    return Ipv4Address(bytes[2], bytes[3], bytes[4], bytes[5]);
}

}  // namespace tunlab
