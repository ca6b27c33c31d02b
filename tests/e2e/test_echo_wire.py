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
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import lab
from lab import Namespace
from wire import (
    ETH_P_IP,
    LINKTYPE_RAW,
    Wire,
    assert_echo_reply,
    assert_echo_reply6,
    fragments,
    reassembled,
    remade,
    write_pcap,
)

from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption, IPOption_LSRR, IPOption_RR
from scapy.layers.inet6 import (
    HBHOptUnknown,
    ICMPv6DestUnreach,
    ICMPv6EchoReply,
    ICMPv6EchoRequest,
    ICMPv6MLReport2,
    ICMPv6ND_NS,
    ICMPv6ND_RS,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting,
    PadN,
)
from scapy.packet import Packet, Raw

HOST, PEER, FENCE = "192.168.0.1", "192.168.0.3", "192.168.0.250"
HOST6, PEER6 = "fd00::1", "fd00::2"


@pytest.fixture
def wire(ns: Namespace) -> Iterator[Wire]:
    ns.up("profiles/tun0.json")
    wire = Wire(ns, ns.echo("tun0"), "tun0", HOST, FENCE)
    yield wire
    wire.close()


def v6(**fields: object) -> Packet:
    return IPv6(**({"src": HOST6, "dst": PEER6} | fields))


def request6(data: bytes = b"abcdefgh", **ip: object) -> Packet:
    return v6(**ip) / ICMPv6EchoRequest(id=0x0BAD, seq=7, data=data)


def headed6(header: Packet, **ip: object) -> Packet:
    """An echo request behind an extension header."""
    return v6(**ip) / header / ICMPv6EchoRequest(id=0x0BAD, seq=7, data=b"abcdefgh")


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


# What else a host answers


def test_timestamp_request_is_answered_with_the_time_of_day(wire: Wire) -> None:
    asked = IP(src=HOST, dst=PEER, tos=0x10) / ICMP(type=13, id=5, seq=6, ts_ori=12345)
    began = time.time()
    answer = wire.ask(asked)
    assert answer.line.told == "reply (timestamp)"
    told = IP(answer.reply)
    assert answer.reply == remade(told), "a length or checksum is wrong"
    assert (told.src, told.dst, told.ttl, told.tos) == (PEER, HOST, 64, 0x10)
    message = told[ICMP]
    assert (message.type, message.code, message.id, message.seq, message.ts_ori) == (14, 0, 5, 6, 12345)
    assert message.ts_rx == message.ts_tx
    day = 24 * 60 * 60 * 1000
    assert (message.ts_rx - int(began * 1000)) % day <= (time.time() - began) * 1000 + 1


@pytest.mark.parametrize("data", [b"", b"hello", bytes(600)], ids=len)
@pytest.mark.parametrize("version", [4, 6])
def test_datagram_is_answered_with_port_unreachable(wire: Wire, version: int, data: bytes) -> None:
    ip = IP(src=HOST, dst=PEER, tos=0xB8, id=0x1234, flags="DF") if version == 4 else v6(tc=0xB8, fl=0xABC)
    asked = (IP if version == 4 else IPv6)(bytes(ip / UDP(sport=40000, dport=40001) / Raw(data)))
    answer = wire.ask(asked)
    assert answer.line.told == "reply (port-unreachable)"
    told = (IP if version == 4 else IPv6)(answer.reply)
    assert answer.reply == remade(told), "a length or checksum is wrong"
    assert (told.src, told.dst) == (asked.dst, asked.src)
    if version == 4:
        # Linux's icmp_send(): precedence 6, and the low bits of the packet's own TOS.
        assert (told.ttl, told.tos, int(told.flags)) == (64, 0xC0 | 0xB8 & 0x1E, 0)
        assert (told[ICMP].type, told[ICMP].code) == (3, 3)
        assert answer.reply[20 + 8 :] == bytes(asked)[: 576 - 28]
    else:
        assert (told.hlim, told.tc, told.fl) == (64, 0, 0)
        assert (told[ICMPv6DestUnreach].type, told[ICMPv6DestUnreach].code) == (1, 4)
        assert answer.reply[40 + 8 :] == bytes(asked)


RESETS = {
    # RFC 9293 §3.10.7.1: without ACK the reset counts what the segment took, with ACK it takes its number
    "SYN": ({"flags": "S", "seq": 1000}, b"", ("RA", 0, 1001)),
    "SYN at the end of the numbers": ({"flags": "S", "seq": 2**32 - 1}, b"", ("RA", 0, 0)),
    "SYN with data": ({"flags": "S", "seq": 1000}, b"hello", ("RA", 0, 1006)),
    "SYN and FIN": ({"flags": "SF", "seq": 1000}, b"", ("RA", 0, 1002)),
    "ACK": ({"flags": "A", "seq": 1000, "ack": 77}, b"", ("R", 77, 0)),
    "SYN and ACK": ({"flags": "SA", "seq": 1000, "ack": 77}, b"", ("R", 77, 0)),
    "data": ({"flags": "PA", "seq": 1000, "ack": 77}, b"hello", ("R", 77, 0)),
    "no flags": ({"flags": "", "seq": 1000}, b"abc", ("RA", 0, 1003)),
}


@pytest.mark.parametrize("case", RESETS)
@pytest.mark.parametrize("version", [4, 6])
def test_segment_is_answered_with_a_reset(wire: Wire, version: int, case: str) -> None:
    fields, data, (flags, sequence, acknowledgement) = RESETS[case]
    ip = IP(src=HOST, dst=PEER) if version == 4 else v6()
    answer = wire.ask(ip / TCP(sport=40000, dport=80, options=[("MSS", 1460)], **fields) / Raw(data))
    assert answer.line.told == "reply (reset)"
    told = (IP if version == 4 else IPv6)(answer.reply)
    assert answer.reply == remade(told), "a length or checksum is wrong"
    assert len(answer.reply) == (40 if version == 4 else 60)
    assert (told.src, told.dst) == (ip.dst, ip.src)
    reset = told[TCP]
    assert (reset.sport, reset.dport, str(reset.flags)) == (80, 40000, flags)
    assert (reset.seq, reset.ack, reset.window, reset.urgptr) == (sequence, acknowledgement, 0, 0)


def test_errors_are_limited_and_echo_replies_are_not(wire: Wire) -> None:
    """At most 50 at once, then 1000 a second; what is over is told as dropped."""
    count = 400
    datagram = bytes(IP(src=HOST, dst=PEER) / UDP(sport=40000, dport=40001))
    began = time.monotonic()
    (errors,) = wire.burst([datagram] * count, at_once=count)
    lasted = time.monotonic() - began
    (echoes,) = wire.burst([bytes(request())] * count, at_once=count)
    _, summary = wire.echo.finish()
    assert len(echoes) == count
    assert 50 <= len(errors) <= 51 + 1000 * lasted
    assert summary.reasons["answered"] == {"port-unreachable": len(errors), "echo": count + 2}
    assert summary.dropped == count - len(errors)
    assert summary.reasons.get("dropped", {}).get("error-rate", 0) == summary.dropped


# IPv6


@pytest.mark.parametrize("size", [0, 1, 2, 3, 56, 255, 1451, 1452])
def test_echo_of_any_size_over_ipv6_returns_all_data(wire: Wire, size: int) -> None:
    asked = request6(random.Random(size).randbytes(size))
    answer = wire.ask(asked)
    assert_echo_reply6(asked, answer.reply)
    assert answer.line.told == "reply (echo)"
    text = f"IP6 {HOST6} > {PEER6}: ICMP6, echo request, id {0x0BAD}, seq 7, length {size + 8}"
    assert answer.line.text == text


@pytest.mark.parametrize("fields", [{"tc": 0xB8}, {"tc": 0xFF}, {"fl": 0xABCDE}, {"hlim": 1}, {"hlim": 255}], ids=str)
def test_fields_of_ipv6_that_return_and_that_do_not(wire: Wire, fields: dict[str, int]) -> None:
    asked = request6(**fields)
    assert_echo_reply6(asked, wire.ask(asked).reply)


WALKED = {
    "hop by hop": IPv6ExtHdrHopByHop(),
    "destination options": IPv6ExtHdrDestOpt(options=PadN(optdata=bytes(4))),
    "both": IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt(),
    "routing with nothing left": IPv6ExtHdrRouting(type=0, segleft=0, addresses=["fd00::9"]),
    "atomic fragment": IPv6ExtHdrFragment(id=7, offset=0, m=0),
}


@pytest.mark.parametrize("case", WALKED)
def test_extension_headers_are_walked_and_not_returned(wire: Wire, case: str) -> None:
    asked = headed6(WALKED[case])
    assert_echo_reply6(asked, wire.ask(asked).reply)


def test_bytes_behind_the_payload_length_are_never_echoed(wire: Wire) -> None:
    asked = request6(b"honest")
    answer = wire.ask(bytes(asked) + b"SECRET" * 20)
    assert_echo_reply6(asked, answer.reply)


# Fragments, in any order


@pytest.mark.parametrize("version", [4, 6])
def test_fragments_are_answered_once_when_the_last_is_there(wire: Wire, version: int) -> None:
    data = random.Random(version).randbytes(3000)
    asked = request(data) if version == 4 else request6(data)
    one, two, three, four = fragments(asked, 800, 1600, 2400)
    held = [wire.ask(piece) for piece in (four, two, one, two)]
    assert [answer.line.told for answer in held] == ["ignore (fragment)"] * 3 + ["ignore (fragment-duplicate)"]
    assert [answer.replies for answer in held] == [[]] * 4
    answer = wire.ask(three)
    assert answer.line.told == "reply (echo)"
    (reply,) = reassembled(answer.replies)
    (assert_echo_reply if version == 4 else assert_echo_reply6)(asked, reply)
    assert len(answer.replies) == 3 and max(map(len, answer.replies)) <= 1500


@pytest.mark.parametrize("version", [4, 6])
def test_fragments_that_overlap_are_given_up_together(wire: Wire, version: int) -> None:
    asked = request(bytes(100)) if version == 4 else request6(bytes(100))
    one, two = fragments(asked, 56)
    _, overlapping, _ = fragments(asked, 48, 96)
    assert wire.ask(one).line.told == "ignore (fragment)"
    wire.ask(overlapping).assert_silent("bad (fragment-overlap)")
    wire.ask(two).assert_silent("ignore (fragment)")


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
    "first fragment": (request(flags="MF", id=1), "ignore (fragment)"),
    "later fragment": (request(frag=1, id=2), "ignore (fragment)"),
    "fragment without a byte": (IP(src=HOST, dst=PEER, proto=1, frag=1, id=3), "bad (fragment-length)"),
    "loose source route": (request(options=[IPOption_LSRR(routers=["10.0.0.1"])]), "ignore (source-route)"),
    "record route, length 2": (request(options=[IPOption(b"\x07\x02\x04")]), "bad (ip-options)"),
    "record route, pointer 3": (request(options=[IPOption_RR(length=7, pointer=3, routers=["0.0.0.0"])]), "bad (ip-options)"),
    "option beyond the header": (request(options=[IPOption(b"\x5e\x20\0\0")]), "bad (ip-options)"),
    "echo reply": (icmp(0, id=1, seq=1), "ignore (icmp-type)"),
    "timestamp request of 8 bytes": (IP(src=HOST, dst=PEER, proto=1) / Raw(b"\x0d\0\xf2\xff\0\0\0\0"), "bad (icmp-length)"),
    "unknown ICMP type": (icmp(200), "ignore (icmp-type)"),
    "port unreachable": (IP(src=HOST, dst=PEER) / ICMP(type=3, code=3) / IP(src=PEER, dst=HOST) / UDP(), "ignore (icmp-type)"),
    "UDP with a wrong checksum": (IP(src=HOST, dst=PEER) / UDP(dport=9, chksum=1) / b"hello", "bad (udp-checksum)"),
    "UDP longer than the packet": (IP(src=HOST, dst=PEER) / UDP(dport=9, len=14, chksum=0) / b"hello", "bad (udp-length)"),
    "UDP of 7 bytes": (IP(src=HOST, dst=PEER, proto=17) / Raw(bytes(7)), "bad (udp-length)"),
    "UDP to broadcast": (IP(src=HOST, dst="192.168.0.255") / UDP(dport=9), "ignore (broadcast)"),
    "TCP with a wrong checksum": (IP(src=HOST, dst=PEER) / TCP(flags="S", chksum=1), "bad (tcp-checksum)"),
    "TCP of 19 bytes": (IP(src=HOST, dst=PEER, proto=6) / Raw(bytes(19)), "bad (tcp-header)"),
    "TCP header of 16 bytes": (IP(src=HOST, dst=PEER) / TCP(flags="S", dataofs=4), "bad (tcp-header)"),
    "TCP reset": (IP(src=HOST, dst=PEER) / TCP(flags="R"), "ignore (tcp-reset)"),
    "TCP with an MD5 signature": (
        IP(src=HOST, dst=PEER) / TCP(flags="S", options=[(19, b"0123456789abcdef")]),
        "ignore (tcp-signature)",
    ),
    "TCP reset that acknowledges": (IP(src=HOST, dst=PEER) / TCP(flags="RA"), "ignore (tcp-reset)"),
    "protocol 253": (IP(src=HOST, dst=PEER, proto=253) / b"hello", "ignore (protocol)"),
    "mDNS": (IP(src=HOST, dst="224.0.0.251", ttl=255) / UDP(sport=5353, dport=5353) / b"hello", "ignore (housekeeping)"),
    # IPv6
    "IPv6 nibble alone": (b"\x60", "bad (ip-length)"),
    "IPv6 of 39 bytes": (bytes(request6())[:39], "bad (ip-length)"),
    "IPv6 payload length one too long": (request6(plen=17), "bad (ip-length)"),
    "ICMPv6 with a wrong checksum": (v6() / ICMPv6EchoRequest(cksum=1), "bad (icmp-checksum)"),
    "ICMPv6 of 3 bytes": (v6(nh=58) / Raw(b"\x80\0\0"), "bad (icmp-length)"),
    "IPv6 from ::": (request6(src="::"), "bad (bad-source)"),
    "IPv6 from ::1": (request6(src="::1"), "bad (bad-source)"),
    "IPv6 from multicast": (request6(src="ff02::1"), "bad (bad-source)"),
    "IPv6 from v4-mapped": (request6(src="::ffff:192.168.0.1"), "bad (bad-source)"),
    "IPv6 from the address asked": (request6(src=PEER6), "bad (bad-source)"),
    "IPv6 to ::1": (request6(dst="::1"), "bad (bad-destination)"),
    "IPv6 to multicast": (request6(dst="ff02::1"), "ignore (multicast)"),
    "IPv6 router solicitation": (IPv6(src="fe80::1", dst="ff02::2", hlim=255) / ICMPv6ND_RS(), "ignore (housekeeping)"),
    "IPv6 neighbour solicitation without a link layer": (IPv6(src="fe80::1", dst="ff02::1:ff00:2", hlim=255) / ICMPv6ND_NS(tgt=PEER6), "ignore (housekeeping)"),
    "IPv6 multicast listener report": (IPv6(src="fe80::1", dst="ff02::16", hlim=1) / ICMPv6MLReport2(), "ignore (housekeeping)"),
    "IPv6 echo reply": (v6() / ICMPv6EchoReply(), "ignore (icmp-type)"),
    "IPv6 port unreachable": (v6() / ICMPv6DestUnreach(code=4) / IPv6(src=PEER6, dst=HOST6) / UDP(), "ignore (icmp-type)"),
    "IPv6 routing header with segments left": (headed6(IPv6ExtHdrRouting(type=0, segleft=1, addresses=["fd00::9"])), "ignore (source-route)"),
    "IPv6 unknown option that says discard": (headed6(IPv6ExtHdrDestOpt(options=HBHOptUnknown(otype=0x5E, optdata=bytes(4)))), "ignore (unknown-option)"),
    "IPv6 padding of 12 bytes": (headed6(IPv6ExtHdrDestOpt(options=PadN(optdata=bytes(12)))), "bad (extension-header)"),
    "IPv6 no next header": (v6(nh=59), "ignore (no-next-header)"),
    "IPv6 next header 253": (v6(nh=253) / Raw(b"hello"), "ignore (protocol)"),
    "IPv6 first fragment": (fragments(request6(bytes(100)), 56)[0], "ignore (fragment)"),
    "IPv6 fragment of 7 bytes in the middle": (v6() / IPv6ExtHdrFragment(nh=58, id=5, offset=1, m=1) / Raw(bytes(7)), "bad (fragment-length)"),
    "IPv6 hop by hop that is not first": (v6() / IPv6ExtHdrDestOpt() / IPv6ExtHdrHopByHop() / request6()[ICMPv6EchoRequest], "bad (extension-header)"),
    "IPv6 extension header beyond the packet": (v6(nh=60) / Raw(b"\x3a\x09" + bytes(6)), "bad (extension-header)"),
    "IPv6 UDP without a checksum": (v6() / UDP(dport=9, chksum=0) / b"hello", "bad (udp-checksum)"),
    "IPv6 TCP with a wrong checksum": (v6() / TCP(flags="S", chksum=1), "bad (tcp-checksum)"),
    "IPv6 TCP reset": (v6() / TCP(flags="R"), "ignore (tcp-reset)"),
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
    # ping waits for the last reply no longer than its interval, or twice the longest time so far.
    ping = ns.ping("-c", 3, "-i", 0.5, *options.split(), PEER).expect(0)
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


def test_ping_in_fragments_is_held_until_it_is_whole(ns: Namespace) -> None:
    ns.up("profiles/tun0.json")
    echo = ns.echo("-c", 1, "tun0")
    ping = ns.ping("-c", 1, "-s", 3000, PEER).expect(0)
    assert " 0% packet loss" in ping.out
    echo.wait().expect(0)
    assert [line.told for line in echo.lines] == ["ignore (fragment)", "ignore (fragment)", "reply (echo)"]


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
