#pragma once
// What the lab must know about the real device and its host, updated while the lab runs: the host's addresses
// come and go, and the lab never answers for an address that the host holds.

#include "tunlab/base/address.hpp"
#include "tunlab/base/prefix.hpp"

#include <cstdint>
#include <vector>

namespace tunlab {

class DeviceFacts {
public:
    DeviceFacts() = default;
    /// `own` are the addresses of the device, `others` those of all other interfaces of its
    /// namespace: Linux takes what is addressed to any of them, whatever the interface.
    DeviceFacts(std::uint32_t mtu, std::vector<IpPrefix> own, const std::vector<IpPrefix>& others);

    /// In bytes, without the Ethernet header.
    [[nodiscard]] std::uint32_t mtu() const { return mtu_; }
    [[nodiscard]] const std::vector<IpPrefix>& addresses() const { return addresses_; }
    /// Whether the host itself has `address`, on any interface.
    [[nodiscard]] bool host_holds(const IpAddress& address) const;
    /// 255.255.255.255, or the broadcast address of one of the device's subnets.
    [[nodiscard]] bool is_broadcast(const Ipv4Address& address) const;

private:
    std::uint32_t mtu_ = 0;
    std::vector<IpPrefix> addresses_;
    std::vector<IpAddress> held_;          // sorted
    std::vector<Ipv4Address> broadcasts_;  // of the device's subnets
};

}  // namespace tunlab
