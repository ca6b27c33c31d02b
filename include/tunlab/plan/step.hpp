#pragma once
// One change to one device: small enough to be one rtnetlink message, one line of a plan and one
// ip(8) command.

#include "tunlab/base/source.hpp"
#include "tunlab/plan/state.hpp"
#include "tunlab/profile/device_settings.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace tunlab {

/// One value in place of another.
struct SetField {
    DeviceField field = DeviceField::Alias;
    FieldValue value;
};
/// Where a route goes among those with the same destination, table and metric. Linux uses the first.
enum class RoutePlace { Only, Last };
/// T is AddressConfig, RouteConfig or NeighbourConfig.
template <typename T>
struct Add {
    T item;
    RoutePlace place = RoutePlace::Only;  ///< of a route
};
template <typename T>
struct Remove {
    T item;
};

using Change = std::variant<SetField, Add<AddressConfig>, Remove<AddressConfig>, Add<RouteConfig>,
                            Remove<RouteConfig>, Add<NeighbourConfig>, Remove<NeighbourConfig>>;

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
[[nodiscard]] std::string_view kind_of(const Change& change);
/// "1400", "on", "06:01:02:03:04:05", "none": a field's value, unescaped.
[[nodiscard]] std::string describe(DeviceField field, const FieldValue& value);
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
