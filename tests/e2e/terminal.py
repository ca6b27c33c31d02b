"""tunlab on a terminal: a pseudo-terminal as its controlling one, as a person has it."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from lab import PATIENCE, ROOT, environment

ESCAPE = "\x1b["


class Terminal:
    """A program with a pseudo-terminal as stdin, stdout and stderr, or some of them.

    `stdout` or `stderr` given as a file descriptor or `subprocess.PIPE` are not the terminal.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        stdout: int | None = None,
        stderr: int | None = None,
    ) -> None:
        self.argv = argv
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 120, 0, 0))
        self.popen = subprocess.Popen(
            argv,
            stdin=slave,
            stdout=slave if stdout is None else stdout,
            stderr=slave if stderr is None else stderr,
            env=env or environment(),
            cwd=ROOT,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        self.screen = ""
        self._grown = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        # The master gives EIO when the last program has closed its end.
        with suppress(OSError):
            while data := os.read(self._master, 65536):
                with self._grown:
                    self.screen += data.decode("utf-8", "surrogateescape")
                    self._grown.notify_all()
        with self._grown:
            self._ended = True
            self._grown.notify_all()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self.popen.poll() is None:
            self.popen.kill()
            self.popen.wait()
        self._reader.join(PATIENCE)
        for stream in (self.popen.stdout, self.popen.stderr):
            if stream is not None:
                stream.close()
        os.close(self._master)

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def until(self, pattern: str) -> re.Match[str]:
        deadline = time.monotonic() + PATIENCE
        with self._grown:
            while True:
                match = re.search(pattern, self.screen)
                if match:
                    return match
                left = deadline - time.monotonic()
                assert left > 0 and not self._ended, f"no /{pattern}/ on the screen:\n{self.screen!r}"
                self._grown.wait(left)

    def wait(self) -> int:
        code = self.popen.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code
