"""One server in its own process group on one core: start it, ask it, read its CPU time, end it."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.failure import Failure

ROOT = Path(__file__).resolve().parent.parent
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
START_WITHIN = 20.0
END_WITHIN = 5.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


class Serving:
    """A server that is running. Its group's id is its first process's id."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self._process = process
        self.port = port

    def cpu_seconds(self) -> float:
        """User and system time of all processes of the group so far (proc(5): fields 14 and 15 of stat)."""
        return sum(int(fields[11]) + int(fields[12]) for _, fields in self._processes()) / CLOCK_TICKS

    def memory(self) -> int:
        """Bytes of memory that the processes of the group hold in all (proc(5): Rss of smaps_rollup)."""
        held = 0
        for directory, _ in self._processes():
            for line in Path(directory, "smaps_rollup").read_text().splitlines():
                name, _, size = line.partition(":")
                if name == "Rss":
                    held += int(size.split()[0]) * 1024
        return held

    def _processes(self) -> Iterator[tuple[str, list[str]]]:
        """The group's directories in /proc, and what stat says there from its third field on."""
        for entry in os.scandir("/proc"):
            if not entry.name.isdigit():
                continue
            try:
                stat = Path(entry.path, "stat").read_text()
            except OSError:
                continue  # it ended while we were looking
            # The second field is the program's name in parentheses and may hold anything; count from behind it.
            fields = stat[stat.rindex(")") + 2 :].split()
            if int(fields[2]) == self._process.pid:
                yield entry.path, fields

    def ask(self, method: str, target: str, headers: dict[str, str], body: str | None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request(method, target, body=body, headers=headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def ended(self) -> bool:
        return self._process.poll() is not None

    def end(self) -> None:
        for how in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, how)
            except ProcessLookupError:
                break
            try:
                self._process.wait(END_WITHIN)
                break
            except subprocess.TimeoutExpired:
                continue
        # The first process has gone; a worker that outlived it must not spoil the next measurement.
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass


@contextmanager
def serving(label: str, command: Sequence[str], core: int) -> Iterator[Serving]:
    """Run `command` (with "{port}" replaced by a free port) pinned to `core` until the block ends.

    Raises Failure if it does not accept connections in time; the message carries the last lines of its output.
    """
    port = free_port()
    words = ["taskset", "-c", str(core), *(word.replace("{port}", str(port)) for word in command)]
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            words, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
        server = Serving(process, port)
        try:
            if not _accepts(server):
                output.seek(0)
                said = output.read().decode(errors="replace").strip().splitlines()[-5:]
                raise Failure(f"{label} did not start: " + (" | ".join(said) or "it printed nothing"))
            yield server
        finally:
            server.end()


def _accepts(server: Serving) -> bool:
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline and not server.ended():
        try:
            socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
            return True
        except OSError:
            time.sleep(0.02)
    return False


PYTHON = sys.executable
