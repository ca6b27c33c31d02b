// The only place that catches: options in, exit status out.

#include "tunlab/base/error.hpp"
#include "tunlab/base/escape.hpp"
#include "tunlab/base/source.hpp"
#include "tunlab/cli/commands.hpp"
#include "tunlab/cli/target.hpp"
#include "tunlab/cli/terminal.hpp"
#include "tunlab/kernel/netns.hpp"
#include "tunlab/kernel/profile_file.hpp"
#include "tunlab/report/problems.hpp"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include <unistd.h>

namespace tunlab {

namespace {

struct Dispatch {
    const CommonOptions& common;

    ExitCode operator()(const UpCommand& command) const { return run_up(command, common); }
    ExitCode operator()(const DownCommand& command) const { return run_down(command, common); }
    ExitCode operator()(const EchoCommand& command) const { return run_echo(command, common); }
    ExitCode operator()(const StatusCommand& command) const { return run_status(command, common); }
    ExitCode operator()(const CheckCommand& command) const { return run_check(command, common); }
    ExitCode operator()(const SchemaCommand& command) const { return run_schema(command, common); }
    ExitCode operator()(const ShowText& show) const {
        print(show.code == ExitCode::Success ? Stream::Output : Stream::Error, show.text);
        return show.code;
    }
};

/// TUNLAB_NETNS stands for --netns.
std::string default_netns() {
    const char* const name = std::getenv("TUNLAB_NETNS");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    return name == nullptr ? "" : name;
}

/// The command line, with the files of named profiles of `up`: sudo(8) looks into other folders.
std::string retyped(std::span<const char* const> arguments, const Command& command) {
    const auto* const up = std::get_if<UpCommand>(&command);
    std::string text = shell_quote(arguments.front());
    for (const std::string argument : arguments.subspan(1)) {
        const bool named = up != nullptr && !names_profile_file(argument) &&
                           std::ranges::find(up->profiles, argument) != up->profiles.end();
        text += ' ';
        text += shell_quote(named ? find_named_profile(argument).value_or(argument) : argument);
    }
    return text;
}

/// What sudo(8) would not hand on.
std::string variables() {
    const std::string netns = default_netns();
    return netns.empty() ? "" : "TUNLAB_NETNS=" + shell_quote(netns) + ' ';
}

/// An error that privilege would cure names the command that has it.
Error with_remedy(const Error& error, std::span<const char* const> arguments, const Command& command) {
    ErrorParts parts = error.parts();
    if (parts.needs_privilege)
        parts.tries.insert(parts.tries.begin(), "sudo " + variables() + retyped(arguments, command));
    return Error(parts);
}

bool works_on_devices(const Command& command) {
    return std::holds_alternative<UpCommand>(command) || std::holds_alternative<DownCommand>(command) ||
           std::holds_alternative<EchoCommand>(command) || std::holds_alternative<StatusCommand>(command);
}

ExitCode run(std::span<const char* const> arguments) {
    ColorMode color = ColorMode::Auto;
    CommandLine line;
    try {
        line = parse_command_line(arguments);
        if (line.common.netns.empty()) line.common.netns = default_netns();
        color = line.common.color;
        if (!line.common.netns.empty() && works_on_devices(line.command)) {
            NetworkNamespace::named(line.common.netns).enter();
        }
        return std::visit(Dispatch{line.common}, line.command);
    } catch (const InvalidProfile& found) {
        print(Stream::Error, format_problems(found.diagnostics(), choose_color(color, Stream::Error)));
        return ExitCode::BadProfile;
    } catch (const Error& error) {
        try {
            print(Stream::Error, format_error(with_remedy(error, arguments, line.command),
                                              choose_color(color, Stream::Error)));
        } catch (const std::bad_alloc&) {
            throw UnreportedFailure("out of memory, also for the report of an error", error.code());
        }
        return error.code();
    } catch (const UnreportedFailure&) {
        throw;
    } catch (const std::exception& error) {
        const Error unexpected({.subject = "tunlab", .action = "unexpected failure", .cause = error.what()});
        print(Stream::Error, format_error(unexpected, choose_color(color, Stream::Error)));
        return ExitCode::Failed;
    }
}

}  // namespace

}  // namespace tunlab

int main(int argc, char** argv) {
    try {
        tunlab::prepare_streams();
        return static_cast<int>(tunlab::run({argv, static_cast<std::size_t>(argc)}));
    } catch (const tunlab::UnreportedFailure& failure) {
        for (const std::string_view part : {"error: ", failure.what(), "\n"}) {
            (void)!write(STDERR_FILENO, part.data(), part.size());
        }
        return static_cast<int>(failure.code());
    } catch (...) {  // reporting an error failed, too: without memory, this line is all that is left to say
        constexpr std::string_view kMessage = "error: tunlab: reporting an error failed\n";
        (void)!write(STDERR_FILENO, kMessage.data(), kMessage.size());
        return static_cast<int>(tunlab::ExitCode::Failed);
    }
}
