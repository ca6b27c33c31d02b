#include "tunlab/plan/step.hpp"

#include "tunlab/base/escape.hpp"

#include <fmt/format.h>

namespace tunlab {

namespace {

template <typename... Visitors>
struct Overloaded : Visitors... {
    using Visitors::operator()...;
};
template <typename... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

std::string destination_of(const RouteConfig& route) {
    if (!route.destination.is_default()) return route.destination.to_string();
    return route.destination.family() == Family::V4 ? "default" : "default6";
}

std::string describe(const AddressConfig& address) {
    std::string text = address.address.to_string();
    if (address.peer) {
        text = fmt::format("{} peer {}/{}", address.address.address().to_string(), address.peer->to_string(),
                           address.address.length());
    }
    if (address.scope != Scope::Global) text += fmt::format(" scope {}", word_of(address.scope));
    // Without nodad is the exception here: an address would stay tentative until the device is opened.
    if (address.address.family() == Family::V6 && !address.nodad) text += " dad";
    return text + address.extras.words;
}

std::string describe(const NeighbourConfig& neighbour) {
    return fmt::format("{} lladdr {}{}", neighbour.destination.to_string(), neighbour.lladdr.to_string(),
                       neighbour.extras.words);
}

/// The scope that ip(8) gives an IPv4 route without one.
Scope usual_scope(const RouteConfig& route) {
    const bool gateway = route.via || route.extras.words.find(" via ") != std::string::npos;
    return route.destination.family() == Family::V4 && !gateway ? Scope::Link : Scope::Global;
}

/// What follows the destination, in ip(8)'s words.
std::string route_attributes(const RouteConfig& route) {
    const std::uint32_t default_metric = route.destination.family() == Family::V4 ? 0 : kDefaultIpv6Metric;
    std::string text;
    if (route.via) text += fmt::format(" via {}", route.via->to_string());
    if (route.source) text += fmt::format(" src {}", route.source->to_string());
    if (route.metric != default_metric) text += fmt::format(" metric {}", route.metric);
    if (route.table != kMainTable) text += fmt::format(" table {}", route.table);
    if (route.scope != usual_scope(route)) text += fmt::format(" scope {}", word_of(route.scope));
    if (route.onlink) text += " onlink";
    if (route.mtu) text += fmt::format(" mtu {}", *route.mtu);
    return text + route.extras.words;
}

std::string describe(const RouteConfig& route) {
    return destination_of(route) + route_attributes(route);
}

std::string_view verb_of(Operation operation) {
    return operation == Operation::Remove ? "del" : "add";
}

std::string address_command(const AddressConfig& address, Operation operation, const std::string& name) {
    const IpPrefix& local = address.address;
    std::string text = fmt::format("ip address {} {}", verb_of(operation), local.to_string());
    if (address.peer) {
        text = fmt::format("ip address {} {} peer {}/{}", verb_of(operation), local.address().to_string(),
                           address.peer->to_string(), local.length());
    }
    text += fmt::format(" dev {}", name);
    if (address.scope != Scope::Global) text += fmt::format(" scope {}", word_of(address.scope));
    if (address.nodad && operation == Operation::Add) text += " nodad";
    return text + address.extras.words;
}

std::string neighbour_command(const NeighbourConfig& neighbour, Operation operation,
                              const std::string& name) {
    return fmt::format("ip neighbour {} {} lladdr {} dev {} nud permanent{}", verb_of(operation),
                       neighbour.destination.to_string(), neighbour.lladdr.to_string(), name,
                       neighbour.extras.words);
}

/// accept_ra has no netlink message and so no ip(8) command; a name may contain dots, so no sysctl(8) either.
std::string accept_ra_command(const SetAcceptRa& set, const std::string& name) {
    return fmt::format("echo {} > /proc/sys/net/ipv6/conf/{}/accept_ra", set.accept ? 1 : 0, name);
}

std::string bridge_command(const SetBridge& set, const std::string& name) {
    if (!set.bridge) return fmt::format("ip link set dev {} nomaster", name);
    return fmt::format("ip link set dev {} master {}", name, set.bridge->name);
}

std::string route_command(const RouteConfig& route, std::string_view verb, const std::string& name) {
    const std::string_view family = route.destination.family() == Family::V6 ? "-6 " : "";
    const std::string destination =
        route.destination.is_default() ? std::string("default") : route.destination.to_string();
    return fmt::format("ip {}route {} {} dev {}{}", family, verb, destination, name, route_attributes(route));
}

}  // namespace

std::string_view word_of(Operation operation) {
    switch (operation) {
        case Operation::Add: return "add";
        case Operation::Replace: return "change";
        case Operation::Remove: return "remove";
    }
    return "";
}

Operation operation_of(const Change& change) {
    return std::visit(Overloaded{
                          [](const AddAddress&) { return Operation::Add; },
                          [](const AddRoute&) { return Operation::Add; },
                          [](const AddNeighbour&) { return Operation::Add; },
                          [](const RemoveAddress&) { return Operation::Remove; },
                          [](const RemoveRoute&) { return Operation::Remove; },
                          [](const RemoveNeighbour&) { return Operation::Remove; },
                          [](const auto&) { return Operation::Replace; },
                      },
                      change);
}

std::string kind_of(const Change& change) {
    return std::visit(Overloaded{
                          [](const SetAlias&) { return "mark"; },
                          [](const SetMac&) { return "mac"; },
                          [](const SetMtu&) { return "mtu"; },
                          [](const SetTxqueuelen&) { return "txqueuelen"; },
                          [](const SetAddrGenMode&) { return "addrgenmode"; },
                          [](const SetAcceptRa&) { return "accept_ra"; },
                          [](const SetBridge&) { return "bridge"; },
                          [](const LinkChange&) { return "link"; },
                          [](const AddAddress&) { return "address"; },
                          [](const RemoveAddress&) { return "address"; },
                          [](const AddRoute&) { return "route"; },
                          [](const RemoveRoute&) { return "route"; },
                          [](const AddNeighbour&) { return "neighbour"; },
                          [](const RemoveNeighbour&) { return "neighbour"; },
                      },
                      change);
}

std::string value_of(const Change& change) {
    return std::visit(Overloaded{
                          [](const SetAlias& set) { return escape(set.alias); },
                          [](const SetMac& set) { return set.mac.to_string(); },
                          [](const SetMtu& set) { return fmt::to_string(set.mtu); },
                          [](const SetTxqueuelen& set) { return fmt::to_string(set.packets); },
                          [](const SetAddrGenMode& set) { return std::string(word_of(set.mode)); },
                          [](const SetAcceptRa& set) { return std::string(set.accept ? "on" : "off"); },
                          [](const SetBridge& set) { return set.bridge ? escape(set.bridge->name) : "none"; },
                          [](LinkChange set) { return std::string(set == LinkChange::Up ? "up" : "down"); },
                          [](const AddAddress& add) { return describe(add.address); },
                          [](const RemoveAddress& remove) { return describe(remove.address); },
                          [](const AddRoute& add) { return describe(add.route); },
                          [](const RemoveRoute& remove) { return describe(remove.route); },
                          [](const AddNeighbour& add) { return describe(add.neighbour); },
                          [](const RemoveNeighbour& remove) { return describe(remove.neighbour); },
                      },
                      change);
}

std::string describe(const Step& step) {
    constexpr std::string_view kSigns = "+~-";
    const char sign = kSigns[static_cast<std::size_t>(operation_of(step.change))];
    const std::string line = fmt::format("{} {:<8} {}", sign, kind_of(step.change), value_of(step.change));
    return step.was.empty() ? line : fmt::format("{} (was {})", line, escape(step.was));
}

bool worth_showing(const Step& step, std::span<const Step> others) {
    return !std::holds_alternative<SetAlias>(step.change) || others.size() == 1;
}

std::string ip_command(const Change& change, const std::string& name) {
    const auto link = [&name](std::string_view what, std::string_view value) {
        return fmt::format("ip link set dev {} {} {}", name, what, value);
    };
    return std::visit(
        Overloaded{
            [&](const SetAlias& set) { return link("alias", shell_quote(set.alias)); },
            [&](const SetMac& set) { return link("address", set.mac.to_string()); },
            [&](const SetMtu& set) { return link("mtu", fmt::to_string(set.mtu)); },
            [&](const SetTxqueuelen& set) { return link("txqueuelen", fmt::to_string(set.packets)); },
            [&](const SetAddrGenMode& set) { return link("addrgenmode", word_of(set.mode)); },
            [&](LinkChange set) {
                return fmt::format("ip link set dev {} {}", name, set == LinkChange::Up ? "up" : "down");
            },
            [&](const AddAddress& add) { return address_command(add.address, Operation::Add, name); },
            [&](const RemoveAddress& remove) {
                return address_command(remove.address, Operation::Remove, name);
            },
            [&](const AddRoute& add) {
                return route_command(add.route, add.place == RoutePlace::Behind ? "append" : "add", name);
            },
            [&](const RemoveRoute& remove) { return route_command(remove.route, "del", name); },
            [&](const AddNeighbour& add) { return neighbour_command(add.neighbour, Operation::Add, name); },
            [&](const RemoveNeighbour& remove) {
                return neighbour_command(remove.neighbour, Operation::Remove, name);
            },
            [&](const SetAcceptRa& set) { return accept_ra_command(set, name); },
            [&](const SetBridge& set) { return bridge_command(set, name); },
        },
        change);
}

}  // namespace tunlab
