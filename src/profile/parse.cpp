#include "tunlab/profile/parse.hpp"

#include "tunlab/base/suggest.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

#include "checks.hpp"
#include "reading.hpp"
#include "values.hpp"
#include <fmt/format.h>

namespace tunlab {

namespace {

// Keys

/// What other tools call our fields.
struct Synonym {
    std::string_view object;
    std::string_view word;
    std::string_view key;
};
constexpr std::array kSynonyms{
    Synonym{"", "macaddress", "mac"},
    Synonym{"", "hwaddr", "mac"},
    Synonym{"", "lladdr", "mac"},
    Synonym{"", "ether", "mac"},
    Synonym{"", "txqlen", "txqueuelen"},
    Synonym{"", "qlen", "txqueuelen"},
    Synonym{"", "user", "owner"},
    Synonym{"", "ip", "addresses"},
    Synonym{"", "address", "addresses"},
    Synonym{"", "ifname", "name"},
    Synonym{"", "device", "name"},
    Synonym{"", "type", "mode"},
    Synonym{"", "namespace", "netns"},
    Synonym{"", "master", "bridge"},
    Synonym{"", "neighbors", "neighbours"},
    Synonym{"ipv6", "addrgenmode", "addr_gen_mode"},
    Synonym{"addresses[]", "ip", "local"},
    Synonym{"addresses[]", "address", "local"},
    Synonym{"addresses[]", "remote", "peer"},
    Synonym{"routes[]", "gateway", "via"},
    Synonym{"routes[]", "next-hop-address", "via"},
    Synonym{"routes[]", "nexthop", "via"},
    Synonym{"routes[]", "to", "dst"},
    Synonym{"routes[]", "destination", "dst"},
    Synonym{"routes[]", "source", "src"},
    Synonym{"neighbours[]", "ip", "dst"},
    Synonym{"neighbours[]", "address", "dst"},
    Synonym{"neighbours[]", "to", "dst"},
    Synonym{"neighbours[]", "destination", "dst"},
    Synonym{"neighbours[]", "mac", "lladdr"},
    Synonym{"neighbours[]", "macaddress", "lladdr"},
    Synonym{"neighbours[]", "hwaddr", "lladdr"},
    Synonym{"neighbours[]", "ether", "lladdr"},
    Synonym{"hosts[]", "host", "match"},
    Synonym{"hosts[]", "address", "match"},
    Synonym{"hosts[]", "ip", "match"},
    Synonym{"hosts[]", "dst", "match"},
    Synonym{"hosts[]", "prefix", "match"},
    Synonym{"hosts[]", "latency", "delay"},
    Synonym{"hosts[]", "rtt", "delay"},
    Synonym{"hosts[]", "drop", "loss"},
    Synonym{"hosts[]", "dup", "duplicate"},
    Synonym{"hosts[]", "lladdr", "mac"},
    Synonym{"hosts[]", "hwaddr", "mac"},
    Synonym{"hosts[]", "hop_limit", "ttl"},
    Synonym{"hosts[]", "hops", "path"},
    Synonym{"hosts[]", "reply", "answer"},
    Synonym{"hosts[].path[]", "address", "hop"},
    Synonym{"hosts[].path[]", "ip", "hop"},
    Synonym{"hosts[].path[]", "via", "hop"},
    Synonym{"hosts[].path[]", "latency", "delay"},
    Synonym{"hosts[].path[]", "pmtu", "mtu"},
};

std::string to_lower(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
}

const Field* find_field(std::string_view object, std::string_view key) {
    const auto fields = field_table();
    const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& field) {
        return field.facts.object == object && field.facts.name == key;
    });
    return found == fields.end() ? nullptr : &*found;
}

/// The key of `object` that `word` was meant for; empty if there is no telling.
std::string_view meant_key(std::string_view object, std::string_view word) {
    const std::string lower = to_lower(word);
    for (const auto& synonym : kSynonyms) {
        if (synonym.object == object && synonym.word == lower) return synonym.key;
    }
    std::vector<std::string> keys;
    for (const auto& field : field_table()) {
        if (field.facts.object == object) keys.emplace_back(field.facts.name);
    }
    const auto nearest = closest(lower, keys);
    const auto* field = nearest ? find_field(object, *nearest) : nullptr;
    return field ? field->facts.name : std::string_view();
}

/// Where in a profile the key belongs that does not belong at its top: `"via" belongs in an object of
/// "routes"`. Empty if nowhere.
std::string suggest_object(std::string_view word) {
    for (const std::string_view object : {"routes[]", "ipv6", "addresses[]", "hosts[]", "neighbours[]"}) {
        const std::string_view key = meant_key(object, word);
        if (key.empty()) continue;
        const bool of_array = object.ends_with("[]");
        return fmt::format("\"{}\" belongs in {}\"{}\"", key, of_array ? "an object of " : "",
                           object.substr(0, object.find('[')));
    }
    return "";
}

/// Returns the key that was meant, if one can be named.
std::string_view report_unknown_key(Draft& draft, const Member& member, std::string_view object,
                                    const std::string& pointer) {
    const std::string_view meant = meant_key(object, member.key);
    std::string suggestion = meant.empty() ? "" : fmt::format("did you mean \"{}\"?", meant);
    if (meant.empty() && object.empty()) suggestion = suggest_object(member.key);
    draft.report(member.key_extent, extend_pointer(pointer, member.key),
                 fmt::format("unknown key {}", quote_shortened(member.key)), std::move(suggestion));
    if (meant == "addresses" || meant == "routes") draft.subnets_known = false;
    return meant;
}

/// What to write for a required key.
std::string_view example_of(const FieldFacts& field) {
    if (field.name == "version") return "\"version\": 1";
    if (field.name == "name") return "\"name\": \"tun0\"";
    if (field.name == "mode") return "\"mode\": \"tun\" or \"mode\": \"tap\"";
    if (field.name == "local") return "\"local\": \"192.168.0.1/24\"";
    if (field.name == "lladdr") return "\"lladdr\": \"02:00:c0:a8:00:03\"";
    if (field.name == "match") return "\"match\": \"10.0.1.7\" or \"match\": \"10.0.1.0/24\"";
    if (field.name == "hop") return "\"hop\": \"10.0.0.1\" or \"hop\": \"*\"";
    if (field.object == "neighbours[]") return "\"dst\": \"192.168.0.3\"";
    return "\"dst\": \"10.9.0.0/16\" or \"dst\": \"default\"";
}

/// Reads one member. What stands well in it and is not for TUN is remembered until the mode is known.
void read_field(Draft& draft, const Field& field, const Member& member, std::string pointer) {
    const std::size_t faults = draft.findings.size();
    field.read(draft, {member.value, field.facts.name, pointer});
    if (field.not_on_tun.empty() || draft.findings.size() > faults) return;
    draft.tap_only.push_back({field.facts.name, field.not_on_tun, member.value.extent, std::move(pointer)});
}

// From a draft to a profile, from findings to problems

SourceLocation locate(const Draft& draft, const std::string& file, Extent extent,
                      const std::string& pointer) {
    return {file, draft.positions.position(extent.begin), pointer};
}

template <typename T>
Located<T> make_located(const Draft& draft, const std::string& file, const Placed<T>& placed) {
    return {placed.value, locate(draft, file, placed.extent, placed.pointer)};
}

template <typename T>
std::optional<Located<T>> make_located(const Draft& draft, const std::string& file,
                                       const std::optional<Placed<T>>& placed) {
    if (!placed) return std::nullopt;
    return make_located(draft, file, *placed);
}

DeviceSettings make_settings(const Draft& draft, const std::string& file) {
    DeviceSettings settings;
    const auto set = [&](DeviceField field, const auto& placed) {
        if (placed) settings.set(field, placed->value, locate(draft, file, placed->extent, placed->pointer));
    };
    set(DeviceField::Mtu, draft.mtu);
    set(DeviceField::Mac, draft.mac);
    set(DeviceField::Txqueuelen, draft.txqueuelen);
    if (!draft.ipv6) return settings;
    const auto where = locate(draft, file, draft.ipv6->extent, draft.ipv6->pointer);
    settings.set(DeviceField::AddrGenMode, value_of(draft.ipv6->addr_gen_mode).value_or(AddrGenMode::None),
                 where);
    settings.set(DeviceField::AcceptRa, value_of(draft.ipv6->accept_ra).value_or(false), where);
    return settings;
}

/// Precondition: nothing was found wrong, so all that is required is there.
Profile make_profile(const Draft& draft, const std::string& file) {
    Profile profile{.file = file,
                    .description = draft.description,
                    .name = make_located(draft, file, draft.name.value()),
                    .mode = draft.mode.value().value,
                    .settings = make_settings(draft, file),
                    .owner = make_located(draft, file, draft.owner),
                    .group = make_located(draft, file, draft.group),
                    .queues = value_of(draft.queues).value_or(1),
                    .netns = make_located(draft, file, draft.netns),
                    .bridge = make_located(draft, file, draft.bridge),
                    .addresses = {},
                    .routes = {},
                    .neighbours = {},
                    .seed = value_of(draft.seed),
                    .hosts = {}};
    for (const auto& address : draft.addresses) {
        profile.addresses.push_back(
            {make_address(address), locate(draft, file, address.extent, address.pointer)});
    }
    for (const auto& route : draft.routes) {
        profile.routes.push_back({make_route(route), locate(draft, file, route.extent, route.pointer)});
    }
    for (const auto& neighbour : draft.neighbours) {
        profile.neighbours.push_back(
            {{.destination = neighbour.destination.value().value, .lladdr = neighbour.lladdr.value().value},
             locate(draft, file, neighbour.extent, neighbour.pointer)});
    }
    if (draft.hosts) {
        const auto& hosts = draft.hosts->value;
        profile.hosts.emplace(hosts.size());
        std::transform(hosts.begin(), hosts.end(), profile.hosts->begin(), make_host);
    }
    return profile;
}

Hop make_hop(const DraftHop& draft) {
    return {.address = draft.hop->value,
            .delay = value_of(draft.delay).value_or(std::chrono::nanoseconds::zero()),
            .mtu = value_of(draft.mtu),
            .blackhole = value_of(draft.blackhole).value_or(false)};
}

/// Characters of the extent in its first line, at least one.
std::size_t width_of(std::string_view text, Extent extent) {
    const std::string_view covered = text.substr(extent.begin, extent.end - extent.begin);
    const std::string_view first_line = covered.substr(0, covered.find_first_of("\r\n"));
    return std::max<std::size_t>(1, position_at(first_line, first_line.size()).column - 1);
}

[[noreturn]] void throw_problems(const Draft& draft, const std::string& file) {
    // A file of one long line with as many faults would be copied for each: no one reads that many.
    constexpr std::size_t kMostWithLine = 100;
    std::vector<Problem> problems;
    for (const auto& finding : draft.findings) {
        const bool with_line = problems.size() < kMostWithLine;
        Problem::Place place{draft.positions.position(finding.extent.begin),
                             width_of(draft.text, finding.extent),
                             std::string(with_line ? line_at(draft.text, finding.extent.begin) : "")};
        problems.push_back({file, std::move(place), finding.message, finding.pointer, finding.suggestion});
    }
    throw ProblemsFound(std::move(problems));
}

}  // namespace

ProfileRoute make_route(const DraftRoute& draft) {
    return {.destination = draft.destination->value,
            .via = value_of(draft.via),
            .source = value_of(draft.source),
            .metric = value_of(draft.metric),
            .table = value_of(draft.table),
            .scope = value_of(draft.scope),
            .onlink = value_of(draft.onlink).value_or(false),
            .mtu = value_of(draft.mtu)};
}

ProfileAddress make_address(const DraftAddress& draft) {
    return {.local = draft.local->value,
            .peer = value_of(draft.peer),
            .scope = value_of(draft.scope),
            .nodad = value_of(draft.nodad).value_or(true)};
}

HostRule make_host(const DraftHost& draft) {
    HostRule rule{
        .match = draft.match->value,
        .answer = value_of(draft.answer).value_or(Answer::Echo),
        .mac = value_of(draft.mac),
        .ttl = static_cast<std::uint8_t>(value_of(draft.ttl).value_or(HostRule{}.ttl)),
        .impairments = {.rate = value_of(draft.rate),
                        .loss = value_of(draft.loss).value_or(Percentage()),
                        .duplicate = value_of(draft.duplicate).value_or(Percentage()),
                        .corrupt = value_of(draft.corrupt).value_or(Percentage()),
                        .reorder = value_of(draft.reorder).value_or(Percentage()),
                        .delay = value_of(draft.delay).value_or(std::chrono::nanoseconds::zero()),
                        .jitter = value_of(draft.jitter).value_or(std::chrono::nanoseconds::zero())},
        .path = std::vector<Hop>(draft.path.size())};
    std::transform(draft.path.begin(), draft.path.end(), rule.path.begin(), make_hop);
    return rule;
}

void read_object(Draft& draft, const Value& value, std::string_view object) {
    const auto* members = std::get_if<Node::Object>(&value.node.value);
    if (!members) return report_wrong_type(draft, value, "an object");
    std::unordered_set<std::string_view> present;
    std::unordered_set<std::string_view> meant;  // a misspelt key is not missing as well
    for (const auto& member : *members) {
        if (!present.insert(member.key).second) continue;  // a duplicate, already found in the document
        if (const Field* field = find_field(object, member.key)) {
            read_field(draft, *field, member, extend_pointer(value.pointer, member.key));
        } else {
            meant.insert(report_unknown_key(draft, member, object, value.pointer));
        }
    }
    for (const auto& field : field_table()) {
        const bool required = field.facts.object == object && field.facts.fallback == "required";
        if (!required || present.contains(field.facts.name) || meant.contains(field.facts.name)) continue;
        const std::size_t brace = value.node.extent.begin;
        draft.report({brace, brace + 1}, value.pointer, fmt::format("missing key \"{}\"", field.facts.name),
                     fmt::format("add {}", example_of(field.facts)));
    }
}

Profile parse_profile(std::string_view text, const std::string& file) {
    if (text.size() > kMaxProfileSize) {
        throw ProblemsFound(
            {{file, std::nullopt,
              fmt::format("the file is too large: a profile has at most {} bytes", kMaxProfileSize), "",
              ""}});
    }
    Draft draft(text);
    Document document = parse_document(text);
    draft.findings = std::move(document.findings);
    if (document.root) {
        read_object(draft, {*document.root, "a profile", ""}, "");
        check_between_fields(draft);
    }
    if (draft.findings.empty()) return make_profile(draft, file);
    std::stable_sort(draft.findings.begin(), draft.findings.end(),
                     [](const Finding& a, const Finding& b) { return a.extent.begin < b.extent.begin; });
    throw_problems(draft, file);
}

}  // namespace tunlab
