"""WebSockets on Starlette and on webfoot as a client sees them: over sockets, in test clients, one in the other."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from tests.conformance.harness import with_server
from tests.differential.web.kits import OURS, THEIRS
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus


def served(kit: SimpleNamespace) -> Any:
    async def echo(websocket: Any) -> None:
        await websocket.accept(next(iter(websocket["subprotocols"]), None), [(b"x-duck", b"1")])
        async for said in websocket.iter_text():
            await websocket.send_json({"said": said, "by": websocket.path_params["name"]})

    async def deny(websocket: Any) -> None:
        await websocket.send_denial_response(kit.JSONResponse({"why": "no"}, 451))

    async def refuse(websocket: Any) -> None:
        raise kit.HTTPException(401, "who?")

    async def close(websocket: Any) -> None:
        await websocket.accept()
        raise kit.WebSocketException(4001, "no")

    class Shout(kit.WebSocketEndpoint):  # type: ignore[misc,name-defined]
        encoding = "json"

        async def on_receive(self, websocket: Any, data: Any) -> None:
            await websocket.send_text(str(data).upper())

    routes = [("/echo/{name}", echo), ("/deny", deny), ("/refuse", refuse), ("/close", close), ("/shout", Shout)]
    return kit.App(routes=[kit.Mount("/m", routes=[kit.WebSocketRoute(*each) for each in routes])])


async def visit(app: Any, path: str, said: list[str]) -> Any:
    async def talk(dialogue: Any) -> Any:
        host, port = dialogue.writer.get_extra_info("peername")[:2]
        try:
            async with connect(f"ws://{host}:{port}{path}", subprotocols=["a", "b"]) as client:  # type: ignore[list-item]
                heard: list[Any] = [client.subprotocol, client.response.headers.get("x-duck")]  # type: ignore[union-attr]
                try:
                    for each in said:
                        await client.send(each)
                        heard.append(await client.recv())
                    return [*heard, await client.recv()] if path == "/m/close" else heard
                except ConnectionClosed as closed:
                    return [*heard, closed.rcvd and (closed.rcvd.code, closed.rcvd.reason)]
        except InvalidStatus as refused:
            return refused.response.status_code, refused.response.headers.get("content-type"), refused.response.body

    return await with_server(app, talk)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/m/echo/jemima", ["quack", "ü"]), ("/m/deny", []), ("/m/refuse", []), ("/m/close", []),
        ("/m/shout", ['"quack"']), ("/m/nowhere", []), ("/nowhere", []),
    ],
)  # fmt: skip
def test_what_a_client_sees(path: str, said: list[str]) -> None:
    assert asyncio.run(visit(served(OURS), path, said)) == asyncio.run(visit(served(THEIRS), path, said))


SESSIONS: dict[str, Any] = {
    "echo": lambda s: (s.send_text("a"), s.receive_json(), s.accepted_subprotocol, s.extra_headers),
    "bare": lambda s: (s.send({"type": "websocket.receive", "text": "a"}), s.receive()),
    "closed by the test": lambda s: s.close(4000, "r"),
    "json": lambda s: (s.send_json([1]), s.receive_json()),
    "nothing": lambda s: None,
}


@pytest.mark.parametrize("name", SESSIONS)
def test_a_session_of_the_test_client(name: str) -> None:
    def run(kit: SimpleNamespace) -> Any:
        with kit.TestClient(served(kit)).websocket_connect("/m/echo/jemima", ["a", "b"]) as session:
            return SESSIONS[name](session)

    assert run(OURS) == run(THEIRS)


@pytest.mark.parametrize("path", ["/m/deny", "/m/refuse"])
def test_a_denial_in_the_test_client(path: str) -> None:
    def run(kit: SimpleNamespace) -> Any:
        with pytest.raises(kit.WebSocketDisconnect) as refused:
            with kit.TestClient(served(kit)).websocket_connect(path):
                pass
        denial: Any = refused.value
        return type(denial).__name__, denial.status_code, denial.content, sorted(denial.headers.items())

    assert run(OURS) == run(THEIRS)


def test_a_close_in_the_test_client() -> None:
    def run(kit: SimpleNamespace) -> Any:
        with kit.TestClient(served(kit)).websocket_connect("/m/close") as session:
            with pytest.raises(kit.WebSocketDisconnect) as closed:
                session.receive_text()
        return closed.value.code, closed.value.reason

    assert run(OURS) == run(THEIRS) == (4001, "no")


def test_a_close_before_the_accept_in_the_test_client() -> None:
    """Theirs shows a code that no client sees (docs/differences.md)."""

    def run(kit: SimpleNamespace) -> Any:
        with pytest.raises(kit.WebSocketDisconnect) as closed:
            with kit.TestClient(served(kit)).websocket_connect("/m/nowhere"):
                pass
        return closed.value.code, getattr(closed.value, "status_code", None)

    assert (run(THEIRS), run(OURS)) == ((1000, None), (1006, 403))


def nested(outer: SimpleNamespace, inner: SimpleNamespace) -> Any:
    return outer.App(routes=[outer.Mount("/inner", app=served(inner))])


@pytest.mark.parametrize(("outer", "inner"), [(OURS, THEIRS), (THEIRS, OURS)], ids=["theirs in ours", "ours in theirs"])
def test_one_toolkit_mounted_in_the_other(outer: SimpleNamespace, inner: SimpleNamespace) -> None:
    client = OURS.TestClient(nested(outer, inner))
    with client.websocket_connect("/inner/m/echo/jemima", ["a"]) as session:
        session.send_text("quack")
        assert session.receive_json() == {"said": "quack", "by": "jemima"}
    with client.websocket_connect("/inner/m/close") as session:
        assert session.receive() == {"type": "websocket.close", "code": 4001, "reason": "no"}
    for path, status in (
        ("/inner/m/deny", 451),
        ("/inner/m/refuse", 401),
        ("/inner/m/nowhere", 403),
        ("/inner/x", 403),
    ):
        with pytest.raises(OURS.WebSocketDisconnect) as refused, client.websocket_connect(path):
            pass
        assert refused.value.status_code == status
