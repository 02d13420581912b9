"""Real server processes: started on port 0, read line by line, asked over sockets, ended by their pid."""

from __future__ import annotations

import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

GUARD = 40.0
"""Seconds after which a test that waits for something fails; nothing here comes near it."""

APP = """
import asyncio, os, time

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        print("the application was told to shut down", flush=True)
        await send({"type": "lifespan.shutdown.complete"})
        return
    path = scope["path"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if path == "/stream":
        while True:
            await send({"type": "http.response.body", "body": b"drop", "more_body": True})
            await asyncio.sleep(0.05)
    if path == "/slow":
        await send({"type": "http.response.body", "body": b"begun ", "more_body": True})
        await asyncio.sleep(1)
    if path == "/die":
        os._exit(9)
    if path == "/thread":
        await asyncio.to_thread(time.sleep, 1000)
    if path == "/block":
        await send({"type": "http.response.body", "body": b"blocking", "more_body": True})
        time.sleep(1000)
    await send({"type": "http.response.body", "body": f"pid {os.getpid()}".encode()})
"""


class Serving:
    """A process that serves. `output` is what it has printed so far, stdout and stderr together."""

    def __init__(self, *words: str, cwd: Path | str, python: str = sys.executable, **environment: str) -> None:
        self.process = subprocess.Popen(
            [python, *words],
            cwd=cwd,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.output = ""
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Serving:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Read on until a line matches."""
        while True:
            try:
                line = self._lines.get(timeout=GUARD)
            except queue.Empty:
                line = None
            assert line is not None, f"{pattern!r} was not printed, but:\n{self.output}"
            self.output += line
            if match := re.search(pattern, line):
                return match

    def url(self) -> str:
        """Wait for the line that says that it serves."""
        return self.wait_for(r"serving .* on (http://\S+|unix:\S+)")[1]

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait; the exit code."""
        self.send(number)
        return self.code()

    def code(self) -> int:
        """Wait for the end; the exit code."""
        code = self.process.wait(GUARD)
        while (line := self._lines.get(timeout=GUARD)) is not None:
            self.output += line
        return code


def webfoot(*words: str, cwd: Path | str, **environment: str) -> Serving:
    return Serving("-m", "webfoot", *words, cwd=cwd, **environment)


def connect(url: str) -> socket.socket:
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname, parts.port), timeout=GUARD)


def opened(url: str, path: str) -> socket.socket:
    """A request whose response has begun."""
    connection = connect(url)
    connection.sendall(f"GET {path} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
    heard = b""
    while b"\r\n\r\n" not in heard or heard.endswith(b"\r\n\r\n"):
        heard += connection.recv(65536)
    return connection


def ask(url: str, path: str = "/") -> str:
    """The body of the answer; "" if the connection ended without one."""
    with connect(url) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n".encode())
        heard = b""
        while data := connection.recv(65536):
            heard += data
    return heard.partition(b"\r\n\r\n")[2].decode()


def poll(question, answer_is=bool):
    """Ask until the answer is right; the answer."""
    end = time.monotonic() + GUARD
    while time.monotonic() < end:
        try:
            answer = question()
        except OSError as error:
            answer = None
            last = error
        else:
            if answer_is(answer):
                return answer
            last = answer
        time.sleep(0.02)
    raise AssertionError(f"the answer stayed {last!r}")


QUIET_APP = APP.replace("print(", "len(").replace(", flush=True", "")
"""For where nobody can read what it says: its shutdown would fail."""


def write_app(directory: Path, text: str = APP, name: str = "main") -> Path:
    path = directory / f"{name}.py"
    path.write_text(text)
    return path
