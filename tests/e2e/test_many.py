"""Several profiles and several namespaces; profiles by name and from stdin; overlaps; bridges.

    two network namespaces, HERE and THERE
    ┌──────────────────────────┐   ┌──────────────────────┐
    │ tunlab up a.json b.json  │──▶│ "netns": THERE       │
    │ vpn0, br0: the host's    │   │                      │
    └──────────────────────────┘   └──────────────────────┘
"""

from __future__ import annotations

import fcntl
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import lab
from faults import assert_same, at_message, messages, whole
from lab import BINARY, Namespace


@pytest.fixture
def there(devices: None) -> Iterator[Namespace]:
    with Namespace.create() as namespace:
        yield namespace


def write(path: Path, ifname: str, **fields: Any) -> Path:
    path.write_text(lab.profile_text(ifname, **fields))
    return path


def place(path: Path, quoted: str) -> str:
    """LINE:COLUMN of a text in a file."""
    before = path.read_text().partition(quoted)[0]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


# Several profiles, several namespaces


def test_profiles_of_several_namespaces_come_up_and_go_together(ns: Namespace, there: Namespace, profile) -> None:
    paths = [profile("tun1", addresses=["10.1.0.1/24"]), profile("tap2", netns=there.name, addresses=["10.1.0.1/24"]), profile("tun3", netns=f"/run/netns/{there.name}")]
    result = ns.up(*paths)
    assert [row.split(":")[0] for row in result.out.splitlines() if row[0] != " "] == ["tun1", "tap2", "tun3"]
    assert ns.ifnames() == {"lo", "tun1"} and there.ifnames() == {"lo", "tap2", "tun3"}
    assert there.addresses("tap2") == {"10.1.0.1/24"}
    assert ns.up(*paths).out == "tun1: in sync, no changes\ntap2: in sync, no changes\ntun3: in sync, no changes\n"
    ns.tunlab("down", *paths).expect(0)
    assert ns.ifnames() == there.ifnames() == {"lo"}


def test_one_failure_takes_all_back_in_every_namespace(ns: Namespace, there: Namespace, profile) -> None:
    ns.up(profile("tun1", addresses=["10.1.0.1/24"], routes=[{"dst": "10.9.0.0/16", "via": "10.1.0.9"}]))
    before = whole(ns), whole(there)
    result = ns.tunlab(
        "up",
        profile("tun1", mtu=1400, addresses=["10.2.0.1/24"], routes=[{"dst": "10.9.0.0/16", "via": "10.2.0.9"}]),
        profile("tap2", netns=there.name, addresses=["10.3.0.1/24"]),
        profile("tun3", routes=[{"dst": "10.99.0.0/16", "src": "10.20.0.9"}]),
    ).expect(1)
    assert result.out == ""
    assert re.search(r"^error: tun3: route 10\.99\.0\.0/16 src 10\.20\.0\.9: Invalid prefsrc address", result.err, re.M)
    for told in ("rolled back: tun3 removed", "rolled back: tap2 removed", "rolled back: tun1 as it was before"):
        assert told in result.err, result
    assert_same(before[0], whole(ns))
    assert_same(before[1], whole(there))


def test_failure_at_any_message_takes_all_back(ns: Namespace, there: Namespace, profile, tmp_path: Path) -> None:
    """At every message from the first change on, the questions between the changes too."""

    def prepare(here: Namespace, other: Namespace) -> list[Path]:
        here.up(profile("tun1", addresses=["10.1.0.1/24"]))
        tap = profile("tap2", mac="0a:00:00:00:00:01", netns=other.name, addresses=["10.2.0.1/24"])
        return [profile("tun1", mtu=1400, addresses=["10.1.0.1/24"]), tap]

    with Namespace.create() as here, Namespace.create() as other:
        result, sent = messages(here, tmp_path, "up", *prepare(here, other))
        result.expect(0)
    last = len(re.findall(r"\bsendmsg\(", (tmp_path / "messages.log").read_text()))
    paths = prepare(ns, there)
    before = whole(ns), whole(there)
    for number in range(sent[0], last + 1):
        result = at_message(ns, tmp_path, number, "error=ENOMEM", "up", *paths).expect(1)
        assert_same(before[0], whole(ns), (number, result))
        assert_same(before[1], whole(there), (number, result))


def test_nothing_is_begun_when_a_later_profile_is_refused(ns: Namespace, profile) -> None:
    ns.ip("tuntap", "add", "vpn0", "mode", "tun")
    before = whole(ns)
    result = ns.tunlab("up", profile("tun1"), profile("vpn0")).expect(5)
    assert "vpn0 was not made by tunlab" in result.err and "rolled back" not in result.err, result
    assert_same(before, whole(ns))


def test_namespace_of_a_profile_must_exist(ns: Namespace, profile) -> None:
    path = profile("tun1", netns="no-such-namespace-here")
    result = ns.tunlab("up", path).expect(4)
    assert '"no-such-namespace-here"' in result.err, result
    assert ns.ifnames() == {"lo"}


# -N, TUNLAB_NETNS


@pytest.mark.parametrize("how", ["name", "path", "TUNLAB_NETNS", "after", "option beats TUNLAB_NETNS"])
def test_commands_work_in_the_namespace_that_is_named(ns: Namespace, there: Namespace, profile, how: str) -> None:
    path = profile("tun7", addresses=["10.7.0.1/24"])
    options = {"name": ("-N", there.name), "path": ("--netns", f"/run/netns/{there.name}"), "after": ("--netns", there.name), "option beats TUNLAB_NETNS": ("-N", there.name)}.get(how, ())
    variables = {"TUNLAB_NETNS": {"TUNLAB_NETNS": there.name}, "option beats TUNLAB_NETNS": {"TUNLAB_NETNS": "no-such"}}.get(how, {})

    def run(command: str, *arguments: object, code: int = 0) -> str:
        words = (command, *arguments, *options) if how == "after" else (*options, command, *arguments)
        return ns.tunlab(*words, env=lab.environment(**variables)).expect(code).out

    run("up", path)
    assert ns.ifnames() == {"lo"} and there.ifnames() == {"lo", "tun7"}
    assert run("up", path) == "tun7: in sync, no changes\n"
    assert "tun7" in run("status")
    assert "tun7" not in ns.tunlab("status").expect(0).out
    run("up", "-n", "--exit-code", path)
    run("status", "--exit-code")
    assert "removed" in run("down")
    assert there.ifnames() == {"lo"}


def test_namespace_that_is_not_there_is_named_with_a_suggestion(ns: Namespace, there: Namespace) -> None:
    near = there.name + "x"
    for arguments in (("up", "profiles/tun0.json"), ("status",), ("down",), ("echo",)):
        result = ns.tunlab("-N", near, *arguments).expect(4)
        assert re.search(rf'^error: network namespace "{near}"', result.err, re.M), result
        assert f'did you mean "{there.name}"?' in result.err, result
    result = ns.tunlab("status", env=lab.environment(TUNLAB_NETNS=near)).expect(4)
    assert f'did you mean "{there.name}"?' in result.err, result


def test_file_that_is_no_namespace_is_refused(ns: Namespace, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path, Path("/dev/null"), Path("/proc/self/ns/uts")):
        result = ns.tunlab("-N", path, "status").expect(4)
        assert str(path) in result.err, result


def test_option_against_the_profiles_namespace_is_wrong_usage(ns: Namespace, there: Namespace, profile) -> None:
    path = profile("tun7", netns=there.name)
    for command in (("up",), ("up", "-n"), ("down",)):
        result = ns.tunlab(*command, "-N", ns.name, path).expect(2)
        assert there.name in result.err and ns.name in result.err, result
        assert place(path, f'"{there.name}"') in result.err, result
    assert ns.ifnames() == there.ifnames() == {"lo"}


def test_option_that_names_the_profiles_namespace_by_its_path_agrees_with_it(ns: Namespace, there: Namespace, profile) -> None:
    path = profile("tun7", netns=there.name)
    ns.tunlab("up", "-N", f"/run/netns/{there.name}", path).expect(0)
    assert there.ifnames() == {"lo", "tun7"}


def test_echo_works_in_the_namespace_of_the_profile(ns: Namespace, there: Namespace, profile) -> None:
    echo = ns.echo(profile("tun7", netns=there.name, addresses=["10.7.0.1/24"]))
    there.ping("-c", 1, "10.7.0.9").expect(0)
    assert ns.ifnames() == {"lo"}
    echo.finish()
    assert there.ifnames() == {"lo"}


def test_echo_works_in_the_namespace_of_the_option(ns: Namespace, there: Namespace, profile) -> None:
    there.up(profile("tun7", addresses=["10.7.0.1/24"]))
    echo = ns.echo("-N", there.name, "tun7")
    there.ping("-c", 1, "10.7.0.9").expect(0)
    echo.finish()


# Profiles from stdin and by name


def test_profile_comes_from_stdin(ns: Namespace) -> None:
    text = lab.profile_text("tun7", addresses=["10.7.0.1/24"]).encode()
    ns.tunlab("check", "-", stdin=text).expect(0)
    assert ns.tunlab("up", "-", stdin=text).expect(0).out.startswith("tun7: created")
    assert ns.link("tun7")["ifalias"].endswith(":-")
    assert ns.tunlab("up", "-", stdin=text).expect(0).out == "tun7: in sync, no changes\n"
    row = ns.tunlab("status").expect(0).out.splitlines()[1]
    assert "in-sync" not in row, "nothing to compare with"
    ns.tunlab("status", "--exit-code").expect(0)
    assert "removed" in ns.tunlab("down", "-", stdin=text).expect(0).out


def test_problem_in_stdin_is_told_at_its_place(ns: Namespace) -> None:
    result = ns.tunlab("up", "-", stdin=b'{"version": 1,\n "name": "tun7", "mode": "tun",\n "mtuu": 3}').expect(3)
    assert re.search(r'^error: (stdin|-|<stdin>):3:2: unknown key "mtuu"', result.err, re.M), result


def config(folder: Path, ifname: str, name: str | None = None, **fields: Any) -> Path:
    (folder / "tunlab").mkdir(parents=True, exist_ok=True)
    return write(folder / "tunlab" / f"{name or ifname}.json", ifname, **fields)


def test_profile_is_found_by_name_in_the_users_folder(ns: Namespace, tmp_path: Path) -> None:
    config(tmp_path, "tun7", "office")
    env = lab.environment(XDG_CONFIG_HOME=str(tmp_path))
    assert ns.tunlab("check", "office", env=env).expect(0).out.endswith("valid (tun7, tun)\n")
    assert ns.tunlab("up", "office", env=env).expect(0).out.startswith("tun7: created")
    assert ns.link("tun7")["ifalias"].endswith(f":{tmp_path}/tunlab/office.json")
    assert ns.tunlab("down", "office", env=env).expect(0).out.startswith("tun7: removed")


def test_profile_is_found_by_name_in_the_home_folder(ns: Namespace, tmp_path: Path) -> None:
    config(tmp_path / ".config", "tun7", "office")
    ns.tunlab("up", "office", env=lab.environment(HOME=str(tmp_path))).expect(0)
    assert ns.ifnames() == {"lo", "tun7"}


def test_profile_is_found_by_name_in_the_machines_folder(ns: Namespace, tmp_path: Path) -> None:
    """In a mount namespace of its own, which `ip netns exec` makes."""
    config(tmp_path, "tun7", "office")
    script = 'mount -t tmpfs tmpfs /etc && mkdir /etc/tunlab && cp "$1" /etc/tunlab/ && shift && exec "$@"'
    for env in (lab.environment(), lab.environment(SUDO_UID="65534", XDG_CONFIG_HOME="/nonexistent")):
        result = ns.run("sh", "-c", script, "sh", tmp_path / "tunlab/office.json", BINARY, "check", "office", env=env).expect(0)
        assert result.out == "/etc/tunlab/office.json: valid (tun7, tun)\n"


def test_under_sudo_the_users_folder_does_not_count(ns: Namespace, tmp_path: Path) -> None:
    config(tmp_path, "tun7", "office")
    env = lab.environment(XDG_CONFIG_HOME=str(tmp_path), HOME=str(tmp_path), SUDO_UID="65534")
    result = ns.tunlab("up", "office", env=env).expect(2)
    assert "/etc/tunlab" in result.err and str(tmp_path) not in result.err, result
    assert ns.ifnames() == {"lo"}


@pytest.mark.parametrize("command", ["up", "check"])
def test_unknown_name_says_where_it_was_looked_for(ns: Namespace, tmp_path: Path, command: str) -> None:
    result = ns.tunlab(command, "office", env=lab.environment(XDG_CONFIG_HOME=str(tmp_path))).expect(2)
    assert re.search(r'^error: "office"', result.err, re.M), result
    assert f"{tmp_path}/tunlab" in result.err and "/etc/tunlab" in result.err, result


# Overlaps


def host_device(ns: Namespace) -> None:
    ns.ip("tuntap", "add", "vpn0", "mode", "tun")
    ns.ip("addr", "add", "192.168.0.7/24", "dev", "vpn0")
    ns.ip("-6", "addr", "add", "fd00:5::7/64", "dev", "vpn0", "nodad")
    ns.ip("link", "set", "vpn0", "up")
    ns.ip("route", "add", "default", "via", "192.168.0.1", "metric", "100")
    ns.ip("-6", "route", "add", "default", "via", "fd00:5::1")


SSH = {"SSH_CONNECTION": "203.0.113.9 50000 198.51.100.1 22"}
SSH6 = {"SSH_CONNECTION": "2001:db8::9 50000 2001:db8:1::1 22"}

# the profile, the environment, what its error points at, what the message names
OVERLAPS: dict[str, tuple[dict[str, Any], dict[str, str], str, str]] = {
    "same address": ({"addresses": ["192.168.0.7/32"]}, {}, '"192.168.0.7/32"', r"192\.168\.0\.7/32.*vpn0.*192\.168\.0\.7/24"),
    "same subnet": ({"addresses": ["192.168.0.1/24"]}, {}, '"192.168.0.1/24"', r"192\.168\.0\.1/24.*vpn0"),
    "subnet within": ({"addresses": ["192.168.0.129/25"]}, {}, '"192.168.0.129/25"', r"vpn0"),
    "subnet around": ({"addresses": ["10.1.0.1/24", "192.168.9.1/16"]}, {}, '"192.168.9.1/16"', r"vpn0"),
    "IPv6 subnet": ({"addresses": ["fd00:5::1/64"]}, {}, '"fd00:5::1/64"', r"fd00:5::1/64.*vpn0"),
    "peer that the host has elsewhere": ({"addresses": [{"local": "10.1.0.1/32", "peer": "192.168.0.9"}]}, {}, '{\n      "local"', r"vpn0"),
    "default route": ({"routes": [{"dst": "default"}]}, {}, '{\n      "dst"', r"default route.*vpn0"),
    "IPv6 default route": ({"addresses": ["fd00:7::1/64"], "routes": [{"dst": "default6", "via": "fd00:7::2", "metric": 1}]}, {}, '{\n      "dst"', r"default route.*vpn0"),
    "default route spelt out": ({"routes": [{"dst": "0.0.0.0/0"}]}, {}, '{\n      "dst"', r"default route.*vpn0"),
    "route over the peer of the SSH session": ({"routes": [{"dst": "203.0.0.0/16"}]}, SSH, '{\n      "dst"', r"203\.0\.113\.9.*SSH"),
    "subnet over the peer of the SSH session": ({"addresses": ["203.0.113.1/24"]}, SSH, '"203.0.113.1/24"', r"203\.0\.113\.9.*SSH"),
    "peer's subnet over the peer of the SSH session": ({"addresses": [{"local": "10.1.0.1/24", "peer": "203.0.113.1"}]}, SSH, '{\n      "local"', r"203\.0\.113\.9.*SSH"),
    "IPv6 route over the peer of the SSH session": ({"routes": [{"dst": "2001:db8::/64"}]}, SSH6, '{\n      "dst"', r"2001:db8::9.*SSH"),
    "half of the Internet over the SSH session": ({"routes": [{"dst": "128.0.0.0/1"}]}, SSH, '{\n      "dst"', r"203\.0\.113\.9.*SSH"),
}  # fmt: skip


@pytest.mark.parametrize("name", OVERLAPS)
@pytest.mark.parametrize("present", [False, True], ids=["new", "changed"])
def test_overlap_is_refused_at_its_place_and_can_be_allowed(ns: Namespace, profile, name: str, present: bool) -> None:
    fields, variables, where, told = OVERLAPS[name]
    host_device(ns)
    if present:
        ns.up(profile("tun7"))
    path = profile("tun7", **fields)
    env = lab.environment(**variables)
    before = whole(ns)
    for options in ((), ("-n",)):
        result = ns.tunlab("up", *options, path, env=env).expect(5)
        assert re.search(rf"^error: tun7: .*{told}", result.err, re.M), result
        assert f"{path}:{place(path, where)}" in result.err, result
        assert "--allow-overlap" in result.err, result
        assert_same(before, whole(ns))
    ns.tunlab("up", "--allow-overlap", path, env=env).expect(0)
    assert ns.tunlab("up", "--allow-overlap", path, env=env).expect(0).out == "tun7: in sync, no changes\n"


@pytest.mark.parametrize(
    "fields",
    [
        {"addresses": ["192.168.1.1/24", "fd00:6::1/64"]},
        {"routes": [{"dst": "default", "metric": 200}]},
        {"routes": [{"dst": "default", "table": 100}]},
        {"addresses": ["fd00:7::1/64"], "routes": [{"dst": "default6", "via": "fd00:7::2", "metric": 2000}]},
        {"routes": [{"dst": "203.0.112.0/24"}, {"dst": "203.0.0.0/16", "table": 100}]},
        {"addresses": ["fe80::1/64"]},
    ],
    ids=str,
)
def test_what_gets_in_nobodys_way_is_let_through(ns: Namespace, profile, fields: dict[str, Any]) -> None:
    host_device(ns)
    variables = {} if "default" in str(fields) else SSH
    ns.tunlab("up", profile("tun7", **fields), env=lab.environment(**variables)).expect(0)


def test_overlap_with_itself_is_none(ns: Namespace, profile) -> None:
    ns.up(profile("tun7", addresses=["192.168.7.1/24"], routes=[{"dst": "default"}]))
    ns.up(profile("tun7", addresses=["192.168.7.2/25"], routes=[{"dst": "default", "metric": 5}]))


def test_profiles_of_one_up_that_overlap_are_refused(ns: Namespace, profile) -> None:
    first = profile("tun1", addresses=["10.1.0.1/24"])
    second = profile("tun2", addresses=["10.1.0.9/16"])
    result = ns.tunlab("up", first, second).expect(5)
    assert re.search(r"^error: tun2: address 10\.1\.0\.9/16 overlaps tun1's 10\.1\.0\.1/24", result.err, re.M), result
    assert f"{second}:{place(second, chr(34) + '10.1.0.9/16')}" in result.err, result
    assert ns.ifnames() == {"lo"}
    ns.tunlab("up", "--allow-overlap", first, second).expect(0)


def test_profiles_of_one_up_may_exchange_their_addresses(ns: Namespace, profile) -> None:
    ns.up(profile("tun1", addresses=["10.1.0.1/24"]), profile("tun2", addresses=["10.2.0.1/24"]))
    ns.up(profile("tun1", addresses=["10.2.0.1/24"]), profile("tun2", addresses=["10.1.0.1/24"]))
    assert (ns.addresses("tun1"), ns.addresses("tun2")) == ({"10.2.0.1/24"}, {"10.1.0.1/24"})


def test_profiles_that_overlap_in_two_namespaces_do_not(ns: Namespace, there: Namespace, profile) -> None:
    ns.up(profile("tun1", addresses=["10.1.0.1/24"]), profile("tun2", netns=there.name, addresses=["10.1.0.1/24"]))


def test_ssh_session_does_not_reach_into_another_namespace(ns: Namespace, there: Namespace, profile) -> None:
    path = profile("tun2", netns=there.name, addresses=["203.0.113.1/24"])
    ns.tunlab("up", path, env=lab.environment(**SSH)).expect(0)


def test_ssh_session_does_not_reach_into_the_namespace_of_the_option(ns: Namespace, there: Namespace, profile) -> None:
    path = profile("tun2", addresses=["203.0.113.1/24"])
    ns.tunlab("-N", there.name, "up", path, env=lab.environment(**SSH)).expect(0)


# Bridges


def test_bridge_that_is_not_there_is_named_with_its_remedy(ns: Namespace, profile) -> None:
    path = profile("tap7", bridge="br0")
    result = ns.tunlab("up", path).expect(4)
    assert '"br0"' in result.err and f"{path}:{place(path, chr(34) + 'br0')}" in result.err, result
    remedy = re.search(r"^ +try: (ip link add .*)$", result.err, re.M)
    assert remedy, result
    assert ns.ifnames() == {"lo"}
    ns.do("sh", "-c", remedy[1])
    ns.up(path)
    assert ns.link("tap7")["master"] == "br0"


def test_bridge_that_is_none_is_refused(ns: Namespace, profile) -> None:
    ns.ip("tuntap", "add", "vpn0", "mode", "tap")
    before = whole(ns)
    result = ns.tunlab("up", profile("tap7", bridge="vpn0"))
    assert result.code in (4, 5), result
    assert '"vpn0"' in result.err and "no bridge" in result.err, result
    assert_same(before, whole(ns))


def test_bridge_is_joined_and_left_and_is_as_before(ns: Namespace, profile) -> None:
    ns.ip("link", "add", "br0", "address", "0a:00:00:00:bb:00", "type", "bridge")
    ns.ip("link", "set", "br0", "up", "addrgenmode", "none")
    fields: dict[str, Any] = {"mtu": 1400}
    path = profile("tap7", **fields)
    ns.up(path)
    alone = whole(ns)
    ns.up(profile("tap7", bridge="br0", **fields))
    assert ns.link("tap7")["master"] == "br0"
    profile("tap7", **fields)
    result = ns.up(path)
    assert "  ~ bridge   none (was br0)\n" in result.out, result
    assert_same(alone, whole(ns))


def test_device_comes_up_in_a_bridge_that_has_the_same_subnet(ns: Namespace, profile) -> None:
    ns.ip("link", "add", "br0", "type", "bridge")
    ns.ip("addr", "add", "192.168.0.7/24", "dev", "br0")
    ns.up(profile("tap7", bridge="br0", addresses=["192.168.0.1/24"]))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signal_ends_the_wait_for_the_lock_at_once(ns: Namespace, profile, number: int, code: int) -> None:
    """Somebody else holds the namespace; Ctrl-C is heeded before the bounded wait is over."""
    path = profile("tun0", addresses=["10.0.0.1/24"])
    ns.up(path)  # makes the lock's file
    ns.tunlab("down", path).expect(0)
    with ns.entered():
        namespace = os.stat("/proc/thread-self/ns/net")
    lock = os.open(f"/run/tunlab/{namespace.st_dev}-{namespace.st_ino}.lock", os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        up = ns.start(BINARY, "up", path)
        # It sleeps between two tries: only then is the signal certain to find it waiting.
        lab.eventually(lambda: "nanosleep" in Path(f"/proc/{up.pid}/wchan").read_text(), "up to wait")
        up.send_signal(number)
        told = up.wait().expect(code)
    finally:
        os.close(lock)
    assert "interrupted" in told.err
    assert "busy" not in told.err
    assert ns.ifnames() == {"lo"}


def test_remedy_for_a_named_profile_is_its_file(ns: Namespace, tmp_path: Path) -> None:
    """sudo looks into other folders than the user, so a name would not be found there."""
    with lab.User.create(ns) as user:
        folder = user.home / "config" / "tunlab"
        folder.mkdir(parents=True)
        (folder / "office.json").write_text(lab.profile_text("tun0"))
        script = user._command("0666", ("up", "office"))
        env = lab.environment(XDG_CONFIG_HOME=str(user.home / "config"))
        told = ns.run(*script, env=env, cwd=user.home).expect(4).err
    assert f"try: sudo {user.home}/tunlab up {folder}/office.json" in told
