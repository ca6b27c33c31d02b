#pragma once
// The settings of a device that have one value each and can be changed while it exists. Profile, plan and
// kernel key their tables by DeviceField: a field that lacks a row in one of them does not compile.

#include "tunlab/base/address.hpp"
#include "tunlab/base/source.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace tunlab {

/// In the order in which they are set. AddrGenMode and AcceptRa come before Mtu: an MTU below 1280 takes
/// IPv6, and both of them, from the device.
enum class DeviceField : std::uint8_t { Alias, Mac, AddrGenMode, AcceptRa, Mtu, Txqueuelen, Bridge, Up };
constexpr std::size_t kDeviceFieldCount = static_cast<std::size_t>(DeviceField::Up) + 1;

/// All fields, in their order.
constexpr auto kDeviceFields = [] {
    std::array<DeviceField, kDeviceFieldCount> fields{};
    for (std::size_t i = 0; i < kDeviceFieldCount; ++i) {
        fields[i] = static_cast<DeviceField>(i);
    }
    return fields;
}();

/// Whether `table` has one row for each field, in their order.
template <typename Row, std::size_t size>
constexpr bool has_row_for_each_field(const std::array<Row, size>& table) {
    if (size != kDeviceFieldCount) return false;
    for (std::size_t i = 0; i < size; ++i) {
        if (table[i].field != kDeviceFields[i]) return false;
    }
    return true;
}

/// What the kernel calls IN6_ADDR_GEN_MODE_*: how a device gets its IPv6 link-local address.
enum class AddrGenMode { Eui64, None, StablePrivacy, Random };
/// iproute2's word: "eui64", "none", "stable_secret", "random".
[[nodiscard]] std::string_view word_of(AddrGenMode mode);

/// A bridge that a device is a port of; the default value: of none.
struct BridgeConfig {
    std::uint32_t ifindex = 0;
    std::string name;
    friend bool operator==(const BridgeConfig&, const BridgeConfig&) = default;
};

/// std::uint32_t: Mtu (bytes), Txqueuelen (packets). bool: AcceptRa, Up. std::string: Alias.
using FieldValue = std::variant<std::uint32_t, bool, std::string, MacAddress, AddrGenMode, BridgeConfig>;

/// Values of fields, each with the place that asks for it.
class DeviceSettings {
public:
    /// Null if the field has no value.
    [[nodiscard]] const Located<FieldValue>* find(DeviceField field) const {
        const auto& value = values_[index(field)];
        return value ? &*value : nullptr;
    }
    /// Precondition: if there is a value, it is a T.
    template <typename T>
    [[nodiscard]] std::optional<T> get(DeviceField field) const {
        const auto* const found = find(field);
        return found == nullptr ? std::nullopt : std::optional(std::get<T>(found->value));
    }
    void set(DeviceField field, FieldValue value, std::optional<SourceLocation> where = std::nullopt) {
        values_[index(field)] = {std::move(value), std::move(where)};
    }
    void clear(DeviceField field) { values_[index(field)].reset(); }

private:
    static constexpr std::size_t index(DeviceField field) { return static_cast<std::size_t>(field); }
    std::array<std::optional<Located<FieldValue>>, kDeviceFieldCount> values_;
};

}  // namespace tunlab
