#include "tunlab/lab/device_facts.hpp"

#include <algorithm>
#include <utility>

namespace tunlab {

DeviceFacts::DeviceFacts(std::uint32_t mtu, std::vector<IpPrefix> own, const std::vector<IpPrefix>& others)
    : mtu_(mtu), addresses_(std::move(own)) {
    for (const auto& prefix : addresses_) {
        held_.push_back(prefix.address());
        if (const auto broadcast = prefix.broadcast()) broadcasts_.push_back(*broadcast);
    }
    for (const auto& prefix : others) {
        held_.push_back(prefix.address());
    }
    std::sort(held_.begin(), held_.end());
}

bool DeviceFacts::host_holds(const IpAddress& address) const {
    return std::binary_search(held_.begin(), held_.end(), address);
}

bool DeviceFacts::is_broadcast(const Ipv4Address& address) const {
    return address.is_limited_broadcast() ||
           std::find(broadcasts_.begin(), broadcasts_.end(), address) != broadcasts_.end();
}

}  // namespace tunlab
