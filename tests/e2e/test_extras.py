"""What somebody made by hand on a device of tunlab's, and no profile has words for.

A label, a metric that is not the MTU, a type of service, several next hops: `up` takes it for drift,
says what it is, and removes it; and where a later step fails, it comes back as it was, to the last
attribute, though tunlab knows nothing of it but the kernel's own description.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from faults import assert_same, whole
from lab import Namespace, add_foreign_link

DEVICE = {
    "addresses": ["10.0.3.1/24", "fd00:3::1/64"],
    "routes": [{"dst": "10.9.0.0/16", "via": "10.0.3.254"}],
}
# The kernel refuses it, last of all steps: no device has this address.
REFUSED = {"dst": "10.99.0.0/16", "src": "10.200.0.9"}

# How it is made, by ip, and how the plan calls it.
EXTRAS = {
    "label, broadcast": (
        "addr add 10.0.7.1/24 dev tun0 label tun0:x broadcast 10.0.7.255",
        "- address  10.0.7.1/24 label tun0:x broadcast 10.0.7.255",
    ),
    "noprefixroute": ("addr add 10.0.7.1/24 dev tun0 noprefixroute", "- address  10.0.7.1/24 noprefixroute"),
    "metric of an address": ("addr add 10.0.7.1/24 dev tun0 metric 77", "- address  10.0.7.1/24 metric 77"),
    "deprecated": (
        "addr add fd00:7::1/64 dev tun0 nodad preferred_lft 0",
        "- address  fd00:7::1/64 preferred_lft 0",
    ),
    "deprecated IPv4": (
        "addr add 10.0.7.1/24 dev tun0 preferred_lft 0",
        "- address  10.0.7.1/24 preferred_lft 0",
    ),
    "scope without a name": ("route add 10.20.0.0/16 dev tun0 scope 210", "- route    10.20.0.0/16 scope 210"),
    "locked metrics": (
        "route add 10.20.0.0/16 dev tun0 mtu lock 1400 advmss lock 1300 rto_min 300ms",
        "- route    10.20.0.0/16 mtu lock 1400 advmss lock 1300 rto_min 300ms",
    ),
    "times and features": (
        "route add 10.20.0.0/16 dev tun0 rtt 100ms rttvar 50ms features ecn congctl reno",
        "- route    10.20.0.0/16 rtt 800 rttvar 200 features ecn congctl reno",
    ),
    "realms of next hops": (
        "route add 10.20.0.0/16 nexthop via 10.0.3.5 dev tun0 realms 1/2 nexthop via 10.0.3.6 dev tun0",
        "- route    10.20.0.0/16 nexthop via 10.0.3.5 realms 1/2 dev tun0 weight 1 nexthop via 10.0.3.6 dev tun0 weight 1",
    ),
    "static": ("route add 10.20.0.0/16 dev tun0 proto static", "- route    10.20.0.0/16 proto static"),
    "metrics": (
        "route add 10.20.0.0/16 dev tun0 advmss 1300 initcwnd 5",
        "- route    10.20.0.0/16 advmss 1300 initcwnd 5",
    ),
    "realms": ("route add 10.20.0.0/16 dev tun0 realms 3/4", "- route    10.20.0.0/16 realms 3/4"),
    "type of service": ("route add 10.20.0.0/16 dev tun0 tos 0x10", "- route    10.20.0.0/16 tos 0x10"),
    "gateway of the other family": (
        "route add 10.20.0.0/16 dev tun0 via inet6 fd00:3::5",
        "- route    10.20.0.0/16 via inet6 fd00:3::5",
    ),
    "two next hops": (
        "route add 10.20.0.0/16 nexthop via 10.0.3.5 dev tun0 weight 2 nexthop via 10.0.3.6 dev tun0",
        "- route    10.20.0.0/16 nexthop via 10.0.3.5 dev tun0 weight 2 nexthop via 10.0.3.6 dev tun0 weight 1",
    ),
    "source prefix": (
        "-6 route add fd77::/32 from fd00:3::/64 via fd00:3::5 dev tun0",
        "- route    fd77::/32 via fd00:3::5 from fd00:3::/64",
    ),
    "router preference": (
        "-6 route add fd77::/32 via fd00:3::5 dev tun0 pref high",
        "- route    fd77::/32 via fd00:3::5 pref high",
    ),
    "two IPv6 next hops": (
        "-6 route add fd77::/32 nexthop via fd00:3::5 dev tun0 nexthop via fd00:3::6 dev tun0",
        "- route    fd77::/32 nexthop via fd00:3::5 dev tun0 weight 1 nexthop via fd00:3::6 dev tun0 weight 1",
    ),
}  # fmt: skip


@pytest.fixture(params=EXTRAS)
def extra(request: pytest.FixtureRequest, ns: Namespace, profile) -> tuple[Path, str]:
    """A device with one extra: its profile, and the plan's line."""
    command, line = EXTRAS[request.param]
    path = profile("tun0", **DEVICE)
    ns.up(path)
    ns.ip(*command.split())
    return path, line


def test_extra_is_shown_and_removed(ns: Namespace, extra: tuple[Path, str]) -> None:
    path, line = extra
    shown = ns.tunlab("up", "-n", "--exit-code", path).expect(10)
    assert [text.strip() for text in shown.out.splitlines()[1:]] == [line]
    assert [text.strip() for text in ns.up(path).out.splitlines()[1:]] == [line]
    assert "in sync" in ns.up(path).out


def test_extra_comes_back_as_it_was_when_a_later_step_fails(ns: Namespace, profile, extra: tuple[Path, str]) -> None:
    _, line = extra
    before = whole(ns)
    broken = profile("tun0", **{**DEVICE, "routes": [*DEVICE["routes"], REFUSED]})
    plan = ns.tunlab("up", "-n", broken).expect(0).out
    assert line in plan
    told = ns.tunlab("up", broken).expect(1).err
    assert "rolled back: tun0 as it was before" in told
    assert_same(before, whole(ns))


def test_command_of_the_plan_removes_an_extra(ns: Namespace, extra: tuple[Path, str]) -> None:
    path, _ = extra
    lines = ns.tunlab("up", "-n", "-v", path).expect(0).out.splitlines()
    (command,) = [line.strip() for line in lines if line.strip().startswith("ip ")]
    ns.do("sh", "-ec", command)
    assert "in sync" in ns.tunlab("up", "-n", path).expect(0).out


def test_extra_of_a_neighbour_is_shown_removed_and_comes_back(ns: Namespace, profile) -> None:
    path = profile("tap0", mode="tap", addresses=["10.0.3.1/24"])
    ns.up(path)
    ns.ip(*"neigh add 10.0.3.9 lladdr 0a:00:00:00:00:09 dev tap0 nud permanent router protocol 42".split())
    before = whole(ns)
    line = "- neighbour 10.0.3.9 lladdr 0a:00:00:00:00:09 router protocol 42"
    told = ns.tunlab("up", profile("tap0", mode="tap", addresses=["10.0.3.1/24"], routes=[REFUSED])).expect(1).err
    assert "rolled back: tap0 as it was before" in told
    assert_same(before, whole(ns))
    path = profile("tap0", mode="tap", addresses=["10.0.3.1/24"])
    assert [text.strip() for text in ns.up(path).out.splitlines()[1:]] == [line]


# What only its order, or its history, tells from others. In each: by ip, after `up`.
FOUND = {
    "two routes of one metric": [
        "route add 10.20.0.0/16 via 10.0.3.5 dev tun0",
        "route append 10.20.0.0/16 via 10.0.3.6 dev tun0",
        "route append 10.20.0.0/16 via 10.0.3.7 dev tun0 proto static",
    ],
    "IPv6 addresses in their order": [
        "addr add fd00:7::1/64 dev tun0 nodad",
        "addr add fd00:8::1/64 dev tun0 nodad",
        "addr add fd00:9::1/64 dev tun0 nodad preferred_lft 0",
    ],
    "a gateway that was reachable": [
        "addr add fd00:7::1/64 dev tun0 nodad",
        "-6 route add fd77::/32 via fd00:7::5 dev tun0",
        "addr del fd00:7::1/64 dev tun0",
    ],
}


@pytest.mark.parametrize("made", FOUND.values(), ids=FOUND)
def test_what_only_its_history_explains_comes_back_too(ns: Namespace, profile, made: list[str]) -> None:
    path = profile("tun0", **DEVICE)
    ns.up(path)
    for command in made:
        ns.ip(*command.split())
    before = whole(ns)
    assert "in sync" not in ns.tunlab("up", "-n", path).expect(0).out
    fails = {"addresses": ["10.0.3.1/24"], "routes": [REFUSED]}
    told = ns.tunlab("up", profile("tun0", **fails)).expect(1).err
    assert "rolled back: tun0 as it was before" in told
    assert_same(before, whole(ns))
    ns.up(profile("tun0", **DEVICE))
    assert "in sync" in ns.up(path).out


def test_address_that_ceases_to_be_preferred_by_the_clock_is_left_alone(ns: Namespace, profile) -> None:
    """Valid for ever, preferred for an hour: a daemon's way, and no wish that could be restored."""
    path = profile("tun0", **DEVICE)
    ns.up(path)
    ns.ip(*"addr add fd00:7::1/64 dev tun0 nodad preferred_lft 3600".split())
    assert "in sync" in ns.up(path).out
    assert "fd00:7::1" in ns.ip("addr")


def test_route_of_the_profile_made_static_by_hand_becomes_what_it_was(ns: Namespace, profile) -> None:
    path = profile("tun0", **DEVICE)
    ns.up(path)
    ns.ip("route", "replace", "10.9.0.0/16", "via", "10.0.3.254", "dev", "tun0", "proto", "static")
    shown = ns.up(path).out.splitlines()[1:]
    assert [line.strip() for line in shown] == [
        "- route    10.9.0.0/16 via 10.0.3.254 proto static",
        "+ route    10.9.0.0/16 via 10.0.3.254",
    ]
    assert "in sync" in ns.up(path).out


def test_route_that_is_not_the_devices_alone_is_left_alone(ns: Namespace, profile) -> None:
    path = profile("tun0", **DEVICE)
    ns.up(path)
    ns.echo("-q", "tun0")  # a next hop wants a carrier
    add_foreign_link(ns, "other")
    ns.ip("addr", "add", "10.0.4.1/24", "dev", "other")
    ns.ip("link", "set", "other", "up")
    ns.ip(*"route add 10.20.0.0/16 nexthop via 10.0.3.5 dev tun0 nexthop via 10.0.4.5 dev other".split())
    ns.ip(*"nexthop add id 7 via 10.0.3.5 dev tun0".split())
    ns.ip(*"route add 10.21.0.0/16 nhid 7".split())
    assert "in sync" in ns.up(path).out
    assert {"10.20.0.0/16", "10.21.0.0/16"} <= {route["dst"] for route in ns.ip_json("route")}


def test_route_that_nobody_here_can_read_is_left_alone(ns: Namespace, profile) -> None:
    """An encapsulation that libnl has no object for, on whatever device, stands in nobody's way."""
    path = profile("tun0", **DEVICE)
    ns.ip(*"route add 10.39.0.0/16 encap ip id 100 dst 1.2.3.4 dev lo".split())
    ns.up(path)
    assert "in sync" in ns.up(path).out
    assert "tun0" in ns.tunlab("status").expect(0).out
    ns.tunlab("down").expect(0)
    assert "10.39.0.0/16" in ns.ip("route")
