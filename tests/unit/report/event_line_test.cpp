#include "tunlab/report/event_line.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "support.hpp"
#include <doctest/doctest.h>

namespace tunlab::test {

namespace {

/// Lets local time be that of `zone`, and puts back what was.
class TimeZone {
public:
    explicit TimeZone(const char* zone) {
        if (const char* const before = std::getenv("TZ")) before_ = before;
        setenv("TZ", zone, 1);
        tzset();
    }
    TimeZone(const TimeZone&) = delete;
    TimeZone& operator=(const TimeZone&) = delete;
    ~TimeZone() {
        if (before_.empty()) {
            unsetenv("TZ");
        } else {
            setenv("TZ", before_.c_str(), 1);
        }
        tzset();
    }

private:
    std::string before_;
};

/// 2025-01-03 14:02:11.310422999 UTC
WallTime when() {
    using namespace std::chrono;
    return sys_days(year(2025) / January / 3) + hours(14) + minutes(2) + seconds(11) +
           nanoseconds(310'422'999);
}

// IP 10.0.1.1 > 10.0.1.2: ICMP echo request, id 4, seq 1, length 16
const auto kEcho =
    from_hex("4500 0024 1234 4000 4001 1234 0a000101 0a000102 0800 2b2a 0004 0001 3031323334353637");
// 06:11:22:33:44:55 > 02:00:0a:00:01:02, the same
const auto kFrame = join(from_hex("02000a000102 061122334455 0800"), kEcho);
// 06:11:22:33:44:55 > ff:ff:ff:ff:ff:ff, ARP, Request who-has 10.0.1.2 tell 10.0.1.1, length 28
const auto kArp = from_hex(
    "ffffffffffff 061122334455 0806 0001 0800 06 04 0001 061122334455 0a000101 000000000000 0a000102");

std::string line(Bytes packet, Reason reason, const LineStyle& style = {}) {
    const TimeZone utc("UTC");
    return format_decided({.when = when(), .packet = packet, .decision = {.reason = reason}}, style);
}

std::string sent_line(Bytes reply, int error, const LineStyle& style = {}) {
    const TimeZone utc("UTC");
    return format_sent({.when = when(), .reply = reply, .reply_time = {}, .error = error}, style);
}

}  // namespace

TEST_CASE("a line has time, verdict, packet and reason") {
    CHECK(
        line(kEcho, Reason::Echo) ==
        "14:02:11.310422 reply  IP 10.0.1.1 > 10.0.1.2: ICMP echo request, id 4, seq 1, length 16 (echo)\n");
    CHECK(line(kEcho, Reason::SourceRoute) == "14:02:11.310422 ignore IP 10.0.1.1 > 10.0.1.2: ICMP echo "
                                              "request, id 4, seq 1, length 16 (source-route)\n");
    CHECK(line(kEcho, Reason::IcmpChecksum) == "14:02:11.310422 bad    IP 10.0.1.1 > 10.0.1.2: ICMP echo "
                                               "request, id 4, seq 1, length 16 (icmp-checksum)\n");
}

TEST_CASE("a frame's line shows the link header only where it is asked for") {
    CHECK(line(kArp, Reason::Arp, {.mode = Mode::Tap}) ==
          "14:02:11.310422 reply  ARP, Request who-has 10.0.1.2 tell 10.0.1.1, length 28 (arp)\n");
    CHECK(line(kArp, Reason::Arp, {.mode = Mode::Tap, .link_header = LinkHeader::Shown}) ==
          "14:02:11.310422 reply  06:11:22:33:44:55 > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42: "
          "Request who-has 10.0.1.2 tell 10.0.1.1, length 28 (arp)\n");
    CHECK(line(kFrame, Reason::Echo, {.mode = Mode::Tap, .link_header = LinkHeader::Shown}) ==
          "14:02:11.310422 reply  06:11:22:33:44:55 > 02:00:0a:00:01:02, ethertype IPv4 (0x0800), length 50: "
          "10.0.1.1 > 10.0.1.2: ICMP echo request, id 4, seq 1, length 16 (echo)\n");
    // A TUN device has none.
    CHECK(line(kEcho, Reason::Echo, {.link_header = LinkHeader::Shown}) == line(kEcho, Reason::Echo));
}

TEST_CASE("a short time has no fractions") {
    CHECK(line(kEcho, Reason::Echo, {.time = TimeStyle::Seconds}).starts_with("14:02:11 reply  IP "));
}

TEST_CASE("the time is local") {
    const TimeZone zone("XYZ-05:30");  // east of Greenwich, POSIX turns the sign
    const Decided event{.when = when(), .packet = kEcho, .decision = {.reason = Reason::Echo}};
    CHECK(format_decided(event, {}).starts_with("19:32:11.310422 "));
}

TEST_CASE("fractions are cut, not rounded, and filled up with zeros") {
    const TimeZone utc("UTC");
    const auto time_of = [](std::chrono::nanoseconds since_epoch) {
        return format_decided(
                   {.when = WallTime(since_epoch), .packet = kEcho, .decision = {.reason = Reason::Echo}}, {})
            .substr(0, 15);
    };
    using std::chrono::nanoseconds;
    CHECK(time_of(nanoseconds(0)) == "00:00:00.000000");
    CHECK(time_of(nanoseconds(1'999)) == "00:00:00.000001");
    CHECK(time_of(nanoseconds(999'999'999)) == "00:00:00.999999");
    CHECK(time_of(nanoseconds(-1)) == "23:59:59.999999");
    CHECK(time_of(std::chrono::hours(24)) == "00:00:00.000000");
}

TEST_CASE("a hex dump stands below the line, sixteen bytes a line, as tcpdump -x prints it") {
    CHECK(line(kEcho, Reason::Echo, {.hex = HexDump::Packet}) ==
          "14:02:11.310422 reply  IP 10.0.1.1 > 10.0.1.2: ICMP echo request, id 4, seq 1, length 16 (echo)\n"
          "\t0x0000:  4500 0024 1234 4000 4001 1234 0a00 0101\n"
          "\t0x0010:  0a00 0102 0800 2b2a 0004 0001 3031 3233\n"
          "\t0x0020:  3435 3637\n");
    CHECK(line(kEcho, Reason::Echo, {.hex = HexDump::WithLinkHeader}) ==
          line(kEcho, Reason::Echo, {.hex = HexDump::Packet}));
}

TEST_CASE("on TAP a hex dump begins behind the Ethernet header, or with it") {
    CHECK(line(kArp, Reason::Arp, {.mode = Mode::Tap, .hex = HexDump::Packet}) ==
          "14:02:11.310422 reply  ARP, Request who-has 10.0.1.2 tell 10.0.1.1, length 28 (arp)\n"
          "\t0x0000:  0001 0800 0604 0001 0611 2233 4455 0a00\n"
          "\t0x0010:  0101 0000 0000 0000 0a00 0102\n");
    CHECK(line(kArp, Reason::Arp, {.mode = Mode::Tap, .hex = HexDump::WithLinkHeader}) ==
          "14:02:11.310422 reply  ARP, Request who-has 10.0.1.2 tell 10.0.1.1, length 28 (arp)\n"
          "\t0x0000:  ffff ffff ffff 0611 2233 4455 0806 0001\n"
          "\t0x0010:  0800 0604 0001 0611 2233 4455 0a00 0101\n"
          "\t0x0020:  0000 0000 0000 0a00 0102\n");
}

TEST_CASE("a hex dump of fewer bytes than a header, or of none, is no trouble") {
    const auto five = from_hex("0102030405");
    for (const auto mode : {Mode::Tun, Mode::Tap}) {
        for (const auto hex : {HexDump::None, HexDump::Packet, HexDump::WithLinkHeader}) {
            for (const auto header : {LinkHeader::Hidden, LinkHeader::Shown}) {
                const LineStyle style{.mode = mode, .link_header = header, .hex = hex};
                CHECK(line({}, Reason::FrameLength, style).ends_with(" (frame-length)\n"));
                const auto text = line(five, Reason::FrameLength, style);
                const bool all = mode == Mode::Tun || hex == HexDump::WithLinkHeader;
                const bool dumped = hex != HexDump::None && all;
                CHECK(text.ends_with(dumped ? "(frame-length)\n\t0x0000:  0102 0304 05\n"
                                            : "(frame-length)\n"));
            }
        }
    }
}

TEST_CASE("colour paints the verdict and nothing else") {
    const LineStyle style{.color = Color::On};
    CHECK(line(kEcho, Reason::Echo, style) == "14:02:11.310422 \x1b[32mreply \x1b[0m IP 10.0.1.1 > 10.0.1.2: "
                                              "ICMP echo request, id 4, seq 1, length 16 "
                                              "(echo)\n");
    CHECK(line(kEcho, Reason::Fragment, style).starts_with("14:02:11.310422 \x1b[2mignore\x1b[0m IP "));
    CHECK(line(kEcho, Reason::BadSource, style).starts_with("14:02:11.310422 \x1b[1;31mbad   \x1b[0m IP "));
}

TEST_CASE("a reply's line says sent, or unsent with the error behind it") {
    // IP 10.0.1.2 > 10.0.1.1: ICMP echo reply, id 4, seq 1, length 16
    const auto reply =
        from_hex("4500 0024 beef 0000 4001 a5e7 0a000102 0a000101 0000 332a 0004 0001 3031323334353637");
    CHECK(sent_line(reply, 0) ==
          "14:02:11.310422 sent   IP 10.0.1.2 > 10.0.1.1: ICMP echo reply, id 4, seq 1, length 16\n");
    CHECK(sent_line(reply, EIO) ==
          "14:02:11.310422 unsent IP 10.0.1.2 > 10.0.1.1: ICMP echo reply, id 4, seq 1, length 16 "
          "(Input/output error)\n");
    CHECK(sent_line(reply, 0, {.hex = HexDump::Packet, .color = Color::On}) ==
          "14:02:11.310422 \x1b[32msent  \x1b[0m IP 10.0.1.2 > 10.0.1.1: ICMP echo reply, id 4, seq 1, "
          "length 16\n"
          "\t0x0000:  4500 0024 beef 0000 4001 a5e7 0a00 0102\n"
          "\t0x0010:  0a00 0101 0000 332a 0004 0001 3031 3233\n"
          "\t0x0020:  3435 3637\n");
    CHECK(sent_line(reply, EIO, {.color = Color::On})
              .starts_with("14:02:11.310422 \x1b[1;31munsent\x1b[0m IP "));
}

TEST_CASE("whatever byte of a packet changes, its line is one line of printable ASCII") {
    const auto check = [](Bytes packet, std::size_t index) {
        CAPTURE(index);
        const auto text =
            line(packet, Reason::IpHeader,
                 {.mode = Mode::Tap, .time = TimeStyle::Seconds, .link_header = LinkHeader::Shown});
        const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
        REQUIRE(text.ends_with('\n'));
        REQUIRE(std::all_of(text.begin(), text.end() - 1, printable));
    };
    for_each_byte_change(kArp, check);
}

}  // namespace tunlab::test
