#include "values.hpp"

#include "tunlab/base/duration.hpp"
#include "tunlab/base/escape.hpp"
#include "tunlab/base/suggest.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace tunlab {

namespace {

std::optional<std::uint32_t> check_range(Reader& reader, const Value& value, std::uint64_t number) {
    const Range range = value.field->range();
    if (number >= range.min && number <= range.max) return static_cast<std::uint32_t>(number);
    report_value(reader, value, fmt::format("{} must be {} to {}", value.name, range.min, range.max));
    return std::nullopt;
}

/// NUL would cut the name short on its way to the C library; ":" divides the fields of passwd(5).
bool can_be_in_account_name(char c) {
    const auto byte = static_cast<std::uint8_t>(c);
    return byte >= 0x20 && byte != 0x7f && byte != ':';
}

/// Says why `text` is no "IP/len".
void report_prefix(Reader& reader, const Value& value, const std::string& text, BareAddress bare) {
    constexpr unsigned kUsualIpv4 = 24;
    constexpr unsigned kUsualIpv6 = 64;
    if (const auto address = parse_ip_address(text)) {
        const unsigned usual = address->family() == Family::V4 ? kUsualIpv4 : kUsualIpv6;
        return report_value(reader, value, "the prefix length is missing",
                            fmt::format("did you mean \"{}/{}\"?", address->to_string(),
                                        bare == BareAddress::IsInterface ? usual : address->bits()));
    }
    const auto address = parse_ip_address(std::string_view(text).substr(0, text.find('/')));
    if (!address)
        return report_value(reader, value,
                            "not an IP address with a prefix length, as \"192.168.0.1/24\" is");
    const bool v4 = address->family() == Family::V4;
    report_value(
        reader, value,
        fmt::format("the prefix length of an IPv{} address is 0 to {}", v4 ? 4 : 6, address->bits()));
}

/// Why no single host can have `address`, as "a multicast address"; empty if one can.
std::string_view unusable_kind(const IpAddress& address) {
    if (address.is_unspecified()) return "the unspecified address";
    if (address.is_loopback()) return "a loopback address";
    if (address.is_multicast()) return "a multicast address";
    if (address.family() == Family::V4)
        return address.v4().is_limited_broadcast() ? "the broadcast address" : "";
    return address.v6().is_v4_mapped() ? "an IPv4 address mapped into IPv6" : "";
}

/// `"a", "b" or "c"`
std::string list_words(std::span<const std::string> words) {
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) out += i + 1 < words.size() ? ", " : " or ";
        out += quote(words[i]);
    }
    return out;
}

}  // namespace

void report_wrong_type(Reader& reader, const Value& value, std::string_view expected,
                       std::string suggestion) {
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
    const Describe describe{std::string(reader.slice(*value.node).substr(0, 48))};
    const Found found = std::visit(describe, value.node->value);
    reader.report(value,
                  fmt::format("{}{} must be {}, not {}", found.shown, value.name, expected, found.kind),
                  std::move(suggestion));
}

void report_value(Reader& reader, const Value& value, std::string_view wrong, std::string suggestion) {
    const auto* text = std::get_if<std::string>(&value.node->value);
    const std::string shown = text ? quote_shortened(*text) : escape(reader.slice(*value.node).substr(0, 48));
    reader.report(value, fmt::format("{}: {}", shown, wrong), std::move(suggestion));
}

bool is_all_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

const std::string* read_string(Reader& reader, const Value& value, std::string_view expected) {
    const auto* text = std::get_if<std::string>(&value.node->value);
    if (!text) report_wrong_type(reader, value, expected);
    return text;
}

std::optional<bool> read_boolean(Reader& reader, const Value& value) {
    if (const auto* boolean = std::get_if<bool>(&value.node->value)) return *boolean;
    report_wrong_type(reader, value, "true or false");
    return std::nullopt;
}

std::optional<std::uint32_t> read_number(Reader& reader, const Value& value) {
    const auto* number = std::get_if<Number>(&value.node->value);
    if (!number) {
        const auto* text = std::get_if<std::string>(&value.node->value);
        const bool quoted = text && text->size() < 20 && is_all_digits(*text);
        report_wrong_type(reader, value, "a whole number",
                          quoted ? fmt::format("write {} without quotes", *text) : "");
        return std::nullopt;
    }
    if (number->kind == Number::Kind::OutOfRange) return std::nullopt;  // already found, in the document
    if (number->kind == Number::Kind::Fractional) {
        report_value(reader, value,
                     fmt::format("{} must be a whole number, without fraction or exponent", value.name));
        return std::nullopt;
    }
    // A negative number becomes one that is too large for every field.
    return check_range(reader, value, static_cast<std::uint64_t>(number->whole));
}

std::optional<AccountName> read_account(Reader& reader, const Value& value) {
    std::optional<std::uint32_t> id;
    const auto* text = std::get_if<std::string>(&value.node->value);
    if (text && is_all_digits(*text)) {
        std::uint64_t number = 0;
        const auto result = std::from_chars(text->data(), text->data() + text->size(), number);
        if (result.ec != std::errc()) number = value.field->range().max + std::uint64_t{1};  // beyond 64 bits
        id = check_range(reader, value, number);
    } else if (std::holds_alternative<Number>(value.node->value)) {
        id = read_number(reader, value);
    } else if (!text) {
        report_wrong_type(reader, value, "a name or an id");
    } else if (text->empty()) {
        report_value(reader, value, fmt::format("{} must not be empty", value.name));
    } else if (!std::all_of(text->begin(), text->end(), can_be_in_account_name)) {
        report_value(reader, value, "an account's name has no control characters and no \":\"");
    } else {
        return AccountName(*text);
    }
    if (!id) return std::nullopt;
    return AccountName(*id);
}

std::optional<IpPrefix> read_prefix(Reader& reader, const Value& value, BareAddress bare) {
    const auto* text = read_string(reader, value);
    if (!text) return std::nullopt;
    if (const auto prefix = parse_ip_prefix(*text)) return *prefix;
    report_prefix(reader, value, *text, bare);
    return std::nullopt;
}

std::optional<IpAddress> read_ip(Reader& reader, const Value& value) {
    const auto* text = read_string(reader, value);
    if (!text) return std::nullopt;
    if (const auto address = parse_ip_address(*text)) return *address;
    if (const auto prefix = parse_ip_prefix(*text)) {
        report_value(reader, value, fmt::format("{} is an address without a prefix length", value.name),
                     fmt::format("did you mean \"{}\"?", prefix->address().to_string()));
    } else {
        report_value(reader, value, "not an IP address");
    }
    return std::nullopt;
}

bool check_host(Reader& reader, const Value& value, const IpAddress& address, std::string_view who) {
    const auto kind = unusable_kind(address);
    if (!kind.empty()) report_value(reader, value, fmt::format("{} cannot have {}", who, kind));
    return kind.empty();
}

std::optional<IpAddress> read_host(Reader& reader, const Value& value, std::string_view who) {
    auto address = read_ip(reader, value);
    if (address && !check_host(reader, value, *address, who)) return std::nullopt;
    return address;
}

std::string suggest_mac(const MacAddress& mac) {
    constexpr std::uint8_t kLocallyAdministered = 0x0a;  // and unicast
    auto alternative = mac.bytes();
    alternative[0] = kLocallyAdministered;
    return fmt::format("try \"{}\"", MacAddress(alternative).to_string());
}

std::optional<MacAddress> read_mac_address(Reader& reader, const Value& value, std::string_view who) {
    const auto* text = read_string(reader, value);
    if (!text) return std::nullopt;
    const auto mac = parse_mac_address(*text);
    if (!mac) {
        report_value(reader, value, "not a MAC address",
                     "write six pairs of hex digits: \"0a:00:00:00:00:01\"");
        return std::nullopt;
    }
    if (mac->is_unicast()) return *mac;
    const std::string_view kind = mac->is_multicast() ? "a multicast MAC address" : "the MAC address zero";
    report_value(reader, value, fmt::format("{} cannot have {}", who, kind), suggest_mac(*mac));
    return std::nullopt;
}

std::optional<std::chrono::nanoseconds> read_duration(Reader& reader, const Value& value) {
    constexpr std::string_view kUnits = "a duration has a unit: \"40ms\", \"250us\" or \"1.5s\"";
    const auto* text = std::get_if<std::string>(&value.node->value);
    if (text == nullptr) {
        report_wrong_type(reader, value, "a string", std::string(kUnits));
        return std::nullopt;
    }
    if (const auto duration = parse_duration(*text)) return *duration;
    const bool without_unit = parse_duration(*text + "ms").has_value();
    report_value(reader, value,
                 fmt::format("{} must be \"0ms\" to \"{}\"", value.name, format_duration(kLongestDuration)),
                 without_unit ? fmt::format("did you mean \"{}ms\"?", *text) : std::string(kUnits));
    return std::nullopt;
}

std::optional<Percentage> read_percentage(Reader& reader, const Value& value) {
    constexpr std::string_view kForm = "a percentage is written as \"2%\" or \"0.25%\"";
    const auto* text = std::get_if<std::string>(&value.node->value);
    if (text == nullptr) {
        report_wrong_type(reader, value, "a string", std::string(kForm));
        return std::nullopt;
    }
    if (const auto percentage = parse_percentage(*text)) return *percentage;
    const bool without_sign = parse_percentage(*text + "%").has_value();
    report_value(reader, value, fmt::format("{} must be \"0%\" to \"100%\"", value.name),
                 without_sign ? fmt::format("did you mean \"{}%\"?", *text) : std::string(kForm));
    return std::nullopt;
}

std::optional<std::uint32_t> read_rate(Reader& reader, const Value& value) {
    constexpr std::string_view kForm = "a rate is written as \"100/s\"";
    const auto* text = std::get_if<std::string>(&value.node->value);
    if (text == nullptr) {
        report_wrong_type(reader, value, "a string", std::string(kForm));
        return std::nullopt;
    }
    if (const auto rate = parse_rate(*text)) return *rate;
    report_value(reader, value,
                 fmt::format("{} must be \"1/s\" to \"{}\"", value.name, format_rate(kHighestRate)),
                 std::string(kForm));
    return std::nullopt;
}

std::optional<std::size_t> read_index(Reader& reader, const Value& value,
                                      std::span<const std::string> words) {
    const auto* text = read_string(reader, value);
    if (!text) return std::nullopt;
    const auto found = std::find(words.begin(), words.end(), *text);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    const auto meant = closest(*text, words);
    report_value(reader, value, fmt::format("{} must be {}", value.name, list_words(words)),
                 meant ? fmt::format("did you mean \"{}\"?", *meant) : "");
    return std::nullopt;
}

}  // namespace tunlab
