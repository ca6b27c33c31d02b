#include "tunlab/base/error.hpp"
#include "tunlab/kernel/rtnl.hpp"
#include "tunlab/plan/plan.hpp"
#include "tunlab/plan/step.hpp"

#include <vector>

#include "properties.hpp"
#include "targets.hpp"

namespace tunlab::fuzz {

namespace {

HostState read(Bytes input) {
    std::vector<std::uint8_t> datagram(input.begin(), input.end());
    datagram.shrink_to_fit();
    try {
        return host_state_of(datagram);
    } catch (const Error&) {  // an answer that is none
        return {};
    }
}

}  // namespace

void netlink(Bytes input) {
    const HostState host = read(input);
    for (const auto& link : host.links) {
        const DeviceConfig present = config_of(link);
        require(plan(present, present).empty(), "a device differs from itself");
        for (const auto& step : plan(present, fresh_config(Mode::Tap))) {
            require(!describe(step).empty() && !ip_command(step.change, link.name).empty(),
                    "a step has no words");
        }
    }
}

}  // namespace tunlab::fuzz
