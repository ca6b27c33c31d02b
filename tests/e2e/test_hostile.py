"""What a hostile neighbour sends: fragments that never complete, and broken packets of every kind.

    scapy ── AF_PACKET ── tun0 or tap0 ── tunlab echo -q        see links.py
    ping ─── kernel ────┘

Packets come in parts no longer than the device's queue, each behind the fence of the part before
(wire.py): so none is lost on the way, and each gets its verdict.
"""

from __future__ import annotations

import os
import random
import re
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import Echo, Namespace
from links import HOST, PEER, Link, on_tun_and_tap, over_both
from wire import BROADCAST_MAC, Wire, fragments, lab_mac

from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_RR, IPOption_Timestamp
from scapy.layers.inet6 import (
    ICMPv6DestUnreach,
    ICMPv6EchoRequest,
    ICMPv6ND_NS,
    ICMPv6NDOptSrcLLAddr,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting,
)
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet, Raw
from scapy.utils import checksum

KIB = 1024

# What waits for its other fragments takes at most 4 MiB (Reassembler::kMaxBytes). Besides it the
# allocator needs some for itself, and pages of the program are touched for the first time.
BOUND = (4096 + 1024) * KIB

# A million takes half a minute: TUNLAB_MUTATIONS=1000000.
MUTATIONS = int(os.environ.get("TUNLAB_MUTATIONS", "50000"))

LAB_MAC6 = "02:01:00:00:00:01"
AT_ONCE = 400


def resident(echo: Echo) -> int:
    """Memory of the program's own that is in use, in bytes."""
    status = Path(f"/proc/{echo.pid}/status").read_text()
    return int(re.search(r"^RssAnon:\s+(\d+) kB$", status, re.M)[1]) * KIB


def framed(wire: Wire, packet: bytes) -> bytes:
    if not wire.ethernet:
        return packet
    mac, ethertype = (lab_mac(PEER[4]), 0x0800) if packet[0] >> 4 == 4 else (LAB_MAC6, 0x86DD)
    return bytes.fromhex((mac + wire.host_mac).replace(":", "")) + struct.pack(">H", ethertype) + packet


# Fragments


def fragment_flood(family: int, size: int, count: int) -> Iterator[bytes]:
    """First fragments of ever other datagrams: with the most of its key that varies chosen by chance."""
    any_number = random.Random(size * 10 + family)
    if family == 4:
        head = bytes(IP(src=HOST[4], dst=PEER[4], proto=1, flags="MF", len=20 + size))
        payload = bytes(size)
        for _ in range(count):
            ident, source = any_number.randrange(1 << 16), b"\x0a\x07" + any_number.randbytes(2)
            bare = head[:4] + struct.pack(">H", ident) + head[6:10] + b"\0\0" + source + head[16:]
            yield bare[:10] + struct.pack(">H", checksum(bare)) + bare[12:] + payload
        return
    head = bytes(IPv6(src=HOST[6], dst=PEER[6], nh=44, plen=8 + size))
    payload = (b"\x80\0" + bytes(size))[:size]
    for _ in range(count):
        yield head + struct.pack(">BBHI", 58, 0, 1, any_number.randrange(1 << 32)) + payload


@pytest.mark.parametrize(("size", "count"), [(8, 40000), (1400, 12000)], ids=["tiny", "large"])
@over_both
@on_tun_and_tap
def test_flood_of_fragments_takes_bounded_memory_and_pings_go_through(
    ns: Namespace, profile, link: Link, family: int, size: int, count: int
) -> None:
    link.up(ns, profile, txqueuelen=4 * AT_ONCE)
    echo = ns.echo("-q", link.ifname)
    wire = link.wire(ns, echo)
    ns.ping("-c", 1, "-s", 20000, PEER[family]).expect(0)
    before = resident(echo)
    most = before
    ping = ns.start("ping", "-n", "-q", "-i", 0.2, "-c", 4, PEER[family])
    for replies in wire.burst((framed(wire, packet) for packet in fragment_flood(family, size, count)), AT_ONCE):
        most = max(most, resident(echo))
        assert all(is_echo_reply(wire, reply) for reply in replies)
    ns.ping("-c", 1, "-s", 20000, PEER[family]).expect(0)
    wire.close()
    pinged = ping.wait().expect(0)
    assert "4 received, 0% packet loss" in pinged.out, pinged
    assert most - before <= BOUND, f"grew by {(most - before) // KIB} KiB"
    # Else the flood was none, and proves nothing.
    assert most - before >= 2048 * KIB, f"grew by {(most - before) // KIB} KiB"
    _, summary = echo.finish()
    assert summary.reasons["ignored"]["fragment"] >= count * 0.99
    assert summary.bad <= count * 0.01


def ip_of(wire: Wire, data: bytes) -> bytes:
    """The IP packet in what tunlab wrote; nothing for ARP."""
    if not wire.ethernet:
        return data
    return data[14:] if data[12:14] in (b"\x08\0", b"\x86\xdd") else b""


def is_echo_reply(wire: Wire, data: bytes) -> bool:
    """Also a fragment of one, or what belongs to neighbour discovery and ARP."""
    packet = ip_of(wire, data)
    if not packet or packet[0] >> 4 == 4:
        return not packet or packet[9] == 1 and (packet[6:8] != b"\0\0" or packet[20] == 0)
    return packet[6] == 44 or packet[6] == 58 and packet[40] in (129, 136)


# Broken packets


def valid_packets(wire: Wire) -> list[bytes]:
    """One of each kind that the lab knows, as the device carries it."""
    v4 = IP(src=HOST[4], dst=PEER[4], id=0x1234)
    v6 = IPv6(src=HOST[6], dst=PEER[6])
    echo, echo6 = ICMP(type=8, id=1, seq=2), ICMPv6EchoRequest(id=1, seq=2, data=b"abcdefgh")
    slots = ["0.0.0.0"] * 3
    packets = [
        v4 / echo / Raw(b"abcdefgh"),
        IP(src=HOST[4], dst=PEER[4], options=[IPOption_RR(length=15, pointer=4, routers=slots)]) / echo / Raw(b"abc"),
        IP(src=HOST[4], dst=PEER[4], options=[IPOption_Timestamp(length=8, pointer=5, flg=0)]) / echo,
        v4 / ICMP(type=13, id=1, seq=2),
        v4 / UDP(sport=40000, dport=40001) / Raw(b"hello"),
        v4 / TCP(sport=40000, dport=80, flags="S", options=[("MSS", 1460)]),
        v4 / ICMP(type=3, code=3) / IP(src=PEER[4], dst=HOST[4]) / UDP(sport=1, dport=2),
        v4 / ICMP(type=11) / IP(src=PEER[4], dst=HOST[4]) / UDP(sport=1, dport=2),
        *fragments(v4 / echo / Raw(bytes(64)), 24, 48),
        *fragments(v4 / UDP(sport=40000, dport=40001) / Raw(bytes(64)), 24, 48),
        v6 / echo6,
        v6 / IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / echo6,
        v6 / IPv6ExtHdrRouting(type=0, segleft=0, addresses=["fd00::9"]) / echo6,
        v6 / IPv6ExtHdrFragment(id=7, offset=0, m=0) / echo6,
        v6 / UDP(sport=40000, dport=40001) / Raw(b"hello"),
        v6 / TCP(sport=40000, dport=80, flags="S", options=[("MSS", 1440)]),
        v6 / ICMPv6DestUnreach(code=4) / IPv6(src=PEER[6], dst=HOST[6]) / UDP(sport=1, dport=2),
        *fragments(v6 / ICMPv6EchoRequest(id=1, seq=2, data=bytes(64)), 24, 48),
        *fragments(v6 / UDP(sport=40000, dport=40001) / Raw(bytes(64)), 24, 48),
        IPv6(src=HOST[6], dst="ff02::1:ff00:2", hlim=255)
        / ICMPv6ND_NS(tgt=PEER[6])
        / ICMPv6NDOptSrcLLAddr(lladdr=wire.host_mac or "0a:00:00:00:00:01"),
    ]
    made = [framed(wire, bytes(packet)) for packet in packets]
    if wire.ethernet:
        arp = ARP(op=1, hwsrc=wire.host_mac, psrc=HOST[4], pdst=PEER[4])
        made.append(bytes(Ether(src=wire.host_mac, dst=BROADCAST_MAC) / arp))
        made.append(bytes(Ether(src=wire.host_mac, dst=lab_mac(PEER[4])) / arp))
    return made


class Mutator:
    """Breaks packets in the ways that parsers get wrong. The same seed, the same packets."""

    def __init__(self, seed: int, ethernet: bool) -> None:
        self._any = random.Random(seed)
        self._link = 14 if ethernet else 0

    def mutant(self, packets: list[bytes]) -> bytes:
        data = bytearray(self._any.choice(packets))
        for _ in range(self._any.choice((1, 1, 1, 2, 3, 8))):
            self._any.choice((self._flip, self._set, self._extreme, self._cut, self._grow, self._swap))(data, packets)
        # Else most would end at the first checksum.
        if self._any.random() < 0.7:
            self._mend(data)
        least = self._link or 1
        return bytes(data[:1400] if len(data) >= least else data.ljust(least, b"\x45"))

    def _at(self, data: bytearray) -> int:
        # Headers matter more than data, and on TAP IP matters more than Ethernet.
        begin = 0 if self._any.random() < 0.1 else min(self._link, len(data) - 1)
        end = min(len(data), begin + 64) if self._any.random() < 0.8 else len(data)
        return self._any.randrange(begin, max(end, begin + 1))

    def _flip(self, data: bytearray, _: list[bytes]) -> None:
        if data:
            data[self._at(data)] ^= 1 << self._any.randrange(8)

    def _set(self, data: bytearray, _: list[bytes]) -> None:
        if data:
            data[self._at(data)] = self._any.randrange(256)

    def _extreme(self, data: bytearray, _: list[bytes]) -> None:
        """16 bits at a border, where lengths, offsets and pointers are."""
        if len(data) >= 2:
            at = min(self._at(data), len(data) - 2)
            data[at : at + 2] = struct.pack(">H", self._any.choice((0, 1, 7, 8, 0x7FFF, 0x8000, 0xFFF8, 0xFFFF)))

    def _cut(self, data: bytearray, _: list[bytes]) -> None:
        if data:
            del data[self._at(data) :]

    def _grow(self, data: bytearray, _: list[bytes]) -> None:
        data += self._any.randbytes(self._any.randrange(1, 60))

    def _swap(self, data: bytearray, packets: list[bytes]) -> None:
        """A piece of another packet in the middle of this one."""
        other = self._any.choice(packets)
        at, size = self._any.randrange(len(data) + 1), self._any.randrange(1, 40)
        data[at : at + size] = other[at : at + size]

    def _mend(self, data: bytearray) -> None:
        """Makes checksums right, as far as the headers tell where they are, and mostly IPv4's length."""
        ip = data[self._link :]
        if len(ip) >= 20 and ip[0] >> 4 == 4:
            if self._any.random() < 0.7:
                ip[2:4] = struct.pack(">H", len(ip))
            head = min((ip[0] & 15) * 4, len(ip))
            if head >= 20:
                ip[10:12] = b"\0\0"
                ip[10:12] = struct.pack(">H", checksum(bytes(ip[:head])))
            protocol, pseudo = ip[9], bytes(ip[12:20])
        elif len(ip) >= 40 and ip[0] >> 4 == 6:
            if self._any.random() < 0.7:
                ip[4:6] = struct.pack(">H", len(ip) - 40)
            head, protocol, pseudo = 40, ip[6], bytes(ip[8:40])
        else:
            return
        place = {1: 2, 58: 2, 17: 6, 6: 16}.get(protocol)
        message = ip[head:]
        if place is not None and len(message) >= place + 2:
            message[place : place + 2] = b"\0\0"
            covered = bytes(message) if protocol == 1 else pseudo + struct.pack(">HH", protocol, len(message)) + message
            message[place : place + 2] = struct.pack(">H", checksum(bytes(covered)))
            ip[head:] = message
        data[self._link :] = ip


def error_in(packet: bytes) -> bytes | None:
    """What an ICMP error quotes; nothing if the packet is none."""
    if packet[0] >> 4 == 4 and packet[9] == 1 and packet[6:8] == b"\0\0":
        message = packet[(packet[0] & 15) * 4 :]
        return message[8:] if message[0] in (3, 4, 5, 11, 12) else None
    if packet[0] >> 4 == 6 and packet[6] == 58:
        return packet[48:] if packet[40] < 128 else None
    return None


def assert_may_be_about(quoted: bytes) -> None:
    """RFC 1122 §3.2.2, RFC 4443 §2.4(e): what no error may be about, this is not."""
    assert error_in(quoted) is None, "an error about an error"
    if quoted[0] >> 4 == 4:
        assert struct.unpack_from(">H", quoted, 6)[0] & 0x1FFF == 0, "an error about a later fragment"
        source, destination = quoted[12:16], quoted[16:20]
        to_all = (b"\xff\xff\xff\xff", socket.inet_aton("10.0.3.255"))
        nobody = source == bytes(4) or source in to_all or source[0] == 127 or source[0] >> 4 == 14
        assert not nobody and source != destination, "about a bad source"
        assert destination[0] >> 4 != 14 and destination not in to_all, "about a group"
    else:
        assert quoted[8] != 0xFF and quoted[8:23] != bytes(15), "about a bad source"
        assert quoted[24] != 0xFF, "about a group"


@on_tun_and_tap
def test_mutations_are_survived_and_accounted_for(ns: Namespace, profile, link: Link) -> None:
    count, seed = MUTATIONS, 791
    link.up(ns, profile, txqueuelen=4 * AT_ONCE)
    echo = ns.echo("-q", link.ifname)
    wire = link.wire(ns, echo)
    before = resident(echo)
    packets = valid_packets(wire)
    mutator = Mutator(seed, wire.ethernet)
    said, errors = 0, 0
    for replies in wire.burst((mutator.mutant(packets) for _ in range(count)), AT_ONCE):
        assert echo.running, echo.err
        for reply in replies:
            packet = ip_of(wire, reply)
            said += 1
            quoted = error_in(packet) if packet else None
            if quoted is not None:
                assert_may_be_about(quoted)
                errors += 1
    wire.close()
    assert resident(echo) - before <= BOUND
    _, summary = echo.finish()  # which must add up
    assert summary.packets >= count
    # Else the mutations were none, or were all refused at the first byte.
    assert said > count // 20 and errors > 100, (said, errors)
    assert summary.bad > count // 5, summary
    assert len([reason for group in summary.reasons.values() for reason in group]) > 25, summary
