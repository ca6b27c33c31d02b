#pragma once
// INT, TERM and HUP during a change: the message under way is finished, and then all is undone.

#include <csignal>

namespace tunlab {

/// If one of the three waits, takes it and throws Error (Interrupted for INT, Terminated for the others).
/// Where they don't wait, they end the process by themselves.
void heed_interrupts();

/// While it lives, the three signals wait instead of ending the process.
class InterruptGuard {
public:
    InterruptGuard();
    /// What still waits takes effect now.
    ~InterruptGuard();
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;
    InterruptGuard(InterruptGuard&&) = delete;
    InterruptGuard& operator=(InterruptGuard&&) = delete;

    /// What waits now is thrown away.
    void forget() const;

private:
    sigset_t watched_{};
    sigset_t before_{};
};

}  // namespace tunlab
