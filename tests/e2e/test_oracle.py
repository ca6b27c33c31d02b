"""tunlab says what Linux says: the same packets to both, and only named differences in what comes.

    /usr/bin/python3 -m pytest tests/e2e/test_oracle.py -s

prints how many vectors there were, and each difference with the rule that it rests on. A difference
without a name fails the test, and so does a name without a difference.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from oracle import ASKED, ICMP, ICMPV6, Said, both_sides, canonical, tell
from oracle_vectors import Vector, all_vectors

LEAST_VECTORS = 1600
RECORD_ROUTE, TIMESTAMP = 7, 68  # RFC 791 §3.1


Holds = Callable[[Said, Said, list[bytes]], bool]  # what the kernel said, what tunlab said, what both were asked


def silent_instead(kernel: Said, lab: Said, _: list[bytes]) -> bool:
    return bool(kernel) and not lab


def without_errors(*kinds: tuple[int, int, int | None]) -> Holds:
    """The kernel says the same, and besides one error of a kind: protocol, type, code (None: any)."""

    def is_error(answer: tuple[object, ...]) -> bool:
        header, message = answer[-2:]
        if not isinstance(header, bytes) or not isinstance(message, bytes):
            return False
        protocol = header[6] if header[0] >> 4 == 6 else header[9]
        return any(kind[:2] == (protocol, message[0]) and kind[2] in (None, message[1]) for kind in kinds)

    def holds(kernel: Said, lab: Said, _: list[bytes]) -> bool:
        errors = [answer for answer in kernel if is_error(answer)]
        return len(errors) == 1 and [answer for answer in kernel if answer not in errors] == lab

    return holds


def recorded(option: bytes) -> bytes:
    """A record route or timestamp option after one host, the asked, has filled in what it can; RFC 791 §3.1."""
    here = socket.inet_aton(ASKED)
    if option[0] == RECORD_ROUTE:
        entry = here
    else:
        entry = {0: b"time", 1: here + b"time"}[option[3] & 0xF]
    at = option[2] - 1
    if at + len(entry) <= len(option):
        return option[:2] + bytes([option[2] + len(entry)]) + option[3:at] + entry + option[at + len(entry) :]
    return option[:3] + bytes([option[3] + 0x10]) + option[4:] if option[0] == TIMESTAMP else option


def options_of_the_reply(asked: bytes) -> bytes:
    """Record route, then timestamp, as tunlab has to return them."""
    rest, found = asked[20 : (asked[0] & 15) * 4], {}
    while rest and rest[0]:
        size = 1 if rest[0] == 1 else rest[1]
        found[rest[0]], rest = rest[:size], rest[size:]
    options = b"".join(recorded(found[kind]) for kind in (RECORD_ROUTE, TIMESTAMP) if kind in found)
    return options.ljust(-(-len(options) // 4) * 4, b"\0")


def quoted_as_it_came(kernel: bytes, lab: bytes, asked: bytes) -> bool:
    """Two equal ICMP errors, but for the options of the packet that they quote, and its header's checksum:
    tunlab's are those that it had on the way."""
    size = (asked[0] & 15) * 4
    changed = {*range(8 + 10, 8 + 12), *range(8 + 20, 8 + size)}
    differ = {i for i, (one, other) in enumerate(zip(kernel, lab)) if one != other}
    return lab[0] == 3 and len(kernel) == len(lab) and lab[8:] == asked[: len(lab) - 8] and differ <= changed


def recorded_once(kernel: Said, lab: Said, asked: list[bytes]) -> bool:
    """Both answer; tunlab's options have one entry more than the request's, and its errors quote as it came."""
    options = options_of_the_reply(asked[0])

    def holds(theirs: tuple[Any, ...], ours: tuple[Any, ...]) -> bool:
        if theirs == ours:
            return True
        headers = theirs[0][:20] == ours[0][:20] and ours[0][20:] == options
        return headers and (theirs[1:] == ours[1:] or quoted_as_it_came(theirs[1], ours[1], asked[0]))

    return bool(lab) and len(kernel) == len(lab) and all(map(holds, kernel, lab))


def quote_as_it_came(kernel: Said, lab: Said, asked: list[bytes]) -> bool:
    (theirs,), (ours,) = kernel, lab
    return theirs[0] == ours[0] and quoted_as_it_came(theirs[1], ours[1], asked[0])


def plain_advertisement(kernel: Said, lab: Said, _: list[bytes]) -> bool:
    """The kernel leaves the override flag and its MAC out of the answer to a unicast solicitation."""
    flags, option = slice(4, 8), slice(24, None)
    (one,), (other,) = kernel, lab
    return (
        (one[-1][flags], one[-1][option]) == (b"\x40\0\0\0", b"")
        and (other[-1][flags], other[-1][option]) == (b"\x60\0\0\0", b"\2\1asked!")
        and one[:3] == other[:3]
    )


@dataclass(frozen=True)
class Difference:
    rule: str
    holds: Holds
    vectors: tuple[str, ...]


DIFFERENCES = (
    Difference(
        "no parameter problems: malformed options and headers are passed over in silence",
        without_errors((ICMP, 12, None), (ICMPV6, 4, 0), (ICMPV6, 4, 2), (ICMPV6, 4, 3)),
        (
            "echo request with record route, pointer 3",
            "echo request with record route, pointer 0",
            "echo request with record route, pointer leaves 2 bytes",
            "echo request with record route, length 2",
            "echo request with record route twice",
            "echo request with timestamp, full, 15 missed",
            "echo request with timestamp, addresses and times, room for an address only",
            "echo request with timestamp, length 3",
            "echo request with timestamp, pointer 4",
            "echo request with timestamp, pointer leaves 2 bytes",
            "echo request with timestamp twice",
            "echo request with source route of length 2",
            "echo request with router alert of length 2",
            "echo request with commercial security",
            "echo request with an unknown option of length 0",
            "echo request with an unknown option of length 1",
            "echo request with an unknown option beyond the header",
            "echo request with an option without a length",
            "fragments with a malformed option",
            "hop-by-hop options: an unknown option to discard and tell",
            "hop-by-hop options: an unknown option to discard and tell but for groups",
            "destination options: an unknown option to discard and tell",
            "destination options: an unknown option to discard and tell but for groups",
            "jumbo payload option",
            "routing header type 0, 1 segments left",
            "routing header type 1, 1 segments left",
            "routing header type 2, 1 segments left",
            "routing header type 43, 1 segments left",
            "routing header type 253, 1 segments left",
            "a middle IPv6 fragment of 13 bytes",
            "an IPv6 fragment beyond 65,535 bytes",
            "a first IPv6 fragment without the whole upper header",
            "5 bytes of a fragment header",
            *(f"IHL {n}, of 15 words" for n in range(6, 15)),
            *(f"echo request and record route with pointer {n}" for n in (0, 1, 2, 3, 13, 14, 15)),
            *(f"echo request and timestamp with pointer {n}" for n in (0, 1, 2, 3, 4, 14, 15, 16)),
            *(f"echo request and timestamp of length {n}" for n in (5, 6, 7)),
            "an atomic fragment in an atomic fragment",
            "an atomic fragment in fragments",
            "a fragment in an atomic fragment",
            "destination options between two fragment headers",
        ),
    ),
    Difference(
        "unknown protocols and next headers are ignored",
        without_errors((ICMP, 3, 2), (ICMPV6, 4, 1)),
        (
            *(f"IP protocol {n}" for n in (0, 3, 41, 47, 50, 51, 58, 89, 132, 253, 255)),
            "fragments of protocol 253",
            "ICMP over IPv6",
            "hop-by-hop options behind destination options",
            "two hop-by-hop options headers",
            "hop-by-hop options in fragments",
            "hop-by-hop options in an atomic fragment",
            "hop-by-hop options before and in fragments",
            "next header 253",
            "destination options, then next header 253",
            "ESP",
            "AH",
        ),
    ),
    Difference(
        "record route and timestamps are recorded once, in the reply: RFC 1122 §3.2.2.6",
        recorded_once,
        (
            "echo request with record route, 3 slots",
            "echo request with record route, 9 slots",
            "echo request with record route, pointer between slots, room for two",
            "echo request with record route after a no-operation",
            "echo request with timestamp, times only",
            "echo request with timestamp, pointer between times",
            "echo request with timestamp, addresses and times",
            "echo request with record route, then timestamp",
            "echo request with timestamp, then record route",
            "UDP with timestamp, times only, full",
            "UDP with record route",
            "TCP SYN with record route",
            "timestamp request with record route",
            "fragments with record route",
            "fragments of an echo request of 2,900 bytes with record route",
            *(f"echo request and record route with pointer {n}" for n in range(4, 9)),
            *(f"echo request and timestamp with pointer {n}" for n in range(5, 10)),
            *(f"echo request and timestamp of length {n}" for n in range(12, 16)),
        ),
    ),
    Difference(
        "an error quotes the packet as it came: RFC 792. The kernel has cleared what is behind the end of options",
        quote_as_it_came,
        ("UDP with bytes behind the end of options",),
    ),
    Difference(
        "bad sources are not answered: a broadcast address of the device, ::, IPv4-mapped addresses, the asked itself, "
        "in frames from group addresses and from nobody",
        silent_instead,
        (
            "echo request from 10.0.0.255, the subnet's broadcast address",
            "ICMPv6 echo request from ::",
            "ICMPv6 echo request from ::ffff:10.0.0.2",
            "ARP from the subnet's broadcast address",
            "NS from ::ffff:10.0.0.2",
            "NS from its own target",
            *(
                f"{what} in a frame from {source}"
                for what in ("echo request", "UDP", "TCP SYN", "ICMPv6 echo request")
                for source in ("ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "00:00:00:00:00:00")
            ),
            "NS in a frame from a group",
        ),
    ),
    Difference("frames with VLAN tags are ignored, those of priority alone too", silent_instead, ("echo request behind a priority tag",)),
    Difference(
        "echo requests to groups are not answered",
        silent_instead,
        ("ICMPv6 echo request to ff02::1", "echo request to all nodes in a frame"),
    ),
    Difference(
        "a fragment over another with other bytes is an overlap, not a duplicate: RFC 5722",
        silent_instead,
        (
            "a fragment at another's place, with another byte",
            "an IPv6 fragment at another's place, with another byte",
        ),
    ),
    Difference(
        "ARP: hardware type 1, the sender is the frame's, and probes are answered for named hosts only",
        silent_instead,
        (
            "ARP, a probe for the asked",
            "ARP for hardware type 6",
            "ARP, sender is not the frame's",
            "ARP, sender is the broadcast MAC",
            "ARP, sender is a group's MAC",
            "ARP, sender is 00:00:00:00:00:00",
        ),
    ),
    Difference(
        "NDP: the source link-layer address is unicast, and probes are answered for named hosts only",
        silent_instead,
        ("NS, its MAC is a group's", "NS, its MAC is the broadcast MAC", "NS, a probe for the asked"),
    ),
    Difference(
        "an advertisement always overrides and always has the target link-layer address",
        plain_advertisement,
        ("NS, unicast", "NS, unicast, without its MAC"),
    ),
)
NAMED = {vector: difference for difference in DIFFERENCES for vector in difference.vectors}


PACE = 40  # vectors: tunlab sends 50 errors at once, then 1,000 a second


def said_by_both(kind: str, vectors: list[Vector], folder: Path) -> dict[str, tuple[Said, Said, list[bytes]]]:
    """What the kernel and what tunlab said to each vector, and to which packets."""
    said: dict[str, tuple[Said, Said, list[bytes]]] = {}
    with both_sides(kind, folder) as (kernel, lab):
        for number, vector in enumerate(vectors):
            if number % PACE == 0:
                time.sleep(2 * PACE / 1000)  # waiting longer only makes it surer
            if vector.forget:
                kernel.forget(vector.forget)
            answers = [canonical(side.ask(vector.packets(side, number)), side) for side in (kernel, lab)]
            if vector.forget:
                kernel.remember(vector.forget)
            said[vector.name] = (answers[0], answers[1], vector.packets(lab, number))
    return said


@pytest.mark.parametrize("kind", ["tun", "tap"])
def test_tunlab_answers_as_linux_does(devices: None, kind: str, tmp_path: Path) -> None:
    vectors = [vector for vector in all_vectors() if vector.tap == (kind == "tap")]
    said = said_by_both(kind, vectors, tmp_path)
    answered = sum(bool(kernel) for kernel, _, _ in said.values())
    assert answered > len(vectors) / 4, "a kernel that says nothing proves nothing"

    differ = {name: one for name, one in said.items() if one[0] != one[1]}
    print(f"\n{kind}: {len(vectors)} vectors, {answered} answered by the kernel, {len(differ)} named differences")
    for name in differ:
        print(f"  {name}: {NAMED[name].rule if name in NAMED else 'NOT NAMED'}")
    wrong = [
        f"{name}\n  kernel {tell(kernel)}\n  tunlab {tell(lab)}"
        for name, (kernel, lab, asked) in differ.items()
        if name not in NAMED or not NAMED[name].holds(kernel, lab, asked)
    ]
    assert not wrong, "not what a named difference allows:\n" + "\n".join(wrong)
    gone = [name for name in NAMED if name in said and name not in differ]
    assert not gone, f"named, but no longer different: {gone}"


def test_there_are_enough_vectors_and_every_name_is_one_of_theirs() -> None:
    names = {vector.name for vector in all_vectors()}
    assert len(names) >= LEAST_VECTORS
    assert set(NAMED) <= names
    assert len(NAMED) == sum(len(difference.vectors) for difference in DIFFERENCES)
