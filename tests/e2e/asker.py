"""Asks many echo requests over one raw socket, and keeps what comes back and when."""

from __future__ import annotations

import select
import socket
import struct
import time
from dataclasses import dataclass, field

from lab import PATIENCE, Namespace
from oracle import checksum

REPLY, REQUEST = 0, 8


def message(ident: int, sequence: int, data: bytes) -> bytes:
    head = struct.pack(">BBHHH", REQUEST, 0, 0, ident, sequence & 0xFFFF)
    return head[:2] + struct.pack(">H", checksum(head + data)) + head[4:] + data


@dataclass
class Asker:
    """Requests carry their number, so that replies can be told apart beyond 65,536 of them."""

    ns: Namespace
    ident: int = 0x7A11
    came: list[tuple[int, float]] = field(default_factory=list)  # number, when: in the order in which they came

    def __post_init__(self) -> None:
        self._socket = self.ns.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 23)
        self._fences = 0

    def __enter__(self) -> Asker:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, address: str, number: int) -> None:
        self._socket.sendto(message(self.ident, number, struct.pack(">I", number)), (address, 0))

    def take(self, patience: float = 0.0) -> bool:
        """Takes in one reply if it is there, or comes within `patience` seconds. False if none did."""
        ready, _, _ = select.select([self._socket], [], [], patience)
        if not ready:
            return False
        packet = self._socket.recv(1 << 16)
        now = time.monotonic()
        type_, ident = packet[20], struct.unpack(">H", packet[24:26])[0]
        if type_ == REPLY and ident in (self.ident, self.ident ^ 1):
            number = struct.unpack(">I", packet[28:32])[0]
            if ident != self.ident:
                self._fences = max(self._fences, number)
            else:
                self.came.append((number, now))
        return True

    def take_all(self) -> None:
        while self.take():
            pass

    def fence(self, address: str, number: int) -> None:
        """Waits until `address`, which answers everything at once, answers: all before is decided then."""
        packet = message(self.ident ^ 1, number, struct.pack(">I", number))
        self._socket.sendto(packet, (address, 0))
        deadline = time.monotonic() + PATIENCE
        while self._fences < number:
            assert time.monotonic() < deadline, "the fence is not answered"
            self.take(PATIENCE)

    def ask_many(self, address: str, count: int, fence: str) -> None:
        """`count` requests, never more at a time than the device's queue holds."""
        at_once = 200
        for number in range(1, count + 1):
            self.ask(address, number)
            if number % at_once == 0 or number == count:
                self.fence(fence, number)
        self.take_all()
