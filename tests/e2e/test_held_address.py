"""No answer for an address that the host has just got, however busy the device is.

    ┌ namespace ────────────────────────────────────────────┐
    │ tap0 10.0.3.1/24 ── a flood of echo requests, and     │
    │    RTM_NEWADDR 10.0.3.N, then at once "who has it?"   │──▶ tunlab echo -q
    └───────────────────────────────────────────────────────┘
"""

from __future__ import annotations

import itertools
import socket
import struct

import pytest

from scapy.layers.inet import ICMP, IP
from scapy.layers.inet6 import ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6NDOptSrcLLAddr, IPv6
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet

from lab import Namespace, eventually
from links import FENCE, HOST, Link
from wire import BROADCAST_MAC, lab_mac

ROUNDS = 60
BURST = 40

RTM_NEWADDR, RTM_NEWROUTE, RTM_GETROUTE = 20, 24, 26
NLM_F_REQUEST, NLM_F_ACK, NLM_F_CREATE, NLMSG_ERROR = 1, 4, 0x400, 2
IFA_ADDRESS, IFA_LOCAL, RTA_DST, RTN_LOCAL = 1, 2, 1, 2
IFA_F_NODAD = 2


def add_address(netlink: socket.socket, ifindex: int, address: str, flags: int) -> None:
    """Returns when the kernel has told its listeners of the address.

    It does so before it acknowledges, but for an IPv6 address with NODAD, which it tells of a moment
    later, and only then takes packets for it (addrconf_dad_work, __ipv6_ifa_notify).
    """
    family, length = (socket.AF_INET6, 64) if ":" in address else (socket.AF_INET, 24)
    packed = socket.inet_pton(family, address)
    attributes = b"".join(struct.pack("=HH", 4 + len(packed), kind) + packed for kind in (IFA_LOCAL, IFA_ADDRESS))
    body = struct.pack("=BBBBI", family, length, flags, 0, ifindex) + attributes
    how = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE
    netlink.send(struct.pack("=IHHII", 16 + len(body), RTM_NEWADDR, how, 1, 0) + body)
    answer = netlink.recv(65536)
    kind, error = struct.unpack_from("=H", answer, 4)[0], struct.unpack_from("=i", answer, 16)[0]
    assert (kind, error) == (NLMSG_ERROR, 0), (kind, error)
    if flags & IFA_F_NODAD:
        eventually(lambda: is_local(netlink, packed), f"{address} is local")


def is_local(netlink: socket.socket, packed: bytes) -> bool:
    """Whether the kernel keeps packets to this IPv6 address for itself."""
    body = struct.pack("=BBBBBBBBI", socket.AF_INET6, 128, 0, 0, 0, 0, 0, 0, 0)
    body += struct.pack("=HH", 4 + len(packed), RTA_DST) + packed
    netlink.send(struct.pack("=IHHII", 16 + len(body), RTM_GETROUTE, NLM_F_REQUEST, 1, 0) + body)
    answer = netlink.recv(65536)
    assert struct.unpack_from("=H", answer, 4)[0] == RTM_NEWROUTE
    return answer[16 + 7] == RTN_LOCAL


def question(address: str, mac: str) -> Packet:
    """Who has it?"""
    if ":" not in address:
        return Ether(src=mac, dst=BROADCAST_MAC) / ARP(op=1, hwsrc=mac, psrc=HOST[4], pdst=address)
    last = socket.inet_pton(socket.AF_INET6, address)[-3:].hex()
    group = f"ff02::1:ff{last[:2]}:{last[2:]}"
    frame = Ether(src=mac, dst=f"33:33:ff:{last[:2]}:{last[2:4]}:{last[4:]}")
    return frame / IPv6(src=HOST[6], dst=group, hlim=255) / ICMPv6ND_NS(tgt=address) / ICMPv6NDOptSrcLLAddr(lladdr=mac)


def answered_for(frame: Packet) -> str | None:
    """The address that a reply or an advertisement gives a MAC for."""
    if ARP in frame:
        return frame[ARP].psrc
    return frame[ICMPv6ND_NA].tgt if ICMPv6ND_NA in frame else None


# An IPv6 address is the host's also while the host still looks whether it is anybody else's.
@pytest.mark.parametrize(("family", "flags"), [(4, 0), (6, 0), (6, IFA_F_NODAD)], ids=["ipv4", "ipv6", "ipv6-nodad"])
def test_no_answer_for_an_address_from_the_moment_the_host_has_it(
    ns: Namespace, profile, family: int, flags: int
) -> None:
    link = Link("tap0")
    link.up(ns, profile, txqueuelen=5000)
    echo = ns.echo("-q", "tap0")
    wire = link.wire(ns, echo)
    ifindex = ns.link("tap0")["ifindex"]
    netlink = ns.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    ping = IP(src=HOST[4], dst=FENCE) / ICMP(id=1, seq=1)
    noise = bytes(Ether(src=wire.host_mac, dst=lab_mac(FENCE)) / ping)
    unheld = "10.0.3.99" if family == 4 else "fd00:3::99"
    (replies,) = wire.burst([bytes(question(unheld, wire.host_mac))])
    assert [answered_for(Ether(reply)) for reply in replies] == [unheld]
    wrong = []
    for number in range(ROUNDS):
        address = f"10.0.3.{100 + number}" if family == 4 else f"fd00:3::77:{number:x}"
        asked = bytes(question(address, wire.host_mac))
        for _ in range(BURST):
            wire.send(noise)
        add_address(netlink, ifindex, address, flags)
        for reply in itertools.chain.from_iterable(wire.burst([asked])):
            if answered_for(Ether(reply)) == address:
                wrong.append(address)
    wire.close()
    echo.finish()
    assert wrong == []
