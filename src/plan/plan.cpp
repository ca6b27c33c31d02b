#include "tunlab/plan/plan.hpp"

#include "tunlab/base/digest.hpp"
#include "tunlab/plan/mark.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace tunlab {

namespace {

constexpr std::uint32_t kDefaultTunQueue = 500;   // TUN_READQ_SIZE of the kernel's drivers/net/tun.c
constexpr std::uint32_t kDefaultTapQueue = 1000;  // DEFAULT_TX_QUEUE_LEN of linux/netdevice.h

/// The route as the kernel will read it back.
RouteConfig normalized(const ProfileRoute& route) {
    return {.destination = route.destination,
            .via = route.via,
            .source = route.source,
            .metric = route.effective_metric(),
            .table = route.effective_table(),
            .scope = route.effective_scope(),
            .onlink = route.onlink,
            .mtu = route.mtu};
}

AddressConfig normalized(const ProfileAddress& address) {
    const bool v6 = address.local.family() == Family::V6;
    return {.address = address.local,
            .peer = address.peer,
            .scope = address.effective_scope(),
            .nodad = v6 && address.nodad};
}

template <typename T>
bool holds(const std::vector<Located<T>>& list, const T& value) {
    return std::any_of(list.begin(), list.end(),
                       [&value](const Located<T>& item) { return item.value == value; });
}

/// One step for each field that is wanted, that the device has, and that differs.
void plan_settings(std::vector<Step>& steps, const DeviceSettings& wanted, const DeviceSettings& present) {
    for (const DeviceField field : kDeviceFields) {
        const auto* const want = wanted.find(field);
        const auto* const have = present.find(field);
        if (want == nullptr || have == nullptr || want->value == have->value) continue;
        const bool none = have->value == FieldValue(BridgeConfig());
        steps.push_back(
            {SetField{field, want->value}, none ? "" : describe(field, have->value), want->where});
    }
}

/// The values of a list, to be looked up among many. The list must outlive it.
template <typename T>
class Index {
public:
    explicit Index(const std::vector<Located<T>>& list) {
        values_.reserve(list.size());
        for (const auto& item : list) {
            values_.push_back(&item.value);
        }
        std::sort(values_.begin(), values_.end(), before);
    }
    [[nodiscard]] bool has(const T& value) const {
        return std::binary_search(values_.begin(), values_.end(), &value, before);
    }

private:
    static bool before(const T* a, const T* b) { return *a < *b; }
    std::vector<const T*> values_;
};

/// A step `Operation` for each item of `list` that `other` lacks.
template <template <typename> typename Operation, typename T>
void plan_missing(std::vector<Step>& steps, const std::vector<Located<T>>& list,
                  const std::vector<Located<T>>& other) {
    const Index<T> there(other);
    for (const auto& item : list) {
        if (!there.has(item.value)) steps.push_back({Operation<T>{item.value}, "", item.where});
    }
}

/// Whether the kernel or a daemon has put the address there already.
bool is_foreign(const AddressConfig& address, const DeviceConfig& present) {
    const auto& foreign = present.foreign_addresses;
    return std::find(foreign.begin(), foreign.end(), address.address) != foreign.end();
}

bool same_subnet(const AddressConfig& a, const AddressConfig& b) {
    return !a.peer && !b.peer && a.address.length() == b.address.length() &&
           a.address.family() == b.address.family() && a.address.network() == b.address.network();
}

bool is_v4(const AddressConfig& address) {
    return address.address.family() == Family::V4;
}

const AddressConfig* first_in_subnet(const std::vector<Located<AddressConfig>>& list,
                                     const AddressConfig& address) {
    const auto found = std::find_if(list.begin(), list.end(),
                                    [&](const auto& item) { return same_subnet(item.value, address); });
    return found == list.end() ? nullptr : &found->value;
}

/// The first IPv4 address of a subnet is the primary one, which gives packets their source. Where the
/// wrong one is first, it must go, with the others, for all to come back in order.
bool is_wrong_primary(const AddressConfig& address, const DeviceConfig& wanted, const DeviceConfig& present) {
    if (!is_v4(address)) return false;
    const AddressConfig* const primary = first_in_subnet(present.addresses, address);
    const AddressConfig* const right = first_in_subnet(wanted.addresses, address);
    return primary != nullptr && right != nullptr && *primary == address && *right != address;
}

/// IPv4 addresses that can stand beside those that go: with them there, the last address never goes,
/// which would take every IPv4 route along. Beside one of its own subnet it would be a secondary, and
/// go with it.
void plan_early_addresses(std::vector<Step>& steps, const DeviceConfig& wanted, const DeviceConfig& present) {
    for (const auto& address : wanted.addresses) {
        if (!is_v4(address.value) || holds(present.addresses, address.value)) continue;
        const auto in_its_way = [&](const Located<AddressConfig>& other) {
            const bool same = other.value.address == address.value.address;
            return !holds(wanted.addresses, other.value) && (same || same_subnet(other.value, address.value));
        };
        const auto& there = present.addresses;
        const bool free = std::none_of(there.begin(), there.end(), in_its_way);
        if (free) steps.push_back({Add<AddressConfig>{address.value}, "", address.where});
    }
}

// ---- the order of things as they were found -------------------------------------------------------

/// Whether `present`, without what shall go anyway, is how `wanted` begins: then the rest can be added
/// behind.
template <typename T>
bool begins(const std::vector<const T*>& wanted, const std::vector<const T*>& present) {
    const auto same = [](const T* a, const T* b) { return *a == *b; };
    return present.size() <= wanted.size() &&
           std::equal(present.begin(), present.end(), wanted.begin(), same);
}

/// The IPv6 addresses of `device`, the oldest first.
std::vector<const AddressConfig*> v6_addresses(const DeviceConfig& device) {
    std::vector<const AddressConfig*> found;
    for (const auto& item : device.addresses) {
        if (!is_v4(item.value)) found.push_back(&item.value);
    }
    return found;
}

/// IPv6 addresses stand in the order in which they were added: one that is newer than one that must come back
/// goes and comes, too.
bool is_out_of_order(const AddressConfig& address, const DeviceConfig& wanted, const DeviceConfig& present) {
    if (!wanted.as_found || is_v4(address)) return false;
    const auto right = v6_addresses(wanted);
    for (std::size_t i = 0; const AddressConfig* const other : v6_addresses(present)) {
        if (i >= right.size() || *right[i] != *other) return true;
        if (*other == address) return false;
        ++i;
    }
    return false;
}

/// Where routes stand of which Linux asks the first only: one destination, one metric, one table. No profile
/// asks for two in one place, but `ip route append` makes them.
using Place = std::tuple<IpPrefix, std::uint32_t, std::uint32_t>;

Place place_of(const RouteConfig& route) {
    return {route.destination, route.metric, route.table};
}

using Places = std::map<Place, std::vector<const RouteConfig*>>;

/// The routes of `list` that `keep` has, by their place.
Places places_of(const std::vector<Located<RouteConfig>>& list,
                 const std::vector<Located<RouteConfig>>& keep) {
    const Index<RouteConfig> kept(keep);
    Places places;
    for (const auto& item : list) {
        if (kept.has(item.value)) places[place_of(item.value)].push_back(&item.value);
    }
    return places;
}

/// Routes of one place come back in their order, or not at all.
void plan_reordered_routes(std::vector<Step>& steps, const DeviceConfig& wanted,
                           const DeviceConfig& present) {
    if (!wanted.as_found) return;
    const Places right = places_of(wanted.routes, wanted.routes);
    for (const auto& [place, there] : places_of(present.routes, wanted.routes)) {
        if (begins(right.at(place), there)) continue;
        for (const RouteConfig* const route : there) {
            steps.push_back({Remove<RouteConfig>{*route}, "", std::nullopt});
        }
    }
}

/// With addrgenmode none Linux makes no link-local address any more, but leaves the one that it made.
void plan_generated_addresses(std::vector<Step>& steps, const DeviceConfig& wanted,
                              const DeviceConfig& present) {
    const auto generates = [](const DeviceConfig& config) {
        return config.settings.get<AddrGenMode>(DeviceField::AddrGenMode).value_or(AddrGenMode::None) !=
               AddrGenMode::None;
    };
    if (generates(wanted) || !generates(present)) return;
    for (const auto& address : present.foreign_addresses) {
        const bool link_local = address.family() == Family::V6 && address.address().v6().is_link_local();
        const bool wished = std::any_of(wanted.addresses.begin(), wanted.addresses.end(),
                                        [&](const auto& wish) { return wish.value.address == address; });
        if (link_local && !wished)
            steps.push_back({Remove<AddressConfig>{{.address = address}}, "", std::nullopt});
    }
}

/// Removals come first: Linux refuses a second route to the same place with the same metric, and to
/// remove an IPv6 address once the MTU is below 1280. Routes go before the addresses that they may
/// depend on.
void plan_removals(std::vector<Step>& steps, const DeviceConfig& wanted, const DeviceConfig& present) {
    plan_missing<Remove>(steps, present.neighbours, wanted.neighbours);
    plan_missing<Remove>(steps, present.routes, wanted.routes);
    plan_reordered_routes(steps, wanted, present);
    std::vector<Step> removals;
    for (const auto& address : present.addresses) {
        const bool stays = holds(wanted.addresses, address.value) &&
                           !is_wrong_primary(address.value, wanted, present) &&
                           !is_out_of_order(address.value, wanted, present);
        if (!stays) removals.push_back({Remove<AddressConfig>{address.value}, "", std::nullopt});
    }
    if (removals.empty()) return;
    plan_early_addresses(steps, wanted, present);
    steps.insert(steps.end(), removals.begin(), removals.end());
}

/// Whether Linux takes `gateway` on `device`: it must be on the link (fib_check_nh(), ip6_route_check_nh()).
bool is_reachable(const IpAddress& gateway, const DeviceConfig& device) {
    if (gateway.family() == Family::V6 && gateway.v6().is_link_local()) return true;
    const auto in_subnet = [&](const Located<AddressConfig>& item) {
        const AddressConfig& address = item.value;
        return address.peer == gateway || address.address.contains(gateway) ||
               (address.peer && IpPrefix(*address.peer, address.address.length()).contains(gateway));
    };
    const auto& foreign = device.foreign_addresses;
    return std::any_of(device.addresses.begin(), device.addresses.end(), in_subnet) ||
           std::any_of(foreign.begin(), foreign.end(),
                       [&](const IpPrefix& subnet) { return subnet.contains(gateway); }) ||
           std::any_of(device.routes.begin(), device.routes.end(), [&](const Located<RouteConfig>& route) {
               return !route.value.via && route.value.destination.contains(gateway);
           });
}

/// A route stays when the address goes that made its gateway reachable, but could not come so: the way to the
/// gateway is laid for that moment.
void plan_stranded_route(std::vector<Step>& steps, const Add<RouteConfig>& add) {
    const IpAddress& gateway = *add.item.via;
    const bool v4 = gateway.family() == Family::V4;
    const RouteConfig way{.destination = IpPrefix(gateway, gateway.bits()),
                          .metric = v4 ? 0 : kDefaultIpv6Metric,
                          .table = kMainTable,
                          .scope = v4 ? Scope::Link : Scope::Global};
    steps.push_back({Add<RouteConfig>{way}, "", std::nullopt});
    steps.push_back({add, "", std::nullopt});
    steps.push_back({Remove<RouteConfig>{way}, "", std::nullopt});
}

void plan_routes(std::vector<Step>& steps, const DeviceConfig& wanted, const DeviceConfig& present) {
    if (!wanted.as_found) return plan_missing<Add>(steps, wanted.routes, present.routes);
    const Index<RouteConfig> there(present.routes);
    std::set<Place> taken;
    for (const auto& item : wanted.routes) {
        const RouteConfig& route = item.value;
        const bool first = taken.insert(place_of(route)).second;
        if (there.has(route)) continue;
        const Add<RouteConfig> add{route, first ? RoutePlace::Only : RoutePlace::Last};
        if (route.via && !route.onlink && !is_reachable(*route.via, wanted)) {
            plan_stranded_route(steps, add);
        } else {
            steps.push_back({add, "", std::nullopt});
        }
    }
}

void plan_additions(std::vector<Step>& steps, const DeviceConfig& wanted, const DeviceConfig& present) {
    for (const auto& address : wanted.addresses) {
        const bool there = holds(present.addresses, address.value) || is_foreign(address.value, present);
        if (!there) steps.push_back({Add<AddressConfig>{address.value}, "", address.where});
    }
    plan_routes(steps, wanted, present);
    plan_missing<Add>(steps, wanted.neighbours, present.neighbours);
}

// ---- what Linux does besides --------------------------------------------------------------------

template <typename T, typename Predicate>
void drop_if(std::vector<Located<T>>& list, Predicate predicate) {
    std::erase_if(list, [&](const Located<T>& item) { return predicate(item.value); });
}

/// promote_secondaries is off unless somebody switched it on: who comes first in a subnet is primary,
/// and takes the others along (ip-sysctl.rst).
void lose_address(DeviceConfig& device, const AddressConfig& address) {
    auto& all = device.addresses;
    const auto in_subnet = [&](const Located<AddressConfig>& other) {
        return same_subnet(other.value, address);
    };
    const auto first = std::find_if(all.begin(), all.end(), in_subnet);
    const bool primary = is_v4(address) && first != all.end() && first->value == address;
    drop_if(all, [&](const AddressConfig& other) {
        return other == address || (primary && same_subnet(other, address));
    });
    const bool v4_left =
        std::any_of(all.begin(), all.end(), [](const auto& other) { return is_v4(other.value); });
    drop_if(device.routes, [&](const RouteConfig& route) {
        const bool was_source = route.source == address.address.address();
        return was_source || (is_v4(address) && !v4_left && route.destination.family() == Family::V4);
    });
}

void lose_ipv6(DeviceConfig& device) {
    drop_if(device.addresses, [](const AddressConfig& address) { return !is_v4(address); });
    drop_if(device.routes, [](const RouteConfig& route) { return route.destination.family() == Family::V6; });
    drop_if(device.neighbours,
            [](const NeighbourConfig& entry) { return entry.destination.family() == Family::V6; });
    device.settings.clear(DeviceField::AddrGenMode);
    device.settings.clear(DeviceField::AcceptRa);
}

/// As on a new device.
void begin_ipv6(DeviceConfig& device) {
    device.settings.set(DeviceField::AddrGenMode, AddrGenMode::Eui64);
    device.settings.set(DeviceField::AcceptRa, true);
}

void change_mtu(DeviceConfig& device, std::uint32_t mtu) {
    constexpr std::uint32_t kMinIpv6Mtu = 1280;  // RFC 8200 §5
    const bool had_ipv6 = device.settings.get<std::uint32_t>(DeviceField::Mtu).value_or(0) >= kMinIpv6Mtu;
    device.settings.set(DeviceField::Mtu, mtu);
    if (mtu < kMinIpv6Mtu) lose_ipv6(device);
    if (mtu >= kMinIpv6Mtu && !had_ipv6) begin_ipv6(device);
}

struct Effect {
    DeviceConfig& device;

    void operator()(const SetField& set) const {
        if (set.field == DeviceField::Mtu) return change_mtu(device, std::get<std::uint32_t>(set.value));
        device.settings.set(set.field, set.value);
        if (set.field == DeviceField::Mac) device.neighbours.clear();
        if (set.field == DeviceField::Up && !std::get<bool>(set.value)) device.routes.clear();
    }
    void operator()(const Add<AddressConfig>& add) const { device.addresses.push_back({add.item}); }
    void operator()(const Remove<AddressConfig>& remove) const {
        std::erase(device.foreign_addresses, remove.item.address);
        lose_address(device, remove.item);
    }
    void operator()(const Add<RouteConfig>& add) const { device.routes.push_back({add.item}); }
    void operator()(const Remove<RouteConfig>& remove) const {
        drop_if(device.routes, [&](const RouteConfig& route) { return route == remove.item; });
    }
    void operator()(const Add<NeighbourConfig>& add) const { device.neighbours.push_back({add.item}); }
    void operator()(const Remove<NeighbourConfig>& remove) const {
        drop_if(device.neighbours, [&](const NeighbourConfig& entry) { return entry == remove.item; });
    }
};

}  // namespace

DeviceConfig wanted_config(const Profile& profile, const MachineDefaults& defaults) {
    const bool tap = profile.mode == Mode::Tap;
    DeviceConfig config = fresh_config(profile.mode);
    DeviceSettings& settings = config.settings;
    settings.set(DeviceField::Alias, format_mark({device_digest(profile), defaults.profile_path}));
    if (tap) settings.set(DeviceField::Mac, defaults.mac);
    settings.set(DeviceField::AddrGenMode, AddrGenMode::None);
    settings.set(DeviceField::AcceptRa, false);
    if (defaults.bridge) settings.set(DeviceField::Bridge, *defaults.bridge, profile.bridge->where);
    settings.set(DeviceField::Up, true);
    for (const DeviceField field : kDeviceFields) {
        if (const auto* const asked = profile.settings.find(field))
            settings.set(field, asked->value, asked->where);
    }
    for (const auto& address : profile.addresses) {
        config.addresses.push_back({normalized(address.value), address.where});
    }
    for (const auto& route : profile.routes) {
        config.routes.push_back({normalized(route.value), route.where});
    }
    for (const auto& neighbour : profile.neighbours) {
        config.neighbours.push_back({{neighbour.value.destination, neighbour.value.lladdr}, neighbour.where});
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

DeviceConfig fresh_config(Mode mode) {
    const bool tap = mode == Mode::Tap;
    DeviceConfig config;
    DeviceSettings& settings = config.settings;
    settings.set(DeviceField::Alias, std::string());
    if (tap) settings.set(DeviceField::Mac, MacAddress());
    settings.set(DeviceField::Mtu, Profile::kDefaultMtu);
    settings.set(DeviceField::Txqueuelen, tap ? kDefaultTapQueue : kDefaultTunQueue);
    settings.set(DeviceField::Bridge, BridgeConfig());
    settings.set(DeviceField::Up, false);
    begin_ipv6(config);
    return config;
}

DeviceConfig after(DeviceConfig device, const Change& change) {
    std::visit(Effect{device}, change);
    return device;
}

std::vector<Step> plan(const DeviceConfig& wanted, const DeviceConfig& present) {
    std::vector<Step> steps;
    plan_removals(steps, wanted, present);
    plan_settings(steps, wanted.settings, present.settings);
    plan_generated_addresses(steps, wanted, present);
    // What these drag along is lost too, and comes back with what is new.
    DeviceConfig reached = present;
    for (const auto& step : steps) {
        reached = after(std::move(reached), step.change);
    }
    plan_settings(steps, wanted.settings, reached.settings);
    plan_additions(steps, wanted, reached);
    return steps;
}

std::optional<std::string> cannot_become(const DeviceIdentity& wanted, const TunFacts& present) {
    if (wanted.mode != present.mode) {
        return fmt::format("it is a {} device, the profile asks for {}", word_of(present.mode),
                           word_of(wanted.mode));
    }
    if (wanted.multi_queue != present.multi_queue) {
        return fmt::format("it has {}, the profile asks for {}",
                           present.multi_queue ? "several queues" : "one queue",
                           wanted.multi_queue ? "several" : "one");
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
