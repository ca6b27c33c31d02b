#pragma once
// A device that tunlab made, beside the profile that its mark names.

#include "tunlab/plan/step.hpp"

#include <string>
#include <vector>

namespace tunlab {

enum class ProfileStanding {
    InSync,
    Drifted,
    Unreadable,  ///< the profile is gone, can't be read or is no longer valid
    None,        ///< the mark names no file
};

struct DeviceStatus {
    LinkState link;
    std::string owner;    ///< the user's name or number; empty if none is set
    std::string group;    ///< likewise
    std::string profile;  ///< absolute path, or empty
    ProfileStanding standing = ProfileStanding::None;
    std::vector<Step> drift;    ///< what `up` would do
    std::string conflict;       ///< what keeps `up` from doing it, or empty
    std::vector<int> attached;  ///< pids
};

}  // namespace tunlab
