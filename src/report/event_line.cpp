#include "tunlab/report/event_line.hpp"

#include "tunlab/base/error.hpp"
#include "tunlab/report/packet_line.hpp"
#include "tunlab/wire/ethernet.hpp"

#include <algorithm>
#include <ctime>

#include <fmt/format.h>

namespace tunlab {

namespace {

std::string format_time(WallTime when, TimeStyle style) {
    using std::chrono::duration_cast;
    const auto since_epoch = when.time_since_epoch();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
    const auto microseconds = duration_cast<std::chrono::microseconds>(since_epoch - seconds).count();
    const std::time_t clock = seconds.count();
    std::tm local{};
    localtime_r(&clock, &local);
    const std::string time = fmt::format("{:02}:{:02}:{:02}", local.tm_hour, local.tm_min, local.tm_sec);
    return style == TimeStyle::Seconds ? time : fmt::format("{}.{:06}", time, microseconds);
}

Paint paint_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::Reply: return Paint::Good;
        case Verdict::Drop: return Paint::Warning;
        case Verdict::Ignore: return Paint::Faint;
        case Verdict::Bad: return Paint::Error;
    }
    return Paint::Error;
}

/// Six columns, so that what follows stands in one line below another.
std::string in_column(std::string_view word) {
    return fmt::format("{:<6}", word);
}

std::string describe_bytes(Bytes packet, const LineStyle& style) {
    const bool framed = style.mode == Mode::Tap && style.link_header == LinkHeader::Shown;
    return framed ? describe_with_link_header(packet) : describe_packet(style.mode, packet);
}

std::string hex_below(Bytes packet, const LineStyle& style) {
    if (style.hex == HexDump::None) return "";
    const bool without_header = style.mode == Mode::Tap && style.hex == HexDump::Packet;
    return format_hex(without_header ? packet.subspan(std::min(packet.size(), kEthernetHeaderSize)) : packet);
}

}  // namespace

std::string format_decided(const Decided& event, const LineStyle& style) {
    const ReasonFacts& reason = facts_of(event.decision.reason);
    const std::string verdict =
        painted(in_column(to_string(reason.verdict)), paint_of(reason.verdict), style.color);
    return fmt::format("{} {} {} ({})\n", format_time(event.when, style.time), verdict,
                       describe_bytes(event.packet, style), reason.word) +
           hex_below(event.packet, style);
}

std::string format_sent(const Sent& event, const LineStyle& style) {
    const bool written = event.error == 0;
    const std::string word =
        painted(in_column(written ? "sent" : "unsent"), written ? Paint::Good : Paint::Error, style.color);
    const std::string failure = written ? "" : fmt::format(" ({})", describe_errno(event.error));
    return fmt::format("{} {} {}{}\n", format_time(event.when, style.time), word,
                       describe_bytes(event.reply, style), failure) +
           hex_below(event.reply, style);
}

}  // namespace tunlab
