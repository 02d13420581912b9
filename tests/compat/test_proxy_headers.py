from __future__ import annotations

import asyncio
from typing import Any

import pytest

from webfoot.compat.proxy_headers import ProxyHeadersMiddleware


def seen(
    trusted: Any, fields: dict[str, str], client: tuple[str, int] | None = ("127.0.0.1", 5), kind: str = "http"
) -> Any:
    found: dict[str, Any] = {}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        found.update(scope)

    headers = [(name.encode(), value.encode()) for name, value in fields.items()]
    scheme = "http" if kind == "http" else "ws"
    scope: Any = {"type": kind, "headers": headers, "client": client, "scheme": scheme}
    asyncio.run(ProxyHeadersMiddleware(app, trusted)(scope, None, None))  # type: ignore[arg-type]
    return found["client"], found["scheme"]


@pytest.mark.parametrize(
    ("trusted", "passed", "client"),
    [
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "6.6.6.6, 203.0.113.7", "203.0.113.7"),
        ("127.0.0.1, 10.0.0.0/8", "6.6.6.6, 203.0.113.7, 10.1.2.3", "203.0.113.7"),
        (["127.0.0.1", "203.0.113.7"], "6.6.6.6, 203.0.113.7", "6.6.6.6"),
        ("*", "6.6.6.6, 203.0.113.7", "6.6.6.6"),
        ("127.0.0.1", "unknown", "unknown"),
        ("127.0.0.1", " , ", None),
        ("::1", "203.0.113.7", None),
        ("", "203.0.113.7", None),
    ],
)
def test_client(trusted: Any, passed: str, client: str | None) -> None:
    expected = (client, 0) if client else ("127.0.0.1", 5)
    assert seen(trusted, {"x-forwarded-for": passed})[0] == expected


@pytest.mark.parametrize(
    ("kind", "said", "scheme"),
    [
        ("http", "https", "https"),
        ("websocket", "https", "wss"),
        ("websocket", "wss", "wss"),
        ("http", "gopher", "http"),
    ],
)
def test_scheme(kind: str, said: str, scheme: str) -> None:
    assert seen("127.0.0.1", {"x-forwarded-proto": said}, kind=kind)[1] == scheme


def test_who_is_not_known_is_not_believed() -> None:
    fields = {"x-forwarded-for": "1.2.3.4", "x-forwarded-proto": "https"}
    assert seen("127.0.0.1", fields, ("6.6.6.6", 5)) == (("6.6.6.6", 5), "http")
    assert seen("127.0.0.1", fields, None) == (None, "http")
