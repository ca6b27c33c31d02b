#pragma once
// A TUN or TAP device held open through /dev/net/tun. One read is one packet, one write is one
// packet. Source: the kernel's Documentation/networking/tuntap.rst and drivers/net/tun.c.

#include "tunlab/base/bytes.hpp"
#include "tunlab/base/interface_name.hpp"
#include "tunlab/kernel/fd.hpp"
#include "tunlab/profile/profile.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tunlab {

enum class Queues { One, Several };

enum class Persistence { WithHolder, Persistent };

class TunDevice {
public:
    /// Makes a new device in the current network namespace, never reachable without its owner: one with
    /// several queues is made in a namespace of its own and moved, as far as the process may (CAP_SYS_ADMIN),
    /// or the caller must look that it is the only one attached. The device vanishes with this object, and
    /// with this process however that ends, until set_persistence() says otherwise. Throws Error: Environment
    /// if privilege or /dev/net/tun is missing, Conflict if the name is taken.
    static TunDevice create(const InterfaceName& name, Mode mode, Queues queues, std::uint32_t owner,
                            std::optional<std::uint32_t> group);

    /// Holds the existing device `name`. The caller has looked that it exists and checks afterwards
    /// that it is still the one: the kernel would make a new one in its place if it is gone. Throws
    /// Error: Conflict if another program holds it or it is of another kind, Environment as above or
    /// if it belongs to another user.
    static TunDevice attach(const InterfaceName& name, Mode mode, Queues queues);

    /// The device's name as it is now; empty if the device is gone. Throws Error.
    [[nodiscard]] std::string current_name() const;

    void set_persistence(Persistence persistence);

    /// Non-blocking: reads and writes give EAGAIN when there is nothing to do.
    [[nodiscard]] int fd() const { return fd_.get(); }

private:
    [[nodiscard]] static TunDevice create_here(const InterfaceName& name, Mode mode, Queues queues,
                                               std::uint32_t owner, std::optional<std::uint32_t> group);
    TunDevice(UniqueFd fd, InterfaceName name) : fd_(std::move(fd)), name_(std::move(name)) {}
    UniqueFd fd_;
    InterfaceName name_;
};

/// Whether this process has CAP_NET_ADMIN in its user namespace.
[[nodiscard]] bool has_net_admin();

/// Throws Error (Environment): "SUBJECT: ACTION needs CAP_NET_ADMIN; you are uid 1000 without it".
[[noreturn]] void throw_needs_net_admin(const std::string& subject, const std::string& action);

}  // namespace tunlab
