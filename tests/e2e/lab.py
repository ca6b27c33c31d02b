"""Network namespaces, and programs that run in them.

A `Namespace` is one private network, made for one test and removed with it. Commands run inside it
with `run` (to their end) or `start` (in the background); `tunlab` and `echo` do the same with the
program under test. Nothing here waits for a length of time: every wait is for a condition, and has
a bound.
"""

from __future__ import annotations

import ctypes
import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(os.environ.get("TUNLAB_SOURCE") or Path(__file__).resolve().parents[2]).resolve()
BINARY = Path(os.environ.get("TUNLAB") or ROOT / "build/release/tunlab").absolute()

# The first pytest process of a run; its workers under xdist inherit the number.
SESSION = os.environ.setdefault("TUNLAB_E2E_SESSION", str(os.getpid()))

# The bound of every wait. Long enough for a busy machine with two cores: it only costs time when a
# test fails.
PATIENCE = 15.0

# What an ordinary user is here: no name of its own is needed, only that it is not root.
NOBODY = 65534

VERDICTS = ("reply", "drop", "ignore", "bad", "sent")


def environment(**changes: str) -> dict[str, str]:
    """The environment of every program here: the same on all machines, but for `changes`."""
    fixed = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm-256color",
        "TZ": "UTC",
    }
    sanitizers = {k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}
    return fixed | sanitizers | changes


def eventually(condition: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    """Waits until `condition()` is true and returns its value; fails after `patience` seconds."""
    deadline = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience:g} s in vain for: {what}")
        time.sleep(0.01)


@dataclass(frozen=True)
class Result:
    """How a program ended, and all it said."""

    argv: Sequence[str]
    code: int
    out: str
    err: str

    def __str__(self) -> str:
        command = " ".join(str(word) for word in self.argv)
        return f"$ {command}\n[exit {self.code}]\n--- stdout\n{self.out}--- stderr\n{self.err}---"

    def expect(self, code: int) -> Result:
        assert self.code == code, f"expected exit {code}:\n{self}"
        return self


@dataclass(frozen=True)
class Line:
    """One packet line of `tunlab echo`: time, verdict, tcpdump's text, reason."""

    time: str
    verdict: str
    text: str
    reason: str
    hex: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """Verdict and reason as a test states them: `reply (echo)`."""
        return f"{self.verdict} ({self.reason})"


_LINE = re.compile(
    r"(?P<time>\d\d:\d\d:\d\d(?:\.\d{6})?) "
    r"(?P<verdict>reply |drop  |ignore|bad   |sent  ) "
    r"(?P<text>.*?)(?: \((?P<reason>[a-z0-9-]+)\))?"
)


def parse_lines(output: str) -> list[Line]:
    """Reads the stdout of `echo`. A line that is neither a packet's nor of a hex block fails."""
    lines: list[Line] = []
    for row in output.splitlines():
        if row.startswith("\t"):
            assert lines, f"a hex block before any packet line: {row!r}"
            last = lines.pop()
            lines.append(Line(last.time, last.verdict, last.text, last.reason, (*last.hex, row)))
            continue
        match = _LINE.fullmatch(row)
        assert match, f"not a packet line: {row!r}"
        reason = match["reason"] or ""
        lines.append(Line(match["time"], match["verdict"].strip(), match["text"], reason))
    return lines


@dataclass(frozen=True)
class Summary:
    """The closing statistics of `echo`."""

    ifname: str
    packets: int
    answered: int
    dropped: int
    ignored: int
    bad: int
    reasons: Mapping[str, Mapping[str, int]]

    def assert_adds_up(self) -> None:
        verdicts = {
            "answered": self.answered,
            "dropped": self.dropped,
            "ignored": self.ignored,
            "bad": self.bad,
        }
        assert self.packets == sum(verdicts.values()), self
        for verdict, count in verdicts.items():
            assert sum(self.reasons.get(verdict, {}).values()) == count, (verdict, self)


def parse_summary(stderr: str) -> Summary:
    title = re.search(r"^--- (\S+) echo statistics ---$", stderr, re.M)
    assert title, f"no summary in:\n{stderr}"
    rest = stderr[title.end() :]
    counts = re.search(
        r"^(\d+) packets? in: (\d+) answered, (\d+) dropped, (\d+) ignored, (\d+) bad; [\d.]+ s$",
        rest,
        re.M,
    )
    assert counts, f"no line of counts in:\n{rest}"
    reasons: dict[str, dict[str, int]] = {}
    listed = re.search(r"^(?:answered|dropped|ignored|bad): .*$", rest, re.M)
    if listed:
        for part in listed[0].split("; "):
            verdict, _, words = part.partition(": ")
            pairs = (word.rsplit(" ", 1) for word in words.split(", "))
            reasons[verdict] = {reason: int(count) for reason, count in pairs}
    return Summary(title[1], *(int(number) for number in counts.groups()), reasons)


class Process:
    """A program in the background whose output is read line by line as it comes."""

    def __init__(self, argv: Sequence[str], **options: Any) -> None:
        self.argv = argv
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        self.popen = subprocess.Popen(argv, **options)
        self._grown = threading.Condition()
        self._text = {"out": "", "err": ""}
        self._open = 0
        self._readers = []
        for name, stream in (("out", self.popen.stdout), ("err", self.popen.stderr)):
            if stream is not None:
                self._open += 1
                reader = threading.Thread(target=self._read, args=(name, stream), daemon=True)
                self._readers.append(reader)
                reader.start()

    def _read(self, name: str, stream: Any) -> None:
        for raw in iter(stream.readline, b""):
            with self._grown:
                self._text[name] += raw.decode("utf-8", "surrogateescape")
                self._grown.notify_all()
        with self._grown:
            self._open -= 1
            self._grown.notify_all()

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def out(self) -> str:
        return self._text["out"]

    @property
    def err(self) -> str:
        return self._text["err"]

    @property
    def running(self) -> bool:
        return self.popen.poll() is None

    def _state(self) -> str:
        if self.running:
            return f"(still running)\n--- stdout\n{self.out}--- stderr\n{self.err}---"
        return str(Result(self.argv, self.popen.returncode, self.out, self.err))

    def until(self, condition: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
        """Waits until `condition()` holds; looks whenever output comes, and at the end of it."""
        deadline = time.monotonic() + patience
        with self._grown:
            while True:
                value = condition()
                if value:
                    return value
                left = deadline - time.monotonic()
                if left <= 0 or self._open == 0:
                    ended = "the program ended" if self._open == 0 else f"{patience:g} s passed"
                    raise AssertionError(f"{ended} before: {what}\n{self._state()}")
                self._grown.wait(left)

    def until_err(self, pattern: str, patience: float = PATIENCE) -> re.Match[str]:
        return self.until(lambda: re.search(pattern, self.err, re.M), f"/{pattern}/ on stderr", patience)

    def until_out(self, pattern: str, patience: float = PATIENCE) -> re.Match[str]:
        return self.until(lambda: re.search(pattern, self.out, re.M), f"/{pattern}/ on stdout", patience)

    def send_signal(self, number: int) -> None:
        self.popen.send_signal(number)

    def wait(self, patience: float = PATIENCE) -> Result:
        """Waits for the end and returns how it ended."""
        try:
            code = self.popen.wait(patience)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {patience:g} s\n{self._state()}") from None
        for reader in self._readers:
            reader.join(PATIENCE)
        return Result(self.argv, code, self.out, self.err)

    def stop(self, number: int = signal.SIGINT, patience: float = PATIENCE) -> Result:
        self.send_signal(number)
        return self.wait(patience)

    def destroy(self) -> None:
        if self.running:
            self.popen.kill()
            self.popen.wait()
        for stream in (self.popen.stdout, self.popen.stderr):
            if stream is not None:
                stream.close()


class Echo(Process):
    """A running `tunlab echo`."""

    @property
    def lines(self) -> list[Line]:
        complete = self.out[: self.out.rfind("\n") + 1]
        return parse_lines(complete)

    def until_line(self, condition: Callable[[Line], bool], what: str) -> Line:
        return self.until(lambda: next((line for line in self.lines if condition(line)), None), what)

    def until_lines(self, number: int, verdict: str, reason: str) -> list[Line]:
        def wanted() -> list[Line]:
            return [line for line in self.lines if (line.verdict, line.reason) == (verdict, reason)]

        self.until(lambda: len(wanted()) >= number, f"{number} lines {verdict} ({reason})")
        return wanted()

    def finish(self, number: int = signal.SIGINT) -> tuple[list[Line], Summary]:
        """Ends it by a signal; returns its lines and its summary, which must add up."""
        result = self.stop(number).expect(0)
        summary = parse_summary(result.err)
        summary.assert_adds_up()
        return parse_lines(result.out), summary


_numbers = itertools.count(1)

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass
class Namespace:
    """A network namespace of its own for one test. Use `create()`, which always removes it."""

    name: str
    _processes: list[Process] = field(default_factory=list)

    @classmethod
    @contextmanager
    def create(cls) -> Iterator[Namespace]:
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        namespace = cls(f"tunlab-{SESSION}-{worker}-{next(_numbers)}")
        subprocess.run(["ip", "netns", "add", namespace.name], check=True, timeout=PATIENCE)
        try:
            namespace.ip("link", "set", "lo", "up")
            yield namespace
        finally:
            namespace.remove()

    def remove(self) -> None:
        for process in self._processes:
            process.destroy()
        # Whoever is still in here was started by this test: nobody else knows the name.
        listed = subprocess.run(
            ["ip", "netns", "pids", self.name], capture_output=True, text=True, timeout=PATIENCE
        )
        for pid in listed.stdout.split():
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        subprocess.run(["ip", "netns", "del", self.name], check=True, timeout=PATIENCE)

    # Running programs

    def argv(self, *command: object) -> list[str]:
        return ["ip", "netns", "exec", self.name, *(os.fspath(w) if isinstance(w, Path) else str(w) for w in command)]

    def run(
        self,
        *command: object,
        env: Mapping[str, str] | None = None,
        cwd: Path = ROOT,
        stdin: bytes = b"",
        patience: float = PATIENCE,
    ) -> Result:
        """Runs a program to its end. A program that does not end fails the test."""
        argv = self.argv(*command)
        return run(argv, env=env, cwd=cwd, stdin=stdin, patience=patience)

    def do(self, *command: object, **options: Any) -> str:
        """Runs a program that must succeed; returns its stdout."""
        return self.run(*command, **options).expect(0).out

    def start(self, *command: object, env: Mapping[str, str] | None = None, **options: Any) -> Process:
        return self._started(Process, command, env, options)

    def _started(self, kind: type, command: Sequence[object], env: Mapping[str, str] | None, options: Any) -> Any:
        options.setdefault("cwd", ROOT)
        process = kind(self.argv(*command), env=env or environment(), **options)
        self._processes.append(process)
        return process

    # The program under test

    def tunlab(self, *arguments: object, **options: Any) -> Result:
        return self.run(BINARY, *arguments, **options)

    def up(self, *profiles: object) -> Result:
        """`tunlab up` that must succeed."""
        return self.tunlab("up", *profiles).expect(0)

    def echo_raw(self, *arguments: object, env: Mapping[str, str] | None = None, **options: Any) -> Echo:
        """Starts `tunlab echo` and does not wait for anything."""
        return self._started(Echo, (BINARY, "echo", *arguments), env, options)

    def echo(self, *arguments: object, **options: Any) -> Echo:
        """Starts `tunlab echo` and waits for its banner."""
        echo = self.echo_raw(*arguments, **options)
        echo.until_err(r"^listening on ")
        return echo

    # Looking at the network

    def ip(self, *arguments: object) -> str:
        return self.do("ip", *arguments)

    def ip_json(self, *arguments: object) -> list[dict[str, Any]]:
        return json.loads(self.ip("-j", *arguments) or "[]")

    def link(self, ifname: str) -> dict[str, Any]:
        return self.ip_json("-d", "link", "show", "dev", ifname)[0]

    def ifnames(self) -> set[str]:
        return {link["ifname"] for link in self.ip_json("link")}

    def addresses(self, ifname: str) -> set[str]:
        """The addresses of a device as "IP/len", without the kernel's own link-local ones."""
        infos = self.ip_json("addr", "show", "dev", ifname)[0]["addr_info"]
        return {f"{info['local']}/{info['prefixlen']}" for info in infos if info["scope"] != "link"}

    def configuration(self) -> str:
        """All that `ip` tells of devices, addresses and routes, but for what follows the carrier.

        The kernel brings the operational state and what depends on it up to date a moment after a
        device was configured or let go.
        """
        return re.sub(r"NO-CARRIER,| state [A-Z]+| qdisc \w+| linkdown", "", self.raw_configuration())

    def raw_configuration(self) -> str:
        """All that `ip` tells of devices, addresses and routes, as it prints it."""
        return "".join(
            self.ip(*arguments)
            for arguments in (
                ("-d", "link"),
                ("addr",),
                ("-4", "route", "show", "table", "all"),
                ("-6", "route", "show", "table", "all"),
            )
        )

    def ping(self, *arguments: object, **options: Any) -> Result:
        return self.run("ping", "-n", *arguments, **options)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """This thread in the namespace. Sockets opened meanwhile stay there for good."""
        with open("/proc/thread-self/ns/net") as home, open(f"/run/netns/{self.name}") as inside:
            _setns(inside.fileno())
            try:
                yield
            finally:
                _setns(home.fileno())

    def packet_socket(self, ifname: str, protocol: int) -> socket.socket:
        """An AF_PACKET socket on a device: what is sent into it, the device's reader reads."""
        with self.entered():
            packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
            packets.bind((ifname, protocol))
        packets.settimeout(PATIENCE)
        return packets

    def socket(self, family: int, kind: int, protocol: int) -> socket.socket:
        """Any socket that belongs to this namespace."""
        with self.entered():
            made = socket.socket(family, kind, protocol)
        made.settimeout(PATIENCE)
        return made

    def pids_of(self, program: str) -> list[int]:
        """The processes in here whose name is `program`."""
        listed = subprocess.run(
            ["ip", "netns", "pids", self.name], capture_output=True, text=True, timeout=PATIENCE, check=True
        )
        pids = [int(pid) for pid in listed.stdout.split()]
        comm = lambda pid: Path(f"/proc/{pid}/comm")  # noqa: E731
        return [pid for pid in pids if comm(pid).exists() and comm(pid).read_text().strip() == program]

    def sysctl(self, name: str, value: object) -> None:
        """Sets `net/ipv4/...`; it holds in this namespace only."""
        with self.entered():
            Path("/proc/sys", name).write_text(str(value))

    def snmp6(self) -> dict[str, int]:
        """As `snmp`, of IPv6: `Icmp6InCsumErrors`."""
        rows = self.do("cat", "/proc/net/snmp6").splitlines()
        return {name: int(value) for name, value in map(str.split, rows)}

    def snmp(self) -> dict[str, int]:
        """The kernel's counters of this namespace, as `IcmpInCsumErrors`."""
        counters: dict[str, int] = {}
        for path in ("/proc/net/snmp", "/proc/net/netstat"):
            rows = self.do("cat", path).splitlines()
            for names, values in zip(rows[::2], rows[1::2]):
                group = names.split(":")[0]
                pairs = zip(names.split()[1:], values.split()[1:])
                counters.update({group + name: int(value) for name, value in pairs})
        return counters


def left_behind() -> list[str]:
    """Namespaces of this session that are still there: at its end, none."""
    folder = Path("/run/netns")
    return [entry.name for entry in folder.glob(f"tunlab-{SESSION}-*")] if folder.is_dir() else []


def _setns(descriptor: int) -> None:
    if _libc.setns(descriptor, 0) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def run(
    argv: Sequence[object],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    stdin: bytes = b"",
    patience: float = PATIENCE,
) -> Result:
    """Runs a program that needs no namespace to its end."""
    words = [os.fspath(word) if isinstance(word, Path) else str(word) for word in argv]
    try:
        done = subprocess.run(
            words, input=stdin, capture_output=True, env=env or environment(), cwd=cwd, timeout=patience
        )
    except subprocess.TimeoutExpired as late:
        said = (late.stderr or b"").decode("utf-8", "replace")
        raise AssertionError(f"still running after {patience:g} s: {words}\n{said}") from None
    out = done.stdout.decode("utf-8", "surrogateescape")
    err = done.stderr.decode("utf-8", "surrogateescape")
    return Result(words, done.returncode, out, err)


def tunlab(*arguments: object, **options: Any) -> Result:
    """The program outside of any namespace: only for what touches no network (help, check)."""
    return run([BINARY, *arguments], **options)


# An ordinary user

# In the mount namespace that `ip netns exec` makes for each command: a node of our own over
# /dev/net/tun, with the mode that the test asks for. It is gone with the command.
_AS_USER = """
set -e
mount -t tmpfs -o mode=0755 tmpfs "$1"
mknod "$1/tun" c 10 200
chmod "$2" "$1/tun"
mount --bind "$1/tun" /dev/net/tun
uid=$3
shift 3
exec setpriv --reuid "$uid" --regid "$uid" --clear-groups -- "$@"
"""


@dataclass(frozen=True)
class User:
    """An ordinary user in a test's namespace, whose /dev/net/tun has the mode of a desktop's.

    `home` is a folder that this user can read: profiles for them belong there. The program is
    copied there too, since the build tree may lie where only root can look.
    """

    namespace: Namespace
    uid: int
    home: Path

    @classmethod
    @contextmanager
    def create(cls, namespace: Namespace, uid: int = NOBODY) -> Iterator[User]:
        home = Path(tempfile.mkdtemp(prefix="tunlab-user-"))
        try:
            home.chmod(0o755)
            (home / "dev").mkdir()
            shutil.copy(BINARY, home / "tunlab")
            (home / "tunlab").chmod(0o755)
            yield cls(namespace, uid, home)
        finally:
            shutil.rmtree(home)

    def profile(self, ifname: str, **fields: Any) -> Path:
        path = self.home / f"{ifname}.json"
        path.write_text(profile_text(ifname, **fields))
        path.chmod(0o644)
        return path

    def _command(self, node_mode: str, arguments: Sequence[object]) -> list[object]:
        script = ["sh", "-c", _AS_USER, "as-user", self.home / "dev", node_mode, self.uid]
        return [*script, self.home / "tunlab", *arguments]

    def tunlab(self, *arguments: object, node_mode: str = "0666") -> Result:
        return self.namespace.run(*self._command(node_mode, arguments), cwd=self.home)

    def echo(self, *arguments: object) -> Echo:
        command = self._command("0666", ("echo", *arguments))
        echo = self.namespace._started(Echo, command, None, {"cwd": self.home})
        echo.until_err(r"^listening on ")
        return echo


# Profiles


def profile_text(ifname: str, **fields: Any) -> str:
    """A profile as text. A mode that is not given follows from the name; on a bridge somebody must be named."""
    if "bridge" in fields:
        fields.setdefault("hosts", [{"match": "192.168.0.77"}])
    mode = fields.pop("mode", "tap" if ifname.startswith("tap") else "tun")
    return json.dumps({"version": 1, "name": ifname, "mode": mode, **fields}, indent=2) + "\n"


# Links of other kinds


def add_foreign_link(namespace: Namespace, ifname: str) -> str:
    """Makes a link that is neither TUN nor TAP, of the first kind that this kernel has."""
    for kind in ("dummy", "bridge", "veth", "ifb"):
        if namespace.run("ip", "link", "add", "name", ifname, "type", kind).code == 0:
            return kind
    raise AssertionError("this kernel has no kind of virtual link to stand in the way")
