#include "tunlab/kernel/interrupt.hpp"

#include "tunlab/base/error.hpp"

#include <ctime>

namespace tunlab {

namespace {

sigset_t interrupts() {
    sigset_t signals{};
    sigemptyset(&signals);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        sigaddset(&signals, number);
    }
    return signals;
}

}  // namespace

void throw_if_interrupted() {
    const timespec now{};
    const sigset_t watched = interrupts();
    const int number = sigtimedwait(&watched, nullptr, &now);
    if (number < 0) return;
    throw Error(
        {.subject = "interrupted", .code = number == SIGINT ? ExitCode::Interrupted : ExitCode::Terminated});
}

InterruptGuard::InterruptGuard() : watched_(interrupts()) {
    pthread_sigmask(SIG_BLOCK, &watched_, &before_);
}

InterruptGuard::~InterruptGuard() {
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void InterruptGuard::forget() const {
    const timespec now{};
    while (sigtimedwait(&watched_, nullptr, &now) > 0) {
    }
}

}  // namespace tunlab
