#pragma once
// Events as lines: tcpdump's words with the verdict in front and the reason behind.

#include "tunlab/lab/events.hpp"
#include "tunlab/profile/profile.hpp"
#include "tunlab/report/color.hpp"

#include <string>

namespace tunlab {

enum class TimeStyle { Microseconds, Seconds };
enum class HexDump { None, Packet, WithLinkHeader };
enum class LinkHeader { Hidden, Shown };

struct LineStyle {
    Mode mode = Mode::Tun;
    TimeStyle time = TimeStyle::Microseconds;
    LinkHeader link_header = LinkHeader::Hidden;
    HexDump hex = HexDump::None;
    Color color = Color::Off;
};

/// "14:02:11.310422 reply  IP 10.0.1.1 > 10.0.1.2: ICMP echo request, ... (echo)\n" in local time,
/// and the hex dump below it where `style` asks for one.
[[nodiscard]] std::string format_decided(const Decided& event, const LineStyle& style);

/// The same for a reply, with "sent" for a verdict, or "unsent" and the error behind it.
[[nodiscard]] std::string format_sent(const Sent& event, const LineStyle& style);

}  // namespace tunlab
