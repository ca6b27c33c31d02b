#pragma once
// What is known of the device while the lab runs. The kernel reports every change to links and addresses
// before a packet can show it: reading packets first, then the reports, and answering last means that nothing
// is answered by what is no longer true.

#include "tunlab/kernel/netlink.hpp"
#include "tunlab/kernel/rtnl.hpp"
#include "tunlab/lab/device_facts.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace tunlab {

/// The device as it is now.
struct DeviceSnapshot {
    DeviceFacts facts{};
    bool up = false;
};

/// Where the serving loop learns of changes to its device.
class DeviceMonitor {
public:
    DeviceMonitor() = default;
    DeviceMonitor(const DeviceMonitor&) = delete;
    DeviceMonitor& operator=(const DeviceMonitor&) = delete;
    virtual ~DeviceMonitor() = default;

    /// Readable when something changed; -1 if nothing ever does.
    [[nodiscard]] virtual int fd() const = 0;
    /// Takes in the reports that wait, without waiting for any. Returns whether there were any.
    [[nodiscard]] virtual bool process_reports() = 0;
    /// The device as it is now; nothing if it is gone. Throws Error.
    [[nodiscard]] virtual std::optional<DeviceSnapshot> read() = 0;
};

/// A link of this machine, by rtnetlink.
class LinkMonitor : public DeviceMonitor {
public:
    /// Monitors link `ifindex` of the current network namespace. Throws Error (Environment).
    explicit LinkMonitor(std::uint32_t ifindex);

    [[nodiscard]] int fd() const override;
    [[nodiscard]] bool process_reports() override;
    [[nodiscard]] std::optional<DeviceSnapshot> read() override;
    /// Nothing if the device is gone. Throws Error.
    [[nodiscard]] std::optional<LinkCounters> read_counters() { return rtnl_.read_counters(ifindex_); }

private:
    std::uint32_t ifindex_;
    NlSocket reports_;
    Rtnl rtnl_;
};

/// What is known of a descriptor that is no device of this machine: given once, and true from then on.
class FixedDevice : public DeviceMonitor {
public:
    explicit FixedDevice(DeviceFacts facts) : facts_(std::move(facts)) {}

    [[nodiscard]] int fd() const override { return -1; }
    [[nodiscard]] bool process_reports() override { return false; }
    [[nodiscard]] std::optional<DeviceSnapshot> read() override {
        return DeviceSnapshot{.facts = facts_, .up = true};
    }

private:
    DeviceFacts facts_;
};

}  // namespace tunlab
