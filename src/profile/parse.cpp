#include "tunlab/profile/parse.hpp"

#include "tunlab/base/suggest.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "reading.hpp"
#include <fmt/format.h>

namespace tunlab {

namespace {

constexpr std::uint32_t kLeastIpv6Mtu = 1280;  // RFC 8200 §5; below it Linux drops every IPv6 address
constexpr std::uint32_t kMostTapMtu = 65521;   // 65535 less the Ethernet header

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
    Synonym{"routes[]", "gateway", "via"},
    Synonym{"routes[]", "next-hop-address", "via"},
    Synonym{"routes[]", "nexthop", "via"},
    Synonym{"routes[]", "to", "dst"},
    Synonym{"routes[]", "destination", "dst"},
    Synonym{"routes[]", "source", "src"},
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

/// Returns the key that was meant, if one can be named.
std::string_view report_unknown_key(Draft& draft, const Member& member, std::string_view object,
                                    const std::string& pointer) {
    const std::string_view meant = meant_key(object, member.key);
    std::string suggestion = meant.empty() ? "" : fmt::format("did you mean \"{}\"?", meant);
    if (meant.empty() && object.empty()) {
        const std::string_view of_route = meant_key("routes[]", member.key);
        if (!of_route.empty())
            suggestion = fmt::format("\"{}\" belongs in an object of \"routes\"", of_route);
    }
    draft.report(member.key_extent, extend_pointer(pointer, member.key),
                 fmt::format("unknown key {}", quote_shortened(member.key)), std::move(suggestion));
    if (meant == "addresses" || meant == "routes") draft.subnets_known = false;
    return meant;
}

/// What to write for a required key.
std::string_view example_of(std::string_view key) {
    if (key == "version") return "\"version\": 1";
    if (key == "name") return "\"name\": \"tun0\"";
    if (key == "mode") return "\"mode\": \"tun\" or \"mode\": \"tap\"";
    if (key == "dst") return "\"dst\": \"10.9.0.0/16\" or \"dst\": \"default\"";
    return "";
}

// Checks between fields

/// Subnets to look addresses up in, in the time of one look-up for each different prefix length.
class SubnetSet {
public:
    void add(const IpPrefix& prefix) {
        networks_[{prefix.family(), prefix.length()}].insert(prefix.network());
    }

    /// The longest subnet with `address` in it.
    [[nodiscard]] std::optional<IpPrefix> find(const IpAddress& address) const {
        for (const auto& [key, networks] : networks_) {
            const auto [family, length] = key;
            if (family != address.family()) continue;
            const IpPrefix subnet(IpPrefix(address, length).network(), length);
            if (networks.contains(subnet.address())) return subnet;
        }
        return std::nullopt;
    }

private:
    std::map<std::pair<Family, unsigned>, std::set<IpAddress>, std::greater<>> networks_;  // longest first
};

void check_mode(Draft& draft) {
    if (draft.mac && draft.mode && draft.mode->value == Mode::Tun) {
        draft.report(draft.mac->extent, draft.mac->pointer, "a TUN device has no MAC address",
                     "remove \"mac\", or set \"mode\" to \"tap\"");
    }
    if (draft.mtu && draft.mode && draft.mode->value == Mode::Tap && draft.mtu->value > kMostTapMtu) {
        draft.report(draft.mtu->extent, draft.mtu->pointer,
                     fmt::format("{}: a TAP device's mtu is at most {}", draft.mtu->value, kMostTapMtu));
    }
}

/// The first thing in the text that is IPv6.
std::optional<Extent> first_ipv6(const Draft& draft) {
    std::optional<Extent> first;
    const auto consider = [&](const Placed<IpPrefix>& prefix) {
        const bool sooner = !first || prefix.extent.begin < first->begin;
        if (prefix.value.family() == Family::V6 && sooner) first = prefix.extent;
    };
    std::for_each(draft.addresses.begin(), draft.addresses.end(), consider);
    for (const auto& route : draft.routes) {
        if (route.destination) consider(*route.destination);
    }
    return first;
}

void check_mtu_for_ipv6(Draft& draft) {
    const auto ipv6 = first_ipv6(draft);
    if (ipv6 && draft.mtu && draft.mtu->value < kLeastIpv6Mtu) {
        draft.report(draft.mtu->extent, draft.mtu->pointer,
                     fmt::format("{}: IPv6 needs an mtu of at least {}", draft.mtu->value, kLeastIpv6Mtu),
                     fmt::format("{} on line {} is IPv6", draft.slice(*ipv6), draft.line_of(*ipv6)));
    }
    for (const auto& route : draft.routes) {
        const bool is_ipv6 = route.destination && route.destination->value.family() == Family::V6;
        if (!is_ipv6 || !route.mtu || route.mtu->value >= kLeastIpv6Mtu) continue;
        draft.report(route.mtu->extent, route.mtu->pointer,
                     fmt::format("{}: IPv6 needs an mtu of at least {}", route.mtu->value, kLeastIpv6Mtu));
    }
}

void check_addresses(Draft& draft) {
    std::map<IpAddress, Extent> seen;
    for (const auto& address : draft.addresses) {
        const auto [first, added] = seen.try_emplace(address.value.address(), address.extent);
        if (added) continue;
        draft.report(address.extent, address.pointer,
                     fmt::format("{}: the device has {} already, from line {}", draft.slice(address.extent),
                                 address.value.address().to_string(), draft.line_of(first->second)));
    }
}

/// What a gateway is checked against.
struct OnLink {
    std::set<IpAddress> own;
    SubnetSet subnets;                   ///< of addresses, and of earlier routes without a gateway
    std::optional<IpPrefix> first_ipv4;  ///< for the suggestion
    std::optional<IpPrefix> first_ipv6;
};

/// Shows where a gateway could be.
std::string suggest_gateway(const OnLink& on_link, Family family) {
    const auto& subnet = family == Family::V4 ? on_link.first_ipv4 : on_link.first_ipv6;
    if (!subnet) return "give the device an address in the gateway's subnet, or add \"onlink\": true";
    return fmt::format("choose one in {}/{}, or add \"onlink\": true", subnet->network().to_string(),
                       subnet->length());
}

void check_gateway(Draft& draft, const DraftRoute& route, const OnLink& on_link) {
    const auto& via = *route.via;
    const IpAddress gateway = via.value;
    const std::string shown = quote_shortened(gateway.to_string());
    if (on_link.own.contains(gateway)) {
        return draft.report(via.extent, via.pointer,
                            fmt::format("{}: a gateway cannot have the device's own address", shown));
    }
    const auto subnet = on_link.subnets.find(gateway);
    if (subnet && gateway.family() == Family::V4 && subnet->broadcast() == gateway.v4()) {
        return draft.report(
            via.extent, via.pointer,
            fmt::format("{}: a gateway cannot have the broadcast address of {}", shown, subnet->to_string()));
    }
    const bool link_local = gateway.family() == Family::V6 && gateway.v6().is_link_local();
    const bool onlink = route.onlink && route.onlink->value;
    if (subnet || link_local || onlink || !draft.subnets_known) return;
    draft.report(via.extent, via.pointer,
                 fmt::format("{}: no address of the device reaches this gateway", shown),
                 suggest_gateway(on_link, gateway.family()));
}

/// `ip` is the route's "via" or "src".
bool check_family(Draft& draft, const Placed<IpAddress>& ip, std::string_view name,
                  const IpPrefix& destination) {
    if (ip.value.family() == destination.family()) return true;
    draft.report(ip.extent, ip.pointer,
                 fmt::format("{}: {} must be IPv{}, as dst is", quote_shortened(ip.value.to_string()), name,
                             destination.family() == Family::V4 ? 4 : 6));
    return false;
}

void check_gateways(Draft& draft) {
    OnLink on_link;
    for (const auto& address : draft.addresses) {
        on_link.own.insert(address.value.address());
        on_link.subnets.add(address.value);
        auto& first = address.value.family() == Family::V4 ? on_link.first_ipv4 : on_link.first_ipv6;
        if (!first) first = address.value;
    }
    for (const auto& route : draft.routes) {
        if (route.onlink && route.onlink->value && !route.via) {
            draft.report(route.onlink->extent, route.onlink->pointer, "onlink needs a gateway",
                         "add \"via\"");
        }
        if (!route.destination) continue;
        const IpPrefix& destination = route.destination->value;
        if (route.source) check_family(draft, *route.source, "src", destination);
        if (!route.via) {
            on_link.subnets.add(destination);
        } else if (check_family(draft, *route.via, "via", destination)) {
            check_gateway(draft, route, on_link);
        }
    }
}

ProfileRoute make_route(const DraftRoute& draft) {
    const auto value_of = [](const auto& placed) {
        return placed ? std::optional(placed->value) : std::nullopt;
    };
    return {.destination = draft.destination->value,
            .via = value_of(draft.via),
            .source = value_of(draft.source),
            .metric = value_of(draft.metric),
            .table = value_of(draft.table),
            .onlink = value_of(draft.onlink).value_or(false),
            .mtu = value_of(draft.mtu)};
}

void check_same_routes(Draft& draft) {
    std::map<std::tuple<IpPrefix, std::uint32_t, std::uint32_t>, Extent> seen;
    for (const auto& draft_route : draft.routes) {
        if (!draft_route.destination) continue;
        const Extent extent = draft_route.destination->extent;
        const ProfileRoute route = make_route(draft_route);
        const auto [first, added] =
            seen.try_emplace({route.destination, route.effective_table(), route.effective_metric()}, extent);
        if (added) continue;
        draft.report(extent, draft_route.destination->pointer,
                     fmt::format("{}: the route on line {} has the same destination, table and metric",
                                 draft.slice(extent), draft.line_of(first->second)),
                     "give one of them another \"metric\"");
    }
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

/// Precondition: nothing was found wrong, so all that is required is there.
Profile make_profile(const Draft& draft, const std::string& file) {
    Profile profile{.file = file,
                    .description = draft.description,
                    .name = make_located(draft, file, draft.name.value()),
                    .mode = draft.mode.value().value,
                    .mtu = make_located(draft, file, draft.mtu),
                    .mac = make_located(draft, file, draft.mac),
                    .txqueuelen = make_located(draft, file, draft.txqueuelen),
                    .owner = make_located(draft, file, draft.owner),
                    .group = make_located(draft, file, draft.group),
                    .addresses = {},
                    .routes = {}};
    for (const auto& address : draft.addresses) {
        profile.addresses.push_back(make_located(draft, file, address));
    }
    for (const auto& route : draft.routes) {
        profile.routes.push_back({make_route(route), locate(draft, file, route.extent, route.pointer)});
    }
    return profile;
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

void report_wrong_type(Draft& draft, const Value& value, std::string_view expected, std::string suggestion) {
    struct Found {
        std::string_view kind;
        std::string shown;  ///< scalars only
    };
    struct Describe {
        std::string raw;
        Found operator()(Node::Null) const { return {"null", ""}; }
        Found operator()(bool) const { return {"a boolean", raw + ": "}; }
        Found operator()(Number) const { return {"a number", raw + ": "}; }
        Found operator()(const std::string& text) const { return {"a string", quote_shortened(text) + ": "}; }
        Found operator()(const Node::Array&) const { return {"an array", ""}; }
        Found operator()(const Node::Object&) const { return {"an object", ""}; }
    };
    const Describe describe{std::string(draft.slice(value.node.extent).substr(0, 48))};
    const Found found = std::visit(describe, value.node.value);
    draft.report(value.node.extent, value.pointer,
                 fmt::format("{}{} must be {}, not {}", found.shown, value.name, expected, found.kind),
                 std::move(suggestion));
}

std::string_view unusable_kind(const IpAddress& address) {
    if (address.is_unspecified()) return "the unspecified address";
    if (address.is_loopback()) return "a loopback address";
    if (address.is_multicast()) return "a multicast address";
    if (address.family() == Family::V4)
        return address.v4().is_limited_broadcast() ? "the broadcast address" : "";
    return address.v6().is_v4_mapped() ? "an IPv4 address mapped into IPv6" : "";
}

void read_object(Draft& draft, const Value& value, std::string_view object) {
    const auto* members = std::get_if<Node::Object>(&value.node.value);
    if (!members) return report_wrong_type(draft, value, "an object");
    std::unordered_set<std::string_view> present;
    std::unordered_set<std::string_view> meant;  // a misspelt key is not missing as well
    for (const auto& member : *members) {
        if (!present.insert(member.key).second) continue;  // a duplicate, already found in the document
        if (const Field* field = find_field(object, member.key)) {
            field->read(draft, {member.value, field->facts.name, extend_pointer(value.pointer, member.key)});
        } else {
            meant.insert(report_unknown_key(draft, member, object, value.pointer));
        }
    }
    for (const auto& field : field_table()) {
        const bool required = field.facts.object == object && field.facts.fallback == "required";
        if (!required || present.contains(field.facts.name) || meant.contains(field.facts.name)) continue;
        const std::size_t brace = value.node.extent.begin;
        draft.report({brace, brace + 1}, value.pointer, fmt::format("missing key \"{}\"", field.facts.name),
                     fmt::format("add {}", example_of(field.facts.name)));
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
        check_mode(draft);
        check_mtu_for_ipv6(draft);
        check_addresses(draft);
        check_gateways(draft);
        check_same_routes(draft);
    }
    if (draft.findings.empty()) return make_profile(draft, file);
    std::stable_sort(draft.findings.begin(), draft.findings.end(),
                     [](const Finding& a, const Finding& b) { return a.extent.begin < b.extent.begin; });
    throw_problems(draft, file);
}

}  // namespace tunlab
