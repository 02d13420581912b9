"""A server process under watch: its memory is looked at a hundred times a second."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = os.sysconf("SC_PAGE_SIZE")
MIB = 2**20


@dataclass
class Watched:
    """Bytes of memory (RSS) before something went through the server, and while it did."""

    before: int
    samples: list[int]

    @property
    def peak(self) -> int:
        """How far it rose above what was held before."""
        return max(self.samples) - self.before

    @property
    def growth(self) -> int:
        """How much higher it rose in the second half than in the first: what keeps something grows."""
        middle = len(self.samples) // 2
        return max(self.samples[middle:]) - max(self.samples[:middle] or self.samples)


class Server:
    def __init__(self, http: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.served", http],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what the broken application raises
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline() or 0)
        if not self.port:
            raise RuntimeError("the server did not start: run python -m tests.soak.served httptools")

    def memory(self) -> int:
        return int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]) * PAGE

    def state(self) -> dict[str, int]:
        """Requests, connections and tasks in the server, and the files that its process has open."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/state")
            said: dict[str, int] = json.loads(connection.getresponse().read())
            files = len(os.listdir(f"/proc/{self._process.pid}/fd")) - 1  # without that of this very connection
        finally:
            connection.close()
        return {**said, "files": files}

    def settled(self, expected: dict[str, int], within: float = 10.0) -> dict[str, int]:
        """The state as soon as it is the `expected` one, or the last that was seen."""
        deadline = time.monotonic() + within
        while (state := self.state()) != expected and time.monotonic() < deadline:
            time.sleep(0.05)
        return state

    @contextlib.contextmanager
    def watched(self) -> Iterator[Watched]:
        watched = Watched(self.memory(), [])
        over = threading.Event()

        def watch() -> None:
            while not over.wait(0.01):
                watched.samples.append(self.memory())

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield watched
        finally:
            over.set()
            watcher.join()
            watched.samples.append(self.memory())

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


@contextlib.contextmanager
def served(http: str) -> Iterator[Server]:
    server = Server(http)
    try:
        yield server
    finally:
        server.end()
