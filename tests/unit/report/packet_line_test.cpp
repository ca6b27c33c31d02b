#include "tunlab/report/packet_line.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "support.hpp"
#include <doctest/doctest.h>

using tunlab::Bytes;
using tunlab::describe_packet;
using tunlab::describe_with_link_header;
using tunlab::format_hex;
using tunlab::Mode;
using tunlab::test::from_hex;
using tunlab::test::join;

// Every line that is expected here is what tcpdump 4.99.3 with -n -S printed of the same bytes,
// unless a comment says otherwise.

namespace {

std::string tun(std::string_view hex) {
    return describe_packet(Mode::Tun, from_hex(hex));
}

std::string tap(std::string_view hex) {
    return describe_packet(Mode::Tap, from_hex(hex));
}

/// An IPv4 packet from 10.0.1.1 to 10.0.1.2 with this protocol and payload.
std::string ipv4(std::uint8_t protocol, std::string_view payload) {
    auto packet = from_hex("45000000 00010000 40000000 0a000101 0a000102");
    packet[9] = protocol;
    const auto whole = join(packet, from_hex(payload));
    auto sized = whole;
    tunlab::store_be16(sized, 2, static_cast<std::uint16_t>(sized.size()));
    const std::string line = describe_packet(Mode::Tun, sized);
    const std::string start = "IP 10.0.1.1 > 10.0.1.2: ";
    return line.starts_with(start) ? line.substr(start.size()) : line;
}

/// An IPv6 packet from 2001:db8::1 to 2001:db8::2 with this next header and payload.
std::string ipv6(std::uint8_t next_header, std::string_view payload) {
    auto packet =
        from_hex("60000000 00000040 20010db8000000000000000000000001 20010db8000000000000000000000002");
    const auto bytes = from_hex(payload);
    tunlab::store_be16(packet, 4, static_cast<std::uint16_t>(bytes.size()));
    packet[6] = next_header;
    const std::string line = describe_packet(Mode::Tun, join(packet, bytes));
    const std::string start = "IP6 2001:db8::1 > 2001:db8::2: ";
    return line.starts_with(start) ? line.substr(start.size()) : line;
}

// An IPv4 header as an ICMP error quotes it: 10.0.1.2 to 10.9.9.9 with UDP, ports 1000 and 33434.
constexpr const char* kQuotedUdp = "45000020 00010000 01119bb9 0a000102 0a090909 03e8 829a 000c 0000";
constexpr const char* kQuotedTcp = "45000028 00010000 01069bbc 0a000102 0a090909 03e8 0050 00000000";
constexpr const char* kQuotedIpv6Udp = "60000000 0009 11 40 20010db8000000000000000000000005 "
                                       "20010db8000000000000000000000006 0005829a 0009a9bf 78";

const std::string kTcpSyn =
    "9c40 270f ee6b2800 00000000 a002 faf0 0000 0000 020405b4 0402 080a0001e24000000000 01 030307";

}  // namespace

TEST_CASE("an echo request and its reply tell identifier, sequence number and length") {
    // the packets of `ping 10.0.1.2` with 56 bytes of data, here left out
    CHECK(tun("4500001c 00010000 400164de 0a000101 0a000102 0800 f7fa 0004 0001") ==
          "IP 10.0.1.1 > 10.0.1.2: ICMP echo request, id 4, seq 1, length 8");
    CHECK(tun("4500001c 00010000 400164de 0a000102 0a000101 0000 fffa 0004 0001") ==
          "IP 10.0.1.2 > 10.0.1.1: ICMP echo reply, id 4, seq 1, length 8");
}

TEST_CASE("a wrong checksum is no matter of the line") {
    CHECK(tun("4500001c 00010000 4001ffff 0a000101 0a000102 0800 ffff 0004 0001") ==
          "IP 10.0.1.1 > 10.0.1.2: ICMP echo request, id 4, seq 1, length 8");
}

TEST_CASE("bytes behind the datagram are not counted") {
    CHECK(tun("4500001c 00010000 400164de 0a000101 0a000102 0800 f7fa 0004 0001 deadbeef") ==
          "IP 10.0.1.1 > 10.0.1.2: ICMP echo request, id 4, seq 1, length 8");
}

TEST_CASE("an ICMP error names what it is about") {
    const auto unreachable = [](const std::string& start, const char* quote) {
        return ipv4(1, start + quote);
    };
    CHECK(unreachable("0300 0000 00000000", kQuotedUdp) == "ICMP net 10.9.9.9 unreachable, length 36");
    CHECK(unreachable("0301 0000 00000000", kQuotedUdp) == "ICMP host 10.9.9.9 unreachable, length 36");
    CHECK(unreachable("0302 0000 00000000", kQuotedUdp) ==
          "ICMP 10.9.9.9 protocol 17 unreachable, length 36");
    CHECK(unreachable("0303 0000 00000000", kQuotedUdp) ==
          "ICMP 10.9.9.9 udp port 33434 unreachable, length 36");
    CHECK(unreachable("0303 0000 00000000", kQuotedTcp) ==
          "ICMP 10.9.9.9 tcp port 80 unreachable, length 36");
    CHECK(unreachable("0304 0000 00000514", kQuotedUdp) ==
          "ICMP 10.9.9.9 unreachable - need to frag (mtu 1300), length 36");
    CHECK(unreachable("0304 0000 00000000", kQuotedUdp) ==
          "ICMP 10.9.9.9 unreachable - need to frag, length 36");
    CHECK(unreachable("030a 0000 00000000", kQuotedUdp) ==
          "ICMP host 10.9.9.9 unreachable - admin prohibited, length 36");
    CHECK(unreachable("0310 0000 00000000", kQuotedUdp) == "ICMP 10.9.9.9 unreachable - #16, length 36");
    CHECK(unreachable("0501 0000 0a0001fe", kQuotedUdp) ==
          "ICMP redirect 10.9.9.9 to host 10.0.1.254, length 36");
    CHECK(unreachable("0504 0000 0a0001fe", kQuotedUdp) ==
          "ICMP redirect-#4 10.9.9.9 to 10.0.1.254, length 36");
    CHECK(unreachable("0b00 0000 00000000", kQuotedUdp) == "ICMP time exceeded in-transit, length 36");
    CHECK(unreachable("0b01 0000 00000000", kQuotedUdp) == "ICMP ip reassembly time exceeded, length 36");
    CHECK(unreachable("0c00 0000 07000000", kQuotedUdp) == "ICMP parameter problem - octet 7, length 36");
    CHECK(unreachable("0c01 0000 00000000", kQuotedUdp) == "ICMP parameter problem - code 1, length 36");
}

TEST_CASE("other ICMP messages are told by name, or by number") {
    CHECK(ipv4(1, "0400 0000 00000000") == "ICMP source quench, length 8");
    CHECK(ipv4(1, "0a00 0000 00000000") == "ICMP router solicitation, length 8");
    CHECK(ipv4(1, "0d00 0000 00030009 00000000 00000000 00000000") ==
          "ICMP time stamp query id 3 seq 9, length 20");
    CHECK(ipv4(1, "0e00 0000 00030009 000003e8 02b32c95 05265bff") ==
          "ICMP time stamp reply id 3 seq 9: org 00:00:01.000, recv 12:34:56.789, xmit 23:59:59.999, length "
          "20");
    CHECK(ipv4(1, "1100 0000 00030000 00000000") == "ICMP address mask request, length 12");
    CHECK(ipv4(1, "1200 0000 00030000 ffffff00") == "ICMP address mask is 0xffffff00, length 12");
    CHECK(ipv4(1, "2a00 0000 00000000") == "ICMP type-#42, length 8");
}

TEST_CASE("an ICMP message that is cut off says so") {
    CHECK(ipv4(1, "") == " [|icmp]");
    CHECK(ipv4(1, "0800 0000 0004 00") == " [|icmp]");
    CHECK(ipv4(1, "0303 0000 00000000 45000020") == " [|icmp]");
    CHECK(ipv4(1, "0e00 0000 00030009 000003e8") == " [|icmp]");
}

TEST_CASE("the first fragment tells its contents, a later one its protocol") {
    CHECK(tun("4500001c 00012000 400164de 0a000101 0a000102 0800 f7fa 0004 0001") ==
          "IP 10.0.1.1 > 10.0.1.2: ICMP echo request, id 4, seq 1, length 8");
    CHECK(tun("45000018 000120b9 40010000 0a000101 0a000102 61626364") ==
          "IP 10.0.1.1 > 10.0.1.2: ip-proto-1");
    CHECK(tun("45000018 00010172 40110000 0a000101 0a000102 61626364") ==
          "IP 10.0.1.1 > 10.0.1.2: ip-proto-17");
    // UDP with a length of 4008: the rest comes later
    CHECK(tun("45000020 00012000 40110000 0a000101 0a000102 0007 0008 0fa8 0000 7a7a7a7a") ==
          "IP 10.0.1.1.7 > 10.0.1.2.8: UDP, length 4000");
}

TEST_CASE("UDP tells ports and length") {
    CHECK(ipv4(17, "03e8 07d0 000d 0000 68656c6c6f") == "IP 10.0.1.1.1000 > 10.0.1.2.2000: UDP, length 5");
    CHECK(ipv4(17, "03e8 07d0 0008 0000") == "IP 10.0.1.1.1000 > 10.0.1.2.2000: UDP, length 0");
}

TEST_CASE("application data is not looked into") {
    // tcpdump would go on: "0 [0q] (12)"
    CHECK(ipv4(17, "14e9 14e9 0014 0000 000000000000000000000000") ==
          "IP 10.0.1.1.5353 > 10.0.1.2.5353: UDP, length 12");
}

TEST_CASE("UDP with a length that can't be is told") {
    CHECK(ipv4(17, "03e8 07d0 0064 0000 68656c6c6f") ==
          "IP 10.0.1.1.1000 > 10.0.1.2.2000: UDP, bad length 92 > 5");
    CHECK(ipv4(17, "03e8 07d0 0007 0000 68656c6c6f") ==
          "IP 10.0.1.1.1000 > 10.0.1.2.2000: truncated-udplength 7");
    CHECK(ipv4(17, "03e8 07d0 000d") == "IP 10.0.1.1.1000 > 10.0.1.2.2000: truncated-udp 6");
    CHECK(ipv4(17, "03e8 07") == " [|udp]");
}

TEST_CASE("TCP tells flags, absolute numbers, window, options and length") {
    CHECK(ipv4(6, kTcpSyn) ==
          "IP 10.0.1.1.40000 > 10.0.1.2.9999: Flags [S], seq 4000000000, win 64240, options [mss 1460,sackOK,"
          "TS val 123456 ecr 0,nop,wscale 7], length 0");
    CHECK(ipv4(6, "9c40 270f 00000064 000000c8 5010 01f6 0000 0000") ==
          "IP 10.0.1.1.40000 > 10.0.1.2.9999: Flags [.], ack 200, win 502, length 0");
    CHECK(ipv4(6, "9c40 270f 00000064 000000c8 5018 01f6 0000 0000 6869") ==
          "IP 10.0.1.1.40000 > 10.0.1.2.9999: Flags [P.], seq 100:102, ack 200, win 502, length 2");
    CHECK(ipv4(6, "9c40 270f ffffffff 000000c8 5018 01f6 0000 0000 6869") ==
          "IP 10.0.1.1.40000 > 10.0.1.2.9999: Flags [P.], seq 4294967295:1, ack 200, win 502, length 2");
    CHECK(ipv4(6, "9c40 270f 00000064 000000c8 5014 01f6 0000 0000") ==
          "IP 10.0.1.1.40000 > 10.0.1.2.9999: Flags [R.], seq 100, ack 200, win 502, length 0");
    CHECK(ipv4(6, "9c40 270f 00000064 000000c8 50ff 01f6 0000 0011") ==
          "IP 10.0.1.1.40000 > 10.0.1.2.9999: Flags [FSRP.UEW], seq 100, ack 200, win 502, urg 17, length 0");
    CHECK(ipv4(6, "9c40 270f 00000064 000000c8 5000 01f6 0000 0000") ==
          "IP 10.0.1.1.40000 > 10.0.1.2.9999: Flags [none], win 502, length 0");
}

TEST_CASE("TCP options beyond the usual are told as far as they are known") {
    const auto options = [](const std::string& hex) {
        auto header = from_hex("9c40 270f 00000064 000000c8 5010 01f6 0000 0000");
        const auto bytes = from_hex(hex);
        header[12] = static_cast<std::uint8_t>((5 + bytes.size() / 4) << 4);
        auto packet = from_hex("45000000 00010000 40060000 0a000101 0a000102");
        packet = join(join(packet, header), bytes);
        tunlab::store_be16(packet, 2, static_cast<std::uint16_t>(packet.size()));
        const std::string line = describe_packet(Mode::Tun, packet);
        const auto from = line.find("options [") + 9;
        return line.substr(from, line.rfind("], length") - from);
    };
    CHECK(options("0101 0512 00000001 00000002 ee6b2800 00000004") == "nop,nop,sack 2 {1:2}{4000000000:4}");
    CHECK(options("00000000") == "eol");
    CHECK(options("2202 0000") == "tfo  cookiereq,eol");
    CHECK(options("220a 0102030405060708 0000") == "tfo  cookie 0102030405060708,eol");
    CHECK(options("4504 aabb") == "unknown-69 0xaabb");
    CHECK(options("4502 0000") == "unknown-69,eol");
    // ours: tcpdump reads on in the middle of an option of a wrong size
    CHECK(options("0206 01020304 0000") == "unknown-2 0x01020304,eol");
    CHECK(options("01010100") == "nop,nop,nop,eol");
    // ours: tcpdump ends the line behind these
    CHECK(options("01010104") == "nop,nop,nop,[bad opt]");
    CHECK(options("02050102") == "[bad opt]");
    CHECK(options("02000102") == "[bad opt]");
}

TEST_CASE("TCP that is cut off or has a header length that can't be is told") {
    CHECK(ipv4(6, "9c40 27") == "[|tcp]");
    CHECK(ipv4(6, "9c40 270f 00000064 000000c8 5010") == "IP 10.0.1.1.40000 > 10.0.1.2.9999:  [|tcp]");
    CHECK(ipv4(6, "9c40 270f 00000064 000000c8 4010 01f6 0000 0000") ==
          "IP 10.0.1.1.40000 > 10.0.1.2.9999:  tcp 4 [bad hdr length 16 - too short, < 20]");
    CHECK(ipv4(6, "9c40 270f 00000064 000000c8 6010 01f6 0000 0000") ==
          "IP 10.0.1.1.40000 > 10.0.1.2.9999: Flags [.] [bad hdr length 24 - too long, > 20]");
}

TEST_CASE("IGMP tells version and group") {
    CHECK(ipv4(2, "16000000 e00000fb") == "igmp v2 report 224.0.0.251");
    CHECK(ipv4(2, "12000000 e0000016") == "igmp v1 report 224.0.0.22");
    CHECK(ipv4(2, "17000000 e00000fb") == "igmp leave 224.0.0.251");
    CHECK(ipv4(2, "22000000 00000001 04000000 e00000fb") == "igmp v3 report, 1 group record(s)");
    CHECK(ipv4(2, "22000000 00000000") == "igmp v3 report [invalid len 8]");
    CHECK(ipv4(2, "11640000 00000000") == "igmp query v2");
    CHECK(ipv4(2, "11ff0000 e0000002") == "igmp query v2 [max resp time 255] [gaddr 224.0.0.2]");
    CHECK(ipv4(2, "11000000 00000000") == "igmp query v1");
    CHECK(ipv4(2, "11640000 00000000 02140000") == "igmp query v3");
    CHECK(ipv4(2, "ff000000") == "igmp-255");
    CHECK(ipv4(2, "160000") == " [|igmp]");
    CHECK(ipv4(2, "") == " [|igmp]");
}

TEST_CASE("other protocols are told by number and size") {
    CHECK(ipv4(3, "6162") == " ip-proto-3 2");
    CHECK(ipv4(255, "") == " ip-proto-255 0");
    CHECK(ipv6(253, "6162") == " ip-proto-253 2");
}

TEST_CASE("an IPv4 header that can't be is told as far as it can be") {
    // nothing at all comes from no device
    CHECK(tun("") == " [|ip]");
    CHECK(tun("45") == "IP  [|ip]");
    CHECK(tun("00000000") == "unknown ip 0");
    CHECK(tun("f0") == "unknown ip 15");
    CHECK(tun("4400001c 00010000 400164de 0a000101 0a000102 0800 f7fa 0004 0001") == "IP bad-hlen 16");
    CHECK(tun("45000013 00010000 400164de 0a000101 0a000102 0800 f7fa 0004 0001") == "IP bad-len 19");
    CHECK(
        tun("45000064 00010000 400164de 0a000101 0a000102 0800 f7fa 0004 0001") ==
        "IP truncated-ip - 72 bytes missing! 10.0.1.1 > 10.0.1.2: ICMP echo request, id 4, seq 1, length 80");
    // header length 60, but 28 bytes are there; ours: tcpdump tells both sizes again
    CHECK(tun("4f000064 00010000 400164de 0a000101 0a000102 0800 f7fa 0004 0001") ==
          "IP truncated-ip - 72 bytes missing! 10.0.1.1 > 10.0.1.2:  [|icmp]");
}

TEST_CASE("IPv6 tells neighbour discovery") {
    CHECK(ipv6(58, "8500 0000 00000000") == "ICMP6, router solicitation, length 8");
    CHECK(ipv6(58, "8600 0000 40000708 00000000 00000000") == "ICMP6, router advertisement, length 16");
    CHECK(ipv6(58, "8700 0000 00000000 fe800000000000000000000000000002") ==
          "ICMP6, neighbor solicitation, who has fe80::2, length 24");
    CHECK(ipv6(58, "8800 0000 60000000 fe800000000000000000000000000002") ==
          "ICMP6, neighbor advertisement, tgt is fe80::2, length 24");
    CHECK(ipv6(58, "8900 0000 00000000 fe800000000000000000000000000002 20010db8000000000000000000000001") ==
          "ICMP6, redirect, 2001:db8::1 to fe80::2, length 40");
}

TEST_CASE("IPv6 tells echo and errors") {
    const std::string quote = kQuotedIpv6Udp;
    CHECK(ipv6(58, "8000 0000 0007 0002 6162") == "ICMP6, echo request, id 7, seq 2, length 10");
    CHECK(ipv6(58, "8100 0000 0007 0002") == "ICMP6, echo reply, id 7, seq 2, length 8");
    CHECK(ipv6(58, "0100 0000 00000000" + quote) ==
          "ICMP6, destination unreachable, unreachable route 2001:db8::6, length 57");
    CHECK(ipv6(58, "0101 0000 00000000" + quote) ==
          "ICMP6, destination unreachable,  unreachable prohibited 2001:db8::6, length 57");
    CHECK(ipv6(58, "0102 0000 00000000" + quote) ==
          "ICMP6, destination unreachable, beyond scope 2001:db8::6, source address 2001:db8::5, length 57");
    CHECK(ipv6(58, "0103 0000 00000000" + quote) ==
          "ICMP6, destination unreachable, unreachable address 2001:db8::6, length 57");
    CHECK(ipv6(58, "0104 0000 00000000" + quote) ==
          "ICMP6, destination unreachable, unreachable port, 2001:db8::6 udp port 33434, length 57");
    CHECK(ipv6(58, "0200 0000 00000500" + quote) == "ICMP6, packet too big, mtu 1280, length 57");
    CHECK(ipv6(58, "0300 0000 00000000" + quote) ==
          "ICMP6, time exceeded in-transit for 2001:db8::6, length 57");
    CHECK(ipv6(58, "0301 0000 00000000" + quote) ==
          "ICMP6, time exceeded in-transit (reassembly), length 57");
    CHECK(ipv6(58, "0401 0000 00000006" + quote) ==
          "ICMP6, parameter problem, next header - octet 6, length 57");
    CHECK(ipv6(58, "") == "ICMP6, length 0 (invalid)");
    CHECK(ipv6(58, "80") == "ICMP6, echo request [|icmp6]");
    // ours: tcpdump goes on to ", unreachable port"
    CHECK(ipv6(58, "0104 0000 00000000 6000") == "ICMP6, destination unreachable [|icmp6]");
}

TEST_CASE("IPv6 tells multicast listeners behind the hop-by-hop header") {
    const std::string router_alert = "3a00 0502 0000 0100";
    CHECK(ipv6(0, router_alert + "8f00 0000 0000 0001 04000000 ff0200000000000000000001ff000001") ==
          "HBH ICMP6, multicast listener report v2, 1 group record(s), length 28");
    CHECK(ipv6(0, router_alert + "8200 0000 2710 0000 00000000000000000000000000000000 027d 0000") ==
          "HBH ICMP6, multicast listener query v2 [gaddr ::], length 28");
    // ours: tcpdump forgets the comma before "max"
    CHECK(ipv6(0, router_alert + "8300 0000 0000 0000 ff020000000000000000000000000007") ==
          "HBH ICMP6, multicast listener report, max resp delay: 0 addr: ff02::7, length 24");
}

TEST_CASE("IPv6 tells UDP and TCP, with ports alone behind another header") {
    CHECK(ipv6(17, "0001 07d0 000d 0000 68656c6c6f") ==
          "IP6 2001:db8::1.1 > 2001:db8::2.2000: UDP, length 5");
    CHECK(ipv6(6, kTcpSyn) ==
          "IP6 2001:db8::1.40000 > 2001:db8::2.9999: Flags [S], seq 4000000000, win 64240, options [mss 1460,"
          "sackOK,TS val 123456 ecr 0,nop,wscale 7], length 0");
    CHECK(ipv6(60, "1100 0104 00000000 0001 07d0 000d 0000 68656c6c6f") == "DSTOPT 1 > 2000: UDP, length 5");
    CHECK(ipv6(0, "3c00 0104 00000000 3a00 0104 00000000 8000 0000 0001 0002") ==
          "HBH DSTOPT ICMP6, echo request, id 1, seq 2, length 8");
    CHECK(ipv6(59, "") == "no next header");
}

TEST_CASE("IPv6 tells fragments") {
    CHECK(ipv6(44, "1100 0001 00000005 0001 07d0 0bb8 0000 68656c6c6f") ==
          "frag (0|13) 1 > 2000: UDP, length 2992");
    CHECK(ipv6(44, "1100 05c8 00000005 68656c6c6f") == "frag (1480|5)");
    CHECK(ipv6(44, "1100 05") == " [|frag6]");
}

TEST_CASE("an IPv6 header that can't be is told as far as it can be") {
    CHECK(tun("60") == " [|ip6]");
    CHECK(tun("60000000 0009 3a 40 20010db8000000000000000000000001 20010db8000000000000000000000002 8000 "
              "0000 00010002") == "IP6 truncated-ip6 - 1 bytes missing!2001:db8::1 > 2001:db8::2: ICMP6, "
                                  "echo request, id 1, seq 2, length 9");
    CHECK(ipv6(0, "3a") == " [|hbhopt]");
    // states 2048 bytes
    CHECK(ipv6(60, "3aff 0000 00000000") == " [|dstopt]");
}

TEST_CASE("a line ends, however many headers there are") {
    std::string headers;
    for (int i = 0; i < 4000; ++i)
        headers += "3c00 0104 00000000";
    CHECK(ipv6(60, headers).size() < 200);
    std::string tags = "ffffffffffff 020000000001";
    for (int i = 0; i < 4000; ++i)
        tags += "8100 0005";
    CHECK(tap(tags).size() < 200);
}

TEST_CASE("ARP tells who asks for whom") {
    const std::string header = "ffffffffffff 020000000001 0806";
    const std::string request = header + "0001 0800 06 04 0001 020000000001 0a000101";
    CHECK(tap(request + "000000000000 0a000102") == "ARP, Request who-has 10.0.1.2 tell 10.0.1.1, length 28");
    // padded to 60 bytes
    CHECK(tap(request + "000000000000 0a000102 000000000000000000000000000000000000") ==
          "ARP, Request who-has 10.0.1.2 tell 10.0.1.1, length 46");
    // a request to one station
    CHECK(tap(request + "02000a000102 0a000102") ==
          "ARP, Request who-has 10.0.1.2 (02:00:0a:00:01:02) tell 10.0.1.1, length 28");
    // an announcement: sender and target are one
    CHECK(tap(request + "000000000000 0a000101") == "ARP, Request who-has 10.0.1.1 tell 10.0.1.1, length 28");
    // a probe: the sender has no address yet
    CHECK(tap(header + "0001 0800 06 04 0001 020000000001 00000000 000000000000 0a000102") ==
          "ARP, Request who-has 10.0.1.2 tell 0.0.0.0, length 28");
    CHECK(tap(header + "0001 0800 06 04 0002 02000a000102 0a000102 020000000001 0a000101") ==
          "ARP, Reply 10.0.1.2 is-at 02:00:0a:00:01:02, length 28");
    CHECK(tap(header + "0001 0800 06 04 0003 020000000001 0a000101 02000a000102 0a000102") ==
          "ARP, Reverse Request who-is 02:00:0a:00:01:02 tell 02:00:00:00:00:01, length 28");
    CHECK(tap(header + "0001 0800 06 04 0009 020000000001 0a000101 02000a000102 0a000102") ==
          "ARP, Inverse Reply 02:00:00:00:00:01 at 10.0.1.1, length 28");
}

TEST_CASE("ARP for other hardware or protocols is told as far as it can be") {
    const std::string header = "ffffffffffff 020000000001 0806";
    const std::string rest = "020000000001 0a000101 000000000000 0a000102";
    CHECK(tap(header + "0001 1234 06 04 0001" + rest) ==
          "ARP, Ethernet (len 6), Unknown Protocol (0x1234) (len 4), length 28");
    // ours: tcpdump takes any hardware for Ethernet
    CHECK(tap(header + "0063 0800 06 04 0001" + rest) ==
          "ARP, Unknown Hardware (99) (len 6), IPv4 (len 4), length 28");
    // ours: tcpdump adds a hex dump
    CHECK(tap(header + "0001 0800 06 04 0007" + rest) == "ARP, Unknown (7), length 28");
    CHECK(tap(header + "0001 0800 06 04 0001") == " [|arp]");
}

TEST_CASE("an Ethernet frame tells the IP packet in it") {
    const std::string header = "02000a000102 020000000001";
    const std::string echo = "4500001c 00010000 400164de 0a000101 0a000102 0800 f7fa 0004 0001";
    CHECK(tap(header + "0800" + echo) == "IP 10.0.1.1 > 10.0.1.2: ICMP echo request, id 4, seq 1, length 8");
    CHECK(tap(header + "86dd 60") == " [|ip6]");
    CHECK(tap(header + "0800") == " [|ip]");
    CHECK(tap(header + "0800 54") == "IP5 (invalid)");
    CHECK(tap(header + "0800 60") == "IP6, wrong link-layer encapsulation (invalid)");
    CHECK(tap("02000a0001") == " [|ether]");
}

TEST_CASE("what a frame carries that is not looked into is told by its type") {
    const std::string header = "02000a000102 020000000001";
    // ours: tcpdump adds a hex dump to the first and reads the others
    CHECK(tap(header + "1234 61626364") ==
          "02:00:00:00:00:01 > 02:00:0a:00:01:02, ethertype Unknown (0x1234), length 18");
    CHECK(tap(header + "88cc 61626364") ==
          "02:00:00:00:00:01 > 02:00:0a:00:01:02, ethertype LLDP (0x88cc), length 18");
    CHECK(tap(header + "0026 424203") == "02:00:00:00:00:01 > 02:00:0a:00:01:02, 802.3, length 38");
}

TEST_CASE("a VLAN tag is told before what it tags") {
    const std::string header = "02000a000102 020000000001";
    const std::string arp = "0001 0800 06 04 0001 020000000001 0a000101 000000000000 0a000102";
    // ours: tcpdump tells tags with -e only
    CHECK(tap(header + "8100 0005 0806" + arp) ==
          "vlan 5, p 0, ARP, Request who-has 10.0.1.2 tell 10.0.1.1, length 28");
    CHECK(tap(header + "88a8 f00a 8100 0006 0806" + arp) ==
          "vlan 10, p 7, DEI, vlan 6, p 0, ARP, Request who-has 10.0.1.2 tell 10.0.1.1, length 28");
    CHECK(tap(header + "8100 0005 1234 6162") == "vlan 5, p 0, ethertype Unknown (0x1234), length 2");
    CHECK(tap(header + "8100 00") == " [|vlan]");
}

TEST_CASE("with the link header a line has the words of tcpdump -e") {
    const std::string header = "ffffffffffff 020000000001";
    const std::string arp = "0001 0800 06 04 0001 020000000001 0a000101 000000000000 0a000102";
    CHECK(
        describe_with_link_header(from_hex(header + "0806" + arp)) ==
        "02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42: Request who-has 10.0.1.2 "
        "tell 10.0.1.1, length 28");
    CHECK(describe_with_link_header(
              from_hex(header + "0800 4500001c 00010000 400164de 0a000101 0a000102 0800 f7fa 0004 0001")) ==
          "02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff, ethertype IPv4 (0x0800), length 42: 10.0.1.1 > 10.0.1.2: "
          "ICMP "
          "echo request, id 4, seq 1, length 8");
    CHECK(describe_with_link_header(from_hex(header + "8100 7005 0806" + arp)) ==
          "02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff, ethertype 802.1Q (0x8100), length 46: vlan 5, p 3, DEI, "
          "ethertype ARP (0x0806), Request who-has 10.0.1.2 tell 10.0.1.1, length 28");
    CHECK(describe_with_link_header(from_hex(header + "1234 61")) ==
          "02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff, ethertype Unknown (0x1234), length 15");
    CHECK(describe_with_link_header(from_hex("ff")) == " [|ether]");
}

TEST_CASE("the hex dump has sixteen bytes a line, in pairs, with their offset") {
    CHECK(format_hex({}).empty());
    CHECK(format_hex(from_hex("45")) == "\t0x0000:  45\n");
    CHECK(format_hex(from_hex("4500 0054 0001 0000 4001 64a6 0a00 0101")) ==
          "\t0x0000:  4500 0054 0001 0000 4001 64a6 0a00 0101\n");
    CHECK(format_hex(from_hex("4500 0054 0001 0000 4001 64a6 0a00 0101 0a00 01")) ==
          "\t0x0000:  4500 0054 0001 0000 4001 64a6 0a00 0101\n\t0x0010:  0a00 01\n");
}

namespace {

/// A line that a terminal shows as it is, and not endless.
void check_plain(const std::string& line) {
    constexpr std::size_t kLongest = 400;
    const bool printable = std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '~'; });
    REQUIRE(printable);
    REQUIRE(line.size() < kLongest);
}

void check_plain(Bytes bytes) {
    check_plain(describe_packet(Mode::Tun, bytes));
    check_plain(describe_packet(Mode::Tap, bytes));
    check_plain(describe_with_link_header(bytes));
}

/// Packets of every kind that the describer has words for.
std::vector<std::vector<std::uint8_t>> samples() {
    const std::string ethernet = "02000a000102 020000000001";
    const std::string v4 = "45000040 00010000 40";
    const std::string v4_ends = "0000 0a000101 0a000102";
    const std::string v6_ends = "40 20010db8000000000000000000000001 20010db8000000000000000000000002";
    return {
        from_hex(v4 + "01" + v4_ends + "0303 0000 00000000" + kQuotedUdp),
        from_hex(v4 + "01" + v4_ends + "0e00 0000 00030009 000003e8 02b32c95 05265bff"),
        from_hex(v4 + "02" + v4_ends + "22000000 00000001 04000000 e00000fb"),
        from_hex(v4 + "06" + v4_ends + kTcpSyn),
        from_hex(v4 + "11" + v4_ends + "03e8 07d0 0014 0000 000000000000000000000000"),
        from_hex("60000000 0044 00" + v6_ends + "2c00 0502 0000 0100 1100 0001 00000005 0001 07d0 0bb8 0000"),
        from_hex("60000000 0041 3a" + v6_ends + "0104 0000 00000000" + kQuotedIpv6Udp),
        from_hex("60000000 0020 3a" + v6_ends +
                 "8200 0000 2710 0000 00000000000000000000000000000000 027d 0000"),
        from_hex(ethernet + "0806 0001 0800 06 04 0001 020000000001 0a000101 000000000000 0a000102"),
        from_hex(ethernet + "8100 0005 0800" + v4 + "01" + v4_ends + "0800 f7fa 0004 0001"),
    };
}

}  // namespace

TEST_CASE("every beginning and every change of one byte of a packet gives one printable line") {
    for (const auto& sample : samples()) {
        tunlab::test::for_each_truncation(sample, [](Bytes part) { check_plain(part); });
        tunlab::test::for_each_byte_change(sample, [](Bytes changed, std::size_t) { check_plain(changed); });
    }
}

TEST_CASE("random bytes give one printable line") {
    std::mt19937 random(5);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same bytes in every run
    constexpr int kRounds = 20'000;
    for (int round = 0; round < kRounds; ++round) {
        std::vector<std::uint8_t> bytes(random() % 160);
        for (auto& byte : bytes)
            byte = static_cast<std::uint8_t>(random());
        check_plain(bytes);
        // a likely start leads deeper
        if (!bytes.empty()) bytes[0] = round % 2 == 0 ? 0x45 : 0x60;
        if (bytes.size() > 9) bytes[round % 2 == 0 ? 9 : 6] = static_cast<std::uint8_t>(random() % 64);
        check_plain(bytes);
    }
}

TEST_CASE("a packet changed in several places gives one printable line") {
    std::mt19937 random(6);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same bytes in every run
    for (const auto& sample : samples()) {
        constexpr int kRounds = 2'000;
        for (int round = 0; round < kRounds; ++round) {
            auto bytes = sample;
            for (int change = 0; change < 4; ++change) {
                bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
            }
            bytes.resize(random() % (bytes.size() + 1));
            bytes.shrink_to_fit();
            check_plain(bytes);
        }
    }
}
