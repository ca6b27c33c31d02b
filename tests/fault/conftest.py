"""The fault harness uses the namespaces of the end-to-end tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

import lab  # noqa: E402


@pytest.fixture
def ns() -> Iterator[lab.Namespace]:
    if os.geteuid() != 0:
        pytest.skip("needs root: it makes network namespaces and devices")
    with lab.Namespace.create() as namespace:
        yield namespace


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that makes allocations and messages fail."""
    library = tmp_path_factory.mktemp("shim") / "shim.so"
    source = HERE / "shim.c"
    subprocess.run(["cc", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library, source], check=True)
    return library
