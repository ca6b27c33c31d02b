#include "tunlab/plan/plan.hpp"

#include "tunlab/base/digest.hpp"
#include "tunlab/plan/mark.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tunlab {

namespace {

constexpr std::uint32_t kDefaultTunQueue = 500;   // TUN_READQ_SIZE of the kernel's drivers/net/tun.c
constexpr std::uint32_t kDefaultTapQueue = 1000;  // DEFAULT_TX_QUEUE_LEN of linux/netdevice.h

Asked<std::uint32_t> asked_or(const std::optional<Located<std::uint32_t>>& asked, std::uint32_t fallback) {
    if (!asked) return {fallback, std::nullopt};
    return {asked->value, asked->where};
}

/// The route as the kernel will read it back.
RouteConfig normalized(const ProfileRoute& route) {
    return {.destination = route.destination,
            .via = route.via,
            .source = route.source,
            .metric = route.effective_metric(),
            .table = route.effective_table(),
            .onlink = route.onlink,
            .mtu = route.mtu};
}

template <typename T>
bool holds(const std::vector<Asked<T>>& list, const T& value) {
    return std::any_of(list.begin(), list.end(),
                       [&value](const Asked<T>& item) { return item.value == value; });
}

void plan_link(std::vector<Step>& steps, const DeviceConfig& wanted, const DeviceConfig& present) {
    if (wanted.alias != present.alias) steps.push_back({SetAlias{wanted.alias}, present.alias, std::nullopt});
    // The MAC comes first: changing it later loses permanent neighbours.
    if (wanted.mac && present.mac && wanted.mac->value != present.mac->value) {
        steps.push_back({SetMac{wanted.mac->value}, present.mac->value.to_string(), wanted.mac->where});
    }
    // Before the MTU: below 1280 the device has no IPv6 left to be told.
    if (wanted.addr_gen_mode && present.addr_gen_mode && *wanted.addr_gen_mode != *present.addr_gen_mode) {
        steps.push_back({SetAddrGenMode{*wanted.addr_gen_mode}, std::string(word_of(*present.addr_gen_mode)),
                         std::nullopt});
    }
    if (wanted.mtu.value != present.mtu.value) {
        steps.push_back({SetMtu{wanted.mtu.value}, fmt::to_string(present.mtu.value), wanted.mtu.where});
    }
    if (wanted.txqueuelen.value != present.txqueuelen.value) {
        steps.push_back({SetTxqueuelen{wanted.txqueuelen.value}, fmt::to_string(present.txqueuelen.value),
                         wanted.txqueuelen.where});
    }
    if (wanted.up != present.up) {
        steps.push_back(
            {wanted.up ? LinkChange::Up : LinkChange::Down, present.up ? "up" : "down", std::nullopt});
    }
}

}  // namespace

DeviceConfig wanted_config(const Profile& profile, const MachineDefaults& defaults) {
    const bool tap = profile.mode == Mode::Tap;
    DeviceConfig config;
    config.alias = format_mark({device_digest(profile), defaults.profile_path});
    if (tap && profile.mac) config.mac = {profile.mac->value, profile.mac->where};
    if (tap && !profile.mac) config.mac = {defaults.mac, std::nullopt};
    config.mtu = asked_or(profile.mtu, Profile::kDefaultMtu);
    config.txqueuelen = asked_or(profile.txqueuelen, tap ? kDefaultTapQueue : kDefaultTunQueue);
    // The kernel would otherwise send router solicitations and more of its own into the lab.
    config.addr_gen_mode = AddrGenMode::None;
    config.up = true;
    for (const auto& address : profile.addresses) {
        config.addresses.push_back({{address.value, std::nullopt}, address.where});
    }
    for (const auto& route : profile.routes) {
        config.routes.push_back({normalized(route.value), route.where});
    }
    return config;
}

MacAddress default_mac(std::string_view machine_id, const InterfaceName& name) {
    // 0x06 has the locally administered bit set and the group bit clear; the simulated hosts' MACs
    // begin with 0x02.
    constexpr std::uint8_t kFirstOctet = 0x06;
    const std::uint64_t hash = digest(fmt::format("{}/{}", machine_id, name.str()));
    std::array<std::uint8_t, MacAddress::kSize> bytes{kFirstOctet};
    for (std::size_t i = 1; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::uint8_t>(hash >> (8 * i));
    }
    return MacAddress(bytes);
}

std::vector<Step> plan(const DeviceConfig& wanted, const DeviceConfig& present) {
    std::vector<Step> steps;
    // Removals come first: Linux refuses a second route to the same place with the same metric, and to
    // remove an IPv6 address once the MTU is below 1280. Routes go before the addresses that they may
    // depend on, and come after them.
    for (const auto& route : present.routes) {
        if (!holds(wanted.routes, route.value)) steps.push_back({RemoveRoute{route.value}, "", std::nullopt});
    }
    for (const auto& address : present.addresses) {
        if (!holds(wanted.addresses, address.value)) {
            steps.push_back({RemoveAddress{address.value}, "", std::nullopt});
        }
    }
    plan_link(steps, wanted, present);
    for (const auto& address : wanted.addresses) {
        if (!holds(present.addresses, address.value)) {
            steps.push_back({AddAddress{address.value}, "", address.where});
        }
    }
    for (const auto& route : wanted.routes) {
        if (!holds(present.routes, route.value)) steps.push_back({AddRoute{route.value}, "", route.where});
    }
    return steps;
}

std::optional<std::string> cannot_become(const DeviceIdentity& wanted, const TunFacts& present) {
    if (wanted.mode != present.mode) {
        return fmt::format("it is a {} device, the profile asks for {}", word_of(present.mode),
                           word_of(wanted.mode));
    }
    if (wanted.owner && wanted.owner != present.owner) {
        return fmt::format("its owner is {}, the profile asks for uid {}",
                           present.owner ? fmt::format("uid {}", *present.owner) : "nobody", *wanted.owner);
    }
    if (wanted.group != present.group) {
        const auto words = [](const std::optional<std::uint32_t>& gid) {
            return gid ? fmt::format("gid {}", *gid) : std::string("none");
        };
        return fmt::format("its group is {}, the profile asks for {}", words(present.group),
                           words(wanted.group));
    }
    return std::nullopt;
}

}  // namespace tunlab
