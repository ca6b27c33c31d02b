#pragma once
// Packets, what tcpdump or a person says of them, and what must become of them. Made with Scapy, not
// with tunlab. The device of the TUN ones is 192.168.0.1/24, that of the TAP ones 10.0.1.1/24 with
// the MAC 06:11:22:33:44:55; another interface of the host has 172.17.0.1/16.

#include "tunlab/lab/verdict.hpp"

#include <array>
#include <string_view>

namespace tunlab::test {

struct Vector {
    std::string_view reading;
    std::string_view hex;
    Reason reason;
};

inline constexpr auto kTunVectors = std::to_array<Vector>({
    {"IP 192.168.0.1 > 192.168.0.3: ICMP echo request, id 4, seq 1, length 16",
     "4500 0024 1234 4000 4001 a750 c0a80001 c0a80003 0800 2b2a 0004 0001 3031323334353637", Reason::Echo},
    {"IP 192.168.0.1 > 8.8.8.8: ICMP echo request, id 4, seq 1, length 16",
     "4500 0024 1234 4000 4001 57ec c0a80001 08080808 0800 2b2a 0004 0001 3031323334353637", Reason::Echo},
    {"IP 240.0.0.1 > 192.168.0.3: ICMP echo request, id 4, seq 1, length 16 (a source class E)",
     "4500 0024 1234 4000 4001 77f8 f0000001 c0a80003 0800 2b2a 0004 0001 3031323334353637", Reason::Echo},
    {"IP 0.1.2.3 > 192.168.0.3: ICMP echo request, id 4, seq 1, length 16 (a source of 0/8, not 0.0.0.0)",
     "4500 0024 1234 4000 4001 65f6 00010203 c0a80003 0800 2b2a 0004 0001 3031323334353637", Reason::Echo},
    {"IP 192.168.0.1 > 192.168.0.3: ICMP echo request, id 4, seq 1, length 16 (TTL 1)",
     "4500 0024 1234 4000 0101 e650 c0a80001 c0a80003 0800 2b2a 0004 0001 3031323334353637", Reason::Echo},
    {"first fragment of an echo request, flags [+]",
     "4500 0024 1234 2000 4001 c750 c0a80001 c0a80003 0800 2b2a 0004 0001 3031323334353637",
     Reason::Fragment},
    {"last fragment, offset 1480, whose data look like ICMP",
     "4500 0020 1234 00b9 4001 e69b c0a80001 c0a80003 0800 2b2a 0004 0001 30313233", Reason::Fragment},
    {"IP 192.168.0.1 > 192.168.0.3: ICMP echo request, id 4, seq 1, length 16, options (nop,nop,nop,eol)",
     "4600 0028 1234 4000 4001 a44b c0a80001 c0a80003 01010100 0800 2b2a 0004 0001 "
     "3031323334353637",
     Reason::IpOptions},
    {"IP 192.168.0.1 > 192.168.0.3: ICMP echo request, id 4, seq 1, length 16, options (RR 0.0.0.0)",
     "4700 002c 1234 4000 4001 9a41 c0a80001 c0a80003 0707040000000000 0800 2b2a 0004 0001 "
     "3031323334353637",
     Reason::IpOptions},
    {"IP 192.168.0.1 > 192.168.0.3: ICMP echo reply, id 4, seq 1, length 16",
     "4500 0024 1234 4000 4001 a750 c0a80001 c0a80003 0000 332a 0004 0001 3031323334353637",
     Reason::IcmpType},
    {"IP 192.168.0.1 > 192.168.0.3: ICMP time stamp query id 4 seq 1, length 20",
     "4500 0028 1234 0000 4001 e74c c0a80001 c0a80003 0d00 f2f9 0004 0001 000000010000000000000000",
     Reason::IcmpType},
    {"IP 192.168.0.1.40000 > 192.168.0.3.33434: UDP, length 2",
     "4500 001e 1234 0000 4011 e746 c0a80001 c0a80003 9c40 829a 000a f740 6869", Reason::Protocol},
    {"IP 192.168.0.1.40000 > 192.168.0.3.80: Flags [S], seq 1",
     "4500 0028 1234 0000 4006 e747 c0a80001 c0a80003 9c40 0050 0000 0001 000000005002200071fc0000",
     Reason::Protocol},
    {"IP 192.168.0.1 > 192.168.0.3: ip-proto-0, without a payload",
     "4500 0014 1234 0000 4000 e761 c0a80001 c0a80003", Reason::Protocol},
    {"IP 192.168.0.1 > 224.0.0.251: ICMP echo request, id 4, seq 1, length 16",
     "4500 0024 1234 4000 4001 8700 c0a80001 e00000fb 0800 2b2a 0004 0001 3031323334353637",
     Reason::Multicast},
    {"IP 192.168.0.1 > 239.255.255.255: ICMP echo request, id 4, seq 1, length 16",
     "4500 0024 1234 4000 4001 77fc c0a80001 efffffff 0800 2b2a 0004 0001 3031323334353637",
     Reason::Multicast},
    {"IP 192.168.0.1 > 192.168.0.255: ICMP echo request, id 4, seq 1, length 16",
     "4500 0024 1234 4000 4001 a654 c0a80001 c0a800ff 0800 2b2a 0004 0001 3031323334353637",
     Reason::Broadcast},
    {"IP 192.168.0.1 > 255.255.255.255: ICMP echo request, id 4, seq 1, length 16",
     "4500 0024 1234 4000 4001 67fc c0a80001 ffffffff 0800 2b2a 0004 0001 3031323334353637",
     Reason::Broadcast},
    {"IP6 fe80::1 > ff02::2: ICMP6, router solicitation, length 8",
     "60000000 0008 3a ff fe800000000000000000000000000001 ff020000000000000000000000000002 "
     "85007d3600000000",
     Reason::Ipv6},
    {"one byte that says version 6", "60", Reason::Ipv6},
    {"IP 192.168.0.9 > 192.168.0.1: ICMP echo request, id 4, seq 1, length 16 (the device's own address)",
     "4500 0024 1234 4000 4001 a74a c0a80009 c0a80001 0800 2b2a 0004 0001 3031323334353637",
     Reason::OwnAddress},
    {"IP 192.168.0.9 > 172.17.0.1: ICMP echo request, id 4, seq 1, length 16 (another interface has it)",
     "4500 0024 1234 4000 4001 bbe1 c0a80009 ac110001 0800 2b2a 0004 0001 3031323334353637",
     Reason::OwnAddress},
    {"version 5", "5500 0024 1234 4000 4001 9750 c0a80001 c0a80003 0800 2b2a 0004 0001 3031323334353637",
     Reason::IpVersion},
    {"version 0: all zero", "0000 0000 0000 0000 0000 0000 00000000 00000000", Reason::IpVersion},
    {"header length 16",
     "4400 0024 1234 4000 4001 68fc c0a80001 c0a80003 0800 2b2a 0004 0001 3031323334353637",
     Reason::IpHeader},
    {"header length 60, with 36 bytes there",
     "4f00 0024 1234 4000 4001 a750 c0a80001 c0a80003 0800 2b2a 0004 0001 3031323334353637",
     Reason::IpHeader},
    {"no byte at all", "", Reason::IpLength},
    {"19 bytes of an IPv4 header", "4500 0024 1234 4000 4001 a750 c0a80001 c0a800", Reason::IpLength},
    {"total length 37, with 36 bytes there",
     "4500 0025 1234 4000 4001 a74f c0a80001 c0a80003 0800 2b2a 0004 0001 3031323334353637",
     Reason::IpLength},
    {"total length 19, less than the header",
     "4500 0013 1234 4000 4001 a761 c0a80001 c0a80003 0800 2b2a 0004 0001 3031323334353637",
     Reason::IpLength},
    {"bad header checksum (one too many)",
     "4500 0024 1234 4000 4001 a751 c0a80001 c0a80003 0800 2b2a 0004 0001 3031323334353637",
     Reason::IpChecksum},
    {"header checksum 0: IPv4 has no such exception",
     "4500 0024 1234 4000 4001 0000 c0a80001 c0a80003 0800 2b2a 0004 0001 3031323334353637",
     Reason::IpChecksum},
    {"bad ICMP checksum (one too many)",
     "4500 0024 1234 4000 4001 a750 c0a80001 c0a80003 0800 2b2b 0004 0001 3031323334353637",
     Reason::IcmpChecksum},
    {"data changed on the way",
     "4500 0024 1234 4000 4001 a750 c0a80001 c0a80003 0800 2b2a 0004 0001 3031323334353638",
     Reason::IcmpChecksum},
    {"seven bytes of ICMP", "4500 001b 1234 0000 4001 e759 c0a80001 c0a80003 0800 f7ff 0000 00",
     Reason::IcmpLength},
    {"ICMP without a byte", "4500 0014 1234 0000 4001 e760 c0a80001 c0a80003", Reason::IcmpLength},
    {"IP 0.0.0.0 > 192.168.0.3: ICMP echo request, id 4, seq 1, length 16",
     "4500 0024 1234 4000 4001 67fa 00000000 c0a80003 0800 2b2a 0004 0001 3031323334353637",
     Reason::BadSource},
    {"IP 127.0.0.1 > 192.168.0.3: ICMP echo request, id 4, seq 1, length 16",
     "4500 0024 1234 4000 4001 e8f8 7f000001 c0a80003 0800 2b2a 0004 0001 3031323334353637",
     Reason::BadSource},
    {"IP 224.0.0.1 > 192.168.0.3: ICMP echo request, id 4, seq 1, length 16",
     "4500 0024 1234 4000 4001 87f8 e0000001 c0a80003 0800 2b2a 0004 0001 3031323334353637",
     Reason::BadSource},
    {"IP 255.255.255.255 > 192.168.0.3: ICMP echo request, id 4, seq 1, length 16",
     "4500 0024 1234 4000 4001 67fa ffffffff c0a80003 0800 2b2a 0004 0001 3031323334353637",
     Reason::BadSource},
    {"IP 192.168.0.255 > 192.168.0.3: ICMP echo request, id 4, seq 1, length 16",
     "4500 0024 1234 4000 4001 a652 c0a800ff c0a80003 0800 2b2a 0004 0001 3031323334353637",
     Reason::BadSource},
    {"IP 192.168.0.3 > 192.168.0.3: ICMP echo request, id 4, seq 1, length 16 (a land packet)",
     "4500 0024 1234 4000 4001 a74e c0a80003 c0a80003 0800 2b2a 0004 0001 3031323334353637",
     Reason::BadSource},
    {"IP 192.168.0.1 > 0.0.0.0: ICMP echo request, id 4, seq 1, length 16",
     "4500 0024 1234 4000 4001 67fc c0a80001 00000000 0800 2b2a 0004 0001 3031323334353637",
     Reason::BadDestination},
    {"IP 192.168.0.1 > 127.0.0.1: ICMP echo request, id 4, seq 1, length 16",
     "4500 0024 1234 4000 4001 e8fa c0a80001 7f000001 0800 2b2a 0004 0001 3031323334353637",
     Reason::BadDestination},
    {"IP 192.168.0.1 > 127.255.255.254: ICMP echo request, id 4, seq 1, length 16",
     "4500 0024 1234 4000 4001 e7fd c0a80001 7ffffffe 0800 2b2a 0004 0001 3031323334353637",
     Reason::BadDestination},
});

inline constexpr auto kTapVectors = std::to_array<Vector>({
    {"IP 10.0.1.1 > 10.0.1.2: ICMP echo request, id 4, seq 1, length 16",
     "02000a000102 061122334455 0800 4500 0024 1234 4000 4001 12a3 0a000101 0a000102 0800 2b2a "
     "0004 0001 3031323334353637",
     Reason::Echo},
    {"IP 10.0.1.1 > 8.8.8.8: ICMP echo request, id 4, seq 1, length 16, by way of 10.0.1.254",
     "02000a0001fe 061122334455 0800 4500 0024 1234 4000 4001 0d95 0a000101 08080808 0800 2b2a "
     "0004 0001 3031323334353637",
     Reason::Echo},
    {"IP 10.0.1.1 > 10.0.1.2: ICMP echo request, id 4, seq 1, length 16, in a broadcast frame",
     "ffffffffffff 061122334455 0800 4500 0024 1234 4000 4001 12a3 0a000101 0a000102 0800 2b2a "
     "0004 0001 3031323334353637",
     Reason::Echo},
    {"the same with 10 bytes of padding behind",
     "02000a000102 061122334455 0800 4500 0024 1234 4000 4001 12a3 0a000101 0a000102 0800 2b2a "
     "0004 0001 3031323334353637eeeeeeeeeeeeeeeeeeee",
     Reason::Echo},
    {"ARP, Request who-has 10.0.1.2 tell 10.0.1.1, length 28",
     "ffffffffffff 061122334455 0806 0001 0800 06 04 0001 061122334455 0a000101 000000000000 "
     "0a000102",
     Reason::Arp},
    {"ARP, Request who-has 10.0.1.2 (02:00:0a:00:01:02) tell 10.0.1.1, length 28, unicast",
     "02000a000102 061122334455 0806 0001 0800 06 04 0001 061122334455 0a000101 02000a000102 "
     "0a000102",
     Reason::Arp},
    {"ARP, Request who-has 10.0.1.2 tell 10.0.1.1, length 46: padded to 60 bytes",
     "ffffffffffff 061122334455 0806 0001 0800 06 04 0001 061122334455 0a000101 000000000000 "
     "0a000102 eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
     Reason::Arp},
    {"ARP, Request who-has 10.0.1.2 tell 192.0.2.7, length 28: an asker from elsewhere",
     "ffffffffffff 061122334455 0806 0001 0800 06 04 0001 061122334455 c0000207 000000000000 "
     "0a000102",
     Reason::Arp},
    {"ARP, Reply 10.0.1.1 is-at 06:11:22:33:44:55, length 28",
     "02000a000102 061122334455 0806 0001 0800 06 04 0002 061122334455 0a000101 02000a000102 "
     "0a000102",
     Reason::ArpOperation},
    {"ARP, Unknown (0), length 28",
     "ffffffffffff 061122334455 0806 0001 0800 06 04 0000 061122334455 0a000101 000000000000 "
     "0a000102",
     Reason::ArpOperation},
    {"ARP, Announcement 10.0.1.1, length 28",
     "ffffffffffff 061122334455 0806 0001 0800 06 04 0001 061122334455 0a000101 000000000000 "
     "0a000101",
     Reason::ArpAnnouncement},
    {"ARP, Announcement of a simulated address, 10.0.1.2",
     "ffffffffffff 061122334455 0806 0001 0800 06 04 0001 061122334455 0a000102 000000000000 "
     "0a000102",
     Reason::ArpAnnouncement},
    {"ARP, Probe 10.0.1.2, length 28",
     "ffffffffffff 061122334455 0806 0001 0800 06 04 0001 061122334455 00000000 000000000000 "
     "0a000102",
     Reason::ArpProbe},
    {"ARP, Request who-has 10.0.1.1 tell 10.0.1.9: the device's own address",
     "ffffffffffff 061122334455 0806 0001 0800 06 04 0001 061122334455 0a000109 000000000000 "
     "0a000101",
     Reason::OwnAddress},
    {"ARP, Request who-has 172.17.0.1 tell 10.0.1.1: another interface's address",
     "ffffffffffff 061122334455 0806 0001 0800 06 04 0001 061122334455 0a000101 000000000000 "
     "ac110001",
     Reason::OwnAddress},
    {"ARP, Probe 10.0.1.1: the host holds it",
     "ffffffffffff 061122334455 0806 0001 0800 06 04 0001 061122334455 00000000 000000000000 "
     "0a000101",
     Reason::OwnAddress},
    {"ARP, Request who-has 224.0.0.1 tell 10.0.1.1",
     "ffffffffffff 061122334455 0806 0001 0800 06 04 0001 061122334455 0a000101 000000000000 "
     "e0000001",
     Reason::Multicast},
    {"ARP, Request who-has 10.0.1.255 tell 10.0.1.1",
     "ffffffffffff 061122334455 0806 0001 0800 06 04 0001 061122334455 0a000101 000000000000 "
     "0a0001ff",
     Reason::Broadcast},
    {"ARP, Request who-has 127.0.0.1 tell 10.0.1.1",
     "ffffffffffff 061122334455 0806 0001 0800 06 04 0001 061122334455 0a000101 000000000000 "
     "7f000001",
     Reason::BadDestination},
    {"ARP, Request who-has 0.0.0.0 tell 10.0.1.1",
     "ffffffffffff 061122334455 0806 0001 0800 06 04 0001 061122334455 0a000101 000000000000 "
     "00000000",
     Reason::BadDestination},
    {"ARP, Request who-has 10.0.1.2 tell 127.0.0.1",
     "ffffffffffff 061122334455 0806 0001 0800 06 04 0001 061122334455 7f000001 000000000000 "
     "0a000102",
     Reason::BadSource},
    {"ARP, Request who-has 10.0.1.2 tell 10.0.1.255",
     "ffffffffffff 061122334455 0806 0001 0800 06 04 0001 061122334455 0a0001ff 000000000000 "
     "0a000102",
     Reason::BadSource},
    {"27 bytes of an ARP request",
     "ffffffffffff 061122334455 0806 0001 0800 06 04 0001 061122334455 0a000101 000000000000 "
     "0a0001",
     Reason::ArpMalformed},
    {"ARP with hardware type 6 (IEEE 802)",
     "ffffffffffff 061122334455 0806 0006 0800 11 04 0001 30363a31313a 32323a33 333a34343a35 "
     "350a0001 0130303a30303a30303a30303a30303a30300a000102",
     Reason::ArpMalformed},
    {"ARP with protocol type 0x0801",
     "ffffffffffff 061122334455 0806 0001 0801 06 04 0001 061122334455 0a000101 000000000000 "
     "0a000102",
     Reason::ArpMalformed},
    {"ARP with hardware addresses of 8 bytes",
     "ffffffffffff 061122334455 0806 0001 0800 08 04 0001 061122334455 0a000101 000000000000 "
     "0a000102",
     Reason::ArpMalformed},
    {"ARP with protocol addresses of 16 bytes",
     "ffffffffffff 061122334455 0806 0001 0800 06 10 0001 061122334455 0a000101 000000000000 "
     "0a000102",
     Reason::ArpMalformed},
    {"ARP, Request who-has 10.0.1.2 tell 10.0.1.1, from 06:99:99:99:99:99 in another's frame",
     "ffffffffffff 061122334455 0806 0001 0800 06 04 0001 069999999999 0a000101 000000000000 "
     "0a000102",
     Reason::ArpSender},
    {"ARP, Request that wants its reply broadcast: sender ff:ff:ff:ff:ff:ff",
     "ffffffffffff 061122334455 0806 0001 0800 06 04 0001 ffffffffffff 0a000101 000000000000 "
     "0a000102",
     Reason::ArpSender},
    {"a frame from a multicast address",
     "ffffffffffff 01005e000001 0806 0001 0800 06 04 0001 01005e000001 0a000101 000000000000 "
     "0a000102",
     Reason::BadSource},
    {"a frame from 00:00:00:00:00:00",
     "02000a000102 000000000000 0800 4500 0024 1234 4000 4001 12a3 0a000101 0a000102 0800 2b2a "
     "0004 0001 3031323334353637",
     Reason::BadSource},
    {"IP 10.0.1.1 > 10.0.1.2: ICMP echo request, id 4, seq 1, length 16 to the MAC of no simulated host",
     "069999999999 061122334455 0800 4500 0024 1234 4000 4001 12a3 0a000101 0a000102 0800 2b2a "
     "0004 0001 3031323334353637",
     Reason::OtherMac},
    {"IP 10.0.1.1 > 10.0.1.2: ICMP echo request, id 4, seq 1, length 16 to 02:01:0a:00:01:02",
     "02010a000102 061122334455 0800 4500 0024 1234 4000 4001 12a3 0a000101 0a000102 0800 2b2a "
     "0004 0001 3031323334353637",
     Reason::OtherMac},
    {"IP 10.0.1.1 > 10.0.1.2: ICMP echo request, id 4, seq 1, length 16 to 00:00:00:00:00:00",
     "000000000000 061122334455 0800 4500 0024 1234 4000 4001 12a3 0a000101 0a000102 0800 2b2a "
     "0004 0001 3031323334353637",
     Reason::OtherMac},
    {"IP 10.0.1.1 > 10.0.1.2: ICMP echo request, id 4, seq 1, length 16 to the MAC of 10.0.1.1",
     "02000a000101 061122334455 0800 4500 0024 1234 4000 4001 12a3 0a000101 0a000102 0800 2b2a "
     "0004 0001 3031323334353637",
     Reason::OtherMac},
    {"IP 10.0.1.1 > 10.0.1.2: ICMP echo request, id 4, seq 1, length 16 to the MAC of 224.0.0.1",
     "0200e0000001 061122334455 0800 4500 0024 1234 4000 4001 12a3 0a000101 0a000102 0800 2b2a "
     "0004 0001 3031323334353637",
     Reason::OtherMac},
    {"vlan 5, IP 10.0.1.1 > 10.0.1.2: ICMP echo request, id 4, seq 1, length 16",
     "02000a000102 061122334455 8100 00050800 4500 0024 1234 4000 4001 12a3 0a000101 0a000102 0800 "
     "2b2a 0004 0001 3031323334353637",
     Reason::EtherType},
    {"802.3, length 38: LLC",
     "0180c2000000 061122334455 0026 424203 "
     "0000000000000000000000000000000000000000000000000000000000000000000000",
     Reason::EtherType},
    {"LLDP", "0180c200000e 061122334455 88cc 0000", Reason::EtherType},
    {"IP6 fe80::1 > ff02::2: ICMP6, router solicitation, length 8",
     "333300000002 061122334455 86dd 60000000 0008 3a ff fe800000000000000000000000000001 "
     "ff020000000000000000000000000002 85007d3600000000",
     Reason::Ipv6},
    {"ethertype IPv4, but version 6 inside",
     "02000a000102 061122334455 0800 60000000 0008 3a ff fe800000000000000000000000000001 "
     "fe800000000000000000000000000002 800082b800000000",
     Reason::IpVersion},
    {"13 bytes", "ffffffffffff 061122334455 08", Reason::FrameLength},
    {"no byte at all", "", Reason::FrameLength},
    {"an Ethernet header and nothing behind", "02000a000102 061122334455 0800", Reason::IpLength},
    {"IP 10.0.1.1 > 224.0.0.251: ICMP echo request, id 4, seq 1, length 16",
     "01005e0000fb 061122334455 0800 4500 0024 1234 4000 4001 3ca9 0a000101 e00000fb 0800 2b2a "
     "0004 0001 3031323334353637",
     Reason::Multicast},
    {"IP 10.0.1.1 > 10.0.1.255: ICMP echo request, id 4, seq 1, length 16",
     "ffffffffffff 061122334455 0800 4500 0024 1234 4000 4001 11a6 0a000101 0a0001ff 0800 2b2a "
     "0004 0001 3031323334353637",
     Reason::Broadcast},
});

}  // namespace tunlab::test
