"""Fixtures of the end-to-end tests: one network namespace a test, profiles, users, the wire.

    /usr/bin/python3 -m pytest tests/e2e [-n 4]

TUNLAB names the program under test (default build/release/tunlab), TUNLAB_BUILD its build folder
(default: the folder of the program), TUNLAB_SOURCE the source tree.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import lab


def pytest_configure(config: pytest.Config) -> None:
    if not os.access(lab.BINARY, os.X_OK) and not config.option.collectonly:
        raise pytest.UsageError(f"{lab.BINARY} is not there: build it first, or name it with TUNLAB")


# The machine's own network must be as it was, and no namespace may stay. The first pytest process
# looks: under xdist the workers start after it and end before it.

_links_before = pytest.StashKey[str]()
_damage = pytest.StashKey[str]()


def _links() -> str:
    return subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def pytest_sessionstart(session: pytest.Session) -> None:
    if not _is_worker(session.config):
        session.config.stash[_links_before] = _links()


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _is_worker(session.config):
        return
    before, after = session.config.stash[_links_before], _links()
    damage = [f"namespace left behind: {name}" for name in lab.left_behind()]
    if before != after:
        damage.append(f"the machine's own links changed:\n{before}---\n{after}")
    if damage:
        session.config.stash[_damage] = "\n".join(damage)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    damage = config.stash.get(_damage, None)
    if damage:
        terminalreporter.section("the tests did not clean up", red=True)
        terminalreporter.line(damage)


def _why_no_devices() -> str | None:
    """What keeps this machine from having TUN/TAP devices in namespaces, if anything."""
    if os.geteuid() != 0:
        return "needs root: it makes network namespaces and devices"
    try:
        os.close(os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC))
    except OSError as error:
        return f"needs /dev/net/tun: {error.strerror}"
    return None


@pytest.fixture(scope="session")
def devices() -> None:
    reason = _why_no_devices()
    if reason:
        pytest.skip(reason)


@pytest.fixture
def ns(devices: None) -> Iterator[lab.Namespace]:
    """An empty network namespace with loopback up."""
    with lab.Namespace.create() as namespace:
        yield namespace


@pytest.fixture
def user(ns: lab.Namespace) -> Iterator[lab.User]:
    """An ordinary user in the test's namespace."""
    with lab.User.create(ns) as someone:
        yield someone


@pytest.fixture
def profile(tmp_path: Path) -> Callable[..., Path]:
    """Writes a profile file: `profile("tun0", mtu=1400, addresses=["192.168.0.1/24"])`."""

    def write(ifname: str, **fields: Any) -> Path:
        path = tmp_path / f"{ifname}.json"
        path.write_text(lab.profile_text(ifname, **fields))
        return path

    return write
