#pragma once
// rtnetlink(7): reading the state of a network namespace, and changing it one message at a time.
// The connection belongs to the namespace that was current when it was opened.

#include "tunlab/plan/state.hpp"
#include "tunlab/plan/step.hpp"

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace tunlab {

/// The kernel refused one request.
class KernelRefusal : public std::exception {
public:
    /// `explanation` is the kernel's extended acknowledgement, empty if it gave none.
    KernelRefusal(int error, std::string explanation);

    /// The kernel's own words: its explanation, else the text of errno.
    [[nodiscard]] const char* what() const noexcept override { return words_.c_str(); }
    /// errno, positive.
    [[nodiscard]] int error() const { return error_; }

private:
    int error_;
    std::string words_;
};

struct LinkCounters {
    std::uint64_t tx_dropped = 0;  ///< packets that did not fit into the device's transmit queue
};

/// What the messages with sequence number 0 of a datagram say, as Rtnl reads its dumps: for the fuzz target,
/// which is no kernel. Throws Error.
[[nodiscard]] HostState host_state_of(std::span<std::uint8_t> datagram);

class Rtnl {
public:
    /// Throws Error (Environment) if no socket can be opened.
    Rtnl();
    Rtnl(Rtnl&&) noexcept;
    Rtnl& operator=(Rtnl&&) noexcept;
    Rtnl(const Rtnl&) = delete;
    Rtnl& operator=(const Rtnl&) = delete;
    ~Rtnl();

    /// All links with their addresses, routes and neighbours. A dump that the kernel calls interrupted is
    /// repeated, a bounded number of times. Throws Error.
    [[nodiscard]] HostState read_host();

    /// As read_host(), without routes and neighbours.
    [[nodiscard]] HostState read_addresses();

    /// The counters of link `ifindex`; nothing if it is gone. Throws Error.
    [[nodiscard]] std::optional<LinkCounters> read_counters(std::uint32_t ifindex);

    /// Makes one change to `link`: one message, or one file of /proc/sys of the current namespace where
    /// there is no message for it. Throws KernelRefusal.
    void apply(const LinkState& link, const Change& change);

    /// Moves link `ifindex` into the network namespace that `netns` is a descriptor of. It loses its
    /// addresses and routes, and is down there. Throws KernelRefusal.
    void move_link(std::uint32_t ifindex, int netns);

    /// Deletes link `ifindex`; its addresses, routes and neighbours go with it. Throws KernelRefusal.
    void delete_link(std::uint32_t ifindex);

private:
    struct Connection;
    std::unique_ptr<Connection> connection_;
};

}  // namespace tunlab
