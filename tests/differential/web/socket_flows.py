"""One program, two toolkits, a WebSocket: the same application with either names meets the same events."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from tests.web.socket_driving import talk

_NAMES = {
    "endpoints": "HTTPEndpoint WebSocketEndpoint",
    "exceptions": "HTTPException WebSocketException",
    "middleware": "Middleware",
    "responses": "JSONResponse PlainTextResponse Response StreamingResponse",
    "routing": "Mount Route Router WebSocketRoute",
    "websockets": "WebSocket WebSocketClose WebSocketDisconnect WebSocketDisconnected WebSocketState",
}


def _kit(package: str) -> SimpleNamespace:
    found: dict[str, Any] = {}
    for module, names in _NAMES.items():
        home = importlib.import_module(f"{package}.{module}")
        found.update({name: getattr(home, name) for name in names.split()})
    theirs = package == "starlette"
    application = importlib.import_module("starlette.applications" if theirs else "webfoot.web.application")
    found["App"] = application.Starlette if theirs else application.WebApp
    testing = importlib.import_module("starlette.testclient" if theirs else "webfoot.testing")
    found["TestClient"] = testing.TestClient
    return SimpleNamespace(**found)


THEIRS, OURS = _kit("starlette"), _kit("webfoot.web")

Made = Callable[[SimpleNamespace], Any]


def both(make: Made, *incoming: dict[str, Any], **more: Any) -> tuple[Any, Any]:
    """What (theirs, ours) did: the messages sent, the kind of exception that came out, and whatever the application
    put into `kit.log`.
    """
    return _ask(THEIRS, make, *incoming, **more), _ask(OURS, make, *incoming, **more)


def _ask(kit: SimpleNamespace, make: Made, *incoming: dict[str, Any], **more: Any) -> Any:
    log: list[Any] = []
    app = make(SimpleNamespace(**vars(kit), log=log))
    talked = talk(app, *incoming, **more)
    return [_plain(message) for message in talked.sent], type(talked.error).__name__, log


def _plain(message: dict[str, Any]) -> dict[str, Any]:
    return {key: sorted(value) if key == "headers" else value for key, value in message.items()}
