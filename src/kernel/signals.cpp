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
        struct sigaction inherited {};
        sigaction(number, nullptr, &inherited);
        // nohup(1), and a shell for its background jobs, mean what they say.
        if (inherited.sa_handler != SIG_IGN) sigaddset(&wanted, number);
    }
    pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
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
