#include "tunlab/plan/state.hpp"

#include <algorithm>

namespace tunlab {

bool LinkState::is_up() const {
    constexpr std::uint32_t kIffUp = 1;
    return (flags & kIffUp) != 0;
}

std::string LinkState::alias() const {
    return settings.get<std::string>(DeviceField::Alias).value_or("");
}

std::uint32_t LinkState::mtu() const {
    return settings.get<std::uint32_t>(DeviceField::Mtu).value_or(0);
}

std::optional<BridgeConfig> LinkState::bridge() const {
    const auto bridge = settings.get<BridgeConfig>(DeviceField::Bridge);
    return bridge == BridgeConfig() ? std::nullopt : bridge;
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
    config.settings = link.settings;
    config.settings.set(DeviceField::Up, link.is_up());
    for (const auto& address : link.addresses) {
        if (address.managed) {
            config.addresses.push_back({address.config});
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
        config.routes.push_back({route});
    }
    for (const auto& neighbour : link.neighbours) {
        config.neighbours.push_back({neighbour});
    }
    return config;
}

}  // namespace tunlab
