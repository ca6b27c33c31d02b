"""What other users and programs do on the same machine at the same time: it harms no one.

    one network namespace
    ┌────────────────────────────────────────────────────────────────┐
    │  tunlab, as root       another user, or another root's program │
    │  creates, changes ──── attaches, locks, renames, moves files   │
    └────────────────────────────────────────────────────────────────┘
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

import lab
from lab import BINARY, NOBODY, Namespace, Process

# A queue of a multi-queue device without an owner, for any user who can open /dev/net/tun.
ATTACKER = f"""
import fcntl, os, struct
tun = os.open("/dev/net/tun", os.O_RDWR)
os.setgroups([])
os.setresgid({NOBODY}, {NOBODY}, {NOBODY})
os.setresuid({NOBODY}, {NOBODY}, {NOBODY})
request = struct.pack("16sH22x", b"mq7", 0x0001 | 0x0100 | 0x1000)  # IFF_TUN, IFF_MULTI_QUEUE, IFF_NO_PI
print("ready", flush=True)
while True:
    try:
        fcntl.ioctl(tun, 0x400454ca, request)  # TUNSETIFF
        break
    except OSError:
        pass
print("attached", flush=True)
while True:
    os.read(tun, 65535)
"""

Write = Callable[..., Path]


def attacker(ns: Namespace) -> Process:
    process = ns.start(sys.executable, "-c", ATTACKER)
    process.until_out("^ready$")
    return process


def delayed(ns: Namespace, tmp_path: Path, inject: str, *arguments: object, only: object = None) -> Process:
    """Starts tunlab with one system call delayed."""
    filters = ("-P", only) if only else ()
    return ns.start("strace", "-f", "-o", tmp_path / "delay.log", *filters, "-e", f"inject={inject}", BINARY, *arguments)


def children(process: Process) -> list[int]:
    """Of the strace that delays tunlab, which may be in another namespace."""
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def tunlab_has_open(process: Process, path: Path) -> bool:
    """Whether tunlab has `path` open for reading (O_PATH does not count)."""
    for pid in children(process):
        with suppress(OSError):
            for fd in os.listdir(f"/proc/{pid}/fd"):
                flags = re.search(r"flags:\s*(\d+)", Path(f"/proc/{pid}/fdinfo/{fd}").read_text())
                is_path = flags is not None and int(flags[1], 8) & os.O_PATH != 0
                if os.readlink(f"/proc/{pid}/fd/{fd}") == str(path) and not is_path:
                    return True
    return False


def tunlab_holds(process: Process, ifname: str) -> bool:
    for pid in children(process):
        with suppress(OSError):
            for info in Path(f"/proc/{pid}/fdinfo").iterdir():
                if f"iff:\t{ifname}\n" in info.read_text():
                    return True
    return False


def tunlab_is_opening(process: Process, path: str) -> bool:
    """Whether tunlab is in a system call whose second argument is that path."""
    for pid in children(process):
        with suppress(OSError, IndexError, ValueError), open(f"/proc/{pid}/mem", "rb") as memory:
            memory.seek(int(Path(f"/proc/{pid}/syscall").read_text().split()[2], 16))
            if memory.read(len(path) + 1) == path.encode() + b"\0":
                return True
    return False


def mark(ns: Namespace, ifname: str, path: object) -> None:
    """A device that any root's program may have made, with a mark that names `path`."""
    ns.ip("tuntap", "add", "dev", ifname, "mode", "tun", "user", "root")
    ns.ip("link", "set", "dev", ifname, "alias", f"tunlab:1:0123456789abcdef:{path}")


# Queues


def test_no_other_user_gets_a_queue_of_a_new_multi_queue_device(ns: Namespace, profile: Write) -> None:
    path = profile("mq7", queues=2, addresses=["10.67.0.1/24"])
    thief = attacker(ns)
    for _ in range(50):
        ns.up(path)
        ns.tunlab("down", "mq7").expect(0)
    assert "attached" not in thief.out
    for _ in range(10):
        ns.tunlab("echo", "-q", "-w", "0.02", path).expect(0)
    assert "attached" not in thief.out
    assert thief.running


def test_multi_queue_device_is_where_and_what_its_profile_says(ns: Namespace, profile: Write) -> None:
    path = profile("mq7", queues=2, owner=NOBODY, addresses=["10.67.0.1/24", "fd67::1/64"])
    ns.up(path)
    link = ns.link("mq7")
    assert link["linkinfo"]["info_data"]["multi_queue"] and link["linkinfo"]["info_data"]["user"] == "nobody"
    assert ns.addresses("mq7") == {"10.67.0.1/24", "fd67::1/64"}
    assert ns.up(path).out == "mq7: in sync, no changes\n"


def test_multi_queue_device_never_takes_a_name_that_is_taken(ns: Namespace, profile: Write, tmp_path: Path) -> None:
    """The name is free when up looks, and taken when the new device comes from where it was made."""
    path = profile("mq7", queues=2)
    up = delayed(ns, tmp_path, "ioctl:delay_exit=1500000:when=1", "up", path)
    lab.eventually(lambda: tunlab_holds(up, "mq7"), "TUNSETIFF")
    ns.ip("link", "add", "mq7", "type", "bridge")
    result = up.wait().expect(5)
    assert "another program made a device of that name just now" in result.err, result
    assert ns.link("mq7")["linkinfo"]["info_kind"] == "bridge"


def test_queue_that_another_user_got_ends_up_and_the_device(ns: Namespace, profile: Write, tmp_path: Path) -> None:
    """Without CAP_SYS_ADMIN there is no namespace of one's own to make the device in."""
    path = profile("mq7", queues=2, addresses=["10.67.0.1/24"])
    without = ("setpriv", "--bounding-set", "-sys_admin")
    ns.run(*without, BINARY, "up", path).expect(0)
    ns.tunlab("down", "mq7").expect(0)

    thief = attacker(ns)
    slow = ("strace", "-o", tmp_path / "log", "-e", "inject=ioctl:delay_exit=500000:when=1")
    for command in ("up", "echo"):
        result = ns.run(*without, *slow, BINARY, command, path).expect(5)
        assert "another program attached to the device while it was made" in result.err, result
        assert ns.ifnames() == {"lo"}, result
        assert "attached" in thief.out
        thief.destroy()
        thief = attacker(ns)


# The lock


def held_locks() -> str:
    return f"""
import fcntl, glob, os
os.setgroups([])
os.setresgid({NOBODY}, {NOBODY}, {NOBODY})
os.setresuid({NOBODY}, {NOBODY}, {NOBODY})
held = []
for path in ["/proc/self/ns/net", *glob.glob("/run/**", recursive=True)]:
    try:
        held.append(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
        fcntl.flock(held[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        pass
print("ready", flush=True)
import signal
signal.pause()
"""


def test_lock_that_a_user_holds_does_not_keep_root_waiting(ns: Namespace, profile: Write) -> None:
    path = profile("tun7", addresses=["10.67.0.1/24"])
    ns.up(path)  # the lock's file is there from now on
    holder = ns.start(sys.executable, "-c", held_locks())
    holder.until_out("^ready$")
    start = time.monotonic()
    profile("tun7", mtu=1400, addresses=["10.67.0.1/24"])
    ns.up(path)
    ns.tunlab("down", "tun7").expect(0)
    assert time.monotonic() - start < 4, "up waits 5 s for a lock"


def test_files_of_the_locks_are_roots_alone(ns: Namespace, profile: Write) -> None:
    ns.up(profile("tun7"))
    assert Path("/run/tunlab").stat().st_mode & 0o7777 == 0o700
    with ns.entered():
        namespace = os.stat("/proc/thread-self/ns/net")
    lock = Path(f"/run/tunlab/{namespace.st_dev}-{namespace.st_ino}.lock")
    assert (lock.stat().st_uid, lock.stat().st_mode & 0o777, lock.stat().st_size) == (0, 0o600, 0)


def test_folder_of_the_locks_that_others_may_enter_is_refused(ns: Namespace, profile: Write, tmp_path: Path) -> None:
    """In a mount namespace with a /run of its own."""
    script = 'mount -t tmpfs tmpfs /run && mkdir -m 0755 /run/tunlab && exec "$@"'
    command = ("sh", "-c", script, "sh", BINARY, "up", profile("tun7"))
    result = ns.run(*command).expect(4)
    assert "/run/tunlab: the folder of the locks must belong to root, with mode 0700" in result.err, result
    assert ns.ifnames() == {"lo"}


# Files


@pytest.mark.parametrize("arguments", [("status",), ("-N", "/dev/full", "status"), ("check", "/dev/full")], ids=str)
def test_device_node_is_looked_at_and_not_opened(ns: Namespace, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """To open a watchdog or a tape has effects."""
    mark(ns, "fo0", "/dev/full")
    log = tmp_path / "open.log"
    ns.run("strace", "-o", log, "-e", "trace=open,openat,openat2", BINARY, *arguments)
    opened = [row for row in log.read_text().splitlines() if "/dev/full" in row or "/proc/self/fd/" in row]
    assert opened and all("O_PATH" in row for row in opened), opened


@pytest.mark.parametrize("command", [("echo", "fo0"), ("status",), ("status", "-v"), ("status", "--json")], ids=str)
def test_file_that_only_a_mark_names_is_never_quoted(ns: Namespace, tmp_path: Path, command: tuple[str, ...]) -> None:
    secret = tmp_path / "shadow"
    for text in ("root:$6$top.secret:19000:0:99999:7:::\n", '{"top.secret": 1}\n', '{"version": 1, "name": "top.secret!"}'):
        secret.write_text(text)
        if "fo0" not in ns.ifnames():
            mark(ns, "fo0", secret)
        result = ns.tunlab(*command)
        assert "secret!" not in result.out + result.err and "top.secret" not in result.out + result.err, result
        if command[0] == "echo":
            assert result.code == 3 and f"{secret}: is not a valid profile" in result.err, result


def test_pipe_that_the_user_names_is_read(tmp_path: Path) -> None:
    text = lab.profile_text("tun7")
    good = tmp_path / "tun7.json"
    good.write_text(text)
    lab.run(["bash", "-c", f"{BINARY} check <(cat {good})"]).expect(0)
    lab.run(["bash", "-c", f"cat {good} | {BINARY} check /dev/stdin"]).expect(0)
    lab.run(["bash", "-c", f"(cat {good}; sleep 0.3; echo) | {BINARY} check /dev/stdin"]).expect(0)
    fifo = tmp_path / "fifo.json"
    os.mkfifo(fifo)
    lab.run(["bash", "-c", f"(sleep 0.3; cat {good} > {fifo}) & {BINARY} check {fifo}"]).expect(0)


def test_pipe_is_read_within_bounds_of_size_and_time(tmp_path: Path) -> None:
    """A FIFO that no program writes to does not hang either."""
    endless = lab.run(["bash", "-c", f"{BINARY} check <(yes)"]).expect(3)
    assert "larger than" in endless.err or "too large" in endless.err or "1 MiB" in endless.err, endless
    fifo = tmp_path / "fifo.json"
    os.mkfifo(fifo)
    start = time.monotonic()
    silent = lab.run([BINARY, "check", fifo], patience=20).expect(3)
    assert "is a pipe that did not end within 10 s" in silent.err, silent
    assert 9 < time.monotonic() - start < 15


def test_mark_names_the_profile_that_moves_while_it_is_read(ns: Namespace, profile: Write, tmp_path: Path) -> None:
    path = profile("tun7")
    moved = tmp_path / "moved.json"
    up = delayed(ns, tmp_path, "read:delay_exit=1000000:when=1", "up", path, only=path)
    lab.eventually(lambda: tunlab_has_open(up, path), "the profile to be read")
    path.rename(moved)
    up.wait().expect(0)
    assert ns.link("tun7")["ifalias"].endswith(f":{moved}")


def test_mark_names_the_profile_that_is_replaced_while_it_is_read(ns: Namespace, profile: Write, tmp_path: Path) -> None:
    """As editors do: a new file under the same name."""
    path = profile("tun7")
    new = tmp_path / "new.json"
    new.write_text(path.read_text())
    up = delayed(ns, tmp_path, "read:delay_exit=1000000:when=1", "up", path, only=path)
    lab.eventually(lambda: tunlab_has_open(up, path), "the profile to be read")
    new.rename(path)
    up.wait().expect(0)
    assert ns.link("tun7")["ifalias"].endswith(f":{path}")


def test_namespace_of_another_kind_is_none(ns: Namespace) -> None:
    result = ns.tunlab("-N", "/proc/self/ns/mnt", "status").expect(4)
    assert "that file is no namespace" in result.err, result


# Names


def test_new_device_that_is_renamed_meanwhile_is_a_failure(ns: Namespace, profile: Write, tmp_path: Path) -> None:
    path = profile("tun7", addresses=[f"10.67.{n}.1/24" for n in range(8)])
    up = delayed(ns, tmp_path, "sendmsg:delay_enter=300000:when=10+", "up", path)
    lab.eventually(lambda: "tun7" in ns.ifnames(), "the device")
    ns.ip("link", "set", "dev", "tun7", "name", "other7")
    result = up.wait().expect(1)
    assert "another program renamed the device to other7" in result.err, result
    assert "rolled back: tun7 removed" in result.err, result
    assert ns.ifnames() == {"lo"}


def test_changed_device_that_is_renamed_meanwhile_is_restored(ns: Namespace, profile: Write, tmp_path: Path) -> None:
    path = profile("tun7", addresses=["10.67.0.1/24"])
    ns.up(path)
    profile("tun7", mtu=1400, addresses=[f"10.67.{n}.1/24" for n in range(8)])
    up = delayed(ns, tmp_path, "sendmsg:delay_enter=300000:when=7+", "up", path)
    lab.eventually(lambda: len(ns.addresses("tun7")) > 1, "the first change")
    ns.ip("link", "set", "dev", "tun7", "name", "other7")
    result = up.wait().expect(1)
    assert "another program renamed the device to other7" in result.err, result
    assert "rolled back" in result.err, result
    assert ns.addresses("other7") == {"10.67.0.1/24"} and ns.link("other7")["mtu"] == 1500


def test_setting_is_never_written_to_a_device_that_took_the_name(ns: Namespace, profile: Write, tmp_path: Path) -> None:
    path = profile("tun7", addresses=["fd67::1/64"])
    ns.up(path)
    conf = "/proc/sys/net/ipv6/conf/tun7/accept_ra"
    ns.sysctl("net/ipv6/conf/tun7/accept_ra", 1)
    up = delayed(ns, tmp_path, "openat:delay_enter=1500000:when=1", "up", path, only=conf)
    lab.eventually(lambda: tunlab_is_opening(up, conf), "the setting to be opened")
    ns.ip("link", "set", "dev", "tun7", "name", "old7")
    ns.ip("tuntap", "add", "dev", "tun7", "mode", "tun")
    result = up.wait().expect(1)
    assert "another program" in result.err and "renamed the device" in result.err, result
    assert ns.do("cat", conf).strip() == "1"
