"""What everybody else in the namespace hears of a change: `ip monitor` while `up` changes a device.

    ┌──────────────────────────── one network namespace ─┐
    │  ip monitor   hears:  fence, what `up` did, fence  │
    │  tunlab up    changes tap7 in place                │
    └────────────────────────────────────────────────────┘

A daemon that follows the network must not see more than the change: no link that goes down and up, no
address or route that vanishes and comes back.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

import lab
from lab import Namespace

BASE: dict[str, Any] = {
    "mac": "06:00:00:00:00:01",
    "mtu": 1500,
    "txqueuelen": 700,
    "addresses": ["10.0.3.1/24", "fd00:3::1/64"],
    "routes": [{"dst": "10.9.0.0/16", "via": "10.0.3.254"}, {"dst": "fd09::/32", "via": "fd00:3::fe"}],
    "neighbours": [{"dst": "10.0.3.9", "lladdr": "06:00:00:00:00:09"}],
}

# What changes in the profile, and what is heard: the label, and words of each event.
CHANGES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "mtu": ({"mtu": 1400}, {"LINK mtu 1400"}),
    "txqueuelen": ({"txqueuelen": 900}, set()),
    "address added": (
        {"addresses": [*BASE["addresses"], "10.0.4.1/24"]},
        {"ADDR 10.0.4.1/24", "ROUTE local 10.0.4.1", "ROUTE 10.0.4.0/24", "ROUTE broadcast 10.0.4.255"},
    ),
    "IPv6 address added": (
        {"addresses": [*BASE["addresses"], "fd00:4::1/64"]},
        {"ADDR fd00:4::1/64", "ROUTE local fd00:4::1", "ROUTE fd00:4::/64"},
    ),
    "route added": ({"routes": [*BASE["routes"], {"dst": "10.8.0.0/16"}]}, {"ROUTE 10.8.0.0/16"}),
    "route removed": ({"routes": BASE["routes"][:1]}, {"ROUTE Deleted fd09::/32"}),
    "route replaced": (
        {"routes": [{"dst": "10.9.0.0/16", "via": "10.0.3.253"}, BASE["routes"][1]]},
        {"ROUTE Deleted 10.9.0.0/16", "ROUTE 10.9.0.0/16"},
    ),
    "neighbour added": (
        {"neighbours": [*BASE["neighbours"], {"dst": "10.0.3.8", "lladdr": "06:00:00:00:00:08"}]},
        {"NEIGH 10.0.3.8"},
    ),
    "neighbour removed": ({"neighbours": []}, {"NEIGH 10.0.3.9", "NEIGH Deleted 10.0.3.9"}),
}


class Monitor:
    """`ip monitor`, from one fence to the next: an MTU of the loopback link that nothing else has."""

    FENCE = 60_000

    def __init__(self, ns: Namespace) -> None:
        self._ns, self._fence, self._seen = ns, self.FENCE, 0
        self._process = ns.start("stdbuf", "-oL", "ip", "-d", "-o", "monitor", "label", "link", "address", "route", "neigh")
        lab.eventually(self._listens, "ip monitor to listen")
        self.events()

    def _listens(self) -> bool:
        self._ns.ip("link", "set", "lo", "mtu", self.FENCE - 1)
        self._ns.ip("link", "set", "lo", "mtu", self.FENCE - 2)
        return " lo:" in self._process.out

    def events(self) -> list[str]:
        """All that was heard since the last call."""
        self._fence += 1
        self._ns.ip("link", "set", "lo", "mtu", self._fence)
        end = self._process.until_out(rf" lo: .* mtu {self._fence} .*").end()
        heard, self._seen = self._process.out[self._seen : end], end
        lines = [re.sub(r"\s+", " ", line) for line in heard.splitlines()]
        # Group memberships come and go with the kernel's own timers.
        return [line for line in lines if line and " lo:" not in line and " NOARP" not in line]


def tell(event: str, wanted: set[str]) -> str:
    """The event in the words of CHANGES, or whole if none fit."""
    label = event[1 : event.index("]")]
    if label == "LINK":
        assert re.search(r"<[^>]*\bUP\b", event), f"the link went down: {event}"
        return "LINK " + re.findall(r"\bmtu \d+", event)[0]
    fitting = [
        words
        for words in wanted
        if words.startswith(label)
        and ("Deleted" in words) == ("Deleted" in event)
        and " ".join(words.replace("Deleted ", "").split()[1:]) in event
    ]
    return max(fitting, key=len) if fitting else event


@pytest.mark.parametrize("change", CHANGES)
def test_others_hear_of_the_change_and_of_nothing_else(ns: Namespace, profile, change: str) -> None:
    fields, wanted = CHANGES[change]
    ns.up(profile("tap7", **BASE))
    lab.eventually(lambda: ns.link("tap7")["operstate"] == "DOWN", "the carrier's absence to be told")
    monitor = Monitor(ns)
    ns.up(profile("tap7", **{**BASE, **fields}))
    heard = monitor.events()
    # A changed profile has another mark, which a link event tells, too; of the queue it tells nothing.
    told = {tell(event, wanted) for event in heard} - {"LINK mtu 1500"}
    assert told == wanted, "\n".join(heard)


def test_nobody_hears_of_an_up_that_changes_nothing(ns: Namespace, profile) -> None:
    path = profile("tap7", **BASE)
    ns.up(path)
    lab.eventually(lambda: ns.link("tap7")["operstate"] == "DOWN", "the carrier's absence to be told")
    monitor = Monitor(ns)
    assert "in sync" in ns.up(path).out
    assert monitor.events() == []
