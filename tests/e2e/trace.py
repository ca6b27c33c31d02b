"""System calls of tunlab: counted, killed and failed with strace."""

from __future__ import annotations

import re
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab import BINARY, Namespace, Result


@dataclass(frozen=True)
class Call:
    """The `number`th call (from 1) of the system call `name` in a run, as strace shows it."""

    name: str
    number: int
    text: str

    @property
    def changes_network(self) -> bool:
        return self.name in ("sendmsg", "sendto", "sendmmsg") and bool(
            re.search(r"nlmsg_type=RTM_(NEW|DEL|SET)", self.text)
        )

    @property
    def opens_tun(self) -> bool:
        return self.name in ("open", "openat", "openat2") and '"/dev/net/tun"' in self.text

    def __str__(self) -> str:
        return f"{self.name}#{self.number} {self.text[:120]}"


_CALL = re.compile(r"^(?:\d+ +)?([a-z_0-9]+)\((.*)$")


def _parse(trace: str) -> list[Call]:
    numbers: Counter[str] = Counter()
    calls = []
    for row in trace.splitlines():
        match = _CALL.match(row)
        if match:
            numbers[match[1]] += 1
            calls.append(Call(match[1], numbers[match[1]], match[2]))
    return calls


def traced(namespace: Namespace, folder: Path, *arguments: object) -> tuple[Result, list[Call]]:
    """Runs tunlab under strace; returns how it ended and every system call that it made."""
    log = folder / "strace.log"
    result = namespace.run("strace", "-f", "-s", "256", "-o", log, BINARY, *arguments)
    return result, _parse(log.read_text())


def injected(namespace: Namespace, folder: Path, call: Call, fault: str, *arguments: object) -> Result:
    """Runs tunlab with `fault` (as `signal=SIGKILL`, `error=EPERM`) at one system call."""
    log = folder / "inject.log"
    inject = f"inject={call.name}:{fault}:when={call.number}"
    result = namespace.run("strace", "-f", "-o", log, "-e", inject, BINARY, *arguments)
    happened = "INJECTED" if fault.startswith("error") else "killed by SIGKILL"
    assert happened in log.read_text(), f"the fault did not come about at {call}"
    return result


def state(namespace: Namespace) -> dict[str, Any]:
    """Devices, addresses and routes as JSON, without what changes by itself or by history.

    An interface index grows with every device that ever was; the operational state, its flags and
    the queue discipline follow the carrier a moment later.
    """
    fleeting = {"ifindex", "ifi_index", "operstate", "qdisc"}
    following = {"NO-CARRIER", "LOWER_UP", "linkdown", "dead"}

    def settled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: settled(item) for key, item in value.items() if key not in fleeting}
        if isinstance(value, list):
            return [settled(item) for item in value if not isinstance(item, str) or item not in following]
        return value

    def read() -> dict[str, Any]:
        return {
            "link": settled(namespace.ip_json("-d", "link")),
            "addr": settled(namespace.ip_json("-d", "addr")),
            "route": settled(namespace.ip_json("-d", "-4", "route", "show", "table", "all")),
            "route6": settled(namespace.ip_json("-d", "-6", "route", "show", "table", "all")),
        }

    # The kernel adds the local route of an IPv6 address from a work queue (addrconf_dad_work), after it
    # acknowledged the address: on a busy machine it can be missing for a moment.
    network = read()
    for _ in range(100):
        if _has_its_local_routes(network):
            break
        time.sleep(0.02)
        network = read()
    return network


def _has_its_local_routes(network: dict[str, Any]) -> bool:
    local = {route["dst"] for route in network["route6"] if route.get("type") == "local"}
    held = [a for link in network["addr"] for a in link["addr_info"] if a["family"] == "inet6"]
    return {a["local"] for a in held if not a.get("tentative")} <= local <= {a["local"] for a in held}
