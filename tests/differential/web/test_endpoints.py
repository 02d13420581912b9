"""Endpoints written as classes, on Starlette and on webfoot."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from tests.differential.web.flows import both as both_requests
from tests.differential.web.socket_flows import both, raising
from tests.web.socket_driving import GONE, octets, text


def endpoint_of(encoding: str | None) -> Any:
    def make(kit: SimpleNamespace) -> Any:
        class Endpoint(kit.WebSocketEndpoint):  # type: ignore[misc,name-defined]
            async def on_receive(self, websocket: Any, data: Any) -> None:
                kit.log.append(data)
                await websocket.send_json(repr(data))

            async def on_disconnect(self, websocket: Any, close_code: int) -> None:
                kit.log.append((close_code, websocket.client_state.name, websocket.application_state.name))

        Endpoint.encoding = encoding
        return kit.App(routes=[kit.WebSocketRoute("/", Endpoint)])

    return make


@pytest.mark.parametrize(
    ("encoding", "message"),
    [
        (None, text("a")), (None, octets(b"a")), (None, text("")), ("text", text("a")), ("bytes", octets(b"a")),
        ("json", text('{"a": 1}')), ("json", octets(b"[1]")), ("text", {**text("a"), "bytes": None}),
    ],
)  # fmt: skip
def test_what_an_endpoint_class_gets(encoding: str | None, message: dict[str, Any]) -> None:
    theirs, ours = both(endpoint_of(encoding), message)
    assert ours == theirs


@pytest.mark.parametrize(
    ("encoding", "message"),
    [("text", octets(b"a")), ("bytes", text("a")), ("json", text("[")), ("json", octets(b"["))],
)
def test_what_an_endpoint_class_does_not_get(encoding: str, message: dict[str, Any]) -> None:
    """They log a RuntimeError for it, tell on_disconnect 1011, and give the client no reason (docs/differences.md)."""
    theirs, ours = both(endpoint_of(encoding), message)
    assert [{**each, "reason": ""} if "reason" in each else each for each in ours[0]] == theirs[0]
    assert theirs[0][-1] == {"type": "websocket.close", "code": 1003, "reason": ""}
    assert (theirs[1], ours[1]) == ("RuntimeError", "NoneType")
    assert (theirs[2][-1][0], ours[2][-1][0]) == (1011, 1003)


@pytest.mark.parametrize("where", ["on_connect", "on_receive", "on_disconnect"])
@pytest.mark.parametrize("error", [("HTTPException", 401), ("ValueError", "bad")])
def test_an_endpoint_class_that_raises(where: str, error: tuple[str, Any]) -> None:
    def make(kit: SimpleNamespace) -> Any:
        class Endpoint(kit.WebSocketEndpoint):  # type: ignore[misc,name-defined]
            async def on_disconnect(self, websocket: Any, close_code: int) -> None:
                kit.log.append(close_code)

        async def fail(self: Any, websocket: Any, *_: Any) -> None:
            await raising(*error)(kit, websocket)

        setattr(Endpoint, where, fail)
        return kit.App(routes=[kit.WebSocketRoute("/", Endpoint)])

    theirs, ours = both(make, text("a"))
    if where == "on_connect" or error[0] == "ValueError":
        assert ours == theirs
    else:  # they send a response although the WebSocket is open, which no server can
        assert [message["type"] for message in theirs[0]][1] == "websocket.http.response.start"
        close = {"type": "websocket.close", "code": 1008, "reason": "Unauthorized"}
        assert ours[0][1:] == ([close] if where == "on_receive" else [])
        assert (ours[1], ours[2]) == (theirs[1], theirs[2])


def refuse_at_the_door(kit: SimpleNamespace) -> Any:
    class Endpoint(kit.WebSocketEndpoint):  # type: ignore[misc,name-defined]
        async def on_connect(self, websocket: Any) -> None:
            await websocket.close(4001)

        async def on_disconnect(self, websocket: Any, close_code: int) -> None:
            kit.log.append(close_code)

    return kit.App(routes=[kit.WebSocketRoute("/", Endpoint)])


def test_an_endpoint_class_that_refuses() -> None:
    theirs, ours = both(refuse_at_the_door, GONE)
    assert ours == theirs


def http_endpoint(kit: SimpleNamespace) -> Any:
    class Duck(kit.HTTPEndpoint):  # type: ignore[misc,name-defined]
        async def get(self, request: Any) -> Any:
            return kit.PlainTextResponse(f"{request.method} {request.path_params}")

        def post(self, request: Any) -> Any:
            return kit.PlainTextResponse("posted", 201)

        async def query(self, request: Any) -> Any:
            return kit.PlainTextResponse("found")

        async def delete(self, request: Any) -> Any:
            raise kit.HTTPException(409, "protected")

        async def put(self, request: Any) -> Any:
            raise ValueError("bad")

    return kit.App(routes=[kit.Route("/{name}", Duck), kit.Route("/only/get", Duck, methods=["GET"])])


@pytest.mark.parametrize("path", ["/jemima", "/only/get"])
@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "POST", "QUERY", "DELETE", "PUT", "PATCH", "OPTIONS", "TRACE", "BREW", "DISPATCH"]
)
def test_an_endpoint_class_for_requests(method: str, path: str) -> None:
    theirs, ours = both_requests(http_endpoint, method, path)
    assert ours == theirs
