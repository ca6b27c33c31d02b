#pragma once
// INT, TERM and HUP during a change: the current message is finished, then everything is rolled back.

#include <csignal>

namespace tunlab {

/// If one of the three is pending, takes it and throws Error (Interrupted for INT, Terminated for the
/// others). Without an InterruptGuard they are not blocked and end the process as usual.
void throw_if_interrupted();

/// Blocks the three signals for the scope.
class InterruptGuard {
public:
    InterruptGuard();
    /// A signal that is still pending is delivered now.
    ~InterruptGuard();
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;
    InterruptGuard(InterruptGuard&&) = delete;
    InterruptGuard& operator=(InterruptGuard&&) = delete;

    /// Discards pending signals.
    void forget() const;

private:
    sigset_t watched_{};
    sigset_t before_{};
};

}  // namespace tunlab
