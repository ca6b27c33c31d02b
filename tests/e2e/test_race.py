"""Two `up`s and a `down` at once, again and again: nothing, or the complete device, never a half.

    one network namespace
    ┌───────────────────────────────────────────────┐
    │  tunlab up ─┐                                 │
    │  tunlab up ─┼── at once ── tun7 or nothing    │
    │  tunlab down┘                                 │
    └───────────────────────────────────────────────┘

TUNLAB_ROUNDS is the number of rounds (60).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from faults import assert_same, differences, whole
from lab import BINARY, Namespace, Process

ROUNDS = int(os.environ.get("TUNLAB_ROUNDS", "60"))
PARTS = 6

FIELDS: dict[str, Any] = {
    "mtu": 1400,
    "addresses": ["192.168.7.1/24", "192.168.7.2/24", "fd00:7::1/64"],
    "routes": [{"dst": "10.9.0.0/16", "via": "192.168.7.254"}, {"dst": "fd00:9::/48", "via": "fd00:7::2"}],
}
CHANGED: dict[str, Any] = {
    "mtu": 1300,
    "addresses": ["192.168.7.1/24", "10.2.0.1/16", "fd00:7::1/64"],
    "routes": [{"dst": "10.8.0.0/16", "via": "10.2.0.9"}, {"dst": "fd00:9::/48", "via": "fd00:7::2"}],
}


def at_once(ns: Namespace, *commands: tuple[object, ...]) -> list[Process]:
    return [ns.start(BINARY, *command) for command in commands]


def ends(processes: list[Process]) -> list[int]:
    results = [process.wait() for process in processes]
    for result in results:
        assert result.code == 0, result
    for process in processes:
        process.destroy()
    return [result.code for result in results]


@pytest.mark.parametrize("part", range(PARTS))
def test_two_ups_and_a_down_at_once_never_leave_a_half(ns: Namespace, tmp_path: Path, part: int) -> None:
    from lab import profile_text

    one, other = tmp_path / "one.json", tmp_path / "other.json"
    one.write_text(profile_text("tun7", **FIELDS))
    other.write_text(profile_text("tun7", **CHANGED))
    nothing = whole(ns)
    complete = []
    for path in (one, other):
        ns.up(path)
        complete.append(whole(ns))
        ns.tunlab("down", "tun7").expect(0)

    outcomes = set()
    for round_ in range(ROUNDS // PARTS):
        second = other if round_ % 2 else one
        # Nothing is there, or the device: both must stand it.
        if round_ % 3 == 0:
            ns.up(one)
        ends(at_once(ns, ("up", one), ("up", second), ("down", "tun7")))
        left = whole(ns)
        if left == nothing:
            outcomes.add("nothing")
        else:
            why = [differences(one_of_them, left) for one_of_them in complete]
            assert left in complete, f"round {round_}: neither nothing nor complete: {why}"
            outcomes.add("complete")
            told = [ns.tunlab("up", "-n", path).expect(0).out for path in (one, other)]
            assert "tun7: in sync, no changes\n" in told, told
    ns.tunlab("down", "-a").expect(0)
    assert_same(nothing, whole(ns))


def test_ups_over_two_namespaces_in_opposite_order_do_not_wait_for_each_other(ns: Namespace, tmp_path: Path) -> None:
    from lab import profile_text

    with Namespace.create() as there:
        paths = []
        for number, netns in enumerate((ns.name, there.name)):
            path = tmp_path / f"{number}.json"
            path.write_text(profile_text(f"tun{number}", netns=netns, addresses=[f"10.{number}.0.1/24"]))
            paths.append(path)
        for _ in range(5):
            ends(at_once(ns, ("up", *paths), ("up", *reversed(paths)), ("up", *paths), ("up", *reversed(paths))))
            assert ns.ifnames() == {"lo", "tun0"} and there.ifnames() == {"lo", "tun1"}
            ns.tunlab("down", *paths).expect(0)


def test_ups_of_different_devices_at_once_all_succeed(ns: Namespace, tmp_path: Path) -> None:
    from lab import profile_text

    paths = []
    for number in range(6):
        path = tmp_path / f"{number}.json"
        path.write_text(profile_text(f"tun{number}", addresses=[f"10.{number}.0.1/24"]))
        paths.append(path)
    ends(at_once(ns, *(("up", path) for path in paths)))
    assert ns.ifnames() == {"lo"} | {f"tun{number}" for number in range(6)}
    ends(at_once(ns, *(("down", f"tun{number}") for number in range(6))))
    assert ns.ifnames() == {"lo"}
