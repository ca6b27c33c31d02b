#pragma once
// Echo requests to whom a test wants them, built by the writers that the wire tests hold against literal
// bytes.

#include "tunlab/wire/icmpv4.hpp"
#include "tunlab/wire/icmpv6.hpp"
#include "tunlab/wire/ipv4.hpp"
#include "tunlab/wire/ipv6.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "lab_support.hpp"

namespace tunlab::test {

struct EchoTo {
    std::string_view destination;
    std::uint8_t ttl = 64;
    std::size_t size = 84;  ///< of the whole packet
    bool dont_fragment = false;
    std::uint8_t type = 0;  ///< another ICMP type than an echo request's
};

/// From 192.168.0.1 or fd00::1: IPv4 has id 0x1234, ICMP has id 4, seq 1, and zeros.
inline std::vector<std::uint8_t> echo_to(const EchoTo& echo) {
    constexpr std::uint32_t kIdAndSequence = 0x0004'0001;
    const IpAddress destination = ip(echo.destination);
    std::vector<std::uint8_t> packet(echo.size);
    if (destination.family() == Family::V4) {
        const std::vector<std::uint8_t> data(echo.size - kIpv4MinHeaderSize - kIcmpHeaderSize);
        write_ipv4_header(packet,
                          {.identification = 0x1234,
                           .dont_fragment = echo.dont_fragment,
                           .ttl = echo.ttl,
                           .protocol = kProtocolIcmp,
                           .source = v4("192.168.0.1"),
                           .destination = destination.v4()},
                          echo.size - kIpv4MinHeaderSize);
        write_icmpv4(MutableBytes(packet).subspan(kIpv4MinHeaderSize),
                     {.type = echo.type == 0 ? kIcmpv4EchoRequest : echo.type,
                      .rest_of_header = kIdAndSequence,
                      .data = data});
        return packet;
    }
    const std::vector<std::uint8_t> data(echo.size - kIpv6HeaderSize - kIcmpHeaderSize);
    write_ipv6_header(packet,
                      {.next_header = kProtocolIcmpv6,
                       .hop_limit = echo.ttl,
                       .source = v6("fd00::1"),
                       .destination = destination.v6()},
                      echo.size - kIpv6HeaderSize);
    write_icmpv6(MutableBytes(packet).subspan(kIpv6HeaderSize),
                 {.type = echo.type == 0 ? kIcmpv6EchoRequest : echo.type,
                  .rest_of_header = kIdAndSequence,
                  .data = data},
                 v6("fd00::1"), destination.v6());
    return packet;
}

/// A path of three: 10.0.0.2 or fd00:a::2, one that says nothing, 10.0.2.2 or fd00:c::2 with a narrow link
/// behind it.
inline std::vector<Hop> three_hops(Family family) {
    using std::chrono::milliseconds;
    const bool v4 = family == Family::V4;
    return {{.address = ip(v4 ? "10.0.0.2" : "fd00:a::2"), .delay = milliseconds(1)},
            {.delay = milliseconds(8)},
            {.address = ip(v4 ? "10.0.2.2" : "fd00:c::2"), .delay = milliseconds(20), .mtu = 1300}};
}

/// One host for each behaviour, at 192.168.0.N and fd00::N (in hexadecimal), and nobody else: 10
/// net-unreachable, 11 host-unreachable, 12 port-unreachable, 13 admin-prohibited, 14 silent, 15 absent, 20
/// behind three_hops(), 21 behind a black hole, 22 net-unreachable behind three_hops(), 23 likewise behind a
/// hop that says nothing, 24 port-unreachable behind three_hops(), 30 an ordinary host.
inline const HostTable& all_kinds() {
    static const HostTable kTable = [] {
        std::vector<HostRule> rules;
        const auto add = [&](std::string_view v4_address, std::string_view v6_address, Answer answer,
                             std::vector<Hop> v4_path = {}, std::vector<Hop> v6_path = {}) {
            for (const auto& [address, path] :
                 {std::pair{v4_address, v4_path}, std::pair{v6_address, v6_path}}) {
                const IpAddress one = ip(address);
                rules.push_back({.match = IpPrefix(one, one.bits()), .answer = answer, .path = path});
            }
        };
        const auto v4_hops = three_hops(Family::V4);
        const auto v6_hops = three_hops(Family::V6);
        const std::vector<Hop> hole{{.mtu = 1300, .blackhole = true}};
        const std::vector<Hop> silent{{}};
        add("192.168.0.10", "fd00::10", Answer::NetUnreachable);
        add("192.168.0.11", "fd00::11", Answer::HostUnreachable);
        add("192.168.0.12", "fd00::12", Answer::PortUnreachable);
        add("192.168.0.13", "fd00::13", Answer::AdminProhibited);
        add("192.168.0.14", "fd00::14", Answer::Silent);
        add("192.168.0.15", "fd00::15", Answer::Absent);
        add("192.168.0.20", "fd00::20", Answer::Echo, v4_hops, v6_hops);
        add("192.168.0.21", "fd00::21", Answer::Echo, hole, hole);
        add("192.168.0.22", "fd00::22", Answer::NetUnreachable, v4_hops, v6_hops);
        add("192.168.0.23", "fd00::23", Answer::NetUnreachable, silent, silent);
        add("192.168.0.24", "fd00::24", Answer::PortUnreachable, v4_hops, v6_hops);
        add("192.168.0.30", "fd00::30", Answer::Echo);
        return HostTable(std::move(rules), {});
    }();
    return kTable;
}

}  // namespace tunlab::test
