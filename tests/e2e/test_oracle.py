"""tunlab says what Linux says: the same packets to both, and only named differences in what comes.

    /usr/bin/python3 -m pytest tests/e2e/test_oracle.py -s

prints how many vectors there were, and each difference with the rule that it rests on. A difference
without a name fails the test, and so does a name without a difference.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from oracle import ICMP, ICMPV6, Said, both_sides, canonical, tell
from oracle_vectors import Vector, all_vectors

LEAST_VECTORS = 200


def silent_instead(kernel: Said, lab: Said) -> bool:
    return bool(kernel) and not lab


def without_errors(*kinds: tuple[int, int, int | None]) -> Callable[[Said, Said], bool]:
    """The kernel says the same, and besides one error of a kind: protocol, type, code (None: any)."""

    def is_error(answer: tuple[object, ...]) -> bool:
        header, message = answer[-2:]
        if not isinstance(header, bytes) or not isinstance(message, bytes):
            return False
        protocol = header[6] if header[0] >> 4 == 6 else header[9]
        return any(kind[:2] == (protocol, message[0]) and kind[2] in (None, message[1]) for kind in kinds)

    def holds(kernel: Said, lab: Said) -> bool:
        errors = [answer for answer in kernel if is_error(answer)]
        return len(errors) == 1 and [answer for answer in kernel if answer not in errors] == lab

    return holds


def recorded_once(kernel: Said, lab: Said) -> bool:
    """Both answer, as long and as many; only options, and the options in a quote, are others."""

    def outline(said: Said) -> list[list[object]]:
        return [[(len(part), part[:9]) if isinstance(part, bytes) else part for part in one] for one in said]

    return bool(lab) and outline(kernel) == outline(lab)


def plain_advertisement(kernel: Said, lab: Said) -> bool:
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
    holds: Callable[[Said, Said], bool]
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
        ),
    ),
    Difference(
        "bad sources are not answered: a broadcast address of the device, ::, IPv4-mapped addresses",
        silent_instead,
        (
            "echo request from 10.0.0.255, the subnet's broadcast address",
            "ICMPv6 echo request from ::",
            "ICMPv6 echo request from ::ffff:10.0.0.2",
        ),
    ),
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


def said_by_both(kind: str, vectors: list[Vector], folder: Path) -> dict[str, tuple[Said, Said]]:
    """What the kernel and what tunlab said to each vector."""
    said: dict[str, tuple[Said, Said]] = {}
    with both_sides(kind, folder) as (kernel, lab):
        for number, vector in enumerate(vectors):
            if vector.forget:
                kernel.forget(vector.forget)
            answers = [canonical(side.ask(vector.packets(side, number)), side) for side in (kernel, lab)]
            if vector.forget:
                kernel.remember(vector.forget)
            said[vector.name] = (answers[0], answers[1])
    return said


@pytest.mark.parametrize("kind", ["tun", "tap"])
def test_tunlab_answers_as_linux_does(kind: str, tmp_path: Path) -> None:
    vectors = [vector for vector in all_vectors() if vector.tap == (kind == "tap")]
    said = said_by_both(kind, vectors, tmp_path)
    answered = sum(bool(kernel) for kernel, _ in said.values())
    assert answered > len(vectors) / 4, "a kernel that says nothing proves nothing"

    differ = {name: pair for name, pair in said.items() if pair[0] != pair[1]}
    print(f"\n{kind}: {len(vectors)} vectors, {answered} answered by the kernel, {len(differ)} named differences")
    for name in differ:
        print(f"  {name}: {NAMED[name].rule if name in NAMED else 'NOT NAMED'}")
    wrong = [
        f"{name}\n  kernel {tell(kernel)}\n  tunlab {tell(lab)}"
        for name, (kernel, lab) in differ.items()
        if name not in NAMED or not NAMED[name].holds(kernel, lab)
    ]
    assert not wrong, "not what a named difference allows:\n" + "\n".join(wrong)
    gone = [name for name in NAMED if name in said and name not in differ]
    assert not gone, f"named, but no longer different: {gone}"


def test_there_are_enough_vectors_and_every_name_is_one_of_theirs() -> None:
    names = {vector.name for vector in all_vectors()}
    assert len(names) >= LEAST_VECTORS
    assert set(NAMED) <= names
    assert len(NAMED) == sum(len(difference.vectors) for difference in DIFFERENCES)
