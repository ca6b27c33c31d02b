#pragma once
// Profiles that the tests of this room start from, and the shortest way to what is wrong with one.

#include "tunlab/profile/parse.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace tunlab::samples {

/// Every field of a profile, once at least.
inline constexpr std::string_view kFull = R"({
  // both kinds of comments
  "$schema": "tunlab.json",
  "description": "all fields \u2013 and /* no comment */",
  "version": 1,
  "name": "lab0", /* a TAP device */
  "mode": "tap",
  "mtu": 1400,
  "mac": "0a:00:00:00:00:01",
  "txqueuelen": 500,
  "owner": "alice",
  "group": 100,
  "addresses": ["10.0.1.1/24", "fd00:1::1/64", {"local": "10.7.0.1/32", "peer": "10.7.0.2", "scope": "link"},  {"local": "fd00:7::1/64", "nodad": false}],
  "routes": [
    {"dst": "10.9.0.0/16", "via": "10.0.1.254", "src": "10.0.1.1", "metric": 5, "table": 100, "mtu": 1300, "scope": "site"},
    {"dst": "default6", "via": "fd00:1::2"},
    {"dst": "default", "via": "172.16.0.1", "onlink": true}
  ],
  "queues": 4,
  "netns": "blue",
  "bridge": "br0",
  "ipv6": {"addr_gen_mode": "random", "accept_ra": true},
  "neighbours": [
    {"dst": "10.0.1.2", "lladdr": "02:00:0a:00:01:02"}
  ],
  "seed": 42,
  "hosts": [
    {"match": "10.9.0.0/16", "answer": "host-unreachable", "path": ["10.0.1.254", "*"]},
    {"match": "10.9.0.7", "mac": "0a:00:00:00:00:07", "ttl": 255, "delay": "40ms", "jitter": "1.5ms", "loss": "2%",
     "duplicate": "0.25%", "corrupt": "1%", "reorder": "3%", "rate": "100/s",
     "path": [{"hop": "10.0.1.254", "delay": "250us"}, {"hop": "10.9.0.1", "mtu": 1300, "blackhole": true}]},
    {"match": "fd00:1::/64", "answer": "silent"}
  ]
}
)";

/// The fields that there were first: devices in use are marked with the digest of such profiles.
inline constexpr std::string_view kEarly = R"({
  // both kinds of comments
  "$schema": "tunlab.json",
  "description": "all fields \u2013 and /* no comment */",
  "version": 1,
  "name": "lab0", /* a TAP device */
  "mode": "tap",
  "mtu": 1400,
  "mac": "0a:00:00:00:00:01",
  "txqueuelen": 500,
  "owner": "alice",
  "group": 100,
  "addresses": ["10.0.1.1/24", "fd00:1::1/64"],
  "routes": [
    {"dst": "10.9.0.0/16", "via": "10.0.1.254", "src": "10.0.1.1", "metric": 5, "table": 100, "mtu": 1300},
    {"dst": "default6", "via": "fd00:1::2"},
    {"dst": "default", "via": "172.16.0.1", "onlink": true}
  ]
}
)";

/// A profile of the least that is required, with `members` behind it.
inline std::string with(std::string_view members) {
    return fmt::format("{{\"version\": 1, \"name\": \"tun0\", \"mode\": \"tun\"{}{}}}",
                       members.empty() ? "" : ", ", members);
}

inline std::string tap_with(std::string_view members) {
    return fmt::format("{{\"version\": 1, \"name\": \"tap0\", \"mode\": \"tap\", {}}}", members);
}

/// What is wrong with `text`; empty if nothing is.
inline std::vector<Diagnostic> problems_of(std::string_view text) {
    try {
        static_cast<void>(parse_profile(text, "p.json"));
        return {};
    } catch (const InvalidProfile& found) {
        return found.diagnostics();
    }
}

/// "LINE:COLUMN+WIDTH MESSAGE [SUGGESTION] at POINTER", empty parts left out.
inline std::string describe(const Diagnostic& problem) {
    std::string out;
    if (problem.place) {
        out = fmt::format("{}:{}+{} ", problem.place->position.line, problem.place->position.column,
                          problem.place->width);
    }
    out += problem.message;
    if (!problem.suggestion.empty()) out += fmt::format(" [{}]", problem.suggestion);
    if (!problem.pointer.empty()) out += " at " + problem.pointer;
    return out;
}

/// Message and suggestion of each problem of `text`, "MESSAGE [SUGGESTION]", one a line.
inline std::string messages_of(std::string_view text) {
    std::string out;
    for (const auto& problem : problems_of(text)) {
        if (!out.empty()) out += '\n';
        out += problem.message;
        if (!problem.suggestion.empty()) out += fmt::format(" [{}]", problem.suggestion);
    }
    return out;
}

/// A member or several, and what is wrong with a profile that has them.
struct Case {
    std::string_view members;
    std::string_view messages;
};

inline void check_all(std::span<const Case> cases) {
    for (const auto& [members, messages] : cases) {
        CAPTURE(members);
        CHECK(messages_of(with(members)) == messages);
    }
}

/// A profile with 192.168.0.1/24, 10.0.0.1/8 and fd00::1/64, and these routes.
inline std::string with_routes(std::string_view routes) {
    return with(fmt::format(R"("addresses": ["192.168.0.1/24", "10.0.0.1/8", "fd00::1/64"], "routes": [{}])",
                            routes));
}

}  // namespace tunlab::samples
