#include "tunlab/plan/state.hpp"

#include <algorithm>

namespace tunlab {

bool LinkState::is_up() const {
    constexpr std::uint32_t kIffUp = 1;
    return (flags & kIffUp) != 0;
}

const LinkState* HostState::find(std::string_view name) const {
    const auto bears_name = [name](const LinkState& link) {
        return link.name == name ||
               std::find(link.altnames.begin(), link.altnames.end(), name) != link.altnames.end();
    };
    const auto found = std::find_if(links.begin(), links.end(), bears_name);
    return found == links.end() ? nullptr : &*found;
}

const LinkState* HostState::find(std::uint32_t ifindex) const {
    const auto found = std::find_if(links.begin(), links.end(),
                                    [=](const LinkState& link) { return link.ifindex == ifindex; });
    return found == links.end() ? nullptr : &*found;
}

DeviceConfig config_of(const LinkState& link) {
    DeviceConfig config;
    config.as_found = true;
    config.alias = link.alias;
    if (link.mac) config.mac = {*link.mac, std::nullopt};
    config.mtu.value = link.mtu;
    config.txqueuelen.value = link.txqueuelen;
    if (link.addr_gen_mode) config.addr_gen_mode = {*link.addr_gen_mode, std::nullopt};
    if (link.accept_ra) config.accept_ra = {*link.accept_ra, std::nullopt};
    if (link.bridge) config.bridge = {*link.bridge, std::nullopt};
    config.up = link.is_up();
    for (const auto& address : link.addresses) {
        if (address.managed) {
            config.addresses.push_back({address.config, std::nullopt});
        } else {
            config.foreign_addresses.push_back(address.config.address);
        }
    }
    // Linux lists IPv4 addresses before IPv6 ones, and these the newest first (ipv6_link_dev_addr()).
    const auto first_v6 =
        std::find_if(config.addresses.begin(), config.addresses.end(),
                     [](const auto& item) { return item.value.address.family() == Family::V6; });
    std::reverse(first_v6, config.addresses.end());
    for (const auto& route : link.routes) {
        config.routes.push_back({route, std::nullopt});
    }
    for (const auto& neighbour : link.neighbours) {
        config.neighbours.push_back({neighbour, std::nullopt});
    }
    return config;
}

}  // namespace tunlab
