#include "tunlab/profile/fields.hpp"

#include "tunlab/base/suggest.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <variant>

#include "reading.hpp"
#include "values.hpp"
#include <fmt/format.h>

namespace tunlab {

namespace {

constexpr std::uint32_t kMostUint32 = std::numeric_limits<std::uint32_t>::max();

constexpr Range kVersion{1, 1};
constexpr Range kMtu{68, 65535};       // a TUN device's; a TAP device's header must fit too
constexpr Range kRouteMtu{68, 65520};  // Linux silently makes 65520 of more
constexpr Range kTxqueuelen{1, 500'000};
constexpr Range kAccountId{0, kMostUint32 - 1};  // the kernel takes 2^32 - 1 for "none"
constexpr Range kQueues{1, 256};                 // MAX_TAP_QUEUES of the kernel's tun driver
constexpr Range kMetric{0, kMostUint32};
constexpr Range kTable{1, kMostUint32};
constexpr Range kSeed{0, kMostUint32};
constexpr Range kTtl{1, 255};
constexpr Range kHopMtu{552, 65535};  // below, Linux learns 552 (min_pmtu) and sends what does not pass
constexpr Range kHosts{1, kMostUint32};
constexpr Range kHops{0, 63};

constexpr std::string_view kIpv6Object = "ipv6";
constexpr std::string_view kAddressObject = "addresses[]";
constexpr std::string_view kRouteObject = "routes[]";
constexpr std::string_view kNeighbourObject = "neighbours[]";
constexpr std::string_view kHostObject = "hosts[]";
constexpr std::string_view kHopObject = "hosts[].path[]";

constexpr std::array kModes{Mode::Tun, Mode::Tap};
constexpr std::array kScopes{Scope::Global, Scope::Site, Scope::Link, Scope::Host};
constexpr std::array kAnswers{Answer::Echo,           Answer::Silent,          Answer::Absent,
                              Answer::NetUnreachable, Answer::HostUnreachable, Answer::PortUnreachable,
                              Answer::AdminProhibited};
constexpr std::array kAddrGenModes{AddrGenMode::None, AddrGenMode::Eui64, AddrGenMode::Random};

// The profile's own fields

void read_schema(Draft& draft, const Value& value) {
    read_string(draft, value);  // for editors; nothing here depends on it
}

void read_description(Draft& draft, const Value& value) {
    if (const auto* text = read_string(draft, value)) draft.description = *text;
}

void read_version(Draft& draft, const Value& value) {
    const auto* number = std::get_if<Number>(&value.node.value);
    if (!number || number->kind != Number::Kind::Whole) {
        read_number(draft, value, kVersion);
    } else if (number->whole != kVersion.most) {
        report_value(draft, value, fmt::format("version must be {}", kVersion.most));
    }
}

std::optional<Placed<InterfaceName>> read_device_name(Draft& draft, const Value& value) {
    const auto* text = read_string(draft, value);
    if (!text) return std::nullopt;
    auto name = parse_interface_name(*text);
    if (auto* good = std::get_if<InterfaceName>(&name)) return place(value, std::move(*good));
    report_value(draft, value, std::get<std::string>(name));
    return std::nullopt;
}

void read_name(Draft& draft, const Value& value) {
    draft.name = read_device_name(draft, value);
}

void read_mode(Draft& draft, const Value& value) {
    draft.mode = read_word(draft, value, kModes);
}

void read_mtu(Draft& draft, const Value& value) {
    draft.mtu = read_number(draft, value, kMtu);
}

/// Simulated hosts have 02:00:a:b:c:d and 02:01:...: the device must not be one of them.
bool is_of_simulated_host(const MacAddress& mac) {
    return mac.bytes()[0] == 0x02 && mac.bytes()[1] <= 0x01;
}

void read_mac(Draft& draft, const Value& value) {
    const auto mac = read_mac_address(draft, value, "a device");
    if (!mac) return;
    if (is_of_simulated_host(mac->value)) {
        return report_value(draft, value, "02:00 and 02:01 begin the MAC addresses of simulated hosts",
                            suggest_mac(mac->value));
    }
    draft.mac = mac;
}

void read_txqueuelen(Draft& draft, const Value& value) {
    draft.txqueuelen = read_number(draft, value, kTxqueuelen);
}

void read_owner(Draft& draft, const Value& value) {
    draft.owner = read_account(draft, value, kAccountId);
}

void read_group(Draft& draft, const Value& value) {
    draft.group = read_account(draft, value, kAccountId);
}

void read_queues(Draft& draft, const Value& value) {
    draft.queues = read_number(draft, value, kQueues);
}

/// What is wrong with the name or path of a namespace; empty if nothing is.
std::string_view fault_of_namespace(std::string_view text) {
    constexpr std::size_t kLongestName = 255;   // NAME_MAX
    constexpr std::size_t kLongestPath = 4095;  // PATH_MAX less the terminating NUL
    const auto is_name_character = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '.' || c == '-';
    };
    const auto is_control = [](char c) { return static_cast<std::uint8_t>(c) < 0x20 || c == 0x7f; };
    if (text.empty()) return "netns must not be empty";
    if (text.front() == '/') {
        if (text.size() > kLongestPath) return "a path has at most 4095 bytes";
        return std::any_of(text.begin(), text.end(), is_control) ? "a path has no control characters" : "";
    }
    if (!std::all_of(text.begin(), text.end(), is_name_character) || text == "." || text == "..")
        return "netns is a name of letters, digits and \"_\", \".\", \"-\", or a path that begins with \"/\"";
    return text.size() > kLongestName ? "the name of a namespace has at most 255 characters" : "";
}

void read_netns(Draft& draft, const Value& value) {
    const auto* text = read_string(draft, value);
    if (!text) return;
    const auto fault = fault_of_namespace(*text);
    if (!fault.empty()) return report_value(draft, value, fault);
    draft.netns = place(value, *text);
}

void read_bridge(Draft& draft, const Value& value) {
    if (const auto name = read_device_name(draft, value)) draft.bridge = place(value, name->value.str());
}

// IPv6

void read_ipv6(Draft& draft, const Value& value) {
    draft.ipv6 = DraftIpv6{value.node.extent, value.pointer, {}, {}};
    read_object(draft, value, kIpv6Object);
}

void read_addr_gen_mode(Draft& draft, const Value& value) {
    draft.ipv6->addr_gen_mode = read_word(draft, value, kAddrGenModes);
}

void read_accept_ra(Draft& draft, const Value& value) {
    draft.ipv6->accept_ra = read_boolean(draft, value);
}

// Addresses

void read_local(Draft& draft, const Value& value) {
    const auto local = read_prefix(draft, value, BareAddress::IsInterface);
    if (!local || !check_host(draft, value, local->value.address(), "a device")) return;
    if (local->value.is_default()) {
        return report_value(draft, value, "a prefix length of 0 takes every address there is for a neighbour",
                            "give the subnet's length, and a route to \"default\" for the rest");
    }
    draft.addresses.back().local = local;
}

void read_peer(Draft& draft, const Value& value) {
    draft.addresses.back().peer = read_host(draft, value, "a peer");
}

void read_address_scope(Draft& draft, const Value& value) {
    draft.addresses.back().scope = read_word(draft, value, kScopes);
}

void read_nodad(Draft& draft, const Value& value) {
    draft.addresses.back().nodad = read_boolean(draft, value);
}

/// "IP/len" is short for an object with nothing but "local".
void read_address(Draft& draft, const Value& value) {
    const std::size_t faults = draft.findings.size();
    draft.addresses.push_back({value.node.extent, value.pointer, {}, {}, {}, {}});
    if (std::holds_alternative<std::string>(value.node.value)) {
        read_local(draft, value);
    } else if (std::holds_alternative<Node::Object>(value.node.value)) {
        read_object(draft, value, kAddressObject);
    } else {
        report_wrong_type(draft, value, "a string or an object");
    }
    if (!draft.addresses.back().local) draft.addresses.pop_back();
    if (draft.findings.size() > faults) draft.subnets_known = false;
}

void read_addresses(Draft& draft, const Value& value) {
    const auto read = [&](const Value& element) { read_address(draft, element); };
    if (!read_array(draft, value, "an address", read)) draft.subnets_known = false;
}

// Routes

void read_routes(Draft& draft, const Value& value) {
    const auto read = [&](const Value& element) {
        DraftRoute& route = draft.routes.emplace_back();
        route.extent = element.node.extent;
        route.pointer = element.pointer;
        read_object(draft, element, kRouteObject);
        if (!draft.routes.back().destination) draft.subnets_known = false;
    };
    if (!read_array(draft, value, "a route", read)) draft.subnets_known = false;
}

std::vector<std::string> default_words() {
    return {"default", "default6"};
}

std::optional<IpPrefix> read_default(std::string_view text) {
    if (text == "default") return IpPrefix(Ipv4Address(), 0);
    if (text == "default6") return IpPrefix(Ipv6Address(), 0);
    return std::nullopt;
}

void read_dst(Draft& draft, const Value& value) {
    const auto* text = read_string(draft, value);
    if (!text) return;
    if (const auto standard = read_default(*text)) {
        draft.routes.back().destination = place(value, *standard);
        return;
    }
    if (const auto meant = closest(*text, default_words())) {
        return report_value(draft, value, "not a destination", fmt::format("did you mean \"{}\"?", *meant));
    }
    const auto destination = read_prefix(draft, value, BareAddress::IsSingleHost);
    if (!destination) return;
    if (destination->value.has_host_bits()) {
        const IpPrefix network(destination->value.network(), destination->value.length());
        return report_value(draft, value, "a destination has no host bits",
                            fmt::format("did you mean \"{}\"?", network.to_string()));
    }
    draft.routes.back().destination = destination;
}

void read_via(Draft& draft, const Value& value) {
    draft.routes.back().via = read_host(draft, value, "a gateway");
}

void read_src(Draft& draft, const Value& value) {
    draft.routes.back().source = read_ip(draft, value);
}

void read_metric(Draft& draft, const Value& value) {
    draft.routes.back().metric = read_number(draft, value, kMetric);
}

std::vector<std::string> table_words() {
    return {"main"};
}

void read_table(Draft& draft, const Value& value) {
    const auto* text = std::get_if<std::string>(&value.node.value);
    if (!text || is_all_digits(*text)) {
        draft.routes.back().table = read_number(draft, value, kTable);
    } else if (*text == "main") {
        draft.routes.back().table = place(value, kMainTable);
    } else {
        report_value(draft, value,
                     fmt::format("table must be {} to {} or \"main\"", kTable.least, kTable.most));
    }
}

void read_route_scope(Draft& draft, const Value& value) {
    draft.routes.back().scope = read_word(draft, value, kScopes);
}

void read_onlink(Draft& draft, const Value& value) {
    draft.routes.back().onlink = read_boolean(draft, value);
}

void read_route_mtu(Draft& draft, const Value& value) {
    draft.routes.back().mtu = read_number(draft, value, kRouteMtu);
}

// Neighbours

void read_neighbours(Draft& draft, const Value& value) {
    read_array(draft, value, "a neighbour", [&](const Value& element) {
        draft.neighbours.push_back({element.node.extent, element.pointer, {}, {}});
        read_object(draft, element, kNeighbourObject);
    });
}

void read_neighbour_dst(Draft& draft, const Value& value) {
    draft.neighbours.back().destination = read_host(draft, value, "a neighbour");
}

void read_lladdr(Draft& draft, const Value& value) {
    draft.neighbours.back().lladdr = read_mac_address(draft, value, "a neighbour");
}

// Hosts

void read_seed(Draft& draft, const Value& value) {
    draft.seed = read_number(draft, value, kSeed);
}

void read_hosts(Draft& draft, const Value& value) {
    draft.hosts = place(value, std::vector<DraftHost>());
    read_array(draft, value, "a host", [&](const Value& element) {
        DraftHost& host = draft.hosts->value.emplace_back();
        host.extent = element.node.extent;
        host.pointer = element.pointer;
        read_object(draft, element, kHostObject);
    });
}

DraftHost& last_host(Draft& draft) {
    return draft.hosts->value.back();
}

void read_match(Draft& draft, const Value& value) {
    const auto* text = read_string(draft, value);
    if (!text) return;
    if (const auto address = parse_ip_address(*text)) {
        if (check_host(draft, value, *address, "a simulated host"))
            last_host(draft).match = place(value, IpPrefix(*address, address->bits()));
        return;
    }
    const auto prefix = parse_ip_prefix(*text);
    if (!prefix) {
        return report_value(draft, value,
                            "not an IP address, nor one with a prefix length, as \"10.0.1.0/24\" is");
    }
    const IpPrefix network(prefix->network(), prefix->length());
    if (network != *prefix) {
        return report_value(draft, value, "a prefix has no host bits",
                            fmt::format("did you mean \"{}\" or \"{}\"?", network.to_string(),
                                        prefix->address().to_string()));
    }
    constexpr unsigned kLeastOfOneKind =
        8;  // 127/8 and ff00::/8; 224/4 has none shorter that is not all of it
    if (prefix->length() >= kLeastOfOneKind &&
        !check_host(draft, value, prefix->address(), "a simulated host"))
        return;
    last_host(draft).match = place(value, *prefix);
}

void read_answer(Draft& draft, const Value& value) {
    last_host(draft).answer = read_word(draft, value, kAnswers);
}

void read_host_mac(Draft& draft, const Value& value) {
    last_host(draft).mac = read_mac_address(draft, value, "a host");
}

void read_ttl(Draft& draft, const Value& value) {
    last_host(draft).ttl = read_number(draft, value, kTtl);
}

void read_host_delay(Draft& draft, const Value& value) {
    last_host(draft).delay = read_duration(draft, value);
    last_host(draft).delay_known = last_host(draft).delay.has_value();
}

/// Reads into that member of the last host.
template <auto member, auto read>
void read_host_value(Draft& draft, const Value& value) {
    last_host(draft).*member = read(draft, value);
}

// Hops

DraftHop& last_hop(Draft& draft) {
    return last_host(draft).path.back();
}

void read_hop_address(Draft& draft, const Value& value) {
    const auto* text = read_string(draft, value);
    if (!text) return;
    if (*text == "*") {
        last_hop(draft).hop = place(value, std::optional<IpAddress>());
    } else if (const auto address = read_host(draft, value, "a hop")) {
        last_hop(draft).hop = place(value, std::optional(address->value));
    }
}

void read_hop_delay(Draft& draft, const Value& value) {
    last_hop(draft).delay = read_duration(draft, value);
}

void read_hop_mtu(Draft& draft, const Value& value) {
    last_hop(draft).mtu = read_number(draft, value, kHopMtu);
}

void read_blackhole(Draft& draft, const Value& value) {
    last_hop(draft).blackhole = read_boolean(draft, value);
}

/// "IP" and "*" are short for an object with nothing but "hop".
void read_path(Draft& draft, const Value& value) {
    read_array(draft, value, "a hop", [&](const Value& element) {
        DraftHop& hop = last_host(draft).path.emplace_back();
        hop.extent = element.node.extent;
        hop.pointer = element.pointer;
        if (std::holds_alternative<std::string>(element.node.value)) {
            read_hop_address(draft, element);
        } else if (std::holds_alternative<Node::Object>(element.node.value)) {
            read_object(draft, element, kHopObject);
        } else {
            report_wrong_type(draft, element, "a string or an object");
        }
    });
}

// The table

constexpr Shape whole(Range range) {
    return {.type = Shape::Type::Whole, .range = range};
}

constexpr Shape word_of_list(std::vector<std::string> (*words)()) {
    return {.type = Shape::Type::Word, .words = words};
}

template <const auto& choices>
std::vector<std::string> words_for() {
    return words_of(choices);
}

constexpr Shape object(std::string_view name) {
    return {.type = Shape::Type::Object, .object = name};
}

constexpr Shape shape(Shape::Type type) {
    return {.type = type};
}

constexpr auto kText = shape(Shape::Type::Text);
constexpr auto kBoolean = shape(Shape::Type::Boolean);
constexpr auto kDeviceName = shape(Shape::Type::DeviceName);
constexpr auto kAccount = shape(Shape::Type::Account);
constexpr auto kIp = shape(Shape::Type::Ip);
constexpr auto kPrefix = shape(Shape::Type::Prefix);
constexpr auto kIpOrStar = shape(Shape::Type::IpOrStar);
constexpr auto kDuration = shape(Shape::Type::Duration);
constexpr auto kPercentage = shape(Shape::Type::Percentage);

/// The manual's table is held against the first four columns, by a test; what the words say of
/// limits is held against the readers, and the schema against the table, by others.
constexpr std::array kFields{
    Field{.facts = {"", "$schema", "string", "",
                    "The JSON Schema by which editors check and complete this file."},
          .read = read_schema,
          .shapes = {kText}},
    Field{.facts = {"", "description", "string", "", "What the profile is for."},
          .read = read_description,
          .shapes = {kText}},
    Field{.facts = {"", "version", "1", "required", "The version of this format."},
          .read = read_version,
          .shapes = {whole(kVersion)}},
    Field{.facts = {"", "name", "1 to 15 of A-Z a-z 0-9 _ . -, not beginning with -", "required",
                    "The device's name."},
          .read = read_name,
          .shapes = {kDeviceName}},
    Field{.facts = {"", "mode", "tun or tap", "required",
                    "A TUN device carries IP packets, a TAP device Ethernet frames."},
          .read = read_mode,
          .shapes = {word_of_list(words_for<kModes>)}},
    Field{.facts = {"", "mtu", "68 to 65535 (tap 65521); at least 1280 with IPv6", "1500",
                    "The largest IP packet that the device carries, in bytes."},
          .read = read_mtu,
          .shapes = {whole(kMtu)}},
    Field{.facts = {"", "mac", "tap only; unicast; not beginning with 02:00 or 02:01",
                    "stable, from machine id and name", "The MAC address of the device."},
          .read = read_mac,
          .shapes = {shape(Shape::Type::DeviceMac)},
          .not_on_tun = "a TUN device has no MAC address"},
    Field{.facts = {"", "txqueuelen", "1 to 500000", "the kernel's",
                    "How many packets may wait for the program that reads the device."},
          .read = read_txqueuelen,
          .shapes = {whole(kTxqueuelen)}},
    Field{.facts = {"", "owner", "name, or id 0 to 4294967294", "SUDO_UID, else the user's own id",
                    "The user who may open the device without privilege."},
          .read = read_owner,
          .shapes = {kAccount, whole(kAccountId)}},
    Field{.facts = {"", "group", "name, or id 0 to 4294967294", "none",
                    "A group of which a user must be a member to open the device."},
          .read = read_group,
          .shapes = {kAccount, whole(kAccountId)}},
    Field{.facts = {"", "queues", "1 to 256", "1",
                    "How many queues a program may open; more than 1 makes a multi-queue device."},
          .read = read_queues,
          .shapes = {whole(kQueues)}},
    Field{.facts = {"", "netns", "name, or path that begins with /", "the current one",
                    "The network namespace that the device is made in."},
          .read = read_netns,
          .shapes = {shape(Shape::Type::Namespace)}},
    Field{.facts = {"", "bridge", "tap only; the name of a bridge", "none",
                    "The bridge that the device becomes a port of."},
          .read = read_bridge,
          .shapes = {kDeviceName},
          .not_on_tun = "a TUN device cannot be a port of a bridge"},
    Field{.facts = {"", "ipv6", "object", "{}", "What the device does about IPv6 of its own accord."},
          .read = read_ipv6,
          .shapes = {object(kIpv6Object)}},
    Field{.facts = {"", "addresses", "array of \"IP/len\" or objects", "[]",
                    "The addresses that the host has on the device."},
          .read = read_addresses,
          .shapes = {kPrefix, object(kAddressObject)},
          .holds = Field::Holds::Array},
    Field{.facts = {"", "routes", "array of objects", "[]", "What else lies behind the device."},
          .read = read_routes,
          .shapes = {object(kRouteObject)},
          .holds = Field::Holds::Array},
    Field{.facts = {"", "neighbours", "tap only; array of objects", "[]",
                    "Permanent entries of the neighbour table."},
          .read = read_neighbours,
          .shapes = {object(kNeighbourObject)},
          .holds = Field::Holds::Array,
          .not_on_tun = "a TUN device has no neighbours"},
    Field{.facts = {"", "seed", "0 to 4294967295", "random, and printed",
                    "What all chances of the hosts follow from: the same seed, the same losses."},
          .read = read_seed,
          .shapes = {whole(kSeed)}},
    Field{.facts = {"", "hosts", "array of objects, at least one", "every address behind the device answers",
                    "Who lives behind the device, and how they behave."},
          .read = read_hosts,
          .shapes = {object(kHostObject)},
          .holds = Field::Holds::Array,
          .items = kHosts},
    Field{.facts = {kIpv6Object, "addr_gen_mode", "none, eui64 (tap only) or random", "none",
                    "How the device gets a link-local address: not at all, from its MAC address, at random."},
          .read = read_addr_gen_mode,
          .shapes = {word_of_list(words_for<kAddrGenModes>)}},
    Field{.facts = {kIpv6Object, "accept_ra", "true or false", "false",
                    "Whether the host heeds router advertisements that come through the device."},
          .read = read_accept_ra,
          .shapes = {kBoolean}},
    Field{.facts = {kAddressObject, "local", "\"IP/len\"", "required", "The host's address."},
          .read = read_local,
          .shapes = {kPrefix}},
    Field{.facts = {kAddressObject, "peer", "IP", "none",
                    "The address of the far end, on a point-to-point link."},
          .read = read_peer,
          .shapes = {kIp}},
    Field{.facts = {kAddressObject, "scope", "IPv4 only; global, site, link or host", "global",
                    "How far the address is valid."},
          .read = read_address_scope,
          .shapes = {word_of_list(words_for<kScopes>)}},
    Field{.facts = {kAddressObject, "nodad", "IPv6 only; true or false", "true",
                    "Whether the address is used at once, without duplicate address detection."},
          .read = read_nodad,
          .shapes = {kBoolean}},
    Field{.facts = {kRouteObject, "dst", "\"IP/len\" without host bits, default or default6", "required",
                    "Where the route leads."},
          .read = read_dst,
          .shapes = {word_of_list(default_words), kPrefix}},
    Field{.facts = {kRouteObject, "via", "IP", "none", "The gateway: an address behind the device."},
          .read = read_via,
          .shapes = {kIp}},
    Field{.facts = {kRouteObject, "src", "IP", "the kernel's choice",
                    "The source address that the host takes for what it sends along the route."},
          .read = read_src,
          .shapes = {kIp}},
    Field{.facts = {kRouteObject, "metric", "0 to 4294967295", "0; IPv6: 1024",
                    "Where two routes lead to one place, the lower metric wins."},
          .read = read_metric,
          .shapes = {whole(kMetric)}},
    Field{.facts = {kRouteObject, "table", "1 to 4294967295, or main", "main", "The routing table."},
          .read = read_table,
          .shapes = {whole(kTable), word_of_list(table_words)}},
    Field{.facts = {kRouteObject, "scope", "IPv4 only; global, site, link or host; with via global or site",
                    "link; with via global", "How far away the destination is."},
          .read = read_route_scope,
          .shapes = {word_of_list(words_for<kScopes>)}},
    Field{.facts = {kRouteObject, "onlink", "true or false; true needs via", "false",
                    "Take the gateway as reachable, even if no address of the device says so."},
          .read = read_onlink,
          .shapes = {kBoolean}},
    Field{.facts = {kRouteObject, "mtu", "68 to 65520; IPv6 at least 1280", "the device's",
                    "The largest packet that takes this route, in bytes."},
          .read = read_route_mtu,
          .shapes = {whole(kRouteMtu)}},
    Field{.facts = {kNeighbourObject, "dst", "IP", "required", "The neighbour's address."},
          .read = read_neighbour_dst,
          .shapes = {kIp}},
    Field{.facts = {kNeighbourObject, "lladdr", "unicast MAC address", "required",
                    "The MAC address that it has."},
          .read = read_lladdr,
          .shapes = {shape(Shape::Type::UnicastMac)}},
    Field{.facts = {kHostObject, "match", "IP, or \"IP/len\" without host bits", "required",
                    "Whom the others are about: the longest match counts, and nothing of the shorter ones."},
          .read = read_match,
          .shapes = {shape(Shape::Type::IpOrPrefix)}},
    Field{
        .facts =
            {kHostObject, "answer",
             "echo, silent, absent, net-unreachable, host-unreachable, port-unreachable or admin-prohibited",
             "echo", "What the host says, or what is said of it."},
        .read = read_answer,
        .shapes = {word_of_list(words_for<kAnswers>)}},
    Field{.facts = {kHostObject, "mac", "tap only; unicast MAC address; with a single match only",
                    "made from the address", "The MAC address that the host answers with."},
          .read = read_host_mac,
          .shapes = {shape(Shape::Type::UnicastMac)},
          .not_on_tun = "behind a TUN device nobody has a MAC address"},
    Field{.facts = {kHostObject, "ttl", "1 to 255, more than the path has hops", "64",
                    "The TTL or hop limit that the host sends with."},
          .read = read_ttl,
          .shapes = {whole(kTtl)}},
    Field{.facts = {kHostObject, "delay", "\"0ms\" to \"3600s\"; units us, ms and s", "0ms",
                    "How much later than at once the host answers."},
          .read = read_host_delay,
          .shapes = {kDuration}},
    Field{.facts = {kHostObject, "jitter", "as delay, and at most that", "0ms",
                    "By how much the delay may be shorter or longer, evenly by chance."},
          .read = read_host_value<&DraftHost::jitter, read_duration>,
          .shapes = {kDuration}},
    Field{.facts = {kHostObject, "loss", "\"0%\" to \"100%\"", "0%", "The share of answers that get lost."},
          .read = read_host_value<&DraftHost::loss, read_percentage>,
          .shapes = {kPercentage}},
    Field{.facts = {kHostObject, "duplicate", "\"0%\" to \"100%\"", "0%",
                    "The share of answers that come twice."},
          .read = read_host_value<&DraftHost::duplicate, read_percentage>,
          .shapes = {kPercentage}},
    Field{.facts = {kHostObject, "corrupt", "\"0%\" to \"100%\"", "0%",
                    "The share of answers that come with a wrong checksum."},
          .read = read_host_value<&DraftHost::corrupt, read_percentage>,
          .shapes = {kPercentage}},
    Field{.facts = {kHostObject, "reorder", "\"0%\" to \"100%\"; more than 0% needs delay", "0%",
                    "The share of answers that overtake those that wait."},
          .read = read_host_value<&DraftHost::reorder, read_percentage>,
          .shapes = {kPercentage}},
    Field{.facts = {kHostObject, "rate", "\"1/s\" to \"1000000/s\"", "none",
                    "How many answers there are a second; what is asked beyond that gets none."},
          .read = read_host_value<&DraftHost::rate, read_rate>,
          .shapes = {shape(Shape::Type::Rate)}},
    Field{.facts = {kHostObject, "path", "array of at most 63 IP, \"*\" or objects", "[]",
                    "The routers before the host, the nearest first."},
          .read = read_path,
          .shapes = {kIpOrStar, object(kHopObject)},
          .holds = Field::Holds::Array,
          .items = kHops},
    Field{.facts = {kHopObject, "hop", "IP or *", "required",
                    "The router's address, or * for one that never says anything."},
          .read = read_hop_address,
          .shapes = {kIpOrStar}},
    Field{.facts = {kHopObject, "delay", "\"0ms\" to \"3600s\"; units us, ms and s", "0ms",
                    "What the way to this router and back adds."},
          .read = read_hop_delay,
          .shapes = {kDuration}},
    Field{.facts = {kHopObject, "mtu", "552 to 65535; IPv6 at least 1280", "none",
                    "The largest packet that the link behind this router carries, in bytes."},
          .read = read_hop_mtu,
          .shapes = {whole(kHopMtu)}},
    Field{.facts = {kHopObject, "blackhole", "true or false; true needs mtu", "false",
                    "Whether what is longer than mtu vanishes without a word."},
          .read = read_blackhole,
          .shapes = {kBoolean}},
};

}  // namespace

std::span<const Field> field_table() {
    return kFields;
}

std::span<const FieldFacts> profile_fields() {
    static const auto kFacts = [] {
        std::array<FieldFacts, kFields.size()> facts;
        std::transform(kFields.begin(), kFields.end(), facts.begin(),
                       [](const Field& field) { return field.facts; });
        return facts;
    }();
    return kFacts;
}

}  // namespace tunlab
