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
    // Always, as ping(8) and tcpdump(8) do: a shell starts the background jobs of a script with INT ignored,
    // and a signal that is ignored never becomes readable.
    for (const int number : {SIGINT, SIGTERM, SIGUSR1}) {
        struct sigaction by_default {};
        by_default.sa_handler = SIG_DFL;
        sigaction(number, &by_default, nullptr);
        sigaddset(&wanted, number);
    }
    for (const int number : {SIGHUP, SIGQUIT}) {  // nohup(1) ignores HUP on purpose
        struct sigaction inherited {};
        sigaction(number, nullptr, &inherited);
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
