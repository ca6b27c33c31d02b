#include "tunlab/kernel/interrupt.hpp"

#include "tunlab/base/error.hpp"

#include <ctime>

namespace tunlab {

InterruptGuard::InterruptGuard() {
    sigemptyset(&watched_);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        sigaddset(&watched_, number);
    }
    pthread_sigmask(SIG_BLOCK, &watched_, &before_);
}

InterruptGuard::~InterruptGuard() {
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void InterruptGuard::check() const {
    const timespec now{};
    const int number = sigtimedwait(&watched_, nullptr, &now);
    if (number < 0) return;
    throw Error(
        {.subject = "interrupted", .code = number == SIGINT ? ExitCode::Interrupted : ExitCode::Terminated});
}

void InterruptGuard::forget() const {
    const timespec now{};
    while (sigtimedwait(&watched_, nullptr, &now) > 0) {
    }
}

}  // namespace tunlab
