"""A fault at any point of a command: the state afterwards is one that may be, and every message agrees with it.

    a cell of the table: a command, a kind of fault
    ┌──────────────────────────────────────────────────────────────────────┐
    │  the state before ── tunlab COMMAND, with the fault at its Nth point │
    │  afterwards: as before, complete, or the next command completes it   │
    │  "rolled back": it is; "removed": it is gone; exit 0: it is done     │
    └──────────────────────────────────────────────────────────────────────┘

Each cell tries points that are spread evenly from the first to the last: a few by default, TUNLAB_FAULTS=N of them
with ./dev test --all. A try whose fault comes after the command's end counts, too: then it has succeeded.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from faults import differences, whole
from lab import BINARY, Namespace, Result, profile_text
from trace import Call, _parse

POINTS = int(os.environ.get("TUNLAB_FAULTS", "2"))

State = dict[str, Any]
OLD: dict[str, Any] = {
    "addresses": ["10.81.0.1/24", "10.81.1.1/24", "fd81::1/64"],
    "routes": [{"dst": "10.9.0.0/16", "via": "10.81.0.2"}, {"dst": "fd09::/48", "via": "fd81::2"}],
    "neighbours": [{"dst": "10.81.0.9", "lladdr": "06:00:00:00:00:09"}],
}
NEW: dict[str, Any] = {
    "mtu": 1400,
    "addresses": ["10.82.0.1/24", "10.81.1.1/24", "fd82::1/64"],
    "routes": [{"dst": "10.9.0.0/16", "via": "10.82.0.2"}, {"dst": "fd08::/48", "via": "fd82::2"}],
}
SEVERAL: dict[str, Any] = {"queues": 2, "addresses": ["10.83.0.1/24"]}


# The commands


@dataclass(frozen=True)
class Command:
    name: str
    arguments: tuple[str, ...]  # names of profiles end in .json
    before: dict[str, dict[str, Any]] = field(default_factory=dict)  # devices that are there, and their profiles
    profiles: dict[str, dict[str, Any]] = field(default_factory=dict)  # as they are for the command
    codes: frozenset[int] = frozenset({0, 1, 3, 4, 5, 6, 130, 143})


COMMANDS = [
    Command("new", ("up", "tap7.json"), {}, {"tap7": OLD}),
    Command("changed", ("up", "tap7.json"), {"tap7": OLD}, {"tap7": NEW}),
    Command("two", ("up", "mq7.json", "tap7.json"), {"tap7": OLD}, {"tap7": NEW, "mq7": SEVERAL}),
    Command("down", ("down", "mq7", "tap7"), {"tap7": OLD, "mq7": SEVERAL}),
    Command("echo", ("echo", "-q", "-w", "0.05", "mq7.json"), {}, {"mq7": SEVERAL}),
]


# The faults


def strace(fault: str) -> Callable[[Path, Path, Path, Any], list[object]]:
    def command(_: Path, log: Path, __: Path, call: Call) -> list[object]:
        return ["strace", "-f", "-o", log, "-e", f"inject={call.name}:{fault}:when={call.number}"]

    return command


def preload(kind: str) -> Callable[[Path, Path, Path, Any], list[object]]:
    def command(shim: Path, _: Path, count: Path, number: int) -> list[object]:
        return ["env", f"LD_PRELOAD={shim}", f"TUNLAB_FAULT={kind}:{number}", f"TUNLAB_FAULT_COUNT={count}"]

    return command


@dataclass(frozen=True)
class Fault:
    name: str
    command: Callable[[Path, Path, Path, Any], list[object]]
    calls: str = ""  # the system calls that it hits, by strace; else allocations or messages, by the library
    kills: bool = False


ANY = r"\w+"
FALLIBLE = r"sendmsg|recvmsg|ioctl|openat|open|read|write|socket|bind|setsockopt|setns|unshare|flock|mkdir|fstat|statx?|poll"
FAULTS = [
    Fault("killed", strace("signal=SIGKILL"), ANY, kills=True),
    Fault("ended", strace("signal=SIGTERM"), ANY),
    Fault("EPERM", strace("error=EPERM"), FALLIBLE),
    Fault("ENOMEM", strace("error=ENOMEM"), FALLIBLE),
    Fault("no-memory-once", preload("malloc")),
    Fault("no-memory-from-then-on", preload("malloc+")),
    Fault("receive-error", preload("receive")),
    Fault("lost-message", preload("lose")),
]


# One try


def write(folder: Path, profiles: dict[str, dict[str, Any]]) -> None:
    for name, fields in profiles.items():
        (folder / f"{name}.json").write_text(profile_text(name, **fields))


def arguments(command: Command, folder: Path) -> list[object]:
    return [folder / word if word.endswith(".json") else word for word in command.arguments]


def reset(ns: Namespace, folder: Path, command: Command) -> State:
    """The state before the command, whatever there was."""
    ns.tunlab("down", "--all").expect(0)
    assert ns.ifnames() == {"lo"}
    write(folder, command.before)
    if command.before:
        ns.up(*(folder / f"{name}.json" for name in command.before))
    state = look(ns)
    write(folder, command.profiles)
    return state


def points(ns: Namespace, folder: Path, shim: Path, command: Command, fault: Fault) -> list[Any]:
    """All points at which the fault can come, seen in a run without one."""
    log, count = folder / "points.log", folder / "count"
    if fault.calls:
        ns.run("strace", "-f", "-s", "256", "-o", log, BINARY, *arguments(command, folder)).expect(0)
        calls = _parse(log.read_text())
        first = next(n for n, call in enumerate(calls) if "/etc/machine-id" in call.text or ".json" in call.text and n > 0)
        return [c for c in calls[first:] if re.fullmatch(fault.calls, c.name) and c.name not in ("exit_group", "exit")]
    ns.run(*fault.command(shim, log, count, 0), BINARY, *arguments(command, folder)).expect(0)
    return list(range(1, int(count.read_text()) + 1))


def spread(all_points: list[Any], number: int) -> list[Any]:
    if number >= len(all_points):
        return all_points
    return [all_points[n * (len(all_points) - 1) // (number - 1)] for n in range(number)]


def same(one: State, other: State) -> bool:
    return not differences(one, other)


def look(ns: Namespace) -> State:
    """`whole`, whatever the order in which the devices were made."""
    state = whole(ns)
    for kind in ("link", "addr"):
        state[kind].sort(key=lambda link: link["ifname"])
    return state


def device(state: State, name: str) -> list[Any]:
    """What a state says of one device."""
    found = [link for link in state["link"] + state["addr"] if link["ifname"] == name]
    return found + [entry for entry in state["route"] + state["route6"] + state["neigh"] if entry.get("dev") == name]


def contradictions(command: Command, result: Result, before: State, complete: State, after: State) -> list[str]:
    """What the command said, and how it ended, against what is there."""
    found = []
    text = result.err
    is_before, is_complete = same(before, after), same(complete, after)
    carried_out = "was carried out, and that stands" in text

    def claim(holds: bool, words: str) -> None:
        if not holds:
            found.append(words)

    if result.code == -signal.SIGTERM:  # before tunlab blocks it, and so before any change
        return [] if is_before else ["ended by the signal, and it is not as before"]
    claim(result.code in command.codes, f"exit {result.code} is none of the command's")
    claim(result.code == 0 or "error: " in text, "it failed and said nothing")
    if result.code == 0:
        claim(is_complete, "exit 0, and it is not done")
    elif carried_out:
        claim(is_complete, "said to be carried out, and it is not")
    elif command.name == "down":
        claim(result.code == 1 or is_before, f"exit {result.code}, and something is gone")
    elif result.code != 6:
        claim(is_before, f"exit {result.code}, and it is not as before")
    else:
        claim("rolled back" in text or "not known" in text, "exit 6 without a word on what is left")
    for name in re.findall(r"^rolled back: (\S+) removed", text, re.M):
        claim(not device(after, name), f"{name} said to be removed, and it is there")
    for name in re.findall(r"^rolled back: (\S+) as it was before", text, re.M):
        claim(device(after, name) == device(before, name), f"{name} said to be as before, and it is not")
    for words in re.findall(r"^removed: (.*)", text, re.M):
        for name in words.split(", "):
            claim(not device(after, name), f"{name} said to be removed, and it is there")
    for words in re.findall(r"^not removed: (.*)", text, re.M):
        for name in words.split(", "):
            claim(bool(device(after, name)), f"{name} said to be left, and it is gone")
    return found


def converges(ns: Namespace, folder: Path, command: Command, complete: State) -> list[str]:
    """The same command again, without a fault, completes it."""
    if command.name == "echo":
        return [] if ns.ifnames() == {"lo"} else ["a device is left"]
    again = ns.tunlab(*arguments(command, folder))
    if again.code != 0:
        return [f"the next command fails: {again}"]
    return [] if same(complete, look(ns)) else ["the next command does not complete it"]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_fault_leaves_a_state_that_may_be_and_words_that_agree(
    ns: Namespace, tmp_path: Path, shim: Path, command: Command, fault: Fault
) -> None:
    reset(ns, tmp_path, command)
    all_points = points(ns, tmp_path, shim, command, fault)
    complete = look(ns)
    log, count = tmp_path / "fault.log", tmp_path / "ignored"
    bad = []
    tried = spread(all_points, POINTS)
    assert tried
    for point in tried:
        before = reset(ns, tmp_path, command)
        result = ns.run(*fault.command(shim, log, count, point), BINARY, *arguments(command, tmp_path), patience=30)
        after = look(ns)
        found = [] if fault.kills else contradictions(command, result, before, complete, after)
        if fault.kills and not command.before and not same(before, after) and not same(complete, after):
            found.append("killed: neither nothing nor complete")
        found += converges(ns, tmp_path, command, complete)
        if found:
            changes = "\n".join(differences(before, after)[:5])
            bad.append(f"{point}: {'; '.join(found)}\n{result}\n{changes}")
    print(f"{len(tried)} of {len(all_points)} points tried, {len(bad)} contradictions")
    assert not bad, f"{len(bad)} of {len(tried)} tries:\n" + "\n\n".join(bad[:8])
