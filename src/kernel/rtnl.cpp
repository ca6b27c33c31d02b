#include "tunlab/kernel/rtnl.hpp"

#include "tunlab/base/error.hpp"
#include "tunlab/kernel/ipv6_conf.hpp"
#include "tunlab/kernel/netlink.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "attribute.hpp"
#include "unmodelled.hpp"
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/ipv6.h>
#include <linux/rtnetlink.h>
#include <netlink/addr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/object.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/inet6.h>
#include <netlink/route/neighbour.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>

namespace tunlab {

namespace {

struct ObjectDeleter {
    void operator()(rtnl_link* link) const { rtnl_link_put(link); }
    void operator()(rtnl_addr* address) const { rtnl_addr_put(address); }
    void operator()(rtnl_route* route) const { rtnl_route_put(route); }
    void operator()(rtnl_neigh* neighbour) const { rtnl_neigh_put(neighbour); }
    void operator()(nl_addr* address) const { nl_addr_put(address); }
};
template <typename T>
using NlPtr = std::unique_ptr<T, ObjectDeleter>;

template <typename T>
NlPtr<T> checked(T* object) {
    if (object == nullptr) throw Error({.subject = "rtnetlink", .cause = describe_errno(ENOMEM)});
    return NlPtr<T>(object);
}

void require(int libnl_result, const char* action) {
    if (libnl_result >= 0) return;
    throw Error({.subject = "rtnetlink", .action = action, .cause = nl_geterror(libnl_result)});
}

// ---- addresses: libnl's to ours and back ---------------------------------------------------------

Bytes bytes_of(nl_addr* address) {
    return {static_cast<const std::uint8_t*>(nl_addr_get_binary_addr(address)), nl_addr_get_len(address)};
}

std::optional<IpAddress> ip_of(nl_addr* address) {
    if (address == nullptr) return std::nullopt;
    const Bytes bytes = bytes_of(address);
    if (bytes.size() == Ipv4Address::kSize) return Ipv4Address::from_bytes(bytes);
    if (bytes.size() == Ipv6Address::kSize) return Ipv6Address::from_bytes(bytes);
    return std::nullopt;
}

std::optional<MacAddress> mac_of(nl_addr* address) {
    if (address == nullptr || nl_addr_get_len(address) != MacAddress::kSize) return std::nullopt;
    return MacAddress::from_bytes(bytes_of(address));
}

/// libnl leaves the bytes of a default route's destination out; the length is then 0.
IpPrefix prefix_of(nl_addr* address, int family) {
    if (const auto ip = ip_of(address)) return {*ip, nl_addr_get_prefixlen(address)};
    if (family == AF_INET) return {Ipv4Address(), 0};
    return {Ipv6Address(), 0};
}

int family_of(const IpAddress& address) {
    return address.family() == Family::V4 ? AF_INET : AF_INET6;
}

NlPtr<nl_addr> nl_address(const IpAddress& address, unsigned length) {
    const Bytes bytes = address.bytes();
    auto out = checked(nl_addr_build(family_of(address), bytes.data(), bytes.size()));
    nl_addr_set_prefixlen(out.get(), static_cast<int>(length));
    return out;
}

NlPtr<nl_addr> nl_address(const IpAddress& address) {
    return nl_address(address, address.bits());
}

NlPtr<nl_addr> nl_address(const MacAddress& mac) {
    return checked(nl_addr_build(AF_LLC, mac.bytes().data(), mac.bytes().size()));
}

// ---- links ---------------------------------------------------------------------------------------

std::uint8_t number_of(AddrGenMode mode) {
    switch (mode) {
        case AddrGenMode::Eui64: return IN6_ADDR_GEN_MODE_EUI64;
        case AddrGenMode::None: return IN6_ADDR_GEN_MODE_NONE;
        case AddrGenMode::StablePrivacy: return IN6_ADDR_GEN_MODE_STABLE_PRIVACY;
        case AddrGenMode::Random: return IN6_ADDR_GEN_MODE_RANDOM;
    }
    return IN6_ADDR_GEN_MODE_NONE;
}

bool flag(nlattr* attribute) {
    return attribute != nullptr && attribute_value<std::uint8_t>(attribute) != 0;
}

std::optional<std::uint32_t> number(nlattr* attribute) {
    if (attribute == nullptr) return std::nullopt;
    return attribute_value<std::uint32_t>(attribute);
}

/// libnl 3.7 does not know the link info of TUN devices; the kernel's tun_fill_info() writes it.
std::optional<TunFacts> tun_facts_of(nl_msg* message) {
    nlattr* const info = nlmsg_find_attr(nlmsg_hdr(message), sizeof(ifinfomsg), IFLA_LINKINFO);
    if (info == nullptr) return std::nullopt;
    nlattr* const kind = nla_find(static_cast<nlattr*>(nla_data(info)), nla_len(info), IFLA_INFO_KIND);
    nlattr* const data = nla_find(static_cast<nlattr*>(nla_data(info)), nla_len(info), IFLA_INFO_DATA);
    if (kind == nullptr || data == nullptr || attribute_text(kind) != "tun") return std::nullopt;
    std::array<nlattr*, IFLA_TUN_MAX + 1> values{};
    if (nla_parse_nested(values.data(), IFLA_TUN_MAX, data, nullptr) < 0) return std::nullopt;
    const bool tap =
        values[IFLA_TUN_TYPE] != nullptr && attribute_value<std::uint8_t>(values[IFLA_TUN_TYPE]) == IFF_TAP;
    return TunFacts{.mode = tap ? Mode::Tap : Mode::Tun,
                    .owner = number(values[IFLA_TUN_OWNER]),
                    .group = number(values[IFLA_TUN_GROUP]),
                    .persistent = flag(values[IFLA_TUN_PERSIST]),
                    .packet_information = flag(values[IFLA_TUN_PI]),
                    .vnet_header = flag(values[IFLA_TUN_VNET_HDR]),
                    .multi_queue = flag(values[IFLA_TUN_MULTI_QUEUE]),
                    .attached_queues = number(values[IFLA_TUN_NUM_QUEUES]).value_or(0) +
                                       number(values[IFLA_TUN_NUM_DISABLED_QUEUES]).value_or(0)};
}

std::vector<std::string> altnames_of(nl_msg* message) {
    std::vector<std::string> names;
    nlattr* const list = nlmsg_find_attr(nlmsg_hdr(message), sizeof(ifinfomsg), IFLA_PROP_LIST);
    if (list == nullptr) return names;
    int remaining = nla_len(list);
    for (auto* entry = static_cast<nlattr*>(nla_data(list)); nla_ok(entry, remaining) != 0;
         entry = nla_next(entry, &remaining)) {
        if (nla_type(entry) == IFLA_ALT_IFNAME) names.push_back(attribute_text(entry));
    }
    return names;
}

std::string text_or_empty(const char* text) {
    return text == nullptr ? std::string() : text;
}

template <auto get>
std::optional<FieldValue> get_number(rtnl_link* link) {
    return FieldValue(std::uint32_t{get(link)});
}
template <auto set>
void set_number(rtnl_link* link, const FieldValue& value) {
    set(link, std::get<std::uint32_t>(value));
}

std::optional<FieldValue> get_alias(rtnl_link* link) {
    return text_or_empty(rtnl_link_get_ifalias(link));
}
void set_alias(rtnl_link* link, const FieldValue& value) {
    rtnl_link_set_ifalias(link, std::get<std::string>(value).c_str());
}

std::optional<FieldValue> get_mac(rtnl_link* link) {
    return mac_of(rtnl_link_get_addr(link));
}
void set_mac(rtnl_link* link, const FieldValue& value) {
    rtnl_link_set_addr(link, nl_address(std::get<MacAddress>(value)).get());
}

std::optional<FieldValue> get_addr_gen_mode(rtnl_link* link) {
    std::uint8_t mode = 0;
    if (rtnl_link_inet6_get_addr_gen_mode(link, &mode) != 0) return std::nullopt;  // no IPv6 on the device
    switch (mode) {
        case IN6_ADDR_GEN_MODE_EUI64: return AddrGenMode::Eui64;
        case IN6_ADDR_GEN_MODE_NONE: return AddrGenMode::None;
        case IN6_ADDR_GEN_MODE_STABLE_PRIVACY: return AddrGenMode::StablePrivacy;
        default: return AddrGenMode::Random;
    }
}
void set_addr_gen_mode(rtnl_link* link, const FieldValue& value) {
    require(rtnl_link_inet6_set_addr_gen_mode(link, number_of(std::get<AddrGenMode>(value))),
            "set addrgenmode");
}

/// From the array of settings that inet6_fill_link_af() writes, which libnl 3.7 keeps to itself; nothing
/// where the device has no IPv6.
std::optional<FieldValue> accept_ra_of(nl_msg* message) {
    nlattr* const families = nlmsg_find_attr(nlmsg_hdr(message), sizeof(ifinfomsg), IFLA_AF_SPEC);
    if (families == nullptr) return std::nullopt;
    nlattr* const inet6 = nla_find(static_cast<nlattr*>(nla_data(families)), nla_len(families), AF_INET6);
    if (inet6 == nullptr) return std::nullopt;
    nlattr* const settings = nla_find(static_cast<nlattr*>(nla_data(inet6)), nla_len(inet6), IFLA_INET6_CONF);
    constexpr std::size_t kCount = DEVCONF_ACCEPT_RA + 1;
    if (settings == nullptr || nla_len(settings) < static_cast<int>(kCount * sizeof(std::int32_t)))
        return std::nullopt;
    return attribute_value<std::array<std::int32_t, kCount>>(settings)[DEVCONF_ACCEPT_RA] != 0;
}
void set_accept_ra(rtnl_link* /*link*/, const FieldValue& /*value*/) {
    throw std::logic_error("accept_ra has no rtnetlink message");
}

/// The bridge's name follows when all links are known.
std::optional<FieldValue> get_bridge(rtnl_link* link) {
    return BridgeConfig{static_cast<std::uint32_t>(std::max(rtnl_link_get_master(link), 0)), ""};
}
void set_bridge(rtnl_link* link, const FieldValue& value) {
    rtnl_link_set_master(link, static_cast<int>(std::get<BridgeConfig>(value).ifindex));
}

void set_up(rtnl_link* link, const FieldValue& value) {
    (std::get<bool>(value) ? rtnl_link_set_flags : rtnl_link_unset_flags)(link, IFF_UP);
}

/// How a field is read from a link, and put into a request to change one.
struct Attribute {
    DeviceField field;
    std::optional<FieldValue> (*get)(rtnl_link* link);  ///< null: link_state_of() and LinkState::is_up()
    void (*set)(rtnl_link* link, const FieldValue& value);
};
constexpr std::array kAttributes{
    Attribute{DeviceField::Alias, get_alias, set_alias},
    Attribute{DeviceField::Mac, get_mac, set_mac},
    Attribute{DeviceField::AddrGenMode, get_addr_gen_mode, set_addr_gen_mode},
    Attribute{DeviceField::AcceptRa, nullptr, set_accept_ra},
    Attribute{DeviceField::Mtu, get_number<rtnl_link_get_mtu>, set_number<rtnl_link_set_mtu>},
    Attribute{DeviceField::Txqueuelen, get_number<rtnl_link_get_txqlen>, set_number<rtnl_link_set_txqlen>},
    Attribute{DeviceField::Bridge, get_bridge, set_bridge},
    Attribute{DeviceField::Up, nullptr, set_up},
};
static_assert(has_row_for_each_field(kAttributes));

LinkState link_state_of(nl_msg* message, rtnl_link* link) {
    LinkState state;
    state.ifindex = static_cast<std::uint32_t>(rtnl_link_get_ifindex(link));
    state.name = text_or_empty(rtnl_link_get_name(link));
    state.altnames = altnames_of(message);
    state.kind = text_or_empty(rtnl_link_get_type(link));
    state.tun = tun_facts_of(message);
    state.flags = rtnl_link_get_flags(link);
    state.operstate = rtnl_link_get_operstate(link);
    state.carrier = rtnl_link_get_carrier(link) != 0;
    state.qdisc = text_or_empty(rtnl_link_get_qdisc(link));
    state.group = rtnl_link_get_group(link);
    state.broadcast = mac_of(rtnl_link_get_broadcast(link));
    for (const auto& attribute : kAttributes) {
        if (attribute.get == nullptr) continue;
        if (auto value = attribute.get(link)) state.settings.set(attribute.field, std::move(*value));
    }
    if (auto accept_ra = accept_ra_of(message); state.tun && accept_ra)
        state.settings.set(DeviceField::AcceptRa, std::move(*accept_ra));
    return state;
}

// ---- addresses on links --------------------------------------------------------------------------

/// Link-local addresses and those with a lifetime come from the kernel or a daemon.
bool is_managed(rtnl_addr* address, const IpAddress& local) {
    constexpr std::uint32_t kForever = 0xffffffff;
    const auto flags = rtnl_addr_get_flags(address);
    const auto preferred = rtnl_addr_get_preferred_lifetime(address);
    // A preferred lifetime of 0 (deprecated) is permanent configuration; any other one is running down.
    const bool lasting = (flags & IFA_F_PERMANENT) != 0 && (preferred == 0 || preferred == kForever);
    const bool link_local = local.family() == Family::V6 && local.v6().is_link_local();
    return lasting && !link_local;
}

std::optional<Scope> scope_of(int number) {
    switch (number) {
        case RT_SCOPE_UNIVERSE: return Scope::Global;
        case RT_SCOPE_SITE: return Scope::Site;
        case RT_SCOPE_LINK: return Scope::Link;
        case RT_SCOPE_HOST: return Scope::Host;
        default: return std::nullopt;
    }
}

int number_of(Scope scope) {
    switch (scope) {
        case Scope::Global: return RT_SCOPE_UNIVERSE;
        case Scope::Site: return RT_SCOPE_SITE;
        case Scope::Link: return RT_SCOPE_LINK;
        case Scope::Host: return RT_SCOPE_HOST;
    }
    return RT_SCOPE_UNIVERSE;
}

std::optional<LinkAddress> link_address_of(nl_msg* message, rtnl_addr* address, const std::string& name) {
    nl_addr* const local = rtnl_addr_get_local(address);
    const auto ip = ip_of(local);
    if (!ip) return std::nullopt;
    LinkAddress out;
    out.config.address = IpPrefix(*ip, static_cast<unsigned>(rtnl_addr_get_prefixlen(address)));
    if (const auto peer = ip_of(rtnl_addr_get_peer(address)); peer != ip) out.config.peer = peer;
    out.managed = is_managed(address, *ip);
    if (const auto broadcast = ip_of(rtnl_addr_get_broadcast(address));
        broadcast && broadcast->family() == Family::V4) {
        out.broadcast = broadcast->v4();
    }
    const int scope = rtnl_addr_get_scope(address);
    const auto named = scope_of(scope);
    out.scope = named ? std::string(word_of(*named)) : std::to_string(scope);
    // The kernel derives IPv6's scope from the address; it can't be chosen.
    if (ip->family() == Family::V4) out.config.scope = named.value_or(Scope::Global);
    out.config.nodad = ip->family() == Family::V6 && (rtnl_addr_get_flags(address) & IFA_F_NODAD) != 0;
    out.config.extras = unmodelled_of_address(message, name);
    out.label = text_or_empty(rtnl_addr_get_label(address));
    out.flags = rtnl_addr_get_flags(address);
    out.valid_lifetime = rtnl_addr_get_valid_lifetime(address);
    out.preferred_lifetime = rtnl_addr_get_preferred_lifetime(address);
    return out;
}

// ---- routes --------------------------------------------------------------------------------------

struct FoundRoute {
    std::uint32_t ifindex = 0;
    RouteConfig config;
};

/// The one link that all next hops of the route use, if there is one.
std::optional<std::uint32_t> only_link_of(rtnl_route* route) {
    const int count = rtnl_route_get_nnexthops(route);
    if (count < 1) return std::nullopt;
    const auto link_at = [&](int i) { return rtnl_route_nh_get_ifindex(rtnl_route_nexthop_n(route, i)); };
    for (int i = 1; i < count; ++i) {
        if (link_at(i) != link_at(0)) return std::nullopt;
    }
    return static_cast<std::uint32_t>(link_at(0));
}

/// A route that the user added: unicast, protocol boot or static, through one link, and no path-MTU
/// exception (which libnl lists as a cloned route). Nothing for all others.
std::optional<FoundRoute> manual_route_of(nl_msg* message, rtnl_route* route) {
    const auto protocol = rtnl_route_get_protocol(route);
    const bool manual = protocol == RTPROT_BOOT || protocol == RTPROT_STATIC;
    const bool cloned = (rtnl_route_get_flags(route) & RTM_F_CLONED) != 0;
    if (!manual || cloned || rtnl_route_get_type(route) != RTN_UNICAST) return std::nullopt;
    const auto ifindex = only_link_of(route);
    auto extras = unmodelled_of_route(message);
    if (!ifindex || !extras) return std::nullopt;
    const int family = rtnl_route_get_family(route);
    if (family != AF_INET && family != AF_INET6) return std::nullopt;
    const bool one_hop = rtnl_route_get_nnexthops(route) == 1;
    rtnl_nexthop* const hop = rtnl_route_nexthop_n(route, 0);
    FoundRoute found;
    found.ifindex = *ifindex;
    found.config.extras = std::move(*extras);
    found.config.destination = prefix_of(rtnl_route_get_dst(route), family);
    if (one_hop) found.config.via = ip_of(rtnl_route_nh_get_gateway(hop));
    found.config.source = ip_of(rtnl_route_get_pref_src(route));
    found.config.metric = rtnl_route_get_priority(route);
    found.config.table = rtnl_route_get_table(route);
    // A scope without a name is an unmodelled attribute.
    if (family == AF_INET)
        found.config.scope =
            scope_of(rtnl_route_get_scope(route)).value_or(found.config.via ? Scope::Global : Scope::Link);
    found.config.onlink = one_hop && (rtnl_route_nh_get_flags(hop) & RTNH_F_ONLINK) != 0;
    unsigned mtu = 0;
    unsigned locked = 0;  // a locked MTU is an unmodelled attribute
    rtnl_route_get_metric(route, RTAX_LOCK, &locked);
    if ((locked & 1U << RTAX_MTU) == 0 && rtnl_route_get_metric(route, RTAX_MTU, &mtu) == 0 && mtu != 0)
        found.config.mtu = mtu;
    return found;
}

NlPtr<rtnl_route> nl_route(std::uint32_t ifindex, const RouteConfig& config) {
    auto out = checked(rtnl_route_alloc());
    const bool v4 = config.destination.family() == Family::V4;
    rtnl_route_set_family(out.get(), static_cast<std::uint8_t>(v4 ? AF_INET : AF_INET6));
    require(rtnl_route_set_dst(out.get(),
                               nl_address(config.destination.address(), config.destination.length()).get()),
            "describe a route");
    rtnl_route_set_table(out.get(), config.table);
    rtnl_route_set_protocol(out.get(), RTPROT_BOOT);  // as `ip route add` does
    rtnl_route_set_scope(out.get(), static_cast<std::uint8_t>(number_of(config.scope)));
    require(rtnl_route_set_type(out.get(), RTN_UNICAST), "describe a route");
    if (config.metric != 0) rtnl_route_set_priority(out.get(), config.metric);
    if (config.source)
        require(rtnl_route_set_pref_src(out.get(), nl_address(*config.source).get()), "describe a route");
    if (config.mtu) require(rtnl_route_set_metric(out.get(), RTAX_MTU, *config.mtu), "describe a route");
    rtnl_nexthop* const hop = rtnl_route_nh_alloc();
    if (hop == nullptr) throw Error({.subject = "rtnetlink", .cause = describe_errno(ENOMEM)});
    rtnl_route_add_nexthop(out.get(), hop);  // the route owns it now
    rtnl_route_nh_set_ifindex(hop, static_cast<int>(ifindex));
    if (config.via) rtnl_route_nh_set_gateway(hop, nl_address(*config.via).get());
    if (config.onlink) rtnl_route_nh_set_flags(hop, RTNH_F_ONLINK);
    return out;
}

/// A unicast default route, of any origin.
std::optional<std::pair<std::uint32_t, DefaultRoute>> default_route_of(rtnl_route* route) {
    const int family = rtnl_route_get_family(route);
    if (rtnl_route_get_type(route) != RTN_UNICAST || (family != AF_INET && family != AF_INET6))
        return std::nullopt;
    if (rtnl_route_get_nnexthops(route) < 1 || !prefix_of(rtnl_route_get_dst(route), family).is_default()) {
        return std::nullopt;
    }
    const auto ifindex =
        static_cast<std::uint32_t>(rtnl_route_nh_get_ifindex(rtnl_route_nexthop_n(route, 0)));
    return std::pair{ifindex, DefaultRoute{.family = family == AF_INET ? Family::V4 : Family::V6,
                                           .metric = rtnl_route_get_priority(route),
                                           .table = rtnl_route_get_table(route)}};
}

// ---- neighbours ----------------------------------------------------------------------------------

/// The user added permanent entries; the kernel resolved the others by itself.
std::optional<NeighbourConfig> manual_neighbour_of(nl_msg* message, rtnl_neigh* entry) {
    if ((rtnl_neigh_get_state(entry) & NUD_PERMANENT) == 0 ||
        (rtnl_neigh_get_flags(entry) & NTF_PROXY) != 0) {
        return std::nullopt;
    }
    const auto destination = ip_of(rtnl_neigh_get_dst(entry));
    const auto lladdr = mac_of(rtnl_neigh_get_lladdr(entry));
    if (!destination || !lladdr) return std::nullopt;
    return NeighbourConfig{*destination, *lladdr, unmodelled_of_neighbour(message)};
}

NlPtr<rtnl_neigh> nl_neighbour(std::uint32_t ifindex, const NeighbourConfig& config) {
    auto out = checked(rtnl_neigh_alloc());
    rtnl_neigh_set_ifindex(out.get(), static_cast<int>(ifindex));
    rtnl_neigh_set_family(out.get(), family_of(config.destination));
    rtnl_neigh_set_state(out.get(), NUD_PERMANENT);
    require(rtnl_neigh_set_dst(out.get(), nl_address(config.destination).get()), "describe a neighbour");
    rtnl_neigh_set_lladdr(out.get(), nl_address(config.lladdr).get());
    return out;
}

// ---- requests ------------------------------------------------------------------------------------

NlMessage link_request(std::uint32_t ifindex, const std::function<void(rtnl_link*)>& change) {
    const auto original = checked(rtnl_link_alloc());
    const auto changes = checked(rtnl_link_alloc());
    rtnl_link_set_ifindex(original.get(), static_cast<int>(ifindex));
    rtnl_link_set_ifindex(changes.get(), static_cast<int>(ifindex));
    change(changes.get());
    nl_msg* message = nullptr;
    require(rtnl_link_build_change_request(original.get(), changes.get(), 0, &message),
            "build a link request");
    return NlMessage(message);
}

void put(nl_msg* message, int attribute, Bytes bytes) {
    require(nla_put(message, attribute, static_cast<int>(bytes.size()), bytes.data()), "build a request");
}

/// Built here: libnl 3.7 knows no peers of IPv6 addresses.
NlMessage address_request(int type, int flags, std::uint32_t ifindex, const AddressConfig& config) {
    NlMessage message(nlmsg_alloc_simple(type, flags));
    const IpAddress& local = config.address.address();
    ifaddrmsg header{};
    header.ifa_family = static_cast<std::uint8_t>(family_of(local));
    header.ifa_prefixlen = static_cast<std::uint8_t>(config.address.length());
    header.ifa_scope = static_cast<std::uint8_t>(number_of(config.scope));
    header.ifa_index = ifindex;
    if (!message || nlmsg_append(message.get(), &header, sizeof header, NLMSG_ALIGNTO) < 0) {
        throw Error({.subject = "rtnetlink", .cause = describe_errno(ENOMEM)});
    }
    put(message.get(), IFA_LOCAL, local.bytes());
    put(message.get(), IFA_ADDRESS, config.peer.value_or(local).bytes());
    if (config.nodad) require(nla_put_u32(message.get(), IFA_FLAGS, IFA_F_NODAD), "build a request");
    return message;
}

struct RequestBuilder {
    std::uint32_t ifindex;

    NlMessage operator()(const SetField& set) const {
        const auto& attribute = kAttributes.at(static_cast<std::size_t>(set.field));
        return link_request(ifindex, [&](rtnl_link* link) { attribute.set(link, set.value); });
    }
    NlMessage operator()(const Add<AddressConfig>& add) const {
        constexpr int kFlags = NLM_F_CREATE | NLM_F_EXCL;
        if (!add.item.extras.empty()) return request_again(RTM_NEWADDR, kFlags, add.item.extras);
        return address_request(RTM_NEWADDR, kFlags, ifindex, add.item);
    }
    NlMessage operator()(const Remove<AddressConfig>& remove) const {
        if (!remove.item.extras.empty()) return request_again(RTM_DELADDR, 0, remove.item.extras);
        return address_request(RTM_DELADDR, 0, ifindex, remove.item);
    }
    NlMessage operator()(const Add<RouteConfig>& add) const {
        // Without EXCL a second IPv6 route to one place would silently become part of a multipath route.
        const int flags = NLM_F_CREATE | (add.place == RoutePlace::Last ? NLM_F_APPEND : NLM_F_EXCL);
        if (!add.item.extras.empty()) return request_again(RTM_NEWROUTE, flags, add.item.extras);
        nl_msg* message = nullptr;
        require(rtnl_route_build_add_request(nl_route(ifindex, add.item).get(), flags, &message),
                "build a route request");
        return NlMessage(message);
    }
    NlMessage operator()(const Remove<RouteConfig>& remove) const {
        if (!remove.item.extras.empty()) return request_again(RTM_DELROUTE, 0, remove.item.extras);
        nl_msg* message = nullptr;
        const auto route = nl_route(ifindex, remove.item);
        // RTPROT_UNSPEC and the wildcard scope match, whichever the route has.
        rtnl_route_set_protocol(route.get(), RTPROT_UNSPEC);
        rtnl_route_set_scope(route.get(), RT_SCOPE_NOWHERE);
        require(rtnl_route_build_del_request(route.get(), 0, &message), "build a route request");
        return NlMessage(message);
    }
    NlMessage operator()(const Add<NeighbourConfig>& add) const {
        // Replaces what the kernel has learnt about the same address.
        constexpr int kFlags = NLM_F_CREATE | NLM_F_REPLACE;
        if (!add.item.extras.empty()) return request_again(RTM_NEWNEIGH, kFlags, add.item.extras);
        nl_msg* message = nullptr;
        require(rtnl_neigh_build_add_request(nl_neighbour(ifindex, add.item).get(), kFlags, &message),
                "build a neighbour request");
        return NlMessage(message);
    }
    NlMessage operator()(const Remove<NeighbourConfig>& remove) const {
        nl_msg* message = nullptr;
        require(rtnl_neigh_build_delete_request(nl_neighbour(ifindex, remove.item).get(), 0, &message),
                "build a neighbour request");
        return NlMessage(message);
    }
};

template <typename Header>
NlMessage dump_request(int type, unsigned char family) {
    NlMessage message(nlmsg_alloc_simple(type, NLM_F_DUMP));
    Header header{};
    if constexpr (requires { header.ifi_family; }) header.ifi_family = family;
    if constexpr (requires { header.ifa_family; }) header.ifa_family = family;
    if constexpr (requires { header.rtm_family; }) header.rtm_family = family;
    if constexpr (requires { header.ndm_family; }) header.ndm_family = family;
    if (!message || nlmsg_append(message.get(), &header, sizeof header, NLMSG_ALIGNTO) < 0) {
        throw Error({.subject = "rtnetlink", .cause = describe_errno(ENOMEM)});
    }
    return message;
}

/// Calls `use` with each message as libnl's object of that kind. Exceptions are carried past libnl's C code.
template <typename Object>
std::function<void(nl_msg*)> as(std::function<void(nl_msg*, Object*)> use) {
    return [use = std::move(use)](nl_msg* message) {
        struct Context {
            const std::function<void(nl_msg*, Object*)>& use;
            nl_msg* message = nullptr;
            std::exception_ptr thrown{};
        } context{use, message, nullptr};
        const auto forward = [](nl_object* object, void* data) {
            auto& to = *static_cast<Context*>(data);
            try {
                to.use(to.message,
                       reinterpret_cast<Object*>(object));  // NOLINT: libnl's own way of inheriting
            } catch (...) {
                to.thrown = std::current_exception();
            }
        };
        const int result = nl_msg_parse(message, forward, &context);
        // libnl 3.7 has no object for some messages, such as routes with an encapsulation that it doesn't
        // know: tunlab leaves those alone.
        if (result == -NLE_MSGTYPE_NOSUPPORT || result == -NLE_OPNOTSUPP) return;
        require(result, "read a message");
        if (context.thrown) std::rethrow_exception(context.thrown);
    };
}

// ---- what the messages of a dump say, collected --------------------------------------------------------

using MessageHandler = std::function<void(nl_msg*)>;

LinkState* link_of(HostState& host, std::uint32_t ifindex) {
    const auto found = std::find_if(host.links.begin(), host.links.end(),
                                    [=](const LinkState& link) { return link.ifindex == ifindex; });
    return found == host.links.end() ? nullptr : &*found;
}

MessageHandler add_links_to(HostState& host) {
    return as<rtnl_link>(
        [&host](nl_msg* message, rtnl_link* link) { host.links.push_back(link_state_of(message, link)); });
}

MessageHandler add_addresses_to(HostState& host) {
    return as<rtnl_addr>([&host](nl_msg* message, rtnl_addr* address) {
        LinkState* const link = link_of(host, static_cast<std::uint32_t>(rtnl_addr_get_ifindex(address)));
        if (link == nullptr) return;
        if (const auto found = link_address_of(message, address, link->name))
            link->addresses.push_back(*found);
    });
}

bool is_sound_via(const nlattr* via) {
    return via == nullptr || nla_len(via) >= static_cast<int>(sizeof(rtvia));
}

/// The next hops must fill the attribute, each with its own.
bool are_sound_next_hops(const nlattr* list) {
    MutableBytes rest(static_cast<std::uint8_t*>(nla_data(list)), static_cast<std::size_t>(nla_len(list)));
    while (rest.size() >= sizeof(rtnexthop)) {
        rtnexthop hop{};
        std::memcpy(&hop, rest.data(), sizeof hop);
        if (hop.rtnh_len < sizeof hop || hop.rtnh_len > rest.size()) return false;
        const MutableBytes attributes = rest.first(hop.rtnh_len).subspan(sizeof hop);
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): netlink's own layout
        auto* const first = reinterpret_cast<nlattr*>(attributes.data());
        std::array<nlattr*, RTA_MAX + 1> values{};
        // Of two attributes of one type, the last counts: in nla_parse(), and so in libnl.
        if (nla_parse(values.data(), RTA_MAX, first, static_cast<int>(attributes.size()), nullptr) < 0 ||
            !is_sound_via(values[RTA_VIA]))
            return false;
        rest = rest.subspan(std::min<std::size_t>(NLMSG_ALIGN(hop.rtnh_len), rest.size()));
    }
    return rest.empty();
}

/// What libnl 3.7 does not look at before it reads: it never ends on a next hop of length 0, and reads before
/// a short RTA_VIA (rtnl_route_parse()).
bool is_sound_route(nl_msg* message) {
    std::array<nlattr*, RTA_MAX + 1> values{};
    if (nlmsg_parse(nlmsg_hdr(message), sizeof(rtmsg), values.data(), RTA_MAX, nullptr) < 0) return false;
    return is_sound_via(values[RTA_VIA]) &&
           (values[RTA_MULTIPATH] == nullptr || are_sound_next_hops(values[RTA_MULTIPATH]));
}

MessageHandler add_routes_to(HostState& host) {
    const auto add = as<rtnl_route>([&host](nl_msg* message, rtnl_route* route) {
        if (const auto found = manual_route_of(message, route)) {
            LinkState* const link = link_of(host, found->ifindex);
            if (link != nullptr) link->routes.push_back(found->config);
        }
        if (const auto found = default_route_of(route)) {
            LinkState* const link = link_of(host, found->first);
            if (link != nullptr) link->default_routes.push_back(found->second);
        }
    });
    return [add](nl_msg* message) {
        if (!is_sound_route(message)) throw Error({.subject = "rtnetlink", .cause = "a route is malformed"});
        add(message);
    };
}

MessageHandler add_neighbours_to(HostState& host) {
    return as<rtnl_neigh>([&host](nl_msg* message, rtnl_neigh* entry) {
        const auto found = manual_neighbour_of(message, entry);
        LinkState* const link = link_of(host, static_cast<std::uint32_t>(rtnl_neigh_get_ifindex(entry)));
        if (found && link != nullptr) link->neighbours.push_back(*found);
    });
}

/// Fills in the name of each port's master.
void name_bridges(HostState& host) {
    for (auto& link : host.links) {
        const auto bridge = link.bridge();
        const LinkState* const master = bridge ? host.find(bridge->ifindex) : nullptr;
        if (master != nullptr)
            link.settings.set(DeviceField::Bridge, BridgeConfig{master->ifindex, master->name});
    }
}

}  // namespace

KernelRefusal::KernelRefusal(int error, std::string explanation)
    : error_(error), words_(explanation.empty() ? describe_errno(error) : std::move(explanation)) {}

struct Rtnl::Connection {
    NlSocket socket = open_rtnetlink();

    void change(const NlMessage& message) const {
        const NlOutcome outcome = transact(socket.get(), message.get(), [](nl_msg*) {});
        if (outcome.error != 0) throw KernelRefusal(outcome.error, outcome.explanation);
    }

    /// One try at a dump; false if the kernel called it interrupted.
    [[nodiscard]] bool dump(const NlMessage& request, const MessageHandler& on_message) const {
        const NlOutcome outcome = transact(socket.get(), request.get(), on_message);
        if (outcome.error != 0) {
            throw Error({.subject = "rtnetlink",
                         .action = "read the state of the network",
                         .cause = KernelRefusal(outcome.error, outcome.explanation).what()});
        }
        return !outcome.interrupted;
    }

    [[nodiscard]] bool dump_links(HostState& host) const {
        return dump(dump_request<ifinfomsg>(RTM_GETLINK, AF_UNSPEC), add_links_to(host));
    }

    [[nodiscard]] bool dump_addresses(HostState& host) const {
        return dump(dump_request<ifaddrmsg>(RTM_GETADDR, AF_UNSPEC), add_addresses_to(host));
    }

    [[nodiscard]] bool dump_routes(HostState& host) const {
        return dump(dump_request<rtmsg>(RTM_GETROUTE, AF_UNSPEC), add_routes_to(host));
    }

    [[nodiscard]] bool dump_neighbours(HostState& host) const {
        return dump(dump_request<ndmsg>(RTM_GETNEIGH, AF_UNSPEC), add_neighbours_to(host));
    }

    enum class Depth { Addresses, Everything };

    [[nodiscard]] HostState read(Depth depth) const {
        constexpr int kTries = 20;  // under constant change about one dump in three is interrupted
        for (int i = 0; i < kTries; ++i) {
            HostState host;
            bool whole = dump_links(host) && dump_addresses(host);
            if (depth == Depth::Everything) whole = whole && dump_routes(host) && dump_neighbours(host);
            if (!whole) continue;
            name_bridges(host);
            return host;
        }
        throw Error({.subject = "rtnetlink",
                     .action = "read the state of the network",
                     .cause = "it changes faster than it can be read"});
    }
};

HostState host_state_of(std::span<std::uint8_t> datagram) {
    HostState host;
    NlOutcome outcome;
    const auto add = [&host](nl_msg* message) {
        switch (nlmsg_hdr(message)->nlmsg_type) {
            case RTM_NEWLINK: add_links_to(host)(message); break;
            case RTM_NEWADDR: add_addresses_to(host)(message); break;
            case RTM_NEWROUTE: add_routes_to(host)(message); break;
            case RTM_NEWNEIGH: add_neighbours_to(host)(message); break;
            default: break;
        }
    };
    (void)handle_answer(datagram, 0, outcome, add);
    name_bridges(host);
    return host;
}

Rtnl::Rtnl() : connection_(std::make_unique<Connection>()) {}
Rtnl::Rtnl(Rtnl&&) noexcept = default;
Rtnl& Rtnl::operator=(Rtnl&&) noexcept = default;
Rtnl::~Rtnl() = default;

HostState Rtnl::read_host() {
    return connection_->read(Connection::Depth::Everything);
}

HostState Rtnl::read_addresses() {
    return connection_->read(Connection::Depth::Addresses);
}

std::optional<LinkCounters> Rtnl::read_counters(std::uint32_t ifindex) {
    nl_msg* raw = nullptr;
    require(rtnl_link_build_get_request(static_cast<int>(ifindex), nullptr, &raw), "build a link request");
    const NlMessage request(raw);
    std::optional<LinkCounters> counters;
    const auto keep = as<rtnl_link>([&](nl_msg*, rtnl_link* link) {
        counters = LinkCounters{.tx_dropped = rtnl_link_get_stat(link, RTNL_LINK_TX_DROPPED)};
    });
    const NlOutcome outcome = transact(connection_->socket.get(), request.get(), keep);
    if (outcome.error != 0 && outcome.error != ENODEV) {
        throw Error({.subject = "rtnetlink",
                     .action = "read the counters of a device",
                     .cause = KernelRefusal(outcome.error, outcome.explanation).what()});
    }
    return counters;
}

void Rtnl::apply(const LinkState& link, const Change& change) {
    if (const auto* const set = std::get_if<SetField>(&change)) {
        if (set->field == DeviceField::AcceptRa) return write_accept_ra(link, std::get<bool>(set->value));
        if (set->field == DeviceField::AddrGenMode && link.is_up())
            return write_addr_gen_mode(link, std::get<AddrGenMode>(set->value));
    }
    connection_->change(std::visit(RequestBuilder{link.ifindex}, change));
}

void Rtnl::move_link(std::uint32_t ifindex, int netns) {
    const NlMessage message =
        link_request(ifindex, [&](rtnl_link* link) { rtnl_link_set_ns_fd(link, netns); });
    connection_->change(message);
}

void Rtnl::delete_link(std::uint32_t ifindex) {
    const auto link = checked(rtnl_link_alloc());
    rtnl_link_set_ifindex(link.get(), static_cast<int>(ifindex));
    nl_msg* message = nullptr;
    require(rtnl_link_build_delete_request(link.get(), &message), "build a link request");
    connection_->change(NlMessage(message));
}

}  // namespace tunlab
