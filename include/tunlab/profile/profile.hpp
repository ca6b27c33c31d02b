#pragma once
// A profile: the device that a user wants, as values that have passed every check which needs no
// look at the machine. Each part remembers where it stands in the file, so that what the kernel
// says of it later can name the place.

#include "tunlab/base/address.hpp"
#include "tunlab/base/interface_name.hpp"
#include "tunlab/base/prefix.hpp"
#include "tunlab/base/source.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tunlab {

/// TUN carries IP packets, TAP Ethernet frames.
enum class Mode { Tun, Tap };
/// "tun" or "tap"
[[nodiscard]] std::string_view word_of(Mode mode);

/// A user or group as the profile names it: by name, or by numeric id.
using AccountName = std::variant<std::string, std::uint32_t>;

/// A value with its place in the profile.
template <typename T>
struct Located {
    T value;
    SourceLocation where;
};

/// The main routing table: RT_TABLE_MAIN of rtnetlink(7).
constexpr std::uint32_t kMainTable = 254;
/// What the kernel makes of IPv6 metric 0 (IP6_RT_PRIO_USER).
constexpr std::uint32_t kDefaultIpv6Metric = 1024;

struct ProfileRoute {
    IpPrefix destination;  ///< no host bits
    std::optional<IpAddress> via;
    std::optional<IpAddress> source;  ///< "src"
    std::optional<std::uint32_t> metric;
    std::optional<std::uint32_t> table;
    bool onlink = false;
    std::optional<std::uint32_t> mtu;  ///< bytes

    /// The metric that the kernel reads back: 0 if none is given, and 1024 for 0 where IPv6 is.
    [[nodiscard]] std::uint32_t effective_metric() const;
    /// The table that the route goes into: main (254) if none is given.
    [[nodiscard]] std::uint32_t effective_table() const;
};

struct Profile {
    /// What the kernel gives a TUN or TAP device (ETH_DATA_LEN): the MTU of a profile that names none.
    static constexpr std::uint32_t kDefaultMtu = 1500;

    std::string file;  ///< as the user named it; "built-in tun0" for a built-in one
    std::string description;
    Located<InterfaceName> name;
    Mode mode = Mode::Tun;
    std::optional<Located<std::uint32_t>> mtu;  ///< bytes
    std::optional<Located<MacAddress>> mac;
    std::optional<Located<std::uint32_t>> txqueuelen;  ///< packets
    std::optional<Located<AccountName>> owner;
    std::optional<Located<AccountName>> group;
    std::vector<Located<IpPrefix>> addresses;
    std::vector<Located<ProfileRoute>> routes;
};

/// The digest of the part that makes the device: equal for profiles that ask for the same device,
/// whatever their comments, order of keys and description.
[[nodiscard]] std::uint64_t device_digest(const Profile& profile);

}  // namespace tunlab
