#include "tunlab/lab/simulated_mac.hpp"

namespace tunlab {

namespace {
constexpr std::uint8_t kFirstOctet = 0x02;
constexpr std::uint8_t kIpv4Scheme = 0x00;
}  // namespace

MacAddress simulated_mac(const Ipv4Address& address) {
    const auto& ip = address.bytes();
    return MacAddress({kFirstOctet, kIpv4Scheme, ip[0], ip[1], ip[2], ip[3]});
}

std::optional<Ipv4Address> simulated_address(const MacAddress& mac) {
    const auto& bytes = mac.bytes();
    if (bytes[0] != kFirstOctet || bytes[1] != kIpv4Scheme) return std::nullopt;
    return Ipv4Address(bytes[2], bytes[3], bytes[4], bytes[5]);
}

}  // namespace tunlab
