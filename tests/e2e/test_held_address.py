"""No answer for an address that the host has just got, however busy the device is.

    ┌ namespace ────────────────────────────────────────────┐
    │ tap0 10.0.1.1/24 ── a flood of echo requests, and     │
    │    RTM_NEWADDR 10.0.1.N, then at once "who has it?"   │──▶ tunlab echo -q
    └───────────────────────────────────────────────────────┘
"""

from __future__ import annotations

import socket
import struct

from scapy.layers.inet import ICMP, IP
from scapy.layers.l2 import ARP, Ether

from lab import Namespace
from wire import BROADCAST_MAC, ETH_P_ALL, PACKET_OUTGOING, lab_mac

ROUNDS = 100
BURST = 40

RTM_NEWADDR, NLM_F_REQUEST, NLM_F_ACK, NLM_F_CREATE, NLMSG_ERROR = 20, 1, 4, 0x400, 2
IFA_ADDRESS, IFA_LOCAL = 1, 2
SO_RCVBUFFORCE = 33  # asm-generic/socket.h


def add_address(netlink: socket.socket, ifindex: int, address: str) -> None:
    """Returns when the kernel has acknowledged the address."""
    packed = socket.inet_aton(address)
    attributes = b"".join(struct.pack("=HH4s", 8, kind, packed) for kind in (IFA_LOCAL, IFA_ADDRESS))
    body = struct.pack("=BBBBI", socket.AF_INET, 24, 0, 0, ifindex) + attributes
    flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE
    netlink.send(struct.pack("=IHHII", 16 + len(body), RTM_NEWADDR, flags, 1, 0) + body)
    answer = netlink.recv(65536)
    kind, error = struct.unpack_from("=H", answer, 4)[0], struct.unpack_from("=i", answer, 16)[0]
    assert (kind, error) == (NLMSG_ERROR, 0), (kind, error)


def test_no_arp_answer_for_an_address_from_the_moment_the_host_has_it(ns: Namespace) -> None:
    ns.up("profiles/tap0.json")
    ns.ip("link", "set", "tap0", "txqueuelen", "5000")
    echo = ns.echo("-q", "tap0")
    link = ns.link("tap0")
    netlink = ns.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    sender = ns.packet_socket("tap0", 0)
    receiver = ns.packet_socket("tap0", ETH_P_ALL)
    receiver.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)

    def fence(number: int) -> bytes:
        packet = IP(src="10.0.1.1", dst="10.0.1.250") / ICMP(id=0xFE7C, seq=number)
        return bytes(Ether(src=link["address"], dst=lab_mac("10.0.1.250")) / packet)

    noise = bytes(
        Ether(src=link["address"], dst=lab_mac("10.0.1.250"))
        / IP(src="10.0.1.1", dst="10.0.1.250")
        / ICMP(id=1, seq=1)
    )
    wrong = []
    for number in range(ROUNDS):
        address = f"10.0.1.{100 + number}"
        asked = bytes(
            Ether(src=link["address"], dst=BROADCAST_MAC)
            / ARP(op=1, hwsrc=link["address"], psrc="10.0.1.1", pdst=address)
        )
        for _ in range(BURST):
            sender.send(noise)
        add_address(netlink, link["ifindex"], address)
        sender.send(asked)
        sender.send(fence(number))
        while True:
            data, origin = receiver.recvfrom(2048)
            if origin[2] == PACKET_OUTGOING:
                continue
            packet = Ether(data)
            if packet.haslayer(ARP) and packet[ARP].op == 2 and packet[ARP].psrc == address:
                wrong.append(address)
            if packet.haslayer(ICMP) and (packet[ICMP].id, packet[ICMP].seq) == (0xFE7C, number):
                break
    echo.finish()
    assert wrong == []
