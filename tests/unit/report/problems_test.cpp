#include "tunlab/report/problems.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace tunlab {

namespace {

Diagnostic make_problem(std::size_t line_number, std::size_t column, std::size_t width, std::string line,
                        std::string suggestion = "") {
    return {"p.json", Diagnostic::Place{{line_number, column}, width, std::move(line)}, "what is wrong", "",
            std::move(suggestion)};
}

std::string format_one(const Diagnostic& problem) {
    return format_problems(std::vector{problem}, Color::Off);
}

/// The two lines of source and carets of a problem with that place.
std::string excerpt(std::size_t column, std::size_t width, const std::string& line) {
    const std::string text = format_one(make_problem(1, column, width, line));
    const auto begin = text.find('\n') + 1;
    return text.substr(begin, text.rfind('\n', text.size() - 2) + 1 - begin);
}

std::string repeat(std::string_view text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) {
        out += text;
    }
    return out;
}

}  // namespace

TEST_CASE("format_problems shows a problem under its source line") {
    const Diagnostic problem{"profiles/tun0.json", Diagnostic::Place{{6, 3}, 6, "  \"mtuu\": 1400,"},
                             "unknown key \"mtuu\"", "/mtuu", "did you mean \"mtu\"?"};
    CHECK(format_one(problem) == "error: profiles/tun0.json:6:3: unknown key \"mtuu\"\n"
                                 "    6 |   \"mtuu\": 1400,\n"
                                 "      |   ^^^^^^ did you mean \"mtu\"?\n"
                                 "1 error; nothing was changed\n");
}

TEST_CASE("format_problems shows a pointer of more than one element") {
    Diagnostic problem = make_problem(12, 1, 1, "x");
    problem.pointer = "/routes/0/via";
    CHECK(format_one(problem) == "error: p.json:12:1: what is wrong\n"
                                 "   12 | x\n"
                                 "      | ^\n"
                                 "      | at /routes/0/via\n"
                                 "1 error; nothing was changed\n");
}

TEST_CASE("format_problems colours the label and the caret only when asked") {
    const std::vector problems{make_problem(1, 1, 2, "xy", "try z")};
    CHECK(format_problems(problems, Color::On) == "\x1b[1;31merror:\x1b[0m p.json:1:1: what is wrong\n"
                                                  "    1 | xy\n"
                                                  "      | \x1b[32m^^ try z\x1b[0m\n"
                                                  "1 error; nothing was changed\n");
    CHECK(format_problems(problems, Color::Off).find('\x1b') == std::string::npos);
}

TEST_CASE("format_problems tells a fault of the whole file without a source line") {
    CHECK(format_one({"p.json", std::nullopt, "is a directory", "", ""}) ==
          "error: p.json: is a directory\n1 error; nothing was changed\n");
    CHECK(format_one({"p.json", std::nullopt, "is a directory", "", "name a file"}) ==
          "error: p.json: is a directory\n  hint: name a file\n1 error; nothing was changed\n");
    CHECK(format_one(make_problem(1, 1, 1, " \t", "add something")) ==
          "error: p.json:1:1: what is wrong\n  hint: add something\n1 error; nothing was changed\n");
}

TEST_CASE("format_problems counts all problems and shows the first twenty") {
    const auto closing_of = [](std::size_t count) {
        const std::vector<Diagnostic> problems(count, make_problem(1, 1, 1, "x"));
        const std::string text = format_problems(problems, Color::Off);
        const auto last = text.rfind('\n', text.size() - 2) + 1;
        const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
        CHECK(lines == 3 * std::min(count, kMaxShownProblems) + 1);
        return text.substr(last);
    };
    CHECK(closing_of(1) == "1 error; nothing was changed\n");
    CHECK(closing_of(2) == "2 errors; nothing was changed\n");
    CHECK(closing_of(20) == "20 errors; nothing was changed\n");
    CHECK(closing_of(25) == "25 errors (20 shown); nothing was changed\n");
}

TEST_CASE("the caret stands below its characters, whatever stands before them") {
    // tabs are repeated, so that both lines jump alike
    CHECK(excerpt(2, 1, "\tx") == "    1 | \tx\n      | \t^\n");
    CHECK(excerpt(4, 2, "a\tbcd") == "    1 | a\tbcd\n      |  \t ^^\n");
    // one column a character, not a byte
    CHECK(excerpt(3, 1, "\xc3\xa9\xe2\x82\xacx") == "    1 | \xc3\xa9\xe2\x82\xacx\n      |   ^\n");
    CHECK(excerpt(1, 2, "\xc3\xa9\xe2\x82\xacx") == "    1 | \xc3\xa9\xe2\x82\xacx\n      | ^^\n");
    // control bytes, and bytes that are no UTF-8, are wider as shown
    CHECK(excerpt(3, 1, "\x1b\xffx") == "    1 | \\x1b\\xffx\n      |         ^\n");
    CHECK(excerpt(1, 1, "\x1bx") == "    1 | \\x1bx\n      | ^^^^\n");
    CHECK(excerpt(2, 1, "\rx") == "    1 | \\rx\n      |   ^\n");
    // C1 controls, and characters that reorder text or have no width
    CHECK(excerpt(2, 1, "\xc2\x9bx") == "    1 | \\xc2\\x9bx\n      |         ^\n");
    CHECK(excerpt(2, 1, "\xe2\x80\xaex") == "    1 | \\xe2\\x80\\xaex\n      |             ^\n");
    CHECK(excerpt(2, 1, "\xef\xbb\xbfx") == "    1 | \\xef\\xbb\\xbfx\n      |             ^\n");
    // a backslash in the source is shown as it was written
    CHECK(excerpt(5, 1, "\"\\n\"x") == "    1 | \"\\n\"x\n      |     ^\n");
    // behind the last character; more than there is to underline
    CHECK(excerpt(3, 1, "ab") == "    1 | ab\n      |   ^\n");
    CHECK(excerpt(2, 99, "ab") == "    1 | ab\n      |  ^\n");
    CHECK(excerpt(50, 1, "ab") == "    1 | ab\n      |   ^\n");
}

TEST_CASE("a long source line is shortened around the caret") {
    CHECK(excerpt(1, 1, repeat("x", 100)) == "    1 | " + repeat("x", 100) + "\n      | ^\n");
    CHECK(excerpt(1, 1, repeat("x", 101)) == "    1 | " + repeat("x", 94) + "...\n      | ^\n");
    CHECK(excerpt(101, 1, repeat("x", 100) + "!") ==
          "    1 | ..." + repeat("x", 93) + "!\n      |    " + repeat(" ", 93) + "^\n");
    CHECK(excerpt(501, 3, repeat("x", 500) + "!!!" + repeat("y", 500)) ==
          "    1 | ..." + repeat("x", 40) + "!!!" + repeat("y", 51) + "...\n      |    " + repeat(" ", 40) +
              "^^^\n");
    // an underlined value longer than the window ends with it
    CHECK(excerpt(1, 500, repeat("!", 500)) ==
          "    1 | " + repeat("!", 94) + "...\n      | " + repeat("^", 94) + "\n");
    // the caret keeps its character also where the line is escaped, and in a line of a megabyte
    CHECK(excerpt(301, 1, repeat("\x1b", 300) + "!" + repeat("\x1b", 300)) ==
          "    1 | ..." + repeat("\\x1b", 10) + "!" + repeat("\\x1b", 13) + "...\n      |    " +
              repeat(" ", 40) + "^\n");
    CHECK(excerpt(1'000'001, 1, repeat("x", 1'000'000) + "!") ==
          "    1 | ..." + repeat("x", 93) + "!\n      |    " + repeat(" ", 93) + "^\n");
}

TEST_CASE("format_problems lets no byte from outside through to the terminal") {
    const Diagnostic problem{"p\x1b[2J.json", Diagnostic::Place{{1, 1}, 1, "\x1b[2J"}, "a\x1b\n", "/a/\x1b",
                             "b\x1b"};
    CHECK(format_one(problem) == "error: p\\x1b[2J.json:1:1: a\\x1b\\n\n"
                                 "    1 | \\x1b[2J\n"
                                 "      | ^^^^ b\\x1b\n"
                                 "      | at /a/\\x1b\n"
                                 "1 error; nothing was changed\n");
}

TEST_CASE("format_problems does not escape a second time what a message quotes") {
    CHECK(format_one({"p.json", std::nullopt, R"("a\x1b\\b": not an IP address)", "", ""}) ==
          "error: p.json: \"a\\x1b\\\\b\": not an IP address\n1 error; nothing was changed\n");
}

TEST_CASE("format_problems_json gives every problem, with null for a place that there is none of") {
    const std::vector<Diagnostic> problems{
        {"profiles/tun0.json", Diagnostic::Place{{6, 3}, 6, "  \"mtuu\": 1400,"}, "unknown key \"mtuu\"",
         "/mtuu", "did you mean \"mtu\"?"},
        {"p.json", std::nullopt, "is a directory", "", ""},
    };
    CHECK(format_problems_json(problems) == R"([
  {
    "file": "profiles/tun0.json",
    "line": 6,
    "column": 3,
    "pointer": "/mtuu",
    "message": "unknown key \"mtuu\"",
    "suggestion": "did you mean \"mtu\"?"
  },
  {
    "file": "p.json",
    "line": null,
    "column": null,
    "pointer": "",
    "message": "is a directory",
    "suggestion": ""
  }
]
)");
    CHECK(format_problems_json({}) == "[]\n");
    // all of them, however many are shown as text
    const std::string many = format_problems_json(std::vector(25, make_problem(1, 1, 1, "x")));
    CHECK(std::count(many.begin(), many.end(), '{') == 25);
}

TEST_CASE("format_problems_json survives what is no UTF-8, and keeps control bytes out of the output") {
    const std::string json = format_problems_json(
        std::vector{Diagnostic{"\xff.json", std::nullopt, "a\x1b\n", "/\xc3", "\xe2\x82"}});
    CHECK(json.find("\"file\": \"\xef\xbf\xbd.json\"") != std::string::npos);
    CHECK(json.find("\"message\": \"a\\u001b\\n\"") != std::string::npos);
    CHECK(json.find('\x1b') == std::string::npos);
}

TEST_CASE("format_error shows each part that an error has, in its place") {
    const Error full({.subject = "wan0",
                      .action = "route 10.99.0.0/16 src 10.20.0.9",
                      .cause = "Invalid prefsrc address",
                      .origin = "profiles/wan0.json:14:5, at /routes/0",
                      .hint = "this machine holds no 10.20.0.9",
                      .tries = {"sudo tunlab up a.json", "tunlab check a.json"},
                      .notes = {"rolled back: wan0 removed"},
                      .code = ExitCode::Failed});
    CHECK(format_error(full, Color::Off) ==
          "error: wan0: route 10.99.0.0/16 src 10.20.0.9: Invalid prefsrc address\n"
          "  profiles/wan0.json:14:5, at /routes/0\n"
          "  hint: this machine holds no 10.20.0.9\n"
          "  try: sudo tunlab up a.json\n"
          "   or: tunlab check a.json\n"
          "rolled back: wan0 removed\n");
}

TEST_CASE("format_error leaves out what an error does not have") {
    ErrorParts parts;
    parts.cause = "eth0 was not made by tunlab; not touched";
    CHECK(format_error(Error(parts), Color::Off) == "error: eth0 was not made by tunlab; not touched\n");
    parts.tries = {"tunlab status"};
    CHECK(format_error(Error(parts), Color::On) ==
          "\x1b[1;31merror:\x1b[0m eth0 was not made by tunlab; not touched\n  try: tunlab status\n");
}

TEST_CASE("format_error lets no byte from outside through to the terminal") {
    ErrorParts parts;
    parts.subject = "t\x1bn";
    parts.cause = "a\nb";
    parts.hint = "\xff";
    parts.notes = {"\r"};
    CHECK(format_error(Error(parts), Color::Off) == "error: t\\x1bn: a\\nb\n  hint: \\xff\n\\r\n");
}

}  // namespace tunlab
