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

}  // namespace

ExitCode run_check(const CheckCommand& command, const CommonOptions& common) {
    std::vector<Problem> problems;
    for (const auto& word : command.profiles) {
        try {
            const Profile profile = load_argument(word, common);
            if (!common.quiet && !command.json) print(Stream::Output, describe(profile, command));
        } catch (const ProblemsFound& found) {
            problems.insert(problems.end(), found.problems().begin(), found.problems().end());
        }
    }
    if (command.json) print(Stream::Output, format_problems_json(problems));
    if (!problems.empty()) throw ProblemsFound(problems);
    return ExitCode::Success;
}

}  // namespace tunlab
