"""The schema, and `check` in its other forms: --json and --print.

An independent validator of draft-07 judges: what is wrong in a way that a schema can see, it must
refuse under `tunlab schema`, and `check` must refuse all.
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
from lab import Namespace
from test_plan_commands import TAP_RICH, TUN_RICH, prepare
from test_profiles import LOCATED, VALID, places, tap, tun

CHECK_SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["file", "line", "column", "pointer", "message", "suggestion"],
        "properties": {
            "file": {"type": "string"},
            # null where a file can't be read at all
            "line": {"type": ["integer", "null"], "minimum": 1},
            "column": {"type": ["integer", "null"], "minimum": 1},
            "pointer": {"type": "string", "pattern": "^(/.*)?$"},
            "message": {"type": "string", "minLength": 1},
            "suggestion": {"type": ["string", "null"]},
        },
    },
}


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    result = lab.tunlab("schema").expect(0)
    assert result.err == ""
    return json.loads(result.out)


def accepts(schema: dict[str, Any], text: str) -> bool:
    return jsonschema.Draft7Validator(schema).is_valid(json.loads(text))


def test_schema_is_draft_07(schema) -> None:
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema.Draft7Validator.check_schema(schema)


def test_schema_describes_every_field(schema) -> None:
    def fields(node: Any) -> list[tuple[str, dict[str, Any]]]:
        found = []
        if isinstance(node, dict):
            for name, field in node.get("properties", {}).items():
                if isinstance(field, dict) and ("type" in field or "enum" in field or "anyOf" in field or "const" in field):
                    found.append((name, field))
            for value in node.values():
                found += fields(value)
        elif isinstance(node, list):
            for value in node:
                found += fields(value)
        return found

    described = {name: field for name, field in fields(schema["properties"])}
    described |= dict(schema["properties"].items())
    assert {"version", "netns", "bridge", "peer", "scope", "nodad", "onlink", "lladdr", "accept_ra"} <= described.keys()
    assert [name for name, field in described.items() if len(field.get("description", "")) < 10] == []


def without_comments(text: str) -> str:
    """The shipped profiles have whole lines of comment, and some behind two spaces."""
    return re.sub(r"(?m)(^ *|  +)//.*$", "", text)


@pytest.mark.parametrize("path", sorted((lab.ROOT / "profiles").glob("*.json")), ids=lambda path: path.name)
def test_schema_accepts_the_shipped_profiles(schema, path: Path) -> None:
    jsonschema.validate(json.loads(without_comments(path.read_text())), schema, cls=jsonschema.Draft7Validator)
    lab.tunlab("check", path).expect(0)


@pytest.mark.parametrize("fields", [("tun7", TUN_RICH), ("tap7", TAP_RICH)], ids=["tun", "tap"])
def test_schema_accepts_rich_profiles(schema, fields: tuple[str, dict[str, Any]]) -> None:
    ifname, rich = fields
    jsonschema.validate(json.loads(lab.profile_text(ifname, **rich)), schema, cls=jsonschema.Draft7Validator)


@pytest.mark.parametrize("case", [case for case in VALID if case != "comments"])
def test_schema_accepts_what_check_accepts(schema, case: str) -> None:
    assert accepts(schema, VALID[case])


# The new fields, wrong. `^` as in test_profiles. The second word: whether a schema can see it.
BROKEN: dict[str, tuple[str, bool, str]] = {
    "queues 0": (tun('"queues": ^0'), True, r"256"),
    "queues 257": (tun('"queues": ^257'), True, r"256"),
    "queues is a string": (tun('"queues": ^"2"'), True, r"number|integer"),
    "netns empty": (tun('"netns": ^""'), True, r"."),
    "netns with a slash inside": (tun('"netns": ^"a/b"'), True, r"a/b"),
    "netns ..": (tun('"netns": ^".."'), True, r"\.\."),
    "bridge on a tun": (tun('^"bridge": ^"br0"'), True, r"tap"),
    "bridge with a space": (tap('"bridge": ^"br 0"'), True, r"br 0"),
    "neighbours on a tun": (tun('"addresses": ["10.0.0.9/8"]', '^"neighbours": ^[{"dst": "10.0.0.1", "lladdr": "0a:00:00:00:00:01"}]'), True, r"tap"),
    "ipv6 is a boolean": (tun('"ipv6": ^false'), True, r"object"),
    "unknown key in ipv6": (tun('"ipv6": {^"accept-ra": false}'), True, r'did you mean "accept_ra"\?'),
    "eui64 on a tun": (tun('"ipv6": {"addr_gen_mode": ^"eui64"}'), True, r"tap|eui64"),
    "addr_gen_mode unknown": (tap('"ipv6": {"addr_gen_mode": ^"eui-64"}'), True, r'did you mean "eui64"\?'),
    "accept_ra is a number": (tun('"ipv6": {"accept_ra": ^1}'), True, r"true|boolean"),
    "address without local": (tun('"addresses": [^{"peer": "10.0.0.1"}]'), True, r"local"),
    "local without a length": (tun('"addresses": [{"local": ^"10.0.0.1"}]'), True, r"/|length"),
    "peer with a length": (tun('"addresses": [{"local": "10.0.0.1/32", "peer": ^"10.0.0.2/32"}]'), True, r"10\.0\.0\.2/32"),
    "peer of the other family": (tun('"addresses": [{"local": "10.0.0.1/32", "peer": ^"fd00::2"}]'), False, r"IPv4|IPv6|family"),
    "peer is the address itself": (tun('"addresses": [{"local": "10.0.0.1/32", "peer": ^"10.0.0.1"}]'), False, r"10\.0\.0\.1"),
    "peer multicast": (tun('"addresses": [{"local": "10.0.0.1/32", "peer": ^"224.0.0.1"}]'), False, r"multicast"),
    "scope unknown": (tun('"addresses": [{"local": "10.0.0.1/32", "scope": ^"world"}]'), True, r"global"),
    "scope on IPv6": (tun('"addresses": [{"local": "fd00::1/64", ^"scope": ^"link"}]'), False, r"IPv4"),
    "nodad on IPv4": (tun('"addresses": [{"local": "10.0.0.1/32", ^"nodad": ^true}]'), False, r"IPv6"),
    "nodad is a string": (tun('"addresses": [{"local": "fd00::1/64", "nodad": ^"yes"}]'), True, r"true|boolean"),
    "unknown key in an address": (tun('"addresses": [{"local": "10.0.0.1/32", ^"remote": "10.0.0.2"}]'), True, r'"remote"'),
    "table 0": (tun('"routes": [{"dst": "10.0.0.0/8", "table": ^0}]'), True, r"\b1\b"),
    "table by an unknown name": (tun('"routes": [{"dst": "10.0.0.0/8", "table": ^"lab"}]'), True, r"main"),
    "scope of an IPv6 route": (tun('"routes": [{"dst": "fd00::/64", ^"scope": ^"link"}]'), False, r"IPv4"),
    "scope link with via": (tun('"addresses": ["11.0.0.1/8"]', '"routes": [{"dst": "10.0.0.0/8", "via": "11.0.0.2", ^"scope": ^"link"}]'), False, r"via|gateway"),
    "mtu of a route 67": (tun('"routes": [{"dst": "10.0.0.0/8", "mtu": ^67}]'), True, r"68"),
    "mtu of an IPv6 route 1279": (tun('"routes": [{"dst": "fd00::/64", "mtu": ^1279}]'), False, r"1280"),
    "default6 through IPv4": (tun('"addresses": ["11.0.0.1/8"]', '"routes": [{"dst": "default6", "via": ^"11.0.0.2"}]'), False, r"IPv4|IPv6|family"),
    "same route twice, spelt otherwise": (tun('"routes": [{"dst": "fd00::/64"}, ^{"dst": ^"FD00:0::/64", "metric": 1024}]'), False, r"fd00::/64|FD00"),
    "same default twice": (tun('"routes": [{"dst": "default"}, ^{"dst": ^"0.0.0.0/0", "table": "main"}]'), False, r"default|0\.0\.0\.0/0"),
    "neighbour without lladdr": (tap('"addresses": ["10.0.0.9/8"]', '"neighbours": [^{"dst": "10.0.0.1"}]'), True, r"lladdr"),
    "neighbour with a multicast lladdr": (tap('"addresses": ["10.0.0.9/8"]', '"neighbours": [{"dst": "10.0.0.1", "lladdr": ^"01:00:5e:00:00:01"}]'), True, r"multicast|unicast"),
    "neighbour twice": (tap('"addresses": ["10.0.0.9/8"]', '"neighbours": [{"dst": "10.0.0.1", "lladdr": "0a:00:00:00:00:01"}, ^{"dst": ^"10.0.0.1", "lladdr": "0a:00:00:00:00:02"}]'), False, r"10\.0\.0\.1"),
    "neighbour multicast": (tap('"neighbours": [{"dst": ^"224.0.0.1", "lladdr": "0a:00:00:00:00:01"}]'), False, r"multicast"),
    "neighbour that is the own address": (tap('"addresses": ["10.0.0.1/8"]', '"neighbours": [{"dst": ^"10.0.0.1", "lladdr": "0a:00:00:00:00:01"}]'), False, r"own"),
    "IPv6 neighbour below the MTU of IPv6": (tap('"mtu": ^1000', '"neighbours": [{"dst": ^"fd00::1", "lladdr": "0a:00:00:00:00:01"}]'), False, r"1280"),
    "IPv6 route below the MTU of IPv6": (tun('"mtu": ^1000', '"routes": [{"dst": ^"fd00::/64"}]'), False, r"1280"),
    "mtu over a tap's": (tap('"mtu": ^65522'), True, r"65521"),
    "mac on a tun": (tun('^"mac": ^"0a:00:00:00:00:01"'), True, r"tap"),
    "unknown key": (tun('^"mtuu": 1400'), True, r'did you mean "mtu"\?'),
    "no version": ('^{\n  "name": "tun0",\n  "mode": "tun"\n}\n', True, r"version"),
    "synonym next-hop-address": (tun('"routes": [{"dst": "10.0.0.0/8", ^"next-hop-address": "10.0.0.1"}]'), True, r'did you mean "via"\?'),
    "synonym to": (tun('"routes": [{^"to": "10.0.0.0/8"}]'), True, r'did you mean "dst"\?'),
}  # fmt: skip

ERROR = re.compile(r"^error: (?P<file>.*?):(?P<place>\d+:\d+): ", re.M)


@pytest.mark.parametrize("case", BROKEN)
def test_broken_profile_is_refused_at_its_place_by_check_and_if_it_can_see_it_by_the_schema(
    schema, tmp_path: Path, case: str
) -> None:
    marked, visible, told = BROKEN[case]
    text, expected = places(marked)
    path = tmp_path / "profile.json"
    path.write_text(text)
    result = lab.tunlab("check", path).expect(3)
    found = [match["place"] for match in ERROR.finditer(result.err)]
    assert len(found) >= 1 and set(found) <= set(expected), (expected, result)
    assert re.search(told, result.err), result
    assert accepts(schema, text) is not visible

    shown = json.loads(lab.tunlab("check", "--json", path).expect(3).out)
    jsonschema.validate(shown, CHECK_SCHEMA)
    assert [f"{problem['line']}:{problem['column']}" for problem in shown] == found
    for problem in shown:
        assert problem["file"] == str(path)
        assert problem["message"] in result.err, (problem, result)
        if problem["suggestion"]:
            assert problem["suggestion"] in result.err, (problem, result)
        value = json.loads(text)
        for word in problem["pointer"].split("/")[1:]:
            key = word.replace("~1", "/").replace("~0", "~")
            value = value[int(key)] if isinstance(value, list) else value.get(key)


# Of those in test_profiles, the kinds that a schema can see.
VISIBLE = ("unknown key", "synonym", "no ", "version 2", "is a", "is null", "is true", "name ", "mode ", "mtu 6", "mtu 0",
           "mtu negative", "mtu 7", "mtu 429", "txqueuelen", "metric", "table", "mac ", "address of five", "address 256",
           "address without", "address /", "address with", "address empty", "route without", "key in another case")  # fmt: skip


def test_schema_refuses_the_broken_profiles_that_it_can_see(schema) -> None:
    accepted, seen = [], 0
    for case, (marked, told) in LOCATED.items():
        if told == "." or not case.startswith(VISIBLE) and " is a" not in case:
            continue
        seen += 1
        if accepts(schema, places(marked)[0]):
            accepted.append(case)
    assert seen > 50
    assert accepted == []


def test_check_as_json_of_several_files_is_one_list(tmp_path: Path) -> None:
    good, bad, worse, missing = (tmp_path / f"{name}.json" for name in ("good", "bad", "worse", "missing"))
    good.write_text(tun())
    bad.write_text(tun('"mtuu": 1400', '"queues": 0'))
    worse.write_text("{")
    assert json.loads(lab.tunlab("check", "--json", good).expect(0).out) == []
    shown = json.loads(lab.tunlab("check", "--json", bad, good, worse, missing).expect(3).out)
    jsonschema.validate(shown, CHECK_SCHEMA)
    assert [problem["file"] for problem in shown] == [str(bad), str(bad), str(worse), str(missing)]
    assert shown[0]["pointer"] == "/mtuu" and shown[0]["suggestion"] == 'did you mean "mtu"?'


def test_check_as_json_tells_all_problems(tmp_path: Path) -> None:
    path = tmp_path / "many.json"
    path.write_text(tun(*(f'"unknown{number}": 1' for number in range(100))))
    assert len(json.loads(lab.tunlab("check", "--json", path).expect(3).out)) == 100


PRINTED: dict[str, tuple[str, dict[str, Any]]] = {
    "smallest tun": ("tun7", {}),
    "smallest tap": ("tap7", {}),
    "rich tun": ("tun7", TUN_RICH),
    "rich tap": ("tap7", TAP_RICH),
    "queues and description": ("tun7", {"queues": 4, "description": 'quo"ted \u00fc \u2028', "$schema": "x.json"}),
}


@pytest.mark.parametrize("case", PRINTED)
def test_printed_profile_is_valid_and_means_the_same_device(ns: Namespace, schema, profile, tmp_path: Path, case: str) -> None:
    ifname, fields = PRINTED[case]
    prepare(ns)
    path = profile(ifname, **fields)
    path.write_text("// a comment\n" + path.read_text())
    printed = lab.tunlab("check", "--print", path).expect(0)
    assert printed.err == ""
    jsonschema.validate(json.loads(printed.out), schema, cls=jsonschema.Draft7Validator)
    again = tmp_path / "printed.json"
    again.write_text(printed.out)
    lab.tunlab("check", again).expect(0)
    assert lab.tunlab("check", "--print", again).expect(0).out == printed.out
    filled = json.loads(printed.out)
    assert filled["mtu"] == fields.get("mtu", 1500)
    assert filled["queues"] == fields.get("queues", 1)
    assert filled["ipv6"] == {"addr_gen_mode": "none", "accept_ra": False} | fields.get("ipv6", {})
    assert len(filled["addresses"]) == len(fields.get("addresses", []))
    assert len(filled["routes"]) == len(fields.get("routes", []))

    ns.up(path)
    first = whole(ns)
    steps = json.loads(ns.tunlab("up", "-n", "--json", again).expect(0).out)[0]["steps"]
    assert [step["kind"] for step in steps] in ([], ["mark"]), steps
    digest = ns.link(ifname)["ifalias"].split(":")[2]
    assert all(f":{digest}:" in step["value"] for step in steps), "the same device has the same digest"
    ns.up(again)
    ns.up(path)
    assert_same(first, whole(ns))


@pytest.mark.parametrize("name", ["tun0", "tap0", "dual-stack"])
def test_printed_shipped_profile_passes_check(name: str) -> None:
    printed = lab.tunlab("check", "--print", f"profiles/{name}.json").expect(0).out
    lab.tunlab("check", "-", stdin=printed.encode()).expect(0)


def test_dual_stack_profile_comes_up_in_sync_and_answers(ns: Namespace) -> None:
    ns.up("profiles/dual-stack.json")
    assert "in sync, no changes" in ns.up("profiles/dual-stack.json").out
    ns.tunlab("status", "--exit-code").expect(0)
    name = next(iter(ns.ifnames() - {"lo"}))
    families = {info["family"] for info in ns.ip_json("addr", "show", "dev", name)[0]["addr_info"]}
    assert families == {"inet", "inet6"}
