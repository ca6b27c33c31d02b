"""Real clients that find no open port: traceroute, tracepath, TCP and UDP, over IPv4 and IPv6.

    traceroute, sockets ── kernel ── tun0 or tap0 (MTU 1500, 1280, 9000) ── tunlab echo    see links.py

A port that is closed is what ends a trace: the host itself says so, in a port unreachable or a
reset, and the kernel hands that to the socket that asked.
"""

from __future__ import annotations

import errno
import re
import select
import socket
import sys

import pytest

from lab import PATIENCE, Namespace
from links import HOST, PEER, Link, on_links, over_both
from wire import Capture, reassembled

from scapy.layers.inet import ICMP, IP, TCP, UDPerror
from scapy.layers.inet6 import ICMPv6DestUnreach, IPv6
from scapy.packet import Packet

FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}


def datagrams(packets: list[bytes]) -> list[Packet]:
    return [(IP if packet[0] >> 4 == 4 else IPv6)(packet) for packet in reassembled(packets)]


# Traces

METHODS = {"-U": "port-unreachable", "-I": "echo", "-T": "reset"}


@over_both
@pytest.mark.parametrize("method", METHODS)
@on_links
def test_traceroute_ends_at_the_host_in_one_hop(ns: Namespace, profile, link: Link, method: str, family: int) -> None:
    link.up(ns, profile)
    echo = ns.echo("-q", link.ifname)
    trace = ns.run("traceroute", f"-{family}", method, "-n", "-w", 5, PEER[family]).expect(0)
    assert re.fullmatch(rf" 1  {PEER[family]}(  [\d.]+ ms){{3}}", trace.out.splitlines()[1]), trace
    assert len(trace.out.splitlines()) == 2, trace
    _, summary = echo.finish()
    assert summary.reasons["answered"][METHODS[method]] >= 3
    assert (summary.dropped, summary.bad) == (0, 0)


@pytest.mark.parametrize("ifname", ["tun0", "tap0"])
def test_traceroute6_ends_at_the_host_in_one_hop(ns: Namespace, profile, ifname: str) -> None:
    Link(ifname).up(ns, profile)
    ns.echo("-q", ifname)
    trace = ns.run("traceroute6", "-n", "-w", 5, PEER[6]).expect(0)
    hops = re.findall(r"^ *(\d+) +(\S+)", trace.out, re.M)
    assert hops == [("1", PEER[6])], trace


@over_both
@on_links
def test_tracepath_finds_one_hop_each_way_and_the_mtu(ns: Namespace, profile, link: Link, family: int) -> None:
    link.up(ns, profile)
    ns.echo("-q", link.ifname)
    trace = ns.run("tracepath", f"-{family}", "-n", PEER[family]).expect(0)
    assert re.search(rf"Resume: pmtu {link.mtu} hops 1 back 1 ", trace.out), trace


# Sockets


@over_both
@on_links
def test_tcp_connection_is_refused(ns: Namespace, profile, link: Link, family: int) -> None:
    link.up(ns, profile)
    echo = ns.echo("-q", link.ifname)
    capture = Capture(ns, link.ifname)
    for port in (1, 80, 65535):
        client = ns.socket(FAMILIES[family], socket.SOCK_STREAM, 0)
        with pytest.raises(ConnectionRefusedError):
            client.connect((PEER[family], port))
        client.close()

    traffic = capture.traffic()
    capture.close()
    # A reset that the kernel took is right; what it does not look at is looked at here (RFC 9293 §3.10.7.1).
    for asked, reply in zip(datagrams(traffic.sent), datagrams(traffic.received), strict=True):
        syn, reset = asked[TCP], reply[TCP]
        assert (reset.sport, reset.dport, str(reset.flags)) == (syn.dport, syn.sport, "RA")
        assert (reset.seq, reset.ack, reset.window, reset.dataofs) == (0, (syn.seq + 1) % 2**32, 0, 5)
    _, summary = echo.finish()
    assert summary.reasons["answered"]["reset"] == 3


@over_both
@on_links
def test_fast_open_with_data_is_refused(ns: Namespace, profile, link: Link, family: int) -> None:
    """A SYN that carries data: the reset acknowledges that, too, or the kernel would not take it."""
    link.up(ns, profile)
    ns.echo("-q", link.ifname)
    ns.sysctl("net/ipv4/tcp_fastopen", 5)  # data without a cookie, too
    client = ns.socket(FAMILIES[family], socket.SOCK_STREAM, 0)
    capture = Capture(ns, link.ifname)
    with pytest.raises(ConnectionRefusedError):
        client.sendto(b"GET / HTTP/1.0\r\n\r\n", socket.MSG_FASTOPEN, (PEER[family], 80))
        client.recv(1)
    client.close()
    traffic = capture.traffic()
    capture.close()
    (asked,), (reply,) = datagrams(traffic.sent), datagrams(traffic.received)
    assert len(asked[TCP].payload) == 18
    assert reply[TCP].ack == (asked[TCP].seq + 1 + 18) % 2**32


@over_both
@pytest.mark.parametrize("size", [0, 1, 512, 5000])
@on_links
def test_connected_udp_socket_is_told_on_its_next_call(ns: Namespace, profile, link: Link, size: int, family: int) -> None:
    link.up(ns, profile)
    echo = ns.echo("-q", link.ifname)
    capture = Capture(ns, link.ifname)
    client = ns.socket(FAMILIES[family], socket.SOCK_DGRAM, 0)
    client.connect((PEER[family], 40001))
    data = bytes(range(250)) * 20
    client.send(data[:size])
    ready = select.poll()
    ready.register(client, select.POLLERR)
    assert ready.poll(PATIENCE * 1000), "no error came"
    with pytest.raises(ConnectionRefusedError):
        client.send(b"again")
    assert client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0, "told once"
    client.close()

    traffic = capture.traffic()
    capture.close()
    asked, told = datagrams(traffic.sent)[0], datagrams(traffic.received)[0]
    assert (told.src, told.dst) == (PEER[family], HOST[family])
    if family == 4:
        assert (told.ttl, told.tos, told[ICMP].type, told[ICMP].code) == (64, 0xC0, 3, 3)
        assert len(told) == min(576, 20 + 8 + len(asked))
        # The kernel sent fragments where the datagram was too long, and the whole one is quoted.
        assert bytes(told[ICMP].payload)[20:] == bytes(asked.payload)[: 576 - 48]
        assert told[UDPerror].sport == asked.sport
    else:
        assert (told.hlim, told.tc) == (64, 0)
        assert (told[ICMPv6DestUnreach].type, told[ICMPv6DestUnreach].code) == (1, 4)
        assert len(told) == min(1280, 40 + 8 + len(asked))
        assert bytes(told[ICMPv6DestUnreach].payload)[40:] == bytes(asked.payload)[: 1280 - 88]
        assert told[UDPerror].sport == asked.sport
    _, summary = echo.finish()
    assert summary.reasons["answered"]["port-unreachable"] == 1


@over_both
@pytest.mark.parametrize("ifname", ["tun0", "tap0"])
def test_error_queue_names_the_host_that_said_so(ns: Namespace, profile, ifname: str, family: int) -> None:
    """What tools read with IP_RECVERR: errno, origin, type, code and the offender's address."""
    Link(ifname).up(ns, profile)
    ns.echo("-q", ifname)
    client = ns.socket(FAMILIES[family], socket.SOCK_DGRAM, 0)
    level, option = {4: (socket.IPPROTO_IP, 11), 6: (socket.IPPROTO_IPV6, 25)}[family]  # IP_RECVERR
    client.setsockopt(level, option, 1)
    client.sendto(b"hello", (PEER[family], 40001))
    ready = select.poll()
    ready.register(client, select.POLLERR)
    assert ready.poll(PATIENCE * 1000), "no error came"
    data, ancillary, _, _ = client.recvmsg(100, 1000, socket.MSG_ERRQUEUE)
    client.close()
    ((_, kind, body),) = ancillary
    assert (data, kind) == (b"hello", option)
    # struct sock_extended_err: errno in four bytes, origin (2: ICMP, 3: ICMPv6), type, code; the offender behind it
    assert int.from_bytes(body[:4], sys.byteorder) == errno.ECONNREFUSED
    assert tuple(body[4:7]) == {4: (2, 3, 3), 6: (3, 1, 4)}[family]
    address = body[20:24] if family == 4 else body[24:40]
    assert address == socket.inet_pton(FAMILIES[family], PEER[family])
