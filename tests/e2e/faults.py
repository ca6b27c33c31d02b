"""The netlink messages of tunlab that change something: counted, failed and interrupted with strace.

A message is known by its place among the run's calls of sendmsg, which is how strace finds it again
to inject a fault.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from lab import BINARY, Namespace, Result
from trace import state

_CHANGING = re.compile(r"nlmsg_type=RTM_(NEW|DEL|SET)")


def _strace(namespace: Namespace, log: Path, options: tuple[str, ...], arguments: tuple[object, ...]) -> Result:
    command = ("strace", "-f", "-s", "256", "-e", "trace=sendmsg,sendto,sendmmsg", *options, "-o", log)
    return namespace.run(*command, BINARY, *arguments)


def messages(namespace: Namespace, folder: Path, *arguments: object) -> tuple[Result, list[int]]:
    """Runs tunlab; returns how it ended, and which of its calls of sendmsg changed the network."""
    log = folder / "messages.log"
    result = _strace(namespace, log, (), arguments)
    changing, number = [], 0
    for row in log.read_text().splitlines():
        call = re.match(r"^(?:\d+ +)?(\w+)\(", row)
        if not call:
            continue
        number += call[1] == "sendmsg"
        if _CHANGING.search(row):
            assert call[1] == "sendmsg", row
            changing.append(number)
    return result, changing


def at_message(namespace: Namespace, folder: Path, number: int | str, fault: str, *arguments: object) -> Result:
    """Runs tunlab with `fault` (as `error=ENOMEM`, `signal=SIGINT`) at its `number`th sendmsg.

    `"5+"`: at the fifth and all later ones, as strace's `when` has it.
    """
    log = folder / "fault.log"
    result = _strace(namespace, log, ("-e", f"inject=sendmsg:{fault}:when={number}"), arguments)
    if fault.startswith("error"):
        assert "INJECTED" in log.read_text(), f"the fault did not come about at message {number}"
    return result


def whole(namespace: Namespace) -> dict[str, Any]:
    """All of a namespace's network, with the neighbours, for comparing.

    Left out is what time changes in a bridge, and what a bridge keeps of a port that left. The order
    of addresses and routes is that of their making; which address is primary, a flag tells.
    """

    def settled(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: settled(v) for k, v in value.items() if not k.endswith("_timer")}
        if isinstance(value, list):
            return [settled(item) for item in value]
        return value

    network = settled(state(namespace))
    for link in network["link"] + network["addr"]:
        if link.get("linkinfo", {}).get("info_kind") == "bridge":
            link.pop("tso_max_size")
        if link.get("linkinfo", {}).get("info_slave_kind") == "bridge":
            for fleeting in ("state", "topology_change_ack", "config_pending"):
                link["linkinfo"]["info_slave_data"].pop(fleeting, None)
    for link in network["addr"]:
        link["addr_info"].sort(key=str)
    # The kernel adds the multicast route of a link when that gets its carrier for the first time.
    network["route6"] = [route for route in network["route6"] if route["dst"] != "ff00::/8"]
    for family in ("route", "route6"):
        network[family].sort(key=str)
    found = namespace.ip_json("neigh", "show", "nud", "all")
    network["neigh"] = sorted((n for n in found if "NOARP" not in n.get("state", [])), key=str)
    return network


def differences(before: Any, after: Any, where: str = "") -> list[str]:
    """What two dumps differ in, leaf by leaf, for a message that can be read."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = sorted(before.keys() | after.keys())
        return [d for k in keys for d in differences(before.get(k), after.get(k), f"{where}/{k}")]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [d for n, pair in enumerate(zip(before, after)) for d in differences(*pair, f"{where}/{n}")]
    if isinstance(before, list) and isinstance(after, list):
        gone = [f"{where}: - {item}" for item in before if item not in after]
        return gone + [f"{where}: + {item}" for item in after if item not in before]
    return [] if before == after else [f"{where}: {before} -> {after}"]


def assert_same(before: dict[str, Any], after: dict[str, Any], why: object = "") -> None:
    found = differences(before, after)
    assert not found, "\n".join([*found, str(why)])
