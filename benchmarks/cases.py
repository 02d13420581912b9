"""What is measured on a real socket: the contenders, the requests, and who is held against whom."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field, replace

from benchmarks.apps.stream import CHUNK, CHUNKS

# An idle connection is kept for as long as any measurement takes.
_UVICORN = (
    "-m uvicorn {app} --port {port} --no-access-log --lifespan off --http httptools --loop uvloop"
    " --ws websockets-sansio --timeout-keep-alive 600"
)
# It would accept no more than 1024 connections at a time.
_GRANIAN = (
    "-m granian {app} --port {port} --no-access-log --interface asginl --loop uvloop --workers 1 --backpressure 20000"
)
_HYPERCORN = (
    "-m hypercorn {app} --bind 127.0.0.1:{port} --worker-class uvloop --keep-alive 600"
    " --config python:benchmarks.apps.hypercorn_settings"
)
_OURS = "-m webfoot run {app} --port {port} --no-access-log --lifespan off --timeout-keep-alive 600"


@dataclass(frozen=True, slots=True)
class Contender:
    """One stack: a server and what runs on it. `command` is what follows the name of the Python interpreter."""

    key: str
    label: str
    command: str
    app: str = ""

    def words(self) -> list[str]:
        return [sys.executable, *self.command.replace("{app}", self.app).split()]


@dataclass(frozen=True, slots=True)
class Request:
    """The request that is repeated, and the answer that each contender must give before it is measured.

    `answer` is JSON (compared as such) or bytes; None takes any body. If `fresh`, each request has a Traceparent of its
    own, so that no two are alike.
    """

    target: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    status: int = 200
    answer: object = None
    fresh: bool = False
    connections: int = 32


@dataclass(frozen=True, slots=True)
class Echo:
    """A WebSocket text message that is repeated: each connection sends it again when its echo has come back."""

    text: str
    connections: int
    target: str = "/"


@dataclass(frozen=True, slots=True)
class Case:
    """Ours runs in turn with each of the peers."""

    key: str
    title: str
    work: Request | Echo
    ours: Contender
    peers: tuple[Contender, ...]


HELLO = Request("/", answer=b"Hello, world!")

TEN_HEADERS = Request(
    "/headers",
    headers={
        "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "Accept-Encoding": "gzip, deflate, br, zstd",
        "Accept-Language": "en-GB,en;q=0.7,de;q=0.3",
        "Cookie": "session=0123456789abcdef0123456789abcdef; theme=dark",
        "Priority": "u=0, i",
        "Referer": "http://127.0.0.1/ponds/7",
        "Sec-Fetch-Dest": "document",
        "Sec-Fetch-Mode": "navigate",
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    },
    answer=b"Hello, world!",
)

FRESH_HEADERS = replace(TEN_HEADERS, fresh=True)

STREAM = Request("/", answer=CHUNK * CHUNKS)

MESSAGE = "a duck on the pond says: quack!\n"


def _posted(size: int) -> Request:
    body = ("quack!!\n" * (size // 8))[:size]
    return Request("/", "POST", body=body, answer=body.encode())


GET_DICT = Request("/duck", answer={"name": "Jemima", "pond": 7})

_ITEM = {"name": "rubber duck", "price": 9.5, "tags": ["bath", "yellow"], "size": {"width": 7, "height": 8}}
_TYPED = {
    "method": "POST",
    "headers": {"Content-Type": "application/json", "X-Token": "swordfish"},
    "body": json.dumps(_ITEM),
    "answer": {**_ITEM, "id": 42, "shop": "pond", "total": 28.5, "owner": "jemima"},
}
TYPED_POST = Request("/shops/pond/items/42?quantity=3", **_TYPED)  # type: ignore[arg-type]
TYPED_POST_SYNC = Request("/sync/shops/pond/items/42?quantity=3", **_TYPED)  # type: ignore[arg-type]
_ORDER = {"items": [_ITEM] * 200}
ORDER = Request("/orders", "POST", {"Content-Type": "application/json"}, json.dumps(_ORDER), answer=_ORDER)


def _ours(app: str, label: str) -> Contender:
    return Contender("ours", label, _OURS, app)


FLOOR = Contender("floor", "floor: bare uvloop protocol, canned reply", "-m benchmarks.apps.floor {port}")
BY_HAND = Contender(
    "by_hand", "the same by hand: raw ASGI and pydantic on webfoot", _OURS, "benchmarks.apps.by_hand:app"
)
STARLETTE = Contender("starlette", "Starlette on Uvicorn", _UVICORN, "benchmarks.apps.on_starlette:app")
FASTAPI = Contender("fastapi", "FastAPI on Uvicorn", _UVICORN, "benchmarks.apps.on_fastapi:app")
BLACKSHEEP = Contender("blacksheep", "blacksheep on Uvicorn", _UVICORN, "benchmarks.apps.on_blacksheep:app")


def _servers(app: str) -> tuple[Contender, Contender, Contender, Contender]:
    """`app` on our server and on its peers."""
    return (
        _ours(app, "webfoot"),
        Contender("uvicorn", "Uvicorn (httptools, uvloop)", _UVICORN, app),
        Contender("granian", "Granian (uvloop)", _GRANIAN, app),
        Contender("hypercorn", "Hypercorn (uvloop)", _HYPERCORN, app),
    )


RAW, RAW_UVICORN, RAW_GRANIAN, RAW_HYPERCORN = _servers("benchmarks.apps.raw:app")
LOGGED = replace(RAW, label="webfoot, text", command=_OURS.replace("--no-access-log", "--access-log"))
LOGGED_JSON = replace(LOGGED, key="json", label="webfoot, JSON", command=f"{LOGGED.command} --log-format json")
RECORDED = replace(RAW, key="recorder", label="webfoot, flight recorder", command=f"{_OURS} --recorder")
DEVELOPED = replace(
    RAW,
    key="dev",
    label="webfoot dev",
    command="-m webfoot dev {app} --port {port} --lifespan off --timeout-keep-alive 600 --reload-dir benchmarks/apps",
)
UNLOGGED = replace(RAW, key="unlogged", label="webfoot, no access log")
RAW_UVICORN_LOGGED = replace(RAW_UVICORN, command=_UVICORN.replace("--no-access-log", "--access-log"))
RAW_GRANIAN_LOGGED = replace(RAW_GRANIAN, command=_GRANIAN.replace("--no-access-log", "--access-log"))
ECHO, ECHO_UVICORN, ECHO_GRANIAN, ECHO_HYPERCORN = _servers("benchmarks.apps.echo:app")
_STREAM, *_STREAM_PEERS = _servers("benchmarks.apps.stream:app")
WEBSOCKET, *WEBSOCKET_PEERS = _servers("benchmarks.apps.websocket_echo:app")
_API = _ours("benchmarks.apps.on_webfoot:app", "webfoot")
_API_RECORDED, _API_DEVELOPED = replace(RECORDED, app=_API.app), replace(DEVELOPED, app=_API.app)

CASES = (
    Case("hello", "raw ASGI hello", HELLO, RAW, (FLOOR, RAW_UVICORN, RAW_GRANIAN, RAW_HYPERCORN)),
    Case(
        "logged",
        "raw ASGI hello, a line for each request in the access log",
        HELLO,
        LOGGED,
        (RAW_UVICORN_LOGGED, RAW_GRANIAN_LOGGED, UNLOGGED, LOGGED_JSON),
    ),
    Case("recorder", "raw ASGI hello, whoever watches", HELLO, RAW, (RECORDED, DEVELOPED)),
    Case("headers", "raw ASGI hello, ten request headers", TEN_HEADERS, RAW, (RAW_UVICORN, RAW_GRANIAN)),
    Case("fresh", "the same, and an eleventh that is never the same", FRESH_HEADERS, RAW, (RAW_UVICORN, RAW_GRANIAN)),
    Case(
        "echo-1k",
        "POST 1 KiB, echoed whole",
        _posted(1024),
        ECHO,
        (ECHO_UVICORN, ECHO_GRANIAN, ECHO_HYPERCORN),
    ),
    Case("echo-64k", "POST 64 KiB, echoed whole", _posted(64 * 1024), ECHO, (ECHO_UVICORN, ECHO_GRANIAN)),
    Case("echo-1m", "POST 1 MiB, echoed whole", _posted(1024 * 1024), ECHO, (ECHO_UVICORN, ECHO_GRANIAN)),
    Case("stream", f"streamed response: {CHUNKS} chunks of {len(CHUNK)} bytes", STREAM, _STREAM, tuple(_STREAM_PEERS)),
    Case(
        "websocket",
        f"WebSocket echo, {len(MESSAGE)} bytes of text, one connection",
        Echo(MESSAGE, 1),
        WEBSOCKET,
        tuple(WEBSOCKET_PEERS),
    ),
    Case(
        "websockets",
        f"WebSocket echo, {len(MESSAGE)} bytes of text, 64 connections",
        Echo(MESSAGE, 64),
        WEBSOCKET,
        tuple(WEBSOCKET_PEERS),
    ),
    Case("get", "GET -> dict on an API application", GET_DICT, _API, (FASTAPI, STARLETTE, BLACKSHEEP)),
    Case(
        "typed",
        "typed POST: path, query, header, JSON body, two dependencies, response model",
        TYPED_POST,
        _API,
        (FASTAPI, BY_HAND, BLACKSHEEP),
    ),
    Case("typed-recorder", "the typed POST, whoever watches", TYPED_POST, _API, (_API_RECORDED, _API_DEVELOPED)),
    Case("order", "typed POST of 20 kB of JSON, answered with as much", ORDER, _API, (FASTAPI,)),
    Case("sync", "the typed POST, sync endpoint (thread hop)", TYPED_POST_SYNC, _API, (FASTAPI,)),
    Case(
        "sync-get",
        "GET -> dict, sync endpoint",
        Request("/sync/duck", answer=GET_DICT.answer),
        _API,
        (FASTAPI, STARLETTE),
    ),
)
