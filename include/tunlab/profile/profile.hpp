#pragma once
// A profile: the device that a user wants, as values that have passed every check which needs no
// look at the machine. Each part remembers where it stands in the file, so that what the kernel
// says of it later can name the place.

#include "tunlab/base/address.hpp"
#include "tunlab/base/interface_name.hpp"
#include "tunlab/base/prefix.hpp"
#include "tunlab/base/source.hpp"
#include "tunlab/lab/host.hpp"
#include "tunlab/profile/device_settings.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tunlab {

/// TUN carries IP packets, TAP Ethernet frames.
enum class Mode { Tun, Tap };
/// "tun" or "tap"
[[nodiscard]] std::string_view word_of(Mode mode);

/// A user or group as the profile names it: by name, or by numeric id.
using AccountName = std::variant<std::string, std::uint32_t>;

/// The main routing table: RT_TABLE_MAIN of rtnetlink(7).
constexpr std::uint32_t kMainTable = 254;
/// What the kernel makes of IPv6 metric 0 (IP6_RT_PRIO_USER).
constexpr std::uint32_t kDefaultIpv6Metric = 1024;
/// The metric of the routes that the kernel makes itself for IPv6 addresses (IP6_RT_PRIO_ADDRCONF).
constexpr std::uint32_t kOwnIpv6RouteMetric = 256;

/// How far an address or a route reaches (rtnetlink's RT_SCOPE_*), in iproute2's words.
enum class Scope { Global, Site, Link, Host };
/// "global", "site", "link", "host"
[[nodiscard]] std::string_view word_of(Scope scope);

struct ProfileAddress {
    IpPrefix local;                 ///< with an IPv4 peer, the length is the peer's
    std::optional<IpAddress> peer;  ///< the far end of a point-to-point address, of the same family
    std::optional<Scope> scope;     ///< IPv4 only
    bool nodad = true;              ///< IPv6: no duplicate address detection

    /// What the kernel takes for reachable on the device because of this address: its subnet; that of
    /// the peer, where there is one; for an IPv6 peer both, the peer's with length 128
    /// (addrconf_prefix_route in net/ipv6/addrconf.c, fib_add_ifaddr in net/ipv4/fib_frontend.c).
    [[nodiscard]] std::vector<IpPrefix> subnets() const;
    /// global if none is given.
    [[nodiscard]] Scope effective_scope() const;
};

struct ProfileNeighbour {
    IpAddress destination;
    MacAddress lladdr;
};

struct ProfileRoute {
    IpPrefix destination;  ///< no host bits
    std::optional<IpAddress> via;
    std::optional<IpAddress> source;  ///< "src"
    std::optional<std::uint32_t> metric;
    std::optional<std::uint32_t> table;
    std::optional<Scope> scope;  ///< IPv4 only
    bool onlink = false;
    std::optional<std::uint32_t> mtu;  ///< bytes

    /// The metric that the kernel reads back: 0 if none is given, and 1024 for 0 where IPv6 is.
    [[nodiscard]] std::uint32_t effective_metric() const;
    /// The table that the route goes into: main (254) if none is given.
    [[nodiscard]] std::uint32_t effective_table() const;
    /// The scope that the route has if none is given: global through a gateway and with IPv6, else link.
    [[nodiscard]] Scope effective_scope() const;
};

struct Profile {
    /// The MTU of a profile that gives none: what the kernel gives a new device (ETH_DATA_LEN).
    static constexpr std::uint32_t kDefaultMtu = 1500;

    std::string
        file;  ///< as the user named it; "built-in tun0" for a built-in one, "stdin" for standard input
    std::string path{};  ///< absolute; empty if the profile is no file
    std::string description{};
    Located<InterfaceName> name;
    Mode mode = Mode::Tun;
    DeviceSettings settings{};  ///< what the profile says of mac, mtu, txqueuelen and ipv6
    std::optional<Located<AccountName>> owner{};
    std::optional<Located<AccountName>> group{};
    std::uint32_t queues = 1;                      ///< more than 1: a multi-queue device
    std::optional<Located<std::string>> netns{};   ///< name or path
    std::optional<Located<std::string>> bridge{};  ///< the name of an existing bridge; TAP only
    std::vector<Located<ProfileAddress>> addresses{};
    std::vector<Located<ProfileRoute>> routes{};
    std::vector<Located<ProfileNeighbour>> neighbours{};
    // How the network behind the device behaves: no part of the device.
    std::optional<std::uint32_t> seed{};
    std::optional<std::vector<HostRule>> hosts{};  ///< in the profile's order; absent: every address answers
};

/// The digest of the part that makes the device: equal for profiles that ask for the same device,
/// whatever their comments, order of keys, description, seed and hosts.
[[nodiscard]] std::uint64_t device_digest(const Profile& profile);

}  // namespace tunlab
