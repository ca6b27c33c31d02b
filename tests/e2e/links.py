"""The devices that the same tests run over: TUN and TAP, with the MTUs that matter.

    one network namespace, one of these a test
    ┌───────────────────────────────────────────────────────────────────┐
    │  client ── kernel ── tun0 or tap0 ───────────── tunlab echo       │
    │                      10.0.3.1/24, fd00:3::1/64  "10.0.3.2"        │
    │                                                 "fd00:3::2"       │
    └───────────────────────────────────────────────────────────────────┘
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab import Echo, Namespace
from wire import Wire, lab_mac

HOST = {4: "10.0.3.1", 6: "fd00:3::1"}
PEER = {4: "10.0.3.2", 6: "fd00:3::2"}
FENCE = "10.0.3.250"


@dataclass(frozen=True)
class Link:
    ifname: str
    mtu: int = 1500

    def up(self, ns: Namespace, profile: Callable[..., Path], **fields: Any) -> None:
        addresses = [f"{HOST[4]}/24", f"{HOST[6]}/64"]
        ns.up(profile(self.ifname, **{"mtu": self.mtu, "addresses": addresses} | fields))

    def wire(self, ns: Namespace, echo: Echo) -> Wire:
        return Wire(ns, echo, self.ifname, HOST[4], FENCE)

    def __str__(self) -> str:
        return f"{self.ifname[:3]}-{self.mtu}"


LINKS = tuple(Link(ifname, mtu) for ifname in ("tun0", "tap0") for mtu in (1500, 1280, 9000))

# As parameters of a test.
on_links = pytest.mark.parametrize("link", LINKS, ids=str)
on_tun_and_tap = pytest.mark.parametrize("link", [Link("tun0"), Link("tap0")], ids=lambda link: link.ifname[:3])
over_both = pytest.mark.parametrize("family", [4, 6], ids=["ipv4", "ipv6"])


def peer_mac(ns: Namespace, link: Link, family: int) -> str:
    """The MAC address of the simulated host that the clients ask, as the kernel learnt it."""
    if family == 4:
        return lab_mac(PEER[4])
    ns.ping("-c", 1, PEER[6]).expect(0)
    return ns.ip_json("neigh", "show", PEER[6], "dev", link.ifname)[0]["lladdr"]
