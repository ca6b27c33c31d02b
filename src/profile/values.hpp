#pragma once
// Reads a single value of a profile: the types and limits that several fields share. What is wrong
// with it is reported, and then there is no value.

#include "tunlab/base/address.hpp"
#include "tunlab/base/percentage.hpp"
#include "tunlab/base/prefix.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "reading.hpp"

namespace tunlab {

/// Reports that `value` is not of the type that its field wants: "an array".
void report_wrong_type(Reader& reader, const Value& value, std::string_view expected,
                       std::string suggestion = "");

/// "VALUE: what is wrong", with the value as the profile has it.
void report_value(Reader& reader, const Value& value, std::string_view wrong, std::string suggestion = "");

[[nodiscard]] bool is_all_digits(std::string_view text);

/// The text of a JSON string, as long as the document lives; null if it is none.
const std::string* read_string(Reader& reader, const Value& value, std::string_view expected = "a string");
std::optional<bool> read_boolean(Reader& reader, const Value& value);
/// A JSON number without fraction or exponent, in the range of its field.
std::optional<std::uint32_t> read_number(Reader& reader, const Value& value);

/// A user or group: by name, or by an id in the range of its field, which may also be in quotes.
std::optional<AccountName> read_account(Reader& reader, const Value& value);

/// Which prefix length is suggested for a bare address.
enum class BareAddress { IsInterface, IsSingleHost };
std::optional<IpPrefix> read_prefix(Reader& reader, const Value& value, BareAddress bare);

/// An address that a single host can have. `who` is "a gateway".
std::optional<IpAddress> read_host(Reader& reader, const Value& value, std::string_view who);
/// Any address.
std::optional<IpAddress> read_ip(Reader& reader, const Value& value);
/// Reports an address that no single host can have; returns whether one can.
bool check_host(Reader& reader, const Value& value, const IpAddress& address, std::string_view who);

/// A unicast MAC address. `who` is "a device".
std::optional<MacAddress> read_mac_address(Reader& reader, const Value& value, std::string_view who);
/// `try "0a:00:00:00:00:01"`, with the end of `mac`.
[[nodiscard]] std::string suggest_mac(const MacAddress& mac);

/// "40ms", "250us", "1.5s".
std::optional<std::chrono::nanoseconds> read_duration(Reader& reader, const Value& value);
/// "2%", "0.25%".
std::optional<Percentage> read_percentage(Reader& reader, const Value& value);
/// "100/s".
std::optional<std::uint32_t> read_rate(Reader& reader, const Value& value);

/// The words for `choices`, in their order.
template <typename Choices>
[[nodiscard]] std::vector<std::string> words_of(const Choices& choices) {
    std::vector<std::string> words(std::size(choices));
    std::transform(std::begin(choices), std::end(choices), words.begin(),
                   [](const auto& choice) { return std::string(word_of(choice)); });
    return words;
}

/// The index of a JSON string in `words`.
std::optional<std::size_t> read_index(Reader& reader, const Value& value, std::span<const std::string> words);

/// One of `choices`, by its word.
template <const auto& choices>
std::optional<typename std::remove_cvref_t<decltype(choices)>::value_type> read_word(Reader& reader,
                                                                                     const Value& value) {
    const auto index = read_index(reader, value, words_of(choices));
    if (!index) return std::nullopt;
    return choices[*index];
}

/// The elements of an array, each read by `read`; `name` is what messages call one of them. Returns
/// whether it is an array.
template <typename ReadElement>
bool read_array(Reader& reader, const Value& value, std::string_view name, ReadElement read) {
    const auto* array = std::get_if<Node::Array>(&value.node->value);
    if (!array) {
        const bool single = std::holds_alternative<std::string>(value.node->value);
        report_wrong_type(reader, value, "an array", single ? "put it in brackets: [...]" : "");
        return false;
    }
    for (std::size_t i = 0; i < array->size(); ++i) {
        read(Value{&(*array)[i], value.field, name, extend_pointer(value.pointer, std::to_string(i))});
    }
    return true;
}

}  // namespace tunlab
