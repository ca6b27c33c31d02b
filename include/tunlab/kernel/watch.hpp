#pragma once
// Keeping true what the lab knows of its device while the lab runs. The kernel tells of every change
// to links and addresses before a packet can show it: whoever reads packets first, then the news, and
// answers last never answers by what is no longer true.

#include "tunlab/kernel/netlink.hpp"
#include "tunlab/kernel/rtnl.hpp"
#include "tunlab/lab/device_facts.hpp"

#include <cstdint>
#include <optional>

namespace tunlab {

/// The device as it is now.
struct WatchedDevice {
    DeviceFacts facts;
    bool up = false;
};

class DeviceWatch {
public:
    /// Watches link `ifindex` of the current network namespace. Throws Error (Environment).
    explicit DeviceWatch(std::uint32_t ifindex);

    /// Readable when something changed.
    [[nodiscard]] int fd() const;
    /// Takes in the news that wait, never waits itself. Returns whether there were any.
    [[nodiscard]] bool drain();
    /// The device as it is now; nothing if it is gone. Throws Error.
    [[nodiscard]] std::optional<WatchedDevice> read();
    /// Nothing if the device is gone. Throws Error.
    [[nodiscard]] std::optional<LinkCounters> read_counters() { return rtnl_.read_counters(ifindex_); }

private:
    std::uint32_t ifindex_;
    NlSocket news_;
    Rtnl rtnl_;
};

}  // namespace tunlab
