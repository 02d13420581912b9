"""Programs that serve, as processes: started, watched line by line, ended."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
GUARD = 30.0
"""Seconds after which a process that hangs is killed, so that the test fails instead of hanging."""


class Program:
    """A program that prints its URL. `output` is all that it printed (stdout and stderr) once it has ended."""

    def __init__(self, words: list[str], **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-u", *words],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.output = ""
        self._guard = threading.Timer(GUARD, self.process.kill)
        self._guard.start()

    def url(self) -> str:
        """Wait for the first URL that it prints, and for the line that says that it serves."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output += line
            if "serving" in line and (found := re.search(r"http://[\w.:]+", line)):
                return found[0]
        raise AssertionError(f"ended with {self.process.wait()}: {self.output}")

    def end(self, how: signal.Signals = signal.SIGINT) -> int:
        """Send a signal and wait; the exit code."""
        self.process.send_signal(how)
        return self.wait()

    def wait(self) -> int:
        assert self.process.stdout is not None
        self.output += self.process.stdout.read()
        code = self.process.wait()
        self._guard.cancel()
        return code

    def close(self) -> None:
        self._guard.cancel()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextmanager
def program(*words: str, **environment: str) -> Iterator[Program]:
    running = Program([*words], **environment)
    try:
        yield running
    finally:
        running.close()
