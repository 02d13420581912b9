"""Each framework's own kind of application, started by `webfoot run` and spoken to over a socket.

Twice: as a user starts it, with a reload, and with all else changed that may matter (guard, parser, event loop).
"""

from __future__ import annotations

import hashlib
import re
import signal
import socket
import struct
from collections.abc import Callable
from functools import partial

import httpx2
import pytest
from tests.frameworks.ponds import APPS, PONDS, Pond, served
from tests.server.process.serving import GUARD, connect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect as open_websocket
from websockets.typing import Subprotocol

WAYS = {
    "default": ((), signal.SIGTERM),
    "guarded": (("--guard", "--http", "h11", "--loop", "asyncio"), signal.SIGINT),
}


PROTOCOLS = [Subprotocol("quack")]
OUR_TRACEBACKS = re.compile(r"the application raised (\w+)")
"""What the server says over a traceback. Frameworks have words of their own."""


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", PONDS)
def test_it_does_all_that_it_can(name: str, way: str, subtests: pytest.Subtests) -> None:
    pond = PONDS[name]
    flags, number = WAYS[way]
    with served(pond.target, *flags) as server:
        with httpx2.Client(base_url=server.url(), timeout=GUARD) as client:
            for check in CHECKS:
                if check.__name__ not in pond.lacks:
                    with subtests.test(check.__name__):
                        check(client, pond)
            if way == "default":
                server.send(signal.SIGHUP)
                server.wait_for(r"reloaded; this process")
                json(client, pond)
        assert server.end(number) == 0

    # A reload starts the application in a second process, and then ends it in the first one.
    times = 0 if "lifespan" in pond.lacks else 2 if way == "default" else 1
    assert re.findall(r"the pond (\w+)", server.output) == ["opens"] * times + ["closes"] * times
    assert "LookupError: no such duck" in server.output
    violation = {"ASGIViolation"} if pond.to_nobody and way == "guarded" else set()
    assert set(OUR_TRACEBACKS.findall(server.output)) - {"LookupError"} == violation, server.output


def json(client: httpx2.Client, pond: Pond) -> None:
    answer = client.get("/ducks/Eiderente%20ä", params={"size": 3})
    assert answer.status_code == 200
    assert answer.json() == {"name": "Eiderente ä", "size": 3, "client": "127.0.0.1"}


def form(client: httpx2.Client, pond: Pond) -> None:
    filled = {"name": "Säger", "pond": "a & b"}
    assert client.post("/form", data=filled).json() == filled


def upload(client: httpx2.Client, pond: Pond) -> None:
    photo = bytes(range(256)) * 2000
    answer = client.post("/upload", files={"photo": ("duck.png", photo, "image/png")})
    assert answer.json() == {"name": "duck.png", "size": len(photo), "digest": hashlib.sha256(photo).hexdigest()}


def stream(client: httpx2.Client, pond: Pond) -> None:
    """The first part is there while the application waits; another request lets it go on."""
    with client.stream("GET", "/stream") as answer:
        parts = answer.iter_bytes()
        assert next(parts) == b"first "
        assert client.post("/let").status_code == 204
        assert b"".join(parts) == b"last"


def crash(client: httpx2.Client, pond: Pond) -> None:
    answer = client.get("/crash")
    assert answer.status_code == 500
    assert "no such duck" not in answer.text
    json(client, pond)


def page(client: httpx2.Client, pond: Pond) -> None:
    answer = client.get("/page")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text.strip() == "<ul><li>eider</li><li>&lt;teal&gt;</li></ul>"


def static(client: httpx2.Client, pond: Pond) -> None:
    answer = client.get("/static/feather.txt")
    assert answer.status_code == 200
    assert answer.content == (APPS / "static/feather.txt").read_bytes()
    assert client.get("/static/none.txt").status_code == 404


def talk(client: httpx2.Client, pond: Pond) -> None:
    with open_websocket(talking(client), subprotocols=PROTOCOLS, open_timeout=GUARD) as websocket:
        assert websocket.subprotocol == "quack"
        websocket.send("quack")
        assert websocket.recv(GUARD) == b"quack"
        websocket.send(b"honk")
        assert websocket.recv(GUARD) == "honk"
        with pytest.raises(ConnectionClosed) as closed:
            websocket.recv(GUARD)
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == pond.ending


def wire(client: httpx2.Client, pond: Pond) -> None:
    """What the framework writes goes out as it is where that does no harm, and mended where it would."""
    ask = partial(names_of_fields, str(client.base_url))
    assert "content-length" not in {name.lower() for name in ask("POST", "/let")}
    for kind, path in (("most", "/ducks/eider?size=3"), ("some", "/static/feather.txt")):
        has_capitals = not all(map(str.islower, ask("GET", path)))
        assert has_capitals == (pond.capitals in (kind, "most"))


def leave(client: httpx2.Client, pond: Pond) -> None:
    """Clients that go in the middle of something. What frameworks make of it is theirs; we log no traceback."""
    url, host = str(client.base_url), b"host: 127.0.0.1\r\n"
    for half in (
        b"GET /stream HTTP/1.1\r\n%b\r\n" % host,
        b"POST /form HTTP/1.1\r\n%bcontent-type: application/x-www-form-urlencoded\r\n" % host
        + b"content-length: 99\r\nexpect: 100-continue\r\n\r\n",  # it goes when it is asked for the rest
    ):
        with connect(url) as connection:
            connection.sendall(half)
            assert connection.recv(1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # ends with a reset
    if "talk" not in pond.lacks:
        open_websocket(talking(client), subprotocols=PROTOCOLS, open_timeout=GUARD).socket.close()
    json(client, pond)


def talking(client: httpx2.Client) -> str:
    return f"ws{str(client.base_url).removeprefix('http').rstrip('/')}/talk"


CHECKS: tuple[Callable[[httpx2.Client, Pond], None], ...] = (
    json, form, upload, leave, stream, crash, page, static, talk, wire
)  # fmt: skip


def names_of_fields(url: str, method: str, path: str) -> list[str]:
    """The names of the fields of the answer, as they are written."""
    with connect(url) as connection:
        connection.sendall(
            f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode()
        )
        heard = b""
        while data := connection.recv(65536):
            heard += data
    return [line.partition(":")[0] for line in heard.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]]
