#pragma once
// How simulated hosts behave: the "hosts" of a profile as checked values.

#include "tunlab/base/address.hpp"
#include "tunlab/base/percentage.hpp"
#include "tunlab/base/prefix.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tunlab {

/// How a host answers an echo request, a datagram or a segment.
enum class Answer : std::uint8_t {
    Echo,             ///< as a Linux host without open ports
    Silent,           ///< nothing; ARP and neighbour solicitations are answered
    Absent,           ///< nothing at all
    NetUnreachable,   ///< an ICMP error, from the last hop of its path, else from the address itself
    HostUnreachable,  ///< likewise
    PortUnreachable,  ///< likewise, as a firewall does
    AdminProhibited,  ///< likewise
};
/// "echo", "silent", "absent", "net-unreachable", "host-unreachable", "port-unreachable", "admin-prohibited"
[[nodiscard]] std::string_view word_of(Answer answer);

constexpr std::uint8_t kDefaultTtl = 64;  ///< TTL or hop limit, as Linux's

/// One router on the path to a host.
struct Hop {
    std::optional<IpAddress> address{};  ///< none: it never sends anything, "*" in traceroute
    std::chrono::nanoseconds delay{};    ///< added to what comes from it or from behind it
    std::optional<std::uint32_t> mtu{};  ///< of the link behind it, in bytes; none: everything passes
    bool blackhole = false;              ///< drops what is bigger than `mtu`, without an error
};

/// Applied to the answers of a host on their way back.
struct Impairments {
    std::optional<std::uint32_t> rate{};  ///< answers a second; requests beyond that get none
    Percentage loss{};
    Percentage duplicate{};
    Percentage corrupt{};  ///< with a wrong checksum
    Percentage reorder{};  ///< sent at once, before those that wait
    std::chrono::nanoseconds delay{};
    std::chrono::nanoseconds jitter{};  ///< the delay is between delay - jitter and delay + jitter

    friend bool operator==(const Impairments&, const Impairments&) = default;
};

/// The behaviour of all hosts whose addresses are in `match` and in no longer prefix of another rule.
struct HostRule {
    IpPrefix match;  ///< no host bits
    Answer answer = Answer::Echo;
    std::optional<MacAddress> mac{};  ///< none: of the scheme in simulated_mac.hpp
    std::uint8_t ttl = kDefaultTtl;   ///< TTL or hop limit of what it sends
    Impairments impairments{};
    std::vector<Hop> path{};  ///< from the device to the host; all of match's family

    /// Whether it is about one host, by its own address.
    [[nodiscard]] bool names_one() const { return match.length() == match.address().bits(); }
};

}  // namespace tunlab
