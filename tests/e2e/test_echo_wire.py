"""What tunlab says on a TUN device, byte by byte, with scapy as maker and judge.

    one network namespace
    ┌────────────────────────────────────────────────────────────────┐
    │  scapy ── AF_PACKET ── tun0 192.168.0.1/24 ── tunlab echo      │
    │  ping  ── kernel   ──┘                        "192.168.0.3"    │
    └────────────────────────────────────────────────────────────────┘

Any packet goes in, also ones that no stack sends; see wire.py for how silence is proved.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import lab
from lab import Namespace
from wire import ETH_P_IP, LINKTYPE_RAW, Wire, assert_echo_reply, write_pcap

from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_RR, IPOption_Timestamp
from scapy.layers.inet6 import ICMPv6EchoRequest, ICMPv6ND_RS, IPv6
from scapy.packet import Packet, Raw

HOST, PEER, FENCE = "192.168.0.1", "192.168.0.3", "192.168.0.250"


@pytest.fixture
def wire(ns: Namespace) -> Iterator[Wire]:
    ns.up("profiles/tun0.json")
    wire = Wire(ns, ns.echo("tun0"), "tun0", HOST, FENCE)
    yield wire
    wire.close()


def request(data: bytes = b"abcdefgh", **ip: object) -> Packet:
    fields = {"src": HOST, "dst": PEER, "id": 0x1234, "ttl": 64} | ip
    return IP(**fields) / ICMP(type=8, id=0x0BAD, seq=7) / Raw(data)


def changed(packet: Packet, offset: int, value: int) -> bytes:
    """The packet's bytes with one of them changed, and no checksum mended."""
    data = bytearray(bytes(packet))
    data[offset] = value
    return bytes(data)


# Requests that are answered


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, 31, 56, 57, 255, 1471, 1472])
def test_echo_of_any_size_returns_all_data(wire: Wire, size: int) -> None:
    data = random.Random(size).randbytes(size)
    asked = request(data)
    answer = wire.ask(asked)
    assert_echo_reply(asked, answer.reply)
    assert answer.line.told == "reply (echo)"
    assert answer.line.text == f"IP {HOST} > {PEER}: ICMP echo request, id {0x0BAD}, seq 7, length {size + 8}"


@pytest.mark.parametrize("tos", [0x00, 0x02, 0x10, 0xB8, 0xFF])
def test_whole_tos_byte_is_copied(wire: Wire, tos: int) -> None:
    asked = request(tos=tos)
    assert_echo_reply(asked, wire.ask(asked).reply)


@pytest.mark.parametrize("ttl", [1, 2, 63, 64, 255])
def test_ttl_of_the_reply_is_the_hosts_own(wire: Wire, ttl: int) -> None:
    asked = request(ttl=ttl)
    assert_echo_reply(asked, wire.ask(asked).reply)


def test_dont_fragment_is_not_copied(wire: Wire) -> None:
    asked = request(flags="DF")
    assert_echo_reply(asked, wire.ask(asked).reply)


def test_identification_is_fresh(wire: Wire) -> None:
    numbers = [0x1111, 0x2222, 0x3333, 0x4444]
    given = [IP(wire.ask(request(id=number)).reply).id for number in numbers]
    copied = sum(a == b for a, b in zip(numbers, given))
    assert copied <= 1, "identifications were copied from the requests"


@pytest.mark.parametrize("destination", ["192.168.0.2", "192.168.0.254", "10.1.2.3", "8.8.8.8", "203.0.113.255", "240.0.0.1"])
def test_every_address_behind_the_device_answers_as_itself(wire: Wire, destination: str) -> None:
    asked = request(dst=destination)
    assert_echo_reply(asked, wire.ask(asked).reply)


@pytest.mark.parametrize("source", ["10.9.9.9", "0.1.2.3", "240.0.0.1", "192.168.0.77"])
def test_unusual_sources_that_linux_answers_are_answered(wire: Wire, source: str) -> None:
    asked = request(src=source)
    assert_echo_reply(asked, wire.ask(asked).reply)


def test_code_of_the_request_is_preserved(wire: Wire) -> None:
    asked = IP(src=HOST, dst=PEER) / ICMP(type=8, code=5, id=1, seq=2) / Raw(b"xyz")
    assert_echo_reply(asked, wire.ask(asked).reply)


def test_same_request_twice_is_answered_twice(wire: Wire) -> None:
    asked = request()
    for _ in range(2):
        assert_echo_reply(asked, wire.ask(asked).reply)


@pytest.mark.parametrize("checksum", [0x0000, 0x0001, 0xF7FE, 0xF7FF, 0xF800, 0xFFFE])
def test_checksums_at_the_ends_of_their_range(wire: Wire, checksum: int) -> None:
    """Where one's complement arithmetic goes wrong: 0xf7ff becomes 0xffff in the reply (RFC 1624)."""
    blank = IP(bytes(IP(src=HOST, dst=PEER) / ICMP(type=8, id=0, seq=0) / Raw(b"\0\0")))
    data = (blank[ICMP].chksum - checksum) % 0xFFFF
    asked = IP(bytes(IP(src=HOST, dst=PEER) / ICMP(type=8, id=0, seq=0) / Raw(data.to_bytes(2, "big"))))
    assert asked[ICMP].chksum == checksum
    assert_echo_reply(asked, wire.ask(asked).reply)


def test_bytes_behind_the_total_length_are_never_echoed(wire: Wire) -> None:
    asked = request(b"honest")
    answer = wire.ask(bytes(asked) + b"SECRET" * 20)
    assert_echo_reply(asked, answer.reply)
    assert b"SECRET" not in answer.reply
    assert answer.line.told == "reply (echo)"


def test_tshark_finds_every_checksum_good(wire: Wire, tmp_path: Path) -> None:
    """A second judge besides scapy."""
    replies = [wire.ask(request(random.Random(n).randbytes(n), tos=n)).reply for n in range(0, 200, 7)]
    capture = write_pcap(tmp_path / "replies.pcap", replies, LINKTYPE_RAW)
    fields = ["-e", "ip.checksum.status", "-e", "icmp.checksum.status", "-e", "_ws.malformed"]
    told = lab.run(
        ["tshark", "-n", "-r", capture, "-o", "ip.check_checksum:TRUE", "-T", "fields", "-E", "separator=|", *fields]
    ).expect(0)
    assert told.out.splitlines() == ["1|1|"] * len(replies)


# Packets that are not answered: each has its one verdict and reason


def icmp(kind: int, **fields: object) -> Packet:
    return IP(src=HOST, dst=PEER) / ICMP(type=kind, **fields) / Raw(b"abcdefgh")


NO_ANSWER: dict[str, tuple[Packet | bytes, str]] = {
    # malformed
    "wrong IP checksum": (request(chksum=0x0001), "bad (ip-checksum)"),
    "one bit of the IP header flipped": (changed(request(), 8, 63), "bad (ip-checksum)"),
    "wrong ICMP checksum": (IP(src=HOST, dst=PEER) / ICMP(type=8, chksum=0x0001) / b"abc", "bad (icmp-checksum)"),
    "one bit of the data flipped": (changed(request(b"abcdefgh"), 35, 0x00), "bad (icmp-checksum)"),
    "header length 4": (request(ihl=4), "bad (ip-header)"),
    "header length 0": (request(ihl=0), "bad (ip-header)"),
    "header length beyond the packet": (IP(src=HOST, dst=PEER, ihl=15) / ICMP(type=8), "bad (ip-header)"),
    "19 bytes": (bytes(request())[:19], "bad (ip-length)"),
    "1 byte": (b"\x45", "bad (ip-length)"),
    "total length one too long": (request(b"abc", len=32), "bad (ip-length)"),
    "total length 65535": (request(len=65535), "bad (ip-length)"),
    "total length below the header": (request(len=19), "bad (ip-length)"),
    "total length 0": (request(len=0), "bad (ip-length)"),
    "version 5": (request(version=5), "bad (ip-version)"),
    "version 0": (request(version=0), "bad (ip-version)"),
    "version 15": (request(version=15), "bad (ip-version)"),
    "ICMP of 7 bytes": (IP(src=HOST, dst=PEER, proto=1) / Raw(b"\x08\x00\xf7\xff\x00\x00\x00"), "bad (icmp-length)"),
    "ICMP of 0 bytes": (IP(src=HOST, dst=PEER, proto=1), "bad (icmp-length)"),
    # sources that no host has
    "source 0.0.0.0": (request(src="0.0.0.0"), "bad (bad-source)"),
    "source loopback": (request(src="127.0.0.1"), "bad (bad-source)"),
    "source multicast": (request(src="224.0.0.1"), "bad (bad-source)"),
    "source limited broadcast": (request(src="255.255.255.255"), "bad (bad-source)"),
    "source subnet broadcast": (request(src="192.168.0.255"), "bad (bad-source)"),
    "source is the address asked": (request(src=PEER), "bad (bad-source)"),
    # destinations that no host has
    "destination loopback": (request(dst="127.0.0.1"), "bad (bad-destination)"),
    "destination 0.0.0.0": (request(dst="0.0.0.0"), "bad (bad-destination)"),
    # nothing to say
    "destination limited broadcast": (request(dst="255.255.255.255"), "ignore (broadcast)"),
    "destination subnet broadcast": (request(dst="192.168.0.255"), "ignore (broadcast)"),
    "destination multicast": (request(dst="224.0.0.1"), "ignore (multicast)"),
    "destination is the host's own": (request(src=PEER, dst=HOST), "ignore (own-address)"),
    "first fragment": (request(flags="MF"), "ignore (fragment)"),
    "later fragment": (request(frag=1), "ignore (fragment)"),
    "record route": (request(options=[IPOption_RR(length=39, pointer=4, routers=["0.0.0.0"] * 9)]), "ignore (ip-options)"),
    "timestamps": (request(options=[IPOption_Timestamp(length=8, pointer=9, flg=0, timestamp=0)]), "ignore (ip-options)"),
    "echo reply": (icmp(0, id=1, seq=1), "ignore (icmp-type)"),
    "timestamp request": (icmp(13, id=1, seq=1), "ignore (icmp-type)"),
    "unknown ICMP type": (icmp(200), "ignore (icmp-type)"),
    "UDP": (IP(src=HOST, dst=PEER) / UDP(sport=40000, dport=40001) / b"hello", "ignore (protocol)"),
    "TCP": (IP(src=HOST, dst=PEER) / TCP(sport=40000, dport=80, flags="S"), "ignore (protocol)"),
    "protocol 253": (IP(src=HOST, dst=PEER, proto=253) / b"hello", "ignore (protocol)"),
    "IPv6 echo request": (IPv6(src="fd00::1", dst="fd00::2") / ICMPv6EchoRequest(id=1, seq=1), "ignore (ipv6)"),
    "IPv6 router solicitation": (IPv6(src="fe80::1", dst="ff02::2") / ICMPv6ND_RS(), "ignore (ipv6)"),
    "IPv6 nibble alone": (b"\x60", "ignore (ipv6)"),
}  # fmt: skip


@pytest.mark.parametrize("case", NO_ANSWER)
def test_packet_is_told_with_its_reason_and_not_answered(wire: Wire, case: str) -> None:
    packet, told = NO_ANSWER[case]
    wire.ask(packet).assert_silent(told)


def test_every_truncation_of_a_request_is_silent(wire: Wire) -> None:
    whole = bytes(request())
    for length in range(1, len(whole)):
        answer = wire.ask(whole[:length])
        assert answer.replies == [], length
        assert answer.line.verdict == "bad", (length, answer.line)


def test_random_bytes_are_never_answered_nor_fatal(wire: Wire) -> None:
    random_source = random.Random(791)
    for _ in range(200):
        garbage = random_source.randbytes(random_source.randrange(1, 200))
        assert wire.ask(garbage).replies == [], garbage.hex()


def test_summary_adds_up_to_the_packets_in(wire: Wire) -> None:
    cases = list(NO_ANSWER.values())
    for packet, _ in cases:
        wire.ask(packet)
    wire.ask(request())
    _, summary = wire.echo.finish()
    fences = len(cases) + 1
    assert summary.packets == len(cases) + 1 + fences
    assert summary.reasons["answered"] == {"echo": 1 + fences}
    expected: dict[str, dict[str, int]] = {"ignored": {}, "bad": {}}
    for _, told in cases:
        match = re.fullmatch(r"(bad|ignore) \((.*)\)", told)
        assert match
        group = expected["bad" if match[1] == "bad" else "ignored"]
        group[match[2]] = group.get(match[2], 0) + 1
    assert {key: summary.reasons[key] for key in expected} == expected


def test_subnet_broadcast_of_an_address_added_later_is_known(ns: Namespace, wire: Wire) -> None:
    """What the lab knows of the device is as it is now, not as it was at the start."""
    asked = request(dst="172.16.5.255")
    assert_echo_reply(asked, wire.ask(asked).reply)
    ns.ip("addr", "add", "172.16.5.1/24", "broadcast", "+", "dev", "tun0")
    lab.eventually(lambda: wire.ask(asked).line.told == "ignore (broadcast)", "the new subnet broadcast")


# The real ping


@pytest.mark.parametrize("options", ["-s 0", "-s 1", "-s 56", "-s 1472 -M do", "-Q 0xb8", "-t 1", "-p ff"])
def test_ping_accepts_the_replies(ns: Namespace, options: str) -> None:
    ns.up("profiles/tun0.json")
    echo = ns.echo("tun0")
    ping = ns.ping("-c", 3, "-i", 0.01, *options.split(), PEER).expect(0)
    assert " 0% packet loss" in ping.out
    for word in ("DUP", "wrong", "corrupt", "different", "truncated"):
        assert word not in ping.out, ping
    _, summary = echo.finish()
    assert summary.reasons["answered"] == {"echo": 3}


def test_flood_of_pings_loses_none_and_the_kernel_counts_no_error(ns: Namespace) -> None:
    ns.up("profiles/tun0.json")
    echo = ns.echo("tun0", "-q")
    before = ns.snmp()
    ping = ns.ping("-f", "-q", "-c", 2000, PEER).expect(0)
    assert "2000 received, 0% packet loss" in ping.out, ping
    after = ns.snmp()
    assert after["IcmpInEchoReps"] - before["IcmpInEchoReps"] == 2000
    for counter in ("IcmpInCsumErrors", "IcmpInErrors", "IpInHdrErrors", "IpExtInTruncatedPkts", "IpExtInCsumErrors"):
        assert after.get(counter, 0) == 0, counter
    _, summary = echo.finish()
    assert summary.packets == summary.answered == 2000


def test_frames_of_a_raised_mtu_are_answered_whole(ns: Namespace, profile) -> None:
    ns.up(profile("tun0", mtu=65535, txqueuelen=500, addresses=["192.168.0.1/24"]))
    echo = ns.echo("tun0")
    ping = ns.ping("-c", 1, "-s", 65507, PEER).expect(0)
    assert " 0% packet loss" in ping.out
    echo.finish()


def test_ping_in_fragments_is_ignored_with_its_reason(ns: Namespace) -> None:
    ns.up("profiles/tun0.json")
    echo = ns.echo("tun0")
    ns.ping("-c", 1, "-W", "0.2", "-s", 3000, PEER).expect(1)
    lines, _ = echo.finish()
    assert [line.told for line in lines] == ["ignore (fragment)"] * 3


def test_device_that_was_busy_before_echo_starts_fresh(ns: Namespace) -> None:
    """Packets sent while nobody reads are dropped by the kernel: the first line is of the first ping."""
    ns.up("profiles/tun0.json")
    packets = ns.packet_socket("tun0", ETH_P_IP)
    packets.send(bytes(request(id=1)))
    packets.close()
    echo = ns.echo("tun0")
    ns.ping("-c", 1, PEER).expect(0)
    lines, _ = echo.finish()
    assert len(lines) == 1
