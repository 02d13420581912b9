"""The commands that watch requests, run as a user runs them, and what their processes hold: memory and files."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.soak import pond
from tests.soak.watching import PAGE

from webfoot.journey.flight.directory import flights
from webfoot.trail.page import PLACE

_START: Final = 30.0  # seconds
_API: Final = f"{PLACE}/api"


@dataclass(frozen=True, slots=True)
class Way:
    """One way of watching. pages: open ones that read the news; deaf: open ones that never read."""

    key: str
    title: str
    words: tuple[str, ...]
    pages: int = 0
    deaf: int = 0

    @property
    def has_page(self) -> bool:
        return (self.key.startswith("dev") and "--no-journey-page" not in self.words) or "--journey-page" in self.words

    @property
    def has_recorder(self) -> bool:
        return self.key.startswith("dev") or "--recorder" in self.words


WAYS: Final = (
    Way("run", "nobody watches", ("run",)),
    Way("recorder", "run --recorder", ("run", "--recorder")),
    Way("recorder-2", "run --recorder --workers 2", ("run", "--recorder", "--workers", "2")),
    Way("page", "run --journey-page", ("run", "--journey-page")),
    Way("dev-no-page", "dev --no-journey-page", ("dev", "--no-journey-page")),
    Way("dev", "dev, nobody looks at the page", ("dev",)),
    Way("dev-open", "dev, a page is open, another one never reads", ("dev",), pages=1, deaf=1),
)


@dataclass(frozen=True, slots=True)
class Held:
    """Bytes, at one moment: memory by the pid of a worker, that of the process that was started (0 if it is the only
    worker), and files in the directories for temporary and for run-time files.
    """

    requests: int
    workers: dict[int, int]
    supervisor: int
    files: int

    @property
    def largest(self) -> int:
        return max(self.workers.values())


class Command:
    """`webfoot WORDS`, with directories of its own for all that it writes."""

    def __init__(self, way: Way, directory: Path) -> None:
        self._directory = directory
        self._home = directory / "home"
        self._runtime, self._temporary = directory / "runtime", directory / "temporary"
        for each in (self._home, self._runtime, self._temporary):
            each.mkdir(mode=0o700)
        shutil.copy(str(pond.__file__), self._home / "pond.py")  # where no file changes meanwhile
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        command, *options = way.words
        self._process = subprocess.Popen(
            [sys.executable, "-m", "webfoot", command, "pond:app", *options, "--port", str(self.port)],
            cwd=self._home,
            env={**os.environ, "XDG_RUNTIME_DIR": str(self._runtime), "TMPDIR": str(self._temporary)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def wait(self) -> None:
        deadline = time.monotonic() + _START
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.05)
        raise RuntimeError("the server did not start")

    def held(self, requests: int) -> Held:
        pid = self._process.pid
        below = {each: _memory(each) for each in _descendants(pid)}
        own = _memory(pid)
        files = sum(each.stat().st_size for each in self._directory.rglob("*") if each.is_file())
        return Held(requests, below, own, files) if below else Held(requests, {pid: own}, 0, files)

    def left_over(self, way: Way) -> str:
        """What its watchers still take to be under way, in a sentence; "" if there is nothing."""
        said = []
        if way.has_page:
            listed = self._ask("/journeys?running=1")
            server = listed["server"]
            if listed["journeys"]:
                said.append(f"the page has {len(listed['journeys'])} under way: {listed['journeys'][0]['target']}")
            if server["kept"] > server["capacity"]:
                said.append(f"the page keeps {server['kept']} journeys")
        if way.has_recorder:
            recorded = flights(self._runtime / "webfoot")
            rows = [row for each in recorded for row in each.in_flight if not row.path.startswith(PLACE)]
            if rows:
                said.append(f"the recorder has {len(rows)} under way: {rows[0].path}")
        return "; ".join(said)

    def _ask(self, path: str) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", f"{_API}{path}")
            said: dict[str, Any] = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return said

    def end(self) -> str:
        """What stays in its directory for temporary files, in a sentence."""
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return "it did not end"
        left = [each.name for each in self._temporary.iterdir()]
        return f"left behind: {', '.join(left)}" if left else ""


@contextlib.contextmanager
def commanded(way: Way) -> Iterator[Command]:
    with tempfile.TemporaryDirectory(prefix="soak-") as directory:
        command = Command(way, Path(directory))
        try:
            command.wait()
            with contextlib.ExitStack() as stack:
                for _ in range(way.pages):
                    stack.enter_context(_reading_page(command.port))
                for _ in range(way.deaf):
                    stack.enter_context(_opened(command.port))
                yield command
        finally:
            command.end()


def _opened(port: int) -> socket.socket:
    """A page as the server sees it: somebody who has asked for the news."""
    client = socket.create_connection(("127.0.0.1", port), timeout=_START)
    client.sendall(f"GET {_API}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    return client


@contextlib.contextmanager
def _reading_page(port: int) -> Iterator[None]:
    """It reads all, and comes again when it was dropped, as a browser does."""
    over = threading.Event()

    def read() -> None:
        while not over.wait(0.2):
            with contextlib.suppress(OSError), _opened(port) as client:
                client.settimeout(1.0)
                while not over.is_set():
                    with contextlib.suppress(TimeoutError):
                        if not client.recv(1 << 18):
                            break

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield
    finally:
        over.set()
        reader.join()


def _descendants(pid: int) -> Iterator[int]:
    """Those that hold memory of their own: not one that is about to end."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (thread / "children").read_text().split()):
            if _is_worker(child):
                yield child
            yield from _descendants(child)


def _is_worker(pid: int) -> bool:
    try:
        return b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes() and _memory(pid) > 0
    except OSError:
        return False


def _memory(pid: int) -> int:
    """All that is resident but files: the recorder's, which is memory of the worker as far as it was written to once,
    counts by its size."""
    _, resident, shared, *_ = map(int, Path(f"/proc/{pid}/statm").read_text().split())
    return (resident - shared) * PAGE
