"""Ordinary users: what they may do, and how they are told what they may not.

    one network namespace, a /dev/net/tun of its own with mode 0666 (a desktop's)
    ┌────────────────────────────────────────────────────────┐
    │  root:   tunlab up      tun0, owner nobody             │
    │  nobody: tunlab echo    no capability at all           │
    └────────────────────────────────────────────────────────┘
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import lab
from lab import NOBODY, Namespace, User


def tun0_of(user: User, owner: int) -> Path:
    return user.profile("tun0", owner=owner, addresses=["192.168.0.1/24"])


def test_up_says_which_capability_is_missing_and_how_to_get_it(ns: Namespace, user: User) -> None:
    path = user.profile("tun0", addresses=["192.168.0.1/24"])
    result = user.tunlab("up", path).expect(4)
    assert result.out == ""
    assert re.search(r"^error: tun0: ", result.err, re.M), result
    assert "CAP_NET_ADMIN" in result.err
    assert f"uid {NOBODY}" in result.err
    assert re.search(rf"sudo (/\S*/)?tunlab up {re.escape(str(path))}", result.err), result
    assert ns.ifnames() == {"lo"}


def test_up_of_a_device_in_sync_needs_no_privilege(ns: Namespace, user: User) -> None:
    path = tun0_of(user, NOBODY)
    ns.up(path)
    result = user.tunlab("up", path).expect(0)
    assert result.out == "tun0: in sync, no changes\n"


def test_echo_works_on_a_device_that_is_theirs(ns: Namespace, user: User) -> None:
    ns.up(tun0_of(user, NOBODY))
    echo = user.echo("tun0")
    ns.ping("-c", 2, "-i", 0.01, "192.168.0.3").expect(0)
    lines, _ = echo.finish()
    assert [line.told for line in lines] == ["reply (echo)"] * 2


def test_echo_on_a_tap_that_is_theirs_knows_the_addresses_of_the_host(ns: Namespace, user: User) -> None:
    ns.up(user.profile("tap0", owner=NOBODY, addresses=["10.0.1.1/24"]))
    echo = user.echo("tap0")
    ns.ping("-c", 1, "10.0.1.2").expect(0)
    assert ns.run("arping", "-D", "-I", "tap0", "-c", 1, "-w", 1, "10.0.1.1").code == 0
    lines, _ = echo.finish()
    assert [line.told for line in lines] == ["reply (arp)", "reply (echo)", lines[-1].told]
    assert lines[-1].verdict == "ignore"


def test_echo_on_the_device_of_another_user_is_refused_by_name(ns: Namespace, user: User) -> None:
    ns.up(tun0_of(user, 0))
    result = user.tunlab("echo", "tun0")
    assert result.code in (4, 5), result
    assert re.search(r"^error: tun0\b", result.err, re.M), result
    assert re.search(r"another user|\broot\b", result.err), result
    assert f"uid {NOBODY}" in result.err, result
    assert "listening on" not in result.err


def test_echo_of_a_profile_without_its_device_needs_privilege(ns: Namespace, user: User) -> None:
    path = user.profile("tun0", addresses=["192.168.0.1/24"])
    result = user.tunlab("echo", path).expect(4)
    assert "CAP_NET_ADMIN" in result.err, result
    assert ns.ifnames() == {"lo"}


def test_down_by_an_ordinary_user_is_refused_and_removes_nothing(ns: Namespace, user: User) -> None:
    ns.up(tun0_of(user, NOBODY))
    before = ns.configuration()
    result = user.tunlab("down", "tun0").expect(4)
    assert re.search(r"^error: tun0: ", result.err, re.M), result
    assert re.search(r"sudo (/\S*/)?tunlab down tun0", result.err), result
    assert ns.configuration() == before


def test_status_and_check_need_no_privilege(ns: Namespace, user: User) -> None:
    path = tun0_of(user, NOBODY)
    ns.up(path)
    status = user.tunlab("status").expect(0)
    row = status.out.splitlines()[1].split()
    assert row[0] == "tun0" and row[-2:] == ["nobody", "in-sync"], status
    user.tunlab("check", path).expect(0)


def test_device_node_that_may_not_be_opened_is_named(ns: Namespace, user: User) -> None:
    ns.up(tun0_of(user, NOBODY))
    result = user.tunlab("echo", "tun0", node_mode="0600").expect(4)
    assert "/dev/net/tun" in result.err
    assert "Permission denied" in result.err


@pytest.mark.parametrize("command", ["up", "echo"])
def test_device_node_that_is_not_there_is_named_with_its_remedy(ns: Namespace, command: str) -> None:
    hidden = 'mount -t tmpfs tmpfs /dev/net && exec "$0" "$@"'
    result = ns.run("sh", "-c", hidden, lab.BINARY, command, "profiles/tun0.json").expect(4)
    assert "/dev/net/tun" in result.err
    assert "No such file or directory" in result.err
    assert "modprobe tun" in result.err
    assert ns.ifnames() == {"lo"}
