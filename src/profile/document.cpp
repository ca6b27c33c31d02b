#include "tunlab/profile/document.hpp"

#include "tunlab/base/escape.hpp"

#include <algorithm>
#include <array>
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
/// runs in step with them: where an event came, the token is well-formed.
class TokenCursor {
public:
    explicit TokenCursor(std::string_view text) : text_(text) {}

    /// The next token: what follows white space, comments, "," and ":". Empty at the end.
    Extent next() {
        const std::size_t begin = begin_of_next();
        position_ = end_of_token(begin);
        return {begin, position_};
    }

    [[nodiscard]] std::size_t begin_of_next() const {
        std::size_t at = position_;
        while (true) {
            at = std::min(text_.find_first_not_of(" \t\r\n,:", at), text_.size());
            const std::size_t behind = end_of_comment(at);
            if (behind == at) return at;
            at = behind;
        }
    }

private:
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
        if (std::string_view("{}[]/").find(first) != std::string_view::npos) return begin + 1;
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

/// What nlohmann says of a syntax error, taken apart. Its messages read
///     "...: syntax error while parsing CONTEXT - unexpected TOKEN; expected TOKEN"
///     "...: syntax error while parsing CONTEXT - LEXICAL; last read: '...'..."
struct Complaint {
    std::string_view unexpected;
    std::string_view expected;
    std::string_view lexical;
};

Complaint read_complaint(std::string_view what) {
    constexpr std::string_view kUnexpected = "unexpected ";
    constexpr std::string_view kExpected = "; expected ";
    Complaint complaint;
    const auto dash = what.find(" - ");
    if (dash == std::string_view::npos) return complaint;
    what.remove_prefix(dash + 3);
    if (!what.starts_with(kUnexpected)) {
        complaint.lexical = what.substr(0, what.find("; last read: "));
        return complaint;
    }
    what.remove_prefix(kUnexpected.size());
    const auto expected = what.find(kExpected);
    complaint.unexpected = what.substr(0, expected);
    if (expected != std::string_view::npos) complaint.expected = what.substr(expected + kExpected.size());
    return complaint;
}

/// nlohmann's word for what the grammar wants, in ours.
std::string_view describe_expected(std::string_view expected) {
    if (expected == "string literal") return "a key in double quotes";
    if (expected == "':'") return "\":\" after the key";
    if (expected == "']'") return "\",\" or \"]\"";
    if (expected == "'}'") return "\",\" or \"}\"";
    return "a value";
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

/// The first byte that no JSON text may hold, wherever it stands.
std::optional<Finding> find_forbidden_byte(std::string_view text) {
    if (text.starts_with("\xef\xbb\xbf")) {
        return Finding{{0, 3}, "", "the file begins with a byte order mark", "save it as UTF-8 without one"};
    }
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = utf8_sequence_length(text.substr(at));
        if (length == 0) {
            const auto byte = static_cast<std::uint8_t>(text[at]);
            return Finding{
                {at, at + 1}, "", fmt::format("byte 0x{:02x} is not UTF-8", byte), "save the file as UTF-8"};
        }
        if (text[at] == '\0') {
            return Finding{
                {at, at + 1}, "", "a NUL byte", "remove it, or save the file as UTF-8 if it is UTF-16"};
        }
        at += length;
    }
    return std::nullopt;
}

/// Builds the tree from nlohmann's events, and findings from what it and we object to.
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

    Document take() { return {std::move(root_), std::move(findings_)}; }

private:
    /// An array or object whose closing bracket is still to come.
    struct Open {
        Node node;
        std::string key;  ///< of the member that is being read
        Extent key_extent;
        std::unordered_map<std::string, std::size_t> lines;  ///< of each key
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

    void report(Extent extent, std::string message, std::string suggestion = "") {
        findings_.push_back({extent, "", std::move(message), std::move(suggestion)});
    }
    void report_unexpected(const Complaint& complaint, std::size_t bytes_read);
    void report_end_of_text(std::string_view expected);
    void report_lexical(std::string_view lexical, std::size_t bytes_read);
    void report_string(std::string_view lexical, Extent token, std::size_t bytes_read);
    void report_word(Extent word);
    [[nodiscard]] std::string suggest_for(Extent token, std::string_view expected) const;
    [[nodiscard]] std::string describe_unclosed() const;
    [[nodiscard]] std::string path() const;
    [[nodiscard]] std::string_view slice(Extent extent) const {
        return text_.substr(extent.begin, extent.end - extent.begin);
    }

    std::string_view text_;
    TokenCursor cursor_;
    PositionIndex positions_;
    std::vector<Open> open_;
    std::optional<Node> root_;
    std::vector<Finding> findings_;
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
    const Extent extent = cursor_.next();
    report(extent, fmt::format("{}: the number is out of range", escape(slice(extent).substr(0, 48))));
    findings_.back().pointer = path();
    attach(Node{Number{Number::Kind::OutOfRange, 0}, extent});
    return true;
}

template <typename T>
bool TreeBuilder::open(T container) {
    const Extent extent = cursor_.next();
    if (open_.size() == kMaxDocumentDepth) {
        report(extent, fmt::format("nested deeper than {} levels", kMaxDocumentDepth));
        return false;
    }
    open_.push_back({Node{std::move(container), extent}, "", {}, {}});
    return true;
}

bool TreeBuilder::close() {
    Node node = std::move(open_.back().node);
    open_.pop_back();
    node.extent.end = cursor_.next().end;
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
    object.push_back({std::move(parent.key), parent.key_extent, std::move(node)});
}

bool TreeBuilder::key(std::string& text) {
    Open& object = open_.back();
    object.key = text;
    object.key_extent = cursor_.next();
    const std::size_t line = positions_.position(object.key_extent.begin).line;
    const auto [first, added] = object.lines.try_emplace(text, line);
    if (added) return true;
    report(object.key_extent,
           fmt::format("duplicate key {}: the first is on line {}", quote_shortened(text), first->second));
    findings_.back().pointer = path();
    return true;
}

/// The pointer to what is being read.
std::string TreeBuilder::path() const {
    constexpr std::size_t kLongest = 1000;  // 100,000 findings below a huge key must not take time and memory
    std::string pointer;
    for (const Open& open : open_) {
        const auto* array = std::get_if<Node::Array>(&open.node.value);
        if (pointer.size() + open.key.size() > kLongest) return "";
        pointer = extend_pointer(pointer, array ? std::to_string(array->size()) : open.key);
    }
    return pointer;
}

bool TreeBuilder::parse_error(std::size_t bytes_read, const std::string& /*last_token*/,
                              const nlohmann::json::exception& error) {
    bytes_read = std::min(bytes_read, text_.size());  // reading the end counts as one
    const Complaint complaint = read_complaint(error.what());
    if (root_) {
        // Punctuation is no token of the cursor's, but what nlohmann stumbled over ends where it stopped.
        const bool punctuation = complaint.unexpected == "','" || complaint.unexpected == "':'";
        report(punctuation ? Extent{bytes_read - 1, bytes_read} : cursor_.next(),
               "more text after the end of the profile", "a file holds one profile");
    } else if (!complaint.unexpected.empty()) {
        report_unexpected(complaint, bytes_read);
    } else if (!complaint.lexical.empty()) {
        report_lexical(complaint.lexical, bytes_read);
    } else {
        const Extent number = cursor_.next();
        report(number, fmt::format("{}: the number is out of range", escape(slice(number).substr(0, 48))));
    }
    return false;
}

void TreeBuilder::report_unexpected(const Complaint& complaint, std::size_t bytes_read) {
    if (complaint.unexpected == "end of input") return report_end_of_text(complaint.expected);
    const bool punctuation = complaint.unexpected == "','" || complaint.unexpected == "':'";
    const Extent token = punctuation ? Extent{bytes_read - 1, bytes_read} : cursor_.next();
    const std::string_view expected = describe_expected(complaint.expected);
    report(token, fmt::format("expected {}, found {}", expected, describe_token(slice(token))),
           suggest_for(token, expected));
}

/// What to do about an unexpected token, where it is plain from what stands around it.
std::string TreeBuilder::suggest_for(Extent token, std::string_view expected) const {
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
    return expected.starts_with("\",\"") ? "add a comma before it" : "";
}

/// The bracket that is still to be closed. Precondition: there is one.
std::string TreeBuilder::describe_unclosed() const {
    const Extent bracket = open_.back().node.extent;
    return fmt::format("{} on line {} is not closed", quote(slice(bracket)),
                       positions_.position(bracket.begin).line);
}

void TreeBuilder::report_end_of_text(std::string_view expected) {
    if (open_.empty()) return report({0, 0}, "the file is empty", "");
    // Behind the last thing visible: the line end that most files close with would hide the place.
    const std::size_t end = text_.find_last_not_of(kWhiteSpace) + 1;
    report({end, end}, fmt::format("expected {}, found the end of the file", describe_expected(expected)),
           describe_unclosed());
}

void TreeBuilder::report_lexical(std::string_view lexical, std::size_t bytes_read) {
    const Extent token = cursor_.next();
    if (lexical.starts_with("invalid string")) return report_string(lexical, token, bytes_read);
    if (lexical.starts_with("invalid number")) {
        return report(token, fmt::format("{}: not a number", quote_shortened(slice(token))));
    }
    if (lexical == "invalid comment; missing closing '*/'") {
        return report(token, "the comment is not closed", "add \"*/\"");
    }
    if (lexical.starts_with("invalid comment")) {
        return report(token, "unexpected \"/\"", "comments begin with \"//\" or \"/*\"");
    }
    report_word(token);
}

/// Something is wrong within the string `token`; nlohmann stopped behind the byte that it objects to.
void TreeBuilder::report_string(std::string_view lexical, Extent token, std::size_t bytes_read) {
    const std::size_t stopped = bytes_read - 1;
    const bool line_end = text_[stopped] == '\n' || text_[stopped] == '\r';
    if (lexical.ends_with("missing closing quote") ||
        (line_end && lexical.starts_with("invalid string: control character"))) {
        return report({token.begin, std::min(text_.find_first_of("\r\n", token.begin), text_.size())},
                      "the string is not closed", "add the closing quote");
    }
    if (lexical.starts_with("invalid string: control character")) {
        const auto byte = static_cast<std::uint8_t>(text_[stopped]);
        return report({stopped, bytes_read}, fmt::format("control character U+{:04X} in a string", byte),
                      byte == '\t' ? "write it as \\t" : fmt::format("write it as \\u{:04x}", byte));
    }
    if (lexical.ends_with("forbidden character after backslash")) {
        const std::size_t end = stopped + utf8_sequence_length(text_.substr(stopped));
        const Extent escape_sequence{stopped - 1, end};
        return report(escape_sequence,
                      fmt::format("\\{}: no such escape", escape(text_.substr(stopped, end - stopped))),
                      "a backslash itself is written \\\\");
    }
    const Extent escape_sequence{text_.rfind("\\u", stopped), bytes_read};
    if (lexical.ends_with("must be followed by 4 hex digits")) {
        return report(escape_sequence, "\\u must be followed by four hexadecimal digits");
    }
    report(escape_sequence, "half of a surrogate pair", "write the character itself");
}

void TreeBuilder::report_word(Extent word) {
    const std::string_view text = slice(word);
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
        std::find_if(kMeant.begin(), kMeant.end(), [&](const auto& pair) { return pair.first == text; });
    std::string suggestion = "keys and strings stand in double quotes: \"...\"";
    if (meant != kMeant.end()) suggestion = fmt::format("did you mean {}?", meant->second);
    if (text.starts_with('#')) suggestion = "comments begin with \"//\"";
    if (text.starts_with('=')) suggestion = "\":\" stands between a key and its value";
    report(word, fmt::format("unexpected {}", quote_shortened(text)), std::move(suggestion));
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
    constexpr std::size_t kMost = 48;
    if (text.size() <= kMost) return quote(text);
    std::size_t end = 0;
    while (end < kMost) {
        end += std::max<std::size_t>(1, utf8_sequence_length(text.substr(end)));
    }
    return quote(std::string(text.substr(0, end)) + "...");
}

}  // namespace tunlab
