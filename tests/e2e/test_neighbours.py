"""What the host's neighbour table says of simulated hosts, by ARP and by neighbour discovery.

    one network namespace
    ┌───────────────────────────────────────────────────────────────────┐
    │  ping, arping, ndisc6 ── kernel ── tap0 ────────────── tunlab     │
    │  ip neigh ──────────────┘          10.0.3.1/24         "10.0.3.2" │
    │                                    fd00:3::1/64      "fd00:3::2"  │
    └───────────────────────────────────────────────────────────────────┘

An entry that was REACHABLE gets STALE with time. The next packet makes it DELAY and then PROBE: the
kernel asks again, this time the MAC address that it knows and no group. Who does not answer that is
given up.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import pytest

import lab
from lab import Namespace, eventually
from links import HOST, PEER, Link, over_both
from wire import Answer, Capture, Wire, lab_mac, remade

from scapy.layers.inet6 import (
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptSrcLLAddr,
    ICMPv6NDOptUnknown,
    ICMPv6Unknown,
    IPv6,
)
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet, Raw

TAP = Link("tap0")

# Linux sends its unicast solicitations from the device's link-local address, and without one it
# sends none (ndisc_send_ns): an entry then goes from PROBE to FAILED and is made anew.
WITH_LINK_LOCAL = {"ipv6": {"addr_gen_mode": "eui64"}}

# Of IPv6 hosts: stable, and a hash behind 02:01.
LAB_MAC6 = re.compile(r"02:01(:[0-9a-f]{2}){4}")


@pytest.fixture
def echo(ns: Namespace, profile) -> lab.Echo:
    TAP.up(ns, profile)
    return ns.echo("tap0")


@pytest.fixture
def wire(ns: Namespace, echo: lab.Echo) -> Iterator[Wire]:
    wire = TAP.wire(ns, echo)
    yield wire
    wire.close()


def neighbour(ns: Namespace, address: str) -> dict[str, object]:
    found = ns.ip_json("neigh", "show", address, "dev", "tap0")
    return found[0] if found else {}


def state(ns: Namespace, address: str) -> str:
    return (neighbour(ns, address).get("state") or ["NONE"])[0]


def until_state(ns: Namespace, address: str, wanted: str) -> None:
    eventually(lambda: state(ns, address) == wanted, f"{address} {wanted}, not {state(ns, address)}")


def echo_with_link_local(ns: Namespace, profile, *options: str) -> lab.Echo:
    """As the fixture, but the device has a link-local address, which is known to be nobody else's."""
    TAP.up(ns, profile, **WITH_LINK_LOCAL)
    hasten_detection(ns)
    echo = ns.echo(*options, "tap0")

    def usable() -> bool:
        infos = ns.ip_json("-6", "addr", "show", "dev", "tap0")[0]["addr_info"]
        return any(info["scope"] == "link" for info in infos) and not any(info.get("tentative") for info in infos)

    eventually(usable, "a link-local address that is not tentative")
    return echo


def hasten_detection(ns: Namespace) -> None:
    """Of duplicate addresses, which else takes up to two seconds."""
    ns.sysctl("net/ipv6/conf/tap0/router_solicitation_delay", 0)
    ns.sysctl("net/ipv6/neigh/tap0/retrans_time_ms", 100)


def hasten(ns: Namespace, family: int, **settings: int) -> None:
    for name, value in settings.items():
        ns.sysctl(f"net/ipv{family}/neigh/tap0/{name}", value)


def questions(capture: Capture, family: int, target: str) -> list[tuple[bool, Packet]]:
    """The host's requests for `target`'s MAC, and the answers: whether it was sent, and the frame."""
    found = []
    for sent, data in capture.frames():
        packet = Ether(data)
        kinds = (ICMPv6ND_NS, ICMPv6ND_NA) if family == 6 else (ARP,)
        layer = next((packet[kind] for kind in kinds if kind in packet), None)
        if layer is None:
            continue
        about = layer.tgt if family == 6 else layer.pdst if layer.op == 1 else layer.psrc
        if about == target:
            found.append((sent, packet))
    return found


@over_both
def test_simulated_host_is_reachable_and_a_unicast_probe_keeps_it_so(ns: Namespace, profile, family: int) -> None:
    echo = echo_with_link_local(ns, profile)
    peer = PEER[family]
    # Reachable for at most 150 ms, probed as soon as it is used after that.
    hasten(ns, family, base_reachable_time_ms=100, delay_first_probe_time=0)
    capture = Capture(ns, "tap0")
    ns.ping("-c", 1, peer).expect(0)
    (first_sent, first), (answer_sent, _) = questions(capture, family, peer)
    assert (first_sent, answer_sent) == (True, False)
    assert int(first.dst[1], 16) & 1, "the first question goes to a group"
    until_state(ns, peer, "STALE")
    mac = neighbour(ns, peer)["lladdr"]

    hasten(ns, family, base_reachable_time_ms=600_000)
    ns.ping("-c", 1, peer).expect(0)
    until_state(ns, peer, "REACHABLE")
    assert neighbour(ns, peer)["lladdr"] == mac
    (probe_sent, probe), (answer_sent, answer) = questions(capture, family, peer)
    assert (probe_sent, answer_sent) == (True, False)
    assert (probe.dst, answer.src, answer.dst) == (mac, mac, probe.src)
    if family == 6:
        assert probe[IPv6].dst == peer, "the probe itself goes to the host, not to its group"
    capture.close()
    lines, _ = echo.finish()
    told = [line.told for line in lines if re.search(rf"who-has {peer} |who has {peer},", line.text)]
    assert told == ["reply (arp)" if family == 4 else "reply (neighbour)"] * 2


@over_both
def test_entry_in_use_goes_from_probe_to_probe_and_is_never_given_up(ns: Namespace, profile, family: int) -> None:
    rounds = 5
    echo_with_link_local(ns, profile, "-q")
    peer = PEER[family]
    hasten(ns, family, base_reachable_time_ms=50, delay_first_probe_time=0)
    capture = Capture(ns, "tap0")
    monitor = ns.start("stdbuf", "-oL", "ip", "monitor", "neigh", "dev", "tap0")
    seen: list[tuple[bool, Packet]] = []
    # Datagrams confirm nothing, unlike ping, which tells the kernel that its replies arrived.
    datagrams = ns.socket(socket.AF_INET if family == 4 else socket.AF_INET6, socket.SOCK_DGRAM, 0)

    def probes_answered() -> bool:
        datagrams.sendto(b"are you there?", (peer, 9))
        seen.extend(questions(capture, family, peer))
        return sum(not sent for sent, _ in seen) > rounds

    eventually(probes_answered, f"{rounds} answered probes")
    datagrams.close()
    capture.close()
    hasten(ns, family, base_reachable_time_ms=600_000)
    ns.ping("-c", 1, peer).expect(0)
    until_state(ns, peer, "REACHABLE")
    monitor.until_out(rf"^{peer} .*REACHABLE")
    assert not re.search(rf"^{peer} .*FAILED", monitor.out, re.M), monitor.out
    # Behind the first question all go to the host itself.
    assert [int(packet.dst[1], 16) & 1 for sent, packet in seen if sent][1:] == [0] * sum(sent for sent, _ in seen[2:])


@over_both
def test_gateway_is_the_neighbour_of_all_behind_it(ns: Namespace, echo: lab.Echo, family: int) -> None:
    gateway, behind = {4: ("10.0.3.254", "172.31.7.7"), 6: ("fd00:3::fe", "fd00:99::7")}[family]
    ns.ip(f"-{family}", "route", "add", "default", "via", gateway, "dev", "tap0")
    ns.ping("-c", 2, "-l", 2, behind).expect(0)
    assert state(ns, gateway) == "REACHABLE"
    assert neighbour(ns, behind) == {}


@over_both
def test_macs_are_the_labs_and_stable(ns: Namespace, echo: lab.Echo, profile, family: int) -> None:
    others = {4: ["10.0.3.2", "10.0.3.3", "10.0.3.200"], 6: ["fd00:3::2", "fd00:3::3", "fd00:3::1:2"]}[family]

    def learnt() -> list[object]:
        for address in others:
            ns.ping("-c", 1, address).expect(0)
        return [neighbour(ns, address)["lladdr"] for address in others]

    macs = learnt()
    if family == 4:
        assert macs == [lab_mac(address) for address in others]
    else:
        assert all(LAB_MAC6.fullmatch(mac) for mac in macs), macs
        assert len(set(macs)) == len(macs)
    echo.finish()
    ns.tunlab("down").expect(0)
    TAP.up(ns, profile)
    ns.echo("tap0")
    assert learnt() == macs


# The tools that ask


def test_arping_for_duplicates_finds_none(ns: Namespace, echo: lab.Echo) -> None:
    """For a simulated address too: to a lab of all addresses each is free, or nobody could take one."""
    started = [ns.start("arping", "-D", "-I", "tap0", "-c", 1, "-w", 1, address) for address in (PEER[4], HOST[4])]
    for arping in started:
        result = arping.wait().expect(0)
        assert "Received 0 response(s)" in result.out, result
    lines, _ = echo.finish()
    assert sorted(line.told for line in lines if line.text.startswith("ARP,")) == [
        "ignore (arp-probe)",
        "ignore (own-address)",
    ]


def test_ndisc6_gets_one_answer_however_long_it_listens(ns: Namespace, echo: lab.Echo) -> None:
    result = ns.run("ndisc6", "-m", "-n", "-r", 1, "-w", 2000, PEER[6], "tap0").expect(0)
    (mac,) = re.findall(r"link-layer address: (\S+)", result.out)
    assert LAB_MAC6.fullmatch(mac.lower()), result
    assert result.out.count(f"from {PEER[6]}") == 1, result
    echo.until_lines(1, "reply", "neighbour")


def test_ndisc6_for_the_hosts_own_address_gets_no_answer(ns: Namespace, echo: lab.Echo) -> None:
    result = ns.run("ndisc6", "-m", "-n", "-r", 1, "-w", 300, HOST[6], "tap0")
    assert (result.code, "No response" in result.out) == (2, True), result
    echo.until_lines(1, "ignore", "own-address")


# The host takes addresses


def test_duplicate_address_detection_of_the_hosts_own_addresses_succeeds(ns: Namespace, echo: lab.Echo) -> None:
    hasten_detection(ns)
    own = [f"fd00:3::77:{number}" for number in range(1, 6)]
    for address in own:
        ns.ip("addr", "add", f"{address}/64", "dev", "tap0")

    def undecided() -> list[str]:
        infos = ns.ip_json("-6", "addr", "show", "dev", "tap0")[0]["addr_info"]
        assert not [info for info in infos if info.get("dadfailed")], infos
        return [info["local"] for info in infos if info.get("tentative")]

    assert undecided(), "detection takes its time"
    eventually(lambda: not undecided(), "the addresses are no longer tentative")
    assert {f"{address}/64" for address in own} < ns.addresses("tap0")
    lines, _ = echo.finish()
    for address in own:
        told = {line.told for line in lines if f"who has {address}," in line.text}
        assert told and told <= {"ignore (own-address)", "ignore (neighbour-probe)"}, (address, told)


def test_solicitation_is_answered_before_the_host_takes_the_address_and_after_it_gives_it_up(ns: Namespace, wire: Wire) -> None:
    """Answered before the host takes it and after it has given it up, never between."""
    later = "fd00:3::66"
    asked = solicitation(wire, later, source="fd00:3::9")
    assert wire.ask(asked).line.told == "reply (neighbour)"
    ns.ip("addr", "add", f"{later}/64", "dev", "tap0", "nodad")
    # Whatever the kernel says on its own account when it gets an address has its own lines.
    assert "ignore (own-address)" in {line.told for line in wire.ask(asked).lines}
    assert advertisements(wire.ask(asked)) == []
    ns.ip("addr", "del", f"{later}/64", "dev", "tap0")
    eventually(lambda: advertisements(wire.ask(asked)), "the address answered for again")


# Neighbour discovery, byte by byte


def group_of(target: str) -> tuple[str, str]:
    """The solicited-node group of an address and its MAC (RFC 4291 §2.7.1, RFC 2464 §7)."""
    last = socket.inet_pton(socket.AF_INET6, target)[-3:]
    group = bytes.fromhex("ff0200000000000000000001ff") + last
    return socket.inet_ntop(socket.AF_INET6, group), "33:33:ff:" + ":".join(f"{byte:02x}" for byte in last)


def solicitation(
    wire: Wire,
    target: str = PEER[6],
    *,
    source: str = HOST[6],
    to: str = "",
    frame_to: str = "",
    hlim: int = 255,
    options: Packet | None | bytes = b"",
    **fields: object,
) -> Packet:
    """A neighbour solicitation as Linux makes it, but for what a test says. `options`: None for none."""
    group, mac = group_of(target)
    packet = Ether(src=wire.host_mac, dst=frame_to or mac) / IPv6(src=source, dst=to or group, hlim=hlim)
    packet /= ICMPv6ND_NS(tgt=target, **fields)
    if options is None:
        return packet
    return packet / (options or ICMPv6NDOptSrcLLAddr(lladdr=wire.host_mac))


def advertisements(answer: Answer) -> list[Packet]:
    return [packet for packet in map(Ether, answer.replies) if ICMPv6ND_NA in packet]


def assert_advertisement(wire: Wire, answer: Answer, asker: str = HOST[6]) -> None:
    # Where the asker is not the host, the kernel may say so, and ask itself: that comes behind.
    reply = Ether(answer.replies[0])
    assert answer.lines[0].told == "reply (neighbour)"
    told, ip = reply[ICMPv6ND_NA], reply[IPv6]
    assert bytes(ip) == remade(ip), "a length or checksum is wrong"
    assert LAB_MAC6.fullmatch(reply.src) and reply.dst == wire.host_mac
    assert (ip.src, ip.dst, ip.hlim, ip.tc, ip.plen) == (PEER[6], asker, 255, 0, 32)
    assert (told.code, told.R, told.S, told.O, told.res, told.tgt) == (0, 0, 1, 1, 0, PEER[6])
    option = told[ICMPv6NDOptDstLLAddr]
    assert (option.type, option.len, option.lladdr) == (2, 1, reply.src)


@pytest.mark.parametrize("asker", [HOST[6], "fe80::9", "2001:db8::9"])
def test_solicitation_to_the_group_is_answered_to_the_asker(wire: Wire, asker: str) -> None:
    answer = wire.ask(solicitation(wire, source=asker))
    assert_advertisement(wire, answer, asker)
    assert answer.lines[0].text.startswith(f"IP6 {asker} > ff02::1:ff00:2: ICMP6, neighbor solicitation, who has {PEER[6]}")


def test_unicast_solicitation_is_answered(wire: Wire) -> None:
    mac = Ether(wire.ask(solicitation(wire)).reply).src
    answer = wire.ask(solicitation(wire, to=PEER[6], frame_to=mac, options=None))
    assert_advertisement(wire, answer)


def test_unknown_options_of_a_solicitation_are_passed_over(wire: Wire) -> None:
    nonce = ICMPv6NDOptUnknown(type=14, len=1, data=b"sixfix")
    assert_advertisement(wire, wire.ask(solicitation(wire, options=nonce / ICMPv6NDOptSrcLLAddr(lladdr=wire.host_mac))))


SILENT: dict[str, tuple[dict[str, object], str]] = {
    "through a router": ({"hlim": 254}, "bad (neighbour-malformed)"),
    "code 1": ({"code": 1}, "bad (neighbour-malformed)"),
    "wrong checksum": ({"cksum": 0x1234}, "bad (icmp-checksum)"),
    "for a group": ({"target": "ff02::1", "to": "ff02::1:ff00:1"}, "bad (neighbour-malformed)"),
    "option of no length": ({"options": Raw(b"\1\0" + bytes(6))}, "bad (neighbour-malformed)"),
    "option beyond the end": ({"options": Raw(b"\1\2" + bytes(6))}, "bad (neighbour-malformed)"),
    "MAC of a group": ({"options": ICMPv6NDOptSrcLLAddr(lladdr="33:33:00:00:00:01")}, "bad (neighbour-malformed)"),
    "for the host's own address": ({"target": HOST[6], "source": "fd00:3::9"}, "ignore (own-address)"),
    "whether an address is free": ({"source": "::", "options": None}, "ignore (neighbour-probe)"),
    "probe that names a MAC": ({"source": "::"}, "bad (neighbour-malformed)"),
    "probe to the host itself": ({"source": "::", "options": None, "to": PEER[6]}, "bad (neighbour-malformed)"),
    "to another group": ({"to": "ff02::1:ff00:99"}, "ignore (multicast)"),
    "from loopback": ({"source": "::1"}, "bad (bad-source)"),
}


@pytest.mark.parametrize("case", SILENT)
def test_solicitation_is_told_with_its_reason_and_not_answered(wire: Wire, case: str) -> None:
    fields, told = SILENT[case]
    wire.ask(solicitation(wire, **fields)).assert_silent(told)


def test_solicitation_cut_short_is_silent(wire: Wire) -> None:
    group, mac = group_of(PEER[6])
    for length in range(24):
        body = socket.inet_pton(socket.AF_INET6, PEER[6])[: max(length - 8, 0)]
        packet = Ether(src=wire.host_mac, dst=mac) / IPv6(src=HOST[6], dst=group, hlim=255, nh=58)
        if length >= 4:
            packet /= ICMPv6Unknown(type=135, code=0, msgbody=bytes(min(length, 8) - 4) + body)
        else:
            packet /= Raw(bytes([135, 0, 0])[:length])
        answer = wire.ask(packet)
        assert answer.replies == [], length
        # Less than an ICMPv6 header is no solicitation, only something to a group.
        told = "bad (neighbour-malformed)" if length >= 8 else "ignore (multicast)"
        assert answer.line.told == told, (length, answer.line)
