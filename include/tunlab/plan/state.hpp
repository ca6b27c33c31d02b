#pragma once
// The state of the machine's devices as plain values: what the kernel room reads and the planner
// compares. Nothing here touches Linux.

#include "tunlab/base/address.hpp"
#include "tunlab/base/prefix.hpp"
#include "tunlab/base/source.hpp"
#include "tunlab/profile/device_settings.hpp"
#include "tunlab/profile/profile.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tunlab {

/// What a profile has no words for, on an address, a route or a neighbour that somebody made by hand.
struct Extras {
    std::string words{};                  ///< in ip(8)'s, each with a space before it: " label tun0:1"
    std::vector<std::uint8_t> message{};  ///< the kernel's own description, which makes it again; opaque

    [[nodiscard]] bool empty() const { return words.empty(); }
    /// The words say all that there is to say.
    friend auto operator<=>(const Extras& a, const Extras& b) { return a.words <=> b.words; }
    friend bool operator==(const Extras& a, const Extras& b) { return a.words == b.words; }
};

/// An address as it stands on a device.
struct AddressConfig {
    IpPrefix address{};               ///< the local address; the length is the peer's if there is one
    std::optional<IpAddress> peer{};  ///< the far end of a point-to-point address
    Scope scope = Scope::Global;      ///< IPv4; the kernel derives IPv6's from the address
    bool nodad = false;               ///< IPv6
    Extras extras{};                  ///< never of an address that a profile asks for
    friend auto operator<=>(const AddressConfig&, const AddressConfig&) = default;
};

/// A route through a device, in the form in which the kernel reads it back.
struct RouteConfig {
    IpPrefix destination{};
    std::optional<IpAddress> via{};
    std::optional<IpAddress> source{};
    std::uint32_t metric = 0;
    std::uint32_t table = 0;
    Scope scope = Scope::Global;  ///< IPv4; IPv6 has only one
    bool onlink = false;
    std::optional<std::uint32_t> mtu{};
    Extras extras{};  ///< never of a route that a profile asks for
    friend auto operator<=>(const RouteConfig&, const RouteConfig&) = default;
};

/// A permanent entry of the neighbour table.
struct NeighbourConfig {
    IpAddress destination;
    MacAddress lladdr;
    Extras extras{};  ///< never of a neighbour that a profile asks for
    friend auto operator<=>(const NeighbourConfig&, const NeighbourConfig&) = default;
};

/// Everything about a device that can be changed while it exists.
struct DeviceConfig {
    DeviceSettings settings;  ///< without AddrGenMode and AcceptRa where the device has no IPv6
    std::vector<Located<AddressConfig>> addresses;
    std::vector<IpPrefix>
        foreign_addresses;  ///< put there by the kernel or a daemon: link-local ones and the like
    std::vector<Located<RouteConfig>> routes;
    std::vector<Located<NeighbourConfig>> neighbours;
    /// Read from a device, to be restored exactly: also what no profile can ask for, the order of IPv6
    /// addresses and of routes that nothing else tells apart, and gateways that are no longer reachable.
    bool as_found = false;
};

/// What only a TUN or TAP device has.
struct TunFacts {
    Mode mode = Mode::Tun;
    std::optional<std::uint32_t> owner;  ///< uid
    std::optional<std::uint32_t> group;  ///< gid
    bool persistent = false;
    bool packet_information = false;
    bool vnet_header = false;
    bool multi_queue = false;
    std::uint32_t attached_queues = 0;  ///< how many descriptors hold it; a single-queue device tells 0
};

/// A default route through a link, whoever made it.
struct DefaultRoute {
    Family family = Family::V4;
    std::uint32_t metric = 0;
    std::uint32_t table = 0;
};

/// An address on a link, with what the kernel says of it.
struct LinkAddress {
    AddressConfig config{};
    bool managed = true;  ///< put there by somebody's hand, not by the kernel or a daemon
    std::optional<Ipv4Address> broadcast{};
    std::string scope{};  ///< "global", "site", "link", "host", or a number
    std::string label{};
    std::uint32_t flags = 0;               ///< IFA_F_*
    std::uint32_t valid_lifetime = 0;      ///< seconds; 2^32 - 1 is forever
    std::uint32_t preferred_lifetime = 0;  ///< likewise
};

/// A network device.
struct LinkState {
    std::uint32_t ifindex = 0;
    std::string name;
    std::vector<std::string> altnames;
    std::string kind;         ///< IFLA_INFO_KIND: "tun", "dummy"; empty for hardware
    DeviceSettings settings;  ///< all but Up, see is_up(); Mac of Ethernet-like devices only
    std::optional<TunFacts> tun;
    std::uint32_t flags = 0;  ///< IFF_*
    std::uint8_t operstate = 0;
    bool carrier = false;  ///< a program holds the device open; unlike IFF_RUNNING this never lags
    std::string qdisc;
    std::uint32_t group = 0;
    std::optional<MacAddress> broadcast;
    std::vector<LinkAddress> addresses;
    std::vector<RouteConfig> routes;  ///< by hand: unicast, protocol boot or static, through this link alone
    std::vector<DefaultRoute> default_routes;
    std::vector<NeighbourConfig> neighbours;  ///< by hand: permanent ones

    [[nodiscard]] bool is_up() const;
    /// Empty if it has none.
    [[nodiscard]] std::string alias() const;
    [[nodiscard]] std::uint32_t mtu() const;
    /// The bridge that it is a port of, if it is one.
    [[nodiscard]] std::optional<BridgeConfig> bridge() const;
};

/// All network devices of a namespace.
struct HostState {
    std::vector<LinkState> links;

    /// The link with that name or, as Linux would find it, that alternative name.
    [[nodiscard]] const LinkState* find(std::string_view name) const;
    [[nodiscard]] const LinkState* find(std::uint32_t ifindex) const;
};

/// The part of `link` that tunlab manages on a device of its own, its addresses in the order in which they
/// were added. The way back to it is a plan like any other.
[[nodiscard]] DeviceConfig config_of(const LinkState& link);

}  // namespace tunlab
