// gcc 12 with sanitizers takes std::regex's own std::function for uninitialized (gcc bug 105562).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

#include "tunlab/profile/schema.hpp"

#include "tunlab/profile/builtin.hpp"
#include "tunlab/profile/fields.hpp"

#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "profile/profile_samples.hpp"
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tunlab {

namespace {

using Json = nlohmann::ordered_json;
using samples::tap_with;
using samples::with;

const Json& schema() {
    static const Json kSchema = Json::parse(profile_schema());
    return kSchema;
}

/// Whether `value` is as the schema says: as much of draft-07 as the schema uses. Anything else in it
/// fails the test.
bool is_valid(const Json& rules, const Json& value);

bool is_of_type(const Json& value, const std::string& type) {
    return type == "integer" ? value.is_number_integer() : type == value.type_name();
}

bool all_items_valid(const Json& rules, const Json& array) {
    return std::all_of(array.begin(), array.end(), [&](const Json& item) { return is_valid(rules, item); });
}

bool all_listed_valid(const Json& properties, const Json& object) {
    for (const auto& [key, rules] : properties.items()) {
        if (object.contains(key) && !is_valid(rules, object[key])) return false;
    }
    return true;
}

bool has_only(const Json& properties, const Json& object) {
    for (const auto& [key, value] : object.items()) {
        if (!properties.contains(key)) return false;
    }
    return true;
}

bool has_all(const Json& keys, const Json& object) {
    return std::all_of(keys.begin(), keys.end(), [&](const Json& key) { return object.contains(key); });
}

bool holds(const std::string& keyword, const Json& rule, const Json& rules, const Json& value) {
    const auto is_valid_by = [&](const Json& other) { return is_valid(other, value); };
    if (keyword == "title" || keyword == "description" || keyword == "$schema") return rule.is_string();
    if (keyword == "then") return true;  // with "if"
    if (keyword == "if") return !is_valid(rule, value) || is_valid(rules.at("then"), value);
    if (keyword == "not") return !is_valid(rule, value);
    if (keyword == "allOf") return std::all_of(rule.begin(), rule.end(), is_valid_by);
    if (keyword == "anyOf") return std::any_of(rule.begin(), rule.end(), is_valid_by);
    if (keyword == "const") return value == rule;
    if (keyword == "enum") return std::find(rule.begin(), rule.end(), value) != rule.end();
    if (keyword == "type") return is_of_type(value, rule.get<std::string>());
    if (keyword == "minimum") return !value.is_number() || value >= rule;
    if (keyword == "maximum") return !value.is_number() || value <= rule;
    if (keyword == "pattern") {
        return !value.is_string() ||
               std::regex_search(value.get<std::string>(), std::regex(rule.get<std::string>()));
    }
    if (keyword == "items") return !value.is_array() || all_items_valid(rule, value);
    if (keyword == "minItems") return !value.is_array() || value.size() >= rule.get<std::size_t>();
    if (keyword == "maxItems") return !value.is_array() || value.size() <= rule.get<std::size_t>();
    if (keyword == "dependencies") {
        return !value.is_object() ||
               std::all_of(rule.items().begin(), rule.items().end(), [&](const auto& item) {
                   return !value.contains(item.key()) || has_all(item.value(), value);
               });
    }
    if (keyword == "required") return !value.is_object() || has_all(rule, value);
    if (keyword == "properties") return !value.is_object() || all_listed_valid(rule, value);
    if (keyword == "additionalProperties")
        return rule == false && (!value.is_object() || has_only(rules.at("properties"), value));
    FAIL("no test for " << keyword);
    return false;
}

bool is_valid(const Json& rules, const Json& value) {
    if (rules.is_boolean()) return rules.get<bool>();
    for (const auto& [keyword, rule] : rules.items()) {
        if (!holds(keyword, rule, rules, value)) return false;
    }
    return true;
}

bool is_valid(std::string_view profile) {
    return is_valid(schema(), Json::parse(profile, nullptr, true, true));
}

/// The schema of one of the table's objects: "", "ipv6", "routes[]".
const Json& schema_of(std::string_view object) {
    if (object.empty()) return schema();
    const std::size_t dot = object.rfind('.');  // "hosts[].path[]" is in "hosts[]"
    const Json& outer = dot == object.npos ? schema() : schema_of(object.substr(0, dot));
    const std::string_view last = dot == object.npos ? object : object.substr(dot + 1);
    const auto& property = outer.at("properties").at(std::string(last.substr(0, last.find('['))));
    const auto& value = last.ends_with("[]") ? property.at("items") : property;
    return value.contains("anyOf") ? value.at("anyOf").at(1) : value;
}

}  // namespace

TEST_CASE("the schema calls itself draft-07 and ends with a line end") {
    CHECK(schema().at("$schema") == "http://json-schema.org/draft-07/schema#");
    CHECK_FALSE(schema().contains("$id"));
    CHECK(schema().at("title") == "Profile of tunlab");
    CHECK(profile_schema() == schema().dump(2) + "\n");
}

TEST_CASE("the schema has every field of the table and no other, with title and description") {
    std::set<std::string_view> objects;
    for (const auto& field : profile_fields()) {
        CAPTURE(field.object);
        CAPTURE(field.name);
        objects.insert(field.object);
        const Json& properties = schema_of(field.object).at("properties");
        REQUIRE(properties.contains(std::string(field.name)));
        const Json& property = properties.at(std::string(field.name));
        CHECK(property.at("title") == field.name);
        const auto description = property.at("description").get<std::string>();
        CHECK(description.starts_with(std::string(field.meaning) + " (" + std::string(field.type)));
        CHECK(description.find(field.fallback) != std::string::npos);
        CHECK(description.ends_with(')'));
    }
    CHECK(objects.size() == 7);
    for (const auto object : objects) {
        CAPTURE(object);
        const auto fields = profile_fields();
        const auto belongs = [&](const FieldFacts& field) { return field.object == object; };
        CHECK(schema_of(object).at("properties").size() ==
              static_cast<std::size_t>(std::count_if(fields.begin(), fields.end(), belongs)));
        CHECK(schema_of(object).at("additionalProperties") == false);
        CHECK(schema_of(object).at("type") == "object");
    }
}

TEST_CASE("what the table calls required is what the schema requires") {
    for (const auto& field : profile_fields()) {
        CAPTURE(field.object);
        CAPTURE(field.name);
        const Json required = schema_of(field.object).value("required", Json::array());
        const bool listed = std::find(required.begin(), required.end(), field.name) != required.end();
        CHECK(listed == (field.fallback == "required"));
    }
}

TEST_CASE("the limits in the table's words are the limits in the schema") {
    int checked = 0;
    const auto check = [&](const FieldFacts& field, const Json& rules) {
        if (!rules.contains("minimum")) return;
        ++checked;
        CAPTURE(field.name);
        const auto words = fmt::format("{} to {}", rules.at("minimum").get<std::uint64_t>(),
                                       rules.at("maximum").get<std::uint64_t>());
        CHECK(field.type.find(words) != std::string_view::npos);
    };
    for (const auto& field : profile_fields()) {
        const Json& property = schema_of(field.object).at("properties").at(std::string(field.name));
        check(field, property);
        for (const Json& choice : property.value("anyOf", Json::array())) {
            check(field, choice);
        }
    }
    CHECK(checked == 11);
}

TEST_CASE("the schema accepts what the parser accepts") {
    CHECK(is_valid(samples::kFull));
    CHECK(is_valid(samples::kEarly));
    CHECK(is_valid(builtin_profile_text(Mode::Tun)));
    CHECK(is_valid(builtin_profile_text(Mode::Tap)));
    const std::string long_name(255, 'n');
    const std::string profiles[] = {
        with(""),
        with(
            R"("mtu": 65535, "txqueuelen": 500000, "queues": 256, "owner": "4294967294", "group": 4294967294)"),
        with(R"("owner": "DOM\\some one é")"),
        with(R"("netns": "...", "ipv6": {}, "addresses": [], "routes": [])"),
        with(R"("netns": "/a b/é")"),
        with(fmt::format("\"netns\": \"{}\"", long_name)),
        with(R"("ipv6": {"addr_gen_mode": "random"})"),
        with(
            R"("addresses": ["10.0.0.1/024", "25.249.199.99/8", "fd00::1/064", "::2/128", "fd01::1.2.3.4/127"])"),
        with(R"("addresses": ["1:2:3:4:5:6:7:8/99", "1:2:3:4:5:6:7::/100", "FD00::ABCD/119"])"),
        with(R"("routes": [{"dst": "default"}, {"dst": "default6"}, {"dst": "0.0.0.0/1"}, {"dst": "::/1"}])"),
        with(
            R"("routes": [{"dst": "10.0.0.0/8", "table": "main"}, {"dst": "10.0.0.0/8", "table": 4294967295}])"),
        tap_with(R"("mac": "0A:bc:DE:f0:12:34", "mtu": 65521, "neighbours": [], "bridge": "a.b-c_d",
                     "hosts": [{"match": "10.0.1.7", "mac": "0A:bc:DE:f0:12:35"}])"),
        with(R"("seed": 4294967295, "hosts": [{"match": "0.0.0.0/0", "loss": "100%", "duplicate": "007.5%",
                "corrupt": "100.000%", "delay": "1.5s", "jitter": "250us", "reorder": "0.0001%", "rate": "1000000/s",
                "ttl": 1}, {"match": "::/0", "answer": "absent"}])"),
        with(R"("routes": [{"dst": "default"}], "hosts": [{"match": "203.0.113.9", "path": ["10.0.0.2", "*",
                {"hop": "*", "delay": "1ms", "mtu": 552, "blackhole": true}]}])"),
        tap_with(R"("mac": "02:02:00:00:00:01")"),
        tap_with(R"("mac": "00:00:00:00:00:01", "ipv6": {"addr_gen_mode": "eui64"})"),
        R"({"version": 1, "name": "fifteen-letters", "mode": "tun"})",
        R"({"version": 1, "name": "lo0", "mode": "tun"})",
        R"({"version": 1, "name": "...", "mode": "tun"})",
    };
    for (const auto& profile : profiles) {
        CAPTURE(profile);
        REQUIRE(samples::messages_of(profile) == "");
        CHECK(is_valid(profile));
    }
}

TEST_CASE("the schema refuses what can be seen without comparing fields, as the parser does") {
    const std::string profiles[] = {
        "[]",
        "{}",
        R"({"version": 1, "name": "x"})",
        R"({"version": 2, "name": "x", "mode": "tun"})",
        R"({"version": "1", "name": "x", "mode": "tun"})",
        R"({"version": 1, "name": "", "mode": "tun"})",
        R"({"version": 1, "name": "sixteen-letters-", "mode": "tun"})",
        R"({"version": 1, "name": "-x", "mode": "tun"})",
        R"({"version": 1, "name": "..", "mode": "tun"})",
        R"({"version": 1, "name": "lo", "mode": "tun"})",
        R"({"version": 1, "name": "all", "mode": "tun"})",
        R"({"version": 1, "name": "default", "mode": "tun"})",
        R"({"version": 1, "name": "x", "mode": "tub"})",
        with(R"("mtuu": 1)"),
        with(R"("description": 1)"),
        with(R"("mtu": 67)"),
        with(R"("mtu": 65536)"),
        with(R"("mtu": 1400.5)"),
        with(R"("txqueuelen": 0)"),
        with(R"("queues": 257)"),
        with(R"("owner": "")"),
        with(R"("owner": "a:b")"),
        with(R"("owner": "a\u007f")"),
        with(R"("owner": 4294967295)"),
        with(R"("netns": "")"),
        with(R"("netns": "a b")"),
        with(R"("netns": "a/b")"),
        with(R"("netns": "..")"),
        with(R"("netns": "/a\u0001")"),
        with(fmt::format("\"netns\": \"{}\"", std::string(256, 'n'))),
        with(R"("mac": "0a:00:00:00:00:01")"),
        with(R"("bridge": "br0")"),
        with(R"("neighbours": [])"),
        tap_with(R"("bridge": "br0")"),
        with(R"("seed": -1)"),
        with(R"("seed": 4294967296)"),
        with(R"("hosts": [])"),
        with(R"("hosts": {})"),
        with(R"("hosts": [{}])"),
        with(R"("hosts": [{"match": "0.0.0.0/0", "mac": "0a:00:00:00:00:01"}])"),
        with(R"("hosts": [{"match": "10.0.0.256"}])"),
        with(R"("hosts": [{"match": "0.0.0.0/0", "answer": "no"}])"),
        with(R"("hosts": [{"match": "0.0.0.0/0", "ttl": 0}])"),
        with(R"("hosts": [{"match": "0.0.0.0/0", "ttl": 256}])"),
        with(R"("hosts": [{"match": "0.0.0.0/0", "delay": 40}])"),
        with(R"("hosts": [{"match": "0.0.0.0/0", "delay": "40"}])"),
        with(R"("hosts": [{"match": "0.0.0.0/0", "delay": "40m"}])"),
        with(R"("hosts": [{"match": "0.0.0.0/0", "loss": "101%"}])"),
        with(R"("hosts": [{"match": "0.0.0.0/0", "loss": "100.1%"}])"),
        with(R"("hosts": [{"match": "0.0.0.0/0", "loss": 2}])"),
        with(R"("hosts": [{"match": "0.0.0.0/0", "rate": "0/s"}])"),
        with(R"("hosts": [{"match": "0.0.0.0/0", "rate": "1000001/s"}])"),
        with(R"("hosts": [{"match": "0.0.0.0/0", "path": [{}]}])"),
        with(R"("hosts": [{"match": "0.0.0.0/0", "path": ["-"]}])"),
        with(R"("hosts": [{"match": "0.0.0.0/0", "path": [{"hop": "*", "mtu": 551}]}])"),
        with(R"("hosts": [{"match": "0.0.0.0/0", "latency": "40ms"}])"),
        with(R"("ipv6": {"addr_gen_mode": "eui64"})"),
        with(R"("ipv6": {"addr_gen_mode": "stable_secret"})"),
        with(R"("ipv6": {"accept_ra": 1})"),
        with(R"("ipv6": {"mtu": 1280})"),
        with(R"("addresses": "10.0.0.1/24")"),
        with(R"("addresses": ["10.0.0.1"])"),
        with(R"("addresses": ["10.0.0.1/33"])"),
        with(R"("addresses": ["10.0.0.256/24"])"),
        with(R"("addresses": ["010.0.0.1/24"])"),
        with(R"("addresses": ["10.0.0/24"])"),
        with(R"("addresses": ["fd00::1/129"])"),
        with(R"("addresses": ["fe80::1%eth0/64"])"),
        with(R"("addresses": [{}])"),
        with(R"("addresses": [{"local": "10.0.0.1/24", "peer": "10.0.0.2/24"}])"),
        with(R"("addresses": [{"local": "10.0.0.1/24", "scope": "nowhere"}])"),
        with(R"("addresses": [{"local": "fd00::1/64", "nodad": 0}])"),
        with(R"("routes": [{}])"),
        with(R"("routes": ["default"])"),
        with(R"("routes": [{"dst": "default4"}])"),
        with(R"("routes": [{"dst": "default", "via": "router"}])"),
        with(R"("routes": [{"dst": "default", "metric": -1}])"),
        with(R"("routes": [{"dst": "default", "table": 0}])"),
        with(R"("routes": [{"dst": "default", "table": "local"}])"),
        with(R"("routes": [{"dst": "default", "onlink": "true"}])"),
        tap_with(R"("mtu": 65522)"),
        tap_with(R"("mac": "0a-00-00-00-00-01")"),
        tap_with(R"("mac": "01:00:00:00:00:01")"),
        tap_with(R"("mac": "00:00:00:00:00:00")"),
        tap_with(R"("mac": "02:00:00:00:00:01")"),
        tap_with(R"("mac": "02:01:00:00:00:01")"),
        tap_with(R"("neighbours": [{"dst": "fe80::2"}])"),
        tap_with(R"("neighbours": [{"dst": "fe80::2", "lladdr": "01:00:00:00:00:01"}])"),
    };
    for (const auto& profile : profiles) {
        CAPTURE(profile);
        CHECK(samples::messages_of(profile) != "");
        CHECK_FALSE(is_valid(profile));
    }
}

TEST_CASE("the schema lets a neighbour have a simulated host's MAC address") {
    CHECK(is_valid(tap_with(R"("neighbours": [{"dst": "fe80::2", "lladdr": "02:00:0a:00:00:02"}])")));
}

}  // namespace tunlab
