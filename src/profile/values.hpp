#pragma once
// Reads a single value of a profile: the types and limits that several fields share. What is wrong
// with it is reported to the draft, and then there is no value.

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
#include <utility>
#include <variant>
#include <vector>

#include "reading.hpp"

namespace tunlab {

template <typename T>
Placed<T> place(const Value& value, T read) {
    return {std::move(read), value.node.extent, value.pointer};
}

/// Reports that `value` is not of the type that its field wants: "an array".
void report_wrong_type(Draft& draft, const Value& value, std::string_view expected,
                       std::string suggestion = "");

/// "VALUE: what is wrong", with the value as the profile has it.
void report_value(Draft& draft, const Value& value, std::string_view wrong, std::string suggestion = "");

[[nodiscard]] bool is_all_digits(std::string_view text);

/// The text of a JSON string, as long as the document lives; null if it is none.
const std::string* read_string(Draft& draft, const Value& value, std::string_view expected = "a string");
std::optional<Placed<bool>> read_boolean(Draft& draft, const Value& value);
/// A JSON number without fraction or exponent.
std::optional<Placed<std::uint32_t>> read_number(Draft& draft, const Value& value, Range range);

/// A user or group: by name, or by an id in `ids`, which may also stand in quotes.
std::optional<Placed<AccountName>> read_account(Draft& draft, const Value& value, Range ids);

/// Which prefix length a bare address most likely wants.
enum class BareAddress { IsInterface, IsSingleHost };
std::optional<Placed<IpPrefix>> read_prefix(Draft& draft, const Value& value, BareAddress bare);

/// An address that a single host can have. `who` would have it: "a gateway".
std::optional<Placed<IpAddress>> read_host(Draft& draft, const Value& value, std::string_view who);
/// Any address.
std::optional<Placed<IpAddress>> read_ip(Draft& draft, const Value& value);
/// Reports an address that no single host can have; returns whether one can.
bool check_host(Draft& draft, const Value& value, const IpAddress& address, std::string_view who);

/// A unicast MAC address. `who` would have it: "a device".
std::optional<Placed<MacAddress>> read_mac_address(Draft& draft, const Value& value, std::string_view who);
/// `try "0a:00:00:00:00:01"`, with the end of `mac`.
[[nodiscard]] std::string suggest_mac(const MacAddress& mac);

/// "40ms", "250us", "1.5s".
std::optional<Placed<std::chrono::nanoseconds>> read_duration(Draft& draft, const Value& value);
/// "2%", "0.25%".
std::optional<Placed<Percentage>> read_percentage(Draft& draft, const Value& value);
/// "100/s".
std::optional<Placed<std::uint32_t>> read_rate(Draft& draft, const Value& value);

/// The words for `choices`, in their order.
template <typename Choices>
[[nodiscard]] std::vector<std::string> words_of(const Choices& choices) {
    std::vector<std::string> words(std::size(choices));
    std::transform(std::begin(choices), std::end(choices), words.begin(),
                   [](const auto& choice) { return std::string(word_of(choice)); });
    return words;
}

/// The index of a JSON string in `words`.
std::optional<std::size_t> read_index(Draft& draft, const Value& value, std::span<const std::string> words);

/// One of `choices`, by its word.
template <typename T, std::size_t N>
std::optional<Placed<T>> read_word(Draft& draft, const Value& value, const std::array<T, N>& choices) {
    const auto index = read_index(draft, value, words_of(choices));
    if (!index) return std::nullopt;
    return place(value, choices[*index]);
}

/// The elements of an array, each read by `read`; `name` is what messages call one of them. Returns
/// whether it is an array.
template <typename ReadElement>
bool read_array(Draft& draft, const Value& value, std::string_view name, ReadElement read) {
    const auto* array = std::get_if<Node::Array>(&value.node.value);
    if (!array) {
        const bool single = std::holds_alternative<std::string>(value.node.value);
        report_wrong_type(draft, value, "an array", single ? "put it in brackets: [...]" : "");
        return false;
    }
    for (std::size_t i = 0; i < array->size(); ++i) {
        read(Value{(*array)[i], name, extend_pointer(value.pointer, std::to_string(i))});
    }
    return true;
}

}  // namespace tunlab
