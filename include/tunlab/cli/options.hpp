#pragma once
// The command line, as values.

#include "tunlab/base/error.hpp"
#include "tunlab/base/percentage.hpp"
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

enum class ColorMode { Auto, Always, Never };

/// What every command takes.
struct CommonOptions {
    ColorMode color = ColorMode::Auto;
    int verbosity = 0;
    bool quiet = false;
    std::string netns;  ///< name or path; empty: the current one
};

struct UpCommand {
    std::vector<std::string> profiles;
    bool dry_run = false;
    bool exit_code = false;
    bool allow_overlap = false;
    bool json = false;
};

struct DownCommand {
    std::vector<std::string> targets;  ///< devices or profiles
    bool all = false;
    bool dry_run = false;
    bool exit_code = false;
    bool json = false;
};

/// What the command line says of all hosts, whatever the profile does.
struct HostOverrides {
    std::optional<std::chrono::nanoseconds> delay;
    std::optional<std::chrono::nanoseconds> jitter;
    std::optional<Percentage> loss;
    std::optional<Percentage> duplicate;
    std::optional<Percentage> corrupt;
    std::optional<Percentage> reorder;
    std::optional<std::uint32_t> rate;  ///< a second
};

struct EchoCommand {
    std::optional<std::string> target;  ///< device or profile
    std::optional<Mode> mode;
    std::optional<std::uint64_t> count;
    std::optional<std::chrono::nanoseconds> deadline;  ///< from the start of serving
    int hex = 0;                                       ///< 1: without, 2: with the link-level header
    bool link_level = false;
    bool short_time = false;
    bool allow_overlap = false;
    std::optional<std::uint32_t> seed;
    HostOverrides hosts;
};

struct StatusCommand {
    std::vector<std::string> devices;
    bool exit_code = false;
    bool json = false;
};

struct CheckCommand {
    std::vector<std::string> profiles;
    bool print = false;
    bool json = false;
};

struct SchemaCommand {};

/// Print this and end with that.
struct ShowText {
    std::string text;
    ExitCode code = ExitCode::Success;
};

using Command =
    std::variant<UpCommand, DownCommand, EchoCommand, StatusCommand, CheckCommand, SchemaCommand, ShowText>;

struct CommandLine {
    CommonOptions common;
    Command command;
};

/// Throws Error (Usage) with a suggestion where one is near.
[[nodiscard]] CommandLine parse_command_line(std::span<const char* const> arguments);

}  // namespace tunlab
