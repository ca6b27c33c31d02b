"""Paths: what traceroute, tracepath, mtr and ping find on the way to a host."""

from __future__ import annotations

import json
import re

import pytest

from lab import Namespace

V4_HOPS = ["10.12.0.2", "198.51.100.1", "*", "198.51.100.9", "203.0.113.1", "203.0.113.9"]
V6_HOPS = ["2001:db8:12::2", "2001:db8:99:a::1", "*", "2001:db8:99:b::1", "2001:db8:99::1", "2001:db8:99::9"]
DELAYS = [1, 9, 9, 29, 30, 30]  # ms, all of those before added


def hops_of(output: str) -> list[tuple[str, float | None]]:
    """Address and milliseconds of each line that begins with a number."""
    found = []
    for row in output.splitlines():
        match = re.match(r"\s*(\d+)\s+(\*|[0-9a-f.:]+)(?:\s+([\d.]+) ms)?", row)
        if match:
            found.append((match[2], float(match[3]) if match[3] else None))
    return found


@pytest.mark.parametrize("kind", [(), ("-I",), ("-T",)], ids=["UDP", "ICMP", "TCP"])
@pytest.mark.parametrize(("version", "hops"), [("-4", V4_HOPS), ("-6", V6_HOPS)], ids=["IPv4", "IPv6"])
def test_traceroute_shows_the_hops_with_growing_delays(ns: Namespace, version: str, hops: list[str], kind) -> None:
    ns.echo("-q", "profiles/traceroute.json")
    found = hops_of(ns.do("traceroute", version, "-n", "-q", "1", "-w", "1", *kind, hops[-1]))
    assert [address for address, _ in found] == hops
    for (address, ms), delay in zip(found, DELAYS):
        assert (ms is None) if address == "*" else ms >= delay, found


@pytest.mark.parametrize(("version", "hops"), [("-4", V4_HOPS), ("-6", V6_HOPS)], ids=["IPv4", "IPv6"])
def test_tracepath_finds_as_many_hops_back_as_there(ns: Namespace, version: str, hops: list[str]) -> None:
    ns.echo("-q", "profiles/traceroute.json")
    out = ns.do("tracepath", version, "-n", hops[-1])
    for number, hop in enumerate(hops, 1):
        assert re.search(rf"^ *{number}: +{'no reply' if hop == '*' else hop}\b", out, re.M), out
    assert re.search(r"Resume: pmtu 1500 hops 6 back 6", out), out
    assert "asymm" not in out


def test_mtr_reports_the_hops(ns: Namespace) -> None:
    ns.echo("-q", "profiles/traceroute.json")
    report = json.loads(ns.do("mtr", "-n", "--json", "-c", "3", "-i", "0.2", V4_HOPS[-1]))
    hubs = report["report"]["hubs"]
    assert [hub["host"] for hub in hubs] == ["???" if hop == "*" else hop for hop in V4_HOPS]
    for hub, delay in zip(hubs, DELAYS):
        assert hub["Loss%"] == (100 if hub["host"] == "???" else 0), report
        assert hub["host"] == "???" or hub["Best"] >= delay


def test_reply_comes_with_a_ttl_that_tells_the_way_back(ns: Namespace) -> None:
    ns.echo("-q", "profiles/traceroute.json")
    assert "ttl=59 " in ns.ping("-c", "1", "203.0.113.9").expect(0).out
    assert "ttl=61 " in ns.ping("-c", "1", "198.51.100.9").expect(0).out  # the fourth hop, itself asked
    assert re.search(r"From 198.51.100.9 icmp_seq=1 Time to live exceeded", ns.ping("-c", "1", "-t", "4", "203.0.113.9").expect(1).out)
    ns.ping("-c", "1", "-t", "5", "-W", "1", "203.0.113.9").expect(1)
    ns.ping("-c", "1", "-t", "6", "203.0.113.9").expect(0)


def test_path_mtu_is_learnt_over_ipv4(ns: Namespace) -> None:
    ns.echo("-q", "profiles/pmtu.json")
    out = ns.ping("-c", "1", "-W", "1", "-M", "do", "-s", "1400", "10.14.1.7").expect(1).out
    assert "From 10.14.0.3 icmp_seq=1 Frag needed and DF set (mtu = 1300)" in out
    assert "mtu 1300" in ns.ip("route", "get", "10.14.1.7")
    ns.ping("-c", "1", "-M", "do", "-s", "1272", "10.14.1.7").expect(0)
    # Cut by the host itself, and the answer cut to what the path carries.
    ns.ping("-c", "1", "-s", "4000", "10.14.1.7").expect(0)


def test_path_mtu_is_learnt_over_ipv6(ns: Namespace) -> None:
    ns.echo("-q", "profiles/pmtu.json")
    out = ns.ping("-6", "-c", "1", "-W", "1", "-M", "do", "-s", "1400", "2001:db8:14:1::7").expect(1).out
    assert "From 2001:db8:14::3 icmp_seq=1 Packet too big: mtu=1300" in out
    assert "mtu 1300" in ns.ip("-6", "route", "get", "2001:db8:14:1::7")
    ns.ping("-6", "-c", "1", "-s", "4000", "2001:db8:14:1::7").expect(0)


@pytest.mark.parametrize("target", ["10.14.1.7", "2001:db8:14:1::7"])
def test_tracepath_finds_the_narrow_link(ns: Namespace, target: str) -> None:
    ns.echo("-q", "profiles/pmtu.json")
    out = ns.do("tracepath", "-n", target)
    assert "pmtu 1300" in out and "Resume: pmtu 1300 hops 3 back 3" in out, out


def test_black_hole_swallows_what_is_too_long_and_nothing_else(ns: Namespace) -> None:
    echo = ns.echo("profiles/pmtu.json")
    out = ns.ping("-c", "1", "-W", "0.3", "-M", "do", "-s", "1400", "10.14.2.7").expect(1).out
    assert "From" not in out
    echo.until(lambda: [line for line in echo.lines if line.told == "drop (blackhole)"], "drop (blackhole)")
    ns.ping("-c", "1", "-M", "do", "-s", "1200", "10.14.2.7").expect(0)


def test_bad_wifi_is_late_lossy_and_the_same_in_every_run(ns: Namespace) -> None:
    def run() -> tuple[list[str], int]:
        echo = ns.echo("-q", "profiles/bad-wifi.json")
        out = ns.ping("-c", "40", "-i", "0.02", "-W", "1", "10.11.0.7").expect(0).out
        times = [float(ms) for ms in re.findall(r"time=([\d.]+) ms", out)]
        assert min(times) >= 10 and max(times) - min(times) > 20, out
        assert int(re.search(r"(\d+) received", out)[1]) < 40, out
        assert "3 received" in ns.ping("-c", "3", "-i", "0.01", "10.11.0.9").expect(0).out
        echo.stop()
        return re.findall(r"icmp_seq=(\d+) ", out), len(times)

    assert run() == run()
