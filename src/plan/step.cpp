#include "tunlab/plan/step.hpp"

#include "tunlab/base/escape.hpp"

#include <array>

#include <fmt/format.h>

namespace tunlab {

namespace {

template <typename... Visitors>
struct Overloaded : Visitors... {
    using Visitors::operator()...;
};
template <typename... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

/// What a field is called in a plan and by `ip link set dev NAME`.
struct FieldWords {
    DeviceField field;
    std::string_view kind;
    std::string_view ip;  ///< empty: see ip_command()
};
constexpr std::array kFieldWords{
    FieldWords{DeviceField::Alias, "mark", "alias"},
    FieldWords{DeviceField::Mac, "mac", "address"},
    FieldWords{DeviceField::AddrGenMode, "addrgenmode", "addrgenmode"},
    FieldWords{DeviceField::AcceptRa, "accept_ra", ""},
    FieldWords{DeviceField::Mtu, "mtu", "mtu"},
    FieldWords{DeviceField::Txqueuelen, "txqueuelen", "txqueuelen"},
    FieldWords{DeviceField::Bridge, "bridge", "master"},
    FieldWords{DeviceField::Up, "link", ""},
};
static_assert(has_row_for_each_field(kFieldWords));

const FieldWords& words_of(DeviceField field) {
    return kFieldWords.at(static_cast<std::size_t>(field));
}

std::string_view kind_of_item(const AddressConfig& /*address*/) {
    return "address";
}
std::string_view kind_of_item(const RouteConfig& /*route*/) {
    return "route";
}
std::string_view kind_of_item(const NeighbourConfig& /*neighbour*/) {
    return "neighbour";
}

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

// ip(8)'s verbs
constexpr std::string_view kAdd = "add";
constexpr std::string_view kAppend = "append";
constexpr std::string_view kDelete = "del";

std::string command(const AddressConfig& address, std::string_view verb, const std::string& name) {
    const IpPrefix& local = address.address;
    std::string text = fmt::format("ip address {} {}", verb, local.to_string());
    if (address.peer) {
        text = fmt::format("ip address {} {} peer {}/{}", verb, local.address().to_string(),
                           address.peer->to_string(), local.length());
    }
    text += fmt::format(" dev {}", name);
    if (address.scope != Scope::Global) text += fmt::format(" scope {}", word_of(address.scope));
    if (address.nodad && verb == kAdd) text += " nodad";
    return text + address.extras.words;
}

std::string command(const NeighbourConfig& neighbour, std::string_view verb, const std::string& name) {
    return fmt::format("ip neighbour {} {} lladdr {} dev {} nud permanent{}", verb,
                       neighbour.destination.to_string(), neighbour.lladdr.to_string(), name,
                       neighbour.extras.words);
}

std::string command(const RouteConfig& route, std::string_view verb, const std::string& name) {
    const std::string_view family = route.destination.family() == Family::V6 ? "-6 " : "";
    const std::string destination =
        route.destination.is_default() ? std::string("default") : route.destination.to_string();
    return fmt::format("ip {}route {} {} dev {}{}", family, verb, destination, name, route_attributes(route));
}

std::string ip_command(const SetField& set, const std::string& name) {
    const std::string value = describe(set.field, set.value);
    if (set.field == DeviceField::Up) return fmt::format("ip link set dev {} {}", name, value);
    // It has no netlink message and so no ip(8) command; a name may contain dots, so no sysctl(8) either.
    if (set.field == DeviceField::AcceptRa) {
        return fmt::format("echo {} > /proc/sys/net/ipv6/conf/{}/accept_ra",
                           std::get<bool>(set.value) ? 1 : 0, name);
    }
    if (set.value == FieldValue(BridgeConfig())) return fmt::format("ip link set dev {} nomaster", name);
    const bool free_text = set.field == DeviceField::Alias;
    return fmt::format("ip link set dev {} {} {}", name, words_of(set.field).ip,
                       free_text ? shell_quote(value) : value);
}

struct OperationOf {
    Operation operator()(const SetField&) const { return Operation::Replace; }
    template <typename T>
    Operation operator()(const Add<T>&) const {
        return Operation::Add;
    }
    template <typename T>
    Operation operator()(const Remove<T>&) const {
        return Operation::Remove;
    }
};

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
    return std::visit(OperationOf{}, change);
}

std::string_view kind_of(const Change& change) {
    return std::visit(Overloaded{
                          [](const SetField& set) { return words_of(set.field).kind; },
                          [](const auto& listed) { return kind_of_item(listed.item); },
                      },
                      change);
}

std::string describe(DeviceField field, const FieldValue& value) {
    return std::visit(Overloaded{
                          [](std::uint32_t number) { return fmt::to_string(number); },
                          [field](bool on) -> std::string {
                              if (field == DeviceField::Up) return on ? "up" : "down";
                              return on ? "on" : "off";
                          },
                          [](const std::string& text) { return text; },
                          [](const MacAddress& mac) { return mac.to_string(); },
                          [](AddrGenMode mode) { return std::string(word_of(mode)); },
                          [](const BridgeConfig& bridge) {
                              return bridge == BridgeConfig() ? std::string("none") : bridge.name;
                          },
                      },
                      value);
}

std::string value_of(const Change& change) {
    return std::visit(Overloaded{
                          [](const SetField& set) { return escape(describe(set.field, set.value)); },
                          [](const auto& listed) { return describe(listed.item); },
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
    const auto* const set = std::get_if<SetField>(&step.change);
    return set == nullptr || set->field != DeviceField::Alias || others.size() == 1;
}

std::string ip_command(const Change& change, const std::string& name) {
    return std::visit(
        Overloaded{
            [&](const SetField& set) { return ip_command(set, name); },
            [&]<typename T>(const Add<T>& add) {
                return command(add.item, add.place == RoutePlace::Last ? kAppend : kAdd, name);
            },
            [&]<typename T>(const Remove<T>& remove) { return command(remove.item, kDelete, name); },
        },
        change);
}

}  // namespace tunlab
