"""What a command that fails half way says, and what is there: the two agree."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import lab
from faults import assert_same, at_message, messages, whole
from lab import BINARY, NOBODY, Namespace, Process
from trace import traced

Write = Callable[..., Path]
BEFORE = {"addresses": ["10.81.0.1/24", "fd81::1/64"], "routes": [{"dst": "10.9.0.0/16", "via": "10.81.0.2"}]}
AFTER = {"mtu": 1400, "addresses": ["10.82.0.1/24", "fd82::1/64"], "routes": [{"dst": "10.8.0.0/16", "via": "10.82.0.2"}]}


def start(ns: Namespace, tmp_path: Path, inject: str, *arguments: object) -> Process:
    return ns.start("strace", "-f", "-o", tmp_path / "inject.log", "-e", f"inject={inject}", BINARY, *arguments)


def inject(ns: Namespace, tmp_path: Path, fault: str, *arguments: object) -> lab.Result:
    return start(ns, tmp_path, fault, *arguments).wait()


def acknowledgements(ns: Namespace, tmp_path: Path, *arguments: object) -> list[int]:
    """Runs tunlab; which of its calls of recvmsg took the acknowledgement of a change."""
    result, calls = traced(ns, tmp_path, *arguments)
    result.expect(0)
    numbers, waiting = [], False
    for call in calls:
        if call.changes_network:
            waiting = True
        elif call.name == "recvmsg" and waiting and "MSG_PEEK" not in call.text.split("msg_flags")[-1]:
            numbers.append(call.number)
            waiting = False
    assert numbers
    return numbers


# up


def test_change_whose_acknowledgement_is_lost_is_rolled_back(ns: Namespace, profile: Write, tmp_path: Path) -> None:
    path = profile("tap7", **BEFORE)
    ns.up(path)
    before = whole(ns)
    profile("tap7", **AFTER)
    first = acknowledgements(ns, tmp_path, "up", path)[0]
    profile("tap7", **BEFORE)
    ns.up(path)
    assert_same(before, whole(ns))

    profile("tap7", **AFTER)
    result = inject(ns, tmp_path, f"recvmsg:error=ENOBUFS:when={first}", "up", path).expect(1)
    assert "No buffer space available" in result.err, result
    assert "rolled back: tap7 as it was before" in result.err, result
    assert_same(before, whole(ns), result)


def test_changed_device_that_is_deleted_meanwhile_is_said_to_be_gone(ns: Namespace, profile: Write, tmp_path: Path) -> None:
    path = profile("tun7", addresses=["10.67.0.1/24"])
    ns.up(path)
    profile("tun7", addresses=[f"10.67.{n}.1/24" for n in range(8)])
    up = start(ns, tmp_path, "sendmsg:delay_enter=300000:when=7+", "up", path)
    lab.eventually(lambda: len(ns.addresses("tun7")) > 1, "the first change")
    ns.ip("link", "delete", "dev", "tun7")
    result = up.wait().expect(6)
    assert "not rolled back: tun7 is gone: another program removed it" in result.err, result
    assert "as it was before" not in result.err and "ip link delete" not in result.err, result


def test_new_device_that_is_deleted_meanwhile_is_said_to_be_removed(ns: Namespace, profile: Write, tmp_path: Path) -> None:
    path = profile("tun7", addresses=[f"10.67.{n}.1/24" for n in range(8)])
    up = start(ns, tmp_path, "sendmsg:delay_enter=300000:when=10+", "up", path)
    lab.eventually(lambda: "tun7" in ns.ifnames(), "the device")
    ns.ip("link", "delete", "dev", "tun7")
    result = up.wait().expect(1)
    assert "rolled back: tun7 removed" in result.err and "ip link delete" not in result.err, result
    assert ns.ifnames() == {"lo"}


QUEUE = f"""
import fcntl, os, struct, signal
tun = os.open("/dev/net/tun", os.O_RDWR)
os.setresgid({NOBODY}, {NOBODY}, {NOBODY})
os.setresuid({NOBODY}, {NOBODY}, {NOBODY})
fcntl.ioctl(tun, 0x400454ca, struct.pack("16sH22x", b"mq7", 0x1101))
print("attached", flush=True)
signal.pause()
"""


def test_device_that_its_owner_holds_by_a_second_queue_is_removed_all_the_same(
    ns: Namespace, profile: Write, tmp_path: Path
) -> None:
    path = profile("mq7", queues=2, owner=NOBODY, addresses=[f"10.67.{n}.1/24" for n in range(9)])
    up = start(ns, tmp_path, "sendmsg:delay_enter=300000:when=12+", "up", path)
    lab.eventually(lambda: "mq7" in ns.ifnames(), "the device")
    ns.start(sys.executable, "-c", QUEUE).until_out("^attached$")
    tracee = lab.eventually(lambda: ns.pids_of("tunlab"), "tunlab")
    for pid in tracee:
        lab.os.kill(pid, signal.SIGTERM)
    result = up.wait().expect(143)
    assert "rolled back: mq7 removed" in result.err, result
    assert ns.ifnames() == {"lo"}


def test_signals_during_the_way_back_do_not_cut_off_the_report(ns: Namespace, profile: Write, tmp_path: Path) -> None:
    path = profile("tap7", **BEFORE)
    ns.up(path)
    before = whole(ns)
    profile("tap7", **AFTER)
    first = acknowledgements(ns, tmp_path, "up", path)[1]
    profile("tap7", **BEFORE)
    ns.up(path)
    profile("tap7", **AFTER)
    result = inject(ns, tmp_path, f"recvmsg:signal=SIGINT:when={first}+3", "up", path).expect(130)
    assert "error: interrupted" in result.err and "rolled back: tap7 as it was before" in result.err, result
    assert_same(before, whole(ns), result)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])
def test_signal_that_was_ignored_at_the_start_is_ignored(
    ns: Namespace, profile: Write, tmp_path: Path, number: signal.Signals
) -> None:
    """As by nohup(1), or by a shell for its background jobs."""
    path = profile("tun7", addresses=[f"10.67.{n}.1/24" for n in range(5)])
    trap = f"trap '' {number.name[3:]}; exec strace -o {tmp_path}/log -e inject=sendmsg:signal={number.name}:when=9+ "
    for command in ("up", "down"):
        ns.run("bash", "-c", f"{trap} {BINARY} {command} {path}").expect(0)
        assert ("tun7" in ns.ifnames()) == (command == "up")


def test_cause_of_a_failed_system_call_is_in_errnos_words(ns: Namespace, profile: Write, tmp_path: Path) -> None:
    result = inject(ns, tmp_path, "socket:error=EMFILE", "up", profile("tun7")).expect(4)
    assert "Too many open files" in result.err and "Unspecific" not in result.err, result


def test_answer_that_never_comes_ends_in_a_rollback(ns: Namespace, profile: Write, tmp_path: Path) -> None:
    path = profile("tun7", **BEFORE)
    (first, *_) = acknowledgements(ns, tmp_path, "up", path)
    ns.tunlab("down", path).expect(0)
    # EAGAIN is what a socket with a time limit gives at its end.
    result = inject(ns, tmp_path, f"recvmsg:error=EAGAIN:when={first}", "up", path).expect(1)
    assert "rolled back: tun7 removed" in result.err, result
    assert ns.ifnames() == {"lo"}


# down


@pytest.fixture
def three(ns: Namespace, profile: Write) -> list[str]:
    names = ["tun1", "tun2", "tun3"]
    ns.up(*(profile(name, addresses=[f"10.67.{n}.1/24"]) for n, name in enumerate(names)))
    return names


def test_down_that_fails_half_way_says_what_is_gone_and_what_is_left(ns: Namespace, three, tmp_path: Path) -> None:
    _, changing = messages(ns, tmp_path, "down", *three)
    ns.up(*(tmp_path / f"{name}.json" for name in three))
    result = at_message(ns, tmp_path, changing[1], "error=ENOMEM", "down", *three).expect(1)
    assert "removed: tun1\n" in result.err and "not removed: tun2, tun3\n" in result.err, result
    assert ns.ifnames() == {"lo", "tun2", "tun3"}


def test_down_whose_acknowledgement_is_lost_goes_by_what_is_there(ns: Namespace, three, tmp_path: Path) -> None:
    numbers = acknowledgements(ns, tmp_path, "down", *three)
    ns.up(*(tmp_path / f"{name}.json" for name in three))
    result = inject(ns, tmp_path, f"recvmsg:error=ENOBUFS:when={numbers[0]}", "down", *three).expect(0)
    assert [row.split(":")[0] for row in result.out.splitlines()] == three, result
    assert ns.ifnames() == {"lo"}


def test_down_that_is_interrupted_says_what_is_gone_and_what_is_left(ns: Namespace, three, tmp_path: Path) -> None:
    numbers = acknowledgements(ns, tmp_path, "down", *three)
    ns.up(*(tmp_path / f"{name}.json" for name in three))
    result = inject(ns, tmp_path, f"recvmsg:signal=SIGINT:when={numbers[0]}", "down", *three).expect(1)
    assert "error: interrupted" in result.err, result
    assert "removed: tun1\n" in result.err and "not removed: tun2, tun3\n" in result.err, result
    assert ns.ifnames() == {"lo", "tun2", "tun3"}


# /proc/sys

READ_ONLY = 'mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys && exec "$@"'
MISSING = 'mount -t tmpfs tmpfs /proc/sys && exec "$@"'


@pytest.mark.parametrize("script", [READ_ONLY, MISSING], ids=["read-only", "missing"])
def test_without_a_writable_proc_sys_a_profile_comes_up_with_a_warning(ns: Namespace, profile: Write, script: str) -> None:
    """Docker's default."""
    path = profile("tun7", addresses=["10.67.0.1/24"])
    result = ns.run("sh", "-c", script, "sh", BINARY, "up", path).expect(0)
    assert re.search("^warning: tun7: .*accept_ra stays on", result.err, re.M), result
    assert "docker run --sysctl" in result.err, result
    assert ns.addresses("tun7") == {"10.67.0.1/24"}
    again = ns.run("sh", "-c", script, "sh", BINARY, "up", path).expect(0)
    assert again.out == "tun7: in sync, no changes\n", again
    assert ns.up(path).out != again.out, "where it can be set, it is"


def test_setting_that_the_profile_names_is_refused_where_it_cannot_be_made(ns: Namespace, profile: Write) -> None:
    path = profile("tun7", addresses=["10.67.0.1/24"], ipv6={"accept_ra": False})
    result = ns.run("sh", "-c", READ_ONLY, "sh", BINARY, "up", path).expect(1)
    assert "/proc/sys is read-only here" in result.err and "hint: leave" in result.err, result
    assert ns.ifnames() == {"lo"}
