#include "tunlab/kernel/netlink.hpp"

#include "tunlab/base/error.hpp"

#include <cerrno>
#include <cstdlib>

#include "attribute.hpp"
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace tunlab {

namespace {

struct FreeDeleter {
    void operator()(unsigned char* buffer) const {
        // NOLINTNEXTLINE(cppcoreguidelines-no-malloc): nl_recv() allocates with malloc
        std::free(buffer);
    }
};

/// libnl's own error numbers lose errno: EMFILE becomes "Unspecific failure".
[[noreturn]] void throw_socket_failed(const char* action, int libnl_error, int error, ExitCode code) {
    throw Error({.subject = "rtnetlink",
                 .action = action,
                 .cause = error != 0 ? describe_errno(error) : nl_geterror(libnl_error),
                 .code = code});
}

/// The kernel's explanation is an attribute behind the error, after the request's payload unless that was
/// capped (linux/netlink.h, struct nlmsgerr).
std::string explanation_of(nlmsghdr* header, const nlmsgerr& error) {
    if ((header->nlmsg_flags & NLM_F_ACK_TLVS) == 0) return {};
    std::size_t offset = sizeof(nlmsgerr);
    if ((header->nlmsg_flags & NLM_F_CAPPED) == 0 && error.msg.nlmsg_len > NLMSG_HDRLEN)
        offset += error.msg.nlmsg_len - NLMSG_HDRLEN;
    if (offset > static_cast<std::size_t>(nlmsg_datalen(header))) return {};
    nlattr* const found = nlmsg_find_attr(header, static_cast<int>(NLMSG_ALIGN(offset)), NLMSGERR_ATTR_MSG);
    return found == nullptr ? std::string() : attribute_text(found);
}

/// Handles one message of an answer; returns whether it was the last.
bool take(nlmsghdr* header, NlOutcome& outcome, const std::function<void(nl_msg*)>& on_message) {
    if ((header->nlmsg_flags & NLM_F_DUMP_INTR) != 0) outcome.interrupted = true;
    if (header->nlmsg_type == NLMSG_ERROR) {
        if (nlmsg_datalen(header) < static_cast<int>(sizeof(nlmsgerr)))
            throw Error({.subject = "rtnetlink", .cause = "an answer is too short"});
        const auto& error = *static_cast<const nlmsgerr*>(nlmsg_data(header));
        outcome.error = -error.error;
        outcome.explanation = explanation_of(header, error);
        return true;
    }
    if (header->nlmsg_type == NLMSG_DONE) {
        if (nlmsg_datalen(header) >= static_cast<int>(sizeof(int))) {
            outcome.error = -*static_cast<const int*>(nlmsg_data(header));
        }
        return true;
    }
    const NlMessage message(nlmsg_convert(header));
    if (!message) throw Error({.subject = "rtnetlink", .cause = describe_errno(ENOMEM)});
    nlmsg_set_proto(message.get(), NETLINK_ROUTE);
    on_message(message.get());
    return false;
}

}  // namespace

void NlDeleter::operator()(nl_sock* socket) const {
    nl_socket_free(socket);
}

void NlDeleter::operator()(nl_msg* message) const {
    nlmsg_free(message);
}

NlSocket open_rtnetlink() {
    NlSocket socket(nl_socket_alloc());
    if (!socket) throw Error({.subject = "rtnetlink", .cause = describe_errno(ENOMEM)});
    errno = 0;
    if (const int error = nl_connect(socket.get(), NETLINK_ROUTE); error < 0) {
        throw_socket_failed("open a socket", error, errno, ExitCode::Environment);
    }
    // The kernel answers at once: without an answer, one was lost. Waiting for ever would prevent a rollback.
    constexpr timeval kPatience{.tv_sec = 5, .tv_usec = 0};
    (void)setsockopt(nl_socket_get_fd(socket.get()), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    const int on = 1;
    for (const int option : {NETLINK_EXT_ACK, NETLINK_CAP_ACK}) {
        // A kernel that doesn't know the option gives errors without explanation, which is fine.
        (void)setsockopt(nl_socket_get_fd(socket.get()), SOL_NETLINK, option, &on, sizeof on);
    }
    return socket;
}

bool handle_answer(std::span<std::uint8_t> datagram, std::uint32_t sequence, NlOutcome& outcome,
                   const std::function<void(nl_msg*)>& on_message) {
    int remaining = static_cast<int>(datagram.size());
    // The kernel wrote an nlmsghdr there, and the buffer is aligned for it.
    for (auto* header = reinterpret_cast<nlmsghdr*>(datagram.data());  // NOLINT
         nlmsg_ok(header, remaining) != 0; header = nlmsg_next(header, &remaining)) {
        if (header->nlmsg_seq != sequence) continue;  // the answer to an earlier request that was given up
        if (take(header, outcome, on_message)) return true;
    }
    return false;
}

NlOutcome transact(nl_sock* socket, nl_msg* request, const std::function<void(nl_msg*)>& on_message) {
    nl_complete_msg(socket, request);
    const std::uint32_t sequence = nlmsg_hdr(request)->nlmsg_seq;
    errno = 0;
    if (const int error = nl_send(socket, request); error < 0)
        throw_socket_failed("send a request", error, errno, ExitCode::Failed);
    NlOutcome outcome;
    for (;;) {
        sockaddr_nl peer{};
        unsigned char* raw = nullptr;
        errno = 0;
        const int received = nl_recv(socket, &peer, &raw, nullptr);
        const std::unique_ptr<unsigned char, FreeDeleter> buffer(raw);
        if (received < 0) throw_socket_failed("receive an answer", received, errno, ExitCode::Failed);
        if (received == 0) continue;  // interrupted by a signal
        if (handle_answer({buffer.get(), static_cast<std::size_t>(received)}, sequence, outcome, on_message))
            return outcome;
    }
}

}  // namespace tunlab
