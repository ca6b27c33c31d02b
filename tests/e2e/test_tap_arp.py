"""What tunlab says on a TAP device: Ethernet and ARP around the same echo.

    one network namespace
    ┌────────────────────────────────────────────────────────────────┐
    │  scapy ── AF_PACKET ── tap0 10.0.1.1/24 ── tunlab echo         │
    │  ping  ── kernel   ──┘                     "10.0.1.2"          │
    │  arping                                    02:00:0a:00:01:02   │
    └────────────────────────────────────────────────────────────────┘
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

import lab
from lab import Namespace
from wire import BROADCAST_MAC, Wire, assert_echo_reply, lab_mac

from scapy.layers.inet import ICMP, IP
from scapy.layers.inet6 import ICMPv6ND_NS, IPv6
from scapy.layers.l2 import ARP, LLC, Dot1Q, Ether
from scapy.packet import Packet, Raw

HOST, PEER, FENCE = "10.0.1.1", "10.0.1.2", "10.0.1.250"
STRANGER_MAC = "0a:00:00:00:00:99"


@pytest.fixture
def wire(ns: Namespace) -> Iterator[Wire]:
    ns.up("profiles/tap0.json")
    wire = Wire(ns, ns.echo("tap0"), "tap0", HOST, FENCE)
    yield wire
    wire.close()


def who_has(wire: Wire, target: str, *, to: str = BROADCAST_MAC, **fields: object) -> Packet:
    arp = {"op": 1, "hwsrc": wire.host_mac, "psrc": HOST, "pdst": target} | fields
    return Ether(src=wire.host_mac, dst=to) / ARP(**arp)


def frame(wire: Wire, payload: Packet | bytes, *, to: str = lab_mac(PEER), **fields: object) -> Packet:
    return Ether(src=wire.host_mac, dst=to, **fields) / payload


def request(data: bytes = b"abcdefgh", **ip: object) -> Packet:
    return IP(**({"src": HOST, "dst": PEER} | ip)) / ICMP(type=8, id=0x0BAD, seq=7) / Raw(data)


# ARP that is answered


@pytest.mark.parametrize("to", [BROADCAST_MAC, lab_mac(PEER)], ids=["broadcast", "unicast"])
def test_arp_request_is_answered_to_the_asker_alone(wire: Wire, to: str) -> None:
    answer = wire.ask(who_has(wire, PEER, to=to))
    reply = Ether(answer.reply)
    assert (reply.src, reply.dst, reply.type) == (lab_mac(PEER), wire.host_mac, 0x0806)
    arp = reply[ARP]
    assert (arp.hwtype, arp.ptype, arp.hwlen, arp.plen, arp.op) == (1, 0x0800, 6, 4, 2)
    assert (arp.hwsrc, arp.psrc, arp.hwdst, arp.pdst) == (lab_mac(PEER), PEER, wire.host_mac, HOST)
    assert answer.line.told == "reply (arp)"
    assert answer.line.text == f"ARP, Request who-has {PEER} tell {HOST}, length 28"


@pytest.mark.parametrize("target", ["10.0.1.3", "10.0.1.254", "10.0.2.1", "192.168.77.1"])
def test_each_simulated_address_has_its_readable_mac(wire: Wire, target: str) -> None:
    arp = Ether(wire.ask(who_has(wire, target)).reply)[ARP]
    assert (arp.hwsrc, arp.psrc) == (lab_mac(target), target)


def test_arp_from_another_subnet_is_answered(wire: Wire) -> None:
    arp = Ether(wire.ask(who_has(wire, PEER, psrc="172.16.0.9")).reply)[ARP]
    assert (arp.hwdst, arp.pdst) == (wire.host_mac, "172.16.0.9")


def test_padding_of_an_arp_frame_is_accepted_and_not_returned(wire: Wire) -> None:
    answer = wire.ask(bytes(who_has(wire, PEER)) + b"SECRETSECRETSECRET")
    assert answer.line.told == "reply (arp)"
    assert b"SECRET" not in answer.reply


def test_neighbour_table_shows_the_readable_mac(ns: Namespace, wire: Wire) -> None:
    ns.ping("-c", 1, PEER).expect(0)
    assert re.search(rf"^{re.escape(PEER)} dev tap0 lladdr 02:00:0a:00:01:02 ", ns.ip("neigh"), re.M)


def test_arping_gets_its_replies(ns: Namespace, wire: Wire) -> None:
    result = ns.run("arping", "-I", "tap0", "-c", 3, PEER).expect(0)
    assert result.out.count("[02:00:0A:00:01:02]") == 3, result
    assert "Sent 3 probes (1 broadcast(s))" in result.out, result
    assert "Received 3 response(s)" in result.out


# ARP that is not answered


NO_ANSWER = {
    "own address": ({"pdst": HOST, "psrc": "10.0.1.9"}, "ignore (own-address)"),
    "own announcement": ({"pdst": HOST, "psrc": HOST}, "ignore (arp-announcement)"),
    "announcement of another": ({"pdst": "10.0.1.77", "psrc": "10.0.1.77"}, "ignore (arp-announcement)"),
    "probe": ({"pdst": PEER, "psrc": "0.0.0.0"}, "ignore (arp-probe)"),
    "reply": ({"op": 2, "pdst": PEER}, "ignore (arp-op)"),
    "reverse request": ({"op": 3, "pdst": PEER}, "ignore (arp-op)"),
    "op 0": ({"op": 0, "pdst": PEER}, "ignore (arp-op)"),
    "sender is not who sent the frame": ({"pdst": PEER, "hwsrc": STRANGER_MAC}, "bad (arp-sender)"),
    "sender broadcast": ({"pdst": PEER, "hwsrc": BROADCAST_MAC}, "bad (arp-sender)"),
    "hardware type 6": ({"pdst": PEER, "hwtype": 6}, "bad (arp-malformed)"),
    "protocol type IPv6": ({"pdst": PEER, "ptype": 0x86DD}, "bad (arp-malformed)"),
    "hardware address of 8 bytes": ({"pdst": PEER, "hwlen": 8}, "bad (arp-malformed)"),
    "protocol address of 16 bytes": ({"pdst": PEER, "plen": 16}, "bad (arp-malformed)"),
}  # fmt: skip


@pytest.mark.parametrize("case", NO_ANSWER)
def test_arp_is_told_with_its_reason_and_not_answered(wire: Wire, case: str) -> None:
    fields, told = NO_ANSWER[case]
    raw_lengths = {key: fields[key] for key in ("hwlen", "plen") if key in fields}
    packet = who_has(wire, **{"target": PEER} | {k: v for k, v in fields.items() if k not in ("pdst", *raw_lengths)})
    packet[ARP].pdst = fields["pdst"]
    data = bytearray(bytes(packet))
    # scapy would lay out the addresses anew: the length fields alone are to lie.
    data[18] = raw_lengths.get("hwlen", data[18])
    data[19] = raw_lengths.get("plen", data[19])
    wire.ask(bytes(data)).assert_silent(told)


def test_arp_whose_frame_source_is_multicast_is_bad(wire: Wire) -> None:
    multicast = "03:00:00:00:00:01"
    packet = Ether(src=multicast, dst=BROADCAST_MAC) / ARP(op=1, hwsrc=multicast, psrc=HOST, pdst=PEER)
    answer = wire.ask(packet)
    assert answer.replies == []
    # Bad as a frame already, and as ARP too: either says it.
    assert answer.line.told in ("bad (bad-source)", "bad (arp-sender)"), answer.line


@pytest.mark.parametrize("length", [0, 1, 7, 8, 20, 27])
def test_arp_cut_short_is_malformed(wire: Wire, length: int) -> None:
    wire.ask(bytes(who_has(wire, PEER))[: 14 + length]).assert_silent("bad (arp-malformed)")


# The host's own addresses: never answered for, now or later


def arping_dad(ns: Namespace, address: str) -> bool:
    """Duplicate address detection by arping: whether anybody else claims the address."""
    result = ns.run("arping", "-D", "-I", "tap0", "-c", 1, "-w", 1, address)
    assert result.code in (0, 1), result
    claimed = "Received 0 response(s)" not in result.out
    assert claimed == (result.code == 1), result
    return claimed


def test_arping_dad_for_the_hosts_own_address_gets_no_answer(ns: Namespace, wire: Wire) -> None:
    assert not arping_dad(ns, HOST)


def test_address_added_while_echo_runs_is_the_hosts_own(ns: Namespace, wire: Wire) -> None:
    later = "10.0.1.66"
    asked = who_has(wire, later, psrc="10.0.1.9")
    assert wire.ask(asked).line.told == "reply (arp)"

    ns.ip("addr", "add", f"{later}/24", "dev", "tap0")
    lab.eventually(lambda: wire.ask(asked).line.told == "ignore (own-address)", "the new address known")
    wire.ask(asked).assert_silent("ignore (own-address)")
    wire.ask(frame(wire, request(src="10.0.1.9", dst=later), to=BROADCAST_MAC)).assert_silent("ignore (own-address)")
    assert not arping_dad(ns, later)

    ns.ip("addr", "del", f"{later}/24", "dev", "tap0")
    lab.eventually(lambda: wire.ask(asked).line.told == "reply (arp)", "the address answered again")


def test_address_that_another_interface_holds_is_the_hosts_own(ns: Namespace, wire: Wire) -> None:
    later = "10.0.1.67"
    asked = who_has(wire, later, psrc="10.0.1.9")
    ns.ip("addr", "add", f"{later}/32", "dev", "lo")
    lab.eventually(lambda: wire.ask(asked).line.told == "ignore (own-address)", "lo's address known")
    ns.ip("addr", "del", f"{later}/32", "dev", "lo")
    lab.eventually(lambda: wire.ask(asked).line.told == "reply (arp)", "the address answered again")


def test_interface_that_appears_while_echo_runs_brings_its_addresses(ns: Namespace, wire: Wire) -> None:
    later = "10.0.1.68"
    asked = who_has(wire, later, psrc="10.0.1.9")
    ns.ip("tuntap", "add", "vpn0", "mode", "tun")
    ns.ip("addr", "add", f"{later}/32", "dev", "vpn0")
    lab.eventually(lambda: wire.ask(asked).line.told == "ignore (own-address)", "vpn0's address known")
    ns.ip("link", "del", "vpn0")
    lab.eventually(lambda: wire.ask(asked).line.told == "reply (arp)", "the address answered again")


# Echo in Ethernet


def test_echo_in_a_frame_is_answered(wire: Wire) -> None:
    asked = frame(wire, request())
    answer = wire.ask(asked)
    reply = Ether(answer.reply)
    assert (reply.src, reply.dst, reply.type) == (lab_mac(PEER), wire.host_mac, 0x0800)
    assert_echo_reply(asked, bytes(reply.payload))
    assert answer.line.told == "reply (echo)"


def test_padding_of_an_echo_frame_is_never_echoed(wire: Wire) -> None:
    asked = frame(wire, request(b"hi"))
    answer = wire.ask(bytes(asked) + b"SECRETSECRETSECRETSECRETSEC")
    assert b"SECRET" not in answer.reply
    datagram = Ether(answer.reply)[IP]
    assert datagram.len == 20 + 8 + 2
    assert_echo_reply(asked, bytes(datagram)[: datagram.len])
    assert bytes(datagram)[datagram.len :].strip(b"\0") == b""


def test_host_behind_a_gateway_answers_with_the_gateways_mac(wire: Wire) -> None:
    gateway = lab_mac("10.0.1.254")
    asked = frame(wire, request(dst="172.31.7.7"), to=gateway)
    reply = Ether(wire.ask(asked).reply)
    assert reply.src == gateway
    assert_echo_reply(asked, bytes(reply.payload))


def test_echo_to_a_unicast_address_in_a_broadcast_frame_is_answered(wire: Wire) -> None:
    asked = frame(wire, request(), to=BROADCAST_MAC)
    reply = Ether(wire.ask(asked).reply)
    assert (reply.src, reply.dst) == (lab_mac(PEER), wire.host_mac)
    assert_echo_reply(asked, bytes(reply.payload))


def test_route_through_a_simulated_gateway_works_with_ping(ns: Namespace, wire: Wire) -> None:
    ns.ip("route", "add", "172.31.0.0/16", "via", "10.0.1.254", "dev", "tap0")
    ns.ping("-c", 1, "172.31.7.7").expect(0)
    assert re.search(r"^10\.0\.1\.254 dev tap0 lladdr 02:00:0a:00:01:fe ", ns.ip("neigh"), re.M)


@pytest.mark.parametrize("options", ["-s 0", "-s 1472 -M do", "-Q 0xb8"])
def test_ping_accepts_the_replies(ns: Namespace, wire: Wire, options: str) -> None:
    ping = ns.ping("-c", 3, "-i", 0.01, *options.split(), PEER).expect(0)
    assert " 0% packet loss" in ping.out and "DUP" not in ping.out, ping
    assert ns.snmp()["IcmpInCsumErrors"] == 0


# Frames that are not answered


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ("another unicast MAC", "ignore (other-mac)"),
        ("VLAN tag", "ignore (ethertype)"),
        ("LLC", "ignore (ethertype)"),
        ("unknown ethertype", "ignore (ethertype)"),
        ("ethertype 0x05ff", "ignore (ethertype)"),
        ("solicitation of a group", "bad (neighbour-malformed)"),
        ("IPv4 without a byte", "bad (ip-length)"),
        ("IPv4 of 3 bytes", "bad (ip-length)"),
        ("IPv4 with a wrong checksum", "bad (ip-checksum)"),
        ("IPv4 with a wrong ICMP checksum", "bad (icmp-checksum)"),
        ("subnet broadcast", "ignore (broadcast)"),
        ("multicast", "ignore (multicast)"),
    ],
)
def test_frame_is_told_with_its_reason_and_not_answered(wire: Wire, case: str, told: str) -> None:
    frames: dict[str, Packet | bytes] = {
        "another unicast MAC": frame(wire, request(), to="02:11:22:33:44:55"),
        "VLAN tag": Ether(src=wire.host_mac, dst=lab_mac(PEER)) / Dot1Q(vlan=5) / request(),
        "LLC": Ether(src=wire.host_mac, dst=lab_mac(PEER), type=38) / LLC(dsap=0x42, ssap=0x42, ctrl=3) / (b"\0" * 35),
        "unknown ethertype": frame(wire, Raw(b"hello"), type=0x88B5),
        "ethertype 0x05ff": frame(wire, Raw(bytes(request())), type=0x05FF),
        "solicitation of a group": frame(wire, IPv6(src="fe80::1", dst="ff02::1") / ICMPv6ND_NS(tgt="ff02::2"), to="33:33:00:00:00:01"),
        "IPv4 without a byte": bytes(frame(wire, request()))[:14],
        "IPv4 of 3 bytes": bytes(frame(wire, request()))[:17],
        "IPv4 with a wrong checksum": frame(wire, request(chksum=1)),
        "IPv4 with a wrong ICMP checksum": frame(wire, IP(src=HOST, dst=PEER) / ICMP(type=8, chksum=1)),
        "subnet broadcast": frame(wire, request(dst="10.0.1.255"), to=BROADCAST_MAC),
        "multicast": frame(wire, request(dst="224.0.0.251"), to="01:00:5e:00:00:fb"),
    }
    wire.ask(frames[case]).assert_silent(told)


def test_summary_adds_up_on_tap(wire: Wire) -> None:
    wire.ask(who_has(wire, PEER))
    wire.ask(who_has(wire, HOST, psrc="10.0.1.9"))
    wire.ask(frame(wire, request(), to="02:11:22:33:44:55"))
    wire.ask(frame(wire, request(chksum=1)))
    _, summary = wire.echo.finish()
    assert summary.ifname == "tap0"
    assert summary.reasons["answered"] == {"arp": 1, "echo": 4}
    assert summary.reasons["ignored"].items() >= {"own-address": 1, "other-mac": 1}.items()
    assert summary.reasons["bad"] == {"ip-checksum": 1}
