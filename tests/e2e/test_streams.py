"""What the surroundings do to a program: streams that are closed or full, ignored signals, odd words."""

from __future__ import annotations

import os
import signal
import time

import pytest

import lab
from lab import Namespace

COMMANDS = ("up", "down", "echo", "status", "check", "schema")


@pytest.mark.parametrize("word", COMMANDS)
def test_word_that_is_also_a_command_is_taken_for_what_it_stands_for(ns: Namespace, word: str) -> None:
    ns.up("profiles/tun0.json")
    result = ns.tunlab("down", word).expect(0)
    assert result.out == f"{word}: no such device, nothing to do\n", result
    assert "no such device" in ns.tunlab("status", word).expect(2).err
    assert "no such profile" in ns.tunlab("up", word).expect(2).err
    assert ns.ifnames() == {"lo", "tun0"}


@pytest.mark.parametrize("arguments", [("--", "up"), ("--",), ("--", "check", "profiles/tun0.json")])
def test_no_command_is_found_behind_two_dashes(ns: Namespace, arguments: tuple[str, ...]) -> None:
    assert "error: no command given" in ns.tunlab(*arguments).expect(2).err


def test_result_that_cannot_be_written_is_told_and_undoes_nothing(ns: Namespace) -> None:
    with open("/dev/full", "w") as full:
        for command, left in (("up", {"lo", "tun0"}), ("down", {"lo"})):
            process = ns.start(lab.BINARY, command, "profiles/tun0.json", stdout=full)
            result = process.wait().expect(1)
            assert "standard output: write: No space left on device" in result.err, result
            assert "the command itself was carried out, and that stands" in result.err, result
            assert ns.ifnames() == left


def test_reader_that_is_gone_is_no_failure(ns: Namespace) -> None:
    ns.run("bash", "-c", f"set -o pipefail; {lab.BINARY} up {lab.ROOT}/profiles/tun0.json | true").expect(0)
    ns.run("bash", "-c", f"set -o pipefail; {lab.BINARY} status | true").expect(0)
    ns.run("bash", "-c", f"set -o pipefail; {lab.BINARY} down | true").expect(0)
    assert ns.ifnames() == {"lo"}


def test_closed_streams_do_not_become_sockets(ns: Namespace) -> None:
    ns.up("profiles/tun0.json")
    echo = ns.start("bash", "-c", f"exec {lab.BINARY} echo tun0 -c 3 <&- >&-")
    echo.until_err(r"^listening on ")
    ns.ping("-c", 3, "-i", "0.05", "192.168.0.3").expect(0)
    result = echo.wait().expect(1)
    assert "standard output: the lines are not complete: Bad file descriptor" in result.err, result
    assert "3 answered" in result.err, result


def test_full_standard_error_neither_stops_the_answers_nor_the_end(ns: Namespace) -> None:
    ns.up("profiles/tun0.json")
    echo = ns.start("bash", "-c", f"exec {lab.BINARY} echo -q tun0 2>&1 >/dev/null | sleep 60")
    lab.eventually(lambda: ns.ping("-c", 1, "-W", 1, "192.168.0.3").code == 0, "echo answers")
    (pid,) = ns.pids_of("tunlab")
    for _ in range(2000):  # more than a pipe holds of statistics lines
        os.kill(pid, signal.SIGUSR1)
        time.sleep(0.0005)
    ns.ping("-c", 3, "-i", "0.05", "192.168.0.3").expect(0)
    os.kill(pid, signal.SIGTERM)
    lab.eventually(lambda: not ns.pids_of("tunlab"), "echo ends")
    for reader in ns.pids_of("sleep"):
        os.kill(reader, signal.SIGTERM)
    echo.wait()


def test_signal_that_was_ignored_stays_ignored(ns: Namespace) -> None:
    ns.up("profiles/tun0.json")
    echo = ns.start("sh", "-c", f"trap '' HUP; exec {lab.BINARY} echo tun0")
    echo.until_err(r"^listening on ")
    echo.send_signal(signal.SIGHUP)
    ns.ping("-c", 1, "192.168.0.3").expect(0)
    echo.stop(signal.SIGTERM).expect(0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_echo_in_the_background_of_a_script_ends_by_signal(ns: Namespace, number: signal.Signals) -> None:
    """A shell without job control starts background jobs with INT and QUIT ignored."""
    ns.up("profiles/tun0.json")
    echo = ns.start("sh", "-c", f"trap '' INT TERM; exec {lab.BINARY} echo tun0")
    echo.until_err(r"^listening on ")
    ns.ping("-c", 1, "192.168.0.3").expect(0)
    assert "1 answered" in echo.stop(number).expect(0).err


def test_echo_ends_though_nothing_reads_its_lines_and_sigusr2_is_blocked(ns: Namespace) -> None:
    ns.up("profiles/tun0.json")
    block = "import os, signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2]); os.execv(sys.argv[1], sys.argv[1:])"
    readable, writable = os.pipe()
    with os.fdopen(readable), os.fdopen(writable, "w") as unread:
        echo = ns.start("/usr/bin/python3", "-c", block, lab.BINARY, "echo", "-xx", "tun0", stdout=unread)
        echo.until_err(r"^listening on ")
        ns.ping("-f", "-c", 2000, "192.168.0.3").expect(0)
        result = echo.stop(signal.SIGTERM).expect(0)
    assert "not shown" in result.err, result


def test_link_local_address_of_a_profile_can_be_made(ns: Namespace, profile) -> None:
    path = profile("tun7", addresses=["fe80::1/64", "10.9.0.1/24"])
    ns.up(path)
    assert ns.up(path).out == "tun7: in sync, no changes\n"


def test_owner_that_nobody_can_be_is_not_taken_from_sudo(ns: Namespace) -> None:
    ns.tunlab("up", "profiles/tun0.json", env={"SUDO_UID": "4294967295"}).expect(0)
    assert ns.link("tun0")["linkinfo"]["info_data"]["user"] == "root"


def test_echo_does_not_take_over_the_addresses_of_a_bridge(ns: Namespace, profile) -> None:
    ns.ip("link", "add", "br0", "type", "bridge")
    path = profile("tap7", mode="tap", addresses=["10.9.0.1/24"])
    ns.up(path)
    ns.ip("link", "set", "tap7", "master", "br0")  # by hand: the profile knows of no bridge, and names no hosts
    for target in (path, "tap7"):
        told = ns.tunlab("echo", target).expect(5).err
        assert "error: tap7: it is a port of br0" in told and '"hosts"' in told, told
