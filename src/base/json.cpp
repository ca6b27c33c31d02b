#include "tunlab/base/json.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tunlab {

namespace {

std::string quoted(const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Appends the text of values, each where the last one ended.
class Formatter {
public:
    explicit Formatter(std::string& out) : out_(out) {}

    void operator()(std::nullptr_t) { out_ += "null"; }
    void operator()(bool boolean) { out_ += boolean ? "true" : "false"; }
    void operator()(std::int64_t number) { out_ += fmt::to_string(number); }
    void operator()(std::uint64_t number) { out_ += fmt::to_string(number); }
    void operator()(const std::string& text) { out_ += quoted(text); }
    void operator()(const JsonArray& array) {
        append_lines('[', array, ']', [&](const Json& element) { std::visit(*this, element.value()); });
    }
    void operator()(const JsonObject& object) {
        append_lines('{', object.members(), '}', [&](const JsonMember& member) {
            out_ += quoted(member.key) + ": ";
            std::visit(*this, member.value.value());
        });
    }

private:
    template <typename Items, typename AppendItem>
    void append_lines(char open, const Items& items, char close, const AppendItem& append_item) {
        constexpr std::size_t kIndent = 2;
        out_ += open;
        ++depth_;
        for (bool first = true; const auto& item : items) {
            out_ += first ? "\n" : ",\n";
            out_.append(kIndent * depth_, ' ');
            append_item(item);
            first = false;
        }
        --depth_;
        if (!items.empty()) out_.append(1, '\n').append(kIndent * depth_, ' ');
        out_ += close;
    }

    std::string& out_;
    std::size_t depth_ = 0;
};

}  // namespace

JsonObject::JsonObject(std::initializer_list<JsonMember> members) : members_(members) {}

void JsonObject::add(std::string_view key, Json value) {
    assert(std::ranges::find(members_, key, &JsonMember::key) == members_.end());
    members_.push_back({std::string(key), std::move(value)});
}

void JsonObject::add(JsonObject other) {
    for (auto& member : other.members_) {
        add(member.key, std::move(member.value));
    }
}

Json::Json(std::nullptr_t) {}
Json::Json(const char* text) : value_(std::string(text)) {}
Json::Json(std::string_view text) : value_(std::string(text)) {}
Json::Json(std::string text) : value_(std::move(text)) {}
Json::Json(JsonArray elements) : value_(std::move(elements)) {}
Json::Json(JsonObject object) : value_(std::move(object)) {}

std::string format_json(const Json& json) {
    std::string out;
    Formatter formatter(out);
    std::visit(formatter, json.value());
    return out + '\n';
}

}  // namespace tunlab
