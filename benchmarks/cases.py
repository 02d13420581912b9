"""What is measured on a real socket: the contenders, the requests, and who is held against whom."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field

_UVICORN = "-m uvicorn {app} --port {port} --no-access-log --lifespan off --http httptools --loop uvloop"
_GRANIAN = "-m granian {app} --port {port} --no-access-log --interface asginl --loop uvloop --workers 1"
_OURS = "-m webfoot run {app} --port {port} --no-access-log --lifespan off"


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

    `answer` is JSON (compared as such) or bytes; None takes any body.
    """

    target: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    status: int = 200
    answer: object = None


@dataclass(frozen=True, slots=True)
class Case:
    """Ours runs in turn with each of the peers."""

    key: str
    title: str
    request: Request
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


def _ours(app: str, label: str) -> Contender:
    return Contender("ours", label, _OURS, app)


FLOOR = Contender("floor", "floor: bare uvloop protocol, canned reply", "-m benchmarks.apps.floor {port}")
RAW_UVICORN = Contender("uvicorn", "Uvicorn (httptools, uvloop)", _UVICORN, "benchmarks.apps.raw:app")
RAW_GRANIAN = Contender("granian", "Granian (uvloop)", _GRANIAN, "benchmarks.apps.raw:app")
BY_HAND = Contender(
    "by_hand", "the same by hand: raw ASGI and pydantic on webfoot", _OURS, "benchmarks.apps.by_hand:app"
)
STARLETTE = Contender("starlette", "Starlette on Uvicorn", _UVICORN, "benchmarks.apps.on_starlette:app")
FASTAPI = Contender("fastapi", "FastAPI on Uvicorn", _UVICORN, "benchmarks.apps.on_fastapi:app")
BLACKSHEEP = Contender("blacksheep", "blacksheep on Uvicorn", _UVICORN, "benchmarks.apps.on_blacksheep:app")

_RAW = _ours("benchmarks.apps.raw:app", "webfoot")
_API = _ours("benchmarks.apps.on_webfoot:app", "webfoot")

CASES = (
    Case("hello", "raw ASGI hello", HELLO, _RAW, (FLOOR, RAW_UVICORN, RAW_GRANIAN)),
    Case("headers", "raw ASGI hello, ten request headers", TEN_HEADERS, _RAW, (RAW_UVICORN, RAW_GRANIAN)),
    Case("get", "GET -> dict on an API application", GET_DICT, _API, (FASTAPI, STARLETTE, BLACKSHEEP)),
    Case(
        "typed",
        "typed POST: path, query, header, JSON body, two dependencies, response model",
        TYPED_POST,
        _API,
        (FASTAPI, BY_HAND, BLACKSHEEP),
    ),
    Case("sync", "the typed POST, sync endpoint (thread hop)", TYPED_POST_SYNC, _API, (FASTAPI,)),
    Case(
        "sync-get",
        "GET -> dict, sync endpoint",
        Request("/sync/duck", answer=GET_DICT.answer),
        _API,
        (FASTAPI, STARLETTE),
    ),
)
