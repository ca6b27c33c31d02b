#include "tunlab/report/summary.hpp"

#include <cerrno>
#include <chrono>
#include <string>

#include <doctest/doctest.h>

namespace tunlab::test {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

void count(Counters& counters, Reason reason, int times) {
    for (int i = 0; i < times; ++i) {
        counters.decided(Decided{.when = {}, .packet = {}, .decision = {.reason = reason}});
    }
}

void count_sent(Counters& counters, nanoseconds reply_time, int error = 0) {
    counters.sent(Sent{.when = {}, .reply = {}, .reply_time = reply_time, .error = error});
}

RunFacts run_of(nanoseconds duration) {
    return {.ifname = "tap0", .duration = duration};
}

/// The sum of all numbers that follow a word of the line with the reasons.
std::uint64_t sum_of_reasons(const std::string& summary) {
    const auto first = summary.find('\n', summary.find('\n') + 1) + 1;
    const std::string line = summary.substr(first, summary.find('\n', first) - first);
    std::uint64_t sum = 0;
    for (std::size_t at = line.find_first_of("0123456789"); at != std::string::npos;
         at = line.find_first_of("0123456789", at)) {
        std::size_t taken = 0;
        const bool counted = line[at - 1] == ' ';  // not the 6 of "ipv6"
        const auto number = std::stoull(line.substr(at), &taken);
        if (counted) sum += number;
        at += taken;
    }
    return sum;
}

}  // namespace

TEST_CASE("the summary counts by verdict and by reason, and tells the reply times") {
    Counters counters;
    count(counters, Reason::Echo, 1);
    count(counters, Reason::Arp, 1);
    count(counters, Reason::Multicast, 1);
    count(counters, Reason::IcmpChecksum, 1);
    count_sent(counters, microseconds(21));
    count_sent(counters, microseconds(45));
    CHECK(format_summary(counters, run_of(milliseconds(3200))) ==
          "--- tap0 echo statistics ---\n"
          "4 packets in: 2 answered, 0 dropped, 1 ignored, 1 bad; 3.2 s\n"
          "answered: echo 1, arp 1; ignored: multicast 1; bad: icmp-checksum 1\n"
          "reply time min/avg/p50/p99/max = 21/33/22/45/45 us (chosen delays not counted)\n");
}

TEST_CASE("one packet is a packet, more are packets") {
    Counters counters;
    CHECK(format_statistics(counters, milliseconds(0)) ==
          "0 packets in: 0 answered, 0 dropped, 0 ignored, 0 bad; 0.0 s");
    count(counters, Reason::Echo, 1);
    CHECK(format_statistics(counters, milliseconds(1049)) ==
          "1 packet in: 1 answered, 0 dropped, 0 ignored, 0 bad; 1.0 s");
    count(counters, Reason::Echo, 1);
    CHECK(format_statistics(counters, milliseconds(1050)) ==
          "2 packets in: 2 answered, 0 dropped, 0 ignored, 0 bad; 1.1 s");
    CHECK(format_statistics(counters, std::chrono::hours(100)) ==
          "2 packets in: 2 answered, 0 dropped, 0 ignored, 0 bad; 360000.0 s");
}

TEST_CASE("only verdicts and reasons that occurred are named") {
    Counters counters;
    count(counters, Reason::Protocol, 3);
    CHECK(format_summary(counters, run_of(milliseconds(500))) ==
          "--- tap0 echo statistics ---\n"
          "3 packets in: 0 answered, 0 dropped, 3 ignored, 0 bad; 0.5 s\n"
          "ignored: protocol 3\n");
}

TEST_CASE("the counts of a summary add up to the packets in") {
    Counters counters;
    std::uint64_t total = 0;
    for (const auto& facts : reasons()) {
        const int times = static_cast<int>(facts.reason) + 1;
        count(counters, facts.reason, times);
        total += static_cast<std::uint64_t>(times);
    }
    const std::string summary = format_summary(counters, run_of(milliseconds(1)));
    CHECK(counters.packets_in() == total);
    CHECK(sum_of_reasons(summary) == total);
    for (const auto& facts : reasons()) {
        CAPTURE(facts.word);
        CHECK(summary.find(std::string(facts.word) + " " +
                           std::to_string(static_cast<int>(facts.reason) + 1)) != std::string::npos);
    }
}

TEST_CASE("a run without a packet says why that usually is") {
    CHECK(
        format_summary(Counters(), run_of(std::chrono::seconds(10))) ==
        "--- tap0 echo statistics ---\n"
        "0 packets in: 0 answered, 0 dropped, 0 ignored, 0 bad; 10.0 s\n"
        "nothing arrived. Usual causes:\n"
        "  the pings went to tap0's own address, which the host answers itself: ping another one behind it\n"
        "  the host has no route through tap0 to the address: 'ip route get ADDRESS' tells\n");
}

TEST_CASE("what was lost is told, in the right number, and only then") {
    Counters counters;
    count(counters, Reason::Echo, 2);
    count_sent(counters, microseconds(30));
    count_sent(counters, {}, EIO);
    RunFacts run = run_of(milliseconds(100));
    run.unsent = 1;
    run.tx_dropped = 1;
    run.lines_not_shown = 1;
    CHECK(format_summary(counters, run) ==
          "--- tap0 echo statistics ---\n"
          "2 packets in: 2 answered, 0 dropped, 0 ignored, 0 bad; 0.1 s\n"
          "answered: echo 2\n"
          "reply time min/avg/p50/p99/max = 30/30/30/30/30 us (chosen delays not counted)\n"
          "1 reply could not be written to the device\n"
          "unsent: 1 reply whose time had not come\n"
          "1 packet more did not fit into the device's queue (tx_dropped)\n"
          "1 line not shown: the reader was too slow\n");
    count_sent(counters, {}, EIO);
    run.unsent = 5;
    run.tx_dropped = 2000;
    run.lines_not_shown = 3;
    CHECK(format_summary(counters, run)
              .ends_with("2 replies could not be written to the device\n"
                         "unsent: 5 replies whose time had not come\n"
                         "2000 packets more did not fit into the device's queue (tx_dropped)\n"
                         "3 lines not shown: the reader was too slow\n"));
}

TEST_CASE("the median and the 99th percentile are what half and 99 of a hundred replies did not exceed") {
    Counters counters;
    count(counters, Reason::Echo, 100);
    for (int i = 0; i < 100; ++i) {
        // 50 of 10 us, 40 of 20, 9 of 30, one of 1000
        count_sent(counters, microseconds(i < 50 ? 10 : i < 90 ? 20 : i < 99 ? 30 : 1000));
    }
    CHECK(
        format_summary(counters, run_of({}))
            .ends_with("reply time min/avg/p50/p99/max = 10/26/10/31/1000 us (chosen delays not counted)\n"));
}

TEST_CASE("reply times are whole microseconds") {
    Counters counters;
    count(counters, Reason::Echo, 1);
    count_sent(counters, nanoseconds(1'499));
    CHECK(format_summary(counters, run_of({}))
              .ends_with("reply time min/avg/p50/p99/max = 1/1/1/1/1 us (chosen delays not counted)\n"));
    count_sent(counters, std::chrono::seconds(3));
    CHECK(format_summary(counters, run_of({})).find("/3000000 us (chosen delays not counted)\n") !=
          std::string::npos);
}

}  // namespace tunlab::test
