#include "tunlab/profile/schema.hpp"

#include <string_view>

#include "reading.hpp"
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tunlab {

namespace {

using Json = nlohmann::ordered_json;

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

Json schema_of_object(std::string_view object);

Json schema_of(const Shape& shape) {
    switch (shape.type) {
        case Shape::Type::Word: return {{"enum", shape.words()}};
        case Shape::Type::Whole:
            if (shape.range.least == shape.range.most) return {{"const", shape.range.least}};
            return {{"type", "integer"}, {"minimum", shape.range.least}, {"maximum", shape.range.most}};
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
    Json schema{{"type", "string"}};
    if (std::string pattern = pattern_of(shape.type); !pattern.empty())
        schema["pattern"] = std::move(pattern);
    return schema;
}

Json schema_of_value(const Field& field) {
    const auto& [first, second] = field.shapes;
    if (second.type == Shape::Type::None) return schema_of(first);
    return {{"anyOf", Json::array({schema_of(first), schema_of(second)})}};
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

Json schema_of_field(const Field& field) {
    Json schema{{"title", field.facts.name}, {"description", describe(field.facts)}};
    Json value = schema_of_value(field);
    if (field.holds == Field::Holds::Array) {
        value = {{"type", "array"}, {"items", std::move(value)}};
        constexpr Range kAny = Field{}.items;
        if (field.items.least != kAny.least) value["minItems"] = field.items.least;
        if (field.items.most != kAny.most) value["maxItems"] = field.items.most;
    }
    schema.update(value);
    return schema;
}

Json schema_of_object(std::string_view object) {
    Json properties = Json::object();
    Json required = Json::array();
    for (const Field& field : field_table()) {
        if (field.facts.object != object) continue;
        properties[std::string(field.facts.name)] = schema_of_field(field);
        if (field.facts.fallback == "required") required.push_back(field.facts.name);
    }
    Json schema{{"type", "object"}, {"additionalProperties", false}};
    if (!required.empty()) schema["required"] = std::move(required);
    schema["properties"] = std::move(properties);
    return schema;
}

/// `then` holds for the properties of profiles of that mode.
Json schema_for_mode(Mode mode, Json then) {
    return {{"if", {{"properties", {{"mode", {{"const", word_of(mode)}}}}}, {"required", {"mode"}}}},
            {"then", {{"properties", std::move(then)}}}};
}

Json schema_for_tun() {
    Json properties = Json::object();
    Json of_hosts = Json::object();
    for (const Field& field : field_table()) {
        if (field.not_on_tun.empty()) continue;
        (field.facts.object.empty() ? properties : of_hosts)[std::string(field.facts.name)] = false;
    }
    properties["hosts"] = {{"items", {{"properties", std::move(of_hosts)}}}};
    properties["ipv6"] = {
        {"properties", {{"addr_gen_mode", {{"not", {{"const", word_of(AddrGenMode::Eui64)}}}}}}}};
    return properties;
}

}  // namespace

std::string profile_schema() {
    Json schema{{"$schema", "http://json-schema.org/draft-07/schema#"},
                {"title", "Profile of tunlab"},
                {"description", "A TUN or TAP device, as 'tunlab up' makes it: see tunlab.json(5)."}};
    schema.update(schema_of_object(""));
    schema["dependencies"] = {{"bridge", {"hosts"}}};
    schema["allOf"] = {schema_for_mode(Mode::Tun, schema_for_tun()),
                       schema_for_mode(Mode::Tap, {{"mtu", {{"maximum", kMostTapMtu}}}})};
    return schema.dump(2) + '\n';
}

}  // namespace tunlab
