#pragma once
// What the files that read a profile share: the table of fields with the function that reads each,
// and the draft that these functions fill. A draft remembers bytes where a Profile has positions,
// because the checks between fields still have to point at them.

#include "tunlab/base/address.hpp"
#include "tunlab/base/interface_name.hpp"
#include "tunlab/base/prefix.hpp"
#include "tunlab/lab/host.hpp"
#include "tunlab/profile/document.hpp"
#include "tunlab/profile/fields.hpp"
#include "tunlab/profile/profile.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tunlab {

/// 65535 less the Ethernet header: the MTU that a TAP device can have at most.
constexpr std::uint32_t kMostTapMtu = 65521;

template <typename T>
struct Placed {
    T value;
    Extent extent;
    std::string pointer;
};

struct DraftAddress {
    Extent extent;
    std::string pointer;
    std::optional<Placed<IpPrefix>> local;
    std::optional<Placed<IpAddress>> peer;
    std::optional<Placed<Scope>> scope;
    std::optional<Placed<bool>> nodad;
};

struct DraftRoute {
    Extent extent;
    std::string pointer;
    std::optional<Placed<IpPrefix>> destination;
    std::optional<Placed<IpAddress>> via;
    std::optional<Placed<IpAddress>> source;
    std::optional<Placed<std::uint32_t>> metric;
    std::optional<Placed<std::uint32_t>> table;
    std::optional<Placed<Scope>> scope;
    std::optional<Placed<bool>> onlink;
    std::optional<Placed<std::uint32_t>> mtu;
};

struct DraftNeighbour {
    Extent extent;
    std::string pointer;
    std::optional<Placed<IpAddress>> destination;
    std::optional<Placed<MacAddress>> lladdr;
};

struct DraftHop {
    Extent extent;
    std::string pointer;
    std::optional<Placed<std::optional<IpAddress>>> hop;  ///< no address: "*"
    std::optional<Placed<std::chrono::nanoseconds>> delay;
    std::optional<Placed<std::uint32_t>> mtu;
    std::optional<Placed<bool>> blackhole;
};

struct DraftHost {
    Extent extent;
    std::string pointer;
    std::optional<Placed<IpPrefix>> match;
    std::optional<Placed<Answer>> answer;
    std::optional<Placed<MacAddress>> mac;
    std::optional<Placed<std::uint32_t>> ttl;
    std::optional<Placed<std::chrono::nanoseconds>> delay;
    bool delay_known = true;  ///< false where one stands that could not be read
    std::optional<Placed<std::chrono::nanoseconds>> jitter;
    std::optional<Placed<Percentage>> loss;
    std::optional<Placed<Percentage>> duplicate;
    std::optional<Placed<Percentage>> corrupt;
    std::optional<Placed<Percentage>> reorder;
    std::optional<Placed<std::uint32_t>> rate;
    std::vector<DraftHop> path;
};

struct DraftIpv6 {
    Extent extent;
    std::string pointer;
    std::optional<Placed<AddrGenMode>> addr_gen_mode;
    std::optional<Placed<bool>> accept_ra;
};

/// A field that stands in the profile and that a TUN device can't have.
struct TapOnly {
    std::string_view name;
    std::string_view why;
    Extent extent;
    std::string pointer;
};

/// A profile while it is read: what is there, as far as it makes sense by itself.
struct Draft {
    std::string_view text;
    PositionIndex positions;

    std::string description;
    std::optional<Placed<InterfaceName>> name;
    std::optional<Placed<Mode>> mode;
    std::optional<Placed<std::uint32_t>> mtu;
    std::optional<Placed<MacAddress>> mac;
    std::optional<Placed<std::uint32_t>> txqueuelen;
    std::optional<Placed<AccountName>> owner;
    std::optional<Placed<AccountName>> group;
    std::optional<Placed<std::uint32_t>> queues;
    std::optional<Placed<std::string>> netns;
    std::optional<Placed<std::string>> bridge;
    std::optional<DraftIpv6> ipv6;
    std::vector<DraftAddress> addresses;  ///< those with a local address
    std::vector<DraftRoute> routes;
    std::vector<DraftNeighbour> neighbours;
    std::optional<Placed<std::uint32_t>> seed;
    std::optional<Placed<std::vector<DraftHost>>> hosts;
    std::vector<TapOnly> tap_only;

    std::vector<Finding> findings;
    /// False once an address or a route could not be read: then nobody can say what is on-link.
    bool subnets_known = true;

    explicit Draft(std::string_view source) : text(source), positions(source) {}

    void report(Extent extent, const std::string& pointer, std::string message, std::string suggestion = "") {
        findings.push_back({extent, pointer, std::move(message), std::move(suggestion)});
    }
    [[nodiscard]] std::size_t line_of(Extent extent) const { return positions.position(extent.begin).line; }
    /// The bytes as they stand in the text.
    [[nodiscard]] std::string_view slice(Extent extent) const {
        return text.substr(extent.begin, extent.end - extent.begin);
    }
};

/// A value for a field's reader.
struct Value {
    const Node& node;
    std::string_view name;  ///< as messages call it: "mtu", "an address"
    std::string pointer;
};

/// What a number may be, both ends included.
struct Range {
    std::uint32_t least = 0;
    std::uint32_t most = 0;
};

/// What a field's value may be, as far as a JSON Schema can say it.
struct Shape {
    enum class Type {
        None,
        Text,   ///< any string
        Word,   ///< one of `words`
        Whole,  ///< a number of `range`
        Boolean,
        Object,  ///< of the fields that the table lists for `object`
        DeviceName,
        Namespace,  ///< name or path
        Account,    ///< name, or id in quotes
        DeviceMac,  ///< unicast, and no simulated host's
        UnicastMac,
        Ip,
        Prefix,      ///< "IP/len"
        IpOrPrefix,  ///< one host or several
        IpOrStar,    ///< a hop
        Duration,
        Percentage,
        Rate,
    };
    Type type = Type::None;
    Range range{};
    std::vector<std::string> (*words)() = nullptr;
    std::string_view object{};
};

struct Field {
    enum class Holds { One, Array };

    FieldFacts facts;
    /// Puts the value into the draft (a route's into the last of its routes), or reports why not.
    void (*read)(Draft& draft, const Value& value) = nullptr;
    /// The value, or each element of an array, has one of these.
    std::array<Shape, 2> shapes{};
    Holds holds = Holds::One;
    Range items{0, std::numeric_limits<std::uint32_t>::max()};  ///< how many an array has
    std::string_view not_on_tun{};  ///< why a TUN device can't have the field; empty if it can
};

[[nodiscard]] std::span<const Field> field_table();

/// Reads the members of `value` by the fields of `object`; reports a value that is no object, unknown
/// keys and missing ones.
void read_object(Draft& draft, const Value& value, std::string_view object);

/// What the profile asks for. Preconditions: there is a local address; there is a destination.
[[nodiscard]] ProfileAddress make_address(const DraftAddress& draft);
[[nodiscard]] ProfileRoute make_route(const DraftRoute& draft);
/// Likewise; precondition: there is a match.
[[nodiscard]] HostRule make_host(const DraftHost& draft);

template <typename T>
[[nodiscard]] std::optional<T> value_of(const std::optional<Placed<T>>& placed) {
    if (!placed) return std::nullopt;
    return placed->value;
}

}  // namespace tunlab
