"""Real servers whose settings stand in a file: found, obeyed by all processes, and read again at SIGHUP."""

from __future__ import annotations

import signal
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.server.process.serving import GUARD, ask, poll, webfoot, write_app

PROJECT = """
[tool.webfoot]
app = "main:app"
port = 0
{more}

[tool.webfoot.headers]
X-Pond = "{pond}"
"""


def write(here: Path, pond: str, more: str = "") -> None:
    (here / "pyproject.toml").write_text(PROJECT.format(pond=pond, more=more))


def pond_at(url: str) -> str:
    """The header X-Pond of an answer."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), GUARD) as client:
        client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        head = b"".join(iter(lambda: client.recv(65536), b"")).partition(b"\r\n\r\n")[0].decode()
    return head.partition("x-pond: ")[2].partition("\r\n")[0]


@pytest.mark.parametrize("workers", [1, 2])
def test_run_alone_serves_from_anywhere_in_the_project(tmp_path: Path, workers: int) -> None:
    write_app(tmp_path)
    write(tmp_path, "A", f"workers = {workers}")
    (tmp_path / "inner").mkdir()
    with webfoot("run", cwd=tmp_path / "inner") as serving:
        url = serving.url()
        assert "pid" in ask(url)
        assert pond_at(url) == "A"
        assert serving.end() == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_sighup_reads_it_again(tmp_path: Path, workers: int) -> None:
    write_app(tmp_path)
    write(tmp_path, "A", f"workers = {workers}")
    with webfoot("run", cwd=tmp_path) as serving:
        url = serving.url()
        assert pond_at(url) == "A"
        write(tmp_path, "B", f"workers = {workers}")
        serving.send(signal.SIGHUP)
        serving.wait_for(r"INFO: +reloaded")
        poll(lambda: pond_at(url), lambda pond: pond == "B")
        write(tmp_path, "C", f"workers = {workers}\nprot = 1")
        serving.send(signal.SIGHUP)
        serving.wait_for(
            r"(nothing is reloaded|the reload has failed.*): there is no option prot \(from pyproject.toml:6\)"
        )
        assert pond_at(url) == "B"
        assert serving.end() == 0
