"""The experiment that tunlab is for, as its README tells it.

    one network namespace
    ┌──────────────────────────────────────────────────────────────┐
    │  ping ── kernel ── tun0 192.168.0.1/24 ── tunlab echo        │
    │                                           "192.168.0.3"      │
    │  ping ── kernel ── tap0 10.0.1.1/24    ── tunlab echo        │
    │                    (Ethernet, ARP)        "10.0.1.2"         │
    └──────────────────────────────────────────────────────────────┘
"""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

import lab
from lab import Namespace, eventually
from wire import lab_mac

TIME = r"\d\d:\d\d:\d\d\.\d{6}"


def assert_none_lost(ping: lab.Result, count: int) -> None:
    ping.expect(0)
    assert re.search(rf"^{count} packets transmitted, {count} received, 0% packet loss", ping.out, re.M), ping


def test_ping_over_tun_loses_none_and_each_echo_has_its_line(ns: Namespace) -> None:
    up = ns.up("profiles/tun0.json")
    assert up.out.splitlines()[0] == "tun0: created (tun, owner root)"
    assert re.search(r"^  \+ address +192\.168\.0\.1/24$", up.out, re.M), up
    assert up.err == ""

    echo = ns.echo("tun0")
    assert re.fullmatch(
        r"listening on tun0 \(tun, 192\.168\.0\.1/24\); every address behind it answers; seed \d+; Ctrl-C stops\n",
        echo.err,
    )
    assert_none_lost(ns.ping("-c", 3, "-i", 0.01, "192.168.0.3"), 3)

    result = echo.stop().expect(0)
    rows = result.out.splitlines()
    assert len(rows) == 3, result
    for number, row in enumerate(rows, start=1):
        assert re.fullmatch(
            rf"{TIME} reply  IP 192\.168\.0\.1 > 192\.168\.0\.3: "
            rf"ICMP echo request, id \d+, seq {number}, length 64 \(echo\)",
            row,
        ), row
    summary = lab.parse_summary(result.err)
    assert (summary.ifname, summary.packets, summary.answered) == ("tun0", 3, 3)
    summary.assert_adds_up()

    down = ns.tunlab("down").expect(0)
    assert down.out == "tun0: removed (1 address, 0 routes)\n"
    assert ns.ifnames() == {"lo"}


def test_ping_over_tap_asks_arp_first(ns: Namespace) -> None:
    ns.up("profiles/tap0.json")
    echo = ns.echo("tap0")
    assert re.match(r"listening on tap0 \(tap, 10\.0\.1\.1/24\); every address behind it answers;", echo.err)
    assert_none_lost(ns.ping("-c", 3, "-i", 0.01, "10.0.1.2"), 3)

    lines, summary = echo.finish()
    assert [line.told for line in lines[:2]] == ["reply (arp)", "reply (echo)"], lines
    assert lines[0].text == "ARP, Request who-has 10.0.1.2 tell 10.0.1.1, length 28"
    assert sum(line.told == "reply (echo)" for line in lines) == 3
    assert summary.reasons["answered"]["echo"] == 3

    ns.tunlab("down").expect(0)
    assert ns.ifnames() == {"lo"}


def test_tcpdump_on_tun_sees_raw_ip(ns: Namespace) -> None:
    ns.up("profiles/tun0.json")
    ns.echo("tun0")
    tcpdump = ns.start("tcpdump", "-n", "-l", "-x", "-i", "tun0", "-c", "2", "icmp")
    banner = tcpdump.until_err(r"^listening on tun0, link-type (\S+)")
    assert banner[1] == "RAW"
    assert_none_lost(ns.ping("-c", 1, "192.168.0.3"), 1)
    shown = tcpdump.wait().expect(0).out
    first_bytes = re.findall(r"0x0000: +(\S\S)", shown)
    assert first_bytes == ["45", "45"], shown
    assert "192.168.0.1 > 192.168.0.3: ICMP echo request" in shown
    assert "192.168.0.3 > 192.168.0.1: ICMP echo reply" in shown


def test_tcpdump_and_tshark_on_tap_see_ethernet_with_arp_before_the_first_echo(
    ns: Namespace, tmp_path: Path
) -> None:
    ns.up("profiles/tap0.json")
    ns.echo("tap0")
    mac = ns.link("tap0")["address"]
    capture = tmp_path / "tap0.pcap"
    # -Z root: tcpdump would give up its right to write into this folder.
    tcpdump = ns.start(
        "tcpdump", "-n", "-U", "-Z", "root", "-i", "tap0", "-c", "4", "-w", capture, "arp or icmp"
    )
    assert tcpdump.until_err(r"listening on tap0, link-type (\S+)")[1] == "EN10MB"
    assert_none_lost(ns.ping("-c", 1, "10.0.1.2"), 1)
    tcpdump.wait().expect(0)

    simulated = lab_mac("10.0.1.2")
    shown = lab.run(["tcpdump", "-n", "-t", "-e", "-r", capture]).expect(0).out.splitlines()
    assert shown[0] == (
        f"{mac} > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42: "
        "Request who-has 10.0.1.2 tell 10.0.1.1, length 28"
    )
    assert shown[1] == (
        f"{simulated} > {mac}, ethertype ARP (0x0806), length 42: Reply 10.0.1.2 is-at {simulated}, length 28"
    )
    assert shown[2].startswith(f"{mac} > {simulated}, ethertype IPv4 (0x0800), length 98: 10.0.1.1 > 10.0.1.2:")
    assert shown[3].startswith(f"{simulated} > {mac}, ethertype IPv4 (0x0800), length 98: 10.0.1.2 > 10.0.1.1:")

    fields = ("eth.type", "arp.opcode", "icmp.type", "icmp.checksum.status")
    options = [word for field in fields for word in ("-e", field)]
    told = lab.run(["tshark", "-n", "-r", capture, "-T", "fields", "-E", "separator=|", *options])
    told.expect(0)
    assert told.out.splitlines() == [
        "0x0806|1||",
        "0x0806|2||",
        "0x0800||8|1",
        "0x0800||0|1",
    ], told


def test_echo_without_device_serves_the_built_in_tun0(ns: Namespace) -> None:
    echo = ns.echo()
    assert re.search(r"built-in", echo.err), echo.err
    assert re.search(r"^listening on tun0 \(tun, 192\.168\.0\.1/24\)", echo.err, re.M), echo.err
    assert_none_lost(ns.ping("-c", 2, "-i", 0.01, "192.168.0.3"), 2)
    echo.finish()
    assert ns.ifnames() == {"lo"}


def test_echo_mode_tap_without_device_serves_the_built_in_tap0(ns: Namespace) -> None:
    echo = ns.echo("--mode", "tap")
    assert re.search(r"built-in", echo.err), echo.err
    assert re.search(r"^listening on tap0 \(tap, 10\.0\.1\.1/24\)", echo.err, re.M), echo.err
    assert_none_lost(ns.ping("-c", 2, "-i", 0.01, "10.0.1.2"), 2)
    echo.finish()
    assert ns.ifnames() == {"lo"}


def test_echo_takes_the_one_device_that_is_up(ns: Namespace, profile) -> None:
    ns.up(profile("tun7", addresses=["192.168.7.1/24"]))
    echo = ns.echo()
    assert re.search(r"^listening on tun7 \(tun, 192\.168\.7\.1/24\)", echo.err, re.M), echo.err
    echo.finish()
    assert ns.ifnames() == {"lo", "tun7"}


def test_echo_mode_chooses_among_devices_of_both_modes(ns: Namespace) -> None:
    ns.up("profiles/tun0.json", "profiles/tap0.json")
    echo = ns.echo("--mode", "tap")
    assert re.search(r"^listening on tap0 ", echo.err, re.M), echo.err
    echo.finish()
    assert ns.ifnames() == {"lo", "tun0", "tap0"}


# `echo PROFILE` makes a device that vanishes with it, however it ends.


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda n: n.name)
def test_device_of_echo_profile_vanishes_when_signalled(ns: Namespace, number: signal.Signals) -> None:
    echo = ns.echo("profiles/tun0.json")
    assert ns.link("tun0")["linkinfo"]["info_data"]["persist"] is False
    assert ns.addresses("tun0") == {"192.168.0.1/24"}
    result = echo.stop(number)
    assert result.code == (-signal.SIGKILL if number == signal.SIGKILL else 0), result
    eventually(lambda: ns.ifnames() == {"lo"}, "tun0 gone")


def test_device_of_echo_profile_vanishes_after_its_count(ns: Namespace) -> None:
    echo = ns.echo("profiles/tun0.json", "-c", "2")
    assert_none_lost(ns.ping("-c", 2, "-i", 0.01, "192.168.0.3"), 2)
    echo.wait().expect(0)
    assert ns.ifnames() == {"lo"}


def test_device_of_echo_profile_vanishes_after_its_deadline(ns: Namespace) -> None:
    ns.tunlab("echo", "profiles/tun0.json", "-w", "0.2").expect(0)
    assert ns.ifnames() == {"lo"}


def test_killed_echo_leaves_the_device_and_a_restart_works(ns: Namespace) -> None:
    ns.up("profiles/tun0.json")
    before = ns.configuration()
    ns.echo("tun0").stop(signal.SIGKILL)
    assert ns.configuration() == before
    echo = ns.echo("tun0")
    assert_none_lost(ns.ping("-c", 1, "192.168.0.3"), 1)
    echo.finish()
    assert ns.configuration() == before


@pytest.mark.parametrize(
    ("ifname", "host", "peer"), [("tun0", "192.168.0.1", "192.168.0.3"), ("tap0", "10.0.1.1", "10.0.1.2")]
)
def test_fresh_device_sends_nothing_on_its_own(ns: Namespace, ifname: str, host: str, peer: str) -> None:
    """No router solicitations, no MLD, no duplicate address detection: captures are repeatable."""
    ns.up(f"profiles/{ifname}.json")
    echo = ns.echo(ifname)
    # Solicitations come within a second of the carrier; this ping takes more than one.
    assert_none_lost(ns.ping("-c", 3, "-i", 0.6, peer), 3)
    lines, _ = echo.finish()
    assert [line for line in lines if "IP6" in line.text] == []
