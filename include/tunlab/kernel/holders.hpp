#pragma once
// The processes that hold a TUN or TAP device open, from /proc/PID/fdinfo.

#include "tunlab/base/interface_name.hpp"

#include <string>
#include <vector>

#include <sys/types.h>

namespace tunlab {

struct Holder {
    pid_t pid = 0;
    std::string program;  ///< as /proc/PID/comm names it
};

/// The processes of this network namespace that hold `name` open, each once, ordered by pid. Those of other
/// users are missing where /proc may not be read.
[[nodiscard]] std::vector<Holder> find_holders(const InterfaceName& name);

/// "open in openvpn (pid 812)", or that the holder can't be inspected.
[[nodiscard]] std::string describe_holders(const std::vector<Holder>& holders);

/// Throws Error (Conflict) "tun0 is busy: open in openvpn (pid 812)".
[[noreturn]] void throw_busy(const InterfaceName& name, const std::string& hint = {});

}  // namespace tunlab
