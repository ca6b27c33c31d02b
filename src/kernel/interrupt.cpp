#include "tunlab/kernel/interrupt.hpp"

#include "tunlab/base/error.hpp"

#include <csignal>
#include <ctime>

namespace tunlab {

namespace {

/// Without the ignored ones: blocked, an ignored signal would become pending after all (sig_ignored() in the
/// kernel's signal.c).
sigset_t interrupts() {
    sigset_t signals{};
    sigemptyset(&signals);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        struct sigaction inherited {};
        if (sigaction(number, nullptr, &inherited) == 0 && inherited.sa_handler == SIG_IGN) continue;
        sigaddset(&signals, number);
    }
    return signals;
}

}  // namespace

void block_interrupts() {
    const sigset_t signals = interrupts();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void throw_if_interrupted() {
    const timespec now{};
    const sigset_t signals = interrupts();
    const int number = sigtimedwait(&signals, nullptr, &now);
    if (number < 0) return;
    throw Error(
        {.subject = "interrupted", .code = number == SIGINT ? ExitCode::Interrupted : ExitCode::Terminated});
}

}  // namespace tunlab
