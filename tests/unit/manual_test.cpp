// Holds the manual pages against the tables that the program itself works by.

#include "tunlab/base/error.hpp"
#include "tunlab/cli/option_table.hpp"
#include "tunlab/lab/verdict.hpp"
#include "tunlab/profile/fields.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace tunlab::test {

namespace {

/// One `.It` of a list.
struct Item {
    std::string section;     ///< `.Sh`
    std::string subsection;  ///< `.Ss`, or empty
    std::string head;        ///< as it stands behind `.It`: "Li echo", "Fl c , -count Ar N"
    std::string text;        ///< what follows, in one line, without macros
};

struct Page {
    std::vector<Item> items;
    std::vector<std::pair<std::string, std::string>> subsections;  ///< with the section that each is in
    std::vector<std::string> synopsis;                             ///< the lines of SYNOPSIS

    /// The items whose head begins with `macro`, such as "Li ", in those parts of the page.
    [[nodiscard]] std::vector<Item> find(std::string_view section, std::string_view macro) const {
        std::vector<Item> found;
        std::ranges::copy_if(items, std::back_inserter(found), [&](const Item& item) {
            return item.section == section && item.head.starts_with(macro);
        });
        return found;
    }
};

bool take_prefix(std::string& line, std::string_view prefix) {
    if (!line.starts_with(prefix)) return false;
    line.erase(0, prefix.size());
    return true;
}

/// A line without its macro: ".Pq RFC 792" is "(RFC 792)", ".Li lo ," is "lo,".
std::string without_macro(std::string line) {
    if (!line.starts_with('.')) return line;
    const bool parentheses = take_prefix(line, ".Pq ");
    if (!parentheses) line.erase(0, std::min(line.find(' '), line.size() - 1) + 1);
    std::string after;
    if (line.size() >= 2 && line[line.size() - 2] == ' ' &&
        std::string_view(".,;:").find(line.back()) != std::string_view::npos) {
        after = line.back();
        line.resize(line.size() - 2);
    }
    return parentheses ? fmt::format("({}){}", line, after) : line + after;
}

void append_line(std::string& text, const std::string& line) {
    if (!text.empty() && !line.empty()) text += ' ';
    text += line;
}

Page read_page(const std::string& name) {
    std::ifstream file(std::string(TUNLAB_SOURCE_DIR "/man/") + name);
    REQUIRE_MESSAGE(file, name);
    Page page;
    std::string section;
    std::string subsection;
    bool in_item = false;
    for (std::string line; std::getline(file, line);) {
        if (take_prefix(line, ".Sh ")) {
            section = line;
            subsection.clear();
            in_item = false;
        } else if (take_prefix(line, ".Ss ")) {
            subsection = line;
            page.subsections.emplace_back(section, subsection);
            in_item = false;
        } else if (line.starts_with(".El") || line.starts_with(".Bl")) {
            in_item = false;
        } else if (take_prefix(line, ".It ")) {
            page.items.push_back({section, subsection, line, ""});
            in_item = true;
        } else if (in_item) {
            append_line(page.items.back().text, without_macro(line));
        } else if (section == "SYNOPSIS") {
            page.synopsis.push_back(line);
        }
    }
    return page;
}

std::string head_of(const OptionFacts& facts) {
    // "-c,--count" with the value N stands as "Fl c , -count Ar N", "--color" as "Fl -color".
    std::string head = "Fl ";
    for (std::size_t at = 0; at < facts.names.size();) {
        const std::size_t end = std::min(facts.names.find(',', at), facts.names.size());
        if (at != 0) head += " , ";
        head += facts.names.substr(at + 1, end - at - 1);
        at = end + 1;
    }
    return facts.value.empty() ? head : head + " Ar " + std::string(facts.value);
}

std::string subsection_of(const OptionFacts& facts) {
    return facts.command.empty() ? "Global options" : std::string(facts.command);
}

std::string subsection_of(const FieldFacts& facts) {
    if (facts.object.empty()) return "Fields of a profile";
    if (facts.object == "ipv6") return "Fields of ipv6";
    if (facts.object == "addresses[]") return "Fields of an address";
    if (facts.object == "neighbours[]") return "Fields of a neighbour";
    if (facts.object == "hosts[]") return "Fields of a host";
    if (facts.object == "hosts[].path[]") return "Fields of a hop";
    CHECK(facts.object == "routes[]");
    return "Fields of a route";
}

/// How the manual begins its text on a field.
std::string beginning_of(const FieldFacts& facts) {
    const std::string type(facts.type);
    if (facts.fallback.empty()) return type + ".";
    if (facts.fallback == "required") return type + " (required).";
    return fmt::format("{} (default: {}).", type, facts.fallback);
}

std::string help_of(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "tunlab");
    arguments.push_back("--help");
    return std::get<ShowText>(parse_command_line(arguments).command).text;
}

}  // namespace

// ---- tunlab(8) ------------------------------------------------------------------------------------

// Scripts rest on the words, and the manual is the list of them: a word that changes must change there, too.
TEST_CASE("tunlab(8) lists every reason with its verdict, meaning and RFC, in the order of the table, and no "
          "other") {
    const auto items = read_page("tunlab.8").find("DIAGNOSTICS", "Li ");
    REQUIRE(items.size() == reasons().size());
    for (std::size_t i = 0; i < items.size(); ++i) {
        const ReasonFacts& facts = reasons()[i];
        CAPTURE(items[i].head);
        CHECK(items[i].head == "Li " + std::string(facts.word));
        const std::string reference = facts.reference.empty() ? "" : fmt::format(" ({})", facts.reference);
        CHECK(items[i].text == std::string(facts.meaning) + reference);
        CHECK(items[i].subsection.starts_with("Reasons to "));
        CHECK(items[i].subsection.ends_with(to_string(facts.verdict)));
    }
}

TEST_CASE("tunlab(8) lists the four verdicts") {
    std::vector<std::string> listed;
    for (const auto& item : read_page("tunlab.8").find("DIAGNOSTICS", "Sy ")) {
        listed.push_back(item.head.substr(3));
    }
    std::vector<std::string> expected;
    for (const auto verdict : {Verdict::Reply, Verdict::Drop, Verdict::Ignore, Verdict::Bad}) {
        expected.emplace_back(to_string(verdict));
    }
    CHECK(listed == expected);
}

TEST_CASE("tunlab(8) lists every exit status with its meaning, in order, and no other") {
    const auto items = read_page("tunlab.8").find("EXIT STATUS", "Li ");
    REQUIRE(items.size() == exit_code_meanings().size());
    for (std::size_t i = 0; i < items.size(); ++i) {
        CAPTURE(items[i].head);
        CHECK(items[i].head == fmt::format("Li {}", static_cast<int>(exit_code_meanings()[i].code)));
        CHECK(items[i].text == exit_code_meanings()[i].meaning);
    }
}

TEST_CASE("tunlab(8) has each option below its command, and no other") {
    std::set<std::pair<std::string, std::string>> listed;
    for (const auto& item : read_page("tunlab.8").find("DESCRIPTION", "Fl ")) {
        CHECK(listed.emplace(item.subsection, item.head).second);
    }
    std::set<std::pair<std::string, std::string>> expected;
    for (const auto& facts : option_facts()) {
        expected.emplace(subsection_of(facts), head_of(facts));
    }
    for (const auto& [subsection, head] : expected) {
        CAPTURE(subsection);
        CAPTURE(head);
        CHECK(listed.contains({subsection, head}));
    }
    for (const auto& [subsection, head] : listed) {
        CAPTURE(subsection);
        CAPTURE(head);
        CHECK(expected.contains({subsection, head}));
    }
}

TEST_CASE("tunlab(8) has a subsection and a synopsis for each command, and no other") {
    const Page page = read_page("tunlab.8");
    std::vector<std::string> expected;
    for (const auto& facts : command_facts()) {
        expected.emplace_back(facts.name);
    }
    std::vector<std::string> described;
    for (const auto& [section, subsection] : page.subsections) {
        if (section == "DESCRIPTION" && subsection != "Global options") described.push_back(subsection);
    }
    CHECK(described == expected);
    std::vector<std::string> shown;
    for (const auto& line : page.synopsis) {
        if (line.starts_with(".Cm ")) shown.push_back(line.substr(4));
    }
    CHECK(shown == expected);
}

// ---- tunlab.json(5) -------------------------------------------------------------------------------

TEST_CASE("tunlab.json(5) lists every field with its type and default, in order, and no other") {
    const auto items = read_page("tunlab.json.5").find("DESCRIPTION", "Ic ");
    REQUIRE(items.size() == profile_fields().size());
    for (std::size_t i = 0; i < items.size(); ++i) {
        const FieldFacts& facts = profile_fields()[i];
        CAPTURE(facts.object);
        CAPTURE(facts.name);
        CHECK(items[i].subsection == subsection_of(facts));
        CHECK(items[i].head == "Ic " + std::string(facts.name));
        CHECK(items[i].text.starts_with(beginning_of(facts) + " "));
    }
}

// ---- --help ---------------------------------------------------------------------------------------

TEST_CASE("--help of each command shows its own options and the common ones, and no others") {
    for (const auto& command : command_facts()) {
        const std::string name(command.name);
        CAPTURE(name);
        const std::string help = help_of({name.c_str()});
        for (const auto& option : option_facts()) {
            CAPTURE(option.names);
            // An option of this name, or of this help, may be another command's as well.
            const auto options = option_facts();
            const auto is_ours = [&](const OptionFacts& facts) {
                return facts.command.empty() || facts.command == name;
            };
            const bool named = std::ranges::any_of(options, [&](const OptionFacts& facts) {
                return is_ours(facts) && facts.names == option.names;
            });
            const bool helped = std::ranges::any_of(options, [&](const OptionFacts& facts) {
                return is_ours(facts) && facts.help == option.help;
            });
            CHECK((help.find(option.names) != std::string::npos) == named);
            CHECK((help.find(option.help) != std::string::npos) == helped);
        }
    }
}

TEST_CASE("--help without a command shows every command with its summary") {
    const std::string help = help_of({});
    for (const auto& command : command_facts()) {
        CAPTURE(command.name);
        CHECK(help.find(command.summary) != std::string::npos);
    }
}

TEST_CASE("each member of a command's options is filled by one row of the table, and by no other") {
    // A new member doesn't compile here until it is named, and counted below.
    [[maybe_unused]] const auto& [color, verbosity, quiet, netns] = CommonOptions();
    [[maybe_unused]] const auto& [up_profiles, dry_run, exit_code, overlap, up_json] = UpCommand();
    [[maybe_unused]] const auto& [targets, all, down_dry_run, down_exit_code, down_json] = DownCommand();
    [[maybe_unused]] const auto& [target, mode, count, deadline, hex, link_level, short_time, echo_overlap,
                                  seed, hosts] = EchoCommand();
    [[maybe_unused]] const auto& [delay, jitter, loss, duplicate, corrupt, reorder, rate] = HostOverrides();
    [[maybe_unused]] const auto& [devices, status_exit_code, status_json] = StatusCommand();
    [[maybe_unused]] const auto& [check_profiles, print, check_json] = CheckCommand();
    const std::map<std::string_view, std::size_t> members{{"", 4 + 2},     {"up", 4},     {"down", 4},
                                                          {"echo", 8 + 7}, {"status", 2}, {"check", 2}};

    ParsedOptions options;
    std::map<std::string_view, std::size_t> rows;
    std::set<const void*> filled;
    for (const auto& facts : option_facts()) {
        ++rows[facts.command];
        const auto address = [](const auto& member) -> const void* {
            if constexpr (std::is_pointer_v<std::decay_t<decltype(member)>>) {
                return member;
            } else {
                return member.value;
            }
        };
        CAPTURE(facts.names);
        CHECK(filled.insert(std::visit(address, facts.target(options))).second);
    }
    CHECK(rows == members);
}

}  // namespace tunlab::test
