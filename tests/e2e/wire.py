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
from dataclasses import dataclass
from pathlib import Path

logging.getLogger("scapy").setLevel(logging.ERROR)

from scapy.layers.inet import ICMP, IP  # noqa: E402
from scapy.layers.l2 import Ether  # noqa: E402
from scapy.packet import Packet  # noqa: E402
from scapy.utils import PcapWriter  # noqa: E402

from lab import Echo, Line, Namespace, run  # noqa: E402

ETH_P_ALL = 0x0003
ETH_P_IP = 0x0800
PACKET_OUTGOING = 4

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

    def _replies_before_fence(self) -> list[bytes]:
        self._sequence += 1
        fence = IP(src=self._host, dst=self._fence) / ICMP(id=FENCE_ID, seq=self._sequence)
        if self.ethernet:
            fence = Ether(src=self.host_mac, dst=lab_mac(self._fence)) / fence
        self.send(fence)
        replies: list[bytes] = []
        while True:
            data, origin = self._receiver.recvfrom(1 << 17)
            if origin[2] == PACKET_OUTGOING:
                continue
            packet = Ether(data).payload if self.ethernet else IP(data)
            if packet.haslayer(ICMP) and packet[ICMP].type == 0 and packet[ICMP].id == FENCE_ID:
                if packet[ICMP].seq == self._sequence:
                    return replies
                continue
            replies.append(data)

    def _lines_before_fence(self, seen: int) -> list[Line]:
        def is_fence(line: Line, sequence: int | None = None) -> bool:
            wanted = r"\d+" if sequence is None else str(sequence)
            return bool(re.search(rf"echo (?:request|reply), id {FENCE_ID}, seq {wanted},", line.text))

        self.echo.until(
            lambda: any(is_fence(line, self._sequence) for line in self.echo.lines[seen:]),
            f"the line of fence {self._sequence}",
        )
        return [line for line in self.echo.lines[seen:] if not is_fence(line)]


def remade(packet: Packet) -> bytes:
    """The packet with lengths and checksums computed by scapy, not taken from the wire."""
    copy = packet.copy()
    for layer in (IP, ICMP):
        if copy.haslayer(layer):
            del copy[layer].chksum
    del copy[IP].len
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


def write_pcap(path: Path, packets: list[bytes], linktype: int) -> Path:
    with PcapWriter(str(path), linktype=linktype, sync=True) as writer:
        for packet in packets:
            writer.write(packet)
    return path


def tcpdump(path: Path, *options: str) -> list[str]:
    """What tcpdump prints of a capture, without times: one entry a line."""
    return run(["tcpdump", "-n", "-t", *options, "-r", path]).expect(0).out.splitlines()
