"""The real ping, over IPv4 and IPv6: every size, in fragments too, options, floods, all sequence numbers.

    ping ── kernel ── tun0 or tap0 (MTU 1500, 1280, 9000) ── tunlab echo      see links.py
              │              │
              │              └── AF_PACKET: what went each way, put together by wire.py, judged by scapy
              └── /proc/net/snmp, snmp6: what the kernel found wrong with it, which must be nothing
"""

from __future__ import annotations

import random
import re
import socket
import struct
import time
from collections.abc import Iterator

import pytest

import lab
from lab import Namespace
from links import HOST, PEER, Link, on_links, on_tun_and_tap, over_both, peer_mac
from wire import Capture, Traffic, assert_echo_reply, assert_echo_reply6, reassembled

from scapy.layers.inet import ICMP, IP
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Packet
from scapy.utils import checksum

# The most that one datagram can carry: IPv4 counts its header in, IPv6 doesn't.
LARGEST = {4: 65535 - 20 - 8, 6: 65535 - 8}
HEADERS = {4: 20 + 8, 6: 40 + 8}

COUNT = 3

# What the kernel counts when a packet that came in is not right.
FAULTS = {
    4: "IcmpInCsumErrors IcmpInErrors IpInHdrErrors IpReasmFails IpExtInTruncatedPkts IpExtInCsumErrors".split(),
    6: "Icmp6InCsumErrors Icmp6InErrors Ip6InHdrErrors Ip6ReasmFails Ip6InTruncatedPkts".split(),
}
REPLIES = {4: "IcmpInEchoReps", 6: "Icmp6InEchoReplies"}


def kernel_counters(ns: Namespace, family: int) -> dict[str, int]:
    return ns.snmp() if family == 4 else ns.snmp6()


def ping_with_patience(ns: Namespace, *arguments: object) -> None:
    """COUNT pings, none lost, and nothing that ping finds wrong.

    One by one: for its first reply ping waits ten seconds, for its last only twice as long as for
    those before.
    """
    for _ in range(COUNT):
        ping = ns.ping("-c", 1, *arguments).expect(0)
        assert_data_right(ping)


def assert_data_right(ping: lab.Result) -> None:
    for word in ("DUP", "wrong", "corrupt", "different", "truncated", "(BAD"):
        assert word not in ping.out, ping


def assert_kernel_found_no_fault(ns: Namespace, family: int, replies: int) -> None:
    counters = kernel_counters(ns, family)
    assert {name: counters[name] for name in FAULTS[family] if counters.get(name)} == {}
    assert counters[REPLIES[family]] == replies


def echoes(packets: list[bytes], family: int, kind: str) -> list[Packet]:
    """The echo requests or replies among whole datagrams."""
    made = [(IP if family == 4 else IPv6)(packet) for packet in packets]
    if family == 4:
        return [packet for packet in made if ICMP in packet and packet[ICMP].type == {"request": 8, "reply": 0}[kind]]
    return [packet for packet in made if f"ICMPv6Echo{kind.capitalize()}" in packet]


def pairs(traffic: Traffic, family: int, mtu: int) -> Iterator[tuple[Packet, Packet]]:
    """Each echo request that went out with the reply that came, in their order."""
    for packet in traffic.sent + traffic.received:
        assert len(packet) <= mtu
    requests = echoes(reassembled(traffic.sent), family, "request")
    replies = echoes(reassembled(traffic.received), family, "reply")
    assert len(requests) == len(replies) > 0
    yield from zip(requests, replies)


# What is asked of ping, with the MTU put in for the sizes that are the last to fit and the first not to.


def options_of(family: int, mtu: int) -> dict[str, str]:
    fitting = mtu - HEADERS[family]
    return {
        "no data": "-s 0",
        "as much as fits": f"-s {fitting} -M do",
        "one byte too many": f"-s {fitting + 1}",
        "a few fragments": "-s 4000 -M dont",
        "as much as there can be": f"-s {LARGEST[family]}",
        "expedited forwarding": "-Q 0xb8",
    }


@over_both
@pytest.mark.parametrize("case", options_of(4, 1500))
@on_links
def test_every_byte_of_a_ping_returns(ns: Namespace, profile, link: Link, case: str, family: int) -> None:
    link.up(ns, profile)
    echo = ns.echo("-q", link.ifname)
    capture = Capture(ns, link.ifname)
    # A pattern, so that the bytes of a piece in the wrong place are wrong bytes.
    pattern = random.Random(case).randbytes(16).hex()
    options = options_of(family, link.mtu)[case].split()
    ping_with_patience(ns, "-p", pattern, *options, PEER[family])

    assert_same = assert_echo_reply if family == 4 else assert_echo_reply6
    for request, reply in pairs(capture.traffic(), family, link.mtu):
        assert_same(request, bytes(reply))
    capture.close()
    assert_kernel_found_no_fault(ns, family, COUNT)
    _, summary = echo.finish()
    assert summary.reasons["answered"]["echo"] == COUNT


# Options of IPv4. Where ping leaves room, the simulated host fills in what is asked for, once.


def option_of(packet: Packet, kind: int) -> bytes:
    """The bytes of one option, which must be there."""
    options = bytes(packet)[20 : packet.ihl * 4]
    while options:
        if options[0] == kind:
            return options[: options[1]]
        options = options[1:] if options[0] == 1 else options[options[1] :]
    raise AssertionError(f"no option {kind} in {packet!r}")


RECORD_ROUTE, TIMESTAMPS = 7, 68

OPTIONS = {
    # as ping has it, the option, whether an address and whether a time goes into a slot
    "-R": (RECORD_ROUTE, True, False),
    "-T tsonly": (TIMESTAMPS, False, True),
    "-T tsandaddr": (TIMESTAMPS, True, True),
}

DAY = 24 * 60 * 60 * 1000  # in milliseconds, as the option counts


def time_of_day() -> int:
    return int(time.time() * 1000) % DAY


@pytest.mark.parametrize("size", [56, 4000])
@pytest.mark.parametrize("options", OPTIONS)
@on_links
def test_ping_with_options_gets_them_back_filled_in(
    ns: Namespace, profile, link: Link, options: str, size: int
) -> None:
    kind, address, stamp = OPTIONS[options]
    link.up(ns, profile)
    echo = ns.echo("-q", link.ifname)
    capture = Capture(ns, link.ifname)
    began = time_of_day()
    ping_with_patience(ns, "-s", size, *options.split(), PEER[4])
    lasted = (time_of_day() - began) % DAY

    for request, reply in pairs(capture.traffic(), 4, link.mtu):
        assert (reply.src, reply.dst, reply.ttl, reply.ihl) == (request.dst, request.src, 64, request.ihl)
        assert checksum(bytes(reply)[: reply.ihl * 4]) == 0
        assert bytes(reply[ICMP].payload) == bytes(request[ICMP].payload)
        asked, told = option_of(request, kind), option_of(reply, kind)
        slot = asked[2] - 1
        filled = told[slot : told[2] - 1]
        assert len(filled) == 4 * (address + stamp)
        assert told == asked[:2] + bytes([asked[2] + len(filled)]) + asked[3:slot] + filled + asked[slot + len(filled) :]
        if address:
            assert filled[:4] == socket.inet_aton(PEER[4])
        if stamp:
            assert (struct.unpack(">I", filled[-4:])[0] - began) % DAY <= lasted
    capture.close()
    assert_kernel_found_no_fault(ns, 4, COUNT)
    _, summary = echo.finish()
    assert summary.reasons["answered"]["echo"] == COUNT


# Many


@over_both
@on_tun_and_tap
def test_flood_of_20000_loses_none(ns: Namespace, profile, link: Link, family: int) -> None:
    count = 20000
    link.up(ns, profile, txqueuelen=5000)
    echo = ns.echo("-q", link.ifname)
    ping = ns.ping("-f", "-q", "-s", 129, "-c", count, PEER[family], patience=60)
    _, summary = echo.finish()
    assert summary.reasons["answered"]["echo"] == count
    assert_kernel_found_no_fault(ns, family, count)
    assert_data_right(ping)
    # It does not wait long for the last reply. The kernel saw that, too.
    told = re.search(rf"^{count} packets transmitted, (\d+) received", ping.out, re.M)
    assert told and int(told[1]) >= count - 1, ping


@over_both
@on_tun_and_tap
def test_every_sequence_number_with_ever_other_data(ns: Namespace, profile, link: Link, family: int) -> None:
    """65,536 checksums, of all values: what one's complement arithmetic gets wrong, it gets wrong for a few."""
    link.up(ns, profile, txqueuelen=1000)
    echo = ns.echo("-q", link.ifname)
    mac = peer_mac(ns, link, family) if link.ifname == "tap0" else ""
    wire = link.wire(ns, echo)
    before = kernel_counters(ns, family)[REPLIES[family]]
    any_bytes = random.Random(family)

    def head(size: int) -> bytes:
        """All that stands before the ICMP header, for so many bytes of data."""
        data = bytes(size)
        ip = IP(src=HOST[4], dst=PEER[4]) / ICMP() if family == 4 else IPv6(src=HOST[6], dst=PEER[6]) / ICMPv6EchoRequest()
        packet = bytes(Ether(src=wire.host_mac, dst=mac) / ip / data if wire.ethernet else ip / data)
        return packet[: len(packet) - size - 8]

    heads = [head(size) for size in range(64)]
    addresses = socket.inet_pton(socket.AF_INET6, HOST[6]) + socket.inet_pton(socket.AF_INET6, PEER[6])

    def message(kind: int, sequence: int, data: bytes) -> bytes:
        blank = struct.pack(">BBHHH", kind, 0, 0, 0x5EED, sequence) + data
        covered = blank if family == 4 else addresses + struct.pack(">II", len(blank), 58) + blank
        return blank[:2] + struct.pack(">H", checksum(covered)) + blank[4:]

    asked = [any_bytes.randbytes(any_bytes.randrange(64)) for _ in range(65536)]
    request, reply = {4: (8, 0), 6: (128, 129)}[family]
    packets = (heads[len(data)] + message(request, number, data) for number, data in enumerate(asked))
    expected = (message(reply, number, data) for number, data in enumerate(asked))
    for replies in wire.burst(packets, at_once=400):
        for told in replies:
            assert told[len(heads[0]) :] == next(expected), told.hex()
    assert next(expected, None) is None
    wire.close()

    counters = kernel_counters(ns, family)
    fences = -(-65536 // 400) if family == 4 else 0
    assert counters[REPLIES[family]] - before == 65536 + fences
    assert [name for name in FAULTS[family] if counters.get(name)] == []
    _, summary = echo.finish()
    assert (summary.bad, summary.dropped) == (0, 0)
