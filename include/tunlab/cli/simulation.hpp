#pragma once
// The network behind the device, as a profile and the command line have it together.

#include "tunlab/cli/options.hpp"
#include "tunlab/lab/lab.hpp"
#include "tunlab/profile/profile.hpp"

#include <string>

namespace tunlab {

struct Simulation {
    Lab lab;
    std::string who_answers;  ///< "every address behind it answers"
};

/// Throws Error (Usage) where an option does not go with the behaviour that the profile gives a host.
[[nodiscard]] Simulation simulate(const Profile& profile, const EchoCommand& command);

}  // namespace tunlab
