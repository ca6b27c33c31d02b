#include "checks.hpp"

#include "tunlab/base/duration.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tunlab {

namespace {

constexpr std::uint32_t kMinIpv6Mtu = 1280;  // RFC 8200 §5; below it Linux drops every IPv6 address

/// The value in quotes as messages begin with it, whatever its form in the text.
std::string show(const IpAddress& address) {
    return quote_shortened(address.to_string());
}

// The device

void check_mode(Reader& reader) {
    if (!reader.has(reader.json, "mode")) return;
    const DeviceSettings& settings = reader.profile.settings;
    if (reader.profile.mode == Mode::Tap) {
        const auto mtu = settings.get<std::uint32_t>(DeviceField::Mtu);
        if (mtu > kMaxTapMtu) {
            reader.report(reader.json.part("mtu"),
                          fmt::format("{}: a TAP device's mtu is at most {}", *mtu, kMaxTapMtu));
        }
        return;
    }
    for (const auto& value : reader.tap_only) {
        reader.report(value, std::string(value.field->not_on_tun),
                      fmt::format("remove \"{}\", or set \"mode\" to \"tap\"", value.name));
    }
    if (settings.get<AddrGenMode>(DeviceField::AddrGenMode) == AddrGenMode::Eui64) {
        reader.report(reader.json.part("ipv6").part("addr_gen_mode"),
                      "\"eui64\": a TUN device has no MAC address to make an address from",
                      "did you mean \"random\"?");
    }
}

void check_bridge(Reader& reader) {
    const Profile& profile = reader.profile;
    if (!profile.bridge) return;
    const Value bridge = reader.json.part("bridge");
    const std::string& name = profile.bridge->value;
    if (!profile.hosts && reader.has(reader.json, "mode") && profile.mode == Mode::Tap) {
        reader.report(bridge,
                      fmt::format("\"{}\": on a bridge there are other machines, whose addresses must not be "
                                  "answered for",
                                  name),
                      "say who lives behind the device: \"hosts\": [{\"match\": \"10.0.1.7\"}]");
    }
    if (reader.has(reader.json, "name") && name == profile.name.value.str())
        reader.report(bridge, fmt::format("\"{}\": the device cannot be its own bridge", name));
}

// The minimum MTU of IPv6

/// What needs IPv6 in the profile.
struct NeedOfIpv6 {
    const Node* node = nullptr;
    std::string text;  ///< `"fd00::1/64" on line 7 is IPv6`
};

/// The first in the text.
std::optional<NeedOfIpv6> first_need_of_ipv6(const Reader& reader) {
    std::vector<NeedOfIpv6> needs;
    const auto add_value = [&](const Value& object, std::string_view key, Family family) {
        if (family != Family::V6) return;
        const Node* const node = object.part(key).node;
        needs.push_back(
            {node, fmt::format("{} on line {} is IPv6", reader.slice(*node), reader.line_of(*node))});
    };
    const auto add_setting = [&](std::string_view key) {
        const Node* const node = reader.json.part("ipv6").part(key).node;
        needs.push_back({node, fmt::format("\"{}\" on line {} is for IPv6", key, reader.line_of(*node))});
    };
    for (const auto& [address, json] : reader.addresses) {
        add_value(json, "local", address.local.family());
    }
    for (const auto& [route, json] : reader.routes) {
        if (reader.has(json, "dst")) add_value(json, "dst", route.destination.family());
    }
    for (const auto& [neighbour, json] : reader.neighbours) {
        if (reader.has(json, "dst")) add_value(json, "dst", neighbour.destination.family());
    }
    for (const auto& [host, json] : reader.hosts) {
        if (reader.has(json, "match")) add_value(json, "match", host.match.family());
    }
    const DeviceSettings& settings = reader.profile.settings;
    const auto mode = settings.get<AddrGenMode>(DeviceField::AddrGenMode);
    if (mode && mode != AddrGenMode::None) add_setting("addr_gen_mode");
    if (settings.get<bool>(DeviceField::AcceptRa) == true) add_setting("accept_ra");
    const auto first =
        std::min_element(needs.begin(), needs.end(), [](const NeedOfIpv6& a, const NeedOfIpv6& b) {
            return a.node->range.begin < b.node->range.begin;
        });
    return first == needs.end() ? std::nullopt : std::optional(*first);
}

std::string describe_small_mtu(std::uint32_t mtu) {
    return fmt::format("{}: IPv6 needs an mtu of at least {}", mtu, kMinIpv6Mtu);
}

void check_mtu_for_ipv6(Reader& reader) {
    const auto mtu = reader.profile.settings.get<std::uint32_t>(DeviceField::Mtu);
    if (mtu && *mtu < kMinIpv6Mtu) {
        if (const auto need = first_need_of_ipv6(reader))
            reader.report(reader.json.part("mtu"), describe_small_mtu(*mtu), need->text);
    }
    for (const auto& [route, json] : reader.routes) {
        const bool is_ipv6 = reader.has(json, "dst") && route.destination.family() == Family::V6;
        if (is_ipv6 && route.mtu && *route.mtu < kMinIpv6Mtu)
            reader.report(json.part("mtu"), describe_small_mtu(*route.mtu));
    }
}

// Addresses

/// Reports `ip` if it is not of the family that `other` is of; returns whether it is.
bool check_family(Reader& reader, const Value& value, const IpAddress& ip, std::string_view name,
                  Family family, std::string_view other) {
    if (ip.family() == family) return true;
    reader.report(value, fmt::format("{}: {} must be IPv{}, as {} is", show(ip), name,
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
bool check_own_subnet(Reader& reader, const ProfileAddress& address, const Value& json) {
    const Value local = json.part("local");
    const IpPrefix subnet = address.subnets().front();
    if (const auto kind = reserved_in(subnet, address.local.address()); !kind.empty()) {
        const IpPrefix near(with_last_bit_flipped(address.local.address()), address.local.length());
        reader.report(
            local,
            fmt::format("{}: this is the {} address of its own subnet", reader.slice(*local.node), kind),
            fmt::format("did you mean \"{}\"?", near.to_string()));
        return false;
    }
    if (!address.peer) return true;
    const auto kind = reserved_in(subnet, *address.peer);
    if (kind.empty()) return true;
    reader.report(json.part("peer"),
                  fmt::format("{}: this is the {} address of {}/{}", show(*address.peer), kind,
                              subnet.network().to_string(), subnet.length()),
                  fmt::format("did you mean \"{}\"?", with_last_bit_flipped(*address.peer).to_string()));
    return false;
}

/// Whether the parts of an address make one together.
bool check_address(Reader& reader, const ProfileAddress& address, const Value& json) {
    const Family family = address.local.family();
    if (address.scope && family == Family::V6)
        reader.report(json.part("scope"), "scope is for IPv4 only", "remove \"scope\"");
    if (reader.has(json, "nodad") && family == Family::V4)
        reader.report(json.part("nodad"), "nodad is for IPv6 only", "remove \"nodad\"");
    if (address.peer && !check_family(reader, json.part("peer"), *address.peer, "peer", family, "local"))
        return false;
    return check_own_subnet(reader, address, json);
}

void check_addresses(Reader& reader) {
    const auto is_bad = [&](const auto& address) {
        return !check_address(reader, address.value, address.json);
    };
    if (std::erase_if(reader.addresses, is_bad) > 0) reader.subnets_known = false;

    std::map<IpAddress, const Node*> seen;
    for (const auto& [address, json] : reader.addresses) {
        const Value local = json.part("local");
        const IpAddress& ip = address.local.address();
        const auto [first, added] = seen.try_emplace(ip, local.node);
        if (added) continue;
        reader.report(local,
                      fmt::format("{}: the device has {} already, from line {}", reader.slice(*local.node),
                                  ip.to_string(), reader.line_of(*first->second)));
    }
    for (const auto& [address, json] : reader.addresses) {
        if (!address.peer || !seen.contains(*address.peer)) continue;
        reader.report(json.part("peer"),
                      fmt::format("{}: a peer cannot have the device's own address", show(*address.peer)));
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

OnLink on_link_by_addresses(const Reader& reader) {
    OnLink on_link;
    for (const auto& [address, json] : reader.addresses) {
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

/// `"10.0.0.1": WHO cannot have ...` if `ip` is an own address or a broadcast address: returns whether it is
/// neither.
bool check_not_own(Reader& reader, const Value& value, const IpAddress& ip, std::string_view who,
                   const OnLink& on_link) {
    if (on_link.own.contains(ip)) {
        reader.report(value, fmt::format("{}: {} cannot have the device's own address", show(ip), who));
        return false;
    }
    const auto subnet = on_link.subnets.find(ip);
    if (!subnet || subnet->broadcast() != ip) return true;
    reader.report(value, fmt::format("{}: {} cannot have the broadcast address of {}", show(ip), who,
                                     subnet->to_string()));
    return false;
}

/// "choose one in 10.0.0.0/24", if the device has an address of that family.
std::optional<std::string> suggest_subnet(const OnLink& on_link, Family family) {
    const auto& subnet = family == Family::V4 ? on_link.first_ipv4 : on_link.first_ipv6;
    if (!subnet) return std::nullopt;
    return fmt::format("choose one in {}/{}", subnet->network().to_string(), subnet->length());
}

void check_gateway(Reader& reader, const ProfileRoute& route, const Value& json, const OnLink& on_link) {
    const Value value = json.part("via");
    const IpAddress& via = *route.via;
    if (!check_not_own(reader, value, via, "a gateway", on_link)) return;
    if (route.onlink || on_link.subnets.find(via) || is_link_local(via) || !reader.subnets_known) return;
    reader.report(
        value, fmt::format("{}: no address of the device reaches this gateway", show(via)),
        suggest_subnet(on_link, via.family()).value_or("give the device an address in the gateway's subnet") +
            ", or add \"onlink\": true");
}

// Routes

/// Linux looks a gateway up in scope link and narrower (fib_check_nh_v4_gw in net/ipv4/fib_semantics.c).
bool is_narrow(Scope scope) {
    return scope == Scope::Link || scope == Scope::Host;
}

void check_route_scope(Reader& reader, const ProfileRoute& route, const Value& json) {
    if (!route.scope) return;
    const Value scope = json.part("scope");
    if (reader.has(json, "dst") && route.destination.family() == Family::V6) {
        reader.report(scope, "scope is for IPv4 only", "remove \"scope\"");
    } else if (route.via && is_narrow(*route.scope)) {
        reader.report(
            scope,
            fmt::format("{}: a route through a gateway has scope global or site", reader.slice(*scope.node)),
            "remove \"scope\"");
    }
}

/// Reports what does not fit together in each route, and collects what they put on the link.
void check_routes(Reader& reader, OnLink& on_link) {
    for (const auto& [route, json] : reader.routes) {
        check_route_scope(reader, route, json);
        if (route.onlink && !route.via)
            reader.report(json.part("onlink"), "onlink needs a gateway", "add \"via\"");
        if (!reader.has(json, "dst")) continue;
        const Family family = route.destination.family();
        if (route.source) check_family(reader, json.part("src"), *route.source, "src", family, "dst");
        if (route.via) {
            if (!check_family(reader, json.part("via"), *route.via, "via", family, "dst")) continue;
            check_gateway(reader, route, json, on_link);
            on_link.gateways.insert(*route.via);
        } else if (family == Family::V6 || is_narrow(route.effective_scope())) {
            on_link.subnets.add(route.destination);
        }
    }
}

void check_same_routes(Reader& reader) {
    std::map<std::tuple<IpPrefix, std::uint32_t, std::uint32_t>, const Node*> seen;
    for (const auto& [route, json] : reader.routes) {
        if (!reader.has(json, "dst")) continue;
        const Value dst = json.part("dst");
        const auto [first, added] = seen.try_emplace(
            {route.destination, route.effective_table(), route.effective_metric()}, dst.node);
        if (added) continue;
        reader.report(dst,
                      fmt::format("{}: the route on line {} has the same destination, table and metric",
                                  reader.slice(*dst.node), reader.line_of(*first->second)),
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
void check_own_routes(Reader& reader) {
    std::map<IpPrefix, const Node*> own;  // the subnets of addresses, and the addresses
    for (const auto& [address, json] : reader.addresses) {
        for (const IpPrefix& subnet : address.subnets()) {
            if (has_no_own_route(address, subnet)) continue;
            own.try_emplace(IpPrefix(subnet.network(), subnet.length()), json.part("local").node);
        }
    }
    for (const auto& [route, json] : reader.routes) {
        if (!reader.has(json, "dst")) continue;
        const std::uint32_t metric = route.destination.family() == Family::V6 ? kOwnIpv6RouteMetric : 0;
        const auto found = own.find(route.destination);
        if (found == own.end() || route.effective_table() != kMainTable || route.effective_metric() != metric)
            continue;
        const Value dst = json.part("dst");
        reader.report(dst,
                      fmt::format("{}: Linux makes this route itself, with the address {} on line {}",
                                  reader.slice(*dst.node), reader.slice(*found->second),
                                  reader.line_of(*found->second)),
                      route.via ? "give it another \"metric\"" : "remove the route");
    }
}

// Neighbours

void check_neighbours(Reader& reader, const OnLink& on_link) {
    std::map<IpAddress, const Node*> seen;
    for (const auto& [neighbour, json] : reader.neighbours) {
        if (!reader.has(json, "dst")) continue;
        const Value dst = json.part("dst");
        const IpAddress& ip = neighbour.destination;
        const auto [first, added] = seen.try_emplace(ip, dst.node);
        if (!added) {
            reader.report(dst, fmt::format("{}: the neighbour on line {} has the same address",
                                           reader.slice(*dst.node), reader.line_of(*first->second)));
            continue;
        }
        if (!check_not_own(reader, dst, ip, "a neighbour", on_link)) continue;
        const bool reached = on_link.subnets.find(ip) || on_link.gateways.contains(ip) || is_link_local(ip);
        if (reached || !reader.subnets_known) continue;
        reader.report(dst, fmt::format("{}: no address of the device reaches this neighbour", show(ip)),
                      suggest_subnet(on_link, ip.family())
                          .value_or("give the device an address in the neighbour's subnet"));
    }
}

// Hosts

/// What leads through the device: its subnets, and all its routes.
class Reach {
public:
    explicit Reach(const Reader& reader) {
        for (const auto& [address, json] : reader.addresses) {
            for (const IpPrefix& subnet : address.subnets()) {
                add(subnet);
            }
        }
        for (const auto& [route, json] : reader.routes) {
            if (reader.has(json, "dst")) add(route.destination);
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
void check_reach(Reader& reader, const Value& value, const IpPrefix& match, std::string_view who,
                 const Reach& reach) {
    // On a bridge, other machines send too, by routes of their own.
    if (!reader.subnets_known || reader.profile.bridge || reach.has(match)) return;
    reader.report(value,
                  fmt::format("{}: no address and no route of the device leads to this {}",
                              reader.slice(*value.node), who),
                  fmt::format("add a route: {{\"dst\": \"{}\"}}", match.to_string()));
}

void check_same_matches(Reader& reader) {
    std::vector<const FromJson<HostRule>*> hosts;
    for (const auto& host : reader.hosts) {
        if (reader.has(host.json, "match")) hosts.push_back(&host);
    }
    std::stable_sort(hosts.begin(), hosts.end(),
                     [](const auto* a, const auto* b) { return a->value.match < b->value.match; });
    for (std::size_t i = 1; i < hosts.size(); ++i) {
        if (hosts[i]->value.match != hosts[i - 1]->value.match) continue;
        const Value match = hosts[i]->json.part("match");
        reader.report(match,
                      fmt::format("{}: the host on line {} has the same match", reader.slice(*match.node),
                                  reader.line_of(*hosts[i - 1]->json.part("match").node)),
                      "remove one of them");
    }
}

void check_impairments(Reader& reader, const Impairments& impairments, const Value& json) {
    const bool delay_unknown = json.node->find("delay") != nullptr && !reader.has(json, "delay");
    if (delay_unknown) return;
    if (impairments.jitter > impairments.delay) {
        const Value jitter = json.part("jitter");
        reader.report(jitter,
                      fmt::format("{}: jitter is more than the delay of \"{}\"", reader.slice(*jitter.node),
                                  format_duration(impairments.delay)),
                      fmt::format("give a \"delay\" of at least {}", reader.slice(*jitter.node)));
    }
    if (impairments.reorder > Percentage() && impairments.delay == std::chrono::nanoseconds::zero()) {
        const Value reorder = json.part("reorder");
        reader.report(reorder,
                      fmt::format("{}: without a delay no answer waits that could be overtaken",
                                  reader.slice(*reorder.node)),
                      "add \"delay\"");
    }
}

void check_host_mac(Reader& reader, const HostRule& host, const Value& json) {
    if (!host.mac || !reader.has(json, "match")) return;
    const Value mac = json.part("mac");
    if (!host.names_one()) {
        reader.report(mac,
                      fmt::format("{}: several hosts can't have one MAC address", reader.slice(*mac.node)),
                      "give it to a host whose \"match\" is a single address");
    }
    if (reader.profile.settings.get<MacAddress>(DeviceField::Mac) == host.mac) {
        reader.report(mac, fmt::format("{}: this is the device's own MAC address", reader.slice(*mac.node)));
    }
}

void check_hop(Reader& reader, const Hop& hop, const Value& json, Family family, const OnLink& on_link,
               const Reach& reach) {
    if (hop.mtu && family == Family::V6 && *hop.mtu < kMinIpv6Mtu)
        reader.report(json.part("mtu"), describe_small_mtu(*hop.mtu));
    if (hop.blackhole && !reader.has(json, "mtu")) {
        reader.report(json.part("blackhole"),
                      "blackhole swallows what is longer than the hop's mtu, and there is none",
                      "add \"mtu\"");
    }
    if (!hop.address) return;
    const Value value = json.part("hop");
    if (!check_family(reader, value, *hop.address, "a hop", family, "match")) return;
    if (!check_not_own(reader, value, *hop.address, "a hop", on_link)) return;
    check_reach(reader, value, {*hop.address, hop.address->bits()}, "hop", reach);
}

/// Precondition: the host's match could be read.
void check_path(Reader& reader, const HostRule& host, const Value& json, const OnLink& on_link,
                const Reach& reach) {
    if (host.path.empty()) return;
    const Value path = json.part("path");
    const auto hop_at = [&](std::size_t i) {
        return Value{.node = &std::get<Node::Array>(path.node->value)[i],
                     .pointer = extend_pointer(path.pointer, std::to_string(i))};
    };
    if (host.path.size() > kMaxHops)
        reader.report(hop_at(kMaxHops), fmt::format("a path has at most {} hops", kMaxHops));
    if (reader.has(json, "ttl") && host.ttl <= host.path.size()) {
        reader.report(
            json.part("ttl"),
            fmt::format("{}: with this ttl no answer comes back over {} hops", host.ttl, host.path.size()),
            fmt::format("give a ttl of {} or more", host.path.size() + 1));
    }
    std::map<IpAddress, const Node*> seen;
    for (std::size_t i = 0; i < host.path.size(); ++i) {
        const Hop& hop = host.path[i];
        const Value value = hop_at(i);
        check_hop(reader, hop, value, host.match.family(), on_link, reach);
        if (!hop.address) continue;
        const auto [first, added] = seen.try_emplace(*hop.address, value.node);
        if (added) continue;
        reader.report(value.part("hop"), fmt::format("{}: the path has this hop already, on line {}",
                                                     show(*hop.address), reader.line_of(*first->second)));
    }
}

void check_hosts(Reader& reader, const OnLink& on_link) {
    if (!reader.profile.hosts) return;
    const Value hosts = reader.json.part("hosts");
    if (reader.hosts.empty() && std::holds_alternative<Node::Array>(hosts.node->value)) {
        reader.report(hosts, "hosts: with no host in it, nobody would answer",
                      "leave \"hosts\" out, and every address behind the device answers");
    }
    check_same_matches(reader);
    const Reach reach(reader);
    for (const auto& [host, json] : reader.hosts) {
        check_impairments(reader, host.impairments, json);
        check_host_mac(reader, host, json);
        if (!reader.has(json, "match")) continue;
        const Value match = json.part("match");
        if (!host.names_one() ||
            check_not_own(reader, match, host.match.address(), "a simulated host", on_link))
            check_reach(reader, match, host.match, "host", reach);
        check_path(reader, host, json, on_link, reach);
    }
}

}  // namespace

void check_between_fields(Reader& reader) {
    check_mode(reader);
    check_bridge(reader);
    check_mtu_for_ipv6(reader);
    check_addresses(reader);
    OnLink on_link = on_link_by_addresses(reader);
    check_routes(reader, on_link);
    check_same_routes(reader);
    check_own_routes(reader);
    check_neighbours(reader, on_link);
    check_hosts(reader, on_link);
}

}  // namespace tunlab
