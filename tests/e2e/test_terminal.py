"""What a person at the terminal sees: help, errors, streams, colour, lines, exit codes.

    one network namespace
    ┌───────────────────────────────────────────────────────────────┐
    │  ping, scapy ── tun0 or tap0 ── tunlab echo ── pipe, or a pty │
    └───────────────────────────────────────────────────────────────┘
"""

from __future__ import annotations

import fcntl
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import lab
from lab import Namespace, eventually, parse_lines, parse_summary
from terminal import ESCAPE, Terminal
from wire import BROADCAST_MAC, Wire, fragments, lab_mac, tcpdump, write_pcap

from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption, IPOption_LSRR, IPOption_RR
from scapy.layers.inet6 import (
    ICMPv6DestUnreach,
    ICMPv6EchoReply,
    ICMPv6EchoRequest,
    ICMPv6MLDMultAddrRec,
    ICMPv6MLReport2,
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6ND_RS,
    ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptSrcLLAddr,
    ICMPv6PacketTooBig,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    RouterAlert,
)
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet, Raw

COMMANDS = ("up", "down", "echo", "status", "check", "schema")


# Help, version, usage


def test_no_arguments_show_help_on_stderr() -> None:
    result = lab.tunlab().expect(2)
    assert result.out == ""
    for command in COMMANDS:
        assert re.search(rf"^\s+(tunlab )?{command}\b", result.err, re.M), result


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_is_on_stdout(option: str) -> None:
    result = lab.tunlab(option).expect(0)
    assert result.err == ""
    for command in COMMANDS:
        assert re.search(rf"^\s+(tunlab )?{command}\b", result.out, re.M), result


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_is_on_stdout(command: str) -> None:
    for option in ("-h", "--help"):
        result = lab.tunlab(command, option).expect(0)
        assert result.err == ""
        assert f"tunlab {command}" in result.out


def test_help_of_echo_shows_all_its_options() -> None:
    shown = lab.tunlab("echo", "--help").expect(0).out
    for option in ("--mode", "-c", "--count", "-w", "--deadline", "-x", "--hex", "-e", "--link-level", "-t", "--short-time"):
        assert re.search(rf"(?<![\w-]){option}\b", shown), option


def test_help_offers_nothing_that_does_not_exist() -> None:
    for arguments in ((), *((command,) for command in COMMANDS)):
        shown = lab.tunlab(*arguments, "--help").expect(0).out
        for later in ("doctor", "completion", "tunlab run", "--explain", "--pcap", "--expect", "not implemented"):
            assert later not in shown, (arguments, later)


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_version_is_on_stdout(option: str) -> None:
    result = lab.tunlab(option).expect(0)
    assert re.fullmatch(r"tunlab \d+\.\d+\.\d+\S*\n", result.out), result
    assert result.err == ""


def test_help_is_not_wider_than_a_terminal() -> None:
    for arguments in ((), *((command,) for command in COMMANDS)):
        for row in lab.tunlab(*arguments, "--help").expect(0).out.splitlines():
            assert len(row) <= 100, row


@pytest.mark.parametrize(
    ("arguments", "wrong", "suggestion"),
    [
        (("upp", "profiles/tun0.json"), "upp", "up"),
        (("ecco",), "ecco", "echo"),
        (("stauts",), "stauts", "status"),
        (("echo", "--hexx"), "--hexx", "--hex"),
        (("echo", "--coutn", "3"), "--coutn", "--count"),
        (("status", "--jsn"), "--jsn", "--json"),
        (("down", "--al"), "--al", "--all"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_misspelt_word_is_named_with_a_suggestion(ns: Namespace, arguments: tuple[str, ...], wrong: str, suggestion: str) -> None:
    result = ns.tunlab(*arguments).expect(2)
    assert result.out == ""
    assert re.search(rf"^error: .*{re.escape(wrong)}", result.err, re.M), result
    assert re.search(rf'did you mean ["\']?{re.escape(suggestion)}["\']?\?', result.err), result
    assert ns.ifnames() == {"lo"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("xyzzy",),
        ("up",),
        ("check",),
        ("up", "--frobnicate", "profiles/tun0.json"),
        ("echo", "-c"),
        ("echo", "-c", "0"),
        ("echo", "-c", "-1"),
        ("echo", "-c", "3x"),
        ("echo", "-c", ""),
        ("echo", "-w", "-1"),
        ("echo", "-w", "soon"),
        ("echo", "-w", "nan"),
        ("echo", "-w", "inf"),
        ("echo", "a", "b"),
        ("echo", ""),
        ("status", ""),
        ("down", ""),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_one_error_and_exit_2(ns: Namespace, arguments: tuple[str, ...]) -> None:
    result = ns.tunlab(*arguments).expect(2)
    assert result.out == ""
    assert result.err.startswith("error: "), result
    assert "did you mean" not in result.err, result
    assert len(re.findall(r"^error: ", result.err, re.M)) == 1, result
    assert ns.ifnames() == {"lo"}


def test_an_option_given_twice_counts_as_given_last(ns: Namespace) -> None:
    result = ns.tunlab("echo", "-q", "-w", "100", "-w", "0.1", "--color", "never", "--color", "always").expect(0)
    assert "0 packets in" in result.err, result


def test_two_dashes_end_the_options(ns: Namespace) -> None:
    assert ns.tunlab("check", "--", "profiles/tun0.json").expect(0).out == "profiles/tun0.json: valid (tun0, tun)\n"
    result = ns.tunlab("check", "--", "--help").expect(2)
    assert re.search(r'^error: "--help"', result.err, re.M), result


def test_remedy_can_be_pasted_into_a_shell(ns: Namespace, tmp_path: Path) -> None:
    path = tmp_path / "it's one file.json"
    path.write_text('{"version": 1, "name": "tun0", "mode": "tun"}')
    ns.up(path)
    path.write_text('{"version": 1, "name": "tun0", "mode": "tap"}')

    result = ns.tunlab("up", path).expect(5)

    remedy = re.search(r"^ +try: (.*)$", result.err, re.M)
    assert remedy, result
    ns.run("sh", "-c", remedy[1].replace("tunlab ", f"{lab.BINARY} ")).expect(0)
    assert ns.link("tun0")["linkinfo"]["info_data"]["type"] == "tap"


@pytest.mark.parametrize(
    ("arguments", "wrong", "right"),
    [(("echo", "--mode", "tab"), "tab", ("tun", "tap")), (("status", "--color", "red"), "red", ("auto", "always", "never"))],
    ids=["mode", "color"],
)
def test_wrong_value_of_an_option_is_named_with_the_right_ones(
    ns: Namespace, arguments: tuple[str, ...], wrong: str, right: tuple[str, ...]
) -> None:
    result = ns.tunlab(*arguments).expect(2)
    assert re.match(rf'error: {arguments[1]}\b.*"{wrong}"', result.err), result
    for value in right:
        assert re.search(rf"\b{value}\b", result.err), result


def test_options_are_taken_before_and_after_operands(ns: Namespace) -> None:
    ns.up("profiles/tun0.json")
    for arguments in (("echo", "-q", "-w", "0.05", "tun0"), ("echo", "tun0", "-q", "-w", "0.05"), ("echo", "-qw0.05", "tun0")):
        assert ns.tunlab(*arguments).expect(0).out == ""


def test_unknown_device_is_named_with_a_suggestion(ns: Namespace) -> None:
    ns.up("profiles/tun0.json")
    for command in ("echo", "status"):
        result = ns.tunlab(command, "tnu0").expect(2)
        assert re.search(r"^error: .*tnu0", result.err, re.M), result
        assert re.search(r'did you mean "?tun0"?\?', result.err), result


def test_mode_that_contradicts_the_device_is_refused(ns: Namespace) -> None:
    ns.up("profiles/tun0.json")
    for operand in (("tun0",), ("profiles/tun0.json",)):
        result = ns.tunlab("echo", "--mode", "tap", *operand).expect(2)
        assert re.search(r"^error: .*tun0", result.err, re.M), result
        assert "tap" in result.err, result
        assert "listening" not in result.err, result


def test_mode_that_contradicts_a_profile_without_device_is_refused(ns: Namespace) -> None:
    ns.tunlab("echo", "--mode", "tap", "profiles/tun0.json").expect(2)
    assert ns.ifnames() == {"lo"}


# When echo ends


def start(ns: Namespace, *options: object) -> lab.Echo:
    ns.up("profiles/tun0.json")
    return ns.echo("tun0", *options)


def test_count_ends_it_after_that_many_requests(ns: Namespace) -> None:
    echo = start(ns, "-c", "3")
    ns.ping("-c", 3, "-i", 0.01, "192.168.0.3").expect(0)
    result = echo.wait().expect(0)
    assert len(parse_lines(result.out)) == 3
    assert parse_summary(result.err).reasons["answered"] == {"echo": 3}


def test_count_counts_requests_only(ns: Namespace) -> None:
    echo = start(ns, "-c", "1")
    wire = Wire(ns, echo, "tun0", "192.168.0.1", "192.168.0.250")
    for packet in (
        IP(src="192.168.0.1", dst="192.168.0.3") / UDP(sport=40000, dport=40001),
        IP(src="192.168.0.1", dst="192.168.0.3") / ICMP(type=0),
        IP(src="192.168.0.1", dst="192.168.0.3") / ICMP(type=8),
    ):
        wire.send(packet)
    wire.close()
    assert parse_summary(echo.wait().expect(0).err).packets == 3


def test_deadline_without_count_is_success(ns: Namespace) -> None:
    began = time.monotonic()
    result = start(ns, "-w", "0.3").wait().expect(0)
    assert time.monotonic() - began >= 0.3
    assert parse_summary(result.err).packets == 0


def test_deadline_before_the_count_is_failure(ns: Namespace) -> None:
    result = start(ns, "-c", "5", "-w", "0.3").wait().expect(1)
    assert parse_summary(result.err).packets == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda n: n.name)
def test_signal_before_the_count_is_failure(ns: Namespace, number: signal.Signals) -> None:
    echo = start(ns, "-c", "5")
    ns.ping("-c", 2, "-i", 0.01, "192.168.0.3").expect(0)
    result = echo.stop(number).expect(1)
    assert parse_summary(result.err).packets == 2


def test_count_before_the_deadline_is_success(ns: Namespace) -> None:
    echo = start(ns, "-c", "1", "-w", "60")
    ns.ping("-c", 1, "192.168.0.3").expect(0)
    echo.wait().expect(0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_signal_ends_it_with_a_summary(ns: Namespace, number: signal.Signals) -> None:
    echo = start(ns)
    ns.ping("-c", 2, "-i", 0.01, "192.168.0.3").expect(0)
    result = echo.stop(number).expect(0)
    assert parse_summary(result.err).packets == 2
    assert re.search(r"^reply time min/avg/p50/p99/max = \d+/\d+/\d+/\d+/\d+ us", result.err, re.M), result


def test_summary_says_why_nothing_arrived(ns: Namespace) -> None:
    result = start(ns).stop().expect(0)
    told = result.err.partition("0 packets in")[2]
    assert re.search(r"\bown address\b", told), result
    assert re.search(r"\broute\b", told), result


@pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGQUIT], ids=lambda n: n.name)
def test_signal_for_statistics_prints_one_line_and_goes_on(ns: Namespace, number: signal.Signals) -> None:
    echo = start(ns)
    ns.ping("-c", 2, "-i", 0.01, "192.168.0.3").expect(0)
    echo.until_lines(2, "reply", "echo")
    for shown in (1, 2):
        echo.send_signal(number)
        echo.until(
            lambda shown=shown: len(echo.err.splitlines()) == 1 + shown and echo.err.endswith("\n"),
            "one more line on stderr",
        )
        assert re.search(r"\b2 packets in: 2 answered\b", echo.err.splitlines()[-1]), echo.err
    ns.ping("-c", 1, "192.168.0.3").expect(0)
    _, summary = echo.finish()
    assert summary.packets == 3


def test_summary_tells_packets_that_the_queue_dropped(ns: Namespace, profile) -> None:
    """What the kernel dropped before tunlab could read it is shown, not kept quiet."""
    ns.up(profile("tun0", txqueuelen=1, addresses=["192.168.0.1/24"]))
    echo = ns.echo("tun0", "-q")
    packets = ns.packet_socket("tun0", 0x0800)
    echo.send_signal(signal.SIGSTOP)
    one = bytes(IP(src="192.168.0.1", dst="192.168.0.3") / ICMP(type=8))
    for _ in range(600):
        try:
            packets.send(one)
        except OSError:
            pass  # ENOBUFS: the queue is full, which is the point
    packets.close()
    echo.send_signal(signal.SIGCONT)
    dropped = ns.ip_json("-s", "link", "show", "dev", "tun0")[0]["stats64"]["tx"]["dropped"]
    assert dropped > 0
    result = echo.stop().expect(0)
    assert re.search(rf"\b{dropped}\b.*dropped|tx_dropped.*\b{dropped}\b", result.err), result


# The lines, held against tcpdump


def judged_by_tcpdump(
    ns: Namespace, ifname: str, packets: list[Packet | bytes], tmp_path: Path, *options: str
) -> tuple[list[lab.Line], list[str]]:
    """tunlab's lines of these packets, and what tcpdump prints of the same with the same options."""
    ns.up(f"profiles/{ifname}.json")
    echo = ns.echo(ifname, *options)
    host, fence = {"tun0": ("192.168.0.1", "192.168.0.250"), "tap0": ("10.0.1.1", "10.0.1.250")}[ifname]
    wire = Wire(ns, echo, ifname, host, fence)
    raw = [bytes(packet) for packet in packets]
    lines = [wire.ask(packet).line for packet in raw]
    wire.close()
    return lines, tcpdump(write_pcap(tmp_path / "judged.pcap", raw, wire.linktype), *options)


A, B = "192.168.0.1", "192.168.0.3"
A6, B6 = "fd00::1", "fd00::2"

TUN_PACKETS: dict[str, Packet | bytes] = {
    "echo request": IP(src=A, dst=B) / ICMP(type=8, id=4, seq=1) / Raw(b"x" * 56),
    "echo request without data": IP(src=A, dst=B) / ICMP(type=8, id=65535, seq=65535),
    "echo request with a bad checksum": IP(src=A, dst=B) / ICMP(type=8, id=4, seq=1, chksum=1) / Raw(b"x" * 56),
    "echo request with a bad IP checksum": IP(src=A, dst=B, chksum=1) / ICMP(type=8, id=4, seq=1),
    "echo reply": IP(src=A, dst=B) / ICMP(type=0, id=4, seq=1) / Raw(b"abc"),
    "echo request to broadcast": IP(src=A, dst="255.255.255.255") / ICMP(type=8, id=4, seq=1),
    "first fragment": IP(src=A, dst=B, flags="MF") / ICMP(type=8, id=4, seq=1) / Raw(b"x" * 56),
    "later fragment": IP(src=A, dst=B, frag=8, proto=1) / Raw(b"x" * 56),
    "UDP": IP(src=A, dst=B) / UDP(sport=40000, dport=40001) / Raw(b"hello"),
    "UDP without data": IP(src=A, dst=B) / UDP(sport=40000, dport=40001),
    "UDP to multicast": IP(src=A, dst="239.1.2.3") / UDP(sport=40000, dport=40001) / Raw(b"hello"),
    "TCP SYN": IP(src=A, dst=B) / TCP(sport=40000, dport=40001, flags="S", seq=1000),
    "protocol 253": IP(src=A, dst=B, proto=253) / Raw(b"hello"),
    "ICMP timestamp request": IP(src=A, dst=B) / ICMP(type=13, id=7, seq=9),
    "echo request with record route": IP(src=A, dst=B, options=[IPOption_RR(length=39, pointer=4, routers=["0.0.0.0"] * 9)]) / ICMP(type=8, id=4, seq=1),
    "echo request with a malformed option": IP(src=A, dst=B, options=[IPOption(b"\x07\x02\x04")]) / ICMP(type=8, id=4, seq=1),
    "loose source route": IP(src=A, dst=B, options=[IPOption_LSRR(routers=["10.0.0.1"])]) / ICMP(type=8, id=4, seq=1),
    "ICMP port unreachable": IP(src=A, dst=B) / ICMP(type=3, code=3) / IP(src=B, dst=A) / UDP(sport=40001, dport=40000),
    "ICMP timestamp reply": IP(src=A, dst=B) / ICMP(type=14, id=7, seq=9, ts_ori=1, ts_rx=40_000_123, ts_tx=86_399_999),
    "UDP with a bad checksum": IP(src=A, dst=B) / UDP(sport=40000, dport=40001, chksum=1) / Raw(b"hello"),
    "UDP of 7 bytes": IP(src=A, dst=B, proto=17) / Raw(b"\x9c\x40\x9c\x41\0\7\0"),
    "UDP with a length below 8": IP(src=A, dst=B) / UDP(sport=40000, dport=40001, len=7) / Raw(b"hello"),
    "UDP with a length beyond the packet": IP(src=A, dst=B) / UDP(sport=40000, dport=40001, len=99) / Raw(b"hello"),
    "first fragment of UDP": IP(src=A, dst=B, flags="MF") / UDP(sport=40000, dport=40001, len=3000) / Raw(b"x" * 56),
    "first fragment of TCP": IP(src=A, dst=B, flags="MF") / TCP(sport=40000, dport=40001, flags="S", seq=1000) / Raw(b"x" * 60),
    "TCP SYN with options": IP(src=A, dst=B) / TCP(sport=40000, dport=40001, flags="S", seq=1000, options=[("MSS", 1460), ("SAckOK", b""), ("Timestamp", (1, 0)), ("NOP", None), ("WScale", 7)]),
    "TCP SYN with data": IP(src=A, dst=B) / TCP(sport=40000, dport=40001, flags="S", seq=1000) / Raw(b"hello"),
    "TCP data": IP(src=A, dst=B) / TCP(sport=40000, dport=40001, flags="PA", seq=1000, ack=77) / Raw(b"hello"),
    "TCP ACK": IP(src=A, dst=B) / TCP(sport=40000, dport=40001, flags="A", seq=1000, ack=77),
    "TCP FIN with ECE, CWR and URG": IP(src=A, dst=B) / TCP(sport=40000, dport=40001, flags="FECU", seq=1000, urgptr=3),
    "TCP reset": IP(src=A, dst=B) / TCP(sport=40000, dport=40001, flags="RA", seq=0, ack=77),
    "TCP without flags": IP(src=A, dst=B) / TCP(sport=40000, dport=40001, flags="", seq=1000),
    "TCP header of 16 bytes": IP(src=A, dst=B) / TCP(sport=40000, dport=40001, flags="S", dataofs=4),
    "TCP header beyond the packet": IP(src=A, dst=B) / TCP(sport=40000, dport=40001, flags="S", dataofs=15),
    "TCP with a bad checksum": IP(src=A, dst=B) / TCP(sport=40000, dport=40001, flags="S", chksum=1),
    "IPv6 echo request": IPv6(src=A6, dst=B6) / ICMPv6EchoRequest(id=1, seq=2),
    "IPv6 echo request with data": IPv6(src=A6, dst=B6, tc=0xB8, fl=0xABCDE) / ICMPv6EchoRequest(id=1, seq=2, data=b"x" * 56),
    "IPv6 echo request with a bad checksum": IPv6(src=A6, dst=B6) / ICMPv6EchoRequest(id=1, seq=2, cksum=1),
    "IPv6 echo reply": IPv6(src=A6, dst=B6) / ICMPv6EchoReply(id=1, seq=2, data=b"abc"),
    "IPv6 router solicitation": IPv6(src="fe80::1", dst="ff02::2") / ICMPv6ND_RS(),
    "IPv6 neighbour solicitation": IPv6(src="fe80::1", dst="ff02::1:ff00:2", hlim=255) / ICMPv6ND_NS(tgt=B6) / ICMPv6NDOptSrcLLAddr(lladdr="0a:00:00:00:00:01"),
    "IPv6 neighbour advertisement": IPv6(src=A6, dst=B6, hlim=255) / ICMPv6ND_NA(tgt=A6, R=0, S=1, O=1) / ICMPv6NDOptDstLLAddr(lladdr="0a:00:00:00:00:01"),
    "IPv6 multicast listener report": IPv6(src="fe80::1", dst="ff02::16", hlim=1) / IPv6ExtHdrHopByHop(options=RouterAlert()) / ICMPv6MLReport2(records=[ICMPv6MLDMultAddrRec(dst="ff02::1:ff00:1")]),
    "IPv6 port unreachable": IPv6(src=A6, dst=B6) / ICMPv6DestUnreach(code=4) / IPv6(src=B6, dst=A6) / UDP(sport=40001, dport=40000),
    "IPv6 packet too big": IPv6(src=A6, dst=B6) / ICMPv6PacketTooBig(mtu=1280) / IPv6(src=B6, dst=A6) / UDP(sport=40001, dport=40000),
    "IPv6 first fragment": IPv6(src=A6, dst=B6) / IPv6ExtHdrFragment(nh=58, id=77, offset=0, m=1) / ICMPv6EchoRequest(id=1, seq=2, cksum=1, data=b"x" * 56),
    "IPv6 first fragment of UDP": IPv6(src=A6, dst=B6) / IPv6ExtHdrFragment(nh=17, id=77, offset=0, m=1) / UDP(sport=40000, dport=40001, len=3000) / Raw(b"x" * 56),
    "IPv6 later fragment": IPv6(src=A6, dst=B6) / IPv6ExtHdrFragment(nh=58, id=77, offset=8, m=0) / Raw(b"x" * 56),
    "IPv6 atomic fragment": IPv6(src=A6, dst=B6) / IPv6ExtHdrFragment(id=77, offset=0, m=0) / ICMPv6EchoRequest(id=1, seq=2),
    "IPv6 hop by hop": IPv6(src=A6, dst=B6) / IPv6ExtHdrHopByHop() / ICMPv6EchoRequest(id=1, seq=2),
    "IPv6 destination options": IPv6(src=A6, dst=B6) / IPv6ExtHdrDestOpt() / ICMPv6EchoRequest(id=1, seq=2),
    "IPv6 no next header": IPv6(src=A6, dst=B6, nh=59),
    "IPv6 next header 253": IPv6(src=A6, dst=B6, nh=253) / Raw(b"hello"),
    "IPv6 UDP": IPv6(src=A6, dst=B6) / UDP(sport=40000, dport=40001) / Raw(b"hello"),
    "IPv6 TCP SYN": IPv6(src=A6, dst=B6) / TCP(sport=40000, dport=40001, flags="S", seq=1000, options=[("MSS", 1440)]),
    "IPv6 cut short": bytes(IPv6(src=A6, dst=B6) / ICMPv6EchoRequest(id=1, seq=2))[:44],
}  # fmt: skip


@pytest.mark.parametrize("case", TUN_PACKETS)
def test_text_of_a_line_is_tcpdumps(ns: Namespace, tmp_path: Path, case: str) -> None:
    lines, judged = judged_by_tcpdump(ns, "tun0", [TUN_PACKETS[case]], tmp_path)
    assert [line.text for line in lines] == judged


def tap_packets(mac: str) -> dict[str, Packet]:
    simulated = lab_mac("10.0.1.2")
    to_all, to_peer = Ether(src=mac, dst=BROADCAST_MAC), Ether(src=mac, dst=simulated)
    return {
        "ARP request": to_all / ARP(op=1, hwsrc=mac, psrc="10.0.1.1", pdst="10.0.1.2"),
        "ARP request to unicast": to_peer / ARP(op=1, hwsrc=mac, psrc="10.0.1.1", pdst="10.0.1.2", hwdst=simulated),
        "ARP announcement": to_all / ARP(op=1, hwsrc=mac, psrc="10.0.1.1", pdst="10.0.1.1"),
        "ARP probe": to_all / ARP(op=1, hwsrc=mac, psrc="0.0.0.0", pdst="10.0.1.2"),
        "ARP reply": to_peer / ARP(op=2, hwsrc=mac, psrc="10.0.1.1", pdst="10.0.1.2", hwdst=simulated),
        "echo request": to_peer / IP(src="10.0.1.1", dst="10.0.1.2") / ICMP(type=8, id=4, seq=1) / Raw(b"x" * 56),
        "UDP": to_peer / IP(src="10.0.1.1", dst="10.0.1.2") / UDP(sport=40000, dport=40001) / Raw(b"hello"),
        "neighbour solicitation": Ether(src=mac, dst="33:33:ff:00:00:02")
        / IPv6(src="fe80::1", dst="ff02::1:ff00:2", hlim=255)
        / ICMPv6ND_NS(tgt="fd00::2")
        / ICMPv6NDOptSrcLLAddr(lladdr=mac),
        "unicast solicitation": Ether(src=mac, dst="02:01:00:00:00:01")
        / IPv6(src="fe80::1", dst="fd00::2", hlim=255)
        / ICMPv6ND_NS(tgt="fd00::2"),
        "duplicate address probe": Ether(src=mac, dst="33:33:ff:00:00:02")
        / IPv6(src="::", dst="ff02::1:ff00:2", hlim=255)
        / ICMPv6ND_NS(tgt="fd00::2"),
        "IPv6 echo request": Ether(src=mac, dst="02:01:00:00:00:01") / IPv6(src=A6, dst=B6) / ICMPv6EchoRequest(id=4, seq=1),
    }


@pytest.mark.parametrize("options", [(), ("-e",)], ids=["plain", "link-level"])
@pytest.mark.parametrize("case", tap_packets("0a:00:00:00:00:01"))
def test_text_of_a_frames_line_is_tcpdumps(ns: Namespace, tmp_path: Path, case: str, options: tuple[str, ...]) -> None:
    ns.up("profiles/tap0.json")
    packet = tap_packets(ns.link("tap0")["address"])[case]
    lines, judged = judged_by_tcpdump(ns, "tap0", [packet], tmp_path, *options)
    assert [line.text for line in lines] == judged


REPLIED = {
    "echo": ("tun0", TUN_PACKETS["echo request"]),
    "echo over IPv6": ("tun0", TUN_PACKETS["IPv6 echo request with data"]),
    "echo with record route": ("tun0", TUN_PACKETS["echo request with record route"]),
    "echo in fragments": ("tun0", IP(src=A, dst=B) / ICMP(type=8, id=4, seq=1) / Raw(b"x" * 1400)),
    "echo over IPv6 in fragments": ("tun0", IPv6(src=A6, dst=B6) / ICMPv6EchoRequest(id=4, seq=1, data=b"x" * 1400)),
    "timestamp": ("tun0", IP(src=A, dst=B) / ICMP(type=13, id=7, seq=9, ts_ori=12345)),
    "port unreachable": ("tun0", TUN_PACKETS["UDP"]),
    "port unreachable over IPv6": ("tun0", TUN_PACKETS["IPv6 UDP"]),
    "reset": ("tun0", TUN_PACKETS["TCP SYN with options"]),
    "reset of an ACK": ("tun0", TUN_PACKETS["TCP ACK"]),
    "reset over IPv6": ("tun0", TUN_PACKETS["IPv6 TCP SYN"]),
    "ARP": ("tap0", tap_packets("0a:00:00:00:00:01")["ARP request"]),
    "neighbour advertisement": ("tap0", tap_packets("0a:00:00:00:00:01")["neighbour solicitation"]),
}


@pytest.mark.parametrize("case", REPLIED)
def test_text_of_a_replys_line_is_tcpdumps(ns: Namespace, profile, tmp_path: Path, case: str) -> None:
    ifname, packet = REPLIED[case]
    host, fence = ("192.168.0.1", "192.168.0.250") if ifname == "tun0" else ("10.0.1.1", "10.0.1.250")
    ns.up(profile(ifname, mtu=1280, addresses=[f"{host}/24"]))
    wire = Wire(ns, ns.echo("-v", ifname), ifname, host, fence)
    *held, last = fragments(packet, 800) if "in fragments" in case else [packet]
    for piece in held:
        assert wire.ask(piece).replies == []
    answer = wire.ask(last)
    wire.close()
    shown = [line.text for line in answer.lines if line.verdict == "sent"]
    assert shown == tcpdump(write_pcap(tmp_path / "replies.pcap", answer.replies, wire.linktype))
    assert shown


@pytest.mark.parametrize("ifname", ["tun0", "tap0"])
@pytest.mark.parametrize("option", ["-x", "-xx"])
def test_hex_block_is_tcpdumps(ns: Namespace, tmp_path: Path, ifname: str, option: str) -> None:
    ns.up(f"profiles/{ifname}.json")
    mac = ns.link(ifname).get("address", "")
    sizes = [0, 1, 2, 15, 16, 17, 56, 400]
    if ifname == "tun0":
        packets = [IP(src=A, dst=B) / ICMP(type=8, id=4, seq=n) / Raw(b"x" * n) for n in sizes]
    else:
        packets = [
            Ether(src=mac, dst=lab_mac("10.0.1.2")) / IP(src="10.0.1.1", dst="10.0.1.2") / ICMP(type=8, seq=n) / Raw(b"x" * n)
            for n in sizes
        ] + [tap_packets(mac)["ARP request"], bytes(tap_packets(mac)["ARP request"]) + b"\0" * 18]
    lines, judged = judged_by_tcpdump(ns, ifname, packets, tmp_path, option)
    assert [row for line in lines for row in (line.text, *line.hex)] == judged


@pytest.mark.parametrize("ifname", ["tun0", "tap0"])
def test_link_level_and_hex_go_together(ns: Namespace, tmp_path: Path, ifname: str) -> None:
    ns.up(f"profiles/{ifname}.json")
    if ifname == "tun0":
        packet = TUN_PACKETS["echo request"]
    else:
        packet = tap_packets(ns.link(ifname)["address"])["echo request"]
    lines, judged = judged_by_tcpdump(ns, ifname, [packet], tmp_path, "-e", "-x")
    if ifname == "tun0":
        # A TUN device has no link level; tcpdump writes "ip:" there.
        assert lines[0].text.removeprefix("IP ") in judged[0]
        assert list(lines[0].hex) == judged[1:]
    else:
        assert [lines[0].text, *lines[0].hex] == judged


def test_short_time_has_no_fraction(ns: Namespace) -> None:
    echo = start(ns, "-t", "-c", "1")
    ns.ping("-c", 1, "192.168.0.3").expect(0)
    out = echo.wait().expect(0).out
    assert re.fullmatch(r"\d\d:\d\d:\d\d reply  IP .* \(echo\)\n", out), out


def test_time_is_the_local_time_of_the_packet(ns: Namespace) -> None:
    ns.up("profiles/tun0.json")
    # A zone that no machine has: 11 hours and 17 minutes east of Greenwich.
    echo = ns.echo("tun0", "-c", "1", env=lab.environment(TZ="LAB-11:17"))
    before = time.time()
    ns.ping("-c", 1, "192.168.0.3").expect(0)
    after = time.time()
    line = parse_lines(echo.wait().expect(0).out)[0]
    hours, minutes, seconds = line.time.split(":")
    shown = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    east = 11 * 3600 + 17 * 60
    assert (shown - (before + east)) % 86400 <= after - before + 1e-5, (line, before, after)


def test_verbose_shows_a_line_for_each_reply(ns: Namespace) -> None:
    echo = start(ns, "-v", "-c", "2")
    ns.ping("-c", 2, "-i", 0.01, "192.168.0.3").expect(0)
    lines = parse_lines(echo.wait().expect(0).out)
    assert [line.verdict for line in lines] == ["reply", "sent", "reply", "sent"]
    assert lines[1].text == lines[0].text.replace(
        "192.168.0.1 > 192.168.0.3: ICMP echo request", "192.168.0.3 > 192.168.0.1: ICMP echo reply"
    )


def test_verbose_on_tap_shows_the_arp_reply(ns: Namespace) -> None:
    ns.up("profiles/tap0.json")
    echo = ns.echo("tap0", "-v", "-c", "1")
    ns.ping("-c", 1, "10.0.1.2").expect(0)
    lines = parse_lines(echo.wait().expect(0).out)
    sent = [line.text for line in lines if line.verdict == "sent"]
    assert sent[0] == "ARP, Reply 10.0.1.2 is-at 02:00:0a:00:01:02, length 28"


def test_quiet_shows_no_lines_but_the_summary(ns: Namespace) -> None:
    echo = start(ns, "-q")
    ns.ping("-c", 2, "-i", 0.01, "192.168.0.3").expect(0)
    result = echo.stop().expect(0)
    assert result.out == ""
    assert parse_summary(result.err).packets == 2


def test_lines_come_one_by_one_into_a_pipe(ns: Namespace) -> None:
    echo = start(ns)
    for number in (1, 2, 3):
        ns.ping("-c", 1, "192.168.0.3").expect(0)
        echo.until_lines(number, "reply", "echo")
    echo.finish()


def test_nothing_from_a_packet_reaches_the_terminal_raw(ns: Namespace) -> None:
    echo = start(ns)
    wire = Wire(ns, echo, "tun0", "192.168.0.1", "192.168.0.250")
    poison = b"\x1b]0;owned\x07\x1b[31m\x9b31m\r\n\0" + bytes(range(256))
    for port in (40001, 53, 5353, 67, 69, 80, 137, 161, 514, 1900):
        wire.ask(IP(src=A, dst=B) / UDP(sport=40000, dport=port) / Raw(poison))
        wire.ask(IP(src=A, dst=B) / TCP(sport=40000, dport=port) / Raw(poison))
    wire.ask(IP(src=A, dst=B) / ICMP(type=8) / Raw(poison))
    wire.close()
    result = echo.stop().expect(0)
    assert re.fullmatch(r"[\n\t -~]*", result.out), result.out
    assert re.fullmatch(r"[\n\t -~]*", result.err), result.err


def test_control_characters_in_a_path_are_escaped(tmp_path: Path) -> None:
    for name in ("evil\x1b[31m.json", "two\nlines.json", "c1\x9b31m.json"):
        result = lab.tunlab("check", tmp_path / name).expect(3)
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", result.err), result.err
        assert ".json" in result.err
        assert len(re.findall(r"^error: ", result.err, re.M)) == 1, result.err


def test_control_characters_in_a_name_are_escaped(ns: Namespace, tmp_path: Path) -> None:
    path = tmp_path / "evil.json"
    path.write_text('{"version": 1, "name": "t\\u001b[31m\\n\\u009b", "mode": "tun"}\n')
    result = ns.tunlab("up", path).expect(3)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", result.err), result.err
    result = ns.tunlab("down", "t\x1b[31m")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", result.out + result.err), result


def test_control_characters_in_a_foreign_alias_are_escaped(ns: Namespace) -> None:
    ns.up("profiles/tun0.json")
    mark = ns.link("tun0")["ifalias"].rsplit(":", 1)[0]
    ns.ip("link", "set", "tun0", "alias", f"{mark}:/tmp/\x1b[31mevil.json")
    for command in (("status",), ("status", "--json"), ("echo", "tun0", "-w", "0.1")):
        result = ns.tunlab(*command)
        assert "\x1b" not in result.out + result.err, result


# Streams that are closed, slow or full


def test_closed_stdout_ends_printing_and_answering_goes_on(ns: Namespace) -> None:
    ns.up("profiles/tun0.json")
    reader, writer = os.pipe()
    echo = ns.echo("tun0", stdout=writer)
    os.close(writer)
    ns.ping("-c", 1, "192.168.0.3").expect(0)
    assert b"(echo)" in os.read(reader, 4096)
    os.close(reader)
    ns.ping("-c", 20, "-i", 0.002, "192.168.0.3").expect(0)
    assert echo.running
    result = echo.stop().expect(0)
    assert parse_summary(result.err).packets == 21


def test_head_sees_its_line_and_echo_goes_on(ns: Namespace) -> None:
    ns.up("profiles/tun0.json")
    reader, writer = os.pipe()
    echo = ns.echo("tun0", stdout=writer)
    os.close(writer)
    head = subprocess.Popen(["head", "-1"], stdin=reader, stdout=subprocess.PIPE, text=True)
    os.close(reader)
    assert " 0% packet loss" in ns.ping("-c", 5, "-i", 0.01, "192.168.0.3").expect(0).out
    shown, _ = head.communicate(timeout=lab.PATIENCE)
    assert len(parse_lines(shown)) == 1
    assert echo.running
    echo.stop().expect(0)


@pytest.mark.parametrize("last", [signal.SIGINT, None], ids=["SIGINT", "count"])
def test_unread_pipe_costs_lines_and_never_replies(ns: Namespace, last: signal.Signals | None) -> None:
    ns.up("profiles/tun0.json")
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    # More lines than the pipe and any sensible queue hold.
    number = 20000
    echo = ns.echo("tun0", *(() if last else ("-c", number)), stdout=writer)
    os.close(writer)
    ping = ns.ping("-f", "-q", "-c", number, "192.168.0.3").expect(0)
    assert f"{number} received, 0% packet loss" in ping.out, ping
    if last:
        echo.send_signal(last)
    result = echo.wait().expect(0)
    assert parse_summary(result.err).packets == number
    shown = 0
    os.set_blocking(reader, False)
    while True:
        try:
            data = os.read(reader, 65536)
        except BlockingIOError:
            break
        if not data:
            break
        shown += data.count(b"\n")
    os.close(reader)
    told = re.search(r"^(.*\bnot shown\b.*)$", result.err, re.M)
    assert told, result
    missing = next(int(word) for word in re.findall(r"\d+", told[1]))
    assert 0 < shown < number
    # A line that was half written when it ended may be counted either way.
    assert abs(shown + missing - number) <= 1, result


def test_full_disk_ends_printing_and_answering_goes_on(ns: Namespace) -> None:
    ns.up("profiles/tun0.json")
    with open("/dev/full", "w") as full:
        echo = ns.echo("tun0", stdout=full)
    ns.ping("-c", 5, "-i", 0.01, "192.168.0.3").expect(0)
    assert echo.running
    result = echo.stop()
    assert parse_summary(result.err).packets == 5
    assert "No space left on device" in result.err, result


def test_result_that_cannot_be_written_is_a_failure(ns: Namespace) -> None:
    with open("/dev/full", "w") as full:
        process = ns.start(lab.BINARY, "--help", stdout=full)
    result = process.wait()
    assert result.code != 0, result
    assert "No space left on device" in result.err, result


# The device changes under echo


def test_deleted_device_ends_echo_at_once_with_exit_7(ns: Namespace) -> None:
    echo = start(ns)
    ns.ping("-c", 1, "192.168.0.3").expect(0)
    ns.ip("link", "del", "tun0")
    began = time.monotonic()
    result = echo.wait().expect(7)
    assert time.monotonic() - began < 2
    told = [row for row in result.err.splitlines() if row.startswith(("error", "warning"))]
    assert told == ["error: tun0: the device went away"], result
    assert parse_summary(result.err).packets == 1


def test_device_deleted_by_tunlab_down_ends_echo_too(ns: Namespace) -> None:
    """Whether `down` may take a device that is served is down's to say; a half-way state is not."""
    echo = start(ns)
    down = ns.tunlab("down", "tun0")
    if down.code == 0:
        echo.wait().expect(7)
        assert ns.ifnames() == {"lo"}
    else:
        assert down.code == 5 and f"pid {echo.pid}" in down.err, down
        ns.ping("-c", 1, "192.168.0.3").expect(0)
        echo.finish()


def test_link_down_is_one_warning_and_link_up_answers_again(ns: Namespace) -> None:
    echo = start(ns)
    ns.ping("-c", 1, "192.168.0.3").expect(0)
    ns.ip("link", "set", "tun0", "down")
    echo.until_err(r"^warning: tun0\b.*\bdown\b")
    ns.ip("link", "set", "tun0", "up")
    eventually(lambda: ns.ping("-c", 1, "-W", 1, "192.168.0.3").code == 0, "an answer after link up")
    result = echo.stop().expect(0)
    assert len(re.findall(r"^warning: ", result.err, re.M)) == 1, result


def test_renamed_device_is_still_served(ns: Namespace) -> None:
    echo = start(ns)
    ns.ip("link", "set", "tun0", "name", "renamed0")
    ns.ping("-c", 1, "192.168.0.3").expect(0)
    echo.finish()


# A terminal


@pytest.fixture
def on_terminal(ns: Namespace) -> Iterator[Namespace]:
    ns.up("profiles/tun0.json")
    yield ns


def screen_of_one_ping(ns: Namespace, *options: str, **env: str) -> str:
    """What a terminal shows of `tunlab echo` from its start to Ctrl-C, with one ping between."""
    argv = ns.argv(lab.BINARY, "echo", "tun0", *options)
    with Terminal(argv, env=lab.environment(**env)) as terminal:
        terminal.until(r"listening on .*\n")
        ns.ping("-c", 1, "192.168.0.3").expect(0)
        terminal.until(r"\(echo\)")
        terminal.type("\x03")
        assert terminal.wait() == 0
        return terminal.screen


def test_control_c_ends_echo_with_its_summary(on_terminal: Namespace) -> None:
    screen = screen_of_one_ping(on_terminal, "--color", "never")
    assert parse_summary(screen.replace("\r\n", "\n")).packets == 1


def test_lines_have_colour_on_a_terminal(on_terminal: Namespace) -> None:
    screen = screen_of_one_ping(on_terminal)
    line = next(row for row in screen.splitlines() if "(echo)" in row)
    assert ESCAPE in line
    assert re.search(r"\x1b\[0?m", line), "the colour must end on its line"


@pytest.mark.parametrize(
    ("options", "env"),
    [(("--color", "never"), {}), (("--color=never",), {}), ((), {"NO_COLOR": "1"}), ((), {"TERM": "dumb"})],
    ids=["never", "=never", "NO_COLOR", "dumb"],
)
def test_no_colour_where_it_is_not_wanted(on_terminal: Namespace, options: tuple[str, ...], env: dict[str, str]) -> None:
    assert ESCAPE not in screen_of_one_ping(on_terminal, *options, **env)


def test_empty_no_color_counts_as_unset(on_terminal: Namespace) -> None:
    """As no-color.org has it."""
    assert ESCAPE in screen_of_one_ping(on_terminal, NO_COLOR="")


def test_colour_always_beats_no_color_and_pipes(ns: Namespace) -> None:
    ns.up("profiles/tun0.json")
    echo = ns.echo("tun0", "--color", "always", "-c", "1", env=lab.environment(NO_COLOR="1"))
    ns.ping("-c", 1, "192.168.0.3").expect(0)
    assert ESCAPE in echo.wait().expect(0).out


def test_no_colour_in_a_pipe(ns: Namespace) -> None:
    result = ns.tunlab("up", "profiles/tun0.json").expect(0)
    assert ESCAPE not in result.out + result.err
    result = ns.tunlab("up", "no-such-file.json").expect(3)
    assert ESCAPE not in result.err


def test_colour_is_of_each_stream_its_own(on_terminal: Namespace) -> None:
    """stdout is a pipe: no colour there, though stderr is a terminal and has it."""
    argv = on_terminal.argv(lab.BINARY, "echo", "tun0", "-c", "1")
    with Terminal(argv, stdout=subprocess.PIPE) as terminal:
        terminal.until(r"listening on .*\n")
        on_terminal.ping("-c", 1, "192.168.0.3").expect(0)
        assert terminal.wait() == 0
        assert terminal.popen.stdout is not None
        out = terminal.popen.stdout.read().decode()
    assert ESCAPE not in out and "(echo)" in out


def test_errors_have_colour_on_a_terminal_only(ns: Namespace) -> None:
    argv = ns.argv(lab.BINARY, "check", "no-such-file.json")
    with Terminal(argv) as terminal:
        assert terminal.wait() == 3
        assert ESCAPE in terminal.screen
        assert "no-such-file.json" in terminal.screen
    with Terminal(argv, stderr=subprocess.PIPE) as terminal:
        assert terminal.wait() == 3
        assert terminal.popen.stderr is not None
        assert ESCAPE not in terminal.popen.stderr.read().decode()


def test_next_step_is_told_to_a_person(ns: Namespace) -> None:
    with Terminal(ns.argv(lab.BINARY, "up", "profiles/tun0.json", "--color", "never")) as terminal:
        assert terminal.wait() == 0
        assert re.search(r"^Next: .*tunlab echo tun0.*ping 192\.168\.0\.\d+", terminal.screen, re.M), terminal.screen


def test_control_z_and_fg_do_no_harm(on_terminal: Namespace) -> None:
    argv = on_terminal.argv(lab.BINARY, "echo", "tun0", "--color", "never")
    with Terminal(argv) as terminal:
        terminal.until(r"listening on .*\n")
        os.kill(terminal.popen.pid, signal.SIGSTOP)
        stat = Path(f"/proc/{terminal.popen.pid}/stat")
        eventually(lambda: stat.read_text().rpartition(")")[2].split()[0] == "T", "stopped")
        os.kill(terminal.popen.pid, signal.SIGCONT)
        on_terminal.ping("-c", 1, "192.168.0.3").expect(0)
        terminal.until(r"\(echo\)")
        terminal.type("\x03")
        assert terminal.wait() == 0


def test_echo_does_not_read_its_stdin(ns: Namespace) -> None:
    """In the background of a shell script it must not eat the script's input, nor stop for it."""
    ns.up("profiles/tun0.json")
    reader, writer = os.pipe()
    os.write(writer, b"next line of the script\n")
    echo = ns.echo("tun0", stdin=reader)
    ns.ping("-c", 1, "192.168.0.3").expect(0)
    echo.finish()
    assert os.read(reader, 100) == b"next line of the script\n"
    os.close(reader)
    os.close(writer)


def test_idle_echo_uses_no_processor_time(ns: Namespace) -> None:
    echo = start(ns)

    def ticks() -> int:
        fields = Path(f"/proc/{echo.pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    def switches() -> int:
        total = 0
        for task in Path(f"/proc/{echo.pid}/task").iterdir():
            status = (task / "status").read_text()
            total += sum(int(n) for n in re.findall(r"ctxt_switches:\s+(\d+)", status))
        return total

    ns.ping("-c", 1, "192.168.0.3").expect(0)
    before = ticks(), switches()
    # Not a wait for anything: the stretch of time over which idling is measured.
    time.sleep(0.5)
    assert ticks() - before[0] <= 1
    assert switches() - before[1] <= 5, "it wakes up without need"
    echo.finish()
