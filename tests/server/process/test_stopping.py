"""How a process ends that is in use: who hears of it, who is waited for, and what the log says of them."""

from __future__ import annotations

import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.server.process.serving import GUARD, Serving, ask, connect, poll, webfoot

APP = """
import asyncio, threading, time
from webfoot.web import Request, Response, Route, StreamingResponse, WebApp, WebSocketRoute

held = {}

async def plain(request):
    return Response(request.stopping.phase)

async def slow(request):
    await asyncio.sleep(1.0)
    return Response("slow")

async def stuck(request):
    await asyncio.sleep(1000)  # stuck

async def upload(request):
    await request.body()  # upload

def block(request):
    time.sleep(1000)  # block

async def ticks(request):
    async def drops():
        yield b"data: drop\\n\\n"
        while True:
            await asyncio.sleep(1000)
    return StreamingResponse(drops(), media_type="text/event-stream")

async def polite(request):
    async def drops():
        yield b"data: drop\\n\\n"
        await request.stopping.wait()
        yield b"data: goodbye\\n\\n"
    return StreamingResponse(drops(), media_type="text/event-stream")

async def chat(socket):
    await socket.accept()
    await socket.send_text("welcome")
    await socket.receive_text()

async def polite_chat(socket):
    await socket.accept()
    await socket.send_text("welcome")
    await socket.stopping.wait()
    await socket.send_text("goodbye")
    await socket.close(4000)

def watch(stopping):
    stopping.wait_in_thread()
    print("the thread has heard of it", flush=True)

from contextlib import asynccontextmanager

@asynccontextmanager
async def lifespan(app):
    async def worker():
        from webfoot.asgi.stopping import STOPPING_KEY
        await held["stopping"].wait()
        print("the task has heard of it", flush=True)
    yield

class Told:
    def __init__(self, app):
        self.app = app
    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            stopping = scope["state"]["webfoot.stopping"]
            threading.Thread(target=watch, args=(stopping,), daemon=True).start()
            stopping.is_heeded = False
        await self.app(scope, receive, send)

app = Told(WebApp(
    routes=[
        Route("/", plain), Route("/slow", slow), Route("/stuck", stuck), Route("/block", block),
        Route("/upload", upload, methods=["POST"]), Route("/ticks", ticks), Route("/polite", polite),
        WebSocketRoute("/chat", chat), WebSocketRoute("/polite-chat", polite_chat),
    ],
))
"""

UPGRADE = (
    b"connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
    b"sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)
RUN = ("run", "main:app", "--port", "0")


def line_of(mark: str) -> str:
    number = next(at for at, line in enumerate(APP.splitlines(), 1) if line.endswith(f"# {mark}"))
    return f"main.py:{number}"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "main.py").write_text(APP)
    return tmp_path


@pytest.fixture
def opened() -> Iterator[list[socket.socket]]:
    sockets: list[socket.socket] = []
    yield sockets
    for each in sockets:
        each.close()


def begin(opened: list[socket.socket], url: str, request: bytes, until: bytes = b"") -> socket.socket:
    """Send what begins a request, and read to the bytes that show that it is under way."""
    connection = connect(url)
    opened.append(connection)
    connection.sendall(request)
    read_to(connection, until)
    return connection


def read_to(connection: socket.socket, until: bytes) -> bytes:
    heard = b""
    while until not in heard:
        data = connection.recv(65536)
        assert data, heard
        heard += data
    return heard


def read_all(connection: socket.socket) -> bytes:
    connection.settimeout(GUARD)
    heard = b""
    while data := connection.recv(65536):
        heard += data
    return heard


def get(path: str, fields: bytes = b"") -> bytes:
    return f"GET {path} HTTP/1.1\r\nhost: x\r\n".encode() + fields + b"\r\n"


@pytest.mark.parametrize("parser", ["httptools", "h11"])
def test_ctrl_c_says_what_it_waits_for_and_where_that_stands(
    here: Path, opened: list[socket.socket], parser: str
) -> None:
    with webfoot(*RUN, "--http", parser, "--timeout-graceful-shutdown", "1.5", cwd=here) as serving:
        url = serving.url()
        begin(opened, url, get("/ticks"), b"drop")
        begin(opened, url, get("/chat", UPGRADE), b"welcome")
        begin(opened, url, b"POST /upload HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf")
        begin(opened, url, get("/stuck"))
        begin(opened, url, get("/block"))
        poll(lambda: ask(url) == "serving")
        assert serving.end(signal.SIGINT) == 0
    waiting = re.search(r"waiting up to 1.5 s for (.*) \(Ctrl-C to cut off\)", serving.output)
    assert waiting, serving.output
    assert "cut off " in serving.output
    for told in (waiting[1], serving.output.partition("cut off ")[2]):
        assert re.search(rf"GET /stuck \(\d s\) at {line_of('stuck')} in stuck", told)
        middleware = r"main.py:\d+ in Told.__call__, which waits for "
        assert re.search(rf"GET /block \(\d s\) at {middleware}{line_of('block')} in block in a thread", told)
        upload = rf"POST /upload \(\d s\) at {line_of('upload')} in upload, while the client still sends the body"
        assert re.search(upload, told)
    assert "/ticks" not in waiting[1]
    assert "/chat" not in waiting[1]
    assert "Traceback" not in serving.output


def test_streams_that_heed_the_event_say_goodbye(here: Path, opened: list[socket.socket]) -> None:
    with webfoot(*RUN, "--timeout-streams", "20", "--timeout-graceful-shutdown", "30", cwd=here) as serving:
        url = serving.url()
        events = begin(opened, url, get("/polite"), b"drop")
        socket_ = begin(opened, url, get("/polite-chat", UPGRADE), b"welcome")
        began = time.monotonic()
        serving.send(signal.SIGTERM)
        assert b"data: goodbye\n\n" in read_all(events)
        heard = read_to(socket_, b"\x0f\xa0")
        assert b"goodbye" in heard
        assert b"\x88\x02\x0f\xa0" in heard  # its own close code, 4000
        socket_.close()
        assert serving.code() == 0
        assert time.monotonic() - began < 15
    assert "the thread has heard of it" in serving.output
    assert "cut off" not in serving.output


def test_streams_that_do_not_end_by_themselves_are_ended(here: Path, opened: list[socket.socket]) -> None:
    with webfoot(*RUN, "--timeout-streams", "0.3", cwd=here) as serving:
        url = serving.url()
        assert ask(url) == "serving"
        events = begin(opened, url, get("/ticks"), b"drop")
        chat = begin(opened, url, get("/chat", UPGRADE), b"welcome")
        begin(opened, url, get("/polite"), b"drop")  # somebody heeds it
        serving.send(signal.SIGTERM)
        assert read_all(events).endswith(b"0\r\n\r\n")  # not broken off
        assert b"\x03\xf4the server is stopping" in read_to(chat, b"stopping")  # 1012
        chat.close()
        assert serving.code() == 0
    assert "cut off" not in serving.output


@pytest.mark.parametrize("workers", ["1", "2"])
def test_sigterm_goes_on_accepting_for_the_delay(here: Path, opened: list[socket.socket], workers: str) -> None:
    delayed = ("--shutdown-delay", "2", "--workers", workers, "--readyz-path", "/readyz")
    with webfoot(*RUN, *delayed, cwd=here) as serving:
        url = serving.url()
        assert ask(url, "/readyz") == "ready\n"
        kept = begin(opened, url, get("/"), b"serving")
        serving.send(signal.SIGTERM)
        serving.wait_for("stopping; accepting for 2 s more")
        poll(lambda: ask(url, "/readyz"), lambda answer: answer == "stopping\n")
        heard = b""
        while b"draining" not in heard:  # its worker may hear of it a moment later than its parent
            kept.sendall(get("/"))
            heard = read_to(kept, b"ing")
        assert b"connection: close\r\n" in heard
        assert kept.recv(1) == b""
        fresh = begin(opened, url, get("/"))
        heard = read_all(fresh)  # which ends: the connection is not kept
        assert heard.startswith(b"HTTP/1.1 200") and b"connection: close\r\n" in heard
        assert heard.endswith(b"draining")
        slow = begin(opened, url, get("/slow"))
        assert read_all(slow).endswith(b"slow")
        assert serving.code() == 0
        with pytest.raises(OSError):
            connect(url)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_does_not_wait_for_the_delay(here: Path, workers: str) -> None:
    with webfoot(*RUN, "--shutdown-delay", "1000", "--workers", workers, cwd=here) as serving:
        serving.url()
        assert serving.end(signal.SIGINT) == 0
    assert "accepting" not in serving.output


def test_ctrl_c_ends_the_delay(here: Path) -> None:
    with webfoot(*RUN, "--shutdown-delay", "1000", cwd=here) as serving:
        serving.url()
        serving.send(signal.SIGTERM)
        serving.wait_for("accepting for 1000 s more")
        assert serving.end(signal.SIGINT) == 0
    assert "Traceback" not in serving.output


def test_sigterm_during_a_start_does_not_wait_for_the_delay(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "import asyncio\n"
        "async def app(scope, receive, send):\n"
        "    print('starting', flush=True)\n"
        "    await asyncio.sleep(1000)\n"
    )
    with webfoot(*RUN, "--shutdown-delay", "1000", "--lifespan", "on", cwd=tmp_path) as serving:
        serving.wait_for("starting")
        assert serving.end(signal.SIGTERM) == 0


def test_pipelined_requests_that_were_read_are_answered_and_the_last_one_closes(
    here: Path, opened: list[socket.socket]
) -> None:
    with webfoot(*RUN, cwd=here) as serving:
        url = serving.url()
        pipeline = begin(opened, url, get("/slow") + get("/") + get("/"))
        poll(lambda: ask(url) == "serving")
        serving.send(signal.SIGTERM)
        heard = read_all(pipeline)
        # RFC 9112 section 9.6: whoever reads `close` knows that nothing behind it was answered, and may ask again
        assert heard.count(b"HTTP/1.1 200") == 1
        assert heard.count(b"connection: close") == 1
        assert heard.endswith(b"slow")
        assert serving.code() == 0


def test_a_shutdown_that_hangs_is_named(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "import asyncio\n"
        "async def app(scope, receive, send):\n"
        "    await receive()\n"
        "    await send({'type': 'lifespan.startup.complete'})\n"
        "    await receive()\n"
        "    await asyncio.sleep(1000)\n"
    )
    with webfoot(*RUN, cwd=tmp_path) as serving:
        serving.url()
        at = "main.py:6 in app"
        serving.send(signal.SIGINT)
        serving.wait_for("stopping")
        serving.wait_for(rf"waiting up to \d+ s for the application's shutdown at {at} \(Ctrl-C to cut off\)")
        assert serving.end(signal.SIGINT) == 1
    assert re.search(
        rf"the application's shutdown (was cut off|did not end within 1 s and was cut off) at {at}", serving.output
    )


def test_a_program_can_drain_too(tmp_path: Path) -> None:
    (tmp_path / "go.py").write_text(
        "import threading\n"
        "from webfoot.server import Server, ServerOptions\n"
        "async def app(scope, receive, send):\n"
        "    if scope['type'] == 'http':\n"
        "        server.drain()\n"
        "        await send({'type': 'http.response.start', 'status': 200, 'headers': []})\n"
        "        await send({'type': 'http.response.body', 'body': b'drained'})\n"
        "server = Server(ServerOptions(app, port=0, shutdown_delay=0.2))\n"
        "import logging; logging.basicConfig(level='INFO')\n"
        "server.run()\n"
    )
    with Serving("go.py", cwd=tmp_path) as serving:
        assert ask(serving.url()) == "drained"
        assert serving.code() == 0
    assert "accepting for 0.2 s more" in serving.output


def test_clients_over_the_limit_during_the_delay(here: Path, opened: list[socket.socket]) -> None:
    with webfoot(*RUN, "--shutdown-delay", "2", "--limit-connections", "1", cwd=here) as serving:
        url = serving.url()
        begin(opened, url, get("/stuck"))
        waiting = connect(url)
        opened.append(waiting)
        assert read_all(waiting).startswith(b"HTTP/1.1 503")
        over = connect(url)  # told 503, and does not go
        opened.append(over)
        serving.send(signal.SIGTERM)
        serving.wait_for("accepting for 2 s more")
        late = connect(url)
        opened.append(late)
        assert read_all(late).startswith(b"HTTP/1.1 503")
        opened[0].close()
        assert serving.code() == 0
    assert "Traceback" not in serving.output
