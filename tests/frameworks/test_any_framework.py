"""Each framework's own kind of application, started by `webfoot run` and spoken to over a socket.

Twice: as a user starts it, and with all else changed that may matter (the guard, the other parser, the other loop).
"""

from __future__ import annotations

import hashlib
import re
import signal
from collections.abc import Callable
from functools import partial

import httpx2
import pytest
from tests.frameworks.ponds import APPS, PONDS, Pond, served
from tests.server.process.serving import GUARD, connect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect as open_websocket

WAYS = {
    "default": ((), signal.SIGTERM),
    "guarded": (("--guard", "--http", "h11", "--loop", "asyncio"), signal.SIGINT),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", PONDS)
def test_it_does_all_that_it_can(name: str, way: str, subtests: pytest.Subtests) -> None:
    pond = PONDS[name]
    flags, number = WAYS[way]
    with served(pond.target, *flags) as server:
        url = server.url()
        with httpx2.Client(base_url=url, timeout=GUARD) as client:
            for check in CHECKS:
                if check.__name__ not in pond.lacks:
                    with subtests.test(check.__name__):
                        check(client, pond)
        assert server.end(number) == 0

    tracebacks = server.output.count("Traceback (most recent call last)")
    assert (tracebacks, "LookupError: no such duck" in server.output) == (1, True), server.output
    words = re.findall(r"the pond (\w+)", server.output)
    assert words == ([] if "lifespan" in pond.lacks else ["opens", "closes"])


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
    url = f"ws{str(client.base_url).removeprefix('http').rstrip('/')}/talk"
    with open_websocket(url, subprotocols=["quack"], open_timeout=GUARD) as websocket:  # type: ignore[list-item]
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


CHECKS: tuple[Callable[[httpx2.Client, Pond], None], ...] = (
    json, form, upload, stream, crash, page, static, talk, wire
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
