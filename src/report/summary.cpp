#include "tunlab/report/summary.hpp"

#include <array>
#include <string_view>

#include <fmt/format.h>

namespace tunlab {

namespace {

constexpr std::array kVerdicts{Verdict::Reply, Verdict::Drop, Verdict::Ignore, Verdict::Bad};

std::string_view plural(std::uint64_t count) {
    return count == 1 ? "" : "s";
}

/// "answered: arp 1, echo 1", or nothing if no packet had this verdict.
std::string format_reasons(const Counters& counters, Verdict verdict) {
    std::string text;
    for (const auto& facts : reasons()) {
        const std::uint64_t count = counters.by_reason(facts.reason);
        if (facts.verdict != verdict || count == 0) continue;
        text += text.empty() ? fmt::format("{}: ", counted_as(verdict)) : ", ";
        text += fmt::format("{} {}", facts.word, count);
    }
    return text;
}

std::string format_all_reasons(const Counters& counters) {
    std::string text;
    for (const Verdict verdict : kVerdicts) {
        const std::string part = format_reasons(counters, verdict);
        if (!text.empty() && !part.empty()) text += "; ";
        text += part;
    }
    return text;
}

std::string format_reply_times(const DurationHistogram& times) {
    constexpr double kNanosecondsPerMicrosecond = 1000;
    const auto us = [](std::chrono::nanoseconds duration) {
        return static_cast<double>(duration.count()) / kNanosecondsPerMicrosecond;
    };
    return fmt::format("reply time min/avg/p50/p99/max = {:.0f}/{:.0f}/{:.0f}/{:.0f}/{:.0f} us (chosen "
                       "delays not counted)\n",
                       us(times.min()), us(times.mean()), us(times.percentile(0.5)),
                       us(times.percentile(0.99)), us(times.max()));
}

std::string why_nothing_came(const std::string& ifname) {
    return fmt::format(
        "nothing arrived. Usual causes:\n"
        "  the pings went to {0}'s own address, which the host answers itself: ping another one behind it\n"
        "  the host has no route through {0} to the address: 'ip route get ADDRESS' tells\n",
        ifname);
}

}  // namespace

std::string format_statistics(const Counters& counters, std::chrono::nanoseconds duration) {
    const double seconds = std::chrono::duration<double>(duration).count();
    std::string text = fmt::format("{} packet{} in: ", counters.packets_in(), plural(counters.packets_in()));
    for (const Verdict verdict : kVerdicts) {
        text += fmt::format("{}{} {}", verdict == Verdict::Reply ? "" : ", ", counters.by_verdict(verdict),
                            counted_as(verdict));
    }
    return text + fmt::format("; {:.1f} s", seconds);
}

std::string format_summary(const Counters& counters, const RunFacts& run) {
    std::string text = fmt::format("--- {} echo statistics ---\n{}\n", run.ifname,
                                   format_statistics(counters, run.duration));
    if (counters.packets_in() > 0) {
        text += format_all_reasons(counters) + '\n';
    } else {
        text += why_nothing_came(run.ifname);
    }
    if (counters.reply_times().count() > 0) text += format_reply_times(counters.reply_times());
    if (counters.send_failures() > 0) {
        text += fmt::format("{} repl{} could not be written to the device\n", counters.send_failures(),
                            counters.send_failures() == 1 ? "y" : "ies");
    }
    if (run.unsent > 0)
        text += fmt::format("unsent: {} repl{} whose time had not come\n", run.unsent,
                            run.unsent == 1 ? "y" : "ies");
    if (run.tx_dropped > 0) {
        text += fmt::format("{} packet{} more did not fit into the device's queue (tx_dropped)\n",
                            run.tx_dropped, plural(run.tx_dropped));
    }
    if (run.lines_not_shown > 0) {
        text += fmt::format("{} line{} not shown: the reader was too slow\n", run.lines_not_shown,
                            plural(run.lines_not_shown));
    }
    return text;
}

}  // namespace tunlab
