#pragma once
// One netlink transaction. Unlike libnl's own loops it keeps the kernel's errno and explanation, and reports
// interrupted dumps instead of repeating them without a bound. Private to the kernel layer.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

struct nl_sock;
struct nl_msg;

namespace tunlab {

struct NlDeleter {
    void operator()(nl_sock* socket) const;
    void operator()(nl_msg* message) const;
};
using NlSocket = std::unique_ptr<nl_sock, NlDeleter>;
using NlMessage = std::unique_ptr<nl_msg, NlDeleter>;

/// An open rtnetlink socket that asks for extended acknowledgements. Throws Error (Environment).
[[nodiscard]] NlSocket open_rtnetlink();

struct NlOutcome {
    int error = 0;             ///< errno, positive; 0 for success
    std::string explanation;   ///< NLMSGERR_ATTR_MSG, or empty
    bool interrupted = false;  ///< the dump is inconsistent (NLM_F_DUMP_INTR)
};

/// Handles one datagram of an answer: calls `on_message` for each message with that sequence number, and
/// returns whether the answer is complete. Throws Error for an answer that is too short.
[[nodiscard]] bool handle_answer(std::span<std::uint8_t> datagram, std::uint32_t sequence, NlOutcome& outcome,
                                 const std::function<void(nl_msg*)>& on_message);

/// Sends `request` and calls `on_message` for each message of the answer, until its acknowledgement
/// or the end of the dump. Throws Error if the socket fails, or nothing comes for 5 s.
NlOutcome transact(nl_sock* socket, nl_msg* request, const std::function<void(nl_msg*)>& on_message);

}  // namespace tunlab
