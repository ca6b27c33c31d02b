"""The same packets to the Linux kernel and to tunlab, and what each says to them.

The kernel is asked over a TUN or TAP device whose other end a test holds: what is written into it
arrives at the kernel, what the kernel answers can be read. tunlab is asked through an AF_PACKET
socket on a device that it serves. Behind the packets of every vector goes a *fence*, an echo
request that both must answer; both handle packets in order, so what has not come when the fence's
reply is there never comes.

Answers are compared byte by byte after `canonical()`, which hides only what can't be equal: IPv4's
identification where fragments are allowed, IPv6's flow label and fragment identification, times, and the MAC address of the
one who was asked. Whatever it hides it has looked at first: checksums must be right, times must be
of now, fragments of one datagram must agree.
"""

from __future__ import annotations

import fcntl
import ipaddress
import os
import select
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab import PATIENCE, Namespace, profile_text

# Who asks, and who is asked.
ASKER, ASKED = "10.0.0.2", "10.0.0.1"
ASKER6, ASKED6 = "fd00::2", "fd00::1"
FENCE_ASKER = "10.0.0.9"
ASKER_MAC = "06:aa:bb:cc:dd:ee"
MTU = 1500

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_TAP, IFF_NO_PI = 1, 2, 0x1000
PACKET_OUTGOING = 4
ETH_P_ALL = 3
FENCE_ID = 0xFE7C
DAY = 86_400_000  # milliseconds
DONT_FRAGMENT = 0x40

ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58

FRAGMENT = 44

Said = list[tuple[Any, ...]]  # answers in their canonical form


def mac_bytes(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))


def checksum(data: bytes) -> int:
    """RFC 1071: 0 over data that holds a right checksum."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def pseudo(source: bytes, destination: bytes, protocol: int, length: int) -> bytes:
    return source + destination + struct.pack(">IHBB", length, 0, 0, protocol)


# ---- both sides -----------------------------------------------------------------------------------


class Side:
    """One of the two that are asked."""

    def __init__(self, kind: str) -> None:
        self.tap = kind == "tap"
        self.macs: dict[str, bytes] = {}  # of the asked, by its address
        self._fences = 0

    def write(self, packet: bytes) -> None:
        raise NotImplementedError

    def read(self) -> bytes:
        raise NotImplementedError

    def frame(self, packet: bytes, asked: str = ASKED) -> bytes:
        """An IP packet as this side's device carries it."""
        if not self.tap:
            return packet
        ethertype = 0x86DD if packet[0] >> 4 == 6 else 0x0800
        return self.macs[asked] + mac_bytes(ASKER_MAC) + struct.pack(">H", ethertype) + packet

    def says_unasked(self, answer: bytes) -> bool:
        """Whether it is something that has nothing to do with what was asked."""
        raise NotImplementedError

    def ask(self, packets: list[bytes]) -> list[bytes]:
        """All that comes in return for `packets`."""
        for packet in packets:
            self.write(packet)
        self._fences += 1
        self.write(self.frame(echo_request(FENCE_ID, self._fences, source=FENCE_ASKER)))
        answers = []
        while True:
            answer = self.read()
            if self._is_fence(answer):
                return answers
            if not self.says_unasked(answer):
                answers.append(answer)

    def _is_fence(self, answer: bytes) -> bool:
        ip = answer[14:] if self.tap else answer
        if len(ip) < 28 or ip[0] != 0x45 or ip[9] != ICMP or ip[20] != 0:
            return False
        return struct.unpack(">HH", ip[24:28]) == (FENCE_ID, self._fences & 0xFFFF)


class KernelSide(Side):
    def __init__(self, kind: str, namespace: Namespace) -> None:
        super().__init__(kind)
        self.namespace, self.ifname = namespace, "oracle0"
        with namespace.entered():
            self._fd = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
            flags = (IFF_TAP if self.tap else IFF_TUN) | IFF_NO_PI
            fcntl.ioctl(self._fd, TUNSETIFF, struct.pack("16sH22x", self.ifname.encode(), flags))
        settings = {
            # What would make an answer depend on those before it: PROTOCOL's oracle conditions.
            "net/ipv4/icmp_ratelimit": 0,
            "net/ipv4/icmp_ratemask": 0,
            "net/ipv6/icmp/ratelimit": 0,
            # Whatever is asked is asked here, whoever asks.
            "net/ipv4/conf/all/rp_filter": 0,
            "net/ipv4/conf/default/rp_filter": 0,
            f"net/ipv4/conf/{self.ifname}/rp_filter": 0,
            # Nothing of its own accord.
            f"net/ipv6/conf/{self.ifname}/addr_gen_mode": 1,
            f"net/ipv6/conf/{self.ifname}/accept_ra": 0,
            f"net/ipv6/conf/{self.ifname}/router_solicitations": 0,
            "net/ipv6/auto_flowlabels": 0,
        }
        with namespace.entered():
            for name, value in settings.items():
                path = Path("/proc/sys") / name
                if path.exists():
                    path.write_text(str(value))
        namespace.ip("addr", "add", f"{ASKED}/24", "dev", self.ifname)
        namespace.ip("-6", "addr", "add", f"{ASKED6}/64", "dev", self.ifname, "nodad")
        namespace.ip("link", "set", self.ifname, "mtu", MTU, "up")
        namespace.ip("route", "add", "default", "via", ASKER, "dev", self.ifname)
        namespace.ip("-6", "route", "add", "default", "via", ASKER6, "dev", self.ifname)
        if self.tap:
            mac = mac_bytes(namespace.link(self.ifname)["address"])
            self.macs = {ASKED: mac, ASKED6: mac}
            for asker in (ASKER, FENCE_ASKER, ASKER6):
                namespace.ip("neigh", "replace", asker, "lladdr", ASKER_MAC, "dev", self.ifname, "nud", "permanent")

    def says_unasked(self, answer: bytes) -> bool:
        return is_housekeeping(answer, self.tap)

    def close(self) -> None:
        os.close(self._fd)

    def forget(self, asker: str) -> None:
        """What is known of the asker's MAC address."""
        self.namespace.run("ip", "neigh", "del", asker, "dev", self.ifname)

    def remember(self, asker: str) -> None:
        self.namespace.ip("neigh", "replace", asker, "lladdr", ASKER_MAC, "dev", self.ifname, "nud", "permanent")

    def write(self, packet: bytes) -> None:
        try:
            os.write(self._fd, packet)
        except OSError as error:
            # The device itself refuses a TUN packet without a version and a TAP frame without a header.
            assert error.errno == 22, error

    def read(self) -> bytes:
        ready, _, _ = select.select([self._fd], [], [], PATIENCE)
        assert ready, "the kernel does not answer the fence"
        return os.read(self._fd, 1 << 17)


class TunlabSide(Side):
    def __init__(self, kind: str, namespace: Namespace, folder: Path) -> None:
        super().__init__(kind)
        ifname = "tap0" if self.tap else "tun0"
        profile = folder / f"{ifname}.json"
        profile.write_text(
            profile_text(
                ifname,
                mtu=MTU,
                addresses=[f"{ASKER}/24", f"{ASKER6}/64"],
                routes=[{"dst": "default", "via": ASKED}, {"dst": "default6", "via": ASKED6}],
            )
        )
        self.echo = namespace.echo("-q", profile)
        self._socket = namespace.packet_socket(ifname, ETH_P_ALL)
        if self.tap:
            self.macs[ASKED] = mac_bytes("02:00:" + ":".join(f"{b:02x}" for b in socket.inet_aton(ASKED)))
            self.macs[ASKED6] = self._learn_mac()

    def says_unasked(self, answer: bytes) -> bool:
        return False  # a simulated host never does

    def close(self) -> None:
        self._socket.close()

    def _learn_mac(self) -> bytes:
        (answer,) = self.ask([solicitation()])
        return answer[6:12]

    def write(self, packet: bytes) -> None:
        try:
            self._socket.send(packet)
        except OSError as error:
            # AF_PACKET refuses a frame without a header.
            assert error.errno == 22, error

    def read(self) -> bytes:
        while True:
            data, origin = self._socket.recvfrom(1 << 17)
            if origin[2] != PACKET_OUTGOING:
                return data


@contextmanager
def both_sides(kind: str, folder: Path) -> Iterator[tuple[KernelSide, TunlabSide]]:
    with Namespace.create() as one, Namespace.create() as other:
        kernel, lab = KernelSide(kind, one), TunlabSide(kind, other, folder)
        try:
            yield kernel, lab
        finally:
            kernel.close()
            lab.close()


# ---- packets --------------------------------------------------------------------------------------


def ipv4(
    payload: bytes,
    protocol: int = ICMP,
    source: str = ASKER,
    destination: str = ASKED,
    *,
    tos: int = 0,
    ident: int = 0x1234,
    flags: int = 0,
    offset: int = 0,
    ttl: int = 64,
    options: bytes = b"",
    ihl: int | None = None,
    version: int = 4,
    length: int | None = None,
    bad_checksum: bool = False,
) -> bytes:
    """An IPv4 packet; `flags` are 4 (reserved), 2 (DF), 1 (MF), `offset` is in bytes."""
    options += b"\0" * (-len(options) % 4)
    ihl = 5 + len(options) // 4 if ihl is None else ihl
    header = struct.pack(
        ">BBHHHBBH4s4s",
        version << 4 | ihl,
        tos,
        20 + len(options) + len(payload) if length is None else length,
        ident,
        flags << 13 | offset // 8,
        ttl,
        protocol,
        0,
        socket.inet_aton(source),
        socket.inet_aton(destination),
    ) + options
    covered = (header + payload)[: ihl * 4]
    value = checksum(covered) ^ (0x0101 if bad_checksum else 0)
    return header[:10] + struct.pack(">H", value) + header[12:] + payload


def icmp(type_: int, code: int = 0, rest: bytes = b"\0\4\0\1", data: bytes = b"", *, bad_checksum: bool = False) -> bytes:
    message = struct.pack(">BBH", type_, code, 0) + rest + data
    value = checksum(message) ^ (0x0101 if bad_checksum else 0)
    return message[:2] + struct.pack(">H", value) + message[4:]


def echo_request(ident: int = 4, sequence: int = 1, data: bytes = b"01234567", **ip: object) -> bytes:
    return ipv4(icmp(8, 0, struct.pack(">HH", ident, sequence & 0xFFFF), data), **ip)  # type: ignore[arg-type]


def addresses(source: str, destination: str) -> tuple[bytes, bytes]:
    return ipaddress.ip_address(source).packed, ipaddress.ip_address(destination).packed


def upper(message: bytes, at: int, protocol: int, source: str, destination: str, bad: bool) -> bytes:
    """`message` with its checksum, at offset `at`, made right (or just not)."""
    message = message[:at] + b"\0\0" + message[at + 2 :]
    value = checksum(pseudo(*addresses(source, destination), protocol, len(message)) + message)
    if protocol == UDP and value == 0:
        value = 0xFFFF
    return message[:at] + struct.pack(">H", value ^ (0x0101 if bad else 0)) + message[at + 2 :]


def udp(
    data: bytes = b"probe", source: str = ASKER, destination: str = ASKED, *, port: int = 33434, length: int | None = None,
    no_checksum: bool = False, bad_checksum: bool = False,
) -> bytes:
    stated = 8 + len(data) if length is None else length
    message = struct.pack(">HHHH", 40000, port, stated, 0) + data
    return message if no_checksum else upper(message, 6, UDP, source, destination, bad_checksum)


def tcp(
    flags: int, data: bytes = b"", source: str = ASKER, destination: str = ASKED, *, sequence: int = 1000,
    acknowledgement: int = 0, options: bytes = b"", offset: int | None = None, urgent: int = 0, bad_checksum: bool = False,
) -> bytes:
    words = 5 + len(options) // 4 if offset is None else offset
    message = struct.pack(
        ">HHIIBBHHH", 40000, 80, sequence, acknowledgement, words << 4, flags, 1024, 0, urgent
    ) + options + data
    return upper(message, 16, TCP, source, destination, bad_checksum)


def ipv6(
    payload: bytes, next_header: int = ICMPV6, source: str = ASKER6, destination: str = ASKED6, *, tclass: int = 0,
    flow: int = 0, hop_limit: int = 64, length: int | None = None, version: int = 6,
) -> bytes:
    first = version << 28 | tclass << 20 | flow
    size = len(payload) if length is None else length
    return struct.pack(">IHBB", first, size, next_header, hop_limit) + b"".join(addresses(source, destination)) + payload


def icmp6(
    type_: int, code: int = 0, rest: bytes = b"\0\4\0\1", data: bytes = b"", source: str = ASKER6,
    destination: str = ASKED6, *, bad_checksum: bool = False,
) -> bytes:
    message = struct.pack(">BBH", type_, code, 0) + rest + data
    return upper(message, 2, ICMPV6, source, destination, bad_checksum)


def echo6(data: bytes = b"01234567", source: str = ASKER6, destination: str = ASKED6, code: int = 0, **more: bool) -> bytes:
    return icmp6(128, code, b"\0\4\0\1", data, source, destination, **more)


def options_header(next_header: int, options: bytes) -> bytes:
    """A hop-by-hop or destination options header; what is missing to a unit of eight is padded."""
    missing = -(len(options) + 2) % 8
    padding = b"" if missing == 0 else b"\0" if missing == 1 else bytes([1, missing - 2]) + b"\0" * (missing - 2)
    body = options + padding
    return bytes([next_header, (len(body) + 2) // 8 - 1]) + body


def routing_header(next_header: int, type_: int, segments_left: int, addresses_: list[str]) -> bytes:
    data = b"\0\0\0\0" + b"".join(ipaddress.ip_address(a).packed for a in addresses_)
    return bytes([next_header, len(addresses_) * 2, type_, segments_left]) + data


def fragment_header(next_header: int, offset: int, more: bool, ident: int = 7, reserved: int = 0) -> bytes:
    return struct.pack(">BBHI", next_header, reserved, offset | more, ident)


def group_of(address: str) -> str:
    """The solicited-node group of an IPv6 address."""
    return str(ipaddress.ip_address(b"\xff\x02" + b"\0" * 9 + b"\x01\xff" + ipaddress.ip_address(address).packed[13:]))


def frame(packet: bytes, destination: str | bytes, ethertype: int, source: str = ASKER_MAC) -> bytes:
    to = mac_bytes(destination) if isinstance(destination, str) else destination
    return to + mac_bytes(source) + struct.pack(">H", ethertype) + packet


def link_option(type_: int = 1, mac: str = ASKER_MAC) -> bytes:
    return bytes([type_, 1]) + mac_bytes(mac)


def solicitation(
    target: str = ASKED6, source: str = ASKER6, destination: str | None = None, options: bytes | None = None, *,
    hop_limit: int = 255, code: int = 0, mac: str | bytes | None = None, frame_source: str = ASKER_MAC,
    bad_checksum: bool = False, cut: int | None = None,
) -> bytes:
    """A neighbour solicitation as a frame."""
    to = destination or group_of(target)
    options = link_option() if options is None else options
    data = (ipaddress.ip_address(target).packed + options)[:cut]
    message = icmp6(135, code, b"\0\0\0\0", data, source, to, bad_checksum=bad_checksum)
    group = b"\x33\x33" + ipaddress.ip_address(to).packed[12:]
    return frame(ipv6(message, source=source, destination=to, hop_limit=hop_limit), mac or group, 0x86DD, frame_source)


def arp(
    operation: int = 1, sender: str = ASKER, target: str = ASKED, *, sender_mac: str = ASKER_MAC,
    target_mac: str = "00:00:00:00:00:00", hardware: int = 1, protocol: int = 0x0800, hlen: int = 6, plen: int = 4,
) -> bytes:
    return struct.pack(">HHBBH", hardware, protocol, hlen, plen, operation) + mac_bytes(sender_mac) + socket.inet_aton(
        sender
    ) + mac_bytes(target_mac) + socket.inet_aton(target)


# ---- answers --------------------------------------------------------------------------------------


def is_housekeeping(answer: bytes, tap: bool) -> bool:
    """What a host says on its own: solicitations, group memberships, ARP requests."""
    ethertype = struct.unpack(">H", answer[12:14])[0] if tap else (0x86DD if answer[0] >> 4 == 6 else 0x0800)
    packet = answer[14:] if tap else answer
    if ethertype == 0x0806:
        return packet[6:8] == b"\0\1"
    if ethertype == 0x0800:
        return packet[9] == 2
    if packet[6] == 0:  # hop-by-hop: a listener report
        return True
    return packet[6] == ICMPV6 and packet[40] in (130, 131, 132, 133, 135, 143)


def is_now(time_of_day: int) -> bool:
    """Milliseconds since midnight UT, of less than ten seconds ago: vectors are answered at once."""
    ago = int(time.time() * 1000) % DAY - time_of_day
    return 0 <= time_of_day < DAY and -10 <= (ago + 10) % DAY - 10 < 10_000


def hide_times(data: bytes) -> bytes:
    """`data` with each word that is the time of day replaced by "time"."""
    words = [data[i : i + 4] for i in range(0, len(data), 4)]
    return b"".join(b"time" if len(word) == 4 and is_now(int.from_bytes(word, "big")) else word for word in words)


def right(value: int) -> None:
    assert value == 0, f"a checksum is wrong by {value:#06x}"


def canonical_upper(protocol: int, message: bytes, pseudo_header: bytes) -> bytes:
    """The message with its checksum looked at and hidden, and times hidden."""
    at = {ICMP: 2, ICMPV6: 2, TCP: 16, UDP: 6}[protocol]
    right(checksum((b"" if protocol == ICMP else pseudo_header) + message))
    if protocol == ICMP and message[0] == 14:
        message = message[:12] + hide_times(message[12:])
    return message[:at] + b"\0\0" + message[at + 2 :]


def canonical_options(options: bytes) -> bytes:
    out, rest = b"", options
    while rest:
        size = 1 if rest[0] < 2 else max(rest[1], 2) if len(rest) > 1 else 1
        option, rest = rest[:size], rest[size:]
        if option[0] == 68 and len(option) > 4:  # times stand where the pointer leads, in steps of four
            start = 4 + (option[2] - 5) % 4
            out += option[:start] + hide_times(option[start:])
        else:
            out += option
    return out


def canonical_ipv4(packet: bytes) -> tuple[bytes, bytes]:
    """Header and payload, without what can't be equal."""
    size = (packet[0] & 15) * 4
    right(checksum(packet[:size]))
    assert struct.unpack(">H", packet[2:4])[0] == len(packet), "bytes behind the datagram"
    # What can't be cut needs no identification of its own; all else has one that is hidden here.
    ident = packet[4:6] if packet[6] & DONT_FRAGMENT else b"\0\0"
    header = packet[:4] + ident + packet[6:10] + b"\0\0" + packet[12:20] + canonical_options(packet[20:size])
    return header, packet[size:]


def canonical(answers: list[bytes], side: Side) -> Said:
    """What the answers say, in a form that can be compared."""
    said: Said = []
    pieces: dict[bytes, list[bytes]] = {}
    for answer in answers:
        link: tuple[Any, ...] = ()
        packet = answer
        if side.tap:
            link = (hide_mac(answer[:6], side), hide_mac(answer[6:12], side), answer[12:14].hex())
            packet = answer[14:]
            if answer[12:14] == b"\x08\x06":
                said.append((*link, hide_mac(packet, side)))
                continue
        if packet[0] >> 4 == 4:
            said += canonical_v4_answer(link, packet, pieces)
        else:
            said += canonical_v6_answer(link, packet, pieces, side)
    assert not pieces, "a reply is not whole"
    return said


def hide_mac(data: bytes, side: Side) -> bytes:
    for mac in side.macs.values():
        data = data.replace(mac, b"asked!")
    return data


def canonical_v4_answer(link: tuple[Any, ...], packet: bytes, pieces: dict[bytes, list[bytes]]) -> Said:
    header, payload = canonical_ipv4(packet)
    field = struct.unpack(">H", packet[6:8])[0]
    lead = pseudo(packet[12:16], packet[16:20], packet[9], len(payload))
    if not field & 0x3FFF:
        return [(*link, header, canonical_upper(packet[9], payload, lead))]
    key = packet[4:6] + packet[9:10] + packet[12:20]
    parts = pieces.setdefault(key, [])
    parts.append(payload)
    said: Said = [(*link, header, len(payload))]
    if not field & 0x2000:
        whole = b"".join(pieces.pop(key))
        assert (field & 0x1FFF) * 8 + len(payload) == len(whole), "a reply has a hole"
        lead = pseudo(packet[12:16], packet[16:20], packet[9], len(whole))
        said.append((canonical_upper(packet[9], whole, lead),))
    return said


def canonical_v6_answer(
    link: tuple[Any, ...], packet: bytes, pieces: dict[bytes, list[bytes]], side: Side
) -> Said:
    header = bytes([packet[0], packet[1] & 0xF0, 0, 0]) + packet[4:40]
    payload = packet[40:]
    assert struct.unpack(">H", packet[4:6])[0] == len(payload), "bytes behind the datagram"
    if packet[6] != FRAGMENT:
        lead = pseudo(packet[8:24], packet[24:40], packet[6], len(payload))
        return [(*link, header, hide_mac(canonical_upper(packet[6], payload, lead), side))]
    next_header, _, field, ident = struct.unpack(">BBHI", payload[:8])
    key = struct.pack(">I", ident) + packet[8:40]
    pieces.setdefault(key, []).append(payload[8:])
    said: Said = [(*link, header, next_header, field, len(payload) - 8)]
    if not field & 1:
        whole = b"".join(pieces.pop(key))
        assert (field & 0xFFF8) + len(payload) - 8 == len(whole), "a reply has a hole"
        said.append((canonical_upper(next_header, whole, pseudo(packet[8:24], packet[24:40], next_header, len(whole))),))
    return said


def tell(said: Said) -> str:
    """What was said, for a person: protocol, type and code, lengths."""
    return "; ".join(" ".join(part.hex() if isinstance(part, bytes) else str(part) for part in one) for one in said) or "silent"
