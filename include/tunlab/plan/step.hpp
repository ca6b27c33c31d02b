#pragma once
// One change to one device: small enough to be one rtnetlink message, one line of a plan and one
// ip(8) command.

#include "tunlab/base/source.hpp"
#include "tunlab/plan/state.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace tunlab {

struct SetAlias {
    std::string alias;
};
struct SetMac {
    MacAddress mac;
};
struct SetMtu {
    std::uint32_t mtu = 0;
};
struct SetTxqueuelen {
    std::uint32_t packets = 0;
};
struct SetAddrGenMode {
    AddrGenMode mode = AddrGenMode::None;
};
struct SetAcceptRa {
    bool accept = false;
};
/// An absent bridge: the device leaves the one that it is a port of.
struct SetBridge {
    std::optional<BridgeConfig> bridge;
};
enum class LinkChange { Up, Down };
struct AddAddress {
    AddressConfig address;
};
struct RemoveAddress {
    AddressConfig address;
};
/// Whether there is a route to the same destination with the same metric already, which Linux asks first.
enum class RoutePlace { Alone, Behind };
struct AddRoute {
    RouteConfig route;
    RoutePlace place = RoutePlace::Alone;
};
struct RemoveRoute {
    RouteConfig route;
};
struct AddNeighbour {
    NeighbourConfig neighbour;
};
struct RemoveNeighbour {
    NeighbourConfig neighbour;
};

using Change =
    std::variant<SetAlias, SetMac, SetMtu, SetTxqueuelen, SetAddrGenMode, SetAcceptRa, SetBridge, LinkChange,
                 AddAddress, RemoveAddress, AddRoute, RemoveRoute, AddNeighbour, RemoveNeighbour>;

struct Step {
    Change change;
    std::string was;                      ///< the value before, where one value replaces another
    std::optional<SourceLocation> where;  ///< the place in the profile that asks for it
};

enum class Operation { Add, Replace, Remove };
/// "add", "change", "remove"
[[nodiscard]] std::string_view word_of(Operation operation);
[[nodiscard]] Operation operation_of(const Change& change);

/// "address", "route", "mtu", ...: one word.
[[nodiscard]] std::string kind_of(const Change& change);
/// "192.168.0.1/24", "10.9.0.0/16 via 192.168.0.254", "1400": in the words that one types to ip(8).
[[nodiscard]] std::string value_of(const Change& change);

/// "+ address  192.168.0.1/24", "~ mtu      1400 (was 1500)"
[[nodiscard]] std::string describe(const Step& step);

/// Whether a person wants to see the step among `others`: a new mark only goes with the changes that
/// made it necessary.
[[nodiscard]] bool worth_showing(const Step& step, std::span<const Step> others);

/// The ip(8) command that does the same to device `name`, quoted for a POSIX shell.
[[nodiscard]] std::string ip_command(const Change& change, const std::string& name);

}  // namespace tunlab
