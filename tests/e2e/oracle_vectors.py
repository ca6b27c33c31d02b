"""What the oracle is asked: each vector with its reading, as tcpdump or a person would put it."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable
from dataclasses import dataclass

from oracle import (
    ASKED,
    ASKED6,
    ASKER,
    ASKER6,
    ASKER_MAC,
    FRAGMENT,
    ICMPV6,
    TCP,
    UDP,
    Side,
    arp,
    checksum,
    echo6,
    echo_request,
    fragment_header,
    frame,
    group_of,
    icmp,
    icmp6,
    ipv4,
    ipv6,
    link_option,
    options_header,
    routing_header,
    solicitation,
    tcp,
    udp,
)

BROADCAST_MAC = "ff:ff:ff:ff:ff:ff"
Item = bytes | Callable[[Side], bytes]  # an IP packet, or a function that makes a whole frame


@dataclass(frozen=True)
class Vector:
    name: str
    items: tuple[Item, ...]
    tap: bool = False
    forget: str = ""  # an asker whose MAC the kernel shall not know beforehand

    def packets(self, side: Side, number: int) -> list[bytes]:
        """The vector with that number, so that no two have fragments of one datagram."""
        return [
            item(side)
            if callable(item)
            else side.frame(renumbered(item, number), ASKED6 if item and item[0] >> 4 == 6 else ASKED)
            for item in self.items
        ]


def renumbered(packet: bytes, number: int) -> bytes:
    """A fragment with another identification; any other packet as it is."""
    if len(packet) >= 20 and packet[0] >> 4 == 4 and struct.unpack(">H", packet[6:8])[0] & 0x3FFF:
        size = (packet[0] & 15) * 4
        wrong = checksum(packet[:size])  # 0 if the checksum is right; else it stays as wrong as it was
        ident = struct.unpack(">H", packet[4:6])[0] + 64 * number & 0xFFFF
        header = packet[:4] + struct.pack(">H", ident) + packet[6:10] + b"\0\0" + packet[12:size]
        return header[:10] + struct.pack(">H", checksum(header) ^ wrong) + header[12:] + packet[size:]
    at = 40 if packet[6:7] == bytes([FRAGMENT]) else 48 if packet[6:7] == b"\0" and packet[40:41] == bytes([FRAGMENT]) else 0
    if packet and packet[0] >> 4 == 6 and at and len(packet) >= at + 8:
        return packet[: at + 4] + struct.pack(">I", 64 * number + packet[at + 7]) + packet[at + 8 :]
    return packet


def on_tun(name: str, *packets: bytes) -> Vector:
    return Vector(name, packets)


def on_tap(name: str, *items: Item, forget: str = "") -> Vector:
    return Vector(name, items, tap=True, forget=forget)


def fixed(whole: bytes) -> Callable[[Side], bytes]:
    """A frame that is the same for both sides."""
    return lambda _: whole


# ---- IPv4 -----------------------------------------------------------------------------------------


def ipv4_echo() -> list[Vector]:
    vectors = [on_tun(f"echo request with {n} bytes of data", echo_request(data=(bytes(range(256)) * 6)[:n])) for n in (0, 1, 2, 7, 8, 56, 255, 1024, 1471, 1472)]
    vectors += [on_tun(f"echo request, code {code}", ipv4(icmp(8, code, data=b"abc"))) for code in (1, 9, 255)]
    vectors += [on_tun(f"echo request, tos {tos:#04x}", echo_request(tos=tos)) for tos in (0x01, 0x02, 0x03, 0x10, 0x1E, 0xB8, 0xFF)]
    vectors += [on_tun(f"echo request, ttl {ttl}", echo_request(ttl=ttl)) for ttl in (0, 1, 255)]
    vectors += [
        on_tun("echo request with DF", echo_request(flags=2)),
        on_tun("echo request with the reserved bit", echo_request(flags=4)),
        on_tun("echo request, id 0", echo_request(ident=0)),
        on_tun("echo request, wrong IP checksum", echo_request(bad_checksum=True)),
        on_tun("echo request, wrong ICMP checksum", ipv4(icmp(8, data=b"abc", bad_checksum=True))),
        on_tun("two echo requests, one a copy of the other", echo_request(), echo_request()),
        on_tun("echo request, 4 bytes behind the datagram", echo_request() + b"\xde\xad\xbe\xef"),
        on_tun("echo request, total length beyond the packet", ipv4(icmp(8, data=b"abc"), length=60)),
        on_tun("echo request, total length below the header", ipv4(icmp(8, data=b"abc"), length=19)),
        on_tun("echo request, total length cuts the data", ipv4(icmp(8, data=b"abcdefgh"), length=34)),
        on_tun("total length is that of the header: nothing in it", ipv4(b"")),
        on_tun("ICMP of 7 bytes", ipv4(icmp(8)[:7])),
        on_tun("IHL 4", ipv4(icmp(8, data=b"abc"), ihl=4)),
        on_tun("IHL beyond the packet", ipv4(icmp(8), ihl=15)),
        on_tun("version 5", ipv4(icmp(8, data=b"abc"), version=5)),
        on_tun("19 bytes of an IPv4 header", echo_request()[:19]),
        on_tun("one byte", b"\x45"),
    ]
    for source, what in {
        "0.0.0.0": "nobody", "0.1.2.3": "net 0", "127.0.0.1": "loopback", "224.0.0.1": "a group",
        "239.255.255.255": "a group", "240.0.0.1": "class E", "255.255.255.255": "everybody",
        "10.0.0.255": "the subnet's broadcast address", "10.0.0.0": "the subnet's own address",
        ASKED: "the asked itself", "192.0.2.7": "beyond the link",
    }.items():
        vectors.append(on_tun(f"echo request from {source}, {what}", echo_request(source=source)))
    for destination in ("10.0.0.255", "255.255.255.255", "224.0.0.1", "0.0.0.0", "127.0.0.1"):
        vectors.append(on_tun(f"echo request to {destination}", echo_request(destination=destination)))
    return vectors


def ipv4_icmp() -> list[Vector]:
    vectors = []
    for type_ in (0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16, 17, 18, 19, 30, 40, 41, 44, 255):
        vectors.append(on_tun(f"ICMP type {type_}", ipv4(icmp(type_, data=echo_request()[:28]))))
    for size in (0, 3, 4, 8, 11, 12, 16):
        vectors.append(on_tun(f"ICMP timestamp request with {size} bytes of times", ipv4(icmp(13, data=(b"\0\1\2\3" * 4)[:size]))))
    vectors += [
        on_tun("ICMP timestamp request, code 1", ipv4(icmp(13, 1, data=b"\0" * 12))),
        on_tun("ICMP timestamp request, tos 0xb8", ipv4(icmp(13, data=b"\0" * 12), tos=0xB8)),
        on_tun("ICMP timestamp request, wrong checksum", ipv4(icmp(13, data=b"\0" * 12, bad_checksum=True))),
        on_tun("ICMP extended echo request (RFC 8335)", ipv4(icmp(42, data=b"\x20\0\0\0"))),
    ]
    return vectors


def route(slots: int, pointer: int = 4, filled: bytes = b"") -> bytes:
    return bytes([7, 3 + 4 * slots, pointer]) + filled.ljust(4 * slots, b"\0")


def stamps(size: int, pointer: int, overflow_flag: int, data: bytes = b"") -> bytes:
    return bytes([68, size, pointer, overflow_flag]) + data.ljust(size - 4, b"\0")


def ipv4_options() -> list[Vector]:
    here, there = b"\x0a\0\0\1", b"\x0a\0\0\7"
    options = {
        "no-operations": b"\1\1\1\1",
        "end of options": b"\0\0\0\0",
        "end of options and something behind it": b"\0\7\3\4",
        "no-operation, end of options, something": b"\1\0\xff\xff",
        "record route, 1 slot": route(1),
        "record route, 3 slots": route(3),
        "record route, 9 slots": route(9),
        "record route, 2 of 3 slots taken": route(3, 12, b"\1\2\3\4\5\6\7\x08"),
        "record route, full": route(2, 12, b"\1\2\3\4\5\6\7\x08"),
        "record route, no slots": route(0),
        "record route, pointer 3": route(2, 3),
        "record route, pointer 0": route(2, 0),
        "record route, pointer between slots": route(2, 6),
        "record route, pointer between slots, room for two": route(3, 5),
        "timestamp, pointer between times": stamps(16, 7, 0),
        "timestamp, pointer between addresses and times": stamps(20, 9, 1),
        "record route, pointer leaves 2 bytes": route(2, 10),
        "record route, pointer 255": route(2, 255),
        "record route, length 2": b"\7\2\0\0",
        "record route after a no-operation": b"\1" + route(2),
        "record route twice": route(1) + route(1),
        "timestamp, times only": stamps(12, 5, 0),
        "timestamp, times only, one taken": stamps(12, 9, 0, b"\1\2\3\4"),
        "timestamp, times only, full": stamps(12, 13, 0, b"\1\2\3\4\5\6\7\x08"),
        "timestamp, full, 14 missed": stamps(12, 13, 0xE0, b"\1\2\3\4\5\6\7\x08"),
        "timestamp, full, 15 missed": stamps(12, 13, 0xF0, b"\1\2\3\4\5\6\7\x08"),
        "timestamp, addresses and times": stamps(36, 5, 1),
        "timestamp, addresses and times, room for an address only": stamps(8, 5, 1),
        "timestamp, addresses and times, full": stamps(12, 13, 1, b"\1\2\3\4\5\6\7\x08"),
        "timestamp, of the asked": stamps(12, 5, 3, here),
        "timestamp, of another": stamps(12, 5, 3, there),
        "timestamp, of the asked, then another": stamps(20, 5, 3, here + b"\0\0\0\0" + there),
        "timestamp, of named ones, full": stamps(12, 13, 3, here + b"\1\2\3\4"),
        "timestamp, flag 2": stamps(12, 5, 2),
        "timestamp, flag 7": stamps(12, 5, 7),
        "timestamp, length 4": stamps(4, 5, 0),
        "timestamp, length 3": b"\x44\3\5\0",
        "timestamp, pointer 4": stamps(12, 4, 0),
        "timestamp, pointer leaves 2 bytes": stamps(12, 11, 0),
        "timestamp twice": stamps(8, 5, 0) + stamps(8, 5, 0),
        "record route, then timestamp": route(2) + b"\1" + stamps(12, 5, 0),
        "timestamp, then record route": stamps(12, 5, 0) + route(2),
        "loose source route": b"\x83\7\4" + there,
        "strict source route": b"\x89\7\4" + there,
        "loose source route at its end": b"\x83\7\x08" + there,
        "source route of length 2": b"\x83\2\0\0",
        "router alert": b"\x94\4\0\0",
        "router alert with a value": b"\x94\4\0\1",
        "router alert of length 2": b"\x94\2\0\0",
        "security (RFC 1108)": b"\x82\4\0\0",
        "stream id": b"\x88\4\0\1",
        "commercial security": b"\x86\x0a\0\0\0\1\1\4\0\0",
        "an unknown option": b"\x5e\4\1\2",
        "an unknown option of length 0": b"\x5e\0\0\0",
        "an unknown option of length 1": b"\x5e\1\0\0",
        "an unknown option beyond the header": b"\x5e\x08\0\0",
        "an option without a length": b"\1\1\1\x5e",
    }
    vectors = [on_tun(f"echo request with {name}", echo_request(options=value)) for name, value in options.items()]
    for name in ("no-operations", "an unknown option", "loose source route", "record route, full", "timestamp, times only, full"):
        vectors.append(on_tun(f"UDP with {name}", ipv4(udp(), UDP, options=options[name])))
        vectors.append(on_tun(f"TCP SYN with {name}", ipv4(tcp(2), TCP, options=options[name])))
    vectors.append(on_tun("UDP with bytes behind the end of options", ipv4(udp(), UDP, options=b"\1\0\xff\xee")))
    vectors.append(on_tun("UDP with record route", ipv4(udp(), UDP, options=options["record route, 3 slots"])))
    vectors.append(on_tun("TCP SYN with record route", ipv4(tcp(2), TCP, options=options["record route, 3 slots"])))
    vectors.append(on_tun("timestamp request with record route", ipv4(icmp(13, data=b"\0" * 12), options=route(3))))
    return vectors


def pieces4(payload: bytes, *cuts: int, ident: int = 77, protocol: int = 1, **more: object) -> list[bytes]:
    """`payload` in IPv4 fragments, cut at these offsets."""
    edges = [0, *cuts, len(payload)]
    return [
        ipv4(payload[a:b], protocol, ident=ident, flags=int(b < len(payload)), offset=a, **more)  # type: ignore[arg-type]
        for a, b in itertools.pairwise(edges)
    ]


def ipv4_fragments() -> list[Vector]:
    message = icmp(8, data=bytes(range(40)))  # 48 bytes
    one, two, three = pieces4(message, 16, 32)
    changed = ipv4(message[16:31] + b"\xee", 1, ident=77, flags=1, offset=16)

    def piece(a: int, b: int, more: int = 1, **ip: object) -> bytes:
        return ipv4(message[a:b], 1, ident=77, flags=more, offset=a, **ip)  # type: ignore[arg-type]

    vectors = [on_tun("fragments in the order " + "".join(str(i + 1) for i in order), *((one, two, three)[i] for i in order)) for order in itertools.permutations(range(3))]
    vectors += [
        on_tun("two fragments", *pieces4(message, 24)),
        on_tun("two fragments, the last first", *reversed(pieces4(message, 24))),
        on_tun("six fragments of 8 bytes", *pieces4(message, 8, 16, 24, 32, 40)),
        on_tun("only the first fragment", one),
        on_tun("the middle is missing", one, three),
        on_tun("the first is missing", two, three),
        on_tun("a copy of a fragment", one, two, two, three),
        on_tun("a copy of the first", one, one, two, three),
        on_tun("a copy of the last", three, three, one, two),
        on_tun("a fragment within another, the same bytes", piece(0, 32), piece(8, 16), three),
        on_tun("a fragment at another's place, with another byte", one, two, changed, three),
        on_tun("a fragment overlaps the one before", one, piece(8, 32), three),
        on_tun("a fragment overlaps the one behind", one, three, piece(16, 40)),
        on_tun("a fragment covers two others", one, piece(24, 32), piece(16, 40), three),
        on_tun("overlap, then all once more", one, piece(8, 32), one, two, three),
        on_tun("overlap with the one behind, then all once more", one, three, piece(16, 40), one, two, three),
        on_tun("two others covered, then all once more", one, piece(24, 32), piece(16, 40), one, two, three),
        on_tun("a last fragment ends before what is there", one, piece(32, 48, 1), piece(16, 32, 0)),
        on_tun("two last fragments with different ends", one, three, piece(32, 40, 0), two),
        on_tun("a fragment beyond the last one", one, three, piece(32, 48, 1), two),
        on_tun("a middle fragment of 13 bytes", one, piece(16, 29), piece(24, 32), three),
        on_tun("a middle fragment of 7 bytes", one, piece(16, 23), two, three),
        on_tun("an empty fragment", one, piece(16, 16), two, three),
        on_tun("an empty last fragment", one, two, piece(48, 48, 0), three),
        on_tun("fragments with DF", *(ipv4(message[a:b], 1, ident=77, flags=2 | int(b < 48), offset=a) for a, b in ((0, 24), (24, 48)))),
        on_tun("fragments beyond 65,535 bytes", ipv4(b"\0" * 16, 1, ident=77, flags=1, offset=65520), one, two),
        on_tun("fragments of another id between", one, ipv4(message[16:32], 1, ident=78, flags=1, offset=16), three),
        on_tun("fragments of another protocol between", one, ipv4(message[16:32], 17, ident=77, flags=1, offset=16), three),
        on_tun("fragments from another source between", one, ipv4(message[16:32], 1, ident=77, flags=1, offset=16, source="10.0.0.3"), three),
        on_tun("the end is told late, by a copy", piece(0, 8), piece(24, 48), piece(24, 48, 0), piece(8, 24)),
        on_tun("two datagrams by turns", one, *itertools.chain(*zip(pieces4(message, 24, ident=80), (two, three)))),
        on_tun("fragments of an echo request with a wrong checksum", *pieces4(icmp(8, data=bytes(40), bad_checksum=True), 24)),
        on_tun("a fragment with a wrong IP checksum", one, ipv4(message[16:32], 1, ident=77, flags=1, offset=16, bad_checksum=True), three),
        on_tun("fragments from 127.0.0.1", *pieces4(message, 24, source="127.0.0.1")),
        on_tun("fragments with no-operations", *pieces4(message, 24, options=b"\1\1\1\1")),
        on_tun("fragments with record route", *pieces4(message, 24, options=route(3))),
        on_tun("fragments with a malformed option", *pieces4(message, 24, options=b"\x5e\0\0\0")),
        on_tun("fragments of a UDP datagram", *pieces4(udp(bytes(40)), 24, protocol=UDP)),
        on_tun("fragments of a TCP SYN", *pieces4(tcp(2, bytes(20)), 24, protocol=TCP)),
        on_tun("fragments of protocol 253", *pieces4(bytes(48), 24, protocol=253)),
        on_tun("fragments of an echo request of 4,000 bytes", *pieces4(icmp(8, data=bytes(range(250)) * 16), 1480, 2960)),
        on_tun("fragments of an echo request of 2,900 bytes with record route", *pieces4(icmp(8, data=bytes(range(250)) * 11), 1440, options=route(9))),
        on_tun("fragments of a UDP datagram of 3,000 bytes", *pieces4(udp(bytes(range(250)) * 12), 1480, 2960, protocol=UDP)),
        on_tun("fragments of an echo request of 65,507 bytes", *pieces4(icmp(8, data=(bytes(range(251)) * 262)[:65507]), *range(1480, 65515, 1480))),
    ]
    vectors += [on_tun(f"fragments with {n} others of their source between", *far_apart(n)) for n in (62, 63, 64, 65)]
    for first, second in itertools.product(range(4), repeat=2):
        vectors.append(on_tun(f"fragments with tos 0xb8 and ECN {first}, {second}", piece(0, 24, tos=0xB8 | first), piece(24, 48, 0, tos=0xB8 | second)))
    return vectors


def ipv4_sweeps() -> list[Vector]:
    """What one field or one length does, over all that it can be."""
    echo, datagram, segment = echo_request(options=b"\1\1\1\1"), ipv4(udp(), UDP), ipv4(tcp(2), TCP)
    vectors = [on_tun(f"the first {n} bytes of an echo request with options", echo[:n]) for n in range(1, len(echo))]
    vectors += [on_tun(f"the first {n} bytes of a UDP datagram", datagram[:n]) for n in range(1, len(datagram))]
    vectors += [on_tun(f"the first {n} bytes of a TCP SYN", segment[:n]) for n in range(1, len(segment))]
    vectors += [on_tun(f"ICMP of {n} bytes", ipv4(icmp(8, data=b"abcdefgh")[:n])) for n in range(7)]
    vectors += [on_tun(f"TCP with flags {flags:#04x}", ipv4(tcp(flags, b"abc", acknowledgement=4242), TCP)) for flags in range(256)]
    vectors += [on_tun(f"UDP of 20 bytes that says {n}", ipv4(udp(bytes(12), length=n, no_checksum=True), UDP)) for n in range(8, 24)]
    vectors += [on_tun(f"IHL {n}, of 15 words", ipv4(icmp(8, data=bytes(32)), ihl=n)) for n in range(16)]
    vectors += [on_tun(f"version {n}", ipv4(icmp(8, data=bytes(32)), version=n)) for n in (0, 1, 2, 3, 7, 8, 15)]
    vectors += [on_tun(f"echo request and record route with pointer {n}", echo_request(options=route(3, n, b"\1\2\3\4\5\6\7\x08"))) for n in range(18)]
    vectors += [on_tun(f"echo request and timestamp with pointer {n}", echo_request(options=stamps(16, n, 0))) for n in range(20)]
    vectors += [on_tun(f"echo request and timestamp with flag {n}", echo_request(options=stamps(12, 13, n))) for n in range(16)]
    for n in range(4, 16):
        vectors.append(on_tun(f"echo request and timestamp of length {n}", echo_request(options=stamps(n, 5, 0))))
    vectors += [on_tun(f"echo request of {n} bytes in two fragments", *pieces4(icmp(8, data=bytes(range(n))), n // 16 * 8)) for n in range(16, 80)]
    return vectors


def signature(length: int = 18, kind: int = 19) -> bytes:
    """An option of TCP with which a segment is signed, as long as it says."""
    return (bytes([kind, length]) + bytes(range(16)) + b"\1\1").ljust(20, b"\1")[:20]


def signed() -> list[Vector]:
    """TCP whose sender wants signatures (RFC 2385), and what looks like that."""
    ends = {"source": ASKER6, "destination": ASKED6}
    vectors = [
        on_tun("TCP SYN with an MD5 signature", ipv4(tcp(2, options=signature()), TCP)),
        on_tun("TCP SYN with an MD5 signature behind no-operations", ipv4(tcp(2, options=b"\1\1" + signature()[:18]), TCP)),
        on_tun("TCP SYN with an MD5 signature behind a segment size", ipv4(tcp(2, options=b"\2\4\5\xb4" + signature()), TCP)),
        on_tun("TCP ACK with an MD5 signature", ipv4(tcp(16, options=signature(), acknowledgement=7), TCP)),
        on_tun("TCP SYN over IPv6 with an MD5 signature", ipv6(tcp(2, options=signature(), **ends), TCP)),
        on_tun("TCP SYN with an MD5 signature behind the end of options", ipv4(tcp(2, options=b"\0\1\1\1" + signature()), TCP)),
        on_tun("TCP SYN with an MD5 signature behind an option without a length", ipv4(tcp(2, options=b"\2\0\1\1" + signature()), TCP)),
        on_tun("TCP SYN with an option of length 0", ipv4(tcp(2, options=b"\2\0\1\1"), TCP)),
        on_tun("TCP SYN with an option beyond the header", ipv4(tcp(2, options=b"\2\x20\1\1"), TCP)),
    ]
    for n in (4, 8, 12, 16, 20, 24, 40):
        for length in (0, 41):
            vectors.append(on_tun(f"TCP SYN with {n} bytes of options, the first of length {length}", ipv4(tcp(2, options=bytes([2, length]).ljust(n, b"\1")), TCP)))
            vectors.append(on_tun(f"TCP SYN with {n} bytes of options, the last of length {length}", ipv4(tcp(2, options=bytes([2, length]).rjust(n, b"\1")), TCP)))
    vectors += [on_tun(f"TCP SYN with a TCP-AO option of length {n}", ipv4(tcp(2, options=signature(n, 29)), TCP)) for n in (2, 4, 5, 16, 18, 20)]
    vectors.append(on_tun("TCP SYN with 8 bytes of TCP-AO and no more", ipv4(tcp(2, options=b"\x1d\x08\1\1abcd"), TCP)))
    vectors += [on_tun(f"TCP SYN with an MD5 option of length {n}", ipv4(tcp(2, options=signature(n)), TCP)) for n in (2, 17, 19)]
    return vectors


def far_apart(between: int) -> list[bytes]:
    """Two fragments with that many of other datagrams between them."""
    first, last = pieces4(icmp(8, data=bytes(40)), 24, ident=0x4000)
    return [first, *(ipv4(bytes(8), 253, ident=0x5000 + n, flags=1) for n in range(between)), last]


def ipv4_ports() -> list[Vector]:
    vectors = [
        on_tun("UDP to a closed port", ipv4(udp(), UDP)),
        on_tun("UDP without data", ipv4(udp(b""), UDP)),
        on_tun("UDP without a checksum", ipv4(udp(no_checksum=True), UDP)),
        on_tun("UDP with a wrong checksum", ipv4(udp(bad_checksum=True), UDP)),
        on_tun("UDP to port 0", ipv4(udp(port=0), UDP)),
        on_tun("UDP to the echo port", ipv4(udp(port=7), UDP)),
        on_tun("UDP, length 7", ipv4(udp(length=7), UDP)),
        on_tun("UDP, length beyond the datagram", ipv4(udp(length=40), UDP)),
        on_tun("UDP, length below the datagram", ipv4(struct.pack(">HHHH", 40000, 33434, 10, 0) + b"abcdef", UDP)),
        on_tun("UDP, length 0", ipv4(struct.pack(">HHHH", 40000, 33434, 0, 0) + b"abcdef", UDP)),
        on_tun("UDP of 7 bytes", ipv4(udp(b"")[:7], UDP)),
        on_tun("UDP of 548 bytes: the quote just fits", ipv4(udp(bytes(520)), UDP)),
        on_tun("UDP of 549 bytes: it does not", ipv4(udp(bytes(521)), UDP)),
        on_tun("UDP of 1,480 bytes", ipv4(udp(bytes(range(184)) * 8), UDP)),
        on_tun("UDP from 127.0.0.1", ipv4(udp(source="127.0.0.1"), UDP, source="127.0.0.1")),
        on_tun("UDP to the broadcast address", ipv4(udp(destination="10.0.0.255"), UDP, destination="10.0.0.255")),
        on_tun("UDP to a group", ipv4(udp(destination="224.0.0.1"), UDP, destination="224.0.0.1")),
        on_tun("UDP with DF, ttl 1", ipv4(udp(), UDP, flags=2, ttl=1)),
    ]
    vectors += [on_tun(f"UDP, tos {tos:#04x}", ipv4(udp(), UDP, tos=tos)) for tos in (0x01, 0x02, 0x03, 0x1E, 0xB8, 0xE0, 0xFF)]
    fin, syn, rst, psh, ack, urg, ece, cwr = (1 << n for n in range(8))
    for name, flags, data in (
        ("SYN", syn, b""), ("SYN with data", syn, b"hello"), ("SYN, FIN", syn | fin, b""), ("FIN", fin, b""), ("ACK", ack, b""),
        ("FIN, ACK", fin | ack, b""), ("PSH, ACK with data", psh | ack, b"hello"), ("RST", rst, b""), ("RST, ACK", rst | ack, b""),
        ("SYN, ACK", syn | ack, b""), ("no flags", 0, b""), ("no flags, with data", 0, b"hello"), ("URG", urg, b"hello"),
        ("SYN, ECE, CWR", syn | ece | cwr, b""), ("all flags but RST", 0xFF ^ rst, b"x"), ("SYN, RST", syn | rst, b""),
    ):
        vectors.append(on_tun(f"TCP {name}", ipv4(tcp(flags, data, acknowledgement=4242), TCP)))
    vectors += [
        on_tun("TCP SYN, sequence number 2^32 - 1", ipv4(tcp(syn, sequence=0xFFFFFFFF), TCP)),
        on_tun("TCP SYN with options", ipv4(tcp(syn, options=b"\2\4\5\xb4\1\1\4\2"), TCP)),
        on_tun("TCP SYN, wrong checksum", ipv4(tcp(syn, bad_checksum=True), TCP)),
        on_tun("TCP, data offset 4", ipv4(tcp(syn, offset=4), TCP)),
        on_tun("TCP, data offset beyond the segment", ipv4(tcp(syn, offset=15), TCP)),
        on_tun("TCP of 19 bytes", ipv4(tcp(syn)[:19], TCP)),
        on_tun("TCP SYN from 127.0.0.1", ipv4(tcp(syn, source="127.0.0.1"), TCP, source="127.0.0.1")),
        on_tun("TCP SYN to the broadcast address", ipv4(tcp(syn, destination="10.0.0.255"), TCP, destination="10.0.0.255")),
        on_tun("TCP SYN with ttl 1 and without DF", ipv4(tcp(syn), TCP, ttl=1)),
    ]
    vectors += [on_tun(f"TCP SYN, tos {tos:#04x}", ipv4(tcp(syn), TCP, tos=tos)) for tos in (0x01, 0x02, 0x03, 0xB8, 0xFF)]
    vectors += [on_tun(f"IP protocol {protocol}", ipv4(bytes(16), protocol)) for protocol in (0, 3, 41, 47, 50, 51, 58, 89, 103, 132, 136, 253, 255)]
    return vectors


# ---- IPv6 -----------------------------------------------------------------------------------------


def ipv6_echo() -> list[Vector]:
    vectors = [on_tun(f"ICMPv6 echo request with {n} bytes of data", ipv6(echo6((bytes(range(256)) * 6)[:n]))) for n in (0, 1, 8, 56, 255, 1452)]
    vectors += [on_tun(f"ICMPv6 echo request, class {c:#04x}", ipv6(echo6(), tclass=c)) for c in (0x01, 0x03, 0xB8, 0xFF)]
    vectors += [on_tun(f"ICMPv6 echo request, hop limit {n}", ipv6(echo6(), hop_limit=n)) for n in (0, 1, 255)]
    vectors += [
        on_tun("ICMPv6 echo request, flow label", ipv6(echo6(), flow=0x12345)),
        on_tun("ICMPv6 echo request, code 3", ipv6(echo6(code=3))),
        on_tun("ICMPv6 echo request, wrong checksum", ipv6(echo6(bad_checksum=True))),
        on_tun("ICMPv6 echo request, bytes behind the datagram", ipv6(echo6()) + b"\xde\xad"),
        on_tun("ICMPv6 echo request, length beyond the packet", ipv6(echo6(), length=100)),
        on_tun("ICMPv6 echo request, length cuts the data", ipv6(echo6(), length=12)),
        on_tun("ICMPv6 of 7 bytes", ipv6(echo6()[:7])),
        on_tun("IPv6 without payload", ipv6(b"")),
        on_tun("39 bytes of an IPv6 header", ipv6(b"")[:39]),
        on_tun("ICMP over IPv6", ipv6(icmp(8, data=b"abc"), 1)),
    ]
    for source in ("::", "::1", "ff02::1", "::ffff:10.0.0.2", ASKED6, "fe80::7", "2001:db8::7", "::10.0.0.2"):
        vectors.append(on_tun(f"ICMPv6 echo request from {source}", ipv6(echo6(source=source), source=source)))
    for destination in ("ff02::1", "ff02::2", "::1", "::", "::ffff:10.0.0.1", group_of(ASKED6)):
        vectors.append(on_tun(f"ICMPv6 echo request to {destination}", ipv6(echo6(destination=destination), destination=destination)))
    for type_ in (0, 1, 2, 3, 4, 100, 127, 129, 138, 139, 140, 144, 151, 160, 200, 255):
        vectors.append(on_tun(f"ICMPv6 type {type_}", ipv6(icmp6(type_, data=ipv6(b"")[:40]))))
    for type_, what in ((130, "listener query"), (131, "listener report"), (132, "listener done"), (133, "router solicitation"), (134, "router advertisement"), (136, "neighbour advertisement"), (137, "redirect"), (143, "listener report v2")):
        vectors.append(on_tun(f"ICMPv6 {what}", ipv6(icmp6(type_, data=bytes(32)), hop_limit=255)))
    return vectors


def ipv6_headers() -> list[Vector]:
    echo = echo6()
    bodies = {
        "padding": b"\1\4\0\0\0\0",
        "six Pad1": b"\0" * 6,
        "PadN with something in it": b"\1\4\0\0\0\1",
        "eight bytes of padding": b"\1\4\0\0\0\0" + b"\0\0\x1e\4abcd",
        "router alert": b"\5\2\0\0",
        "router alert of length 0": b"\5\0\1\2\0\0",
        "router alert of length 1": b"\5\1\0\1\1\0",
        "router alert of length 3": b"\5\3\0\0\0\0",
        "two router alerts": b"\5\2\0\0" + b"\5\2\0\0" + b"\1\4\0\0\0\0",
        "CALIPSO": b"\7\x08\0\0\0\1\0\0\0\0" + b"\1\2\0\0",
        "IOAM at byte 2": b"\x31\2\0\0\1\0",
        "IOAM at byte 4": b"\1\0\x31\2\0\0",
        "an unknown option to skip": b"\x1e\4abcd",
        "an unknown option to discard": b"\x5e\4abcd",
        "an unknown option to discard and tell": b"\x9e\4abcd",
        "an unknown option to discard and tell but for groups": b"\xde\4abcd",
        "an option beyond the header": b"\x1e\x20abcd",
        "eight unknown options": b"\x1e\0" * 8 + b"\1\4\0\0\0\0",
        "nine unknown options": b"\x1e\0" * 9 + b"\1\2\0\0",
    }
    vectors = []
    for kind, number in (("hop-by-hop", 0), ("destination", 60)):
        for name, body in bodies.items():
            vectors.append(on_tun(f"{kind} options: {name}", ipv6(options_header(ICMPV6, body) + echo, number)))
    vectors += [
        on_tun("jumbo payload option", ipv6(options_header(ICMPV6, b"\xc2\4\0\1\0\0") + echo, 0)),
        on_tun("hop-by-hop options behind destination options", ipv6(options_header(0, b"") + options_header(ICMPV6, b"") + echo, 60)),
        on_tun("two hop-by-hop options headers", ipv6(options_header(0, b"") + options_header(ICMPV6, b"") + echo, 0)),
        on_tun("two destination options headers", ipv6(options_header(60, b"") + options_header(ICMPV6, b"") + echo, 60)),
        on_tun("hop-by-hop, then destination options", ipv6(options_header(60, b"") + options_header(ICMPV6, b"") + echo, 0)),
        on_tun("an options header beyond the packet", ipv6(bytes([ICMPV6, 9]) + b"\1\4\0\0\0\0" + echo, 60)),
        on_tun("7 bytes of an options header", ipv6(bytes([ICMPV6, 0, 1, 3, 0, 0, 0]), 60)),
        on_tun("no next header", ipv6(b"", 59)),
        on_tun("no next header, with bytes behind it", ipv6(echo, 59)),
        on_tun("destination options, then no next header", ipv6(options_header(59, b""), 60)),
        on_tun("next header 253", ipv6(bytes(16), 253)),
        on_tun("destination options, then next header 253", ipv6(options_header(253, b"") + bytes(16), 60)),
        on_tun("ESP", ipv6(bytes(32), 50)),
        on_tun("AH", ipv6(bytes([ICMPV6, 4]) + bytes(22) + echo, 51)),
    ]
    for type_ in (0, 1, 2, 3, 4, 43, 253):
        for left in (0, 1):
            vectors.append(on_tun(f"routing header type {type_}, {left} segments left", ipv6(routing_header(ICMPV6, type_, left, ["fd00::9"]) + echo, 43)))
    vectors.append(on_tun("routing header type 0 without addresses", ipv6(routing_header(ICMPV6, 0, 0, []) + echo, 43)))
    return vectors


def ipv6_sweeps() -> list[Vector]:
    echo = ipv6(options_header(ICMPV6, b"") + echo6(), 60)
    datagram = ipv6(udp(source=ASKER6, destination=ASKED6), UDP)
    vectors = [on_tun(f"the first {n} bytes of an ICMPv6 echo request with options", echo[:n]) for n in range(1, len(echo))]
    vectors += [on_tun(f"the first {n} bytes of UDP over IPv6", datagram[:n]) for n in range(1, len(datagram))]
    vectors += [on_tun(f"ICMPv6 of {n} bytes", ipv6(echo6()[:n])) for n in range(7)]
    vectors += [on_tun(f"TCP over IPv6 with flags {flags:#04x}", ipv6(tcp(flags, b"abc", ASKER6, ASKED6, acknowledgement=4242), TCP)) for flags in range(0, 256, 3)]
    vectors += [on_tun(f"UDP over IPv6 of 20 bytes that says {n}", ipv6(udp(bytes(12), ASKER6, ASKED6, length=n), UDP)) for n in range(24)]
    vectors += [on_tun(f"ICMPv6 echo request of {n} bytes in two fragments", *pieces6(echo6(bytes(range(n))), n // 16 * 8)) for n in range(16, 80)]
    vectors += [on_tun(f"destination options with an option of type {n:#04x}", ipv6(options_header(ICMPV6, bytes([n, 4]) + b"abcd") + echo6(), 60)) for n in range(2, 0x80)]
    return vectors


def pieces6(payload: bytes, *cuts: int, ident: int = 7, protocol: int = ICMPV6, **more: object) -> list[bytes]:
    edges = [0, *cuts, len(payload)]
    return [
        ipv6(fragment_header(protocol, a, b < len(payload), ident) + payload[a:b], FRAGMENT, **more)  # type: ignore[arg-type]
        for a, b in itertools.pairwise(edges)
    ]


def ipv6_fragments() -> list[Vector]:
    message = echo6(bytes(range(40)))  # 48 bytes
    one, two, three = pieces6(message, 16, 32)

    def piece(a: int, b: int, more: bool = True, protocol: int = ICMPV6, reserved: int = 0, **ip: object) -> bytes:
        return ipv6(fragment_header(protocol, a, more, 7, reserved) + message[a:b], FRAGMENT, **ip)  # type: ignore[arg-type]

    changed = ipv6(fragment_header(ICMPV6, 16, True) + message[16:31] + b"\xee", FRAGMENT)
    vectors = [on_tun("IPv6 fragments in the order " + "".join(str(i + 1) for i in order), *((one, two, three)[i] for i in order)) for order in itertools.permutations(range(3))]
    vectors += [
        on_tun("an atomic fragment", ipv6(fragment_header(ICMPV6, 0, False) + message, FRAGMENT)),
        on_tun("an atomic fragment twice", *[ipv6(fragment_header(ICMPV6, 0, False) + message, FRAGMENT)] * 2),
        on_tun("an atomic fragment among fragments with its id", one, ipv6(fragment_header(ICMPV6, 0, False) + message, FRAGMENT), two, three),
        on_tun("an atomic fragment, reserved bits set", ipv6(fragment_header(ICMPV6, 0, False, 7, 0xFF) + message, FRAGMENT)),
        on_tun("only the first IPv6 fragment", one),
        on_tun("IPv6: the middle is missing", one, three),
        on_tun("a copy of an IPv6 fragment", one, two, two, three),
        on_tun("an IPv6 fragment within another, the same bytes", piece(0, 32), piece(8, 16), three),
        on_tun("an IPv6 fragment at another's place, with another byte", one, two, changed, three),
        on_tun("an IPv6 fragment overlaps the one before", one, piece(8, 32), three),
        on_tun("an IPv6 fragment overlaps the one behind", one, three, piece(16, 40)),
        on_tun("IPv6 overlap, then all once more", one, piece(8, 32), one, two, three),
        on_tun("IPv6 overlap with the one behind, then all once more", one, three, piece(16, 40), one, two, three),
        on_tun("two last IPv6 fragments with different ends", one, three, piece(32, 40, False), two),
        on_tun("an IPv6 fragment beyond the last one", one, piece(16, 32, False), three, two),
        on_tun("a middle IPv6 fragment of 13 bytes", one, piece(16, 29), two, three),
        on_tun("an empty IPv6 fragment", one, piece(16, 16), two, three),
        on_tun("an IPv6 fragment beyond 65,535 bytes", one, ipv6(fragment_header(ICMPV6, 65528, True) + bytes(16), FRAGMENT), two, three),
        on_tun("a first IPv6 fragment without the whole upper header", piece(0, 8)[:0] + ipv6(fragment_header(60, 0, True) + options_header(ICMPV6, b"")[:8], FRAGMENT), ipv6(fragment_header(60, 8, False) + message, FRAGMENT)),
        on_tun("the first of 8 bytes: an ICMPv6 header, no more", *pieces6(message, 8)),
        on_tun("other next headers in later IPv6 fragments", one, piece(16, 32, protocol=17), piece(32, 48, False, protocol=253)),
        on_tun("IPv6 fragments with reserved bits", piece(0, 24, reserved=0xAA), piece(24, 48, False, reserved=0x55)),
        on_tun("hop-by-hop options before the fragment header", *(ipv6(options_header(FRAGMENT, b"") + p[40:], 0) for p in (one, two, three))),
        on_tun("destination options in the fragments", *pieces6(options_header(ICMPV6, b"") + message, 24, protocol=60)),
        on_tun("an unknown option to discard in the fragments", *pieces6(options_header(ICMPV6, b"\x5e\4abcd") + message, 24, protocol=60)),
        on_tun("5 bytes of a fragment header", ipv6(b"\x3a\0\0\1\0", FRAGMENT)),
        on_tun("IPv6 fragments of a wrong checksum", *pieces6(echo6(bytes(40), bad_checksum=True), 24)),
        on_tun("IPv6 fragments of a UDP datagram", *pieces6(udp(bytes(40), ASKER6, ASKED6), 24, protocol=UDP)),
        on_tun("IPv6 fragments of a TCP SYN", *pieces6(tcp(2, bytes(20), ASKER6, ASKED6), 24, protocol=TCP)),
        on_tun("IPv6 fragments of an echo request of 4,000 bytes", *pieces6(echo6(bytes(range(250)) * 16), 1448, 2896)),
        on_tun("IPv6 fragments of a UDP datagram of 3,000 bytes", *pieces6(udp(bytes(range(250)) * 12, ASKER6, ASKED6), 1448, 2896, protocol=UDP)),
        on_tun("IPv6 fragments of an echo request of 65,487 bytes", *pieces6(echo6((bytes(range(251)) * 262)[:65479]), *range(1448, 65480, 1448))),
    ]
    again = fragment_header(ICMPV6, 0, False, 9)
    vectors += [
        on_tun("an atomic fragment in an atomic fragment", ipv6(fragment_header(FRAGMENT, 0, False) + again + message, FRAGMENT)),
        on_tun("an atomic fragment in fragments", *pieces6(again + message, 24, protocol=FRAGMENT)),
        on_tun("a fragment in an atomic fragment", ipv6(fragment_header(FRAGMENT, 0, False) + one[40:], FRAGMENT)),
        on_tun("destination options between two fragment headers", ipv6(fragment_header(60, 0, False) + options_header(FRAGMENT, b"") + again + message, FRAGMENT)),
        on_tun("hop-by-hop options in fragments", *pieces6(options_header(ICMPV6, b"") + message, 24, protocol=0)),
        on_tun("hop-by-hop options in an atomic fragment", ipv6(fragment_header(0, 0, False) + options_header(ICMPV6, b"") + message, FRAGMENT)),
        on_tun("hop-by-hop options before and in fragments", *(ipv6(options_header(FRAGMENT, b"") + p[40:], 0) for p in pieces6(options_header(ICMPV6, b"") + message, 24, protocol=0))),
    ]
    for first, second in itertools.product(range(4), repeat=2):
        vectors.append(on_tun(f"IPv6 fragments with class 0xb8 and ECN {first}, {second}", piece(0, 24, tclass=0xB8 | first), piece(24, 48, False, tclass=0xB8 | second)))
    return vectors


def ipv6_ports() -> list[Vector]:
    def six(message: bytes, protocol: int, **more: object) -> bytes:
        return ipv6(message, protocol, **more)  # type: ignore[arg-type]

    ends = {"source": ASKER6, "destination": ASKED6}
    vectors = [
        on_tun("UDP over IPv6 to a closed port", six(udp(**ends), UDP)),
        on_tun("UDP over IPv6 without a checksum", six(udp(no_checksum=True, **ends), UDP)),
        on_tun("UDP over IPv6 with a wrong checksum", six(udp(bad_checksum=True, **ends), UDP)),
        on_tun("UDP over IPv6, length 7", six(udp(length=7, **ends), UDP)),
        on_tun("UDP over IPv6, length beyond the datagram", six(udp(length=40, **ends), UDP)),
        on_tun("UDP over IPv6 of 1,232 bytes: the quote just fits", six(udp(bytes(1184), **ends), UDP)),
        on_tun("UDP over IPv6 of 1,460 bytes", six(udp(bytes(range(242)) * 6, **ends), UDP)),
        on_tun("UDP over IPv6, class 0xff", six(udp(**ends), UDP, tclass=0xFF)),
        on_tun("UDP over IPv6, hop limit 1", six(udp(**ends), UDP, hop_limit=1)),
        on_tun("UDP over IPv6 from ::1", six(udp(source="::1", destination=ASKED6), UDP, source="::1")),
        on_tun("UDP over IPv6 behind destination options", six(options_header(UDP, b"") + udp(**ends), 60)),
        on_tun("TCP SYN over IPv6 behind destination options", six(options_header(TCP, b"") + tcp(2, **ends), 60)),
        on_tun("UDP over IPv6 of 7 bytes", six(udp(b"", **ends)[:7], UDP)),
    ]
    for name, flags, data in (("SYN", 2, b""), ("SYN with data", 2, b"hello"), ("ACK", 16, b""), ("FIN, ACK", 17, b""), ("RST", 4, b""), ("no flags", 0, b"x"), ("SYN, ACK", 18, b"")):
        vectors.append(on_tun(f"TCP {name} over IPv6", six(tcp(flags, data, acknowledgement=4242, **ends), TCP)))
    vectors += [
        on_tun("TCP SYN over IPv6, wrong checksum", six(tcp(2, bad_checksum=True, **ends), TCP)),
        on_tun("TCP SYN over IPv6, class 0xff, flow label", six(tcp(2, **ends), TCP, tclass=0xFF, flow=0xABCDE)),
        on_tun("TCP over IPv6, data offset 4", six(tcp(2, offset=4, **ends), TCP)),
    ]
    return vectors


# ---- frames ---------------------------------------------------------------------------------------


def ethernet() -> list[Vector]:
    def to_all(packet: bytes, ethertype: int = 0x0800) -> Callable[[Side], bytes]:
        return fixed(frame(packet, BROADCAST_MAC, ethertype))

    def own(packet: bytes) -> Callable[[Side], bytes]:
        return lambda side: side.frame(packet, ASKED6 if packet[0] >> 4 == 6 else ASKED)

    def padded(packet: bytes) -> Callable[[Side], bytes]:
        return lambda side: side.frame(packet) + b"\xa5" * 18

    ends = {"source": ASKER6, "destination": ASKED6}
    return [
        on_tap("echo request in a frame", echo_request()),
        on_tap("ICMPv6 echo request in a frame", ipv6(echo6())),
        on_tap("UDP in a frame", ipv4(udp(), UDP)),
        on_tap("TCP SYN in a frame", ipv4(tcp(2), TCP)),
        on_tap("echo request in a padded frame", padded(echo_request(data=b"a"))),
        on_tap("echo request in a broadcast frame", to_all(echo_request())),
        on_tap("echo request in a frame to a group", fixed(frame(echo_request(), "01:00:5e:00:00:01", 0x0800))),
        on_tap("UDP in a broadcast frame", to_all(ipv4(udp(), UDP))),
        on_tap("TCP SYN in a broadcast frame", to_all(ipv4(tcp(2), TCP))),
        on_tap("ICMP timestamp request in a broadcast frame", to_all(ipv4(icmp(13, data=bytes(12))))),
        on_tap("ICMPv6 echo request in a broadcast frame", to_all(ipv6(echo6()), 0x86DD)),
        on_tap("UDP over IPv6 in a broadcast frame", to_all(ipv6(udp(**ends), UDP), 0x86DD)),
        on_tap("TCP SYN over IPv6 in a broadcast frame", to_all(ipv6(tcp(2, **ends), TCP), 0x86DD)),
        *(on_tap(f"{what} in a frame from {source}", lambda side, packet=packet, source=source: side.frame(packet, ASKED6 if packet[0] >> 4 == 6 else ASKED)[:6] + frame(packet, b"", 0x86DD if packet[0] >> 4 == 6 else 0x0800, source))
          for source in (BROADCAST_MAC, "01:00:5e:00:00:01", "00:00:00:00:00:00")
          for what, packet in (("echo request", echo_request()), ("UDP", ipv4(udp(), UDP)), ("TCP SYN", ipv4(tcp(2), TCP)), ("ICMPv6 echo request", ipv6(echo6())))),
        on_tap("fragments of UDP, only the first in a broadcast frame", to_all(pieces4(udp(bytes(40)), 24, ident=0x6001, protocol=UDP)[0]), own(pieces4(udp(bytes(40)), 24, ident=0x6001, protocol=UDP)[1])),
        on_tap("fragments of UDP, only the last in a broadcast frame", own(pieces4(udp(bytes(40)), 24, ident=0x6002, protocol=UDP)[0]), to_all(pieces4(udp(bytes(40)), 24, ident=0x6002, protocol=UDP)[1])),
        on_tap("IPv6 fragments of UDP, only the first in a broadcast frame", to_all(pieces6(udp(bytes(40), **ends), 24, ident=0x6003, protocol=UDP)[0], 0x86DD), own(pieces6(udp(bytes(40), **ends), 24, ident=0x6003, protocol=UDP)[1])),
        on_tap("IPv6 fragments of UDP, only the last in a broadcast frame", own(pieces6(udp(bytes(40), **ends), 24, ident=0x6004, protocol=UDP)[0]), to_all(pieces6(udp(bytes(40), **ends), 24, ident=0x6004, protocol=UDP)[1], 0x86DD)),
        on_tap("echo request behind a priority tag", lambda side: frame(b"\0\0\x08\0" + echo_request(), side.macs[ASKED], 0x8100)),
        on_tap("echo request in a frame to another's MAC", fixed(frame(echo_request(), "06:99:99:99:99:99", 0x0800))),
        on_tap("echo request in a frame called IPv6", lambda side: frame(echo_request(), side.macs[ASKED], 0x86DD)),
        on_tap("ICMPv6 echo request in a frame called IPv4", lambda side: frame(ipv6(echo6()), side.macs[ASKED6], 0x0800)),
        on_tap("echo request in a frame of an unknown type", lambda side: frame(echo_request(), side.macs[ASKED], 0x88B5)),
        on_tap("echo request behind a VLAN tag", lambda side: frame(b"\0\5\x08\0" + echo_request(), side.macs[ASKED], 0x8100)),
        on_tap("an LLC frame", lambda side: frame(b"\xaa\xaa\3\0\0\0\x08\0" + echo_request(), side.macs[ASKED], 44)),
        on_tap("13 bytes of a frame", fixed(bytes(13))),
        on_tap("a frame without payload", lambda side: frame(b"", side.macs[ASKED], 0x0800)),
        on_tap("fragments of 4,000 bytes in frames", *pieces4(icmp(8, data=bytes(range(250)) * 16), 1480, 2960)),
        on_tap("fragments of an ICMPv6 echo request of 4,000 bytes in frames", *pieces6(echo6(bytes(range(250)) * 16), 1448, 2896)),
    ]


def arps() -> list[Vector]:
    def who_has(**fields: object) -> Callable[[Side], bytes]:
        return fixed(frame(arp(**fields), BROADCAST_MAC, 0x0806))  # type: ignore[arg-type]

    vectors = [
        on_tap("ARP, who has the asked", who_has()),
        on_tap("ARP, padded to 46 bytes", fixed(frame(arp() + bytes(18), BROADCAST_MAC, 0x0806))),
        on_tap("ARP, unicast", lambda side: frame(arp(), side.macs[ASKED], 0x0806)),
        on_tap("ARP, target MAC filled in", who_has(target_mac="02:11:22:33:44:55")),
        on_tap("ARP from beyond the subnet", who_has(sender="192.0.2.7")),
        on_tap("ARP from 127.0.0.1", who_has(sender="127.0.0.1")),
        on_tap("ARP from a group", who_has(sender="224.0.0.1")),
        on_tap("ARP from the broadcast address", who_has(sender="255.255.255.255")),
        on_tap("ARP from the subnet's broadcast address", who_has(sender="10.0.0.255")),
        on_tap("ARP, a probe for the asked", who_has(sender="0.0.0.0")),
        on_tap("ARP, an announcement of the asked", who_has(sender=ASKED, target=ASKED)),
        on_tap("ARP, an announcement of the asker", who_has(sender=ASKER, target=ASKER)),
        on_tap("ARP, who has 0.0.0.0", who_has(target="0.0.0.0")),
        on_tap("ARP, who has 255.255.255.255", who_has(target="255.255.255.255")),
        on_tap("ARP, who has 224.0.0.1", who_has(target="224.0.0.1")),
        on_tap("ARP, who has 127.0.0.1", who_has(target="127.0.0.1")),
        on_tap("ARP reply", who_has(operation=2)),
        on_tap("RARP request", who_has(operation=3)),
        on_tap("ARP operation 0", who_has(operation=0)),
        on_tap("ARP for hardware type 6", who_has(hardware=6)),
        on_tap("ARP for hardware type 7", who_has(hardware=7)),
        on_tap("ARP for protocol type 0x86dd", who_has(protocol=0x86DD)),
        on_tap("ARP, hardware address length 5", who_has(hlen=5)),
        on_tap("ARP, protocol address length 16", who_has(plen=16)),
        on_tap("27 bytes of ARP", fixed(frame(arp()[:27], BROADCAST_MAC, 0x0806))),
        on_tap("ARP, sender is not the frame's", who_has(sender_mac="06:11:22:33:44:55")),
        on_tap("ARP, sender is the broadcast MAC", who_has(sender_mac=BROADCAST_MAC)),
        on_tap("ARP, sender is a group's MAC", who_has(sender_mac="01:00:5e:00:00:01")),
        on_tap("ARP, sender is 00:00:00:00:00:00", who_has(sender_mac="00:00:00:00:00:00")),
    ]
    vectors += [on_tap(f"the first {n} bytes of ARP in a frame", fixed(frame(arp(), BROADCAST_MAC, 0x0806)[:n])) for n in range(14, 42)]
    return vectors


def neighbours() -> list[Vector]:
    def ask(name: str, forget: bool = True, **fields: object) -> Vector:
        return on_tap(name, fixed(solicitation(**fields)), forget=ASKER6 if forget else "")  # type: ignore[arg-type]

    unicast = on_tap(
        "NS, unicast",
        lambda side: solicitation(destination=ASKED6, mac=side.macs[ASKED6]),
        forget=ASKER6,
    )
    bare = on_tap(
        "NS, unicast, without its MAC",
        lambda side: solicitation(destination=ASKED6, mac=side.macs[ASKED6], options=b""),
    )
    message = icmp6(135, rest=bytes(4), data=bytes.fromhex("fd" + "00" * 14 + "01") + link_option(), destination=group_of(ASKED6))
    to_group = "33:33:ff:00:00:01"
    atomic = ipv6(fragment_header(ICMPV6, 0, False) + message, FRAGMENT, destination=group_of(ASKED6), hop_limit=255)
    return [
        unicast,
        bare,
        on_tap("NS in an atomic fragment", fixed(frame(atomic, to_group, 0x86DD)), forget=ASKER6),
        on_tap("NS, unicast to ::1", lambda side: solicitation(destination="::1", mac=side.macs[ASKED6]), forget=ASKER6),
        ask("NS, who has the asked"),
        ask("NS without its MAC, from a known neighbour", forget=False, options=b""),
        ask("NS to all nodes", destination="ff02::1"),
        ask("NS to the group of another", destination="ff02::1:ff00:99"),
        ask("NS for another", target="fd00::77", destination=group_of(ASKED6)),
        ask("NS, hop limit 254", hop_limit=254),
        ask("NS, code 1", code=1),
        ask("NS, wrong checksum", bad_checksum=True),
        ask("NS for a group", target="ff02::1", destination="ff02::1"),
        ask("NS for ::", target="::", destination=group_of(ASKED6)),
        ask("NS for ::1", target="::1", destination=group_of(ASKED6)),
        ask("NS with an option of length 0", options=b"\1\0" + bytes(6)),
        ask("NS with an option beyond the message", options=b"\1\2" + bytes(6)),
        ask("NS with half an option", options=link_option() + b"\1"),
        ask("NS with an unknown option", options=b"\xfd\1" + bytes(6) + link_option()),
        ask("NS with a nonce", options=link_option() + b"\x0e\1" + b"\1\2\3\4\5\6"),
        ask("NS with two MACs", options=link_option() + link_option(mac="06:77:77:77:77:77")),
        ask("NS with a MAC of 14 bytes", options=b"\1\2" + bytes(14)),
        ask("NS, its MAC is a group's", options=link_option(mac="33:33:00:00:00:01")),
        ask("NS, its MAC is the broadcast MAC", options=link_option(mac=BROADCAST_MAC)),
        ask("NS, its MAC is not the frame's", options=link_option(mac="06:77:77:77:77:77")),
        ask("NS of 23 bytes", cut=15),
        ask("NS of 24 bytes", forget=False, cut=16),
        ask("NS from a group", source="ff02::1"),
        ask("NS from ::1", source="::1"),
        ask("NS from ::ffff:10.0.0.2", source="::ffff:10.0.0.2"),
        ask("NS from its own target", source=ASKED6),
        ask("NS in a frame from a group", frame_source="01:00:5e:00:00:01"),
        *(ask(f"NS of {24 + n} bytes", cut=16 + n) for n in range(1, 8)),
        ask("NS from another subnet", source="2001:db8::7"),
        ask("NS, a probe for the asked", source="::", options=b""),
        ask("NS, a probe with a MAC", source="::"),
        ask("NS, a probe to all nodes", source="::", options=b"", destination="ff02::1"),
        on_tap("RS in a frame", fixed(frame(ipv6(icmp6(133, rest=bytes(4), destination="ff02::2"), destination="ff02::2", hop_limit=255), "33:33:00:00:00:02", 0x86DD))),
        on_tap("echo request to all nodes in a frame", fixed(frame(ipv6(echo6(destination="ff02::1"), destination="ff02::1"), "33:33:00:00:00:01", 0x86DD))),
    ]


def all_vectors() -> list[Vector]:
    vectors = [
        *ipv4_echo(), *ipv4_icmp(), *ipv4_options(), *ipv4_fragments(), *ipv4_ports(), *ipv4_sweeps(), *signed(),
        *ipv6_echo(), *ipv6_headers(), *ipv6_fragments(), *ipv6_ports(), *ipv6_sweeps(),
        *ethernet(), *arps(), *neighbours(),
    ]  # fmt: skip
    names = [vector.name for vector in vectors]
    assert len(names) == len(set(names)), [name for name in names if names.count(name) > 1]
    return vectors
