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

bool has_synonym(const Field& field, std::string_view word) {
    return !word.empty() &&
           std::find(field.synonyms.begin(), field.synonyms.end(), word) != field.synonyms.end();
}

/// The key of `object` that `word` was meant for; empty if there is no telling.
std::string_view meant_key(std::string_view object, std::string_view word) {
    const std::string lower = to_lower(word);
    std::vector<std::string> keys;
    for (const auto& field : field_table()) {
        if (field.facts.object != object) continue;
        if (has_synonym(field, lower)) return field.facts.name;
        keys.emplace_back(field.facts.name);
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
std::string_view report_unknown_key(Reader& reader, const Member& member, std::string_view object,
                                    const std::string& pointer) {
    const std::string_view meant = meant_key(object, member.key);
    std::string suggestion = meant.empty() ? "" : fmt::format("did you mean \"{}\"?", meant);
    if (meant.empty() && object.empty()) suggestion = suggest_object(member.key);
    reader.report(member.key_range, extend_pointer(pointer, member.key),
                  fmt::format("unknown key {}", quote_shortened(member.key)), std::move(suggestion));
    if (meant == "addresses" || meant == "routes") reader.subnets_known = false;
    return meant;
}

/// The document has reported it already.
bool is_out_of_range(const Node& node) {
    const auto* const number = std::get_if<Number>(&node.value);
    return number != nullptr && number->kind == Number::Kind::OutOfRange;
}

/// Reads one member. A value that is right but not for TUN is remembered until the mode is known.
void read_field(Reader& reader, const Field& field, const Member& member, std::string pointer) {
    const Value value{&member.value, &field, field.facts.name, std::move(pointer)};
    const std::size_t faults = reader.diagnostics.size();
    field.read(reader, value);
    if (reader.diagnostics.size() > faults || is_out_of_range(member.value)) {
        reader.unreadable.insert(&member.value);
    } else if (!field.not_on_tun.empty()) {
        reader.tap_only.push_back(value);
    }
}

template <typename T>
std::vector<Located<T>> located(const Reader& reader, const std::vector<FromJson<T>>& list) {
    std::vector<Located<T>> out;
    out.reserve(list.size());
    for (const auto& item : list) {
        out.push_back({item.value, reader.locate(item.json)});
    }
    return out;
}

/// Precondition: nothing was found wrong, so all that is required is there.
Profile finish(Reader& reader) {
    Profile& profile = reader.profile;
    profile.addresses = located(reader, reader.addresses);
    profile.routes = located(reader, reader.routes);
    profile.neighbours = located(reader, reader.neighbours);
    for (auto& host : reader.hosts) {
        profile.hosts->push_back(std::move(host.value));
    }
    Profile finished = std::move(profile);
    return finished;
}

/// Characters of the range in its first line, at least one.
std::size_t width_of(std::string_view text, SourceRange range) {
    const std::string_view covered = text.substr(range.begin, range.end - range.begin);
    const std::string_view first_line = covered.substr(0, covered.find_first_of("\r\n"));
    return std::max<std::size_t>(1, position_at(first_line, first_line.size()).column - 1);
}

/// In the order of the text, each with its line and column.
[[noreturn]] void throw_diagnostics(Reader& reader) {
    // Each keeps a copy of its line: a file of one long line must not be copied for each of many.
    constexpr std::size_t kMaxWithLine = 100;
    std::stable_sort(reader.diagnostics.begin(), reader.diagnostics.end(),
                     [](const Diagnostic& a, const Diagnostic& b) { return a.range.begin < b.range.begin; });
    for (std::size_t i = 0; auto& diagnostic : reader.diagnostics) {
        const std::size_t begin = diagnostic.range.begin;
        diagnostic.file = reader.profile.file;
        diagnostic.place = {reader.positions.position(begin), width_of(reader.text, diagnostic.range),
                            std::string(i < kMaxWithLine ? line_at(reader.text, begin) : "")};
        ++i;
    }
    throw InvalidProfile(std::move(reader.diagnostics));
}

/// Until the profile's own is read.
InterfaceName placeholder_name() {
    return std::get<InterfaceName>(parse_interface_name("tun0"));
}

}  // namespace

Value Value::part(std::string_view key) const {
    const Node* const member = node->find(key);
    if (member == nullptr) return *this;
    return {member, field, key, extend_pointer(pointer, key)};
}

Reader::Reader(std::string_view source, const std::string& file)
    : text(source), positions(source), profile{.file = file, .name = {placeholder_name()}} {}

void Reader::report(SourceRange range, std::string pointer, std::string message, std::string suggestion) {
    diagnostics.push_back({.message = std::move(message),
                           .pointer = std::move(pointer),
                           .suggestion = std::move(suggestion),
                           .range = range});
}

void read_object(Reader& reader, const Value& value, std::string_view object) {
    const auto* members = std::get_if<Node::Object>(&value.node->value);
    if (!members) return report_wrong_type(reader, value, "an object");
    std::unordered_set<std::string_view> present;
    std::unordered_set<std::string_view> meant;  // a misspelt key is not missing as well
    for (const auto& member : *members) {
        if (!present.insert(member.key).second) continue;  // a duplicate, already found in the document
        if (const Field* field = find_field(object, member.key)) {
            read_field(reader, *field, member, extend_pointer(value.pointer, member.key));
        } else {
            meant.insert(report_unknown_key(reader, member, object, value.pointer));
        }
    }
    for (const auto& field : field_table()) {
        const bool required = field.facts.object == object && field.facts.fallback == "required";
        if (!required || present.contains(field.facts.name) || meant.contains(field.facts.name)) continue;
        const std::size_t brace = value.node->range.begin;
        reader.report({brace, brace + 1}, value.pointer, fmt::format("missing key \"{}\"", field.facts.name),
                      fmt::format("add {}", field.example));
    }
}

Profile parse_profile(std::string_view text, const std::string& file) {
    if (text.size() > kMaxProfileSize) {
        throw InvalidProfile({{.file = file,
                               .message = fmt::format("the file is too large: a profile has at most {} bytes",
                                                      kMaxProfileSize)}});
    }
    Reader reader(text, file);
    Document document = parse_document(text);
    reader.diagnostics = std::move(document.diagnostics);
    if (document.root) {
        reader.json = {.node = &*document.root, .name = "a profile"};
        read_object(reader, reader.json, "");
        check_between_fields(reader);
    }
    if (!reader.diagnostics.empty()) throw_diagnostics(reader);
    return finish(reader);
}

}  // namespace tunlab
