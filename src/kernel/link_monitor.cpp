#include "tunlab/kernel/link_monitor.hpp"

#include "tunlab/base/error.hpp"

#include <array>
#include <cerrno>
#include <vector>

#include <linux/rtnetlink.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <sys/socket.h>

namespace tunlab {

LinkMonitor::LinkMonitor(std::uint32_t ifindex) : ifindex_(ifindex), reports_(open_rtnetlink()) {
    for (const int group : {RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR}) {
        if (const int error = nl_socket_add_membership(reports_.get(), group); error < 0) {
            throw Error({.subject = "rtnetlink",
                         .action = "listen to changes",
                         .cause = nl_geterror(error),
                         .code = ExitCode::Environment});
        }
    }
}

int LinkMonitor::fd() const {
    return nl_socket_get_fd(reports_.get());
}

bool LinkMonitor::process_reports() {
    // What the reports say does not matter: the state is read afresh. So reports that were lost because too
    // many came at once (ENOBUFS) do no harm.
    std::array<std::uint8_t, 4096> ignored{};
    bool any = false;
    for (;;) {
        const ssize_t got = recv(fd(), ignored.data(), ignored.size(), MSG_DONTWAIT | MSG_TRUNC);
        if (got < 0 && errno != ENOBUFS && errno != EINTR) return any;
        any = true;
    }
}

std::optional<DeviceSnapshot> LinkMonitor::read() {
    const HostState host = rtnl_.read_addresses();
    const LinkState* const device = host.find(ifindex_);
    if (device == nullptr) return std::nullopt;
    std::vector<IpPrefix> own;
    std::vector<IpPrefix> others;
    for (const auto& link : host.links) {
        for (const auto& address : link.addresses) {
            (link.ifindex == ifindex_ ? own : others).push_back(address.config.address);
        }
    }
    return DeviceSnapshot{DeviceFacts(device->mtu(), own, others), device->is_up()};
}

}  // namespace tunlab
