#pragma once
// The signals that end or question a serving tunlab, as events of a descriptor instead of handlers.

#include "tunlab/kernel/fd.hpp"

#include <optional>

namespace tunlab {

enum class SignalRequest { Stop, Report };

/// Blocks INT, TERM and HUP (stop) and QUIT and USR1 (report) for this thread and those it starts. HUP and
/// QUIT stay ignored if the parent process ignored them.
class SignalQueue {
public:
    /// Throws Error.
    SignalQueue();
    /// Readable when a signal waits.
    [[nodiscard]] int fd() const { return fd_.get(); }
    /// The next signal that waits, if any.
    [[nodiscard]] std::optional<SignalRequest> next();

private:
    UniqueFd fd_;
};

}  // namespace tunlab
