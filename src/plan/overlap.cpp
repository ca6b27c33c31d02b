#include "tunlab/plan/overlap.hpp"

#include "tunlab/base/escape.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace tunlab {

namespace {

bool overlap(const IpPrefix& a, const IpPrefix& b) {
    return a.contains(b.address()) || b.contains(a.address());
}

/// Every link has fe80::/10, and loopback's addresses are nobody else's.
bool is_everywhere(const IpAddress& address) {
    const bool link_local = address.family() == Family::V6 && address.v6().is_link_local();
    return link_local || address.is_loopback();
}

/// What Linux takes for directly reachable because of an address: its subnet, or with a peer the
/// address itself and the peer's.
std::vector<IpPrefix> reach_of(const AddressConfig& config) {
    const IpAddress& local = config.address.address();
    if (!config.peer) return {config.address};
    return {IpPrefix(local, local.bits()), IpPrefix(*config.peer, config.address.length())};
}

bool overlap(const AddressConfig& a, const AddressConfig& b) {
    const auto theirs = reach_of(b);
    const auto meets = [&](const IpPrefix& own) {
        return std::any_of(theirs.begin(), theirs.end(),
                           [&](const IpPrefix& other) { return overlap(own, other); });
    };
    const auto own = reach_of(a);
    return std::any_of(own.begin(), own.end(), meets);
}

std::optional<Overlap> overlap_of(const Located<AddressConfig>& wanted, const LinkState& link) {
    const IpPrefix& own = wanted.value.address;
    if (is_everywhere(own.address())) return std::nullopt;
    for (const auto& present : link.addresses) {
        const IpPrefix& theirs = present.config.address;
        if (is_everywhere(theirs.address()) || !overlap(wanted.value, present.config)) continue;
        return Overlap{fmt::format("address {} overlaps {}'s {}", own.to_string(), escape(link.name),
                                   theirs.to_string()),
                       "replies would go astray", wanted.where};
    }
    return std::nullopt;
}

/// Of two default routes in one table the one with the lower metric is used.
std::optional<Overlap> displaced_default(const Located<RouteConfig>& wanted, const LinkState& link) {
    const RouteConfig& route = wanted.value;
    if (!route.destination.is_default()) return std::nullopt;
    const auto beaten = [&](const DefaultRoute& theirs) {
        return theirs.family == route.destination.family() && theirs.table == route.table &&
               theirs.metric >= route.metric;
    };
    if (std::none_of(link.default_routes.begin(), link.default_routes.end(), beaten)) return std::nullopt;
    return Overlap{fmt::format("the default route would displace the one through {}", escape(link.name)),
                   "all traffic would end in the lab", wanted.where};
}

std::optional<Overlap> covered_peer(const DeviceConfig& wanted, const IpAddress& peer) {
    for (const auto& address : wanted.addresses) {
        const auto reach = reach_of(address.value);
        const auto covers = [&](const IpPrefix& prefix) { return prefix.contains(peer); };
        if (std::none_of(reach.begin(), reach.end(), covers)) continue;
        return Overlap{fmt::format("the subnet of {} covers {}, from where you are logged in by SSH",
                                   address.value.address.to_string(), peer.to_string()),
                       "the connection would hang", address.where};
    }
    for (const auto& route : wanted.routes) {
        const RouteConfig& value = route.value;  // of default routes the metric decides, see above
        if (value.table != kMainTable || value.destination.is_default() || !value.destination.contains(peer))
            continue;
        return Overlap{fmt::format("the route to {} covers {}, from where you are logged in by SSH",
                                   route.value.destination.to_string(), peer.to_string()),
                       "the connection would hang", route.where};
    }
    return std::nullopt;
}

}  // namespace

std::optional<Overlap> find_overlap(const DeviceConfig& wanted, const std::string& name,
                                    const HostState& host, const std::optional<IpAddress>& ssh_peer) {
    const auto bridge = wanted.settings.get<BridgeConfig>(DeviceField::Bridge);
    for (const auto& link : host.links) {
        if (link.name == name || (bridge && bridge->ifindex != 0 && bridge->ifindex == link.ifindex))
            continue;
        for (const auto& address : wanted.addresses) {
            if (auto found = overlap_of(address, link)) return found;
        }
        for (const auto& route : wanted.routes) {
            if (auto found = displaced_default(route, link)) return found;
        }
    }
    return ssh_peer ? covered_peer(wanted, *ssh_peer) : std::nullopt;
}

}  // namespace tunlab
