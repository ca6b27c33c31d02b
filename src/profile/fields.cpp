#include "tunlab/profile/fields.hpp"

#include "tunlab/base/escape.hpp"
#include "tunlab/base/suggest.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "reading.hpp"
#include <fmt/format.h>

namespace tunlab {

namespace {

constexpr std::uint32_t kMostUint32 = std::numeric_limits<std::uint32_t>::max();

/// What a number may be, both ends included.
struct Range {
    std::uint32_t least;
    std::uint32_t most;
};
constexpr Range kMtu{68, 65535};  // a TUN device's; a TAP device's header must fit too
constexpr Range kTxqueuelen{1, 500'000};
constexpr Range kAccountId{0, kMostUint32 - 1};  // the kernel takes 2^32 - 1 for "none"
constexpr Range kMetric{0, kMostUint32};
constexpr Range kTable{1, kMostUint32};
constexpr std::string_view kRouteObject = "routes[]";

bool is_all_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

template <typename T>
Placed<T> place(const Value& value, T read) {
    return {std::move(read), value.node.extent, value.pointer};
}

/// "VALUE: what is wrong", with the value as the profile has it.
void report_value(Draft& draft, const Value& value, std::string_view wrong, std::string suggestion = "") {
    const auto* text = std::get_if<std::string>(&value.node.value);
    const std::string shown =
        text ? quote_shortened(*text) : escape(draft.slice(value.node.extent).substr(0, 48));
    draft.report(value.node.extent, value.pointer, fmt::format("{}: {}", shown, wrong),
                 std::move(suggestion));
}

const std::string* read_string(Draft& draft, const Value& value, std::string_view expected = "a string") {
    const auto* text = std::get_if<std::string>(&value.node.value);
    if (!text) report_wrong_type(draft, value, expected);
    return text;
}

std::optional<Placed<std::uint32_t>> check_range(Draft& draft, const Value& value, std::uint64_t number,
                                                 Range range) {
    if (number >= range.least && number <= range.most)
        return place(value, static_cast<std::uint32_t>(number));
    report_value(draft, value, fmt::format("{} must be {} to {}", value.name, range.least, range.most));
    return std::nullopt;
}

std::optional<Placed<std::uint32_t>> read_number(Draft& draft, const Value& value, Range range) {
    const auto* number = std::get_if<Number>(&value.node.value);
    if (!number) {
        const auto* text = std::get_if<std::string>(&value.node.value);
        const bool quoted = text && text->size() < 20 && is_all_digits(*text);
        report_wrong_type(draft, value, "a whole number",
                          quoted ? fmt::format("write {} without quotes", *text) : "");
        return std::nullopt;
    }
    if (number->kind == Number::Kind::OutOfRange) return std::nullopt;  // already found, in the document
    if (number->kind == Number::Kind::Fractional) {
        report_value(draft, value,
                     fmt::format("{} must be a whole number, without fraction or exponent", value.name));
        return std::nullopt;
    }
    // A negative number becomes one that is too large for every field.
    return check_range(draft, value, static_cast<std::uint64_t>(number->whole), range);
}

/// The elements of an array, each read by `read`; `name` is what messages call one of them.
template <typename ReadElement>
void read_array(Draft& draft, const Value& value, std::string_view name, ReadElement read) {
    const auto* array = std::get_if<Node::Array>(&value.node.value);
    if (!array) {
        draft.subnets_known = false;
        const bool single = std::holds_alternative<std::string>(value.node.value);
        return report_wrong_type(draft, value, "an array", single ? "put it in brackets: [...]" : "");
    }
    for (std::size_t i = 0; i < array->size(); ++i) {
        read(Value{(*array)[i], name, extend_pointer(value.pointer, std::to_string(i))});
    }
}

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
        read_number(draft, value, {1, 1});
    } else if (number->whole != 1) {
        report_value(draft, value, "version must be 1");
    }
}

void read_name(Draft& draft, const Value& value) {
    const auto* text = read_string(draft, value);
    if (!text) return;
    auto name = parse_interface_name(*text);
    if (const auto* wrong = std::get_if<std::string>(&name)) return report_value(draft, value, *wrong);
    draft.name = place(value, std::get<InterfaceName>(std::move(name)));
}

void read_mode(Draft& draft, const Value& value) {
    const auto* text = read_string(draft, value);
    if (!text) return;
    std::vector<std::string> words;
    for (const Mode mode : {Mode::Tun, Mode::Tap}) {
        words.emplace_back(word_of(mode));
        if (*text == words.back()) draft.mode = place(value, mode);
    }
    if (draft.mode) return;
    const auto meant = closest(*text, words);
    report_value(draft, value, "mode must be \"tun\" or \"tap\"",
                 meant ? fmt::format("did you mean \"{}\"?", *meant) : "");
}

void read_mtu(Draft& draft, const Value& value) {
    draft.mtu = read_number(draft, value, kMtu);
}

/// Simulated hosts have 02:00:a:b:c:d and 02:01:...: the device must not be one of them.
bool is_of_simulated_host(const MacAddress& mac) {
    return mac.bytes()[0] == 0x02 && mac.bytes()[1] <= 0x01;
}

void read_mac(Draft& draft, const Value& value) {
    constexpr std::uint8_t kLocallyAdministered = 0x0a;  // and unicast
    const auto* text = read_string(draft, value);
    if (!text) return;
    const auto mac = parse_mac_address(*text);
    if (!mac) {
        return report_value(draft, value, "not a MAC address",
                            "write six pairs of hex digits: \"0a:00:00:00:00:01\"");
    }
    auto alternative = mac->bytes();
    alternative[0] = kLocallyAdministered;
    const std::string suggestion = fmt::format("try \"{}\"", MacAddress(alternative).to_string());
    if (mac->is_multicast())
        return report_value(draft, value, "a device cannot have a multicast MAC address", suggestion);
    if (mac->is_zero())
        return report_value(draft, value, "a device cannot have the MAC address zero", suggestion);
    if (is_of_simulated_host(*mac)) {
        return report_value(draft, value, "02:00 and 02:01 begin the MAC addresses of simulated hosts",
                            suggestion);
    }
    draft.mac = place(value, *mac);
}

void read_txqueuelen(Draft& draft, const Value& value) {
    draft.txqueuelen = read_number(draft, value, kTxqueuelen);
}

/// NUL would cut the name short on its way to the C library; ":" divides the fields of passwd(5).
bool can_be_in_account_name(char c) {
    const auto byte = static_cast<std::uint8_t>(c);
    return byte >= 0x20 && byte != 0x7f && byte != ':';
}

/// A user or group: by name, or by id, which may also stand in quotes.
std::optional<Placed<AccountName>> read_account(Draft& draft, const Value& value) {
    std::optional<Placed<std::uint32_t>> id;
    const auto* text = std::get_if<std::string>(&value.node.value);
    if (text && is_all_digits(*text)) {
        std::uint64_t number = 0;
        const auto result = std::from_chars(text->data(), text->data() + text->size(), number);
        if (result.ec != std::errc()) number = kAccountId.most + std::uint64_t{1};  // beyond 64 bits
        id = check_range(draft, value, number, kAccountId);
    } else if (std::holds_alternative<Number>(value.node.value)) {
        id = read_number(draft, value, kAccountId);
    } else if (!text) {
        report_wrong_type(draft, value, "a name or an id");
    } else if (text->empty()) {
        report_value(draft, value, fmt::format("{} must not be empty", value.name));
    } else if (!std::all_of(text->begin(), text->end(), can_be_in_account_name)) {
        report_value(draft, value, "an account's name has no control characters and no \":\"");
    } else {
        return place<AccountName>(value, *text);
    }
    if (!id) return std::nullopt;
    return place<AccountName>(value, id->value);
}

void read_owner(Draft& draft, const Value& value) {
    draft.owner = read_account(draft, value);
}

void read_group(Draft& draft, const Value& value) {
    draft.group = read_account(draft, value);
}

// Addresses

/// Which prefix length a bare address most likely wants.
enum class BareAddress { IsInterface, IsSingleHost };

/// Says why `text` is no "IP/len".
void report_prefix(Draft& draft, const Value& value, const std::string& text, BareAddress bare) {
    constexpr unsigned kUsualIpv4 = 24;
    constexpr unsigned kUsualIpv6 = 64;
    if (const auto address = parse_ip_address(text)) {
        const unsigned usual = address->family() == Family::V4 ? kUsualIpv4 : kUsualIpv6;
        return report_value(draft, value, "the prefix length is missing",
                            fmt::format("did you mean \"{}/{}\"?", address->to_string(),
                                        bare == BareAddress::IsInterface ? usual : address->bits()));
    }
    const auto address = parse_ip_address(std::string_view(text).substr(0, text.find('/')));
    if (!address)
        return report_value(draft, value, "not an IP address with a prefix length, as \"192.168.0.1/24\" is");
    const bool v4 = address->family() == Family::V4;
    report_value(
        draft, value,
        fmt::format("the prefix length of an IPv{} address is 0 to {}", v4 ? 4 : 6, address->bits()));
}

/// The other address that differs in the last bit: in most subnets the first or last of a host.
IpPrefix with_last_bit_flipped(const IpPrefix& prefix) {
    const Bytes bytes = prefix.address().bytes();
    std::array<std::uint8_t, Ipv6Address::kSize> flipped{};
    std::copy(bytes.begin(), bytes.end(), flipped.begin());
    flipped[bytes.size() - 1] ^= 1;
    if (prefix.family() == Family::V4) return {Ipv4Address::from_bytes(flipped), prefix.length()};
    return {Ipv6Address(flipped), prefix.length()};
}

std::optional<Placed<IpPrefix>> read_address(Draft& draft, const Value& value) {
    const auto* text = read_string(draft, value);
    if (!text) return std::nullopt;
    const auto prefix = parse_ip_prefix(*text);
    if (!prefix) {
        report_prefix(draft, value, *text, BareAddress::IsInterface);
        return std::nullopt;
    }
    const IpAddress address = prefix->address();
    if (const auto kind = unusable_kind(address); !kind.empty()) {
        report_value(draft, value, fmt::format("a device cannot have {}", kind));
        return std::nullopt;
    }
    // RFC 3021 and RFC 6164: the two longest lengths have neither network nor broadcast address.
    const bool is_network = prefix->length() + 1 < address.bits() && !prefix->has_host_bits();
    const bool is_broadcast = address.family() == Family::V4 && prefix->broadcast() == address.v4();
    if (is_network || is_broadcast) {
        report_value(
            draft, value,
            fmt::format("this is the {} address of its own subnet", is_network ? "network" : "broadcast"),
            fmt::format("did you mean \"{}\"?", with_last_bit_flipped(*prefix).to_string()));
        return std::nullopt;
    }
    return place(value, *prefix);
}

void read_addresses(Draft& draft, const Value& value) {
    read_array(draft, value, "an address", [&](const Value& element) {
        if (auto address = read_address(draft, element)) {
            draft.addresses.push_back(std::move(*address));
        } else {
            draft.subnets_known = false;
        }
    });
}

// Routes

void read_routes(Draft& draft, const Value& value) {
    read_array(draft, value, "a route", [&](const Value& element) {
        DraftRoute& route = draft.routes.emplace_back();
        route.extent = element.node.extent;
        route.pointer = element.pointer;
        read_object(draft, element, kRouteObject);
        if (!draft.routes.back().destination) draft.subnets_known = false;
    });
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
    if (const auto meant = closest(*text, std::array<std::string, 2>{"default", "default6"})) {
        return report_value(draft, value, "not a destination", fmt::format("did you mean \"{}\"?", *meant));
    }
    const auto destination = parse_ip_prefix(*text);
    if (!destination) return report_prefix(draft, value, *text, BareAddress::IsSingleHost);
    if (destination->has_host_bits()) {
        const IpPrefix network(destination->network(), destination->length());
        return report_value(draft, value, "a destination has no host bits",
                            fmt::format("did you mean \"{}\"?", network.to_string()));
    }
    draft.routes.back().destination = place(value, *destination);
}

std::optional<Placed<IpAddress>> read_ip(Draft& draft, const Value& value) {
    const auto* text = read_string(draft, value);
    if (!text) return std::nullopt;
    const auto address = parse_ip_address(*text);
    if (address) return place(value, *address);
    const auto prefix = parse_ip_prefix(*text);
    if (prefix) {
        report_value(draft, value, fmt::format("{} is an address without a prefix length", value.name),
                     fmt::format("did you mean \"{}\"?", prefix->address().to_string()));
    } else {
        report_value(draft, value, "not an IP address");
    }
    return std::nullopt;
}

void read_via(Draft& draft, const Value& value) {
    const auto via = read_ip(draft, value);
    if (!via) return;
    if (const auto kind = unusable_kind(via->value); !kind.empty()) {
        return report_value(draft, value, fmt::format("a gateway cannot have {}", kind));
    }
    draft.routes.back().via = via;
}

void read_src(Draft& draft, const Value& value) {
    draft.routes.back().source = read_ip(draft, value);
}

void read_metric(Draft& draft, const Value& value) {
    draft.routes.back().metric = read_number(draft, value, kMetric);
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

void read_onlink(Draft& draft, const Value& value) {
    const auto* onlink = std::get_if<bool>(&value.node.value);
    if (!onlink) return report_wrong_type(draft, value, "true or false");
    draft.routes.back().onlink = place(value, *onlink);
}

void read_route_mtu(Draft& draft, const Value& value) {
    draft.routes.back().mtu = read_number(draft, value, kMtu);
}

/// The manual's table is held against the first four columns, by a test; what the words say of
/// limits is held against the readers, by another.
constexpr std::array kFields{
    Field{{"", "$schema", "string", ""}, read_schema},
    Field{{"", "description", "string", ""}, read_description},
    Field{{"", "version", "1", "required"}, read_version},
    Field{{"", "name", "1 to 15 of A-Z a-z 0-9 _ . -, not beginning with -", "required"}, read_name},
    Field{{"", "mode", "tun or tap", "required"}, read_mode},
    Field{{"", "mtu", "68 to 65535 (tap 65521); at least 1280 with IPv6", "1500"}, read_mtu},
    Field{{"", "mac", "tap only; unicast; not beginning with 02:00 or 02:01",
           "stable, from machine id and name"},
          read_mac},
    Field{{"", "txqueuelen", "1 to 500000", "the kernel's"}, read_txqueuelen},
    Field{{"", "owner", "name, or id 0 to 4294967294", "SUDO_UID, else the user's own id"}, read_owner},
    Field{{"", "group", "name, or id 0 to 4294967294", "none"}, read_group},
    Field{{"", "addresses", "array of \"IP/len\"", "[]"}, read_addresses},
    Field{{"", "routes", "array of objects", "[]"}, read_routes},
    Field{{kRouteObject, "dst", "\"IP/len\" without host bits, default or default6", "required"}, read_dst},
    Field{{kRouteObject, "via", "IP", "none"}, read_via},
    Field{{kRouteObject, "src", "IP", "the kernel's choice"}, read_src},
    Field{{kRouteObject, "metric", "0 to 4294967295", "0; IPv6: 1024"}, read_metric},
    Field{{kRouteObject, "table", "1 to 4294967295, or main", "main"}, read_table},
    Field{{kRouteObject, "onlink", "true or false; true needs via", "false"}, read_onlink},
    Field{{kRouteObject, "mtu", "68 to 65535; IPv6 at least 1280", "the device's"}, read_route_mtu},
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
