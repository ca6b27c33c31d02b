"""What is installed, and the manual pages: found by `man`, clean, and true to the program."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import lab

BUILD = Path(os.environ.get("TUNLAB_BUILD") or lab.BINARY.parent)

# From the program's own table.
REASONS = re.findall(r'\{Reason::\w+, Verdict::\w+,\s*"([a-z0-9-]+)"', (lab.ROOT / "src/lab/verdict.cpp").read_text())

FIELDS = (
    "$schema description version name mode mtu mac txqueuelen owner group queues netns bridge ipv6 addr_gen_mode accept_ra"
    " addresses local peer scope nodad routes dst via src metric table onlink neighbours lladdr"
    " seed hosts match answer ttl delay jitter loss duplicate corrupt reorder rate path hop blackhole"
).split()


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A tree into which tunlab is installed, as a packager would."""
    folder = tmp_path_factory.mktemp("install")
    lab.run(["cmake", "--install", BUILD, "--prefix", folder], patience=60).expect(0)
    yield folder


def page_text(page: Path) -> str:
    """A manual page as plain text."""
    shown = lab.run(["mandoc", "-Tascii", "-Owidth=200", page]).expect(0).out
    return re.sub(".\b", "", shown)


def section(text: str, title: str) -> str:
    match = re.search(rf"^{title}\n(.*?)(?=^\S|\Z)", text, re.M | re.S)
    assert match, f"no section {title}"
    return match[1]


def test_install_puts_each_file_in_its_place(prefix: Path) -> None:
    installed = {str(path.relative_to(prefix)) for path in prefix.rglob("*") if path.is_file()}
    assert installed >= {
        "bin/tunlab",
        "share/man/man8/tunlab.8",
        "share/man/man5/tunlab.json.5",
    }
    profiles = {Path(name).name for name in installed if "/profiles/" in name and name.startswith("share/")}
    assert profiles == {path.name for path in (lab.ROOT / "profiles").glob("*.json")}, installed
    assert not [name for name in installed if name.endswith((".a", ".hpp"))], "only what a user needs"


def test_destdir_is_honoured(tmp_path: Path) -> None:
    environment = lab.environment(DESTDIR=str(tmp_path))
    lab.run(["cmake", "--install", BUILD, "--prefix", "/usr"], env=environment, patience=60).expect(0)
    assert (tmp_path / "usr/bin/tunlab").is_file()
    assert (tmp_path / "usr/share/man/man8/tunlab.8").is_file()


def test_installed_program_runs(prefix: Path) -> None:
    assert lab.run([prefix / "bin/tunlab", "--version"]).expect(0).out == lab.tunlab("--version").out
    shipped = sorted(prefix.glob("share/**/profiles/*.json"))
    lab.run([prefix / "bin/tunlab", "check", *shipped]).expect(0)


@pytest.mark.parametrize(("arguments", "title"), [(("tunlab",), "TUNLAB(8)"), (("5", "tunlab.json"), "TUNLAB.JSON(5)")])
def test_man_finds_the_page(prefix: Path, arguments: tuple[str, ...], title: str) -> None:
    environment = lab.environment(MANPAGER="cat", PAGER="cat", MANWIDTH="80")
    result = lab.run(["man", "-M", prefix / "share/man", *arguments], env=environment).expect(0)
    assert re.sub(".\b", "", result.out).startswith(title), result


@pytest.mark.parametrize("page", ["man8/tunlab.8", "man5/tunlab.json.5"])
def test_manual_is_clean_under_mandoc(prefix: Path, page: str) -> None:
    result = lab.run(["mandoc", "-Tlint", "-W", "warning", prefix / "share/man" / page])
    assert (result.code, result.out, result.err) == (0, "", "")


@pytest.mark.parametrize(
    ("page", "titles"),
    [
        (
            "man8/tunlab.8",
            "NAME SYNOPSIS DESCRIPTION ENVIRONMENT FILES EXIT_STATUS EXAMPLES DIAGNOSTICS SEE_ALSO STANDARDS SECURITY_CONSIDERATIONS",
        ),
        ("man5/tunlab.json.5", "NAME DESCRIPTION EXAMPLES SEE_ALSO"),
    ],
)
def test_manual_has_its_sections(prefix: Path, page: str, titles: str) -> None:
    text = page_text(prefix / "share/man" / page)
    for title in titles.split():
        section(text, title.replace("_", " "))


@pytest.fixture(scope="module")
def manual(prefix: Path) -> str:
    return page_text(prefix / "share/man/man8/tunlab.8")


@pytest.mark.parametrize("command", ["", "up", "down", "echo", "status", "check"])
def test_every_option_of_the_help_is_in_the_manual(manual: str, command: str) -> None:
    shown = lab.tunlab(*command.split(), "--help").expect(0).out
    options = set(re.findall(r"(?<![\w-])(--[a-z][a-z-]*|-[a-zA-Z])\b", shown))
    assert {"-h", "--help"} <= options
    for option in sorted(options):
        assert re.search(rf"(?<![\w-]){option}(?![\w-])", manual), option


def test_every_option_of_the_manual_is_in_some_help(manual: str) -> None:
    shown = "".join(lab.tunlab(*words, "--help").expect(0).out for words in ([], ["up"], ["down"], ["echo"], ["status"], ["check"]))
    described = section(manual, "DESCRIPTION")
    listed = set(re.findall(r"^\s+(?:-[a-zA-Z], )?(--[a-z][a-z-]*)\b", described, re.M))
    assert listed, "the manual lists its options"
    assert [option for option in sorted(listed) if option not in shown] == []


def test_every_reason_word_is_in_the_manual(manual: str) -> None:
    diagnostics = section(manual, "DIAGNOSTICS")
    assert len(REASONS) > 50, "read from the table"
    missing = [word for word in REASONS if not re.search(rf"(?<![\w-]){word}(?![\w-])", diagnostics)]
    assert missing == []


def test_every_exit_code_is_in_the_manual(manual: str) -> None:
    codes = re.findall(r"^ +(\d+) ", section(manual, "EXIT STATUS"), re.M)
    assert codes == ["0", "1", "2", "3", "4", "5", "6", "7", "10", "130", "143"]


def test_every_field_is_in_the_manual(prefix: Path) -> None:
    text = page_text(prefix / "share/man/man5/tunlab.json.5")
    missing = [field for field in FIELDS if not re.search(rf"(?<![\w-]){re.escape(field)}(?![\w-])", text)]
    assert missing == []


def test_program_is_hardened() -> None:
    """Position independent, fully read-only relocations, no executable stack."""
    shown = lab.run(["readelf", "-hldW", lab.BINARY]).expect(0).out
    assert re.search(r"Type:\s+DYN", shown)
    assert "GNU_RELRO" in shown
    assert re.search(r"FLAGS_1.*\bNOW\b", shown) and re.search(r"FLAGS_1.*\bPIE\b", shown)
    stack = next(row for row in shown.splitlines() if "GNU_STACK" in row)
    assert " RW " in stack and "RWE" not in stack
