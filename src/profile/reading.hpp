#pragma once
// What fields.cpp and parse.cpp share: the table of fields with the function that reads each, and
// the draft that these functions fill. A draft remembers bytes where a Profile has positions, because
// the checks between fields still have to point at them.

#include "tunlab/base/address.hpp"
#include "tunlab/base/interface_name.hpp"
#include "tunlab/base/prefix.hpp"
#include "tunlab/profile/document.hpp"
#include "tunlab/profile/fields.hpp"
#include "tunlab/profile/profile.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tunlab {

template <typename T>
struct Placed {
    T value;
    Extent extent;
    std::string pointer;
};

struct DraftRoute {
    Extent extent;
    std::string pointer;
    std::optional<Placed<IpPrefix>> destination;
    std::optional<Placed<IpAddress>> via;
    std::optional<Placed<IpAddress>> source;
    std::optional<Placed<std::uint32_t>> metric;
    std::optional<Placed<std::uint32_t>> table;
    std::optional<Placed<bool>> onlink;
    std::optional<Placed<std::uint32_t>> mtu;
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
    std::vector<Placed<IpPrefix>> addresses;
    std::vector<DraftRoute> routes;

    std::vector<Finding> findings;
    /// False once an address or destination could not be read: then nobody can say what is on-link.
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

struct Field {
    FieldFacts facts;
    /// Puts the value into the draft (a route's into the last of its routes), or reports why not.
    void (*read)(Draft& draft, const Value& value) = nullptr;
};

[[nodiscard]] std::span<const Field> field_table();

/// Reads the members of `value` by the fields of `object`; reports a value that is no object, unknown
/// keys and missing ones.
void read_object(Draft& draft, const Value& value, std::string_view object);

/// Reports that `value` is not of the type that its field wants: "an array".
void report_wrong_type(Draft& draft, const Value& value, std::string_view expected,
                       std::string suggestion = "");

/// Why no single host can have `address`, as "a multicast address"; empty if one can.
[[nodiscard]] std::string_view unusable_kind(const IpAddress& address);

}  // namespace tunlab
