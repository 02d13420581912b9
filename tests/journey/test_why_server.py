"""Sentences for what the server decides, and for WebSockets: on both parsers, with the clock in hand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.conformance.harness import Dialogue, with_server

from webfoot import Depends, HTTPException, Request, Webfoot, WebSocket, WebSocketException
from webfoot.journey.record import Record
from webfoot.journey.watching import Watching
from webfoot.journey.why import why
from webfoot.testing.wire import Wire, run_on_wire

HANDSHAKE = (
    "host: a\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n"
)
app = Webfoot()


class Told:
    def __init__(self) -> None:
        self.sentences: list[tuple[str, str]] = []

    def loaded(self, app: Any) -> Any:
        return app

    def done(self, record: Record) -> None:
        reason = why(record)
        if reason is not None:
            self.sentences.append((reason.layer, reason.sentence))


def told_of(talk: Callable[[Wire], Awaitable[Any]], **options: Any) -> list[tuple[str, str]]:
    told = Told()
    run_on_wire(app, talk, watcher=Watching([told]), **options)
    return told.sentences


@app.post("/ducks")
async def ducks(request: Request) -> int:
    return len(await request.body())


@app.get("/slow")
async def slow() -> None:
    await asyncio.sleep(60)


@app.get("/page")
async def page(page: int) -> int:
    return page


def no_ticket() -> None:
    raise WebSocketException(1008, "no ticket")


def no_way() -> None:
    raise HTTPException(403, "no way")


@app.websocket("/feed/{number}")
async def feed(websocket: WebSocket, number: int, token: str) -> None:
    await websocket.accept()


@app.websocket("/ticket")
async def ticket(websocket: WebSocket, _: None = Depends(no_ticket)) -> None: ...


@app.websocket("/way")
async def way(websocket: WebSocket, _: None = Depends(no_way)) -> None: ...


@app.websocket("/closes")
async def closes(websocket: WebSocket) -> None:
    await websocket.close(4401)


@app.websocket("/silent")
async def silent(websocket: WebSocket) -> None: ...


REFUSED = {
    "TLS to a plain port": (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40),
        "The server answered 400: the client speaks TLS (https) to a port that speaks plain HTTP",
    ),
    "HTTP/2 without TLS": (
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "The server answered 505: HTTP/2.0 is not spoken here",
    ),
    "two hosts": (
        b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
        "The server answered 400:",
    ),
    "two lengths": (
        b"POST /ducks HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\n",
        "The server answered 400:",
    ),
    "length and chunks": (
        b"POST /ducks HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "The server answered 400:",
    ),
    "unknown coding": (
        b"POST /ducks HTTP/1.1\r\nhost: a\r\ntransfer-encoding: quack\r\n\r\n",
        "The server answered 400: chunked is not the one and final transfer coding of the request",
    ),
    "a space before the colon": (
        b"GET / HTTP/1.1\r\nhost : a\r\n\r\n",
        "The server answered 400:",
    ),
    "no request at all": (
        b"quack quack quack\r\n\r\n",
        "The server answered 400:",
    ),
    "a body that is too large": (
        b"POST /ducks HTTP/1.1\r\nhost: a\r\ncontent-length: 5000\r\n\r\n",
        "The server answered 413: the request body is larger than limit_request_body, 2000 bytes",
    ),
    "a WebSocket of another version": (
        ("GET /feed/7 HTTP/1.1\r\n" + HANDSHAKE.replace("version: 13", "version: 8")).encode(),
        "The server answered 426:",
    ),
    "a WebSocket without a key": (
        ("GET /feed/7 HTTP/1.1\r\n" + HANDSHAKE.replace("sec-websocket-key", "x-key")).encode(),
        "The server answered 400:",
    ),
}


@pytest.mark.parametrize("parser", ["httptools", "h11"])
@pytest.mark.parametrize(("sent", "sentence"), REFUSED.values(), ids=[*REFUSED])
def test_a_request_that_the_server_refuses(sent: bytes, sentence: str, parser: str) -> None:
    async def talk(wire: Wire) -> None:
        await wire.say(sent)
        wire.finish()
        await wire.rest()

    [(layer, said)] = told_of(talk, http=parser, limit_request_body=2000)
    assert layer == "server"
    assert said.startswith(sentence)
    assert said.endswith(").")
    assert "rule " in said


@pytest.mark.parametrize("parser", ["httptools", "h11"])
@pytest.mark.parametrize(
    ("sent", "wait", "sentence"),
    [
        (b"GET / HTTP/1.1\r\nhost:", 60, "The server answered 408:"),
        (b"POST /ducks HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nqua", 60, "The server answered 408:"),
    ],
    ids=["slow head", "slow body"],
)
def test_a_client_that_is_too_slow(sent: bytes, wait: float, sentence: str, parser: str) -> None:
    async def talk(wire: Wire) -> None:
        await wire.say(sent)
        wire.advance(wait)
        await wire.rest()

    [(layer, said)] = told_of(talk, http=parser)
    assert (layer, said[: len(sentence)]) == ("server", sentence)
    assert "timeout_" in said


@pytest.mark.parametrize("parser", ["httptools", "h11"])
def test_a_server_with_too_much_to_do(parser: str) -> None:
    async def talk(first: Dialogue) -> None:
        await first.say(b"GET /slow HTTP/1.1\r\nhost: a\r\n\r\n")
        while not first.service.running:
            await asyncio.sleep(0)
        reader, writer = await asyncio.open_connection(*first.writer.get_extra_info("peername"))
        writer.write(b"GET /page?page=1 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        assert b" 503 " in await reader.read()
        writer.close()

    told = Told()
    asyncio.run(with_server(app, talk, Watching([told]), http=parser, limit_concurrency=1))
    assert told.sentences[0] == (
        "server",
        "The server answered 503: the server is answering its limit of 1 requests (limit_concurrency) (rule "
        "concurrency, RFC 9110 section 15.6.4).",
    )


SOCKETS = {
    "/feed/7": ("validation", "Validation refused the WebSocket with 403: query value 'token' is missing."),
    "/feed/x?token=1": (
        "validation",
        "Validation refused the WebSocket with 403: path value 'number' was 'x' and should be a valid integer.",
    ),
    "/ticket": (
        "dependency",
        "The dependency no_ticket refused the WebSocket with 403: it raised WebSocketException: 1008: no ticket at ",
    ),
    "/way": ("dependency", "The dependency no_way answered 403: it raised HTTPException(403, 'no way') at "),
    "/closes": (
        "endpoint",
        "The endpoint closes answered 403: closed (4401) before accept(), which refuses the handshake; a client never "
        "sees that code.",
    ),
    "/silent": ("endpoint", "The endpoint silent failed with 500: it returned without accept() or close() ("),
    "/nowhere": (
        "router",
        "The router refused the WebSocket with 403: no route matches WebSocket /nowhere, and none comes near.",
    ),
    "/page": (
        "router",
        "The router refused the WebSocket with 403: /page is an HTTP route (GET), not a WebSocket route.",
    ),
}


@pytest.mark.parametrize("parser", ["httptools", "h11"])
@pytest.mark.parametrize(("path", "expected"), SOCKETS.items(), ids=[*SOCKETS])
def test_a_websocket_that_is_refused(path: str, expected: tuple[str, str], parser: str) -> None:
    async def talk(wire: Wire) -> None:
        await wire.say(f"GET {path} HTTP/1.1\r\n{HANDSHAKE}".encode())
        await wire.hear(b"\r\n\r\n")
        wire.finish()
        await wire.rest()

    [(layer, said)] = told_of(talk, http=parser)
    assert (layer, said[: len(expected[1])]) == expected


@pytest.mark.parametrize(
    ("target", "body", "words"),
    [
        ("/page?pge=1", "", "query value 'page' is missing, but there is 'pge'."),
        ("/page?Page=1", "", "query value 'page' is missing, but there is 'Page'."),
        ("/page", "", "query value 'page' is missing."),
        ("/page?other=1", "", "query value 'page' is missing."),
    ],
)
def test_a_near_miss_is_named(target: str, body: str, words: str) -> None:
    async def talk(wire: Wire) -> None:
        await wire.say(f"GET {target} HTTP/1.1\r\nhost: a\r\n\r\n".encode())
        wire.finish()
        await wire.rest()

    [(_, said)] = told_of(talk)
    assert said == f"Validation answered 422: {words}"
