#include "tunlab/base/error.hpp"
#include "tunlab/base/escape.hpp"
#include "tunlab/base/source.hpp"
#include "tunlab/cli/commands.hpp"
#include "tunlab/cli/target.hpp"
#include "tunlab/cli/terminal.hpp"
#include "tunlab/profile/print.hpp"
#include "tunlab/report/problems.hpp"

#include <fmt/format.h>

namespace tunlab {

namespace {

std::string describe(const Profile& profile, const CheckCommand& command) {
    if (command.print) return print_profile(profile);
    return fmt::format("{}: valid ({}, {})\n", escape(profile.file), profile.name.value.str(),
                       word_of(profile.mode));
}

Diagnostic problem_of(const std::string& word, const Error& error) {
    return {.file = word,
            .place = {},
            .message = error.parts().cause,
            .pointer = {},
            .suggestion = error.parts().hint};
}

}  // namespace

ExitCode run_check(const CheckCommand& command, const CommonOptions& common) {
    if (command.print && command.json) {
        throw Error({.subject = "--print",
                     .cause = "it prints profiles, --json prints what is wrong with them",
                     .code = ExitCode::Usage});
    }
    std::vector<Diagnostic> problems;
    for (const auto& word : command.profiles) {
        try {
            const Profile profile = load_argument(word, common);
            if (!common.quiet && !command.json) print(Stream::Output, describe(profile, command));
        } catch (const InvalidProfile& found) {
            problems.insert(problems.end(), found.diagnostics().begin(), found.diagnostics().end());
        } catch (const Error& error) {
            // In JSON a name without a profile is one of the things that are wrong.
            if (!command.json || error.code() != ExitCode::Usage) throw;
            problems.push_back(problem_of(word, error));
        }
    }
    if (command.json) print(Stream::Output, format_problems_json(problems));
    if (!problems.empty()) throw InvalidProfile(problems);
    return ExitCode::Success;
}

}  // namespace tunlab
