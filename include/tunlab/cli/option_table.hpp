#pragma once
// The table of commands and options: --help, the parser, the suggestions and the manual follow it. An option
// is a row here, the member that the row names, and a line in the manual.

#include "tunlab/cli/options.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace tunlab {

struct CommandFacts {
    std::string_view name;
    std::string_view arguments;  ///< "PROFILE..."
    std::string_view summary;
};
[[nodiscard]] std::span<const CommandFacts> command_facts();

/// What the options of all commands fill; of the commands, only the one that was given counts.
struct ParsedOptions {
    CommonOptions common;
    bool help = false;
    bool version = false;
    UpCommand up;
    DownCommand down;
    EchoCommand echo;
    StatusCommand status;
    CheckCommand check;
};

/// A member that an option fills. Its type says how the option's value is written; where two are written
/// differently and kept alike, one has a type of its own.
struct Seconds {
    std::optional<std::chrono::nanoseconds>* value;
};
struct Seed {
    std::optional<std::uint32_t>* value;
};
struct Rate {
    std::optional<std::uint32_t>* value;
};
using OptionTarget = std::variant<bool*,                                     // a flag
                                  int*,                                      // a flag that adds up
                                  ColorMode*,                                //
                                  std::string*,                              // a network namespace
                                  std::optional<Mode>*,                      //
                                  std::optional<std::uint64_t>*,             // a count
                                  std::optional<std::chrono::nanoseconds>*,  // a time with its unit
                                  std::optional<Percentage>*, Seconds, Seed, Rate>;

struct OptionFacts {
    std::string_view command;  ///< empty: all
    std::string_view names;    ///< "-c,--count"
    std::string_view value;    ///< "N"; empty for a flag
    std::string_view help;
    OptionTarget (*target)(ParsedOptions& options);

    /// "--count"
    [[nodiscard]] std::string_view long_name() const { return names.substr(names.find("--")); }
};
[[nodiscard]] std::span<const OptionFacts> option_facts();

/// Reads `text` into the member that `option` fills. Throws Error (Usage).
void store_value(const OptionFacts& option, const std::string& text, ParsedOptions& options);

}  // namespace tunlab
