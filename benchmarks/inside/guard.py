"""What the ASGI guard adds to a request, as `webfoot dev` sets it up: each application alone and behind it, in turn."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from types import SimpleNamespace
from typing import Any

from benchmarks.apps import echo, raw
from benchmarks.cases import TEN_HEADERS
from benchmarks.inside.trail import QuietWire
from webfoot.asgi.guard import MENDED, Guard
from webfoot.asgi.types import ASGIApp
from webfoot.server.gateway.scope import build_http_scope, build_websocket_scope
from webfoot.server.gateway.service import choose_parser
from webfoot.server.http1.heads import HeadReader

BATCHES, CALLS = 100, 50
MESSAGES = 20


async def as_json(scope: Any, receive: Any, send: Any) -> None:
    body = json.dumps({"duck": "mallard", "age": 3, "rings": ["a", "b"], "wild": True}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def chat(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    for _ in range(MESSAGES):
        message = await receive()
        await send({"type": "websocket.send", "text": message["text"]})
    await send({"type": "websocket.close"})


@dataclass(frozen=True, slots=True)
class Case:
    """`heads` gives the bytes of one request after another; `heard` is what the server has for each of them."""

    app: ASGIApp
    heads: Iterator[bytes]
    heard: tuple[dict[str, Any], ...] = ({"type": "http.request", "body": b"", "more_body": False},)
    is_websocket: bool = False


def _heads(fields: dict[str, str], **fresh: Callable[[int], str]) -> Iterator[bytes]:
    for number in count():
        several = {"Host": "127.0.0.1:8000", **fields, **{name: value(number) for name, value in fresh.items()}}
        lines = ["GET /duck?id=7 HTTP/1.1", *(f"{name}: {value}" for name, value in several.items())]
        yield "\r\n".join([*lines, "", ""]).encode()


CASES = {
    "hello": Case(raw.app, _heads({})),
    "json, ten fields": Case(as_json, _heads(TEN_HEADERS.headers)),
    "the same, and a fresh one": Case(
        as_json, _heads(TEN_HEADERS.headers, Traceparent=lambda number: f"00-{number:032x}-01")
    ),
    "a body, echoed": Case(echo.app, _heads({}), ({"type": "http.request", "body": bytes(1024), "more_body": False},)),
    f"websocket, {MESSAGES} messages": Case(
        chat,
        _heads({}),
        ({"type": "websocket.connect"}, *[{"type": "websocket.receive", "text": "quack"}] * MESSAGES),
        is_websocket=True,
    ),
}


def scopes(case: Case) -> list[Any]:
    """One for each call, made by our server of bytes of its own: nothing in one is the same object as in another."""
    parse, service = choose_parser("auto"), SimpleNamespace(state={})
    made = []
    for _ in range(CALLS):
        head, wire = HeadReader(parse).read(next(case.heads), None), QuietWire()
        if case.is_websocket:
            made.append(build_websocket_scope(head, wire, [], service, None))  # type: ignore[arg-type]
        else:
            made.append(build_http_scope(head, wire, service, None))  # type: ignore[arg-type]
    return made


async def us(app: ASGIApp, case: Case) -> float:
    """CPU us of one call, over a batch of them."""

    async def send(message: Any) -> None: ...

    calls = []
    for scope in scopes(case):
        heard = iter([event.copy() for event in case.heard])

        async def receive(heard: Iterator[Any] = heard) -> Any:
            return next(heard)

        calls.append((scope, receive))
    before = time.process_time()
    for scope, receive in calls:
        await app(scope, receive, send)
    return (time.process_time() - before) / CALLS * 1e6


async def measure() -> dict[str, float]:
    """The least of many batches with the guard, less the least without it."""
    added: dict[str, float] = {}
    for name, case in CASES.items():
        guarded = Guard(case.app, ignore=MENDED)
        times = [(await us(case.app, case), await us(guarded, case)) for _ in range(BATCHES)]
        added[name] = min(time for _, time in times) - min(time for time, _ in times)
    return added


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure())))
