#include "tunlab/kernel/signals.hpp"

#include "tunlab/base/error.hpp"

#include <cerrno>
#include <csignal>

#include <sys/signalfd.h>
#include <unistd.h>

namespace tunlab {

SignalQueue::SignalQueue() {
    sigset_t wanted;
    sigemptyset(&wanted);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1}) {
        sigaddset(&wanted, number);
    }
    pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
    for (const int number : {SIGPIPE, SIGXFSZ}) {
        (void)std::signal(number, SIG_IGN);  // fails for numbers that are no signals only
    }
    fd_ = UniqueFd(signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd_) {
        throw Error({.subject = "signals",
                     .action = "open a descriptor for them",
                     .cause = describe_errno(errno),
                     .code = ExitCode::Environment});
    }
}

std::optional<SignalRequest> SignalQueue::next() {
    signalfd_siginfo info{};
    if (read(fd_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
    const bool report = info.ssi_signo == SIGQUIT || info.ssi_signo == SIGUSR1;
    return report ? SignalRequest::Report : SignalRequest::Stop;
}

}  // namespace tunlab
