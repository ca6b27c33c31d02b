"""The profile is the truth: a change of a profile or by hand, shown, made with the fewest messages,
and taken back whole where it fails.

    one network namespace, `ip -j -d` as the judge, strace as the counter
    ┌──────────────────────────────────────────────────┐
    │  profile ── up ── profile changed, or ip by hand │
    │  up -n shows it; up makes it so; up is silent    │
    └──────────────────────────────────────────────────┘
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from faults import assert_same, at_message, messages, whole
from lab import Namespace

Fields = dict[str, Any]
Facts = list[tuple[str, dict[str, Any]]]

# What has no netlink message while the link is up.
BY_SYSCTL = ("accept_ra", "addrgenmode")

NET = ["192.168.7.1/24"]
NET6 = ["fd00:7::1/64"]


@dataclass(frozen=True)
class Case:
    """A profile before and after one change, what `ip` says of each, and the lines of the plan."""

    before: Fields
    after: Fields
    lines: list[str]
    was: Facts = field(default_factory=list)
    now: Facts = field(default_factory=list)


def one(route: dict[str, Any], **changes: Any) -> Fields:
    """A profile with one route, changed so."""
    merged = {k: v for k, v in {**route, **changes}.items() if v is not None}
    return {"addresses": NET + ["192.168.7.9/24"] + NET6 + ["fd00:7::9/64"], "routes": [merged]}


V4 = {"dst": "10.9.0.0/16", "via": "192.168.7.254"}
V6 = {"dst": "fd00:9::/48", "via": "fd00:7::2"}

CASES: dict[str, Case] = {
    "mtu": Case({"mtu": 1400}, {"mtu": 1450}, ["~ mtu      1450 (was 1400)"],
        [("link", {"mtu": 1400})], [("link", {"mtu": 1450})]),
    "mtu that no IPv6 survives": Case({"addresses": NET}, {"addresses": NET, "mtu": 1000}, ["~ mtu      1000 (was 1500)"],
        [("link", {"mtu": 1500})], [("link", {"mtu": 1000})]),
    "mtu that takes the IPv6 addresses along": Case({"addresses": NET + NET6}, {"addresses": NET, "mtu": 1000},
        ["- address  fd00:7::1/64", "~ mtu      1000 (was 1500)"],
        [("addr", {"local": "fd00:7::1"})], [("link", {"mtu": 1000})]),
    "mtu that lets IPv6 in again": Case({"addresses": NET, "mtu": 1000}, {"addresses": NET + NET6},
        ["~ mtu      1500 (was 1000)", "~ addrgenmode none (was eui64)", "~ accept_ra off (was on)", "+ address  fd00:7::1/64"],
        [("link", {"mtu": 1000})], [("link", {"mtu": 1500}), ("addr", {"local": "fd00:7::1"})]),
    "mac": Case({"mac": "0a:00:00:00:00:01"}, {"mac": "0a:00:00:00:00:02"}, ["~ mac      0a:00:00:00:00:02 (was 0a:00:00:00:00:01)"],
        [("link", {"address": "0a:00:00:00:00:01"})], [("link", {"address": "0a:00:00:00:00:02"})]),
    "mac, which takes the neighbours along": Case(
        {"mac": "0a:00:00:00:00:01", "addresses": NET, "neighbours": [{"dst": "192.168.7.9", "lladdr": "0a:00:00:00:00:09"}]},
        {"mac": "0a:00:00:00:00:02", "addresses": NET, "neighbours": [{"dst": "192.168.7.9", "lladdr": "0a:00:00:00:00:09"}]},
        ["~ mac      0a:00:00:00:00:02 (was 0a:00:00:00:00:01)", "+ neighbour 192.168.7.9 lladdr 0a:00:00:00:00:09"],
        [("link", {"address": "0a:00:00:00:00:01"})],
        [("link", {"address": "0a:00:00:00:00:02"}), ("neigh", {"dst": "192.168.7.9", "lladdr": "0a:00:00:00:00:09", "state": ["PERMANENT"]})]),
    "txqueuelen": Case({"txqueuelen": 300}, {"txqueuelen": 400}, ["~ txqueuelen 400 (was 300)"],
        [("link", {"txqlen": 300})], [("link", {"txqlen": 400})]),
    "txqueuelen no longer given": Case({"txqueuelen": 300}, {}, ["~ txqueuelen 500 (was 300)"],
        [("link", {"txqlen": 300})], [("link", {"txqlen": 500})]),
    "addr_gen_mode": Case({"ipv6": {"addr_gen_mode": "none"}}, {"ipv6": {"addr_gen_mode": "random"}}, ["~ addrgenmode random (was none)"],
        [("link", {"inet6_addr_gen_mode": "none"})], [("link", {"inet6_addr_gen_mode": "random"})]),
    "addr_gen_mode of a tap": Case({"mac": "0a:00:00:00:00:01", "ipv6": {"addr_gen_mode": "eui64"}}, {"mac": "0a:00:00:00:00:01"}, ["- address  fe80::800:ff:fe00:1/64 dad", "~ addrgenmode none (was eui64)"],
        [("link", {"inet6_addr_gen_mode": "eui64"})], [("link", {"inet6_addr_gen_mode": "none"})]),
    "accept_ra": Case({}, {"ipv6": {"accept_ra": True}}, ["~ accept_ra on (was off)"], [("accept_ra", {"is": 0})], [("accept_ra", {"is": 1})]),
    "accept_ra no longer": Case({"ipv6": {"accept_ra": True}}, {}, ["~ accept_ra off (was on)"], [("accept_ra", {"is": 1})], [("accept_ra", {"is": 0})]),
    # addresses
    "address added": Case({"addresses": NET}, {"addresses": NET + ["10.2.0.1/16"]}, ["+ address  10.2.0.1/16"],
        [], [("addr", {"local": "10.2.0.1", "prefixlen": 16, "scope": "global"})]),
    "address removed": Case({"addresses": NET + ["10.2.0.1/16"]}, {"addresses": NET}, ["- address  10.2.0.1/16"],
        [("addr", {"local": "10.2.0.1"})], [("addr", {"local": "192.168.7.1"})]),
    "IPv6 address added": Case({"addresses": NET6}, {"addresses": NET6 + ["fd00:8::1/64"]}, ["+ address  fd00:8::1/64"],
        [], [("addr", {"local": "fd00:8::1", "prefixlen": 64, "nodad": True})]),
    "IPv6 address removed": Case({"addresses": NET6 + ["fd00:8::1/64"]}, {"addresses": NET6}, ["- address  fd00:8::1/64"],
        [("addr", {"local": "fd00:8::1"})], [("addr", {"local": "fd00:7::1"})]),
    "prefix length": Case({"addresses": ["192.168.7.1/24"]}, {"addresses": ["192.168.7.1/25"]}, ["- address  192.168.7.1/24", "+ address  192.168.7.1/25"],
        [("addr", {"local": "192.168.7.1", "prefixlen": 24})], [("addr", {"local": "192.168.7.1", "prefixlen": 25})]),
    "IPv6 prefix length": Case({"addresses": ["fd00:7::1/64"]}, {"addresses": ["fd00:7::1/80"]}, ["- address  fd00:7::1/64", "+ address  fd00:7::1/80"],
        [("addr", {"local": "fd00:7::1", "prefixlen": 64})], [("addr", {"local": "fd00:7::1", "prefixlen": 80})]),
    "primary address removed, its secondary kept": Case({"addresses": ["192.168.7.1/24", "192.168.7.2/24"]}, {"addresses": ["192.168.7.2/24"]},
        ["- address  192.168.7.1/24", "+ address  192.168.7.2/24"],
        [("addr", {"local": "192.168.7.2", "secondary": True})], [("addr", {"local": "192.168.7.2"})]),
    "peer": Case({"addresses": [{"local": "10.7.0.1/32", "peer": "10.7.0.2"}]}, {"addresses": [{"local": "10.7.0.1/32", "peer": "10.7.0.3"}]},
        ["- address  10.7.0.1 peer 10.7.0.2/32", "+ address  10.7.0.1 peer 10.7.0.3/32"],
        [("addr", {"local": "10.7.0.1", "address": "10.7.0.2"})], [("addr", {"local": "10.7.0.1", "address": "10.7.0.3", "prefixlen": 32})]),
    "peer no longer": Case({"addresses": [{"local": "10.7.0.1/24", "peer": "10.7.0.2"}]}, {"addresses": ["10.7.0.1/24"]},
        ["- address  10.7.0.1 peer 10.7.0.2/24", "+ address  10.7.0.1/24"],
        [("addr", {"local": "10.7.0.1", "address": "10.7.0.2"})], [("addr", {"local": "10.7.0.1", "prefixlen": 24})]),
    "IPv6 peer": Case({"addresses": [{"local": "fd00:7::1/128", "peer": "fd00:7::2"}]}, {"addresses": [{"local": "fd00:7::1/128", "peer": "fd00:7::3"}]},
        ["- address  fd00:7::1 peer fd00:7::2/128", "+ address  fd00:7::1 peer fd00:7::3/128"],
        [("addr", {"local": "fd00:7::1", "address": "fd00:7::2"})], [("addr", {"local": "fd00:7::1", "address": "fd00:7::3"})]),
    "scope of an address": Case({"addresses": NET}, {"addresses": [{"local": "192.168.7.1/24", "scope": "link"}]},
        ["- address  192.168.7.1/24", "+ address  192.168.7.1/24 scope link"],
        [("addr", {"local": "192.168.7.1", "scope": "global"})], [("addr", {"local": "192.168.7.1", "scope": "link"})]),
    "nodad": Case({"addresses": NET6}, {"addresses": [{"local": "fd00:7::1/64", "nodad": False}]},
        ["- address  fd00:7::1/64", "+ address  fd00:7::1/64 dad"],
        [("addr", {"local": "fd00:7::1", "nodad": True})], [("addr", {"local": "fd00:7::1"})]),
    # routes
    "route added": Case({"addresses": NET}, {"addresses": NET, "routes": [V4]}, ["+ route    10.9.0.0/16 via 192.168.7.254"],
        [], [("route", {"dst": "10.9.0.0/16", "gateway": "192.168.7.254", "scope": "global", "table": "main"})]),
    "route removed": Case({"addresses": NET, "routes": [V4]}, {"addresses": NET}, ["- route    10.9.0.0/16 via 192.168.7.254"],
        [("route", {"dst": "10.9.0.0/16"})], []),
    "via": Case(one(V4), one(V4, via="192.168.7.253"), ["- route    10.9.0.0/16 via 192.168.7.254", "+ route    10.9.0.0/16 via 192.168.7.253"],
        [("route", {"gateway": "192.168.7.254"})], [("route", {"dst": "10.9.0.0/16", "gateway": "192.168.7.253"})]),
    "src": Case(one(V4), one(V4, src="192.168.7.9"), ["- route    10.9.0.0/16 via 192.168.7.254", "+ route    10.9.0.0/16 via 192.168.7.254 src 192.168.7.9"],
        [], [("route", {"dst": "10.9.0.0/16", "prefsrc": "192.168.7.9"})]),
    "metric": Case(one(V4, metric=5), one(V4, metric=6), ["- route    10.9.0.0/16 via 192.168.7.254 metric 5", "+ route    10.9.0.0/16 via 192.168.7.254 metric 6"],
        [("route", {"metric": 5})], [("route", {"dst": "10.9.0.0/16", "metric": 6})]),
    "table": Case(one(V4, table=100), one(V4, table=101), ["- route    10.9.0.0/16 via 192.168.7.254 table 100", "+ route    10.9.0.0/16 via 192.168.7.254 table 101"],
        [("route", {"table": "100"})], [("route", {"dst": "10.9.0.0/16", "table": "101"})]),
    "table over 8 bits": Case(one(V4, table=100), one(V4, table=70000), ["- route    10.9.0.0/16 via 192.168.7.254 table 100", "+ route    10.9.0.0/16 via 192.168.7.254 table 70000"],
        [("route", {"table": "100"})], [("route", {"dst": "10.9.0.0/16", "table": "70000"})]),
    "scope of a route": Case(one({"dst": "10.9.0.0/16"}), one({"dst": "10.9.0.0/16", "scope": "global"}), ["- route    10.9.0.0/16", "+ route    10.9.0.0/16 scope global"],
        [("route", {"dst": "10.9.0.0/16", "scope": "link"})], [("route", {"dst": "10.9.0.0/16", "scope": "global"})]),
    "onlink": Case(one(V4), one(V4, onlink=True), ["- route    10.9.0.0/16 via 192.168.7.254", "+ route    10.9.0.0/16 via 192.168.7.254 onlink"],
        [], [("route", {"dst": "10.9.0.0/16", "flags": ["onlink"]})]),
    "mtu of a route": Case(one(V4, mtu=1300), one(V4, mtu=1280), ["- route    10.9.0.0/16 via 192.168.7.254 mtu 1300", "+ route    10.9.0.0/16 via 192.168.7.254 mtu 1280"],
        [("route", {"metrics": [{"mtu": 1300}]})], [("route", {"dst": "10.9.0.0/16", "metrics": [{"mtu": 1280}]})]),
    "default": Case(one(V4), one(V4, dst="default"), ["- route    10.9.0.0/16 via 192.168.7.254", "+ route    default via 192.168.7.254"],
        [("route", {"dst": "10.9.0.0/16"})], [("route", {"dst": "default", "gateway": "192.168.7.254"})]),
    "default6": Case(one(V6), one(V6, dst="default6"), ["- route    fd00:9::/48 via fd00:7::2", "+ route    default6 via fd00:7::2"],
        [("route", {"dst": "fd00:9::/48"})], [("route", {"dst": "default", "gateway": "fd00:7::2", "metric": 1024})]),
    "IPv6 via": Case(one(V6), one(V6, via="fd00:7::3"), ["- route    fd00:9::/48 via fd00:7::2", "+ route    fd00:9::/48 via fd00:7::3"],
        [("route", {"gateway": "fd00:7::2"})], [("route", {"dst": "fd00:9::/48", "gateway": "fd00:7::3", "metric": 1024})]),
    "IPv6 src": Case(one(V6), one(V6, src="fd00:7::9"), ["- route    fd00:9::/48 via fd00:7::2", "+ route    fd00:9::/48 via fd00:7::2 src fd00:7::9"],
        [], [("route", {"dst": "fd00:9::/48", "prefsrc": "fd00:7::9"})]),
    "IPv6 metric": Case(one(V6), one(V6, metric=5), ["- route    fd00:9::/48 via fd00:7::2", "+ route    fd00:9::/48 via fd00:7::2 metric 5"],
        [("route", {"metric": 1024, "dst": "fd00:9::/48"})], [("route", {"dst": "fd00:9::/48", "metric": 5})]),
    "IPv6 table": Case(one(V6), one(V6, table=100), ["- route    fd00:9::/48 via fd00:7::2", "+ route    fd00:9::/48 via fd00:7::2 table 100"],
        [], [("route", {"dst": "fd00:9::/48", "table": "100"})]),
    "IPv6 mtu of a route": Case(one(V6), one(V6, mtu=1300), ["- route    fd00:9::/48 via fd00:7::2", "+ route    fd00:9::/48 via fd00:7::2 mtu 1300"],
        [], [("route", {"dst": "fd00:9::/48", "metrics": [{"mtu": 1300}]})]),
    "IPv6 onlink": Case(one(V6), one(V6, via="fd00:ffff::1", onlink=True), ["- route    fd00:9::/48 via fd00:7::2", "+ route    fd00:9::/48 via fd00:ffff::1 onlink"],
        [("route", {"gateway": "fd00:7::2"})], [("route", {"dst": "fd00:9::/48", "gateway": "fd00:ffff::1", "flags": ["onlink"]})]),
    "address that is a route's src": Case(
        {"addresses": NET + ["10.2.0.1/16"], "routes": [{"dst": "10.9.0.0/16", "src": "10.2.0.1"}]},
        {"addresses": NET, "routes": [{"dst": "10.9.0.0/16"}]},
        ["- route    10.9.0.0/16 src 10.2.0.1", "- address  10.2.0.1/16", "+ route    10.9.0.0/16"],
        [("route", {"dst": "10.9.0.0/16", "prefsrc": "10.2.0.1"})], [("route", {"dst": "10.9.0.0/16"})]),
    # neighbours
    "neighbour added": Case({"mac": "0a:00:00:00:00:01", "addresses": NET}, {"mac": "0a:00:00:00:00:01", "addresses": NET, "neighbours": [{"dst": "192.168.7.9", "lladdr": "0a:00:00:00:00:09"}]},
        ["+ neighbour 192.168.7.9 lladdr 0a:00:00:00:00:09"], [], [("neigh", {"dst": "192.168.7.9", "lladdr": "0a:00:00:00:00:09", "state": ["PERMANENT"]})]),
    "neighbour removed": Case({"mac": "0a:00:00:00:00:01", "addresses": NET6, "neighbours": [{"dst": "fd00:7::9", "lladdr": "0a:00:00:00:00:09"}]}, {"mac": "0a:00:00:00:00:01", "addresses": NET6},
        ["- neighbour fd00:7::9 lladdr 0a:00:00:00:00:09"], [("neigh", {"dst": "fd00:7::9", "lladdr": "0a:00:00:00:00:09", "state": ["PERMANENT"]})], []),
    "lladdr": Case({"mac": "0a:00:00:00:00:01", "addresses": NET, "neighbours": [{"dst": "192.168.7.9", "lladdr": "0a:00:00:00:00:08"}]}, {"mac": "0a:00:00:00:00:01", "addresses": NET, "neighbours": [{"dst": "192.168.7.9", "lladdr": "0a:00:00:00:00:09"}]},
        ["- neighbour 192.168.7.9 lladdr 0a:00:00:00:00:08", "+ neighbour 192.168.7.9 lladdr 0a:00:00:00:00:09"],
        [("neigh", {"lladdr": "0a:00:00:00:00:08"})], [("neigh", {"dst": "192.168.7.9", "lladdr": "0a:00:00:00:00:09"})]),
    # bridges br0 and br1 are there
    "bridge joined": Case({"mac": "0a:00:00:00:00:01"}, {"mac": "0a:00:00:00:00:01", "bridge": "br0"}, ["~ bridge   br0"],
        [], [("link", {"master": "br0"})]),
    "bridge changed": Case({"mac": "0a:00:00:00:00:01", "bridge": "br0"}, {"mac": "0a:00:00:00:00:01", "bridge": "br1"}, ["~ bridge   br1 (was br0)"],
        [("link", {"master": "br0"})], [("link", {"master": "br1"})]),
    "bridge left": Case({"mac": "0a:00:00:00:00:01", "bridge": "br0"}, {"mac": "0a:00:00:00:00:01"}, ["~ bridge   none (was br0)"],
        [("link", {"master": "br0"})], []),
}  # fmt: skip


def add_bridge(ns: Namespace, name: str) -> None:
    """A bridge that has no addresses of its own, and a MAC that does not follow its ports'."""
    ns.ip("link", "add", name, "address", f"0a:00:00:00:bb:0{name[-1]}", "type", "bridge")
    ns.ip("link", "set", name, "addrgenmode", "none")
    ns.ip("link", "set", name, "up")


def items(ns: Namespace, what: str, ifname: str) -> list[dict[str, Any]]:
    if what == "link":
        return ns.ip_json("-d", "link", "show", "dev", ifname)
    if what == "addr":
        return ns.ip_json("-d", "addr", "show", "dev", ifname)[0]["addr_info"]
    if what == "neigh":
        return ns.ip_json("neigh", "show", "nud", "permanent", "dev", ifname)
    if what == "accept_ra":
        return [{"is": int(ns.do("cat", f"/proc/sys/net/ipv6/conf/{ifname}/accept_ra"))}]
    shown = []
    for family in ("-4", "-6"):
        shown += ns.ip_json("-d", family, "route", "show", "table", "all")
    fleeting = ("linkdown", "dead")
    kept = [r | {"flags": [f for f in r.get("flags", []) if f not in fleeting]} for r in shown]
    return [route for route in kept if route.get("dev") == ifname and route["protocol"] in ("boot", "static")]


def holds(ns: Namespace, ifname: str, fact: tuple[str, dict[str, Any]]) -> bool:
    what, wanted = fact
    return any(item.items() >= wanted.items() for item in items(ns, what, ifname))


def steps(ns: Namespace, path: Path) -> list[dict[str, str]]:
    return json.loads(ns.tunlab("up", "-n", "--json", path).expect(0).out)[0]["steps"]


def lines_of(output: str) -> list[str]:
    return [row[2:] for row in output.splitlines()[1:]]


def drift(ns: Namespace) -> list[dict[str, str]]:
    return json.loads(ns.tunlab("status", "--json").expect(0).out)[0]["tunlab"]["drift"]


@pytest.mark.parametrize("name", CASES)
def test_change_of_a_field_is_shown_exactly_and_made_with_the_fewest_messages(
    ns: Namespace, profile, tmp_path: Path, name: str
) -> None:
    case = CASES[name]
    tap = any({"mac", "bridge", "neighbours"} & fields.keys() for fields in (case.before, case.after))
    ifname = "tap7" if tap else "tun7"
    if "bridge" in case.before or "bridge" in case.after:
        add_bridge(ns, "br0")
        add_bridge(ns, "br1")
    ns.up(profile(ifname, **case.before))
    index = ns.link(ifname)["ifindex"]
    for fact in case.was:
        assert holds(ns, ifname, fact), (fact, items(ns, fact[0], ifname))
    path = profile(ifname, **case.after)
    before = whole(ns)
    planned = ns.tunlab("up", "-n", path).expect(0)
    assert planned.out.splitlines()[0] == f"{ifname}: would be changed", planned
    assert sorted(lines_of(planned.out)) == sorted(case.lines), planned
    pending = steps(ns, path)
    assert ns.tunlab("up", "-n", "--exit-code", path).code == 10
    assert drift(ns) == pending, "status tells the same as the plan"
    ns.tunlab("status", "--exit-code").expect(10)
    assert_same(before, whole(ns))

    done, sent = messages(ns, tmp_path, "up", path)
    done.expect(0)
    assert done.out.splitlines()[0] == f"{ifname}: changed", done
    assert lines_of(done.out) == lines_of(planned.out)
    assert len(sent) == sum(step["kind"] not in BY_SYSCTL for step in pending), (pending, done)

    assert ns.link(ifname)["ifindex"] == index
    for fact in case.now:
        assert holds(ns, ifname, fact), (fact, items(ns, fact[0], ifname))
    for fact in case.was:
        assert not holds(ns, ifname, fact) or fact in case.now, fact

    after = whole(ns)
    again, sent = messages(ns, tmp_path, "up", path)
    assert (again.code, again.out, again.err) == (0, f"{ifname}: in sync, no changes\n", ""), again
    assert sent == []
    assert ns.tunlab("up", "-n", "--exit-code", path).expect(0).out == f"{ifname}: in sync, no changes\n"
    ns.tunlab("status", "--exit-code").expect(0)
    assert_same(after, whole(ns))


@pytest.mark.parametrize("name", CASES)
def test_changed_device_is_as_one_made_new(ns: Namespace, profile, name: str) -> None:
    case = CASES[name]
    tap = any({"mac", "bridge", "neighbours"} & fields.keys() for fields in (case.before, case.after))
    ifname = "tap7" if tap else "tun7"
    if "bridge" in case.before or "bridge" in case.after:
        add_bridge(ns, "br0")
        add_bridge(ns, "br1")
    ns.up(profile(ifname, **case.before))
    path = profile(ifname, **case.after)
    ns.up(path)
    changed = whole(ns)
    ns.tunlab("down", ifname).expect(0)
    ns.up(path)
    made = whole(ns)
    if "addr_gen_mode" in name or "IPv6 in again" in name:
        # The address that the kernel makes of itself depends on when it was told.
        for network in (changed, made):
            network.pop("addr"), network.pop("route6")
    assert_same(made, changed)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({}, {"mode": "tap"}, "tun device"),
        ({"owner": "nobody"}, {"owner": "daemon"}, "owner"),
        ({"group": "nogroup"}, {"group": "daemon"}, "group"),
        ({"group": "nogroup"}, {}, "group"),
        ({}, {"group": "daemon"}, "group"),
        ({}, {"queues": 4}, "queue"),
        ({"queues": 4}, {}, "queue"),
    ],
    ids=["mode", "owner", "group", "group-gone", "group-new", "queues", "queues-gone"],
)
@pytest.mark.parametrize("dry", [(), ("-n",)], ids=["up", "up-n"])
def test_what_cannot_change_in_place_is_refused_with_a_remedy_that_works(
    ns: Namespace, profile, before: Fields, after: Fields, told: str, dry: tuple[str, ...]
) -> None:
    ns.up(profile("tun7", addresses=NET, **before))
    path = profile("tun7", addresses=NET, **after)
    state = whole(ns)
    result = ns.tunlab("up", *dry, path).expect(5)
    assert re.search(rf"^error: tun7: .*{told}", result.err, re.M), result
    assert f"tunlab down tun7 && tunlab up {path}" in result.err, result
    assert_same(state, whole(ns))
    ns.tunlab("down", "tun7").expect(0)
    ns.up(path)
    data = ns.link("tun7")["linkinfo"]["info_data"]
    assert data["multi_queue"] is (after.get("queues", 1) > 1)
    assert ns.up(path).out == "tun7: in sync, no changes\n"


def test_number_of_queues_above_one_is_no_state_of_the_device(ns: Namespace, profile) -> None:
    ns.up(profile("tun7", queues=4))
    path = profile("tun7", queues=8)
    assert ns.link("tun7")["linkinfo"]["info_data"]["multi_queue"] is True
    assert [step["kind"] for step in steps(ns, path)] in ([], ["mark"])
    ns.up(path)
    assert ns.up(path).out == "tun7: in sync, no changes\n"


def test_comment_and_description_are_no_change(ns: Namespace, profile) -> None:
    path = profile("tun7", addresses=NET)
    ns.up(path)
    path.write_text("// a comment\n" + path.read_text().replace('"version"', '"description": "x",\n "version"'))
    assert ns.up(path).out == "tun7: in sync, no changes\n"


# Drift by hand

TAP: Fields = {
    "mac": "0a:00:00:00:00:01",
    "mtu": 1400,
    "bridge": "br0",
    "addresses": ["192.168.7.1/24", "fd00:7::1/64"],
    "routes": [V4, {"dst": "fd00:9::/48", "via": "fd00:7::2", "metric": 7}],
    "neighbours": [{"dst": "192.168.7.9", "lladdr": "0a:00:00:00:00:09"}],
}

BY_HAND: dict[str, tuple[list[str], list[str]]] = {
    "address added": (["addr add 172.16.5.5/24 dev tap7"], ["- address  172.16.5.5/24"]),
    "IPv6 address added": (["addr add fd00:55::1/64 dev tap7 nodad"], ["- address  fd00:55::1/64"]),
    "secondary address added": (["addr add 192.168.7.44/24 dev tap7"], ["- address  192.168.7.44/24"]),
    "address removed": (["addr del 192.168.7.1/24 dev tap7"], ["+ address  192.168.7.1/24", "+ route    10.9.0.0/16 via 192.168.7.254", "+ neighbour 192.168.7.9 lladdr 0a:00:00:00:00:09"]),
    "IPv6 address removed": (["addr del fd00:7::1/64 dev tap7"], ["+ address  fd00:7::1/64"]),
    "same address with another prefix length": (["addr add 192.168.7.1/16 dev tap7"], ["- address  192.168.7.1/16"]),
    "prefix length changed": (["addr add 192.168.7.1/25 dev tap7", "addr del 192.168.7.1/24 dev tap7"],
        ["- address  192.168.7.1/25", "+ address  192.168.7.1/24"]),
    "route added": (["route add 10.77.0.0/16 dev tap7"], ["- route    10.77.0.0/16"]),
    "route of protocol static added": (["route add 10.77.0.0/16 dev tap7 proto static"], ["- route    10.77.0.0/16 proto static"]),
    "route in another table added": (["route add 10.77.0.0/16 dev tap7 table 99"], ["- route    10.77.0.0/16 table 99"]),
    "route removed": (["route del 10.9.0.0/16"], ["+ route    10.9.0.0/16 via 192.168.7.254"]),
    "route replaced": (["route replace 10.9.0.0/16 via 192.168.7.77"], ["- route    10.9.0.0/16 via 192.168.7.77", "+ route    10.9.0.0/16 via 192.168.7.254"]),
    "metric changed": (["-6 route add fd00:9::/48 via fd00:7::2 dev tap7 metric 8", "-6 route del fd00:9::/48 metric 7"],
        ["- route    fd00:9::/48 via fd00:7::2 metric 8", "+ route    fd00:9::/48 via fd00:7::2 metric 7"]),
    "MTU": (["link set tap7 mtu 1300"], ["~ mtu      1400 (was 1300)"]),
    "MTU below IPv6's": (["link set tap7 mtu 1200"], None),  # type: ignore[dict-item]
    "MAC": (["link set tap7 address 0a:00:00:00:00:77"], ["~ mac      0a:00:00:00:00:01 (was 0a:00:00:00:00:77)", "+ neighbour 192.168.7.9 lladdr 0a:00:00:00:00:09"]),
    "link down": (["link set tap7 down"], None),  # type: ignore[dict-item]
    "queue length": (["link set tap7 txqueuelen 33"], ["~ txqueuelen 1000 (was 33)"]),
    "neighbour removed": (["neigh del 192.168.7.9 dev tap7"], ["+ neighbour 192.168.7.9 lladdr 0a:00:00:00:00:09"]),
    "neighbour added": (["neigh add 192.168.7.10 lladdr 0a:00:00:00:00:0a nud permanent dev tap7"], ["- neighbour 192.168.7.10 lladdr 0a:00:00:00:00:0a"]),
    "neighbour changed": (["neigh change 192.168.7.9 lladdr 0a:00:00:00:00:0b dev tap7"],
        ["- neighbour 192.168.7.9 lladdr 0a:00:00:00:00:0b", "+ neighbour 192.168.7.9 lladdr 0a:00:00:00:00:09"]),
    "accept_ra": (["accept_ra 1"], ["~ accept_ra off (was on)"]),
    "address generation": (["link set tap7 addrgenmode random"], ["~ addrgenmode none (was random)"]),
    "left its bridge": (["link set tap7 nomaster"], ["~ bridge   br0"]),
    "alias of the same device changed": (["link set tap7 alias tunlab:1:0000000000000000:-"], ["~ mark     "]),
}  # fmt: skip


@pytest.mark.parametrize("name", BY_HAND)
def test_drift_by_hand_is_shown_and_repaired(ns: Namespace, profile, name: str) -> None:
    by_hand, expected = BY_HAND[name]
    add_bridge(ns, "br0")
    # A bridge takes the least MTU of its ports, and loses its own IPv6 with it.
    fields = {k: v for k, v in TAP.items() if not (name == "MTU below IPv6's" and k == "bridge")}
    path = profile("tap7", **fields)
    ns.up(path)
    complete = whole(ns)
    for command in by_hand:
        if command.startswith("accept_ra"):
            ns.do("sh", "-c", f"echo {command.split()[1]} > /proc/sys/net/ipv6/conf/tap7/accept_ra")
        else:
            ns.ip(*command.split())
    drifted = whole(ns)

    if name.startswith("alias"):
        # The mark names no profile any more: there is nothing to compare with.
        assert ns.tunlab("status").expect(0).out.splitlines()[1].split()[-1] != "in-sync"
    else:
        told = ns.tunlab("status", "--exit-code").expect(10)
        assert re.search(r"\bdrift", told.out), told
        assert drift(ns) == steps(ns, path)
    planned = ns.tunlab("up", "-n", path).expect(0)
    if expected is None:
        assert lines_of(planned.out), planned
    elif name.startswith("alias"):
        assert lines_of(planned.out)[0].startswith(expected[0]), planned
    else:
        assert sorted(lines_of(planned.out)) == sorted(expected), planned
    assert_same(drifted, whole(ns))

    ns.up(path)
    assert_same(complete, whole(ns))
    assert ns.up(path).out == "tap7: in sync, no changes\n"
    ns.tunlab("status", "--exit-code").expect(0)


def test_routes_of_others_and_link_local_addresses_are_left_alone(ns: Namespace, profile) -> None:
    path = profile("tap7", mac="0a:00:00:00:00:01", addresses=["192.168.7.1/24", "fd00:7::1/64"], ipv6={"addr_gen_mode": "eui64"})
    ns.up(path)
    ns.ip("tuntap", "add", "vpn0", "mode", "tun")
    ns.ip("addr", "add", "172.30.0.1/24", "dev", "vpn0")
    ns.ip("link", "set", "vpn0", "up")
    for command in (
        "route add 10.55.0.0/16 dev tap7 proto bgp",
        "route add 10.56.0.0/16 via 192.168.7.2 proto 186",
        "-6 route add fd00:55::/48 dev tap7 proto ra",
        "-6 route add fd00:56::/48 via fd00:7::2 proto bird",
        "route add 10.57.0.0/16 via 172.30.0.2 proto static",
        "route add 10.58.0.0/16 dev vpn0",
        "neigh add 192.168.7.3 lladdr 0a:00:00:00:00:03 nud reachable dev tap7",
    ):
        ns.ip(*command.split())
    before = whole(ns)
    assert any(i["local"].startswith("fe80::") for i in items(ns, "addr", "tap7"))
    assert ns.up(path).out == "tap7: in sync, no changes\n"
    assert_same(before, whole(ns))

    # Nor does a change take them along.
    ns.up(profile("tap7", mac="0a:00:00:00:00:01", mtu=1400, addresses=["192.168.7.1/24", "fd00:7::1/64", "10.2.0.1/16"], ipv6={"addr_gen_mode": "eui64"}))
    kept = {r["dst"] for family in ("-4", "-6") for r in ns.ip_json(family, "route")}
    assert kept >= {"10.55.0.0/16", "10.56.0.0/16", "fd00:55::/48", "fd00:56::/48", "10.57.0.0/16", "10.58.0.0/16"}
    assert any(i["local"].startswith("fe80::") for i in items(ns, "addr", "tap7"))


# Failing at each step, and the way back

SCENARIOS: dict[str, tuple[Fields, Fields]] = {
    "new tap": (
        {},
        {**TAP, "txqueuelen": 300},
    ),
    "addresses and routes": (
        {
            "addresses": ["192.168.7.1/24", "192.168.7.2/24", "192.168.7.3/24", "10.2.0.1/16", "fd00:7::1/64", "fd00:8::1/64"],
            "routes": [V4, {"dst": "10.8.0.0/16", "src": "10.2.0.1"}, V6, {"dst": "fd00:a::/48", "src": "fd00:8::1"}],
        },
        {
            "addresses": ["192.168.7.2/24", "10.2.0.1/24", "10.3.0.1/24", "fd00:7::1/80", "fd00:8::2/64"],
            "routes": [V4 | {"metric": 5}, {"dst": "10.8.0.0/16", "via": "192.168.7.77", "table": 100}, V6 | {"mtu": 1300}],
        },
    ),
    "link and neighbours": (
        TAP | {"txqueuelen": 300},
        {
            "mac": "0a:00:00:00:00:02",
            "mtu": 1450,
            "bridge": "br1",
            "ipv6": {"addr_gen_mode": "random", "accept_ra": True},
            "addresses": ["192.168.7.1/24", "fd00:7::1/64"],
            "routes": [V4],
            "neighbours": [{"dst": "192.168.7.9", "lladdr": "0a:00:00:00:00:19"}, {"dst": "fd00:7::9", "lladdr": "0a:00:00:00:00:0a"}],
        },
    ),
    "below the MTU of IPv6": (
        {"mtu": 1400, "addresses": ["192.168.7.1/24", "fd00:7::1/64", "fd00:8::1/64"], "routes": [V6, V4]},
        {"mtu": 1000, "txqueuelen": 77, "addresses": ["192.168.7.1/24"], "routes": [V4]},
    ),
}  # fmt: skip

# How many messages each scenario's change takes. A test below holds them.
MESSAGES = {"new tap": 12, "addresses and routes": 18, "link and neighbours": 9, "below the MTU of IPv6": 6}


def begin(ns: Namespace, profile, scenario: str) -> Path:
    """The state before; returns the profile that changes it."""
    before, after = SCENARIOS[scenario]
    add_bridge(ns, "br0")
    add_bridge(ns, "br1")
    ifname = "tap7" if "mac" in after else "tun7"
    if before:
        ns.up(profile(ifname, **before))
    return profile(ifname, **after)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_number_of_messages_is_known(ns: Namespace, profile, tmp_path: Path, scenario: str) -> None:
    path = begin(ns, profile, scenario)
    result, sent = messages(ns, tmp_path, "up", path)
    result.expect(0)
    assert len(sent) == MESSAGES[scenario], result


EACH_STEP = [(scenario, number) for scenario, count in MESSAGES.items() for number in range(count)]


@pytest.fixture(scope="module")
def places(devices: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[int]]:
    """Which calls of sendmsg change something, in each scenario."""
    folder = tmp_path_factory.mktemp("places")

    def write(ifname: str, **fields: Any) -> Path:
        from lab import profile_text

        path = folder / f"{ifname}.json"
        path.write_text(profile_text(ifname, **fields))
        return path

    found = {}
    for scenario in SCENARIOS:
        with Namespace.create() as ns:
            found[scenario] = messages(ns, folder, "up", begin(ns, write, scenario))[1]
    return found


@pytest.mark.parametrize("error", ["ENOMEM", "EPERM"])
@pytest.mark.parametrize(("scenario", "number"), EACH_STEP, ids=lambda value: str(value))
def test_failure_at_any_step_leaves_all_as_it_was(
    ns: Namespace, profile, tmp_path: Path, places, scenario: str, number: int, error: str
) -> None:
    path = begin(ns, profile, scenario)
    before = whole(ns)
    result = at_message(ns, tmp_path, places[scenario][number], f"error={error}", "up", path)
    assert result.code in (1, 4), result
    assert result.err.startswith("error: "), result
    assert_same(before, whole(ns), result)
    assert "not rolled back" not in result.err
    ns.up(path)


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
@pytest.mark.parametrize(("scenario", "number"), EACH_STEP, ids=lambda value: str(value))
def test_signal_at_any_step_undoes_all(
    ns: Namespace, profile, tmp_path: Path, places, scenario: str, number: int, name: str, code: int
) -> None:
    path = begin(ns, profile, scenario)
    before = whole(ns)
    result = at_message(ns, tmp_path, places[scenario][number], f"signal={name}", "up", path)
    result.expect(code)
    assert result.out == "", result
    assert "interrupted" in result.err, result
    assert_same(before, whole(ns), result)
    ns.up(path)


def test_refusal_by_the_kernel_leaves_all_as_it_was(ns: Namespace, profile) -> None:
    """A route that is another device's already, at the end of many changes."""
    before, after = SCENARIOS["addresses and routes"]
    ns.up(profile("tun7", **before))
    ns.ip("tuntap", "add", "vpn0", "mode", "tun")
    ns.ip("link", "set", "vpn0", "up")
    ns.ip("route", "add", "10.99.0.0/16", "dev", "vpn0")
    path = profile("tun7", **{**after, "routes": [*after["routes"], {"dst": "10.99.0.0/16"}]})
    state = whole(ns)
    result = ns.tunlab("up", path).expect(1)
    assert re.search(r"^error: tun7: route 10\.99\.0\.0/16: File exists", result.err, re.M), result
    assert "/routes/3" in result.err and "hint: " in result.err, result
    assert "rolled back: tun7 as it was before" in result.err, result
    assert_same(state, whole(ns))


def test_rollback_that_fails_in_part_undoes_the_rest_and_lists_what_is_left(ns: Namespace, profile) -> None:
    """Two next hops that were reachable once: what made them so is gone, so they can't come back."""
    before, after = SCENARIOS["addresses and routes"]
    ns.up(profile("tun7", **before))
    stranded = "-6 route add fd77::/32 nexthop via fd00:70::5 dev tun7 nexthop via fd00:70::6 dev tun7"
    for command in ("addr add fd00:70::1/64 dev tun7 nodad", stranded, "addr del fd00:70::1/64 dev tun7"):
        ns.ip(*command.split())
    state = whole(ns)
    refused = {"dst": "10.99.0.0/16", "src": "10.200.0.9"}
    path = profile("tun7", **{**after, "routes": [*after["routes"], refused]})
    result = ns.tunlab("up", path).expect(6)
    assert re.search(r"^not rolled back whole: tun7 is not as it was before$", result.err, re.M), result
    (remedy,) = re.findall(r"^ +(?:try|or): (.*)$", result.err, re.M)
    assert remedy.startswith("ip -6 route add fd77::/32 dev tun7 nexthop via "), result
    ns.ip(*"addr add fd00:70::1/64 dev tun7 nodad".split())
    ns.run("sh", "-c", remedy).expect(0)
    ns.ip(*"addr del fd00:70::1/64 dev tun7".split())
    assert_same(state, whole(ns), result)


# Mentioned once: what the plan never shows


def test_what_the_kernel_normalises_is_no_drift(ns: Namespace, profile) -> None:
    path = profile(
        "tun7",
        addresses=["10.0.0.1/24", "10.0.1.1/31", "10.0.2.1/32", {"local": "10.0.3.1/24", "peer": "10.0.4.1"}, "FD00:0:0::1/64", "fd01::/127"],
        routes=[
            {"dst": "FD00:00AA::/48"},
            {"dst": "fd00:bb::/48", "metric": 0},
            {"dst": "fd00:cc::/48", "metric": 1024},
            {"dst": "10.5.0.0/16", "metric": 0},
            {"dst": "10.6.0.0/16", "via": "10.0.0.2", "table": "main"},
            {"dst": "10.7.0.0/16", "table": 254},
            {"dst": "0.0.0.0/0", "table": 100},
            {"dst": "::/0", "table": 100},
        ],
        ipv6={"addr_gen_mode": "random"},
    )
    ns.up(path)
    assert ns.up(path).out == "tun7: in sync, no changes\n"
    ns.tunlab("status", "--exit-code").expect(0)
