#include "tunlab/profile/fields.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "profile/profile_samples.hpp"
#include <doctest/doctest.h>
#include <fmt/format.h>

namespace tunlab {

namespace {

/// The numbers in words such as "68 to 65535; IPv6 at least 1280" and "name, or id 0 to 4294967294".
std::optional<std::pair<std::uint64_t, std::uint64_t>> limits_in(std::string_view type) {
    const auto middle = type.find(" to ");
    if (middle == std::string_view::npos) return std::nullopt;
    const auto first = type.find_last_not_of("0123456789", middle - 1) + 1;
    std::pair<std::uint64_t, std::uint64_t> limits;
    const auto least = std::from_chars(type.data() + first, type.data() + middle, limits.first);
    const auto most = std::from_chars(type.data() + middle + 4, type.data() + type.size(), limits.second);
    if (least.ec != std::errc() || most.ec != std::errc()) return std::nullopt;
    return limits;
}

/// A profile with `value` in the field.
std::string profile_with(const FieldFacts& field, std::uint64_t value) {
    const std::string member = fmt::format("\"{}\": {}", field.name, value);
    if (field.object.empty()) return samples::with(member);
    if (field.object == "hosts[]")
        return samples::with(fmt::format("\"hosts\": [{{\"match\": \"0.0.0.0/0\", {}}}]", member));
    if (field.object == "hosts[].path[]") {
        return samples::with(fmt::format("\"routes\": [{{\"dst\": \"default\"}}], \"hosts\": [{{\"match\": "
                                         "\"0.0.0.0/0\", \"path\": [{{\"hop\": \"10.9.0.1\", {}}}]}}]",
                                         member));
    }
    REQUIRE(field.object == "routes[]");
    return samples::with(fmt::format("\"routes\": [{{\"dst\": \"10.9.0.0/16\", {}}}]", member));
}

}  // namespace

TEST_CASE("the field table names every field once, with its type") {
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (const auto& field : profile_fields()) {
        CAPTURE(field.name);
        CHECK(seen.emplace(field.object, field.name).second);
        CHECK_FALSE(field.type.empty());
        CHECK(field.meaning.ends_with('.'));
        CHECK(field.meaning.find('\n') == std::string_view::npos);
    }
    CHECK(seen.size() == 51);
}

TEST_CASE("the field table has the objects in the manual's order") {
    std::vector<std::string_view> objects;
    for (const auto& field : profile_fields()) {
        if (objects.empty() || objects.back() != field.object) objects.push_back(field.object);
    }
    CHECK(objects == std::vector<std::string_view>{"", "ipv6", "addresses[]", "routes[]", "neighbours[]",
                                                   "hosts[]", "hosts[].path[]"});
}

TEST_CASE("the sample of a full profile uses every field of the table, and is accepted") {
    CHECK(samples::messages_of(samples::kFull) == "");
    for (const auto& field : profile_fields()) {
        CAPTURE(field.name);
        CHECK(samples::kFull.find(fmt::format("\"{}\":", field.name)) != std::string_view::npos);
    }
    for (const std::string_view object : {"addresses", "routes"}) {  // both have a scope
        const auto begin = samples::kFull.find(fmt::format("\"{}\": [", object));
        CHECK(samples::kFull.substr(begin, samples::kFull.find("],\n", begin) - begin).find("\"scope\":") !=
              std::string_view::npos);
    }
}

TEST_CASE("the limits that the field table tells are the limits that the parser holds") {
    int checked = 0;
    for (const auto& field : profile_fields()) {
        const auto limits = limits_in(field.type);
        if (!limits || field.name == "name") continue;  // a name's are of its length
        ++checked;
        CAPTURE(field.name);
        const auto [least, most] = *limits;
        const auto wrong = [&](std::uint64_t value) {
            return samples::messages_of(profile_with(field, value)) ==
                   fmt::format("{}: {} must be {} to {}", value, field.name, least, most);
        };
        CHECK(samples::messages_of(profile_with(field, least)) == "");
        CHECK(samples::messages_of(profile_with(field, most)) == "");
        CHECK(wrong(most + 1));
        if (least > 0) CHECK(wrong(least - 1));
    }
    // mtu, txqueuelen, owner, group, queues, seed; a route's metric, table, mtu; a host's ttl; a hop's mtu
    CHECK(checked == 11);
}

TEST_CASE("the keys that the field table calls required are the ones that an empty object misses") {
    const auto missed = [](const FieldFacts& field) {
        const auto list = field.object.substr(0, field.object.find('['));
        const std::string text = field.object.empty() ? "{}"
                                 : field.object == "hosts[].path[]"
                                     ? samples::with(R"("hosts": [{"match": "10.0.0.7", "path": [{}]}])")
                                 : field.object == list
                                     ? samples::with(fmt::format("\"{}\": {{}}", list))
                                     : samples::tap_with(fmt::format("\"{}\": [{{}}]", list));
        return samples::messages_of(text).find(fmt::format("missing key \"{}\"", field.name)) !=
               std::string::npos;
    };
    for (const auto& field : profile_fields()) {
        CAPTURE(field.object);
        CAPTURE(field.name);
        CHECK(missed(field) == (field.fallback == "required"));
    }
}

}  // namespace tunlab
