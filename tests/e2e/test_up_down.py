"""up, status and down: what they make, what they change, and what they refuse to touch.

    one network namespace, `ip -j -d` as the judge
    ┌──────────────────────────────────────────────┐
    │  tun0, tap0, ...  made by tunlab (by alias)  │
    │  tun0, d0, ...    foreign, made by ip        │
    └──────────────────────────────────────────────┘
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import lab
from lab import Namespace, eventually
from trace import state, traced

FULL_TUN: dict[str, Any] = {
    "mtu": 1400,
    "txqueuelen": 777,
    "owner": "nobody",
    "group": "nogroup",
    "addresses": ["192.168.7.1/24", "192.168.7.9/24", "10.20.0.1/16", "fd00:7::1/64"],
    "routes": [
        {"dst": "10.9.0.0/16", "via": "192.168.7.254", "metric": 50},
        {"dst": "10.8.0.0/16", "src": "192.168.7.9", "table": 100, "mtu": 1300},
        {"dst": "10.7.0.0/16", "via": "172.31.0.1", "onlink": True},
        {"dst": "10.6.6.6/32"},
        {"dst": "fd00:9::/48", "via": "fd00:7::2", "metric": 77},
        {"dst": "fd00:a::/48", "src": "fd00:7::1", "table": 100, "mtu": 1300},
    ],
}


def route_of(namespace: Namespace, dst: str) -> dict[str, Any]:
    """The one route to `dst` that tunlab could have made, from any table."""
    family = "-6" if ":" in dst else "-4"
    shown = dst.removesuffix("/32")
    found = [
        route
        for route in namespace.ip_json("-d", family, "route", "show", "table", "all")
        if route["dst"] == shown and route["protocol"] in ("boot", "static")
    ]
    assert len(found) == 1, (dst, found)
    return found[0]


# What up makes


def test_up_makes_the_tun_device_that_the_profile_says(ns: Namespace, profile) -> None:
    path = profile("tun7", **FULL_TUN)
    ns.up(path)

    link = ns.link("tun7")
    assert link["mtu"] == 1400
    assert link["txqlen"] == 777
    assert "UP" in link["flags"]
    assert link["linkinfo"]["info_kind"] == "tun"
    data = link["linkinfo"]["info_data"]
    assert data == {
        "type": "tun",
        "pi": False,
        "vnet_hdr": False,
        "multi_queue": False,
        "persist": True,
        "user": "nobody",
        "group": "nogroup",
    }
    assert re.fullmatch(rf"tunlab:1:[0-9a-f]{{16}}:{re.escape(str(path))}", link["ifalias"])

    assert ns.addresses("tun7") == set(FULL_TUN["addresses"])

    assert route_of(ns, "10.9.0.0/16").items() >= {"gateway": "192.168.7.254", "metric": 50, "table": "main"}.items()
    assert (
        route_of(ns, "10.8.0.0/16").items()
        >= {"prefsrc": "192.168.7.9", "table": "100", "metrics": [{"mtu": 1300}]}.items()
    )
    onlink = route_of(ns, "10.7.0.0/16")
    assert onlink["gateway"] == "172.31.0.1" and "onlink" in onlink["flags"]
    plain = route_of(ns, "10.6.6.6/32")
    assert plain["scope"] == "link" and "gateway" not in plain and "metric" not in plain
    assert route_of(ns, "fd00:9::/48").items() >= {"gateway": "fd00:7::2", "metric": 77, "table": "main"}.items()
    assert (
        route_of(ns, "fd00:a::/48").items()
        >= {"prefsrc": "fd00:7::1", "table": "100", "metrics": [{"mtu": 1300}]}.items()
    )
    assert all(r["dev"] == "tun7" for r in ns.ip_json("route", "show", "table", "all") if r.get("dev") != "lo")


def test_up_makes_the_tap_device_that_the_profile_says(ns: Namespace, profile) -> None:
    fields = {"mac": "0a:11:22:33:44:55", "mtu": 9000, "addresses": ["10.0.9.1/24"]}
    ns.up(profile("tap9", **fields))
    link = ns.link("tap9")
    assert link["link_type"] == "ether"
    assert link["address"] == "0a:11:22:33:44:55"
    assert link["mtu"] == 9000
    assert link["linkinfo"]["info_data"]["type"] == "tap"
    assert link["linkinfo"]["info_data"]["persist"] is True
    assert ns.addresses("tap9") == {"10.0.9.1/24"}


def test_mac_not_given_is_unicast_not_the_labs_and_the_same_each_time(ns: Namespace) -> None:
    macs = set()
    for _ in range(3):
        ns.up("profiles/tap0.json")
        macs.add(ns.link("tap0")["address"])
        ns.tunlab("down").expect(0)
    assert len(macs) == 1, macs
    first, second = (int(part, 16) for part in macs.pop().split(":")[:2])
    assert first & 1 == 0 and first & 2 == 2
    assert (first, second) not in ((2, 0), (2, 1))


def test_ipv6_addresses_can_be_used_at_once(ns: Namespace, profile) -> None:
    """Without `nodad` an address stays tentative until a program opens the device."""
    ns.up(profile("tun0", addresses=["fd00:7::1/64"]))
    info = ns.ip_json("addr", "show", "dev", "tun0")[0]["addr_info"]
    assert [i.get("tentative", False) for i in info if i["local"] == "fd00:7::1"] == [False]


def test_defaults_are_those_of_the_manual(ns: Namespace, profile) -> None:
    ns.up(profile("tun0"))
    link = ns.link("tun0")
    assert link["mtu"] == 1500
    assert link["txqlen"] == 500
    assert link["linkinfo"]["info_data"]["user"] == "root"
    assert "group" not in link["linkinfo"]["info_data"]
    assert ns.addresses("tun0") == set()


def test_owner_not_given_is_who_called_sudo(ns: Namespace, profile) -> None:
    result = ns.tunlab("up", profile("tun0"), env=lab.environment(SUDO_UID="65534", SUDO_GID="65534"))
    result.expect(0)
    assert result.out.startswith("tun0: created (tun, owner nobody)\n"), result
    assert ns.link("tun0")["linkinfo"]["info_data"]["user"] == "nobody"


def test_owner_given_beats_who_called_sudo(ns: Namespace, profile) -> None:
    environment = lab.environment(SUDO_UID="65534", SUDO_GID="65534")
    ns.tunlab("up", profile("tun0", owner="daemon"), env=environment).expect(0)
    assert ns.link("tun0")["linkinfo"]["info_data"]["user"] == "daemon"


def test_owner_that_does_not_exist_is_an_error_of_the_profile(ns: Namespace, profile) -> None:
    path = profile("tun0", owner="no-such-user-here")
    result = ns.tunlab("up", path).expect(3)
    assert re.search(r'^error: .*"no-such-user-here"', result.err, re.M), result
    assert f"{path}:5:12" in result.err, result
    assert ns.ifnames() == {"lo"}


def test_up_tells_each_thing_that_it_made(ns: Namespace, profile) -> None:
    fields = {"addresses": ["192.168.7.1/24"], "routes": [{"dst": "10.9.0.0/16", "via": "192.168.7.254"}]}
    result = ns.up(profile("tun7", **fields))
    rows = result.out.splitlines()
    assert rows[0] == "tun7: created (tun, owner root)"
    assert re.fullmatch(r"  \+ address +192\.168\.7\.1/24", rows[1]), rows
    assert re.fullmatch(r"  \+ route +10\.9\.0\.0/16 via 192\.168\.7\.254", rows[2]), rows
    assert rows[3] == "  link up, no carrier until a program opens it"
    assert "Next:" not in result.out, "only a person at a terminal needs it"
    assert result.err == ""


def test_up_of_several_profiles_makes_all(ns: Namespace) -> None:
    result = ns.up("profiles/tun0.json", "profiles/tap0.json")
    assert "tun0: created (tun" in result.out and "tap0: created (tap" in result.out
    assert ns.ifnames() == {"lo", "tun0", "tap0"}


# up again


def test_second_up_is_in_sync_and_touches_nothing(ns: Namespace, profile, tmp_path: Path) -> None:
    path = profile("tun7", **FULL_TUN)
    first, calls = traced(ns, tmp_path, "up", path)
    first.expect(0)
    assert any(call.changes_network for call in calls), "strace must see them when they are there"
    assert any(call.opens_tun for call in calls), "strace must see them when they are there"

    before = ns.configuration()
    second, calls = traced(ns, tmp_path, "up", path)
    second.expect(0)
    assert second.out == "tun7: in sync, no changes\n"
    assert [str(call) for call in calls if call.changes_network] == []
    assert [str(call) for call in calls if call.opens_tun] == []
    assert ns.configuration() == before


def test_second_up_of_a_tap_is_in_sync(ns: Namespace) -> None:
    ns.up("profiles/tap0.json")
    assert ns.up("profiles/tap0.json").out == "tap0: in sync, no changes\n"


def test_up_while_echo_serves_the_device_is_in_sync(ns: Namespace) -> None:
    ns.up("profiles/tun0.json")
    echo = ns.echo("tun0")
    assert ns.up("profiles/tun0.json").out == "tun0: in sync, no changes\n"
    echo.finish()


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({}, {"mtu": 1400}, r"~ mtu .*1400"),
        ({}, {"txqueuelen": 1234}, r"~ txqueuelen .*1234"),
        ({"addresses": ["192.168.7.1/24"]}, {"addresses": ["192.168.7.1/24", "10.2.0.1/16"]}, r"\+ address +10\.2\.0\.1/16"),
        ({"addresses": ["192.168.7.1/24", "10.2.0.1/16"]}, {"addresses": ["192.168.7.1/24"]}, r"- address +10\.2\.0\.1/16"),
        ({"addresses": ["192.168.7.1/24", "192.168.7.2/24"]}, {"addresses": ["192.168.7.2/24"]}, r"- address +192\.168\.7\.1/24"),
        ({"addresses": ["192.168.7.1/24"]}, {"addresses": ["192.168.7.1/25"]}, r"\+ address +192\.168\.7\.1/25"),
        ({}, {"addresses": ["fd00:7::1/64"]}, r"\+ address +fd00:7::1/64"),
        ({}, {"routes": [{"dst": "10.9.0.0/16"}]}, r"\+ route +10\.9\.0\.0/16"),
        ({"routes": [{"dst": "10.9.0.0/16"}]}, {}, r"- route +10\.9\.0\.0/16"),
        ({"routes": [{"dst": "10.9.0.0/16", "mtu": 1300}]}, {"routes": [{"dst": "10.9.0.0/16", "mtu": 1280}]}, r"10\.9\.0\.0/16.*1280"),
        ({"routes": [{"dst": "10.9.0.0/16", "metric": 5}]}, {"routes": [{"dst": "10.9.0.0/16", "metric": 6}]}, r"10\.9\.0\.0/16.*6"),
        ({"routes": [{"dst": "fd00:9::/48"}]}, {"routes": [{"dst": "fd00:9::/48", "metric": 9}]}, r"fd00:9::/48.*9"),
    ],
)  # fmt: skip
def test_changed_profile_changes_the_device_in_place(
    ns: Namespace, profile, before: dict[str, Any], after: dict[str, Any], told: str
) -> None:
    ns.up(profile("tun7", **before))
    index = ns.link("tun7")["ifindex"]
    path = profile("tun7", **after)
    result = ns.up(path)
    assert re.search(rf"^  .*{told}", result.out, re.M), result
    assert ns.link("tun7")["ifindex"] == index
    assert ns.up(path).out == "tun7: in sync, no changes\n"

    # The same as a device made from the changed profile at once, but for its history.
    changed = state(ns)
    ns.tunlab("down", "tun7").expect(0)
    ns.up(path)
    assert state(ns) == changed


def test_changed_mac_changes_the_device_in_place(ns: Namespace, profile) -> None:
    ns.up(profile("tap7", mac="0a:00:00:00:00:01", addresses=["10.0.7.1/24"]))
    index = ns.link("tap7")["ifindex"]
    path = profile("tap7", mac="0a:00:00:00:00:02", addresses=["10.0.7.1/24"])
    ns.up(path)
    link = ns.link("tap7")
    assert (link["ifindex"], link["address"]) == (index, "0a:00:00:00:00:02")
    assert ns.up(path).out == "tap7: in sync, no changes\n"


def test_device_is_changed_while_echo_serves_it(ns: Namespace, profile) -> None:
    ns.up(profile("tun0", addresses=["192.168.0.1/24"]))
    echo = ns.echo("tun0")
    ns.up(profile("tun0", mtu=1400, addresses=["192.168.0.1/24", "10.2.0.1/16"]))
    assert ns.link("tun0")["mtu"] == 1400
    ns.ping("-c", 1, "192.168.0.3").expect(0)
    ns.ping("-c", 1, "10.2.0.3").expect(0)
    echo.finish()


@pytest.mark.parametrize("change", [{"mode": "tap"}, {"owner": "daemon"}, {"group": "daemon"}], ids=lambda c: next(iter(c)))
def test_what_cannot_change_in_place_is_refused_with_the_remedy(ns: Namespace, profile, change: dict[str, str]) -> None:
    fields = {"owner": "nobody", "group": "nogroup", "addresses": ["192.168.0.1/24"]}
    ns.up(profile("tun0", **fields))
    before = ns.configuration()
    result = ns.tunlab("up", profile("tun0", **(fields | change))).expect(5)
    assert re.search(r"^error: .*tun0", result.err, re.M), result
    assert "tunlab down tun0" in result.err, result
    assert ns.configuration() == before


# Failing, and going back


def last_route_that_fails(profile: Callable[..., Path], ifname: str = "tun7") -> Path:
    return profile(
        ifname,
        addresses=["192.168.7.1/24", "fd00:7::1/64"],
        routes=[
            {"dst": "10.9.0.0/16", "via": "192.168.7.254"},
            {"dst": "fd00:9::/48", "via": "fd00:7::2"},
            {"dst": "10.99.0.0/16", "src": "10.20.0.9"},
        ],
    )


def position_of_route(path: Path, dst: str) -> str:
    """LINE:COLUMN of the `{` of a route in a profile that `profile` wrote."""
    rows = path.read_text().splitlines()
    number = next(n for n, row in enumerate(rows) if f'"dst": "{dst}"' in row) - 1
    assert rows[number].strip() == "{"
    return f"{number + 1}:{rows[number].index('{') + 1}"


def test_route_that_cannot_be_added_rolls_all_back(ns: Namespace, profile) -> None:
    path = last_route_that_fails(profile)
    before = ns.raw_configuration()
    result = ns.tunlab("up", path).expect(1)
    assert re.search(
        r"^error: tun7: route 10\.99\.0\.0/16 src 10\.20\.0\.9: Invalid prefsrc address", result.err, re.M
    ), result
    assert f"{path}:{position_of_route(path, '10.99.0.0/16')}, at /routes/2" in result.err, result
    assert "10.20.0.9" in result.err.partition("hint:")[2], "the hint should say which address is not held"
    assert re.search(r"^rolled back: tun7 removed$", result.err, re.M), result
    assert ns.raw_configuration() == before


def test_change_that_fails_leaves_an_existing_device_as_it_was(ns: Namespace, profile) -> None:
    ns.up(profile("tun7", mtu=1400, addresses=["192.168.7.3/24"], routes=[{"dst": "10.9.0.0/16", "metric": 3}]))
    before = ns.configuration()
    result = ns.tunlab("up", last_route_that_fails(profile)).expect(1)
    assert "Invalid prefsrc address" in result.err, result
    assert re.search(r"^rolled back: ", result.err, re.M), result
    assert ns.configuration() == before


def test_second_profile_that_fails_takes_the_first_back(ns: Namespace, profile) -> None:
    good = profile("tun1", addresses=["192.168.1.1/24"])
    before = ns.configuration()
    result = ns.tunlab("up", good, last_route_that_fails(profile)).expect(1)
    assert "Invalid prefsrc address" in result.err, result
    assert ns.configuration() == before


def test_second_profile_that_is_invalid_stops_the_first(ns: Namespace, profile) -> None:
    good = profile("tun1", addresses=["192.168.1.1/24"])
    before = ns.configuration()
    result = ns.tunlab("up", good, profile("tun2", mtuu=1400)).expect(3)
    assert "tun2.json" in result.err and "mtuu" in result.err, result
    assert ns.configuration() == before


def test_two_profiles_of_one_name_are_refused(ns: Namespace, profile, tmp_path: Path) -> None:
    first = profile("tun1")
    second = tmp_path / "other.json"
    second.write_text(first.read_text())
    result = ns.tunlab("up", first, second)
    assert result.code in (2, 3), result
    assert "tun1" in result.err, result
    assert ns.ifnames() == {"lo"}


def test_two_ups_at_once_make_one_device(ns: Namespace) -> None:
    for _ in range(5):
        both = [ns.start(lab.BINARY, "up", "profiles/tun0.json") for _ in range(2)]
        said = sorted(process.wait().expect(0).out.splitlines()[0] for process in both)
        assert said == ["tun0: created (tun, owner root)", "tun0: in sync, no changes"]
        ns.tunlab("down").expect(0)
        assert ns.ifnames() == {"lo"}


# What is not tunlab's is not touched

COMMANDS = [("up", "profiles/tun0.json"), ("down", "tun0"), ("down", "profiles/tun0.json"), ("echo", "tun0"), ("echo", "profiles/tun0.json")]  # fmt: skip


def assert_refused(ns: Namespace, command: tuple[str, ...], words: str) -> lab.Result:
    before = ns.configuration()
    result = ns.tunlab(*command).expect(5)
    assert re.search(r"^error: .*\btun0\b", result.err, re.M), result
    assert re.search(words, result.err), result
    assert result.out == ""
    assert ns.configuration() == before
    return result


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_foreign_tun_is_refused_untouched(ns: Namespace, command: tuple[str, ...]) -> None:
    ns.ip("tuntap", "add", "tun0", "mode", "tun")
    ns.ip("addr", "add", "172.16.0.1/24", "dev", "tun0")
    assert_refused(ns, command, "not made by tunlab")


def test_device_that_lost_its_mark_is_refused_with_the_way_out(ns: Namespace) -> None:
    ns.up("profiles/tun0.json")
    ns.ip("link", "set", "dev", "tun0", "alias", "uplink of the lab")
    result = assert_refused(ns, ("up", "profiles/tun0.json"), "not made by tunlab")
    assert 'tunlab knows its devices by their alias, and this one\'s is "uplink of the lab"' in result.err
    (remedy,) = re.findall(r"^ +try: (.*)$", result.err, re.M)
    ns.do("sh", "-ec", remedy)
    ns.up("profiles/tun0.json")


def test_foreign_tun_stops_the_built_in_profile_too(ns: Namespace) -> None:
    ns.ip("tuntap", "add", "tun0", "mode", "tun")
    assert_refused(ns, ("echo",), "not made by tunlab")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_foreign_link_of_another_kind_is_refused_untouched(ns: Namespace, command: tuple[str, ...]) -> None:
    lab.add_foreign_link(ns, "tun0")
    assert_refused(ns, command, "not made by tunlab")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_name_that_is_another_links_altname_is_refused_untouched(ns: Namespace, command: tuple[str, ...]) -> None:
    """TUNSETIFF with an altname attaches to the other device: the name must be looked up first."""
    ns.ip("tuntap", "add", "vpn0", "mode", "tun")
    ns.ip("link", "property", "add", "dev", "vpn0", "altname", "tun0")
    assert_refused(ns, command, "vpn0")


def test_forged_alias_of_another_form_is_not_taken_for_the_mark(ns: Namespace) -> None:
    ns.ip("tuntap", "add", "tun0", "mode", "tun")
    ns.ip("link", "set", "tun0", "alias", "tunlab:1:nothex:-")
    assert_refused(ns, ("down", "tun0"), "not made by tunlab")


def test_down_all_leaves_foreign_devices(ns: Namespace) -> None:
    ns.ip("tuntap", "add", "vpn0", "mode", "tun")
    lab.add_foreign_link(ns, "d0")
    before = ns.configuration()
    ns.up("profiles/tun0.json", "profiles/tap0.json")
    result = ns.tunlab("down", "-a").expect(0)
    assert {row.split(":")[0] for row in result.out.splitlines()} == {"tun0", "tap0"}
    assert ns.configuration() == before


def test_device_held_by_another_echo_names_it(ns: Namespace) -> None:
    ns.up("profiles/tun0.json")
    holder = ns.echo("tun0")
    before = ns.configuration()
    result = ns.tunlab("echo", "tun0").expect(5)
    command = Path(f"/proc/{holder.pid}/comm").read_text().strip()
    assert re.search(rf"^error: tun0 is busy: open in {command} \(pid {holder.pid}\)$", result.err, re.M), result
    assert ns.configuration() == before
    ns.ping("-c", 1, "192.168.0.3").expect(0)
    holder.finish()


HOLD = """
import fcntl, struct, sys
device = open("/dev/net/tun", "r+b", buffering=0)
IFF_TUN, IFF_NO_PI, TUNSETIFF = 0x0001, 0x1000, 0x400454CA
fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", b"tun0", IFF_TUN | IFF_NO_PI))
print("held", flush=True)
sys.stdin.read()
"""


def test_device_held_by_another_program_names_it(ns: Namespace) -> None:
    ns.up("profiles/tun0.json")
    holder = ns.start(sys.executable, "-c", HOLD, stdin=subprocess.PIPE)
    holder.until_out("held")
    command = Path(f"/proc/{holder.pid}/comm").read_text().strip()
    result = ns.tunlab("echo", "tun0").expect(5)
    assert re.search(
        rf"^error: tun0 is busy: open in {re.escape(command)} \(pid {holder.pid}\)$", result.err, re.M
    ), result
    assert holder.popen.stdin is not None
    holder.popen.stdin.close()
    holder.wait().expect(0)


def test_up_over_a_device_that_goes_with_its_echo_is_refused(ns: Namespace) -> None:
    echo = ns.echo()
    before = state(ns)

    result = ns.tunlab("up", "profiles/tun0.json").expect(5)

    assert f"tun0 is busy: open in tunlab (pid {echo.pid})" in result.err, result
    assert "the device goes when that ends" in result.err, result
    assert state(ns) == before


def test_profile_of_another_mode_does_not_serve_the_device(ns: Namespace, profile) -> None:
    ns.up("profiles/tun0.json")
    path = profile("tun0", mode="tap")

    result = ns.tunlab("echo", path).expect(5)

    assert f"error: tun0: it is a tun device, {path} describes a tap device" in result.err, result


def test_device_named_twice_is_taken_once(ns: Namespace) -> None:
    ns.up("profiles/tun0.json")
    assert len(json.loads(ns.tunlab("status", "--json", "tun0", "tun0").expect(0).out)) == 1
    assert ns.tunlab("down", "tun0", "profiles/tun0.json").expect(0).out == "tun0: removed (1 address, 0 routes)\n"


def test_down_of_a_device_that_tunlab_could_not_have_made_says_so(ns: Namespace) -> None:
    result = ns.tunlab("down", "lo").expect(5)
    assert "error: lo was not made by tunlab; not touched" in result.err, result


def test_device_made_and_held_by_another_program_is_foreign(ns: Namespace) -> None:
    holder = ns.start(sys.executable, "-c", HOLD, stdin=subprocess.PIPE)
    holder.until_out("held")
    for command in COMMANDS:
        assert_refused(ns, command, "not made by tunlab")
    assert holder.popen.stdin is not None
    holder.popen.stdin.close()
    holder.wait().expect(0)


# down


def test_down_with_nothing_there_says_so(ns: Namespace) -> None:
    result = ns.tunlab("down").expect(0)
    assert "nothing to do" in result.out + result.err


def test_down_of_a_device_that_is_not_there_says_so(ns: Namespace) -> None:
    result = ns.tunlab("down", "tun0").expect(0)
    assert "nothing to do" in result.out + result.err
    assert "did you mean" not in result.out + result.err


def test_down_of_a_misspelt_device_suggests_the_one_there_is(ns: Namespace) -> None:
    ns.up("profiles/tun0.json")
    result = ns.tunlab("down", "tnu0").expect(0)
    assert "nothing to do" in result.out + result.err
    assert re.search(r'did you mean "?tun0"?\?', result.out + result.err), result
    assert ns.ifnames() == {"lo", "tun0"}


def test_down_takes_the_one_device_there_is(ns: Namespace, profile) -> None:
    before = ns.configuration()
    ns.up(profile("tun7", **FULL_TUN))
    result = ns.tunlab("down").expect(0)
    assert result.out == "tun7: removed (4 addresses, 6 routes)\n"
    assert ns.configuration() == before


def test_down_of_a_profile_means_its_device(ns: Namespace) -> None:
    ns.up("profiles/tun0.json", "profiles/tap0.json")
    ns.tunlab("down", "profiles/tap0.json").expect(0)
    assert ns.ifnames() == {"lo", "tun0"}


def test_down_takes_several_devices(ns: Namespace, profile) -> None:
    ns.up(profile("tun1"), profile("tun2"), profile("tun3"))
    ns.tunlab("down", "tun1", "tun3").expect(0)
    assert ns.ifnames() == {"lo", "tun2"}


@pytest.mark.parametrize("command", ["down", "echo"])
def test_which_of_several_devices_must_be_said(ns: Namespace, profile, command: str) -> None:
    ns.up(profile("tun1"), profile("tun2"))
    before = ns.configuration()
    result = ns.tunlab(command).expect(2)
    assert "tun1" in result.err and "tun2" in result.err, result
    assert ns.configuration() == before


def test_down_works_when_the_profile_file_is_gone(ns: Namespace, profile) -> None:
    path = profile("tun7")
    ns.up(path)
    path.unlink()
    ns.tunlab("down").expect(0)
    assert ns.ifnames() == {"lo"}


def test_echo_of_a_device_whose_profile_file_is_gone_names_the_remedy(ns: Namespace, profile) -> None:
    path = profile("tun7", addresses=["192.168.7.1/24"])
    ns.up(path)
    path.unlink()
    result = ns.tunlab("echo", "tun7").expect(3)
    assert str(path) in result.err, result
    assert "tunlab echo " in result.err, result


def test_echo_warns_when_the_profile_has_changed_since(ns: Namespace, profile) -> None:
    ns.up(profile("tun7", addresses=["192.168.7.1/24"]))
    profile("tun7", addresses=["192.168.7.1/24"], mtu=1400)
    echo = ns.echo("tun7")
    assert re.search(r"^warning: .*tun7", echo.err, re.M), echo.err
    assert "tunlab up" in echo.err, echo.err
    echo.finish()


# status


STATUS_SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "array",
    "items": {
        "type": "object",
        "required": ["ifindex", "ifname", "flags", "mtu", "operstate", "link_type", "addr_info", "tunlab"],
        "properties": {
            "ifindex": {"type": "integer", "minimum": 1},
            "ifname": {"type": "string"},
            "flags": {"type": "array", "items": {"type": "string"}},
            "mtu": {"type": "integer"},
            "operstate": {"enum": ["UP", "DOWN", "UNKNOWN", "LOWERLAYERDOWN", "DORMANT", "NOTPRESENT", "TESTING"]},
            "link_type": {"enum": ["none", "ether"]},
            "address": {"type": "string", "pattern": "^[0-9a-f]{2}(:[0-9a-f]{2}){5}$"},
            "addr_info": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["family", "local", "prefixlen", "scope"],
                    "properties": {
                        "family": {"enum": ["inet", "inet6"]},
                        "local": {"type": "string"},
                        "prefixlen": {"type": "integer", "minimum": 0, "maximum": 128},
                        "scope": {"enum": ["global", "link", "host", "site"]},
                    },
                },
            },
            "tunlab": {
                "type": "object",
                "additionalProperties": False,
                "required": ["mode", "owner", "profile", "in_sync", "drift", "attached"],
                "properties": {
                    "mode": {"enum": ["tun", "tap"]},
                    "owner": {"type": "string"},
                    "profile": {"type": ["string", "null"]},
                    "in_sync": {"type": ["boolean", "null"]},
                    "drift": {"type": "array"},
                    "attached": {"type": "array", "items": {"type": "integer", "minimum": 1}},
                },
            },
        },
        "if": {"properties": {"link_type": {"const": "ether"}}},
        "then": {"required": ["address"]},
    },
}


def status(ns: Namespace, *devices: str) -> list[dict[str, Any]]:
    result = ns.tunlab("status", "--json", *devices).expect(0)
    shown = json.loads(result.out)
    jsonschema.validate(shown, STATUS_SCHEMA)
    return shown


def test_status_is_a_table(ns: Namespace, profile) -> None:
    ns.up(profile("tun0", addresses=["192.168.0.1/24"], routes=[{"dst": "10.9.0.0/16"}]))
    eventually(lambda: "NO-CARRIER" in ns.link("tun0")["flags"], "no carrier")
    result = ns.tunlab("status").expect(0)
    rows = [row.split() for row in result.out.splitlines()]
    assert rows == [
        ["DEVICE", "MODE", "STATE", "MTU", "ADDRESSES", "ROUTES", "OWNER", "PROFILE"],
        ["tun0", "tun", "no-carrier", "1500", "192.168.0.1/24", "1", "root", "in-sync"],
    ]
    columns = [[match.start() for match in re.finditer(r"\S+", row)] for row in result.out.splitlines()]
    assert columns[0] == columns[1], result.out


def test_status_right_after_up_says_no_carrier(ns: Namespace) -> None:
    """The operational state lags behind, up to a second: the carrier itself (IFLA_CARRIER) does not."""
    states = []
    for _ in range(5):
        ns.up("profiles/tun0.json")
        states.append(ns.tunlab("status").expect(0).out.splitlines()[1].split()[2])
        ns.tunlab("down").expect(0)
    assert states == ["no-carrier"] * 5


def test_status_shows_a_served_device_as_up(ns: Namespace) -> None:
    ns.up("profiles/tun0.json")
    echo = ns.echo("tun0")
    assert ns.tunlab("status").expect(0).out.splitlines()[1].split()[2] == "up"
    assert status(ns)[0]["tunlab"]["attached"] == [echo.pid]
    echo.finish()


def test_status_json_agrees_with_ip(ns: Namespace, profile) -> None:
    ns.up(profile("tun7", **FULL_TUN), profile("tap9", addresses=["10.0.9.1/24"]))
    # The kernel brings the operational state up to date a moment later; both must see the same.
    eventually(lambda: all("NO-CARRIER" in ns.link(name)["flags"] for name in ("tun7", "tap9")), "no carrier")
    judged = {link["ifname"]: link for link in ns.ip_json("-d", "addr") if link["ifname"] != "lo"}
    shown = {device["ifname"]: device for device in status(ns)}
    assert shown.keys() == judged.keys()
    for ifname, device in shown.items():
        ip = judged[ifname]
        for key in ("ifindex", "ifname", "mtu", "operstate", "link_type"):
            assert device[key] == ip[key], key
        assert set(device["flags"]) == set(ip["flags"])
        assert device.get("address") == ip.get("address")
        addresses = [[(i["family"], i["local"], i["prefixlen"], i["scope"]) for i in d["addr_info"]] for d in (device, ip)]
        assert addresses[0] == addresses[1]
    assert shown["tun7"]["tunlab"] | {"profile": ""} == {
        "mode": "tun",
        "owner": "nobody",
        "profile": "",
        "in_sync": True,
        "drift": [],
        "attached": [],
    }
    assert shown["tun7"]["tunlab"]["profile"].endswith("/tun7.json")
    assert shown["tap9"]["tunlab"]["mode"] == "tap"


def test_status_of_one_device_shows_it_alone(ns: Namespace) -> None:
    ns.up("profiles/tun0.json", "profiles/tap0.json")
    assert [device["ifname"] for device in status(ns, "tap0")] == ["tap0"]


def test_status_shows_only_what_tunlab_made(ns: Namespace) -> None:
    ns.ip("tuntap", "add", "vpn0", "mode", "tun")
    assert status(ns) == []
    ns.up("profiles/tun0.json")
    assert [device["ifname"] for device in status(ns)] == ["tun0"]


@pytest.mark.parametrize(
    "by_hand",
    [
        ("addr", "del", "192.168.7.1/24", "dev", "tun7"),
        ("addr", "add", "172.16.5.5/24", "dev", "tun7"),
        ("route", "del", "10.9.0.0/16"),
        ("route", "add", "10.77.0.0/16", "dev", "tun7"),
        ("link", "set", "tun7", "mtu", "1300"),
        ("link", "set", "tun7", "txqueuelen", "33"),
        ("link", "set", "tun7", "down"),
    ],
    ids=" ".join,
)
def test_drift_is_shown_and_up_repairs_it(ns: Namespace, profile, by_hand: tuple[str, ...]) -> None:
    fields = {"addresses": ["192.168.7.1/24", "fd00:7::1/64"], "routes": [{"dst": "10.9.0.0/16", "via": "192.168.7.254"}]}
    path = profile("tun7", **fields)
    ns.up(path)
    complete = state(ns)
    ns.ip(*by_hand)

    row = ns.tunlab("status").expect(0).out.splitlines()[1].split()
    assert "in-sync" not in row and any(word.startswith("drift") for word in row), row
    told = status(ns)[0]["tunlab"]
    assert told["in_sync"] is False and told["drift"] != []

    repaired = ns.up(path)
    assert "in sync" not in repaired.out, repaired
    assert state(ns) == complete
    assert status(ns)[0]["tunlab"]["in_sync"] is True


def test_routes_of_other_programs_are_left_alone(ns: Namespace, profile) -> None:
    path = profile("tun7", addresses=["192.168.7.1/24"])
    ns.up(path)
    ns.ip("route", "add", "10.55.0.0/16", "dev", "tun7", "proto", "bgp")
    assert ns.up(path).out == "tun7: in sync, no changes\n"
    assert "10.55.0.0/16" in ns.ip("route")


def test_address_removed_under_echo_is_shown_and_repaired_while_it_runs(ns: Namespace) -> None:
    ns.up("profiles/tun0.json")
    echo = ns.echo("tun0")
    ns.ip("addr", "del", "192.168.0.1/24", "dev", "tun0")
    assert status(ns)[0]["tunlab"]["in_sync"] is False
    ns.up("profiles/tun0.json")
    eventually(lambda: ns.ping("-c", 1, "-W", 1, "192.168.0.3").code == 0, "an answer")
    echo.finish()
