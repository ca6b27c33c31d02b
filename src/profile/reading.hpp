#pragma once
// What the files that read a profile share: the table of its fields with the function that reads each,
// and the reader that these functions fill.

#include "tunlab/base/source.hpp"
#include "tunlab/lab/host.hpp"
#include "tunlab/profile/document.hpp"
#include "tunlab/profile/fields.hpp"
#include "tunlab/profile/profile.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace tunlab {

/// 65535 less the Ethernet header: the maximum MTU of a TAP device.
constexpr std::uint32_t kMaxTapMtu = 65521;

/// With a TTL of 64, what comes from behind this many hops just arrives.
constexpr std::uint32_t kMaxHops = 63;

struct Field;

/// A value of the JSON text, and the field that it is for.
struct Value {
    const Node* node = nullptr;
    const Field* field = nullptr;  ///< of an element: the field of its array; null for the whole profile
    std::string_view name{};       ///< as messages call it: "mtu", "an address"
    std::string pointer{};

    /// Its first member `key`. Of a value that is short for an object: the value itself.
    /// Precondition: an object has the member.
    [[nodiscard]] Value part(std::string_view key) const;
};

/// A part of the profile, and the JSON it was read from, which knows the places.
template <typename T>
struct FromJson {
    T value{};
    Value json{};
};

/// A profile while it is read. A field that is missing or could not be read has its default.
struct Reader {
    Reader(std::string_view source, const std::string& file);

    std::string_view text;
    PositionIndex positions;
    Value json{};  ///< the whole profile

    Profile profile;                                    ///< without the lists, which are the following
    std::vector<FromJson<ProfileAddress>> addresses{};  ///< those with a local address
    std::vector<FromJson<ProfileRoute>> routes{};
    std::vector<FromJson<ProfileNeighbour>> neighbours{};
    std::vector<FromJson<HostRule>> hosts{};

    std::vector<Diagnostic> diagnostics{};
    std::unordered_set<const Node*> unreadable{};  ///< values of fields in which something is wrong
    std::vector<Value> tap_only{};                 ///< values that a TUN device can't have
    /// False once an address or a route could not be read: what is on-link is then unknown.
    bool subnets_known = true;

    void report(SourceRange range, std::string pointer, std::string message, std::string suggestion = "");
    void report(const Value& value, std::string message, std::string suggestion = "") {
        report(value.node->range, value.pointer, std::move(message), std::move(suggestion));
    }
    /// Whether `object` has the field `key`, and it could be read.
    [[nodiscard]] bool has(const Value& object, std::string_view key) const {
        const Node* const member = object.node->find(key);
        return member != nullptr && !unreadable.contains(member);
    }
    [[nodiscard]] SourceLocation locate(const Value& value) const {
        return {profile.file, positions.position(value.node->range.begin), value.pointer};
    }
    [[nodiscard]] std::size_t line_of(const Node& node) const {
        return positions.position(node.range.begin).line;
    }
    /// The bytes as they stand in the text.
    [[nodiscard]] std::string_view slice(const Node& node) const {
        return text.substr(node.range.begin, node.range.end - node.range.begin);
    }
};

/// The range of a number, both ends included.
struct Range {
    std::uint32_t min = 0;
    std::uint32_t max = 0;
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
    /// Puts the value into the reader (a route's into the last of its routes), or reports why not.
    void (*read)(Reader& reader, const Value& value) = nullptr;
    /// The value, or each element of an array, has one of these.
    std::array<Shape, 2> shapes{};
    Holds holds = Holds::One;
    Range items{0, std::numeric_limits<std::uint32_t>::max()};  ///< how many an array has
    std::optional<DeviceField> setting{};                       ///< what it is a setting of
    std::string_view not_on_tun{};               ///< why a TUN device can't have the field; empty if it can
    std::string_view example{};                  ///< for a required field that is missing
    std::array<std::string_view, 5> synonyms{};  ///< what other tools call it

    /// Precondition: its value may be a number.
    [[nodiscard]] Range range() const {
        return shapes[0].type == Shape::Type::Whole ? shapes[0].range : shapes[1].range;
    }
};

[[nodiscard]] std::span<const Field> field_table();

/// Reads the members of `value` by the fields of `object`; reports a value that is no object, unknown
/// keys and missing ones.
void read_object(Reader& reader, const Value& value, std::string_view object);

}  // namespace tunlab
