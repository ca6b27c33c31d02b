#include "tunlab/base/escape.hpp"
#include "tunlab/base/source.hpp"
#include "tunlab/cli/commands.hpp"
#include "tunlab/cli/terminal.hpp"
#include "tunlab/kernel/profile_file.hpp"

#include <fmt/format.h>

namespace tunlab {

ExitCode run_check(const CheckCommand& command, const CommonOptions& common) {
    std::vector<Problem> problems;
    for (const auto& path : command.profiles) {
        try {
            const Profile profile = load_profile(path);
            if (common.quiet) continue;
            print(Stream::Output, fmt::format("{}: valid ({}, {})\n", escape(path), profile.name.value.str(),
                                              word_of(profile.mode)));
        } catch (const ProblemsFound& found) {
            problems.insert(problems.end(), found.problems().begin(), found.problems().end());
        }
    }
    if (!problems.empty()) throw ProblemsFound(problems);
    return ExitCode::Success;
}

}  // namespace tunlab
