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
    if (!address.peer) return address.address.to_string();
    return fmt::format("{} peer {}/{}", address.address.address().to_string(), address.peer->to_string(),
                       address.address.length());
}

/// What follows the destination, in ip(8)'s words.
std::string route_attributes(const RouteConfig& route) {
    const std::uint32_t default_metric = route.destination.family() == Family::V4 ? 0 : kDefaultIpv6Metric;
    std::string text;
    if (route.via) text += fmt::format(" via {}", route.via->to_string());
    if (route.source) text += fmt::format(" src {}", route.source->to_string());
    if (route.metric != default_metric) text += fmt::format(" metric {}", route.metric);
    if (route.table != kMainTable) text += fmt::format(" table {}", route.table);
    if (route.onlink) text += " onlink";
    if (route.mtu) text += fmt::format(" mtu {}", *route.mtu);
    return text;
}

std::string describe(const RouteConfig& route) {
    return destination_of(route) + route_attributes(route);
}

std::string_view verb_of(Operation operation) {
    return operation == Operation::Remove ? "del" : "add";
}

std::string address_command(const AddressConfig& address, Operation operation, const std::string& name) {
    const bool v6 = address.address.family() == Family::V6;
    // Without nodad an IPv6 address stays tentative until somebody opens the device.
    const std::string_view flags = v6 && operation == Operation::Add ? " nodad" : "";
    return fmt::format("ip address {} {} dev {}{}", verb_of(operation), describe(address), name, flags);
}

std::string route_command(const RouteConfig& route, Operation operation, const std::string& name) {
    const std::string_view family = route.destination.family() == Family::V6 ? "-6 " : "";
    const std::string destination =
        route.destination.is_default() ? std::string("default") : route.destination.to_string();
    return fmt::format("ip {}route {} {} dev {}{}", family, verb_of(operation), destination, name,
                       route_attributes(route));
}

}  // namespace

Operation operation_of(const Change& change) {
    if (std::holds_alternative<AddAddress>(change) || std::holds_alternative<AddRoute>(change)) {
        return Operation::Add;
    }
    if (std::holds_alternative<RemoveAddress>(change) || std::holds_alternative<RemoveRoute>(change)) {
        return Operation::Remove;
    }
    return Operation::Replace;
}

std::string kind_of(const Change& change) {
    return std::visit(Overloaded{
                          [](const SetAlias&) { return "mark"; },
                          [](const SetMac&) { return "mac"; },
                          [](const SetMtu&) { return "mtu"; },
                          [](const SetTxqueuelen&) { return "txqueuelen"; },
                          [](const SetAddrGenMode&) { return "addrgenmode"; },
                          [](const LinkChange&) { return "link"; },
                          [](const AddAddress&) { return "address"; },
                          [](const RemoveAddress&) { return "address"; },
                          [](const AddRoute&) { return "route"; },
                          [](const RemoveRoute&) { return "route"; },
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
                          [](LinkChange set) { return std::string(set == LinkChange::Up ? "up" : "down"); },
                          [](const AddAddress& add) { return describe(add.address); },
                          [](const RemoveAddress& remove) { return describe(remove.address); },
                          [](const AddRoute& add) { return describe(add.route); },
                          [](const RemoveRoute& remove) { return describe(remove.route); },
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
            [&](const AddRoute& add) { return route_command(add.route, Operation::Add, name); },
            [&](const RemoveRoute& remove) { return route_command(remove.route, Operation::Remove, name); },
        },
        change);
}

}  // namespace tunlab
