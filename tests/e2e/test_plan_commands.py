"""The plan: its lines, its ip commands, its JSON; and that those commands, pasted, do the same.

    two empty network namespaces
    ┌──────────────────────────┐   ┌─────────────────────────────┐
    │  tunlab up PROFILE       │ = │  sh -e: the commands that   │
    │                          │   │  `up -n -v PROFILE` printed │
    └──────────────────────────┘   └─────────────────────────────┘
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import lab
from faults import assert_same, whole
from lab import Namespace, User
from trace import traced

UP_SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["ifname", "result", "steps"],
        "properties": {
            "ifname": {"type": "string"},
            "result": {"enum": ["created", "changed", "unchanged", "removed", "absent"]},
            "steps": {
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["op", "kind", "value", "ip"],
                    "properties": {
                        "op": {"enum": ["add", "change", "remove"]},
                        "kind": {
                            "enum": [
                                "device", "mark", "mac", "mtu", "txqueuelen", "addrgenmode", "accept_ra",
                                "bridge", "link", "address", "route", "neighbour",
                            ]
                        },
                        "value": {"type": "string"},
                        "ip": {"type": "string", "pattern": "^(ip|echo|nsenter) "},
                    },
                },
            },
        },
    },
}  # fmt: skip

TUN_RICH: dict[str, Any] = {
    "mtu": 1400,
    "txqueuelen": 321,
    "owner": "nobody",
    "group": "nogroup",
    "addresses": [
        "192.168.7.1/24",
        "192.168.7.9/24",
        {"local": "10.20.0.1/32", "peer": "10.20.0.2"},
        {"local": "10.21.0.1/24", "scope": "link"},
        "fd00:7::1/64",
        {"local": "fd00:8::1/64", "nodad": False},
    ],
    "routes": [
        {"dst": "default", "via": "192.168.7.254", "metric": 500},
        {"dst": "10.9.0.0/16", "via": "192.168.7.254", "src": "192.168.7.9"},
        {"dst": "10.8.0.0/16", "table": 100, "mtu": 1300, "scope": "global"},
        {"dst": "10.7.0.0/16", "via": "172.31.0.1", "onlink": True},
        {"dst": "default6", "via": "fd00:7::2"},
        {"dst": "fd00:a::/48", "src": "fd00:7::1", "table": 70000, "mtu": 1300, "metric": 7},
    ],
}
TAP_RICH: dict[str, Any] = {
    "mtu": 1350,
    "mac": "0a:11:22:33:44:55",
    "bridge": "br0",
    "ipv6": {"addr_gen_mode": "eui64", "accept_ra": True},
    "addresses": ["10.0.9.1/24", "fd00:9::1/64"],
    "routes": [{"dst": "10.1.0.0/16", "via": "10.0.9.254"}, {"dst": "fd00:b::/48", "via": "fd00:9::2"}],
    "neighbours": [
        {"dst": "10.0.9.2", "lladdr": "0a:00:00:00:00:02"},
        {"dst": "fd00:9::2", "lladdr": "0a:00:00:00:00:03"},
    ],
}

PROFILES: dict[str, tuple[str, dict[str, Any]]] = {
    "smallest tun": ("tun7", {}),
    "smallest tap": ("tap7", {}),
    "rich tun": ("tun7", TUN_RICH),
    "rich tap": ("tap7", TAP_RICH),
    "owner by a number that nobody has": ("tun7", {"owner": 54321, "group": 54322}),
    "several queues": ("tun7", {"queues": 4}),
    "name with dots": ("tun7.1_a-b", {"mode": "tun", "ipv6": {"accept_ra": True}}),
    "random address generation": ("tap7", {"ipv6": {"addr_gen_mode": "none"}, "addresses": ["fd00:9::1/64"]}),
    "below the MTU of IPv6": ("tap7", {"mtu": 1000, "addresses": ["10.0.9.1/24"]}),
    "IPv6 peer": ("tun7", {"addresses": [{"local": "fd00:9::1/128", "peer": "fd00:9::2"}]}),
}


def prepare(ns: Namespace) -> None:
    ns.ip("link", "add", "br0", "address", "0a:00:00:00:bb:00", "type", "bridge")
    ns.ip("link", "set", "br0", "addrgenmode", "none")
    ns.ip("link", "set", "br0", "up")


def made(ns: Namespace) -> dict[str, Any]:
    """All but what the kernel adds by itself once a link has its carrier, as under `up` for a moment."""
    network = whole(ns)
    of_carrier = ("ff00::/8", "fe80::/64")
    network["route6"] = [r for r in network["route6"] if r["dst"] not in of_carrier]
    network["route6"] = [r for r in network["route6"] if not r["dst"].startswith("fe80::")]
    for link in network["addr"]:
        link["addr_info"] = [i for i in link["addr_info"] if not i["local"].startswith("fe80::")]
    return network


def printed_commands(output: str) -> list[str]:
    """The lines that stand six columns in."""
    return [row[6:] for row in output.splitlines() if row.startswith("      ") and row[6] != " "]


def json_commands(output: str) -> list[str]:
    shown = json.loads(output)
    jsonschema.validate(shown, UP_SCHEMA)
    return [step["ip"] for device in shown for step in device["steps"]]


def pasted(ns: Namespace, commands: list[str]) -> None:
    """Runs the commands as a shell does that stops at the first failure; none may say a word."""
    result = ns.run("sh", "-e", stdin="\n".join(commands).encode()).expect(0)
    assert result.out + result.err == "", result


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("name", PROFILES)
def test_commands_of_the_plan_pasted_make_the_same(ns: Namespace, profile, name: str, form: str) -> None:
    ifname, fields = PROFILES[name]
    path = profile(ifname, **fields)
    with Namespace.create() as by_shell:
        prepare(ns), prepare(by_shell)
        nothing = whole(by_shell)
        plan = by_shell.tunlab("up", "-n", "-v" if form == "text" else "--json", path).expect(0)
        assert_same(nothing, whole(by_shell), "-n changes nothing")
        pasted(by_shell, printed_commands(plan.out) if form == "text" else json_commands(plan.out))
        ns.up(path)
        assert_same(made(ns), made(by_shell), plan.out)
        assert by_shell.up(path).out == f"{ifname}: in sync, no changes\n"
        if form == "text":
            assert by_shell.tunlab("down").expect(0).out == ns.tunlab("down").expect(0).out


@pytest.mark.parametrize("name", ["rich tun", "rich tap"])
def test_commands_of_a_change_pasted_make_the_same(ns: Namespace, profile, name: str) -> None:
    ifname, fields = PROFILES[name]
    with Namespace.create() as by_shell:
        for place in (ns, by_shell):
            prepare(place)
            place.up(profile(ifname, **{k: fields[k] for k in ("owner", "group") if k in fields}, mtu=1300, addresses=["192.168.7.1/25", "fd00:7::1/80"], routes=[{"dst": "10.9.0.0/16"}]))
        path = profile(ifname, **fields)
        pasted(by_shell, printed_commands(by_shell.tunlab("up", "-n", "-v", path).expect(0).out))
        ns.up(path)
        assert by_shell.up(path).out == f"{ifname}: in sync, no changes\n"
        assert_same(made(ns), made(by_shell))


def test_commands_name_the_namespace_of_the_profile(ns: Namespace, profile, tmp_path: Path) -> None:
    with Namespace.create() as there, Namespace.create() as by_up:
        path = profile("tap7", netns=there.name, **{k: v for k, v in TAP_RICH.items() if k != "bridge"})
        pasted(ns, printed_commands(ns.tunlab("up", "-n", "-v", path).expect(0).out))
        assert ns.ifnames() == {"lo"} and "tap7" in there.ifnames()
        assert ns.up(path).out == "tap7: in sync, no changes\n"
        by_path = tmp_path / "by-path.json"
        by_path.write_text(path.read_text().replace(f'"{there.name}"', f'"/run/netns/{by_up.name}"'))
        pasted(ns, json_commands(ns.tunlab("up", "-n", "--json", by_path).expect(0).out))
        assert ns.up(by_path).out == "tap7: in sync, no changes\n"
        # And for removing.
        pasted(ns, printed_commands(ns.tunlab("down", "-n", "-v", path).expect(0).out))
        pasted(ns, json_commands(ns.tunlab("down", "-n", "--json", by_path).expect(0).out))
        assert there.ifnames() == by_up.ifnames() == {"lo"}


@pytest.mark.parametrize("how", ["option", "environment"])
def test_commands_name_the_namespace_of_the_option(ns: Namespace, profile, how: str) -> None:
    """Pasted where they were printed, they must work in the namespace that was asked for."""
    with Namespace.create() as there:
        path = profile("tun7", addresses=["192.168.7.1/24"])
        option = ("-N", there.name) if how == "option" else ()
        env = lab.environment(**({} if option else {"TUNLAB_NETNS": there.name}))
        pasted(ns, printed_commands(ns.tunlab("up", "-n", "-v", *option, path, env=env).expect(0).out))
        assert ns.ifnames() == {"lo"}
        assert there.ifnames() == {"lo", "tun7"}
        pasted(ns, printed_commands(ns.tunlab("down", "-n", "-v", *option, env=env).expect(0).out))
        assert there.ifnames() == {"lo"}


@pytest.mark.parametrize("word", ["it's.json", "a b$HOME.json", "semi;touch x.json", "back\\slash.json", "new\nline.json", 'dou"ble.json'])
def test_commands_quote_what_a_shell_would_read(ns: Namespace, tmp_path: Path, word: str) -> None:
    path = tmp_path / word
    path.write_text(lab.profile_text("tun7"))
    with Namespace.create() as by_shell:
        pasted(by_shell, json_commands(by_shell.tunlab("up", "-n", "--json", path).expect(0).out))
        ns.up(path)
        assert_same(made(ns), made(by_shell))


# JSON, exit codes, privileges


def test_json_of_up_and_down_says_what_was_done(ns: Namespace, profile) -> None:
    path = profile("tun7", **TUN_RICH)

    def said(*arguments: object, code: int = 0) -> dict[str, Any]:
        result = ns.tunlab(*arguments, "--json").expect(code)
        assert result.err == ""
        shown = json.loads(result.out)
        jsonschema.validate(shown, UP_SCHEMA)
        assert len(shown) == 1 and shown[0]["ifname"] == "tun7"
        return shown[0]

    planned = said("up", "-n", path)
    done = said("up", path)
    assert done == planned and done["result"] == "created"
    assert done["steps"][0] == {
        "op": "add",
        "kind": "device",
        "value": "tun",
        "ip": "ip tuntap add dev tun7 mode tun user nobody group nogroup",
    }
    assert [s["value"] for s in done["steps"] if s["kind"] == "address"][0] == "192.168.7.1/24"
    assert said("up", path) == {"ifname": "tun7", "result": "unchanged", "steps": []}
    changed = said("up", profile("tun7", **(TUN_RICH | {"mtu": 1450})))
    assert changed["result"] == "changed"
    assert [(s["op"], s["kind"]) for s in changed["steps"]] == [("change", "mark"), ("change", "mtu")]
    removed = said("down", "tun7")
    assert removed["result"] == "removed"
    assert removed["steps"] == [{"op": "remove", "kind": "device", "value": "tun7", "ip": "ip link delete dev tun7"}]
    assert said("down", "tun7") == {"ifname": "tun7", "result": "absent", "steps": []}
    assert json.loads(ns.tunlab("down", "--json").expect(0).out) == []


def test_exit_code_tells_whether_changes_are_pending(ns: Namespace, profile) -> None:
    path = profile("tun7", mtu=1400)
    ns.tunlab("up", "-n", path).expect(0)
    ns.tunlab("up", "-n", "--exit-code", path).expect(10)
    ns.tunlab("down", "-n", "--exit-code", "tun7").expect(0)
    ns.up(path)
    ns.tunlab("up", "-n", "--exit-code", path).expect(0)
    ns.tunlab("status", "--exit-code").expect(0)
    ns.tunlab("down", "-n", "--exit-code", "tun7").expect(10)
    path.write_text(path.read_text().replace("1400", "1300"))
    ns.tunlab("up", "-n", "--exit-code", path).expect(10)
    ns.tunlab("up", "-n", "--json", "--exit-code", path).expect(10)
    ns.tunlab("status", "--exit-code").expect(10)
    ns.tunlab("status", "--exit-code", "--json", "tun7").expect(10)
    assert ns.ifnames() == {"lo", "tun7"}


def test_dry_run_sends_no_changing_message_and_opens_no_device(ns: Namespace, profile, tmp_path: Path) -> None:
    path = profile("tun7", **TUN_RICH)
    for arguments in (("up", "-n", path), ("down", "-n", "-a"), ("status",)):
        result, calls = traced(ns, tmp_path, *arguments)
        result.expect(0)
        assert [str(c) for c in calls if c.changes_network or c.opens_tun] == []
    ns.up(path)
    for arguments in (("up", "-n", path), ("down", "-n", "tun7"), ("status",)):
        result, calls = traced(ns, tmp_path, *arguments)
        result.expect(0)
        assert [str(c) for c in calls if c.changes_network or c.opens_tun] == []


def test_dry_run_needs_no_privilege(ns: Namespace, user: User) -> None:
    path = user.profile("tun7", owner="nobody", addresses=["192.168.7.1/24"])
    as_root = ns.tunlab("up", "-n", "-v", path).expect(0)
    assert user.tunlab("up", "-n", "-v", path).expect(0).out == as_root.out
    assert user.tunlab("up", "-n", "-v", path, node_mode="0600").expect(0).out == as_root.out
    ns.up(path)
    changed = user.profile("tun7", owner="nobody", addresses=["192.168.7.1/24"], mtu=1400)
    planned = user.tunlab("up", "-n", "--exit-code", changed).expect(10)
    assert "  ~ mtu      1400 (was 1500)\n" in planned.out
    assert user.tunlab("down", "-n").expect(0).out == "tun7: would be removed (1 address, 0 routes)\n"
    assert "tun7" in ns.ifnames()


def test_dry_run_in_another_namespace_needs_the_right_to_enter_it(ns: Namespace, user: User) -> None:
    path = user.profile("tun7")
    with Namespace.create() as there:
        for arguments in (("up", "-n", "-N", there.name, path), ("status", "-N", there.name), ("down", "-n", "-N", there.name)):
            result = user.tunlab(*arguments).expect(4)
            assert "CAP_SYS_ADMIN" in result.err, result


def test_plan_is_exactly_what_the_manual_shows(ns: Namespace, profile) -> None:
    path = profile("tun7", addresses=["192.168.7.1/24"], routes=[{"dst": "10.9.0.0/16", "via": "192.168.7.254"}])
    assert ns.tunlab("up", "-n", path).expect(0).out == (
        "tun7: would be created (tun, owner root)\n"
        "  + address  192.168.7.1/24\n"
        "  + route    10.9.0.0/16 via 192.168.7.254\n"
    )
    quiet = ns.tunlab("up", "-q", path).expect(0)
    assert (quiet.out, quiet.err) == ("", "")
    verbose = ns.tunlab("down", "-v").expect(0)
    assert verbose.out == "tun7: removed (1 address, 1 route)\n      ip link delete dev tun7\n"


def test_dry_run_refuses_what_up_refuses(ns: Namespace, profile) -> None:
    ns.ip("tuntap", "add", "tun7", "mode", "tun")
    before = whole(ns)
    result = ns.tunlab("up", "-n", profile("tun7")).expect(5)
    assert re.search(r"^error: tun7 was not made by tunlab", result.err, re.M), result
    result = ns.tunlab("up", "-n", profile("tap7", bridge="br9")).expect(4)
    assert '"br9"' in result.err and "ip link add br9 type bridge" in result.err, result
    assert_same(before, whole(ns))
