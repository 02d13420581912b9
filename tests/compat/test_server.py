"""uvicorn.Server and uvicorn.run over our server: in a thread, in a loop, in worker processes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.compat.running import environment, ran_well, run

from webfoot.compat.server import Config, Server


async def app(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"served"})


def port_of(server: Server) -> int:
    port: int = server.servers[0].sockets[0].getsockname()[1]
    return port


def test_in_a_thread_as_test_fixtures_have_it() -> None:
    server = Server(Config(app, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.001)
    assert httpx2.get(f"http://127.0.0.1:{port_of(server)}/").text == "served"
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive()
    assert not server.started
    assert server.servers == []


@pytest.mark.parametrize("end", [lambda server: server.handle_exit(signal.SIGTERM, None), lambda server: server.stop()])
def test_in_a_loop(end: Callable[[Server], None]) -> None:
    async def main() -> None:
        server = Server(Config(app, port=0, log_level="error", lifespan="off"))
        task = asyncio.create_task(server.serve())
        while not server.started and not task.done():
            await asyncio.sleep(0.001)
        async with httpx2.AsyncClient() as client:
            answer = await client.get(f"http://127.0.0.1:{port_of(server)}/")
        assert answer.text == "served"
        assert not server.should_exit
        end(server)
        await asyncio.wait_for(task, 10)
        assert server.should_exit
        assert not server.force_exit

    asyncio.run(main())


def test_force() -> None:
    server = Server(Config(app, port=0))
    server.handle_exit(signal.SIGINT, None)
    assert not server.force_exit
    server.handle_exit(signal.SIGINT, None)
    assert server.force_exit


SCRIPT = """
import os
import uvicorn
from fastapi import FastAPI

app = FastAPI()


@app.get("/")
def root():
    return [uvicorn.__spec__.origin, app.title, os.getpid()]


if __name__ == "__main__":
    uvicorn.run("served:app", host="127.0.0.1", port=PORT, workers=WORKERS)
"""


@contextmanager
def running(words: list[Any], site: Path, cwd: Path, port: int) -> Iterator[str]:
    command = [sys.executable, "-S", *map(str, words)]
    process = subprocess.Popen(command, env=environment(site), cwd=cwd, stderr=subprocess.PIPE, text=True)
    try:
        address = f"http://127.0.0.1:{port}/"
        for _ in range(400):
            try:
                httpx2.get(address)
                break
            except httpx2.TransportError:
                assert process.poll() is None, process.stderr and process.stderr.read()
                time.sleep(0.05)
        yield address
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.communicate()


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.parametrize("workers", [1, 2])
def test_a_script_that_calls_run(site: Path, tmp_path: Path, workers: int) -> None:
    port = free_port()
    (tmp_path / "served.py").write_text(SCRIPT.replace("PORT", str(port)).replace("WORKERS", str(workers)))
    with running(["-m", "webfoot.compat", "served.py"], site, tmp_path, port) as address:
        origin, title, _ = httpx2.get(address).json()
        assert (origin, title) == ("webfoot.compat", "FastAPI")


@pytest.mark.parametrize(
    "words", [["--compat"], ["--compat", "--workers", "2"], ["--prepare", "webfoot.compat:install"]]
)
def test_the_command(site: Path, tmp_path: Path, words: list[str]) -> None:
    port = free_port()
    (tmp_path / "served.py").write_text(SCRIPT)
    with running(["-m", "webfoot", "run", *words, "--port", port, "served:app"], site, tmp_path, port) as address:
        assert httpx2.get(address).json()[:2] == ["webfoot.compat", "FastAPI"]


SUBCLASS = """
import asyncio, os, signal, threading, uvicorn

told = []

class Server(uvicorn.Server):
    def handle_exit(self, sig, frame):
        told.append("handle_exit")
        if told.count("handle_exit") > 1:
            super().handle_exit(sig, frame)

    async def startup(self, sockets=None):
        await super().startup(sockets=sockets)
        told.append(f"startup {self.started}")
        os.kill(os.getpid(), signal.SIGTERM)
        asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), signal.SIGTERM)

    async def shutdown(self, sockets=None):
        told.append("shutdown")
        await super().shutdown(sockets=sockets)

async def app(scope, receive, send): ...

config = uvicorn.Config(app, port=0, lifespan="off", log_level="error")
with config.bind_socket() as bound:
    Server(config).run(sockets=[bound])
assert told == ["startup True", "handle_exit", "handle_exit", "shutdown"], told
"""


def test_what_subclasses_override(site: Path) -> None:
    ran_well(run("-c", "import webfoot.compat\nwebfoot.compat.install()\n" + SUBCLASS, site=site))


FAILS = (
    SUBCLASS.partition("config =")[0]
    + """
class Failing(Server):
    async def startup(self, sockets=None):
        raise ValueError("no water")

try:
    Failing(uvicorn.Config(app, port=0, lifespan="off", log_level="error")).run()
except ValueError as error:
    told.append(str(error))
assert told == ["no water"], told
"""
)


def test_a_startup_that_fails_ends_the_server(site: Path) -> None:
    ran_well(run("-c", "import webfoot.compat\nwebfoot.compat.install()\n" + FAILS, site=site))


def test_supervisors(site: Path, tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "served.py").write_text(SCRIPT.partition("if __name__")[0])
    (tmp_path / "main.py").write_text(
        "import uvicorn\n"
        "from uvicorn.supervisors import Multiprocess\n"
        "if __name__ == '__main__':\n"
        f"    config = uvicorn.Config('served:app', port={port}, workers=2)\n"
        "    Multiprocess(config, target=uvicorn.Server(config).run, sockets=[config.bind_socket()]).run()\n"
    )
    with running(["-m", "webfoot.compat", "main.py"], site, tmp_path, port) as address:
        assert httpx2.get(address).json()[:2] == ["webfoot.compat", "FastAPI"]
