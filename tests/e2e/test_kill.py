"""Killed or failed at any system call, `up` leaves nothing or the complete device.

    one network namespace; strace injects the fault
    ┌─────────────────────────────────────────────────────────┐
    │  tunlab up ──x── SIGKILL, or an error, at call (name,n) │
    │  ip -j dump: as before, or complete                     │
    │  tunlab up: succeeds                                    │
    └─────────────────────────────────────────────────────────┘

The points are a fixed sample, spread evenly over a traced run. The calls before the first socket or
file of tunlab's own belong to the loader and are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab import Namespace, profile_text
from trace import Call, injected, state, traced

FIELDS: dict[str, Any] = {
    "mtu": 1400,
    "addresses": ["192.168.7.1/24", "fd00:7::1/64"],
    "routes": [
        {"dst": "10.9.0.0/16", "via": "192.168.7.254"},
        {"dst": "fd00:9::/48", "via": "fd00:7::2"},
    ],
}
CHANGED: dict[str, Any] = {
    "mtu": 1450,
    "addresses": ["192.168.7.1/24", "192.168.8.1/24"],
    "routes": [{"dst": "10.8.0.0/16", "via": "192.168.8.254"}],
}

KILLS_NEW, KILLS_CHANGED, KILLS_DOWN, FAILURES = 24, 8, 4, 12


def spread(points: list[Call], number: int, count: int) -> Call:
    """The `number`th of `count` points, spread evenly from the first to the last."""
    assert len(points) >= count, f"only {len(points)} points for a sample of {count}"
    return points[number * (len(points) - 1) // (count - 1)]


def own_calls(calls: list[Call], file: str) -> list[Call]:
    """The calls from the opening of the profile on."""
    start = next(n for n, call in enumerate(calls) if file in call.text and not call.name.startswith("exec"))
    return [call for call in calls[start:] if call.name not in ("exit_group", "exit")]


@pytest.fixture(scope="module")
def plans(devices: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[Call]]]:
    """The system calls of clean runs of each command."""
    folder = tmp_path_factory.mktemp("plans")
    path = folder / "tun7.json"
    with Namespace.create() as ns:
        write(path, FIELDS)
        new, calls_new = traced(ns, folder, "up", path)
        new.expect(0)
        write(path, CHANGED)
        changed, calls_changed = traced(ns, folder, "up", path)
        changed.expect(0)
        down, calls_down = traced(ns, folder, "down", path)
        down.expect(0)
    yield {
        "new": own_calls(calls_new, "tun7.json"),
        "changed": own_calls(calls_changed, "tun7.json"),
        "down": own_calls(calls_down, "tun7.json"),
    }


def write(path: Path, fields: dict[str, Any]) -> Path:
    path.write_text(profile_text("tun7", **fields))
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "tun7.json", FIELDS)


@pytest.mark.parametrize("number", range(KILLS_NEW))
def test_killed_up_leaves_nothing_or_the_complete_device(ns: Namespace, plans, path: Path, tmp_path: Path, number: int) -> None:
    call = spread(plans["new"], number, KILLS_NEW)
    nothing = state(ns)
    injected(ns, tmp_path, call, "signal=SIGKILL", "up", path)
    left = state(ns)

    told = ns.up(path).out
    complete = state(ns)
    assert complete != nothing
    if left == nothing:
        assert told.startswith("tun7: created"), f"killed at {call}"
    else:
        assert left == complete, f"killed at {call}: neither nothing nor complete"
        assert told == "tun7: in sync, no changes\n", f"killed at {call}"


def test_kill_points_reach_from_before_the_device_to_after_it(plans) -> None:
    """The sample covers the dangerous stretch: from before TUNSETIFF to after TUNSETPERSIST."""
    calls = plans["new"]
    requests = [(n, call.text) for n, call in enumerate(calls) if call.name == "ioctl" or call.changes_network]
    order = {
        word: next((n for n, text in requests if word in text), None)
        for word in ("TUNSETIFF", "RTM_NEWADDR", "RTM_NEWROUTE", "TUNSETPERSIST")
    }
    assert None not in order.values(), order
    assert list(order.values()) == sorted(order.values()), "TUNSETPERSIST, the commit, must be last"
    sampled = {calls.index(spread(calls, number, KILLS_NEW)) for number in range(KILLS_NEW)}
    assert len(sampled) >= 12
    assert min(sampled) <= order["TUNSETIFF"] and max(sampled) >= order["TUNSETPERSIST"]
    assert sum(order["TUNSETIFF"] < n <= order["TUNSETPERSIST"] for n in sampled) >= 3


def test_killed_right_before_and_after_the_commit(ns: Namespace, plans, path: Path, tmp_path: Path) -> None:
    calls = plans["new"]
    commit = next(n for n, call in enumerate(calls) if "TUNSETPERSIST" in call.text)
    nothing = state(ns)
    injected(ns, tmp_path, calls[commit], "signal=SIGKILL", "up", path)
    assert state(ns) == nothing, "killed at the entry of TUNSETPERSIST"
    injected(ns, tmp_path, calls[commit + 1], "signal=SIGKILL", "up", path)
    assert ns.up(path).out == "tun7: in sync, no changes\n", "killed after TUNSETPERSIST"


@pytest.mark.parametrize("number", range(KILLS_CHANGED))
def test_killed_change_converges_with_the_next_up(ns: Namespace, plans, path: Path, tmp_path: Path, number: int) -> None:
    call = spread(plans["changed"], number, KILLS_CHANGED)
    ns.up(path)
    write(path, CHANGED)
    injected(ns, tmp_path, call, "signal=SIGKILL", "up", path)
    ns.up(path)
    converged = state(ns)
    assert ns.up(path).out == "tun7: in sync, no changes\n"
    ns.tunlab("down", "tun7").expect(0)
    ns.up(path)
    assert state(ns) == converged, f"killed at {call}"


@pytest.mark.parametrize("number", range(KILLS_DOWN))
def test_killed_down_leaves_nothing_or_the_complete_device(ns: Namespace, plans, path: Path, tmp_path: Path, number: int) -> None:
    call = spread(plans["down"], number, KILLS_DOWN)
    nothing = state(ns)
    ns.up(path)
    complete = state(ns)
    injected(ns, tmp_path, call, "signal=SIGKILL", "down", path)
    assert state(ns) in (nothing, complete), f"killed at {call}"
    ns.tunlab("down", path).expect(0)
    assert state(ns) == nothing


def failing(calls: list[Call]) -> list[Call]:
    """Calls that up cannot do without: on the device, and requests to rtnetlink."""
    return [
        call
        for call in calls
        if (call.name == "ioctl" and "TUN" in call.text) or (call.name in ("sendmsg", "sendto") and "RTM_" in call.text)
    ]


@pytest.mark.parametrize("number", range(FAILURES))
def test_failed_up_leaves_nothing(ns: Namespace, plans, path: Path, tmp_path: Path, number: int) -> None:
    call = spread(failing(plans["new"]), number, FAILURES)
    error = ("EPERM", "ENOMEM", "EIO")[number % 3]
    nothing = state(ns)
    result = injected(ns, tmp_path, call, f"error={error}", "up", path)
    assert result.code in (1, 4), f"{call} failed with {error}:\n{result}"
    assert result.err.startswith("error: "), f"{call} failed with {error}:\n{result}"
    assert state(ns) == nothing, f"{call} failed with {error}"
    assert ns.up(path).out.startswith("tun7: created")


def test_every_device_call_of_up_may_fail(ns: Namespace, plans, path: Path, tmp_path: Path) -> None:
    """TUNSETIFF, TUNSETOWNER, ... TUNSETPERSIST: each of them, since there are few."""
    nothing = state(ns)
    for call in failing(plans["new"]):
        if call.name == "ioctl":
            result = injected(ns, tmp_path, call, "error=EPERM", "up", path)
            assert result.code in (1, 4), f"{call}:\n{result}"
            assert re.search("Operation not permitted|needs CAP_NET_ADMIN", result.err), f"{call}:\n{result}"
            assert state(ns) == nothing, f"{call}"
    ns.up(path)


def test_failed_change_leaves_the_device_as_it_was(ns: Namespace, plans, path: Path, tmp_path: Path) -> None:
    """One failure in the middle of the changing messages: they are undone."""
    changing = [call for call in plans["changed"] if call.changes_network]
    call = changing[len(changing) // 2]
    ns.up(path)
    before = state(ns)
    write(path, CHANGED)
    result = injected(ns, tmp_path, call, "error=ENOMEM", "up", path).expect(1)
    assert "rolled back" in result.err, result
    assert state(ns) == before
    ns.up(path)
