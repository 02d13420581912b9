"""Server processes that listen at several places, on sockets that they were given, and on Unix sockets."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from tests.server.net.test_binding import needs_ipv6
from tests.server.process.serving import GUARD, Serving, ask, poll, webfoot, write_app

ACTIVATE = """
import os, socket, sys
listening = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
for number, each in enumerate(listening, 3):
    os.dup2(each.fileno(), number + 10)
for number in range(3, 5):
    os.dup2(number + 10, number)
    os.set_inheritable(number, True)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "2", "LISTEN_FDNAMES": "web:admin"}
os.execv(sys.executable, [sys.executable, "-m", "webfoot", *sys.argv[1:]])
"""


def activated(*words: str, cwd: Path) -> Serving:
    """As systemd starts a server: with two sockets, "web" and "admin"."""
    return Serving("-c", ACTIVATE, *words, cwd=cwd)


def urls_of(server: Serving) -> list[str]:
    said = server.wait_for(r"serving \S+ on (.*?)(?: with \d+ workers)? \(Ctrl-C")[1]
    return said.split(" and ")


def ask_unix(path: str) -> str:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(GUARD)
        client.connect(path)
        client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        heard = b"".join(iter(lambda: client.recv(65536), b""))
    return heard.partition(b"\r\n\r\n")[2].decode()


MODES = pytest.mark.parametrize("more", [(), ("--workers", "2"), ("--reload",)], ids=["alone", "workers", "reload"])


@needs_ipv6
@MODES
def test_several_places(tmp_path: Path, more: tuple[str, ...]):
    write_app(tmp_path)
    path = tmp_path / "web.sock"
    places = ["127.0.0.1:0", "[::1]:0", f"unix:{path}"]
    words = [word for each in places for word in ("--bind", each)]
    with webfoot("run", "main:app", *words, "--uds-permissions", "620", *more, cwd=tmp_path) as server:
        first, second, third = urls_of(server)
        assert first.startswith("http://127.0.0.1:") and second.startswith("http://[::1]:") and third == f"unix:{path}"
        for url in (first, second):
            assert ask(url).startswith("pid ")
        assert ask_unix(str(path)).startswith("pid ")
        assert stat.S_IMODE(path.stat().st_mode) == 0o620
        assert server.end() == 0
    assert not path.exists()


@needs_ipv6
def test_both_versions_of_ip(tmp_path: Path):
    write_app(tmp_path)
    with webfoot("run", "main:app", "--host", "::", "--port", "0", cwd=tmp_path) as server:
        (url,) = urls_of(server)
        port = url.rpartition(":")[2]
        assert ask(f"http://[::1]:{port}").startswith("pid ")
        assert ask(f"http://127.0.0.1:{port}").startswith("pid ")


def test_one_place_that_is_taken_leaves_nothing_behind(tmp_path: Path):
    write_app(tmp_path)
    path = tmp_path / "web.sock"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        with webfoot("run", "main:app", "--bind", f"unix:{path}", "--bind", place, cwd=tmp_path) as server:
            assert server.code() == 1
    assert server.output.startswith(f"webfoot: cannot listen on {place}: the port is taken by another process")
    assert server.output.count("\n") == 1
    assert not path.exists()


def test_a_unix_socket_after_a_kill_and_beside_a_living_server(tmp_path: Path):
    write_app(tmp_path)
    path = tmp_path / "web.sock"
    words = ("run", "main:app", "--uds", str(path))
    with webfoot(*words, cwd=tmp_path) as server:
        server.url()
        assert server.end(signal.SIGKILL) == -signal.SIGKILL
    assert path.exists()
    with webfoot(*words, cwd=tmp_path) as server:
        server.url()
        with webfoot(*words, cwd=tmp_path) as second:
            assert second.code() == 1
        why = "another process listens there; end it, or choose another path"
        assert second.output == f"webfoot: cannot listen on {path}: {why}\n"
        assert ask_unix(str(path)).startswith("pid ")
        assert server.end() == 0
    assert not path.exists()


@MODES
def test_sockets_that_systemd_passes_are_used(tmp_path: Path, more: tuple[str, ...]):
    write_app(tmp_path)
    with activated("run", "main:app", *more, cwd=tmp_path) as server:
        urls = urls_of(server)
        assert len(urls) == 2 and not any(url.endswith(":8000") for url in urls)
        for url in urls:
            assert ask(url).startswith("pid ")
        assert server.end() == 0


def test_one_of_them_by_its_name(tmp_path: Path):
    write_app(tmp_path)
    with activated("run", "main:app", "--bind", "fd://admin", cwd=tmp_path) as server:
        (url,) = urls_of(server)
        assert ask(url).startswith("pid ")
    with activated("run", "main:app", "--bind", "fd://other", cwd=tmp_path) as server:
        assert server.code() == 1
    assert server.output.endswith("fd://other: no descriptor of this name was passed (LISTEN_FDNAMES)\n")


def test_they_are_left_alone_if_another_place_is_asked_for(tmp_path: Path):
    write_app(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with activated("run", "main:app", "--port", str(port), cwd=tmp_path) as server:
        assert urls_of(server) == [f"http://127.0.0.1:{port}"]


@pytest.mark.skipif(shutil.which("systemd-socket-activate") is None, reason="systemd is not installed")
def test_systemd_itself(tmp_path: Path):
    """Its tool opens the socket and starts the server at the first connection, which is served."""
    app = write_app(tmp_path)
    path = tmp_path / "web.sock"
    command = ["systemd-socket-activate", "-l", str(path), sys.executable, "-m", "webfoot", "run", "main:app"]
    with subprocess.Popen(command, cwd=app.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            poll(lambda: path.exists())
            assert ask_unix(str(path)) == f"pid {process.pid}"
        finally:
            os.kill(process.pid, signal.SIGTERM)
    assert path.exists()  # it is systemd's
