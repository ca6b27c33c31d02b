#include "tunlab/profile/document.hpp"

#include "tunlab/base/escape.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tunlab {

namespace {

constexpr std::string_view kWhiteSpace = " \t\r\n";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Finds the tokens of a JSON text one after the other. nlohmann's events have no positions, so this
/// runs in step with them.
class TokenCursor {
public:
    explicit TokenCursor(std::string_view text) : text_(text) {}

    /// The next token that has an event: what follows white space, comments, "," and ":". Empty at the end.
    SourceRange next() { return take(" \t\r\n,:"); }

    /// The next token, which may be "," or ":".
    SourceRange next_with_separators() { return take(kWhiteSpace); }

private:
    SourceRange take(std::string_view skipped) {
        std::size_t begin = position_;
        while (true) {
            begin = std::min(text_.find_first_not_of(skipped, begin), text_.size());
            const std::size_t behind = end_of_comment(begin);
            if (behind == begin) break;
            begin = behind;
        }
        position_ = end_of_token(begin);
        return {begin, position_};
    }

    /// Behind the comment at `at`; `at` itself if no complete comment begins there.
    [[nodiscard]] std::size_t end_of_comment(std::size_t at) const {
        if (text_.substr(at, 2) == "//") return std::min(text_.find_first_of("\r\n", at), text_.size());
        if (text_.substr(at, 2) != "/*") return at;
        const std::size_t end = text_.find("*/", at + 2);
        return end == std::string_view::npos ? at : end + 2;
    }

    [[nodiscard]] std::size_t end_of_token(std::size_t begin) const {
        if (begin == text_.size()) return begin;
        const char first = text_[begin];
        if (first == '"') return end_of_string(begin);
        if (first == '-' || is_digit(first)) return end_of_number(begin);
        if (text_.substr(begin, 2) == "/*") return begin + 2;
        if (std::string_view("{}[]/,:").find(first) != std::string_view::npos) return begin + 1;
        for (const std::string_view literal : {"true", "false", "null"}) {
            if (text_.substr(begin).starts_with(literal)) return begin + literal.size();
        }
        return std::min(text_.find_first_of(" \t\r\n,:{}[]\"/", begin + 1), text_.size());
    }

    [[nodiscard]] std::size_t end_of_string(std::size_t begin) const {
        for (std::size_t at = begin + 1; at < text_.size(); ++at) {
            if (text_[at] == '"') return at + 1;
            if (text_[at] == '\\') ++at;
        }
        return text_.size();
    }

    /// Also of what begins like a number and is none.
    [[nodiscard]] std::size_t end_of_number(std::size_t begin) const {
        std::size_t at = begin;
        const auto skip_one_of = [&](std::string_view set) {
            if (at < text_.size() && set.find(text_[at]) != std::string_view::npos) ++at;
        };
        const auto skip_digits = [&] {
            at = std::min(text_.find_first_not_of("0123456789", at), text_.size());
        };
        skip_one_of("-");
        // No digit follows a leading zero: nlohmann takes "01" for two tokens.
        if (text_.substr(at).starts_with('0')) {
            ++at;
        } else {
            skip_digits();
        }
        if (text_.substr(at).starts_with('.')) {
            ++at;
            skip_digits();
        }
        const std::size_t before_exponent = at;
        skip_one_of("eE");
        if (at == before_exponent) return at;
        skip_one_of("+-");
        skip_digits();
        return at;
    }

    std::string_view text_;
    std::size_t position_ = 0;
};

/// What the grammar allows after the last event.
enum class Expected { Value, Key, Colon, CommaOrBracket, CommaOrBrace };

std::string_view describe_expected(Expected expected) {
    switch (expected) {
        case Expected::Value: return "a value";
        case Expected::Key: return "a key in double quotes";
        case Expected::Colon: return "\":\" after the key";
        case Expected::CommaOrBracket: return "\",\" or \"]\"";
        case Expected::CommaOrBrace: return "\",\" or \"}\"";
    }
    return "";
}

/// Whether what begins like a number is one (RFC 8259 §6).
bool is_number(std::string_view text) {
    const auto take_digits = [&text] {
        const std::size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
        text.remove_prefix(count);
        return count > 0;
    };
    const auto take_one_of = [&text](std::string_view set) {
        if (text.empty() || set.find(text.front()) == std::string_view::npos) return false;
        text.remove_prefix(1);
        return true;
    };
    take_one_of("-");
    if (!take_digits()) return false;
    if (take_one_of(".") && !take_digits()) return false;
    if (!take_one_of("eE")) return text.empty();
    take_one_of("+-");
    return take_digits() && text.empty();
}

std::string describe_token(std::string_view token) {
    if (token.empty()) return "the end of the file";
    if (token.front() == '"') {
        token.remove_prefix(1);
        if (token.ends_with('"')) token.remove_suffix(1);
        return "the string " + quote_shortened(token);
    }
    if (token.front() == '-' || is_digit(token.front())) return "the number " + escape(token.substr(0, 32));
    return quote_shortened(token);
}

Diagnostic diagnostic(SourceRange range, std::string message, std::string suggestion = "") {
    return {.message = std::move(message), .suggestion = std::move(suggestion), .range = range};
}

/// Four hexadecimal digits at `at`, which moves behind them, or onto what is none.
std::optional<unsigned> take_hex_digits(std::string_view text, std::size_t& at) {
    unsigned number = 0;
    for (int i = 0; i < 4; ++i, ++at) {
        unsigned digit = 0;
        if (at >= text.size()) return std::nullopt;
        const char* const begin = text.data() + at;
        if (std::from_chars(begin, begin + 1, digit, 16).ec != std::errc()) return std::nullopt;
        number = number * 16 + digit;
    }
    return number;
}

/// What is wrong with the escape sequence "\\u..." at `at`, which moves behind it.
std::optional<Diagnostic> find_unicode_fault(std::string_view text, std::size_t& at) {
    const auto up_to = [&](std::size_t begin, std::size_t last) {
        return SourceRange{begin, std::min(last + 1, text.size())};
    };
    const auto not_hex = [&](SourceRange range) {
        return diagnostic(range, "\\u must be followed by four hexadecimal digits");
    };
    const auto half_of_pair = [](SourceRange range) {
        return diagnostic(range, "half of a surrogate pair", "write the character itself");
    };
    const auto is_low = [](unsigned unit) { return unit >= 0xdc00 && unit <= 0xdfff; };
    const std::size_t first = at;
    at += 2;
    const auto unit = take_hex_digits(text, at);
    if (!unit) return not_hex(up_to(first, at));
    if (is_low(*unit)) return half_of_pair({first, at});
    if (*unit < 0xd800 || *unit > 0xdfff) return std::nullopt;
    const std::size_t second = at;
    if (text.substr(at, 2) != "\\u") {
        return half_of_pair(up_to(first, text.substr(at).starts_with('\\') ? at + 1 : at));
    }
    at += 2;
    const auto low = take_hex_digits(text, at);
    if (!low) return not_hex(up_to(second, at));
    if (!is_low(*low)) return half_of_pair({second, at});
    return std::nullopt;
}

/// What is wrong with the string that begins at `begin` (RFC 8259 §7). Nothing if it is closed and sound.
std::optional<Diagnostic> find_string_fault(std::string_view text, std::size_t begin) {
    for (std::size_t at = begin + 1; at < text.size();) {
        const char c = text[at];
        const auto byte = static_cast<std::uint8_t>(c);
        const char escaped = c == '\\' && at + 1 < text.size() ? text[at + 1] : ' ';
        if (c == '"') return std::nullopt;
        if (c == '\n' || c == '\r') break;
        if (byte < 0x20) {
            return diagnostic({at, at + 1}, fmt::format("control character U+{:04X} in a string", byte),
                              byte == '\t' ? "write it as \\t" : fmt::format("write it as \\u{:04x}", byte));
        }
        if (escaped == 'u') {
            if (auto fault = find_unicode_fault(text, at)) return fault;
        } else if (c != '\\') {
            ++at;
        } else if (at + 1 == text.size() ||
                   std::string_view("\"\\/bfnrt").find(escaped) != std::string_view::npos) {
            at += 2;
        } else {
            const std::size_t length = utf8_sequence_length(text.substr(at + 1));
            return diagnostic({at, at + 1 + length},
                              fmt::format("\\{}: no such escape", escape(text.substr(at + 1, length))),
                              "a backslash itself is written \\\\");
        }
    }
    return diagnostic({begin, std::min(text.find_first_of("\r\n", begin), text.size())},
                      "the string is not closed", "add the closing quote");
}

Diagnostic describe_word(SourceRange range, std::string_view word) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kMeant{{
        {"True", "true"},
        {"TRUE", "true"},
        {"False", "false"},
        {"FALSE", "false"},
        {"None", "null"},
        {"yes", "true"},
        {"no", "false"},
        {"NULL", "null"},
    }};
    const auto* meant =
        std::find_if(kMeant.begin(), kMeant.end(), [&](const auto& pair) { return pair.first == word; });
    std::string suggestion = "keys and strings stand in double quotes: \"...\"";
    if (meant != kMeant.end()) suggestion = fmt::format("did you mean {}?", meant->second);
    if (word.starts_with('#')) suggestion = "comments begin with \"//\"";
    if (word.starts_with('=')) suggestion = "\":\" stands between a key and its value";
    return diagnostic(range, fmt::format("unexpected {}", quote_shortened(word)), std::move(suggestion));
}

/// What is wrong with `token` by itself; nothing if it is a token of JSON.
std::optional<Diagnostic> find_token_fault(std::string_view text, SourceRange range) {
    const std::string_view token = text.substr(range.begin, range.end - range.begin);
    const char first = token.front();
    if (first == '"') return find_string_fault(text, range.begin);
    if (first == '-' || is_digit(first)) {
        if (is_number(token)) return std::nullopt;
        return diagnostic(range, fmt::format("{}: not a number", quote_shortened(token)));
    }
    if (token == "/*") return diagnostic(range, "the comment is not closed", "add \"*/\"");
    if (token == "/") return diagnostic(range, "unexpected \"/\"", "comments begin with \"//\" or \"/*\"");
    const bool known = token == "true" || token == "false" || token == "null" ||
                       std::string_view("{}[],:").find(first) != std::string_view::npos;
    return known ? std::nullopt : std::optional(describe_word(range, token));
}

/// The first byte that no JSON text may hold, wherever it stands.
std::optional<Diagnostic> find_forbidden_byte(std::string_view text) {
    if (text.starts_with("\xef\xbb\xbf")) {
        return diagnostic({0, 3}, "the file begins with a byte order mark", "save it as UTF-8 without one");
    }
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = utf8_sequence_length(text.substr(at));
        if (length == 0) {
            const auto byte = static_cast<std::uint8_t>(text[at]);
            return diagnostic({at, at + 1}, fmt::format("byte 0x{:02x} is not UTF-8", byte),
                              "save the file as UTF-8");
        }
        if (text[at] == '\0') {
            return diagnostic({at, at + 1}, "a NUL byte",
                              "remove it, or save the file as UTF-8 if it is UTF-16");
        }
        at += length;
    }
    return std::nullopt;
}

/// Builds the tree from nlohmann's events, and diagnostics from what it and we object to.
class TreeBuilder final : public nlohmann::json_sax<nlohmann::json> {
public:
    explicit TreeBuilder(std::string_view text) : text_(text), cursor_(text), positions_(text) {}

    bool null() override { return add(Node::Null{}); }
    bool boolean(bool value) override { return add(value); }
    bool string(std::string& value) override { return add(std::move(value)); }
    bool binary(binary_t& /*value*/) override { return false; }  // no such thing in JSON text
    bool number_integer(std::int64_t value) override { return add(Number{Number::Kind::Whole, value}); }
    bool number_unsigned(std::uint64_t value) override;
    bool number_float(double value, const std::string& digits) override;
    bool start_object(std::size_t /*size*/) override { return open(Node::Object{}); }
    bool start_array(std::size_t /*size*/) override { return open(Node::Array{}); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(std::string& text) override;
    bool parse_error(std::size_t bytes_read, const std::string& last_token,
                     const nlohmann::json::exception& error) override;

    Document take() { return {std::move(root_), std::move(diagnostics_)}; }

private:
    /// An array or object whose closing bracket is still to come.
    struct Open {
        Node node;
        std::string key{};  ///< of the member that is being read
        SourceRange key_range{};
        bool has_key = false;                                  ///< and its value is still to come
        std::unordered_map<std::string, std::size_t> lines{};  ///< of each key
    };

    template <typename T>
    bool add(T value) {
        attach(Node{std::move(value), cursor_.next()});
        return true;
    }
    template <typename T>
    bool open(T container);
    bool close();
    void attach(Node node);
    bool add_out_of_range();

    void report(SourceRange range, std::string message, std::string suggestion = "") {
        diagnostics_.push_back(diagnostic(range, std::move(message), std::move(suggestion)));
    }
    [[nodiscard]] Expected expected() const;
    void report_unexpected(SourceRange token, Expected expected);
    void report_end_of_text(Expected expected);
    [[nodiscard]] std::string suggest_for(SourceRange token, Expected expected) const;
    [[nodiscard]] std::string describe_unclosed() const;
    [[nodiscard]] std::string path() const;
    [[nodiscard]] std::string_view slice(SourceRange range) const {
        return text_.substr(range.begin, range.end - range.begin);
    }

    std::string_view text_;
    TokenCursor cursor_;
    PositionIndex positions_;
    std::vector<Open> open_;
    std::optional<Node> root_;
    std::vector<Diagnostic> diagnostics_;
};

bool TreeBuilder::number_unsigned(std::uint64_t value) {
    if (value > INT64_MAX) return add_out_of_range();
    return add(Number{Number::Kind::Whole, static_cast<std::int64_t>(value)});
}

bool TreeBuilder::number_float(double /*value*/, const std::string& digits) {
    // nlohmann hands over as a float what does not fit its integers.
    const bool fractional = digits.find_first_not_of("-0123456789") != std::string::npos;
    return fractional ? add(Number{Number::Kind::Fractional, 0}) : add_out_of_range();
}

bool TreeBuilder::add_out_of_range() {
    const SourceRange range = cursor_.next();
    report(range, fmt::format("{}: the number is out of range", escape(slice(range).substr(0, 48))));
    diagnostics_.back().pointer = path();
    attach(Node{Number{Number::Kind::OutOfRange, 0}, range});
    return true;
}

template <typename T>
bool TreeBuilder::open(T container) {
    const SourceRange range = cursor_.next();
    if (open_.size() == kMaxDocumentDepth) {
        report(range, fmt::format("nested deeper than {} levels", kMaxDocumentDepth));
        return false;
    }
    open_.push_back({.node = Node{std::move(container), range}});
    return true;
}

bool TreeBuilder::close() {
    Node node = std::move(open_.back().node);
    open_.pop_back();
    node.range.end = cursor_.next().end;
    attach(std::move(node));
    return true;
}

void TreeBuilder::attach(Node node) {
    if (open_.empty()) {
        root_ = std::move(node);
        return;
    }
    Open& parent = open_.back();
    if (auto* array = std::get_if<Node::Array>(&parent.node.value)) {
        array->push_back(std::move(node));
        return;
    }
    auto& object = std::get<Node::Object>(parent.node.value);
    object.push_back({std::move(parent.key), parent.key_range, std::move(node)});
    parent.has_key = false;
}

bool TreeBuilder::key(std::string& text) {
    Open& object = open_.back();
    object.key = text;
    object.has_key = true;
    object.key_range = cursor_.next();
    const std::size_t line = positions_.position(object.key_range.begin).line;
    const auto [first, added] = object.lines.try_emplace(text, line);
    if (added) return true;
    report(object.key_range,
           fmt::format("duplicate key {}: the first is on line {}", quote_shortened(text), first->second));
    diagnostics_.back().pointer = path();
    return true;
}

/// The pointer to what is being read.
std::string TreeBuilder::path() const {
    constexpr std::size_t kMaxSize =
        1000;  // 100,000 diagnostics below a huge key must not take time and memory
    std::string pointer;
    for (const Open& open : open_) {
        const auto* array = std::get_if<Node::Array>(&open.node.value);
        if (pointer.size() + open.key.size() > kMaxSize) return "";
        pointer = extend_pointer(pointer, array ? std::to_string(array->size()) : open.key);
    }
    return pointer;
}

/// nlohmann only says that it stopped: what stands there, and what is wrong with it, is found here.
bool TreeBuilder::parse_error(std::size_t /*bytes_read*/, const std::string& /*last_token*/,
                              const nlohmann::json::exception& error) {
    constexpr int kNumberOutOfRange = 406;
    SourceRange token = cursor_.next_with_separators();
    if (root_) {
        report(token, "more text after the end of the profile", "a file holds one profile");
        return false;
    }
    Expected wanted = expected();
    const std::string_view separator = slice(token);
    const bool comma = wanted == Expected::CommaOrBracket || wanted == Expected::CommaOrBrace;
    if ((comma && separator == ",") || (wanted == Expected::Colon && separator == ":")) {
        wanted = wanted == Expected::CommaOrBrace ? Expected::Key : Expected::Value;
        token = cursor_.next_with_separators();
    }
    if (token.begin == text_.size()) {
        report_end_of_text(wanted);
    } else if (auto fault = find_token_fault(text_, token)) {
        diagnostics_.push_back(std::move(*fault));
    } else if (error.id == kNumberOutOfRange) {
        report(token, fmt::format("{}: the number is out of range", escape(slice(token).substr(0, 48))));
    } else {
        report_unexpected(token, wanted);
    }
    return false;
}

Expected TreeBuilder::expected() const {
    if (open_.empty()) return Expected::Value;
    const Open& parent = open_.back();
    if (const auto* array = std::get_if<Node::Array>(&parent.node.value))
        return array->empty() ? Expected::Value : Expected::CommaOrBracket;
    if (parent.has_key) return Expected::Colon;
    return std::get<Node::Object>(parent.node.value).empty() ? Expected::Key : Expected::CommaOrBrace;
}

void TreeBuilder::report_unexpected(SourceRange token, Expected expected) {
    report(token,
           fmt::format("expected {}, found {}", describe_expected(expected), describe_token(slice(token))),
           suggest_for(token, expected));
}

/// What to do about an unexpected token, where it is plain from what stands around it.
std::string TreeBuilder::suggest_for(SourceRange token, Expected expected) const {
    const std::string_view found = slice(token);
    const std::string_view before = text_.substr(0, token.begin);
    const auto previous = before.find_last_not_of(kWhiteSpace);
    const bool after_comma = previous != std::string_view::npos && before[previous] == ',';
    const bool closing = found == "}" || found == "]";
    if (after_comma && closing) return "remove the comma before it";
    if (after_comma && found == ",") return "remove one of the commas";
    if (closing) return open_.empty() ? "" : describe_unclosed();
    if (found == "," || found == ":") return "";
    if (!before.empty() && is_digit(before.back()) && is_digit(found.front()))
        return "numbers have no leading zeros";
    const bool comma = expected == Expected::CommaOrBracket || expected == Expected::CommaOrBrace;
    return comma ? "add a comma before it" : "";
}

/// The bracket that is still to be closed. Precondition: there is one.
std::string TreeBuilder::describe_unclosed() const {
    const SourceRange bracket = open_.back().node.range;
    return fmt::format("{} on line {} is not closed", quote(slice(bracket)),
                       positions_.position(bracket.begin).line);
}

void TreeBuilder::report_end_of_text(Expected expected) {
    if (open_.empty()) return report({0, 0}, "the file is empty", "");
    // Behind the last thing visible: the line end that most files close with would hide the place.
    const std::size_t end = text_.find_last_not_of(kWhiteSpace) + 1;
    report({end, end}, fmt::format("expected {}, found the end of the file", describe_expected(expected)),
           describe_unclosed());
}

}  // namespace

Document parse_document(std::string_view text) {
    if (auto forbidden = find_forbidden_byte(text)) return {std::nullopt, {std::move(*forbidden)}};
    TreeBuilder builder(text);
    const bool whole = nlohmann::json::sax_parse(text.begin(), text.end(), &builder,
                                                 nlohmann::json::input_format_t::json, true, true);
    Document document = builder.take();
    if (!whole) document.root.reset();
    return document;
}

const Node* Node::find(std::string_view key) const {
    const auto* const object = std::get_if<Object>(&value);
    if (object == nullptr) return nullptr;
    const auto found =
        std::find_if(object->begin(), object->end(), [&](const Member& member) { return member.key == key; });
    return found == object->end() ? nullptr : &found->value;
}

PositionIndex::PositionIndex(std::string_view text) : text_(text) {
    constexpr std::size_t kSpacing = 256;
    Checkpoint here{0, {}};
    while (here.offset < text.size()) {
        if (checkpoints_.empty() || here.offset - checkpoints_.back().offset >= kSpacing)
            checkpoints_.push_back(here);
        const bool line_end = text[here.offset] == '\n';
        here.offset += std::max<std::size_t>(1, utf8_sequence_length(text.substr(here.offset)));
        here.position = line_end ? SourcePosition{here.position.line + 1, 1}
                                 : SourcePosition{here.position.line, here.position.column + 1};
    }
    if (checkpoints_.empty()) checkpoints_.push_back(here);
}

SourcePosition PositionIndex::position(std::size_t offset) const {
    const auto behind =
        std::upper_bound(checkpoints_.begin(), checkpoints_.end(), offset,
                         [](std::size_t at, const Checkpoint& checkpoint) { return at < checkpoint.offset; });
    const Checkpoint& nearest = *std::prev(behind);
    const SourcePosition moved =
        position_at(text_.substr(nearest.offset, offset - nearest.offset), offset - nearest.offset);
    if (moved.line > 1) return {nearest.position.line + moved.line - 1, moved.column};
    return {nearest.position.line, nearest.position.column + moved.column - 1};
}

std::string extend_pointer(std::string_view pointer, std::string_view key) {
    std::string out(pointer);
    out += '/';
    for (const char c : key) {
        if (c == '~') {
            out += "~0";
        } else if (c == '/') {
            out += "~1";
        } else {
            out += c;
        }
    }
    return out;
}

std::string quote_shortened(std::string_view text) {
    constexpr std::size_t kMaxSize = 48;
    if (text.size() <= kMaxSize) return quote(text);
    std::size_t end = 0;
    while (end < kMaxSize) {
        end += std::max<std::size_t>(1, utf8_sequence_length(text.substr(end)));
    }
    return quote(std::string(text.substr(0, end)) + "...");
}

}  // namespace tunlab
