#include "tunlab/kernel/serving_loop.hpp"

#include "tunlab/lab/counters.hpp"
#include "tunlab/wire/icmpv4.hpp"
#include "tunlab/wire/ipv4.hpp"

#include <array>
#include <csignal>
#include <vector>

#include "lab_support.hpp"
#include "support.hpp"
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace std::chrono_literals;

namespace tunlab::test {

namespace {

// IP 192.168.0.1 > 192.168.0.3: ICMP echo request, id 4, seq 1, length 16
const auto kRequest =
    from_hex("45000024 12340000 4001e750 c0a80001c0a80003 0800 2b2a 00040001 3031323334353637");

/// A loop on one end of a pair of sockets: as on a device, one write is one packet.
struct Served {
    explicit Served(const Impairments& impairments, const ServeLimits& limits = {})
        : lab{HostTable::everyone({.match = {}, .impairments = impairments}), 42} {
        std::array<int, 2> ends{};
        REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0);
        device = UniqueFd(ends[0]);
        host = UniqueFd(ends[1]);
        loop.emplace(device.get(), monitor, signals, engine, counters, limits);
    }
    ~Served() { pthread_sigmask(SIG_SETMASK, &mask_before, nullptr); }
    Served(const Served&) = delete;
    Served& operator=(const Served&) = delete;

    void send(Bytes packet) const {
        REQUIRE(write(host.get(), packet.data(), packet.size()) == static_cast<ssize_t>(packet.size()));
    }
    [[nodiscard]] std::vector<std::uint8_t> received() const {
        std::vector<std::uint8_t> packet(2000);
        const ssize_t size = read(host.get(), packet.data(), packet.size());
        packet.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
        return packet;
    }

    sigset_t mask_before = [] {
        sigset_t mask;
        pthread_sigmask(SIG_SETMASK, nullptr, &mask);
        return mask;
    }();
    Lab lab;
    UniqueFd device;
    UniqueFd host;
    SignalQueue signals;
    FixedDevice monitor{tun_facts()};
    Counters counters;
    Engine engine{lab, LinkType::Ip, tun_facts(), 0, counters};
    std::optional<ServingLoop> loop;
};

bool is_echo_reply(Bytes packet) {
    const auto ip = parse_ipv4(packet);
    if (!ip) return false;
    const auto icmp = parse_icmpv4(ip->payload);
    return icmp && icmp->type == kIcmpv4EchoReply;
}

}  // namespace

TEST_CASE("the loop serves a descriptor that is no device, with facts that never change") {
    Served served({}, {.echo_requests = 2});
    served.send(kRequest);
    served.send(kRequest);
    CHECK(served.loop->run() == StopReason::CountReached);
    CHECK(is_echo_reply(served.received()));
    CHECK(is_echo_reply(served.received()));
    CHECK(served.received().empty());
    CHECK(served.counters.by_reason(Reason::Echo) == 2);
    CHECK(served.counters.reply_times().count() == 2);
}

TEST_CASE("once the count is reached the loop goes on until delayed replies are sent") {
    Served served({.delay = 20ms}, {.echo_requests = 1});
    served.send(kRequest);
    const auto start = std::chrono::steady_clock::now();
    CHECK(served.loop->run() == StopReason::CountReached);
    CHECK(std::chrono::steady_clock::now() - start >= 20ms);
    CHECK(is_echo_reply(served.received()));
}

TEST_CASE("a deadline ends the loop, and so does the other end of the socket") {
    Served served({}, {.deadline = std::chrono::steady_clock::now() + 10ms});
    CHECK(served.loop->run() == StopReason::DeadlineReached);
    Served closed({});
    closed.send(kRequest);
    closed.host = UniqueFd();
    CHECK(closed.loop->run() == StopReason::DeviceGone);
    CHECK(closed.counters.packets_in() == 1);  // what came before the end is judged
}

TEST_CASE("a signal ends the loop, or asks it for a report") {
    Served served({});
    raise(SIGUSR1);
    CHECK(served.loop->run() == StopReason::ReportRequested);
    raise(SIGTERM);
    CHECK(served.loop->run() == StopReason::StopRequested);
}

}  // namespace tunlab::test
