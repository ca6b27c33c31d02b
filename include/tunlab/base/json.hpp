#pragma once
// JSON to be written: values, and their text. Members keep the order in which they were added. Reading
// JSON is the business of profile/document.hpp.
//
//     JsonObject link{{"ifname", name}, {"mtu", 1500}};
//     if (mac) link.add("address", mac->to_string());
//     print(format_json(std::move(link)));

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace tunlab {

class Json;
struct JsonMember;

using JsonArray = std::vector<Json>;

class JsonObject {
public:
    JsonObject() = default;
    JsonObject(std::initializer_list<JsonMember> members);

    /// Precondition: no member has that key.
    void add(std::string_view key, Json value);

    /// Adds the members of `other`, all of other keys.
    void add(JsonObject other);

    [[nodiscard]] const std::vector<JsonMember>& members() const { return members_; }

private:
    std::vector<JsonMember> members_;
};

/// null, a boolean, a whole number, a string, an array or an object.
class Json {
public:
    using Value =
        std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, std::string, JsonArray, JsonObject>;

    Json() = default;
    Json(std::nullptr_t);
    Json(std::same_as<bool> auto boolean) : value_(boolean) {}  // a pointer is no boolean
    template <std::integral Number>
    requires(!std::same_as<Number, bool>) Json(Number number)
        : value_(static_cast<std::conditional_t<std::is_signed_v<Number>, std::int64_t, std::uint64_t>>(
              number)) {}
    Json(const char* text);
    Json(std::string_view text);
    Json(std::string text);
    Json(JsonArray elements);
    Json(JsonObject object);

    [[nodiscard]] const Value& value() const { return value_; }

private:
    Value value_;
};

struct JsonMember {
    std::string key;
    Json value;
};

/// The text of `json`, a member or element a line, indented by two spaces a level; it ends with a newline.
/// Strings may hold any bytes: what is not UTF-8 becomes U+FFFD.
[[nodiscard]] std::string format_json(const Json& json);

}  // namespace tunlab
