#include "tunlab/profile/fields.hpp"

#include "tunlab/base/suggest.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <type_traits>
#include <utility>
#include <variant>

#include "reading.hpp"
#include "values.hpp"
#include <fmt/format.h>

namespace tunlab {

namespace {

constexpr std::uint32_t kMaxUint32 = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint32_t kMaxAccountId = kMaxUint32 - 1;  // the kernel takes 2^32 - 1 for "none"
constexpr std::uint32_t kVersion = 1;

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

// From a value to its place in the profile

/// The object whose fields are being read: the last of its list.
template <typename Object>
Object& current(Reader& reader) {
    if constexpr (std::is_same_v<Object, Profile>)
        return reader.profile;
    else if constexpr (std::is_same_v<Object, ProfileAddress>)
        return reader.addresses.back().value;
    else if constexpr (std::is_same_v<Object, ProfileRoute>)
        return reader.routes.back().value;
    else if constexpr (std::is_same_v<Object, ProfileNeighbour>)
        return reader.neighbours.back().value;
    else if constexpr (std::is_same_v<Object, HostRule>)
        return reader.hosts.back().value;
    else if constexpr (std::is_same_v<Object, Impairments>)
        return reader.hosts.back().value.impairments;
    else
        return reader.hosts.back().value.path.back();
}

template <typename T>
void store(Reader& reader, const Value& value, Located<T>& member, T read) {
    member = {std::move(read), reader.locate(value)};
}
template <typename T>
void store(Reader& reader, const Value& value, std::optional<Located<T>>& member, T read) {
    member = {std::move(read), reader.locate(value)};
}
template <typename Member, typename T>
void store(Reader& /*reader*/, const Value& /*value*/, Member& member, T read) {
    member = static_cast<Member>(std::move(read));
}

template <typename Object, typename Member, typename Read>
void read_into(Reader& reader, const Value& value, Member Object::*member, Read read) {
    if (auto result = read(reader, value))
        store(reader, value, current<Object>(reader).*member, *std::move(result));
}

/// Fills `member` of the object that is being read with what `read` makes of the value.
template <auto member, auto read>
void into(Reader& reader, const Value& value) {
    read_into(reader, value, member, read);
}

/// Likewise for the setting of the device that the field is of.
template <auto read>
void into_setting(Reader& reader, const Value& value) {
    const auto result = read(reader, value);
    if (!result) return;
    DeviceSettings& settings = reader.profile.settings;
    const DeviceField field = value.field->setting.value();
    const auto* const by_ipv6 = settings.find(field);  // then the place is that of the object
    settings.set(field, *result, by_ipv6 == nullptr ? reader.locate(value) : by_ipv6->where);
}

// The profile's own fields

void read_schema(Reader& reader, const Value& value) {
    read_string(reader, value);  // for editors; nothing here depends on it
}

void read_description(Reader& reader, const Value& value) {
    if (const auto* text = read_string(reader, value)) reader.profile.description = *text;
}

void read_version(Reader& reader, const Value& value) {
    const auto* number = std::get_if<Number>(&value.node->value);
    if (!number || number->kind != Number::Kind::Whole) {
        read_number(reader, value);
    } else if (number->whole != kVersion) {
        report_value(reader, value, fmt::format("version must be {}", kVersion));
    }
}

std::optional<InterfaceName> read_device_name(Reader& reader, const Value& value) {
    const auto* text = read_string(reader, value);
    if (!text) return std::nullopt;
    auto name = parse_interface_name(*text);
    if (auto* good = std::get_if<InterfaceName>(&name)) return std::move(*good);
    report_value(reader, value, std::get<std::string>(name));
    return std::nullopt;
}

/// Simulated hosts have 02:00:a:b:c:d and 02:01:...: the device must not be one of them.
bool is_of_simulated_host(const MacAddress& mac) {
    return mac.bytes()[0] == 0x02 && mac.bytes()[1] <= 0x01;
}

std::optional<MacAddress> read_device_mac(Reader& reader, const Value& value) {
    const auto mac = read_mac_address(reader, value, "a device");
    if (!mac || !is_of_simulated_host(*mac)) return mac;
    report_value(reader, value, "02:00 and 02:01 begin the MAC addresses of simulated hosts",
                 suggest_mac(*mac));
    return std::nullopt;
}

/// What is wrong with the name or path of a namespace; empty if nothing is.
std::string_view fault_of_namespace(std::string_view text) {
    constexpr std::size_t kMaxName = 255;   // NAME_MAX
    constexpr std::size_t kMaxPath = 4095;  // PATH_MAX less the terminating NUL
    const auto is_name_character = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '.' || c == '-';
    };
    const auto is_control = [](char c) { return static_cast<std::uint8_t>(c) < 0x20 || c == 0x7f; };
    if (text.empty()) return "netns must not be empty";
    if (text.front() == '/') {
        if (text.size() > kMaxPath) return "a path has at most 4095 bytes";
        return std::any_of(text.begin(), text.end(), is_control) ? "a path has no control characters" : "";
    }
    if (!std::all_of(text.begin(), text.end(), is_name_character) || text == "." || text == "..")
        return "netns is a name of letters, digits and \"_\", \".\", \"-\", or a path that begins with \"/\"";
    return text.size() > kMaxName ? "the name of a namespace has at most 255 characters" : "";
}

std::optional<std::string> read_netns(Reader& reader, const Value& value) {
    const auto* text = read_string(reader, value);
    if (!text) return std::nullopt;
    const auto fault = fault_of_namespace(*text);
    if (fault.empty()) return *text;
    report_value(reader, value, fault);
    return std::nullopt;
}

std::optional<std::string> read_bridge(Reader& reader, const Value& value) {
    const auto name = read_device_name(reader, value);
    return name ? std::optional(name->str()) : std::nullopt;
}

// IPv6

/// The object asks for all its fields, with their defaults where it leaves them out.
void read_ipv6(Reader& reader, const Value& value) {
    const SourceLocation where = reader.locate(value);
    reader.profile.settings.set(DeviceField::AddrGenMode, AddrGenMode::None, where);
    reader.profile.settings.set(DeviceField::AcceptRa, false, where);
    read_object(reader, value, kIpv6Object);
}

// Addresses

std::optional<IpPrefix> read_local(Reader& reader, const Value& value) {
    const auto local = read_prefix(reader, value, BareAddress::IsInterface);
    if (!local || !check_host(reader, value, local->address(), "a device")) return std::nullopt;
    if (!local->is_default()) return local;
    report_value(reader, value, "a prefix length of 0 takes every address there is for a neighbour",
                 "give the subnet's length, and a route to \"default\" for the rest");
    return std::nullopt;
}

std::optional<IpAddress> read_peer(Reader& reader, const Value& value) {
    return read_host(reader, value, "a peer");
}

/// "IP/len" is short for an object with nothing but "local".
void read_address(Reader& reader, const Value& value) {
    const std::size_t faults = reader.diagnostics.size();
    reader.addresses.push_back({{}, value});
    bool has_local = false;
    if (std::holds_alternative<std::string>(value.node->value)) {
        into<&ProfileAddress::local, read_local>(reader, value);
        has_local = reader.diagnostics.size() == faults;
    } else if (std::holds_alternative<Node::Object>(value.node->value)) {
        read_object(reader, value, kAddressObject);
        has_local = reader.has(value, "local");
    } else {
        report_wrong_type(reader, value, "a string or an object");
    }
    if (!has_local) reader.addresses.pop_back();
    if (reader.diagnostics.size() > faults) reader.subnets_known = false;
}

void read_addresses(Reader& reader, const Value& value) {
    const auto read = [&](const Value& element) { read_address(reader, element); };
    if (!read_array(reader, value, "an address", read)) reader.subnets_known = false;
}

// Routes

void read_routes(Reader& reader, const Value& value) {
    const auto read = [&](const Value& element) {
        reader.routes.push_back({{}, element});
        read_object(reader, element, kRouteObject);
        if (!reader.has(element, "dst")) reader.subnets_known = false;
    };
    if (!read_array(reader, value, "a route", read)) reader.subnets_known = false;
}

std::vector<std::string> default_words() {
    return {"default", "default6"};
}

std::optional<IpPrefix> read_default(std::string_view text) {
    if (text == "default") return IpPrefix(Ipv4Address(), 0);
    if (text == "default6") return IpPrefix(Ipv6Address(), 0);
    return std::nullopt;
}

std::optional<IpPrefix> read_dst(Reader& reader, const Value& value) {
    const auto* text = read_string(reader, value);
    if (!text) return std::nullopt;
    if (const auto standard = read_default(*text)) return standard;
    if (const auto meant = closest(*text, default_words())) {
        report_value(reader, value, "not a destination", fmt::format("did you mean \"{}\"?", *meant));
        return std::nullopt;
    }
    const auto destination = read_prefix(reader, value, BareAddress::IsSingleHost);
    if (!destination || !destination->has_host_bits()) return destination;
    const IpPrefix network(destination->network(), destination->length());
    report_value(reader, value, "a destination has no host bits",
                 fmt::format("did you mean \"{}\"?", network.to_string()));
    return std::nullopt;
}

std::optional<IpAddress> read_via(Reader& reader, const Value& value) {
    return read_host(reader, value, "a gateway");
}

std::vector<std::string> table_words() {
    return {"main"};
}

std::optional<std::uint32_t> read_table(Reader& reader, const Value& value) {
    const auto* text = std::get_if<std::string>(&value.node->value);
    if (!text || is_all_digits(*text)) return read_number(reader, value);
    if (*text == "main") return kMainTable;
    const Range range = value.field->range();
    report_value(reader, value, fmt::format("table must be {} to {} or \"main\"", range.min, range.max));
    return std::nullopt;
}

// Neighbours

void read_neighbours(Reader& reader, const Value& value) {
    read_array(reader, value, "a neighbour", [&](const Value& element) {
        reader.neighbours.push_back({{IpAddress(Ipv4Address()), MacAddress()}, element});
        read_object(reader, element, kNeighbourObject);
    });
}

std::optional<IpAddress> read_neighbour_dst(Reader& reader, const Value& value) {
    return read_host(reader, value, "a neighbour");
}

std::optional<MacAddress> read_lladdr(Reader& reader, const Value& value) {
    return read_mac_address(reader, value, "a neighbour");
}

// Hosts

void read_hosts(Reader& reader, const Value& value) {
    reader.profile.hosts.emplace();
    read_array(reader, value, "a host", [&](const Value& element) {
        reader.hosts.push_back({{}, element});
        read_object(reader, element, kHostObject);
    });
}

std::optional<IpPrefix> read_match(Reader& reader, const Value& value) {
    constexpr std::string_view kWho = "a simulated host";
    const auto* text = read_string(reader, value);
    if (!text) return std::nullopt;
    if (const auto address = parse_ip_address(*text)) {
        if (!check_host(reader, value, *address, kWho)) return std::nullopt;
        return IpPrefix(*address, address->bits());
    }
    const auto prefix = parse_ip_prefix(*text);
    if (!prefix) {
        report_value(reader, value, "not an IP address, nor one with a prefix length, as \"10.0.1.0/24\" is");
        return std::nullopt;
    }
    const IpPrefix network(prefix->network(), prefix->length());
    if (network != *prefix) {
        report_value(reader, value, "a prefix has no host bits",
                     fmt::format("did you mean \"{}\" or \"{}\"?", network.to_string(),
                                 prefix->address().to_string()));
        return std::nullopt;
    }
    // All addresses of a prefix this long are of one kind: 127/8, ff00::/8. What is shorter than 224/4 is
    // not.
    constexpr unsigned kMinLengthOfOneKind = 8;
    if (prefix->length() >= kMinLengthOfOneKind && !check_host(reader, value, prefix->address(), kWho))
        return std::nullopt;
    return prefix;
}

std::optional<MacAddress> read_host_mac(Reader& reader, const Value& value) {
    return read_mac_address(reader, value, "a host");
}

// Hops

/// No address for "*".
std::optional<std::optional<IpAddress>> read_hop_address(Reader& reader, const Value& value) {
    const auto* text = read_string(reader, value);
    if (!text) return std::nullopt;
    if (*text == "*") return std::optional<IpAddress>();
    const auto address = read_host(reader, value, "a hop");
    if (!address) return std::nullopt;
    return address;
}

/// "IP" and "*" are short for an object with nothing but "hop".
void read_path(Reader& reader, const Value& value) {
    read_array(reader, value, "a hop", [&](const Value& element) {
        reader.hosts.back().value.path.emplace_back();
        if (std::holds_alternative<std::string>(element.node->value)) {
            into<&Hop::address, read_hop_address>(reader, element);
        } else if (std::holds_alternative<Node::Object>(element.node->value)) {
            read_object(reader, element, kHopObject);
        } else {
            report_wrong_type(reader, element, "a string or an object");
        }
    });
}

// The table

constexpr Shape whole(std::uint32_t min, std::uint32_t max) {
    return {.type = Shape::Type::Whole, .range = {min, max}};
}

constexpr Shape one_of(std::vector<std::string> (*words)()) {
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
          .shapes = {whole(kVersion, kVersion)},
          .example = "\"version\": 1"},
    Field{.facts = {"", "name", "1 to 15 of A-Z a-z 0-9 _ . -, not beginning with -", "required",
                    "The device's name."},
          .read = into<&Profile::name, read_device_name>,
          .shapes = {kDeviceName},
          .example = "\"name\": \"tun0\"",
          .synonyms = {"ifname", "device"}},
    Field{.facts = {"", "mode", "tun or tap", "required",
                    "A TUN device carries IP packets, a TAP device Ethernet frames."},
          .read = into<&Profile::mode, read_word<kModes>>,
          .shapes = {one_of(words_for<kModes>)},
          .example = "\"mode\": \"tun\" or \"mode\": \"tap\"",
          .synonyms = {"type"}},
    Field{.facts = {"", "mtu", "68 to 65535 (tap 65521); at least 1280 with IPv6", "1500",
                    "The largest IP packet that the device carries, in bytes."},
          .read = into_setting<read_number>,
          .shapes = {whole(68, 65535)},  // a TUN device's; for a TAP device kMaxTapMtu
          .setting = DeviceField::Mtu},
    Field{.facts = {"", "mac", "tap only; unicast; not beginning with 02:00 or 02:01",
                    "stable, from machine id and name", "The MAC address of the device."},
          .read = into_setting<read_device_mac>,
          .shapes = {shape(Shape::Type::DeviceMac)},
          .setting = DeviceField::Mac,
          .not_on_tun = "a TUN device has no MAC address",
          .synonyms = {"macaddress", "hwaddr", "lladdr", "ether"}},
    Field{.facts = {"", "txqueuelen", "1 to 500000", "the kernel's",
                    "How many packets may wait for the program that reads the device."},
          .read = into_setting<read_number>,
          .shapes = {whole(1, 500'000)},
          .setting = DeviceField::Txqueuelen,
          .synonyms = {"txqlen", "qlen"}},
    Field{.facts = {"", "owner", "name, or id 0 to 4294967294", "SUDO_UID, else the user's own id",
                    "The user who may open the device without privilege."},
          .read = into<&Profile::owner, read_account>,
          .shapes = {kAccount, whole(0, kMaxAccountId)},
          .synonyms = {"user"}},
    Field{.facts = {"", "group", "name, or id 0 to 4294967294", "none",
                    "A group of which a user must be a member to open the device."},
          .read = into<&Profile::group, read_account>,
          .shapes = {kAccount, whole(0, kMaxAccountId)}},
    Field{.facts = {"", "queues", "1 to 256", "1",
                    "How many queues a program may open; more than 1 makes a multi-queue device."},
          .read = into<&Profile::queues, read_number>,
          .shapes = {whole(1, 256)}},  // MAX_TAP_QUEUES of the kernel's tun driver
    Field{.facts = {"", "netns", "name, or path that begins with /", "the current one",
                    "The network namespace that the device is made in."},
          .read = into<&Profile::netns, read_netns>,
          .shapes = {shape(Shape::Type::Namespace)},
          .synonyms = {"namespace"}},
    Field{.facts = {"", "bridge", "tap only; the name of a bridge", "none",
                    "The bridge that the device becomes a port of."},
          .read = into<&Profile::bridge, read_bridge>,
          .shapes = {kDeviceName},
          .setting = DeviceField::Bridge,
          .not_on_tun = "a TUN device cannot be a port of a bridge",
          .synonyms = {"master"}},
    Field{.facts = {"", "ipv6", "object", "{}", "What the device does about IPv6 of its own accord."},
          .read = read_ipv6,
          .shapes = {object(kIpv6Object)}},
    Field{.facts = {"", "addresses", "array of \"IP/len\" or objects", "[]",
                    "The addresses that the host has on the device."},
          .read = read_addresses,
          .shapes = {kPrefix, object(kAddressObject)},
          .holds = Field::Holds::Array,
          .synonyms = {"ip", "address"}},
    Field{.facts = {"", "routes", "array of objects", "[]", "What else lies behind the device."},
          .read = read_routes,
          .shapes = {object(kRouteObject)},
          .holds = Field::Holds::Array},
    Field{.facts = {"", "neighbours", "tap only; array of objects", "[]",
                    "Permanent entries of the neighbour table."},
          .read = read_neighbours,
          .shapes = {object(kNeighbourObject)},
          .holds = Field::Holds::Array,
          .not_on_tun = "a TUN device has no neighbours",
          .synonyms = {"neighbors"}},
    Field{.facts = {"", "seed", "0 to 4294967295", "random, and printed",
                    "What all chances of the hosts follow from: the same seed, the same losses."},
          .read = into<&Profile::seed, read_number>,
          .shapes = {whole(0, kMaxUint32)}},
    Field{.facts = {"", "hosts", "array of objects, at least one", "every address behind the device answers",
                    "Who lives behind the device, and how they behave."},
          .read = read_hosts,
          .shapes = {object(kHostObject)},
          .holds = Field::Holds::Array,
          .items = {1, kMaxUint32}},
    Field{.facts = {kIpv6Object, "addr_gen_mode", "none, eui64 (tap only) or random", "none",
                    "How the device gets a link-local address: not at all, from its MAC address, at random."},
          .read = into_setting<read_word<kAddrGenModes>>,
          .shapes = {one_of(words_for<kAddrGenModes>)},
          .setting = DeviceField::AddrGenMode,
          .synonyms = {"addrgenmode"}},
    Field{.facts = {kIpv6Object, "accept_ra", "true or false", "false",
                    "Whether the host heeds router advertisements that come through the device."},
          .read = into_setting<read_boolean>,
          .shapes = {kBoolean},
          .setting = DeviceField::AcceptRa},
    Field{.facts = {kAddressObject, "local", "\"IP/len\"", "required", "The host's address."},
          .read = into<&ProfileAddress::local, read_local>,
          .shapes = {kPrefix},
          .example = "\"local\": \"192.168.0.1/24\"",
          .synonyms = {"ip", "address"}},
    Field{.facts = {kAddressObject, "peer", "IP", "none",
                    "The address of the far end, on a point-to-point link."},
          .read = into<&ProfileAddress::peer, read_peer>,
          .shapes = {kIp},
          .synonyms = {"remote"}},
    Field{.facts = {kAddressObject, "scope", "IPv4 only; global, site, link or host", "global",
                    "How far the address is valid."},
          .read = into<&ProfileAddress::scope, read_word<kScopes>>,
          .shapes = {one_of(words_for<kScopes>)}},
    Field{.facts = {kAddressObject, "nodad", "IPv6 only; true or false", "true",
                    "Whether the address is used at once, without duplicate address detection."},
          .read = into<&ProfileAddress::nodad, read_boolean>,
          .shapes = {kBoolean}},
    Field{.facts = {kRouteObject, "dst", "\"IP/len\" without host bits, default or default6", "required",
                    "Where the route leads."},
          .read = into<&ProfileRoute::destination, read_dst>,
          .shapes = {one_of(default_words), kPrefix},
          .example = "\"dst\": \"10.9.0.0/16\" or \"dst\": \"default\"",
          .synonyms = {"to", "destination"}},
    Field{.facts = {kRouteObject, "via", "IP", "none", "The gateway: an address behind the device."},
          .read = into<&ProfileRoute::via, read_via>,
          .shapes = {kIp},
          .synonyms = {"gateway", "next-hop-address", "nexthop"}},
    Field{.facts = {kRouteObject, "src", "IP", "the kernel's choice",
                    "The source address that the host takes for what it sends along the route."},
          .read = into<&ProfileRoute::source, read_ip>,
          .shapes = {kIp},
          .synonyms = {"source"}},
    Field{.facts = {kRouteObject, "metric", "0 to 4294967295", "0; IPv6: 1024",
                    "Where two routes lead to one place, the lower metric wins."},
          .read = into<&ProfileRoute::metric, read_number>,
          .shapes = {whole(0, kMaxUint32)}},
    Field{.facts = {kRouteObject, "table", "1 to 4294967295, or main", "main", "The routing table."},
          .read = into<&ProfileRoute::table, read_table>,
          .shapes = {whole(1, kMaxUint32), one_of(table_words)}},
    Field{.facts = {kRouteObject, "scope", "IPv4 only; global, site, link or host; with via global or site",
                    "link; with via global", "How far away the destination is."},
          .read = into<&ProfileRoute::scope, read_word<kScopes>>,
          .shapes = {one_of(words_for<kScopes>)}},
    Field{.facts = {kRouteObject, "onlink", "true or false; true needs via", "false",
                    "Take the gateway as reachable, even if no address of the device says so."},
          .read = into<&ProfileRoute::onlink, read_boolean>,
          .shapes = {kBoolean}},
    Field{.facts = {kRouteObject, "mtu", "68 to 65520; IPv6 at least 1280", "the device's",
                    "The largest packet that takes this route, in bytes."},
          .read = into<&ProfileRoute::mtu, read_number>,
          .shapes = {whole(68, 65520)}},  // Linux silently makes 65520 of more
    Field{.facts = {kNeighbourObject, "dst", "IP", "required", "The neighbour's address."},
          .read = into<&ProfileNeighbour::destination, read_neighbour_dst>,
          .shapes = {kIp},
          .example = "\"dst\": \"192.168.0.3\"",
          .synonyms = {"ip", "address", "to", "destination"}},
    Field{.facts = {kNeighbourObject, "lladdr", "unicast MAC address", "required",
                    "The MAC address that it has."},
          .read = into<&ProfileNeighbour::lladdr, read_lladdr>,
          .shapes = {shape(Shape::Type::UnicastMac)},
          .example = "\"lladdr\": \"02:00:c0:a8:00:03\"",
          .synonyms = {"mac", "macaddress", "hwaddr", "ether"}},
    Field{.facts = {kHostObject, "match", "IP, or \"IP/len\" without host bits", "required",
                    "Whom the others are about: the longest match counts, and nothing of the shorter ones."},
          .read = into<&HostRule::match, read_match>,
          .shapes = {shape(Shape::Type::IpOrPrefix)},
          .example = "\"match\": \"10.0.1.7\" or \"match\": \"10.0.1.0/24\"",
          .synonyms = {"host", "address", "ip", "dst", "prefix"}},
    Field{
        .facts =
            {kHostObject, "answer",
             "echo, silent, absent, net-unreachable, host-unreachable, port-unreachable or admin-prohibited",
             "echo", "What the host says, or what is said of it."},
        .read = into<&HostRule::answer, read_word<kAnswers>>,
        .shapes = {one_of(words_for<kAnswers>)},
        .synonyms = {"reply"}},
    Field{.facts = {kHostObject, "mac", "tap only; unicast MAC address; with a single match only",
                    "made from the address", "The MAC address that the host answers with."},
          .read = into<&HostRule::mac, read_host_mac>,
          .shapes = {shape(Shape::Type::UnicastMac)},
          .not_on_tun = "behind a TUN device nobody has a MAC address",
          .synonyms = {"lladdr", "hwaddr"}},
    Field{.facts = {kHostObject, "ttl", "1 to 255, more than the path has hops", "64",
                    "The TTL or hop limit that the host sends with."},
          .read = into<&HostRule::ttl, read_number>,
          .shapes = {whole(1, 255)},
          .synonyms = {"hop_limit"}},
    Field{.facts = {kHostObject, "delay", "\"0ms\" to \"3600s\"; units us, ms and s", "0ms",
                    "How much later than at once the host answers."},
          .read = into<&Impairments::delay, read_duration>,
          .shapes = {kDuration},
          .synonyms = {"latency", "rtt"}},
    Field{.facts = {kHostObject, "jitter", "as delay, and at most that", "0ms",
                    "By how much the delay may be shorter or longer, evenly by chance."},
          .read = into<&Impairments::jitter, read_duration>,
          .shapes = {kDuration}},
    Field{.facts = {kHostObject, "loss", "\"0%\" to \"100%\"", "0%", "The share of answers that get lost."},
          .read = into<&Impairments::loss, read_percentage>,
          .shapes = {kPercentage},
          .synonyms = {"drop"}},
    Field{.facts = {kHostObject, "duplicate", "\"0%\" to \"100%\"", "0%",
                    "The share of answers that come twice."},
          .read = into<&Impairments::duplicate, read_percentage>,
          .shapes = {kPercentage},
          .synonyms = {"dup"}},
    Field{.facts = {kHostObject, "corrupt", "\"0%\" to \"100%\"", "0%",
                    "The share of answers that come with a wrong checksum."},
          .read = into<&Impairments::corrupt, read_percentage>,
          .shapes = {kPercentage}},
    Field{.facts = {kHostObject, "reorder", "\"0%\" to \"100%\"; more than 0% needs delay", "0%",
                    "The share of answers that overtake those that wait."},
          .read = into<&Impairments::reorder, read_percentage>,
          .shapes = {kPercentage}},
    Field{.facts = {kHostObject, "rate", "\"1/s\" to \"1000000/s\"", "none",
                    "How many answers there are a second; what is asked beyond that gets none."},
          .read = into<&Impairments::rate, read_rate>,
          .shapes = {shape(Shape::Type::Rate)}},
    Field{.facts = {kHostObject, "path", "array of at most 63 IP, \"*\" or objects", "[]",
                    "The routers before the host, the nearest first."},
          .read = read_path,
          .shapes = {kIpOrStar, object(kHopObject)},
          .holds = Field::Holds::Array,
          .items = {0, kMaxHops},
          .synonyms = {"hops"}},
    Field{.facts = {kHopObject, "hop", "IP or *", "required",
                    "The router's address, or * for one that never says anything."},
          .read = into<&Hop::address, read_hop_address>,
          .shapes = {kIpOrStar},
          .example = "\"hop\": \"10.0.0.1\" or \"hop\": \"*\"",
          .synonyms = {"address", "ip", "via"}},
    Field{.facts = {kHopObject, "delay", "\"0ms\" to \"3600s\"; units us, ms and s", "0ms",
                    "What the way to this router and back adds."},
          .read = into<&Hop::delay, read_duration>,
          .shapes = {kDuration},
          .synonyms = {"latency"}},
    Field{.facts = {kHopObject, "mtu", "552 to 65535; IPv6 at least 1280", "none",
                    "The largest packet that the link behind this router carries, in bytes."},
          .read = into<&Hop::mtu, read_number>,
          .shapes = {whole(552, 65535)},  // below, Linux learns 552 (min_pmtu) and sends what does not pass
          .synonyms = {"pmtu"}},
    Field{.facts = {kHopObject, "blackhole", "true or false; true needs mtu", "false",
                    "Whether what is longer than mtu vanishes without a word."},
          .read = into<&Hop::blackhole, read_boolean>,
          .shapes = {kBoolean}},
};

/// Whether a profile has a field for the setting: for all but those that tunlab itself decides.
constexpr bool is_in_profile(DeviceField setting) {
    return setting != DeviceField::Alias && setting != DeviceField::Up;
}
static_assert(std::all_of(kDeviceFields.begin(), kDeviceFields.end(), [](DeviceField setting) {
    const auto rows = std::count_if(kFields.begin(), kFields.end(),
                                    [=](const Field& field) { return field.setting == setting; });
    return rows == (is_in_profile(setting) ? 1 : 0);
}));

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
