#pragma once
// The command line, as values. One table of commands and options makes --help, the checks and the
// suggestions; the manual is held against it.

#include "tunlab/base/error.hpp"
#include "tunlab/profile/profile.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tunlab {

enum class ColorWish { Auto, Always, Never };

/// What every command takes.
struct CommonOptions {
    ColorWish color = ColorWish::Auto;
    int verbosity = 0;
    bool quiet = false;
};

struct UpCommand {
    std::vector<std::string> profiles;
};

struct DownCommand {
    std::vector<std::string> targets;  ///< devices or profiles
    bool all = false;
};

struct EchoCommand {
    std::optional<std::string> target;  ///< device or profile
    std::optional<Mode> mode;
    std::optional<std::uint64_t> count;
    std::optional<std::chrono::nanoseconds> deadline;  ///< from the start of serving
    int hex = 0;                                       ///< 1: without, 2: with the link-level header
    bool link_level = false;
    bool short_time = false;
};

struct StatusCommand {
    std::vector<std::string> devices;
    bool json = false;
};

struct CheckCommand {
    std::vector<std::string> profiles;
};

/// Print this and end with that.
struct ShowText {
    std::string text;
    ExitCode code = ExitCode::Success;
};

using Command = std::variant<UpCommand, DownCommand, EchoCommand, StatusCommand, CheckCommand, ShowText>;

struct CommandLine {
    CommonOptions common;
    Command command;
};

/// Throws Error (Usage) with a suggestion where one is near.
[[nodiscard]] CommandLine parse_command_line(std::span<const char* const> arguments);

struct CommandFacts {
    std::string_view name;
    std::string_view arguments;  ///< "PROFILE..."
    std::string_view summary;
};
[[nodiscard]] std::span<const CommandFacts> command_facts();

struct OptionFacts {
    std::string_view command;  ///< empty: all
    std::string_view names;    ///< "-c,--count"
    std::string_view value;    ///< "N"; empty for a flag
    std::string_view help;
};
[[nodiscard]] std::span<const OptionFacts> option_facts();

}  // namespace tunlab
