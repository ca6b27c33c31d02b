#include "tunlab/profile/schema.hpp"

#include "tunlab/base/json.hpp"

#include <string_view>
#include <utility>

#include "reading.hpp"
#include <fmt/format.h>

namespace tunlab {

namespace {

// Patterns in the common part of ECMA 262 and what validators use instead. An IPv6 address is told
// from other text, no more; the parser says what is wrong with it.
constexpr std::string_view kIpv4 =
    "((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\\.){3}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
constexpr std::string_view kIpv6 = "[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]*";
constexpr std::string_view kIpv4Length = "0*(3[0-2]|[12]?[0-9])";
constexpr std::string_view kIpv6Length = "0*(12[0-8]|1[01][0-9]|[1-9]?[0-9])";
constexpr std::string_view kDecimal = "[0-9]+(\\.[0-9]+)?";
constexpr std::string_view kUnicastMac = "(?!00:00:00:00:00:00)[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}";

std::string pattern_of(Shape::Type type) {
    switch (type) {
        case Shape::Type::None:
        case Shape::Type::Text:
        case Shape::Type::Word:
        case Shape::Type::Whole:
        case Shape::Type::Boolean:
        case Shape::Type::Object: return "";
        case Shape::Type::DeviceName:
            return "^(?!(\\.|\\.\\.|all|default|lo)$)[A-Za-z0-9_.][A-Za-z0-9_.-]{0,14}$";
        case Shape::Type::Namespace:
            return "^((?!\\.{1,2}$)[A-Za-z0-9_.-]{1,255}|/[^\\u0000-\\u001f\\u007f]*)$";
        case Shape::Type::Account: return "^[^\\u0000-\\u001f\\u007f:]+$";
        case Shape::Type::DeviceMac: return fmt::format("^(?!02:0[01]){}$", kUnicastMac);
        case Shape::Type::UnicastMac: return fmt::format("^{}$", kUnicastMac);
        case Shape::Type::Ip: return fmt::format("^({}|{})$", kIpv4, kIpv6);
        case Shape::Type::Prefix:
            return fmt::format("^({}/{}|{}/{})$", kIpv4, kIpv4Length, kIpv6, kIpv6Length);
        case Shape::Type::IpOrPrefix:
            return fmt::format("^({}(/{})?|{}(/{})?)$", kIpv4, kIpv4Length, kIpv6, kIpv6Length);
        case Shape::Type::IpOrStar: return fmt::format("^({}|{}|\\*)$", kIpv4, kIpv6);
        case Shape::Type::Duration: return fmt::format("^{}(us|ms|s)$", kDecimal);
        case Shape::Type::Percentage: return "^0*(100(\\.0+)?|[0-9]{1,2}(\\.[0-9]{1,4}0*)?)%$";
        case Shape::Type::Rate: return "^0*(1000000|[1-9][0-9]{0,5})/s$";
    }
    return "";
}

JsonObject schema_of_object(std::string_view object);

JsonObject schema_of(const Shape& shape) {
    switch (shape.type) {
        case Shape::Type::Word: {
            const auto words = shape.words();
            return {{"enum", JsonArray(words.begin(), words.end())}};
        }
        case Shape::Type::Whole:
            if (shape.range.min == shape.range.max) return {{"const", shape.range.min}};
            return {{"type", "integer"}, {"minimum", shape.range.min}, {"maximum", shape.range.max}};
        case Shape::Type::Boolean: return {{"type", "boolean"}};
        case Shape::Type::Object: return schema_of_object(shape.object);
        case Shape::Type::None:
        case Shape::Type::Text:
        case Shape::Type::DeviceName:
        case Shape::Type::Namespace:
        case Shape::Type::Account:
        case Shape::Type::DeviceMac:
        case Shape::Type::UnicastMac:
        case Shape::Type::Ip:
        case Shape::Type::Prefix:
        case Shape::Type::IpOrPrefix:
        case Shape::Type::IpOrStar:
        case Shape::Type::Duration:
        case Shape::Type::Percentage:
        case Shape::Type::Rate: break;
    }
    JsonObject schema{{"type", "string"}};
    if (std::string pattern = pattern_of(shape.type); !pattern.empty())
        schema.add("pattern", std::move(pattern));
    return schema;
}

JsonObject schema_of_value(const Field& field) {
    const auto& [first, second] = field.shapes;
    if (second.type == Shape::Type::None) return schema_of(first);
    return {{"anyOf", JsonArray{schema_of(first), schema_of(second)}}};
}

/// What editors show: the meaning, then what the manual says of values.
std::string describe(const FieldFacts& facts) {
    std::string values(facts.type);
    if (facts.fallback == "required") {
        values += "; required";
    } else if (!facts.fallback.empty()) {
        values += fmt::format("; default: {}", facts.fallback);
    }
    return fmt::format("{} ({})", facts.meaning, values);
}

JsonObject schema_of_field(const Field& field) {
    JsonObject schema{{"title", field.facts.name}, {"description", describe(field.facts)}};
    JsonObject value = schema_of_value(field);
    if (field.holds == Field::Holds::Array) {
        value = {{"type", "array"}, {"items", std::move(value)}};
        constexpr Range kAny = Field{}.items;
        if (field.items.min != kAny.min) value.add("minItems", field.items.min);
        if (field.items.max != kAny.max) value.add("maxItems", field.items.max);
    }
    schema.add(std::move(value));
    return schema;
}

JsonObject schema_of_object(std::string_view object) {
    JsonObject properties;
    JsonArray required;
    for (const Field& field : field_table()) {
        if (field.facts.object != object) continue;
        properties.add(field.facts.name, schema_of_field(field));
        if (field.facts.fallback == "required") required.emplace_back(field.facts.name);
    }
    JsonObject schema{{"type", "object"}, {"additionalProperties", false}};
    if (!required.empty()) schema.add("required", std::move(required));
    schema.add("properties", std::move(properties));
    return schema;
}

/// `then` holds for the properties of profiles of that mode.
JsonObject schema_for_mode(Mode mode, JsonObject then) {
    const JsonObject is_mode{{"mode", JsonObject{{"const", word_of(mode)}}}};
    return {{"if", JsonObject{{"properties", is_mode}, {"required", JsonArray{"mode"}}}},
            {"then", JsonObject{{"properties", std::move(then)}}}};
}

JsonObject schema_for_tun() {
    JsonObject properties;
    JsonObject of_hosts;
    for (const Field& field : field_table()) {
        if (field.not_on_tun.empty()) continue;
        (field.facts.object.empty() ? properties : of_hosts).add(field.facts.name, false);
    }
    properties.add("hosts", JsonObject{{"items", JsonObject{{"properties", std::move(of_hosts)}}}});
    const JsonObject not_eui64{{"not", JsonObject{{"const", word_of(AddrGenMode::Eui64)}}}};
    properties.add("ipv6", JsonObject{{"properties", JsonObject{{"addr_gen_mode", not_eui64}}}});
    return properties;
}

}  // namespace

std::string profile_schema() {
    JsonObject schema{{"$schema", "http://json-schema.org/draft-07/schema#"},
                      {"title", "Profile of tunlab"},
                      {"description", "A TUN or TAP device, as 'tunlab up' makes it: see tunlab.json(5)."}};
    schema.add(schema_of_object(""));
    schema.add("dependencies", JsonObject{{"bridge", JsonArray{"hosts"}}});
    schema.add("allOf",
               JsonArray{schema_for_mode(Mode::Tun, schema_for_tun()),
                         schema_for_mode(Mode::Tap, {{"mtu", JsonObject{{"maximum", kMaxTapMtu}}}})});
    return format_json(schema);
}

}  // namespace tunlab
