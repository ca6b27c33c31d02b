"""Packets into a device's reader and its replies out again, made and judged by scapy.

What is sent into a TUN/TAP device with an AF_PACKET socket is exactly what its reader, tunlab,
reads; what tunlab writes, the same socket sees arriving. So any packet can be asked, also ones that
no stack would send.

That nothing was answered needs no waiting: behind every packet goes a *fence*, a plain echo request
that tunlab must answer. It handles packets in order, so what has not come when the fence's reply
is there never comes.
"""

from __future__ import annotations

import logging
import re
import socket
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

logging.getLogger("scapy").setLevel(logging.ERROR)

from scapy.layers.inet import ICMP, IP, IPerror  # noqa: E402
from scapy.layers.inet6 import ICMPv6EchoReply, ICMPv6EchoRequest, IPerror6, IPv6, IPv6ExtHdrFragment  # noqa: E402
from scapy.layers.l2 import Ether  # noqa: E402
from scapy.packet import Packet, Raw  # noqa: E402
from scapy.utils import PcapWriter, checksum  # noqa: E402

from lab import Echo, Line, Namespace, run  # noqa: E402

ETH_P_ALL = 0x0003
ETH_P_IP = 0x0800
ETH_P_IPV6 = 0x86DD
PACKET_OUTGOING = 4
SO_RCVBUFFORCE = 33  # asm-generic/socket.h

LINKTYPE_ETHERNET = 1
LINKTYPE_RAW = 101

FENCE_ID = 0xFE7C
BROADCAST_MAC = "ff:ff:ff:ff:ff:ff"


def lab_mac(address: str) -> str:
    """The readable MAC of a simulated host: 10.0.1.2 is 02:00:0a:00:01:02."""
    return "02:00:" + ":".join(f"{byte:02x}" for byte in socket.inet_aton(address))


@dataclass(frozen=True)
class Answer:
    """What tunlab made of one packet."""

    replies: list[bytes]
    lines: list[Line]

    @property
    def line(self) -> Line:
        assert len(self.lines) == 1, f"expected one line for the packet: {self.lines}"
        return self.lines[0]

    @property
    def reply(self) -> bytes:
        assert len(self.replies) == 1, f"expected one reply: {[r.hex() for r in self.replies]}"
        return self.replies[0]

    def assert_silent(self, told: str) -> None:
        """No reply, and one line with this verdict and reason: `bad (ip-checksum)`."""
        assert self.line.told == told, self.line
        assert self.replies == [], [reply.hex() for reply in self.replies]


class Wire:
    """The host's end of a device that a running `tunlab echo` serves."""

    def __init__(self, namespace: Namespace, echo: Echo, ifname: str, host: str, fence: str) -> None:
        """`host` is the device's own address; `fence` a simulated one that the test does not ask."""
        link = namespace.link(ifname)
        self.echo = echo
        self.ethernet = link["link_type"] == "ether"
        self.host_mac = link.get("address", "")
        self.linktype = LINKTYPE_ETHERNET if self.ethernet else LINKTYPE_RAW
        self._host, self._fence, self._sequence = host, fence, 0
        self._sender = namespace.packet_socket(ifname, 0 if self.ethernet else ETH_P_IP)
        self._receiver = namespace.packet_socket(ifname, ETH_P_ALL)
        self._receiver.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)

    def close(self) -> None:
        self._sender.close()
        self._receiver.close()

    def send(self, packet: Packet | bytes) -> None:
        self._sender.send(bytes(packet))

    def ask(self, packet: Packet | bytes) -> Answer:
        """Sends one packet; returns all that tunlab wrote and printed because of it."""
        seen = len(self.echo.lines)
        self.send(packet)
        replies = self._replies_before_fence()
        lines = self._lines_before_fence(seen)
        return Answer(replies, lines)

    def burst(self, packets: Iterable[Packet | bytes], at_once: int = 200) -> Iterator[list[bytes]]:
        """Sends many packets, `at_once` of them before a fence; gives what tunlab wrote after each such part.

        No line is looked at. The device's queue must hold `at_once` packets and the fence.
        """
        rest = iter(packets)
        while part := list(islice(rest, at_once)):
            for packet in part:
                self.send(packet)
            yield self._replies_before_fence()

    def _replies_before_fence(self) -> list[bytes]:
        self._sequence += 1
        fence = IP(src=self._host, dst=self._fence) / ICMP(id=FENCE_ID, seq=self._sequence & 0xFFFF)
        if self.ethernet:
            fence = Ether(src=self.host_mac, dst=lab_mac(self._fence)) / fence
        self.send(fence)
        replies: list[bytes] = []
        while True:
            data, origin = self._receiver.recvfrom(1 << 17)
            if origin[2] == PACKET_OUTGOING:
                continue
            number = self._number_of_fence(data)
            if number == self._sequence & 0xFFFF:
                return replies
            if number is None:
                replies.append(data)

    def _number_of_fence(self, data: bytes) -> int | None:
        """The sequence number of the reply to a fence; nothing for any other packet."""
        data = data[14:] if self.ethernet else data
        if len(data) != 28 or data[0] != 0x45 or data[9] != 1 or data[20] != 0:
            return None
        ident, sequence = struct.unpack_from(">HH", data, 24)
        return sequence if ident == FENCE_ID else None

    def _lines_before_fence(self, seen: int) -> list[Line]:
        def is_fence(line: Line, sequence: int | None = None) -> bool:
            wanted = r"\d+" if sequence is None else str(sequence)
            return bool(re.search(rf"echo (?:request|reply), id {FENCE_ID}, seq {wanted},", line.text))

        self.echo.until(
            lambda: any(is_fence(line, self._sequence) for line in self.echo.lines[seen:]),
            f"the line of fence {self._sequence}",
        )
        # The kernel joins groups, when it sees fit, with reports from nobody.
        own = "IP6 :: > ff02::16: HBH ICMP6, multicast listener report v2,"
        return [line for line in self.echo.lines[seen:] if not is_fence(line) and not line.text.startswith(own)]


def remade(packet: Packet) -> bytes:
    """The packet with lengths and checksums computed by scapy, not taken from the wire."""
    copy = packet.copy()
    layer = copy
    while layer and not isinstance(layer, Raw):
        for name in ("len", "plen", "chksum", "cksum"):
            if name in layer.fields:
                delattr(layer, name)
        # What an error quotes is as its sender made it.
        layer = None if isinstance(layer.payload, (IPerror, IPerror6)) else layer.payload
    return bytes(copy)


def assert_echo_reply(request: Packet, reply: bytes) -> IP:
    """Holds an IPv4 datagram against the echo request that it answers, field by field."""
    asked, answer = request[IP], IP(reply)
    assert reply == remade(answer), "a length or checksum is wrong"
    assert (answer.version, answer.ihl) == (4, 5)
    assert (answer.src, answer.dst) == (asked.dst, asked.src)
    assert answer.ttl == 64
    assert answer.tos == asked.tos
    assert (int(answer.flags), answer.frag) == (0, 0)
    assert answer.proto == 1
    assert (answer[ICMP].type, answer[ICMP].code) == (0, asked[ICMP].code)
    assert (answer[ICMP].id, answer[ICMP].seq) == (asked[ICMP].id, asked[ICMP].seq)
    assert bytes(answer[ICMP].payload) == bytes(asked[ICMP].payload)
    return answer


def assert_echo_reply6(request: Packet, reply: bytes) -> IPv6:
    """As `assert_echo_reply`, for IPv6. The request may have extension headers."""
    asked, answer = request[IPv6], IPv6(reply)
    assert reply == remade(answer), "a length or checksum is wrong"
    assert (answer.version, answer.nh, answer.hlim) == (6, 58, 64)
    assert (answer.src, answer.dst) == (asked.dst, asked.src)
    assert (answer.tc, answer.fl) == (asked.tc, 0)
    message, told = asked[ICMPv6EchoRequest], answer[ICMPv6EchoReply]
    assert (told.type, told.code) == (129, message.code)
    assert (told.id, told.seq, told.data) == (message.id, message.seq, message.data)
    return answer


def fragments(datagram: Packet, *cuts: int) -> list[Packet]:
    """An IP datagram without options or extension headers, its payload cut at these offsets."""
    whole = datagram.__class__(bytes(datagram))
    payload = bytes(whole.payload)
    made = []
    for begin, end in zip([0, *cuts], [*cuts, len(payload)]):
        head, more = whole.copy(), int(end < len(payload))
        head.remove_payload()
        if whole.version == 4:
            head.flags, head.frag = more, begin // 8
            del head.len, head.chksum
        else:
            head.nh = 44
            del head.plen
            head /= IPv6ExtHdrFragment(nh=whole.nh, id=77, offset=begin // 8, m=more)
        made.append(head / Raw(payload[begin:end]))
    return made


@dataclass
class _Pieces:
    """What came of one datagram so far."""

    head: bytes = b""
    pieces: dict[int, bytes] = field(default_factory=dict)
    end: int | None = None

    def whole(self) -> bytes | None:
        if self.end is None or sum(map(len, self.pieces.values())) < self.end:
            return None
        payload = b"".join(self.pieces[offset] for offset in sorted(self.pieces))
        at = 0
        for offset in sorted(self.pieces):
            assert offset == at, "fragments overlap or leave a gap"
            at += len(self.pieces[offset])
        assert at == self.end and self.head, "a fragment lies behind the last one"
        return self.head + payload


def _fragment_of(packet: bytes) -> tuple[tuple[object, ...], bytes, int, bool, bytes] | None:
    """Key, header without what tells of fragments, offset, more, payload; nothing for a whole datagram."""
    if packet[0] >> 4 == 4:
        head, word = packet[: (packet[0] & 15) * 4], struct.unpack_from(">H", packet, 6)[0]
        if not word & 0x3FFF:
            return None
        bare = head[:6] + struct.pack(">H", word & 0x4000) + head[8:]
        return (packet[12:20], packet[9], packet[4:6]), bare, (word & 0x1FFF) * 8, bool(word & 0x2000), packet[len(head) :]
    if packet[6] != 44:
        return None
    word = struct.unpack_from(">H", packet, 42)[0]
    bare = packet[:6] + packet[40:41] + packet[7:40]
    return (packet[8:40], packet[44:48]), bare, word & 0xFFF8, bool(word & 1), packet[48:]


def reassembled(packets: Iterable[bytes]) -> list[bytes]:
    """IP packets as datagrams, each where its last fragment came; lengths and checksum are of the whole.

    Every fragment must be where it belongs, and none may be missing. IPv6 fragment headers are
    found where Linux and tunlab put them, right behind the IPv6 header.
    """
    waiting: dict[tuple[object, ...], _Pieces] = {}
    datagrams = []
    for packet in packets:
        fragment = _fragment_of(packet)
        if not fragment:
            datagrams.append(packet)
            continue
        key, head, offset, more, payload = fragment
        pieces = waiting.setdefault(key, _Pieces())
        assert offset not in pieces.pieces, "a fragment came twice"
        assert payload and not (more and len(payload) % 8), "a fragment in the middle ends within 8 bytes"
        pieces.pieces[offset] = payload
        if offset == 0:
            pieces.head = head
        if not more:
            assert pieces.end is None, "two last fragments"
            pieces.end = offset + len(payload)
        if datagram := pieces.whole():
            datagrams.append(_relengthened(datagram))
            del waiting[key]
    assert not waiting, f"fragments are missing: {list(waiting)}"
    return datagrams


def _relengthened(datagram: bytes) -> bytes:
    if datagram[0] >> 4 == 6:
        return datagram[:4] + struct.pack(">H", len(datagram) - 40) + datagram[6:]
    size = (datagram[0] & 15) * 4
    head = datagram[:2] + struct.pack(">H", len(datagram)) + datagram[4:10] + b"\0\0" + datagram[12:size]
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + datagram[size:]


@dataclass(frozen=True)
class Traffic:
    """IP packets on a device since a capture began, without Ethernet headers, and without ARP and the like."""

    sent: list[bytes]
    received: list[bytes]


class Capture:
    """All packets of a device, both ways, from now on."""

    def __init__(self, namespace: Namespace, ifname: str) -> None:
        self._ethernet = namespace.link(ifname)["link_type"] == "ether"
        self._socket = namespace.packet_socket(ifname, ETH_P_ALL)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        self._socket.setblocking(False)

    def frames(self) -> Iterator[tuple[bool, bytes]]:
        """Whether the host sent it, and the bytes: all that has come since the last call."""
        with suppress(BlockingIOError):
            while True:
                data, origin = self._socket.recvfrom(1 << 17)
                yield origin[2] == PACKET_OUTGOING, data

    def traffic(self) -> Traffic:
        """The IP packets among them; multicast is left out."""
        traffic = Traffic([], [])
        for sent, data in self.frames():
            if self._ethernet and (data[12:14] not in (b"\x08\0", b"\x86\xdd") or data[0] & 1):
                continue
            packet = data[14:] if self._ethernet else data
            is_neighbour_discovery = packet[0] >> 4 == 6 and packet[6] == 58 and 133 <= packet[40] <= 137
            is_multicast = packet[24] == 0xFF if packet[0] >> 4 == 6 else packet[16] >> 4 == 14
            if not is_neighbour_discovery and not is_multicast:
                (traffic.sent if sent else traffic.received).append(packet)
        return traffic

    def close(self) -> None:
        self._socket.close()


def write_pcap(path: Path, packets: list[bytes], linktype: int) -> Path:
    with PcapWriter(str(path), linktype=linktype, sync=True) as writer:
        for packet in packets:
            writer.write(packet)
    return path


def tcpdump(path: Path, *options: str) -> list[str]:
    """What tcpdump prints of a capture, without times: one entry a line."""
    return run(["tcpdump", "-n", "-t", *options, "-r", path]).expect(0).out.splitlines()
