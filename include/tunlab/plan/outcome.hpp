#pragma once
// What a command did to devices, or would do: values for whoever tells the user.

#include "tunlab/plan/step.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tunlab {

enum class UpResult { Created, Changed, Unchanged };
/// "created", "changed", "unchanged"
[[nodiscard]] std::string_view word_of(UpResult result);

struct UpOutcome {
    std::string name{};
    Mode mode = Mode::Tun;
    std::string owner{};  ///< the user's name or number
    std::string group{};  ///< likewise; empty if none
    bool multi_queue = false;
    std::string netns{};  ///< as the profile names it; empty: the current one
    UpResult result = UpResult::Unchanged;
    std::vector<Step> steps{};  ///< in order
    std::vector<std::string> warnings{};

    /// The ip(8) command that makes such a device, for a new one.
    [[nodiscard]] std::string create_command() const;
    /// The ip(8) command for a step, in the device's namespace.
    [[nodiscard]] std::string command_for(const Change& change) const;
};

struct DownOutcome {
    std::string name{};
    std::string netns{};
    bool removed = false;  ///< false: there was no such device
    std::size_t addresses = 0;
    std::size_t routes = 0;

    [[nodiscard]] std::string command() const;
};

}  // namespace tunlab
