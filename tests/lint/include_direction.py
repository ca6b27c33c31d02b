#!/usr/bin/python3
"""Holds the order of the layers, the homes of foreign libraries, and matching names.

    include_direction.py ROOT         reads every #include under ROOT/include and ROOT/src
    include_direction.py --self-test  shows that each kind of violation is found

Each finding is one line, `file:line: what is wrong`; the exit status is 1 if there is any.
"""

import re
import sys
import tempfile
from fnmatch import fnmatch
from pathlib import Path

# A layer may include itself and what stands here; report and kernel never meet.
MAY_INCLUDE = {
    "base": set(),
    "wire": {"base"},
    "lab": {"base", "wire"},
    "profile": {"base", "wire", "lab"},
    "plan": {"base", "wire", "lab", "profile"},
    "report": {"base", "wire", "lab", "profile", "plan"},
    "kernel": {"base", "wire", "lab", "profile", "plan"},
    "cli": {"base", "wire", "lab", "profile", "plan", "report", "kernel"},
}
LINUX_LAYERS = {"kernel", "cli"}  # every other layer is pure: it has unit tests and no system headers

# The only files that may include a foreign library. A header not found here must be the standard
# library's, or, in kernel and cli, the system's.
HOMES = {
    "fmt/": ["include/tunlab/*", "src/*"],
    "nlohmann/": ["src/base/json.cpp", "src/profile/document.cpp"],  # writing, reading
    "netlink/": ["src/kernel/*"],
    "CLI/": ["src/cli/options.cpp"],
}
SYSTEM = re.compile(r"(linux|net|netinet|arpa|sys|asm)/|[^/]+\.h$")
STANDARD = re.compile(r"[a-z_0-9]+$")

# (file, header): why a pure layer needs this system header.
JUSTIFIED = {
    ("src/base/address.cpp", "arpa/inet.h"): "inet_pton and inet_ntop say what an address is; they touch nothing",
}

# The commands of cli, a file each, share one header.
COMMANDS = {f"src/cli/{name}.cpp" for name in ("up", "down", "echo", "status", "check", "schema")}

INCLUDE = re.compile(r'\s*#\s*include\s*(?:<(?P<angle>[^>]+)>|"(?P<quote>[^"]+)"|(?P<other>.*))')


def layer_of(path):
    """The layer of a path such as include/tunlab/wire/arp.hpp or src/wire/arp.cpp, or None."""
    parts = path.parts[2:] if path.parts[:2] == ("include", "tunlab") else path.parts[1:]
    return parts[0] if len(parts) == 2 and parts[0] in MAY_INCLUDE else None


def wrong_with(root, path, layer, include):
    """What is wrong with one #include, or None."""
    header = include["angle"] or include["quote"]
    if not header:
        return "an #include names its file in <> or quotes"
    target = re.fullmatch(r"tunlab/([^/]+)/[^/]+", header)
    if include["quote"] and not target:
        beside = path.parent / header  # a private header, in src beside its users
        return None if "/" not in header and (root / beside).is_file() else \
            f'"{header}" is neither "tunlab/ROOM/..." nor a file beside this one'
    if target:
        if include["angle"]:
            return f'<{header}> is our own: write "{header}"'
        if target[1] not in MAY_INCLUDE:
            return f"{header}: there is no layer {target[1]}"
        allowed = target[1] == layer or target[1] in MAY_INCLUDE[layer]
        return None if allowed else f"{layer} may not include {target[1]}: {header}"
    for prefix, homes in HOMES.items():
        if header.startswith(prefix):
            at_home = any(fnmatch(path.as_posix(), home) for home in homes)
            return None if at_home else f"<{header}> belongs in {', '.join(homes)} only"
    if STANDARD.fullmatch(header) or (path.as_posix(), header) in JUSTIFIED:
        return None
    if SYSTEM.match(header):
        return None if layer in LINUX_LAYERS else f"<{header}> is the system's: {layer} is pure"
    return f"<{header}> has no home: give it one in include_direction.py"


def misplaced(root, path, layer):
    """What is wrong with a file's place or the names beside it, or None."""
    if layer is None:
        return f"not in a layer: {', '.join(MAY_INCLUDE)}"
    if path.parts[0] == "include" and path.suffix != ".hpp":
        return "include holds .hpp files only"
    if path.suffix != ".cpp" or path.as_posix() == "src/cli/main.cpp":
        return None
    shared = path.as_posix() in COMMANDS
    header = f"include/tunlab/{layer}/{'commands' if shared else path.stem}.hpp"
    if not (root / header).is_file() and not (root / path.with_suffix(".hpp")).is_file():
        return f"its header is missing: {header}"
    test = f"tests/unit/{layer}/{path.stem}_test.cpp"
    if layer not in LINUX_LAYERS and not (root / test).is_file():
        return f"its test is missing: {test}"
    return None


def findings(root):
    """Every finding in a source tree, as `file:line: text`."""
    found = []
    files = [file for top in ("include", "src") for file in sorted((root / top).rglob("*"))
             if file.suffix in {".hpp", ".cpp", ".h", ".c", ".cc"}]
    if not files:
        found.append(f"{root}:1: no sources under include or src")
    for file in files:
        path = file.relative_to(root)
        layer = layer_of(path)
        place = misplaced(root, path, layer)
        if place:
            found.append(f"{path}:1: {place}")
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            include = INCLUDE.match(line)
            wrong = include and layer and wrong_with(root, path, layer, include)
            if wrong:
                found.append(f"{path}:{number}: {wrong}")
    return found


GOOD = {
    "include/tunlab/base/bytes.hpp": "#pragma once\n#include <cstdint>\n#include <span>\n",
    "src/base/bytes.cpp": '#include "tunlab/base/bytes.hpp"\n#include <fmt/format.h>\n',
    "tests/unit/base/bytes_test.cpp": "",
    "include/tunlab/base/address.hpp": "",
    "src/base/address.cpp": "#include <arpa/inet.h>\n",
    "tests/unit/base/address_test.cpp": "",
    "include/tunlab/wire/arp.hpp": '#include "tunlab/base/bytes.hpp"\n',
    "include/tunlab/profile/parse.hpp": '#include "tunlab/lab/hosts.hpp"\n',
    "include/tunlab/profile/document.hpp": "",
    "src/profile/document.cpp": '#include "tunlab/profile/document.hpp"\n#include <nlohmann/json.hpp>\n',
    "tests/unit/profile/document_test.cpp": "",
    "include/tunlab/kernel/rtnl.hpp": '#include "tunlab/plan/steps.hpp"\n',
    "src/kernel/rtnl.cpp": '#include "tunlab/kernel/rtnl.hpp"\n#include "handle.hpp"\n#include <netlink/netlink.h>\n',
    "src/kernel/handle.hpp": "#include <sys/socket.h>\n#include <unistd.h>\n",
    "src/cli/up.cpp": '#include "up.hpp"\n',
    "src/cli/up.hpp": '#include "tunlab/plan/steps.hpp"\n',
    "include/tunlab/cli/options.hpp": "",
    "src/cli/options.cpp": "#include <CLI/CLI.hpp>\n",
    "src/cli/main.cpp": '#include "tunlab/report/lines.hpp"\n#include "tunlab/kernel/rtnl.hpp"\n',
}

# Each changes one file of the good tree, and must give this finding and no other.
BAD = [
    ("include/tunlab/base/bytes.hpp", '\n#include "tunlab/wire/arp.hpp"\n', ":2: base may not include wire"),
    ("include/tunlab/wire/arp.hpp", '#include "tunlab/lab/hosts.hpp"\n', ":1: wire may not include lab"),
    ("include/tunlab/profile/parse.hpp", '#include "tunlab/plan/steps.hpp"\n', ":1: profile may not include plan"),
    ("include/tunlab/report/lines.hpp", '#include "tunlab/kernel/rtnl.hpp"\n', ":1: report may not include kernel"),
    ("include/tunlab/kernel/rtnl.hpp", '#include "tunlab/report/lines.hpp"\n', ":1: kernel may not include report"),
    ("include/tunlab/plan/steps.hpp", '  #  include "tunlab/cli/up.hpp"\n', ":1: plan may not include cli"),
    ("include/tunlab/lab/hosts.hpp", "#include <tunlab/base/bytes.hpp>\n", ":1: <tunlab/base/bytes.hpp> is our own"),
    ("include/tunlab/lab/hosts.hpp", '#include "tunlab/attic/old.hpp"\n', ":1: tunlab/attic/old.hpp: there is no layer"),
    ("include/tunlab/lab/hosts.hpp", '#include "../base/bytes.hpp"\n', ':1: "../base/bytes.hpp" is neither'),
    ("include/tunlab/lab/hosts.hpp", "#include HOSTS\n", ":1: an #include names its file"),
    ("include/tunlab/kernel/rtnl.hpp", "#include <netlink/netlink.h>\n", ":1: <netlink/netlink.h> belongs in"),
    ("src/base/bytes.cpp", "#include <nlohmann/json.hpp>\n", ":1: <nlohmann/json.hpp> belongs in"),
    ("include/tunlab/profile/parse.hpp", "#include <nlohmann/json_fwd.hpp>\n", ":1: <nlohmann/json_fwd.hpp> belongs in"),
    ("include/tunlab/cli/up.hpp", "#include <CLI/CLI.hpp>\n", ":1: <CLI/CLI.hpp> belongs in"),
    ("include/tunlab/wire/arp.hpp", "#include <linux/if_ether.h>\n", ":1: <linux/if_ether.h> is the system's"),
    ("include/tunlab/wire/arp.hpp", "#include <arpa/inet.h>\n", ":1: <arpa/inet.h> is the system's"),
    ("include/tunlab/plan/steps.hpp", "#include <unistd.h>\n", ":1: <unistd.h> is the system's"),
    ("src/cli/main.cpp", "#include <boost/any.hpp>\n", ":1: <boost/any.hpp> has no home"),
    ("src/kernel/serving_loop.cpp", "", ":1: its header is missing: include/tunlab/kernel/serving_loop.hpp"),
    ("tests/unit/base/bytes_test.cpp", None, "src/base/bytes.cpp:1: its test is missing"),
    ("src/stray.cpp", "", ":1: not in a layer"),
    ("include/tunlab/util/text.hpp", "", ":1: not in a layer"),
    ("include/tunlab/base/bytes.cpp", "", ":1: include holds .hpp files only"),
]


def self_test():
    """Builds the good tree and each bad one; returns what went unnoticed or was noticed for nothing."""
    faults = []
    for path, text, expected in [("", "", None), *BAD]:
        with tempfile.TemporaryDirectory() as name:
            root = Path(name)
            tree = {**GOOD, **({path: text} if path else {})}
            for file, content in tree.items():
                if content is not None:
                    (root / file).parent.mkdir(parents=True, exist_ok=True)
                    (root / file).write_text(content, encoding="utf-8")
            found = findings(root)
            if expected and expected.startswith(":"):
                expected = path + expected
            as_expected = [line.startswith(expected) for line in found] == [True] if expected else found == []
            if not as_expected:
                faults.append(f"expected {expected or 'nothing'}, found {found}")
    with tempfile.TemporaryDirectory() as name:
        if not findings(Path(name)):
            faults.append("an empty tree passed")
    return faults


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    found = self_test() if arguments == ["--self-test"] else findings(Path(arguments[0]))
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
