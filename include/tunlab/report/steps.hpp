#pragma once
// What up and down did, or would do.

#include "tunlab/plan/outcome.hpp"

#include <span>
#include <string>

namespace tunlab {

enum class Tense { Done, Planned };
enum class Commands { Hidden, Shown };

/// "tun0: created (tun, owner alice)" and below it what the profile asked for; "tun0: changed" and
/// each step; or "tun0: in sync, no changes". With Commands::Shown every step is there, and under it
/// the ip(8) command that does the same, six columns in.
[[nodiscard]] std::string format_up(const UpOutcome& outcome, Tense tense, Commands commands);

/// "tun0: removed (1 address, 0 routes)", or that there is no such device. `suggestion` is what the
/// user may have meant, or empty.
[[nodiscard]] std::string format_down(const DownOutcome& outcome, Tense tense, Commands commands,
                                      const std::string& suggestion);

/// [{ifname, result, steps: [{op, kind, value, ip}]}], with a line end.
[[nodiscard]] std::string format_up_json(std::span<const UpOutcome> outcomes);
[[nodiscard]] std::string format_down_json(std::span<const DownOutcome> outcomes);

}  // namespace tunlab
