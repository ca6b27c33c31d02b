#include "checks.hpp"

#include "tunlab/base/duration.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace tunlab {

namespace {

constexpr std::uint32_t kLeastIpv6Mtu = 1280;  // RFC 8200 §5; below it Linux drops every IPv6 address

/// The value in quotes as messages begin with it, whatever its form in the text.
std::string show(const IpAddress& address) {
    return quote_shortened(address.to_string());
}

// The device

void check_mode(Draft& draft) {
    if (!draft.mode) return;
    const bool tap = draft.mode->value == Mode::Tap;
    if (tap && draft.mtu && draft.mtu->value > kMostTapMtu) {
        draft.report(draft.mtu->extent, draft.mtu->pointer,
                     fmt::format("{}: a TAP device's mtu is at most {}", draft.mtu->value, kMostTapMtu));
    }
    if (tap) return;
    for (const auto& field : draft.tap_only) {
        draft.report(field.extent, field.pointer, std::string(field.why),
                     fmt::format("remove \"{}\", or set \"mode\" to \"tap\"", field.name));
    }
    const auto* addr_gen_mode =
        draft.ipv6 && draft.ipv6->addr_gen_mode ? &*draft.ipv6->addr_gen_mode : nullptr;
    if (addr_gen_mode && addr_gen_mode->value == AddrGenMode::Eui64) {
        draft.report(addr_gen_mode->extent, addr_gen_mode->pointer,
                     "\"eui64\": a TUN device has no MAC address to make an address from",
                     "did you mean \"random\"?");
    }
}

void check_bridge(Draft& draft) {
    if (draft.bridge && !draft.hosts && draft.mode && draft.mode->value == Mode::Tap) {
        draft.report(draft.bridge->extent, draft.bridge->pointer,
                     fmt::format("\"{}\": on a bridge there are other machines, whose addresses must not be "
                                 "answered for",
                                 draft.bridge->value),
                     "say who lives behind the device: \"hosts\": [{\"match\": \"10.0.1.7\"}]");
    }
    if (!draft.bridge || !draft.name || draft.bridge->value != draft.name->value.str()) return;
    draft.report(draft.bridge->extent, draft.bridge->pointer,
                 fmt::format("\"{}\": the device cannot be its own bridge", draft.bridge->value));
}

std::span<const DraftHost> hosts_of(const Draft& draft) {
    if (!draft.hosts) return {};
    return draft.hosts->value;
}

// The least MTU of IPv6

/// Something in the profile that needs IPv6.
struct NeedOfIpv6 {
    Extent extent;
    std::string text;  ///< `"fd00::1/64" on line 7 is IPv6`
};

/// The first in the text.
std::optional<NeedOfIpv6> first_need_of_ipv6(const Draft& draft) {
    std::vector<NeedOfIpv6> needs;
    const auto add_value = [&](Extent extent, Family family) {
        if (family != Family::V6) return;
        needs.push_back(
            {extent, fmt::format("{} on line {} is IPv6", draft.slice(extent), draft.line_of(extent))});
    };
    const auto add_setting = [&](Extent extent, std::string_view key) {
        needs.push_back({extent, fmt::format("\"{}\" on line {} is for IPv6", key, draft.line_of(extent))});
    };
    for (const auto& address : draft.addresses) {
        add_value(address.local->extent, address.local->value.family());
    }
    for (const auto& route : draft.routes) {
        if (route.destination) add_value(route.destination->extent, route.destination->value.family());
    }
    for (const auto& neighbour : draft.neighbours) {
        if (neighbour.destination)
            add_value(neighbour.destination->extent, neighbour.destination->value.family());
    }
    for (const auto& host : hosts_of(draft)) {
        if (host.match) add_value(host.match->extent, host.match->value.family());
    }
    if (draft.ipv6) {
        const auto& [extent, pointer, addr_gen_mode, accept_ra] = *draft.ipv6;
        if (addr_gen_mode && addr_gen_mode->value != AddrGenMode::None)
            add_setting(addr_gen_mode->extent, "addr_gen_mode");
        if (accept_ra && accept_ra->value) add_setting(accept_ra->extent, "accept_ra");
    }
    const auto first =
        std::min_element(needs.begin(), needs.end(), [](const NeedOfIpv6& a, const NeedOfIpv6& b) {
            return a.extent.begin < b.extent.begin;
        });
    return first == needs.end() ? std::nullopt : std::optional(*first);
}

void check_mtu_for_ipv6(Draft& draft) {
    const auto check = [&](const Placed<std::uint32_t>& mtu, std::string suggestion) {
        draft.report(mtu.extent, mtu.pointer,
                     fmt::format("{}: IPv6 needs an mtu of at least {}", mtu.value, kLeastIpv6Mtu),
                     std::move(suggestion));
    };
    if (draft.mtu && draft.mtu->value < kLeastIpv6Mtu) {
        if (const auto need = first_need_of_ipv6(draft)) check(*draft.mtu, need->text);
    }
    for (const auto& route : draft.routes) {
        const bool is_ipv6 = route.destination && route.destination->value.family() == Family::V6;
        if (is_ipv6 && route.mtu && route.mtu->value < kLeastIpv6Mtu) check(*route.mtu, "");
    }
}

// Addresses

/// Reports `ip` if it is not of the family that `other` is of; returns whether it is.
bool check_family(Draft& draft, const Placed<IpAddress>& ip, std::string_view name, Family family,
                  std::string_view other) {
    if (ip.value.family() == family) return true;
    draft.report(ip.extent, ip.pointer,
                 fmt::format("{}: {} must be IPv{}, as {} is", show(ip.value), name,
                             family == Family::V4 ? 4 : 6, other));
    return false;
}

/// "network" or "broadcast" if that is what `address` is in `subnet`, else empty.
std::string_view reserved_in(const IpPrefix& subnet, const IpAddress& address) {
    // RFC 3021 and RFC 6164: the two longest lengths have neither network nor broadcast address.
    if (subnet.length() + 1 < address.bits() && subnet.network() == address) return "network";
    return subnet.broadcast() == address ? "broadcast" : "";
}

/// The other address that differs in the last bit: in most subnets the first or last of a host.
IpAddress with_last_bit_flipped(const IpAddress& address) {
    const Bytes bytes = address.bytes();
    std::array<std::uint8_t, Ipv6Address::kSize> flipped{};
    std::copy(bytes.begin(), bytes.end(), flipped.begin());
    flipped[bytes.size() - 1] ^= 1;
    if (address.family() == Family::V4) return Ipv4Address::from_bytes(flipped);
    return Ipv6Address(flipped);
}

/// Whether neither end is the network or broadcast address of their subnet.
bool check_own_subnet(Draft& draft, const DraftAddress& address) {
    const auto& local = *address.local;
    const IpPrefix subnet = make_address(address).subnets().front();
    if (const auto kind = reserved_in(subnet, local.value.address()); !kind.empty()) {
        const IpPrefix near(with_last_bit_flipped(local.value.address()), local.value.length());
        draft.report(
            local.extent, local.pointer,
            fmt::format("{}: this is the {} address of its own subnet", draft.slice(local.extent), kind),
            fmt::format("did you mean \"{}\"?", near.to_string()));
        return false;
    }
    if (!address.peer) return true;
    const auto& peer = *address.peer;
    const auto kind = reserved_in(subnet, peer.value);
    if (kind.empty()) return true;
    draft.report(peer.extent, peer.pointer,
                 fmt::format("{}: this is the {} address of {}/{}", show(peer.value), kind,
                             subnet.network().to_string(), subnet.length()),
                 fmt::format("did you mean \"{}\"?", with_last_bit_flipped(peer.value).to_string()));
    return false;
}

/// Whether the parts of an address make one together.
bool check_address(Draft& draft, const DraftAddress& address) {
    const Family family = address.local->value.family();
    if (address.scope && family == Family::V6) {
        draft.report(address.scope->extent, address.scope->pointer, "scope is for IPv4 only",
                     "remove \"scope\"");
    }
    if (address.nodad && family == Family::V4) {
        draft.report(address.nodad->extent, address.nodad->pointer, "nodad is for IPv6 only",
                     "remove \"nodad\"");
    }
    if (address.peer && !check_family(draft, *address.peer, "peer", family, "local")) return false;
    return check_own_subnet(draft, address);
}

void check_addresses(Draft& draft) {
    const auto is_bad = [&](const DraftAddress& address) { return !check_address(draft, address); };
    if (std::erase_if(draft.addresses, is_bad) > 0) draft.subnets_known = false;

    std::map<IpAddress, Extent> seen;
    for (const auto& address : draft.addresses) {
        const auto& local = *address.local;
        const IpAddress& ip = local.value.address();
        const auto [first, added] = seen.try_emplace(ip, local.extent);
        if (added) continue;
        draft.report(local.extent, local.pointer,
                     fmt::format("{}: the device has {} already, from line {}", draft.slice(local.extent),
                                 ip.to_string(), draft.line_of(first->second)));
    }
    for (const auto& address : draft.addresses) {
        if (!address.peer || !seen.contains(address.peer->value)) continue;
        draft.report(
            address.peer->extent, address.peer->pointer,
            fmt::format("{}: a peer cannot have the device's own address", show(address.peer->value)));
    }
}

// What is on-link

/// Subnets to look addresses up in, in the time of one look-up for each different prefix length.
class SubnetSet {
public:
    void add(const IpPrefix& prefix) {
        networks_[{prefix.family(), prefix.length()}].insert(prefix.network());
    }

    /// The longest subnet with `address` in it.
    [[nodiscard]] std::optional<IpPrefix> find(const IpAddress& address) const {
        for (const auto& [key, networks] : networks_) {
            const auto [family, length] = key;
            if (family != address.family()) continue;
            const IpPrefix subnet(IpPrefix(address, length).network(), length);
            if (networks.contains(subnet.address())) return subnet;
        }
        return std::nullopt;
    }

private:
    std::map<std::pair<Family, unsigned>, std::set<IpAddress>, std::greater<>> networks_;  // longest first
};

/// What gateways and neighbours are checked against.
struct OnLink {
    std::set<IpAddress> own;
    SubnetSet subnets;                   ///< of addresses, and of earlier routes without a gateway
    std::set<IpAddress> gateways;        ///< on-link by what a route says, or complained of already
    std::optional<IpPrefix> first_ipv4;  ///< for the suggestion
    std::optional<IpPrefix> first_ipv6;
};

OnLink on_link_by_addresses(const Draft& draft) {
    OnLink on_link;
    for (const auto& draft_address : draft.addresses) {
        const ProfileAddress address = make_address(draft_address);
        on_link.own.insert(address.local.address());
        for (const IpPrefix& subnet : address.subnets()) {
            on_link.subnets.add(subnet);
            auto& first = subnet.family() == Family::V4 ? on_link.first_ipv4 : on_link.first_ipv6;
            if (!first) first = subnet;
        }
    }
    return on_link;
}

bool is_link_local(const IpAddress& address) {
    return address.family() == Family::V6 && address.v6().is_link_local();
}

/// `"10.0.0.1": WHO cannot have ...` if `ip` is an own address or a broadcast address: returns whether
/// neither is so.
bool check_somebody_else(Draft& draft, const Placed<IpAddress>& ip, std::string_view who,
                         const OnLink& on_link) {
    if (on_link.own.contains(ip.value)) {
        draft.report(ip.extent, ip.pointer,
                     fmt::format("{}: {} cannot have the device's own address", show(ip.value), who));
        return false;
    }
    const auto subnet = on_link.subnets.find(ip.value);
    if (!subnet || subnet->broadcast() != ip.value) return true;
    draft.report(ip.extent, ip.pointer,
                 fmt::format("{}: {} cannot have the broadcast address of {}", show(ip.value), who,
                             subnet->to_string()));
    return false;
}

/// "choose one in 10.0.0.0/24", if the device has an address of that family.
std::optional<std::string> suggest_subnet(const OnLink& on_link, Family family) {
    const auto& subnet = family == Family::V4 ? on_link.first_ipv4 : on_link.first_ipv6;
    if (!subnet) return std::nullopt;
    return fmt::format("choose one in {}/{}", subnet->network().to_string(), subnet->length());
}

void check_gateway(Draft& draft, const DraftRoute& route, const OnLink& on_link) {
    const auto& via = *route.via;
    if (!check_somebody_else(draft, via, "a gateway", on_link)) return;
    const bool onlink = route.onlink && route.onlink->value;
    if (onlink || on_link.subnets.find(via.value) || is_link_local(via.value) || !draft.subnets_known) return;
    draft.report(via.extent, via.pointer,
                 fmt::format("{}: no address of the device reaches this gateway", show(via.value)),
                 suggest_subnet(on_link, via.value.family())
                         .value_or("give the device an address in the gateway's subnet") +
                     ", or add \"onlink\": true");
}

// Routes

/// Linux looks a gateway up in scope link and narrower (fib_check_nh_v4_gw in net/ipv4/fib_semantics.c).
bool is_narrow(Scope scope) {
    return scope == Scope::Link || scope == Scope::Host;
}

void check_route_scope(Draft& draft, const DraftRoute& route) {
    if (!route.scope) return;
    const auto& scope = *route.scope;
    if (route.destination && route.destination->value.family() == Family::V6) {
        draft.report(scope.extent, scope.pointer, "scope is for IPv4 only", "remove \"scope\"");
    } else if (route.via && is_narrow(scope.value)) {
        draft.report(
            scope.extent, scope.pointer,
            fmt::format("{}: a route through a gateway has scope global or site", draft.slice(scope.extent)),
            "remove \"scope\"");
    }
}

/// Reports what does not fit together in each route, and collects what they put on the link.
void check_routes(Draft& draft, OnLink& on_link) {
    for (const auto& route : draft.routes) {
        check_route_scope(draft, route);
        if (route.onlink && route.onlink->value && !route.via) {
            draft.report(route.onlink->extent, route.onlink->pointer, "onlink needs a gateway",
                         "add \"via\"");
        }
        if (!route.destination) continue;
        const IpPrefix& destination = route.destination->value;
        if (route.source) check_family(draft, *route.source, "src", destination.family(), "dst");
        if (route.via) {
            if (!check_family(draft, *route.via, "via", destination.family(), "dst")) continue;
            check_gateway(draft, route, on_link);
            on_link.gateways.insert(route.via->value);
        } else if (destination.family() == Family::V6 || is_narrow(make_route(route).effective_scope())) {
            on_link.subnets.add(destination);
        }
    }
}

void check_same_routes(Draft& draft) {
    std::map<std::tuple<IpPrefix, std::uint32_t, std::uint32_t>, Extent> seen;
    for (const auto& draft_route : draft.routes) {
        if (!draft_route.destination) continue;
        const Extent extent = draft_route.destination->extent;
        const ProfileRoute route = make_route(draft_route);
        const auto [first, added] =
            seen.try_emplace({route.destination, route.effective_table(), route.effective_metric()}, extent);
        if (added) continue;
        draft.report(extent, draft_route.destination->pointer,
                     fmt::format("{}: the route on line {} has the same destination, table and metric",
                                 draft.slice(extent), draft.line_of(first->second)),
                     "give one of them another \"metric\"");
    }
}

/// Whether Linux makes no route for the subnet of an IPv4 address: it has none for an address alone, and
/// takes 0.0.0.0/8 for no network (fib_add_ifaddr in net/ipv4/fib_frontend.c).
bool has_no_own_route(const ProfileAddress& address, const IpPrefix& subnet) {
    if (subnet.family() == Family::V6) return false;
    const bool alone = subnet.length() == subnet.address().bits() && !address.peer;
    return alone || subnet.network().bytes().front() == 0;
}

/// A route that Linux makes itself, with an address, can't be added: File exists.
void check_own_routes(Draft& draft) {
    std::map<IpPrefix, Extent> own;  // the subnets of addresses, and the addresses
    for (const auto& draft_address : draft.addresses) {
        const ProfileAddress address = make_address(draft_address);
        for (const IpPrefix& subnet : address.subnets()) {
            if (has_no_own_route(address, subnet)) continue;
            own.try_emplace(IpPrefix(subnet.network(), subnet.length()), draft_address.local->extent);
        }
    }
    for (const auto& draft_route : draft.routes) {
        if (!draft_route.destination) continue;
        const ProfileRoute route = make_route(draft_route);
        const std::uint32_t metric = route.destination.family() == Family::V6 ? kOwnIpv6RouteMetric : 0;
        const auto found = own.find(route.destination);
        if (found == own.end() || route.effective_table() != kMainTable || route.effective_metric() != metric)
            continue;
        draft.report(draft_route.destination->extent, draft_route.destination->pointer,
                     fmt::format("{}: Linux makes this route itself, with the address {} on line {}",
                                 draft.slice(draft_route.destination->extent), draft.slice(found->second),
                                 draft.line_of(found->second)),
                     route.via ? "give it another \"metric\"" : "remove the route");
    }
}

// Neighbours

void check_neighbours(Draft& draft, const OnLink& on_link) {
    std::map<IpAddress, Extent> seen;
    for (const auto& neighbour : draft.neighbours) {
        if (!neighbour.destination) continue;
        const auto& dst = *neighbour.destination;
        const auto [first, added] = seen.try_emplace(dst.value, dst.extent);
        if (!added) {
            draft.report(dst.extent, dst.pointer,
                         fmt::format("{}: the neighbour on line {} has the same address",
                                     draft.slice(dst.extent), draft.line_of(first->second)));
            continue;
        }
        if (!check_somebody_else(draft, dst, "a neighbour", on_link)) continue;
        const bool reached = on_link.subnets.find(dst.value) || on_link.gateways.contains(dst.value) ||
                             is_link_local(dst.value);
        if (reached || !draft.subnets_known) continue;
        draft.report(dst.extent, dst.pointer,
                     fmt::format("{}: no address of the device reaches this neighbour", show(dst.value)),
                     suggest_subnet(on_link, dst.value.family())
                         .value_or("give the device an address in the neighbour's subnet"));
    }
}

// Hosts

/// What leads through the device: its subnets, and all its routes.
class Reach {
public:
    explicit Reach(const Draft& draft) {
        for (const auto& address : draft.addresses) {
            for (const IpPrefix& subnet : make_address(address).subnets()) {
                add(subnet);
            }
        }
        for (const auto& route : draft.routes) {
            if (route.destination) add(route.destination->value);
        }
    }

    /// Whether anything of `match` can be reached.
    [[nodiscard]] bool has(const IpPrefix& match) const {
        if (match.is_default() || is_link_local(match.address())) return true;
        const auto inside = networks_.lower_bound(match.address());
        return subnets_.find(match.address()) || (inside != networks_.end() && match.contains(*inside));
    }

private:
    void add(const IpPrefix& prefix) {
        subnets_.add(prefix);
        networks_.insert(prefix.network());
    }

    SubnetSet subnets_;
    std::set<IpAddress> networks_;
};

/// `"10.9.0.7": no address or route of the device leads to this host`
void check_reach(Draft& draft, Extent extent, const std::string& pointer, const IpPrefix& match,
                 std::string_view who, const Reach& reach) {
    // On a bridge others ask, too, by what their own routes say.
    if (!draft.subnets_known || draft.bridge || reach.has(match)) return;
    draft.report(
        extent, pointer,
        fmt::format("{}: no address and no route of the device leads to this {}", draft.slice(extent), who),
        fmt::format("add a route: {{\"dst\": \"{}\"}}", match.to_string()));
}

bool is_single(const IpPrefix& match) {
    return match.length() == match.address().bits();
}

void check_same_matches(Draft& draft) {
    const auto hosts = hosts_of(draft);
    std::vector<const Placed<IpPrefix>*> matches;
    for (const auto& host : hosts) {
        if (host.match) matches.push_back(&*host.match);
    }
    std::stable_sort(matches.begin(), matches.end(),
                     [](const auto* a, const auto* b) { return a->value < b->value; });
    for (std::size_t i = 1; i < matches.size(); ++i) {
        if (matches[i]->value != matches[i - 1]->value) continue;
        draft.report(matches[i]->extent, matches[i]->pointer,
                     fmt::format("{}: the host on line {} has the same match",
                                 draft.slice(matches[i]->extent), draft.line_of(matches[i - 1]->extent)),
                     "remove one of them");
    }
}

void check_impairments(Draft& draft, const DraftHost& host) {
    if (!host.delay_known) return;
    const auto none = std::chrono::nanoseconds::zero();
    const auto delay = value_of(host.delay).value_or(none);
    if (host.jitter && host.jitter->value > delay) {
        draft.report(host.jitter->extent, host.jitter->pointer,
                     fmt::format("{}: jitter is more than the delay of \"{}\"",
                                 draft.slice(host.jitter->extent), format_duration(delay)),
                     fmt::format("give a \"delay\" of at least {}", draft.slice(host.jitter->extent)));
    }
    if (host.reorder && host.reorder->value > Percentage() && delay == none) {
        draft.report(host.reorder->extent, host.reorder->pointer,
                     fmt::format("{}: without a delay no answer waits that could be overtaken",
                                 draft.slice(host.reorder->extent)),
                     "add \"delay\"");
    }
}

void check_host_mac(Draft& draft, const DraftHost& host) {
    if (!host.mac || !host.match) return;
    if (!is_single(host.match->value)) {
        draft.report(
            host.mac->extent, host.mac->pointer,
            fmt::format("{}: several hosts can't have one MAC address", draft.slice(host.mac->extent)),
            "give it to a host whose \"match\" is a single address");
    }
    if (draft.mac && draft.mac->value == host.mac->value) {
        draft.report(host.mac->extent, host.mac->pointer,
                     fmt::format("{}: this is the device's own MAC address", draft.slice(host.mac->extent)));
    }
}

void check_hop(Draft& draft, const DraftHop& hop, Family family, const OnLink& on_link, const Reach& reach) {
    if (hop.mtu && family == Family::V6 && hop.mtu->value < kLeastIpv6Mtu) {
        draft.report(hop.mtu->extent, hop.mtu->pointer,
                     fmt::format("{}: IPv6 needs an mtu of at least {}", hop.mtu->value, kLeastIpv6Mtu));
    }
    if (hop.blackhole && hop.blackhole->value && !hop.mtu) {
        draft.report(hop.blackhole->extent, hop.blackhole->pointer,
                     "blackhole swallows what is longer than the hop's mtu, and there is none",
                     "add \"mtu\"");
    }
    if (!hop.hop || !hop.hop->value) return;
    const Placed<IpAddress> address{*hop.hop->value, hop.hop->extent, hop.hop->pointer};
    if (!check_family(draft, address, "a hop", family, "match")) return;
    if (!check_somebody_else(draft, address, "a hop", on_link)) return;
    check_reach(draft, address.extent, address.pointer, {address.value, address.value.bits()}, "hop", reach);
}

void check_path(Draft& draft, const DraftHost& host, const OnLink& on_link, const Reach& reach) {
    constexpr std::size_t kMostHops = 63;  // with a TTL of 64, what comes from behind them just arrives
    if (host.path.size() > kMostHops) {
        const DraftHop& first = host.path[kMostHops];
        draft.report(first.extent, first.pointer, fmt::format("a path has at most {} hops", kMostHops));
    }
    if (host.ttl && host.ttl->value <= host.path.size()) {
        draft.report(host.ttl->extent, host.ttl->pointer,
                     fmt::format("{}: with this ttl no answer comes back over {} hops", host.ttl->value,
                                 host.path.size()),
                     fmt::format("give a ttl of {} or more", host.path.size() + 1));
    }
    std::map<IpAddress, Extent> seen;
    for (const auto& hop : host.path) {
        check_hop(draft, hop, host.match->value.family(), on_link, reach);
        if (!hop.hop || !hop.hop->value) continue;
        const auto [first, added] = seen.try_emplace(*hop.hop->value, hop.extent);
        if (added) continue;
        draft.report(hop.hop->extent, hop.hop->pointer,
                     fmt::format("{}: the path has this hop already, on line {}", show(*hop.hop->value),
                                 draft.line_of(first->second)));
    }
}

void check_hosts(Draft& draft, const OnLink& on_link) {
    if (!draft.hosts) return;
    if (draft.hosts->value.empty() && draft.slice(draft.hosts->extent).starts_with('[')) {
        draft.report(draft.hosts->extent, draft.hosts->pointer,
                     "hosts: with no host in it, nobody would answer",
                     "leave \"hosts\" out, and every address behind the device answers");
    }
    check_same_matches(draft);
    const Reach reach(draft);
    for (const auto& host : hosts_of(draft)) {
        check_impairments(draft, host);
        check_host_mac(draft, host);
        if (!host.match) continue;
        const IpPrefix& match = host.match->value;
        const Placed<IpAddress> only{match.address(), host.match->extent, host.match->pointer};
        if (!is_single(match) || check_somebody_else(draft, only, "a simulated host", on_link))
            check_reach(draft, host.match->extent, host.match->pointer, match, "host", reach);
        check_path(draft, host, on_link, reach);
    }
}

}  // namespace

void check_between_fields(Draft& draft) {
    check_mode(draft);
    check_bridge(draft);
    check_mtu_for_ipv6(draft);
    check_addresses(draft);
    OnLink on_link = on_link_by_addresses(draft);
    check_routes(draft, on_link);
    check_same_routes(draft);
    check_own_routes(draft);
    check_neighbours(draft, on_link);
    check_hosts(draft, on_link);
}

}  // namespace tunlab
