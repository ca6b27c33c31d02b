"""Profiles that are wrong: each problem at its place, in plain words, and nothing changed.

In the texts below `^` stands in front of what the error must point at, and is not part of the file.
More than one `^`: any of these places will do.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

import lab
from lab import Namespace


def tun(*rest: str, name: str = '"tun0"') -> str:
    """A small valid profile, one key a line, with further lines."""
    lines = ['"version": 1', f'"name": {name}', '"mode": "tun"', *rest]
    return "{\n  " + ",\n  ".join(lines) + "\n}\n"


def tap(*rest: str) -> str:
    return tun(*rest, name='"tap0"').replace('"tun"', '"tap"')


# name of the case: (text, pattern that the message must match)
LOCATED: dict[str, tuple[str, str]] = {
    # keys
    "unknown key": (tun('^"mtuu": 1400'), r'unknown key "mtuu"(.|\n)*did you mean "mtu"\?'),
    "unknown key, far from all": (tun('^"xyzzy": 1'), r'unknown key "xyzzy"(?!(.|\n)*did you mean)'),
    "unknown key in a route": (tun('"routes": [{"dst": "10.0.0.0/8", ^"gateway": "10.0.0.1"}]'), r'"gateway"(.|\n)*did you mean "via"\?'),
    "synonym macaddress": (tap('^"macaddress": "0a:00:00:00:00:01"'), r'did you mean "mac"\?'),
    "synonym hwaddr": (tap('^"hwaddr": "0a:00:00:00:00:01"'), r'did you mean "mac"\?'),
    "synonym txqlen": (tun('^"txqlen": 500'), r'did you mean "txqueuelen"\?'),
    "synonym user": (tun('^"user": "root"'), r'did you mean "owner"\?'),
    "synonym ip": (tun('^"ip": ["10.0.0.1/8"]'), r'did you mean "addresses"\?'),
    "synonym destination": (tun('"routes": [{^"destination": "10.0.0.0/8"}]'), r'did you mean "dst"\?'),
    "field of a later version": (tun('^"services": []'), r'unknown key "services"'),
    "duplicate key": (tun('"mtu": 1400', '^"mtu": 1300'), r"duplicate|twice|again"),
    "duplicate key in a route": (tun('"routes": [{"dst": "10.0.0.0/8", ^"dst": "11.0.0.0/8"}]'), r"duplicate|twice|again"),
    "key in another case": (tun('^"MTU": 1400'), r'did you mean "mtu"\?'),
    # what is required
    "no version": ('^{\n  "name": "tun0",\n  "mode": "tun"\n}\n', r"version"),
    "no name": ('^{\n  "version": 1,\n  "mode": "tun"\n}\n', r"name"),
    "no mode": ('^{\n  "version": 1,\n  "name": "tun0"\n}\n', r"mode"),
    "route without dst": (tun('"routes": [\n    ^{"metric": 5}\n  ]'), r"dst"),
    "version 2": ('{\n  "version": ^2,\n  "name": "tun0",\n  "mode": "tun"\n}\n', r"2"),
    # types
    "not an object": ("^[]\n", r"object"),
    "a string": ('^"tun0"\n', r"object"),
    "null": ("^null\n", r"object"),
    "mtu is a string": (tun('"mtu": ^"1400"'), r"number|integer"),
    "mtu is a fraction": (tun('"mtu": ^1400.5'), r"1400\.5(.|\n)*(whole|integer|number)"),
    "mtu is true": (tun('"mtu": ^true'), r"number|integer"),
    "name is a number": (tun(name="^7"), r"string"),
    "addresses is a string": (tun('"addresses": ^"10.0.0.1/8"'), r"array|list"),
    "address is a number": (tun('"addresses": [^10]'), r"string"),
    "address is null": (tun('"addresses": ["10.0.0.1/8", ^null]'), r"string"),
    "route is a string": (tun('"routes": [^"10.0.0.0/8"]'), r"object"),
    "onlink is a number": (tun('"addresses": ["11.0.0.2/8"]', '"routes": [{"dst": "10.0.0.0/8", "via": "11.0.0.1", "onlink": ^1}]'), r"true|boolean"),
    "owner is an array": (tun('"owner": ^[]'), r"name|id|string"),
    # names
    "name of sixteen letters": (tun(name='^"abcdefghijklmnop"'), r"abcdefghijklmnop(.|\n)*15"),
    "empty name": (tun(name='^""'), r"empty|1(–|-| to )15|15"),
    "name with a slash": (tun(name='^"a/b"'), r"a/b"),
    "name with a space": (tun(name='^"a b"'), r"a b"),
    "name that is a template": (tun(name='^"tun%d"'), r"tun%d"),
    "name with a colon": (tun(name='^"tun:0"'), r"tun:0"),
    "name beginning with a dash": (tun(name='^"-tun"'), r"-tun"),
    "name .": (tun(name='^"."'), r'"\."'),
    "name ..": (tun(name='^".."'), r'"\.\."'),
    "name all": (tun(name='^"all"'), r'"all"'),
    "name default": (tun(name='^"default"'), r'"default"'),
    "name lo": (tun(name='^"lo"'), r'"lo"'),
    "name beyond ASCII": (tun(name='^"tün0"'), r"t"),
    "mode misspelt": ('{\n  "version": 1,\n  "name": "tun0",\n  "mode": ^"tuN"\n}\n', r'"tuN"(.|\n)*did you mean "tun"\?'),
    "mode unknown": ('{\n  "version": 1,\n  "name": "tun0",\n  "mode": ^"bridge"\n}\n', r"tun(.|\n)*tap"),
    # numbers
    "mtu 67": (tun('"mtu": ^67'), r"67(.|\n)*68"),
    "mtu 0": (tun('"mtu": ^0'), r"68"),
    "mtu negative": (tun('"mtu": ^-1'), r"-1(.|\n)*68"),
    "mtu 65536": (tun('"mtu": ^65536'), r"65536(.|\n)*65535"),
    "mtu 70000": (tun('"mtu": ^70000'), r"70000(.|\n)*65535"),
    "mtu 65522 on tap": (tap('"mtu": ^65522'), r"65522(.|\n)*65521"),
    "mtu 4294968796 does not wrap to 1500": (tun('"mtu": ^4294968796'), r"4294968796"),
    "mtu of 30 digits": (tun('"mtu": ^123456789012345678901234567890'), r"mtu|65535"),
    "mtu 1e400": (tun('"mtu": ^1e400'), r"1e400|number|range"),
    "mtu below 1280 with IPv6": (tun('"mtu": ^1279', '"addresses": [^"fd00::1/64"]'), r"1280"),
    "txqueuelen 0": (tun('"txqueuelen": ^0'), r"\b1\b"),
    "txqueuelen 500001": (tun('"txqueuelen": ^500001'), r"500000"),
    "metric negative": (tun('"routes": [{"dst": "10.0.0.0/8", "metric": ^-1}]'), r"-1"),
    "metric over 32 bits": (tun('"routes": [{"dst": "10.0.0.0/8", "metric": ^4294967296}]'), r"4294967296"),
    "table over 32 bits": (tun('"routes": [{"dst": "10.0.0.0/8", "table": ^4294967296}]'), r"4294967296"),
    # MAC
    "mac on a tun": (tun('^"mac": ^"0a:00:00:00:00:01"'), r"tap"),
    "mac multicast": (tap('"mac": ^"01:00:5e:00:00:01"'), r"multicast|unicast"),
    "mac broadcast": (tap('"mac": ^"ff:ff:ff:ff:ff:ff"'), r"multicast|unicast|broadcast"),
    "mac zero": (tap('"mac": ^"00:00:00:00:00:00"'), r"zero|00:00:00:00:00:00"),
    "mac under 02:00": (tap('"mac": ^"02:00:00:00:00:01"'), r"02:00"),
    "mac under 02:01": (tap('"mac": ^"02:01:00:00:00:01"'), r"02:01"),
    "mac too short": (tap('"mac": ^"0a:00:00:00:00"'), r"0a:00:00:00:00"),
    "mac too long": (tap('"mac": ^"0a:00:00:00:00:01:02"'), r"0a:00:00:00:00:01:02"),
    "mac with a letter": (tap('"mac": ^"0g:00:00:00:00:01"'), r"0g"),
    # addresses
    "address of five numbers": (tun('"addresses": [^"1.2.3.4.5/24"]'), r"1\.2\.3\.4\.5"),
    "address 256": (tun('"addresses": [^"192.168.0.256/24"]'), r"192\.168\.0\.256"),
    "address with a leading zero": (tun('"addresses": [^"192.168.00.1/24"]'), r"192\.168\.00\.1"),
    "address without a length": (tun('"addresses": [^"192.168.0.1"]'), r"/|length"),
    "address /33": (tun('"addresses": [^"192.168.0.1/33"]'), r"33(.|\n)*32"),
    "address /129": (tun('"addresses": [^"fd00::1/129"]'), r"129(.|\n)*128"),
    "address with an empty length": (tun('"addresses": [^"192.168.0.1/"]'), r"192\.168\.0\.1/"),
    "address with a signed length": (tun('"addresses": [^"192.168.0.1/+24"]'), r"\+24"),
    "address with a mask": (tun('"addresses": [^"192.168.0.1/255.255.255.0"]'), r"255\.255\.255\.0"),
    "address with space": (tun('"addresses": [^" 192.168.0.1/24"]'), r"192\.168\.0\.1"),
    "address empty": (tun('"addresses": [^""]'), r"empty|address"),
    "address that is a host name": (tun('"addresses": [^"localhost/8"]'), r"localhost"),
    "address multicast": (tun('"addresses": [^"224.0.0.1/24"]'), r"multicast"),
    "address loopback": (tun('"addresses": [^"127.0.0.5/8"]'), r"loopback"),
    "address limited broadcast": (tun('"addresses": [^"255.255.255.255/32"]'), r"broadcast"),
    "address 0.0.0.0": (tun('"addresses": [^"0.0.0.0/24"]'), r"0\.0\.0\.0"),
    "address of the network": (tun('"addresses": [^"192.168.0.0/24"]'), r"network"),
    "address of the broadcast": (tun('"addresses": [^"192.168.0.255/24"]'), r"broadcast"),
    "address IPv6 multicast": (tun('"addresses": [^"ff02::1/64"]'), r"multicast"),
    "address IPv6 loopback": (tun('"addresses": [^"::1/128"]'), r"loopback"),
    "address IPv6 unspecified": (tun('"addresses": [^"::/64"]'), r"::"),
    "address v4-mapped": (tun('"addresses": [^"::ffff:1.2.3.4/96"]'), r"mapped"),
    "address twice": (tun('"addresses": ["192.168.0.1/24", ^"192.168.0.1/24"]'), r"192\.168\.0\.1"),
    "address twice, other length": (tun('"addresses": ["192.168.0.1/24", ^"192.168.0.1/16"]'), r"192\.168\.0\.1"),
    # routes
    "host bits in dst": (tun('"routes": [{"dst": ^"10.0.0.1/8"}]'), r'10\.0\.0\.1/8(.|\n)*10\.0\.0\.0/8'),
    "host bits in an IPv6 dst": (tun('"routes": [{"dst": ^"fd00::1/64"}]'), r"fd00::1/64(.|\n)*fd00::/64"),
    "dst without a length": (tun('"routes": [{"dst": ^"10.0.0.0"}]'), r"10\.0\.0\.0"),
    "via of the other family": (tun('"addresses": ["10.0.0.1/24"]', '"routes": [{"dst": "11.0.0.0/8", "via": ^"fd00::1"}]'), r"IPv4|IPv6|family"),
    "src of the other family": (tun('"routes": [{"dst": "11.0.0.0/8", "src": ^"fd00::1"}]'), r"IPv4|IPv6|family"),
    "via not on-link": (tun('"addresses": ["10.0.0.1/24"]', '"routes": [{"dst": "11.0.0.0/8", "via": ^"172.16.0.1"}]'), r"172\.16\.0\.1(.|\n)*(on-link|onlink|reach)"),
    "via is the own address": (tun('"addresses": ["10.0.0.1/24"]', '"routes": [{"dst": "11.0.0.0/8", "via": ^"10.0.0.1"}]'), r"own"),
    "via with a length": (tun('"addresses": ["10.0.0.1/24"]', '"routes": [{"dst": "11.0.0.0/8", "via": ^"10.0.0.2/24"}]'), r"10\.0\.0\.2/24"),
    "onlink without via": (tun('"routes": [{"dst": "11.0.0.0/8", ^"onlink": ^true}]'), r"via"),
    "same route twice": (tun('"routes": [{"dst": "11.0.0.0/8"}, ^{"dst": ^"11.0.0.0/8", "mtu": 1300}]'), r"11\.0\.0\.0/8"),
    # JSON itself
    "trailing comma": ('{\n  "version": 1,\n  "name": "tun0",\n  "mode": "tun",\n^}\n', r"."),
    "missing comma": ('{\n  "version": 1\n  ^"name": "tun0",\n  "mode": "tun"\n}\n', r"."),
    "missing colon": ('{\n  "version" ^1\n}\n', r"."),
    "trailing bytes": (tun() + "^x\n", r"."),
    "second document": (tun() + "^{}\n", r"."),
    "unquoted key": ("{\n  ^version: 1\n}\n", r"."),
    "single quotes": ("{\n  ^'version': 1\n}\n", r"."),
    "leading zero": (tun('"mtu": 0^1400'), r"."),
    "not a number": (tun('"mtu": ^NaN'), r"."),
    "line end in a string": ('{\n  "version": 1,\n  "name": ^"tun\n0"\n}\n', r"."),
    "bad escape": (tun(name='^"tun\\q"'), r"."),
    "lone surrogate": (tun(name='^"tun\\ud800"'), r"."),
    "byte order mark": ("^\ufeff" + tun(), r"byte order mark|BOM"),
    "nothing after the brace": ("{\n", r"end"),
}  # fmt: skip


def places(text: str) -> tuple[str, list[str]]:
    """The file's text, and the LINE:COLUMN of each `^` in it."""
    found = []
    *parts, last = text.split("^")
    plain = ""
    for part in parts:
        plain += part
        line = plain.count("\n") + 1
        column = len(plain) - (plain.rfind("\n") + 1) + 1
        found.append(f"{line}:{column}")
    return plain + last, found


ERROR = re.compile(r"^error: (?P<file>.*?):(?P<place>\d+:\d+): ", re.M)


@pytest.mark.parametrize("case", LOCATED)
def test_problem_is_told_at_its_place_and_nothing_is_changed(ns: Namespace, tmp_path: Path, case: str) -> None:
    text, expected = places(LOCATED[case][0])
    path = tmp_path / "profile.json"
    path.write_text(text, encoding="utf-8")
    before = ns.configuration()
    for command in ("check", "up"):
        result = ns.tunlab(command, path).expect(3)
        told = [(match["file"], match["place"]) for match in ERROR.finditer(result.err)]
        assert len(told) == 1, result
        assert told[0][0] == str(path), result
        if expected:
            # JSON's own errors are found at a byte, at the latest inside the offending token.
            if LOCATED[case][1] == r".":
                line, column = (int(number) for number in told[0][1].split(":"))
                wanted_line, wanted_column = (int(number) for number in expected[0].split(":"))
                assert line == wanted_line and column >= wanted_column, (expected, result)
            else:
                assert told[0][1] in expected, (expected, result)
        assert re.search(LOCATED[case][1], result.err), result
    assert ns.configuration() == before


def test_error_shows_the_source_line_with_a_caret_and_the_suggestion(ns: Namespace, tmp_path: Path) -> None:
    path = tmp_path / "tun0.json"
    path.write_text(tun('"description": "x"', '"mtuu": 1400'))
    result = ns.tunlab("up", path).expect(3)
    assert result.err.startswith(
        f'error: {path}:6:3: unknown key "mtuu"\n'
        '    6 |   "mtuu": 1400\n'
        '      |   ^^^^^^ did you mean "mtu"?\n'
    ), result


def test_path_is_shown_as_it_was_given(ns: Namespace, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text(tun('"mtuu": 1400'))
    result = ns.tunlab("up", "./bad.json", cwd=tmp_path).expect(3)
    assert result.err.startswith("error: ./bad.json:5:3: "), result


def test_json_pointer_is_shown_for_what_lies_deeper(ns: Namespace, tmp_path: Path) -> None:
    path = tmp_path / "tun0.json"
    path.write_text(tun('"routes": [{"dst": "10.0.0.0/8"}, {"dst": "10.0.0.1/8"}]'))
    result = ns.tunlab("check", path).expect(3)
    assert "/routes/1/dst" in result.err, result


def test_tabs_before_the_error_keep_the_caret_in_place(tmp_path: Path) -> None:
    path = tmp_path / "tun0.json"
    path.write_text('{\n\t"version": 1,\n\t"name": "tun0",\n\t"mode": "tun",\n\t"mtuu": 1400\n}\n')
    result = lab.tunlab("check", path).expect(3)
    assert f"{path}:5:2: " in result.err
    rows = result.err.splitlines()
    source = next(n for n, row in enumerate(rows) if "1400" in row)
    quoted = rows[source].expandtabs().index('"mtuu"')
    assert rows[source + 1].expandtabs().index("^") == quoted, result


def test_all_problems_are_told_at_once_and_counted(ns: Namespace, tmp_path: Path) -> None:
    path = tmp_path / "tun0.json"
    path.write_text(tun('"mtuu": 1400', '"addresses": ["192.168.0.300/24"]'))
    before = ns.configuration()
    result = ns.tunlab("up", path).expect(3)
    assert [match["place"] for match in ERROR.finditer(result.err)] == ["5:3", "6:17"], result
    assert result.err.endswith("2 errors; nothing was changed\n"), result
    assert ns.configuration() == before


def test_problems_of_several_profiles_are_told_together(ns: Namespace, tmp_path: Path) -> None:
    first, second = tmp_path / "tun0.json", tmp_path / "tun1.json"
    first.write_text(tun('"mtuu": 1400'))
    second.write_text(tun('"mtu": 67', name='"tun1"'))
    result = ns.tunlab("up", first, second).expect(3)
    told = [(match["file"], match["place"]) for match in ERROR.finditer(result.err)]
    assert told == [(str(first), "5:3"), (str(second), "5:10")], result
    assert result.err.endswith("2 errors; nothing was changed\n"), result


def test_at_most_twenty_problems_are_shown(ns: Namespace, tmp_path: Path) -> None:
    path = tmp_path / "tun0.json"
    path.write_text(tun(*(f'"unknown{number}": 1' for number in range(100))))
    result = ns.tunlab("up", path).expect(3)
    assert len(ERROR.findall(result.err)) == 20, result
    assert re.search(r"^100 errors\b.*; nothing was changed$", result.err, re.M), result


# Files that are no profile. None of them may hang, crash or be read without a bound.


def assert_file_error(ns: Namespace, path: Path, words: str) -> None:
    before = ns.configuration()
    for command in ("check", "up", "echo"):
        result = ns.tunlab(command, path, patience=5.0).expect(3)
        assert result.err.startswith(f"error: {path}"), result
        assert re.search(words, result.err), result
        assert len(result.err) < 2000, "an error, not the file"
    assert ns.configuration() == before


def test_file_that_is_not_there(ns: Namespace, tmp_path: Path) -> None:
    assert_file_error(ns, tmp_path / "missing.json", "No such file or directory")


def test_empty_file(ns: Namespace, tmp_path: Path) -> None:
    path = tmp_path / "empty.json"
    path.touch()
    assert_file_error(ns, path, "empty")


def test_file_of_white_space(ns: Namespace, tmp_path: Path) -> None:
    path = tmp_path / "white.json"
    path.write_text("\n \t\n")
    assert_file_error(ns, path, "empty|end")


def test_directory(ns: Namespace, tmp_path: Path) -> None:
    path = tmp_path / "folder.json"
    path.mkdir()
    assert_file_error(ns, path, "directory")



def test_socket(ns: Namespace, tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    os.mknod(path, 0o140644)
    assert_file_error(ns, path, "socket|regular file|No such device or address")


def test_device_without_end(ns: Namespace, tmp_path: Path) -> None:
    path = tmp_path / "zero.json"
    path.symlink_to("/dev/zero")
    assert_file_error(ns, path, "device|regular file")


@pytest.mark.parametrize("path", sorted((lab.ROOT / "profiles").glob("*.json")), ids=lambda path: path.name)
def test_shipped_profile_reads_as_its_golden_file(path: Path) -> None:
    """What `check --print` makes of it: every value in its canonical form, and every default."""
    assert lab.tunlab("check", "--print", path).expect(0).out == (lab.ROOT / "tests/golden" / path.name).read_text()


def test_file_beyond_sixteen_mebibytes(ns: Namespace, tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    path.write_text(tun() + " " * (16 << 20))
    assert_file_error(ns, path, "large|MiB|bytes")


def test_largest_file_allowed_is_read(ns: Namespace, tmp_path: Path) -> None:
    path = tmp_path / "tun0.json"
    text = tun()
    path.write_text(text + " " * ((16 << 20) - 1 - len(text)))
    lab.tunlab("check", path).expect(0)


@pytest.mark.parametrize("opening", ["[", '{"a":'], ids=["arrays", "objects"])
def test_deep_nesting(ns: Namespace, tmp_path: Path, opening: str) -> None:
    path = tmp_path / "deep.json"
    path.write_text('{"version": 1, "name": "tun0", "mode": "tun", "description": ' + opening * 100_000)
    assert_file_error(ns, path, r"nest|deep|:1:\d+: ")


@pytest.mark.parametrize(
    "bad", [b"\xff", b"\xc3", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x82"], ids=lambda b: b.hex()
)
def test_bad_utf8(ns: Namespace, tmp_path: Path, bad: bytes) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(b'{\n  "version": 1,\n  "description": "' + bad + b'",\n  "name": "tun0",\n  "mode": "tun"\n}\n')
    result = ns.tunlab("up", path).expect(3)
    assert result.err.startswith(f"error: {path}:3:"), result
    assert "UTF-8" in result.err, result
    result.err.encode("utf-8")  # what is printed of it must be UTF-8 again
    assert ns.ifnames() == {"lo"}


def test_nul_byte(ns: Namespace, tmp_path: Path) -> None:
    path = tmp_path / "nul.json"
    path.write_bytes(tun().encode() + b"\0\n")
    result = ns.tunlab("up", path).expect(3)
    assert "\0" not in result.err
    path.write_text(tun(name='"tun0\\u0000x"'))
    ns.tunlab("up", path).expect(3)
    assert ns.ifnames() == {"lo"}


def test_file_that_may_not_be_read(ns: Namespace, user: lab.User) -> None:
    path = user.profile("tun0")
    path.chmod(0o600)
    result = user.tunlab("check", path).expect(3)
    assert "Permission denied" in result.err and str(path) in result.err


# Profiles that are right


def test_shipped_profiles_are_valid() -> None:
    shipped = sorted((lab.ROOT / "profiles").glob("*.json"))
    assert {path.name for path in shipped} >= {"tun0.json", "tap0.json"}
    result = lab.tunlab("check", *shipped).expect(0)
    assert result.err == ""


@pytest.mark.parametrize("ifname", ["tun0", "tap0"])
def test_shipped_profiles_come_up_answer_and_go(ns: Namespace, ifname: str) -> None:
    ns.up(f"profiles/{ifname}.json")
    echo = ns.echo(ifname)
    network = {"tun0": "192.168.0", "tap0": "10.0.1"}[ifname]
    ns.ping("-c", 1, f"{network}.2").expect(0)
    echo.finish()
    ns.tunlab("down", ifname).expect(0)
    assert ns.ifnames() == {"lo"}


VALID: dict[str, str] = {
    "smallest": tun(),
    "comments": "// a comment\n/* and\n another */\n" + tun('"mtu": /* here too */ 1400 // and here'),
    "schema and description": tun('"$schema": "./tunlab.schema.json"', '"description": "plain words"'),
    "comment signs in a string": tun('"description": "http://x /* y */"'),
    "lowest mtu": tun('"mtu": 68'),
    "highest mtu of tun": tun('"mtu": 65535'),
    "highest mtu of tap": tap('"mtu": 65521'),
    "lowest mtu with IPv6": tun('"mtu": 1280', '"addresses": ["fd00::1/64"]'),
    "longest name": tun(name='"abcdefghijklmno"'),
    "all characters of a name": tun(name='"A_z.0-9"'),
    "owner by id": tun('"owner": 0', '"group": 0'),
    "owner by name": tun('"owner": "root"', '"group": "root"'),
    "address /31 and /32": tun('"addresses": ["10.0.0.0/31", "10.1.1.255/32"]'),
    "address /127 and /128": tun('"addresses": ["fd00::/127", "fd01::1/128"]'),
    "default routes": tun('"addresses": ["10.0.0.1/24", "fd00::1/64"]', '"routes": [{"dst": "default", "via": "10.0.0.2"}, {"dst": "default6", "via": "fd00::2"}]'),
    "same dst, other metric or table": tun('"routes": [{"dst": "11.0.0.0/8"}, {"dst": "11.0.0.0/8", "metric": 5}, {"dst": "11.0.0.0/8", "table": 100}]'),
    "via off-link with onlink": tun('"addresses": ["10.0.0.1/24"]', '"routes": [{"dst": "11.0.0.0/8", "via": "172.16.0.1", "onlink": true}]'),
    "readable mac": tap('"mac": "0A:11:22:33:44:5f"'),
    "CR LF": tun('"mtu": 1400').replace("\n", "\r\n"),
    "no line end": tun().rstrip("\n"),
    "escapes": tun(name='"\\u0074un0"'),
}  # fmt: skip


@pytest.mark.parametrize("case", VALID)
def test_valid_profile_passes_check_and_comes_up_in_sync(ns: Namespace, tmp_path: Path, case: str) -> None:
    path = tmp_path / "profile.json"
    path.write_bytes(VALID[case].encode())
    result = ns.tunlab("check", path).expect(0)
    assert result.err == ""
    ns.up(path)
    assert "in sync, no changes" in ns.up(path).out
    ns.tunlab("down").expect(0)
    assert ns.ifnames() == {"lo"}


def test_check_of_several_files_tells_each(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(tun())
    bad.write_text(tun('"mtuu": 1'))
    result = lab.tunlab("check", good, bad).expect(3)
    assert str(good) in result.out, result
    assert f"{bad}:5:3" in result.err, result


def test_check_as_json_tells_of_a_name_without_a_profile_too(ns: Namespace, profile) -> None:
    good = profile("tun0")
    told = ns.tunlab("check", "--json", good, "nosuchprofile").expect(3)
    (problem,) = json.loads(told.out)
    assert problem["file"] == "nosuchprofile"
    assert "no such profile" in problem["message"]


def test_check_prints_profiles_or_problems(ns: Namespace, profile) -> None:
    told = ns.tunlab("check", "--print", "--json", profile("tun0")).expect(2)
    assert told.out == ""
    assert "--print" in told.err


def test_status_does_not_call_a_device_in_sync_whose_profile_is_unreadable(ns: Namespace, profile) -> None:
    path = profile("tun0")
    ns.up(path)
    ns.tunlab("status", "--exit-code").expect(0)
    path.unlink()
    assert "unreadable" in ns.tunlab("status", "--exit-code").expect(10).out
