"""WebSockets on Starlette and on webfoot: the same events go in, the same events come out."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from tests.conformance.harness import with_server
from tests.differential.web.flows import both as both_requests
from tests.differential.web.socket_flows import OURS, THEIRS, both
from tests.web.socket_driving import GONE, octets, text
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

# A step is called on the WebSocket; the log gets what it gives, or the kind of error, and the two states.
PROGRAMS: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "text": ("accept(); receive_text(); send_text('b'); close()", [text("a")]),
    "bytes": ("accept(); receive_bytes(); send_bytes(b'b'); close(4000, 'r')", [octets(b"a")]),
    "json": ("accept(); receive_json(); send_json({'a': ['ü', 1.5, None]}); close()", [text('{"a": [1, "\\u00fc"]}')]),
    "json in bytes": ("accept(); receive_json('binary'); send_json([1], mode='binary')", [octets(b"[1]")]),
    "json, NaN": ("accept(); receive_json(); send_json(float('inf'))", [text("NaN")]),
    "json, what is none": ("accept(); send_json({1, 2})", []),
    "json, unknown mode": ("accept(); send_json(1, mode='x'); receive_json(mode='x')", [text("1")]),
    "json, unknown mode before the accept": ("send_json(1, mode='x')", []),
    "accept with everything": ("accept('chat', [(b'x-duck', b'1')])", []),
    "accept by keyword": ("accept(subprotocol='chat', headers=[])", []),
    "accept with a tuple of headers": ("accept(headers=((b'a', b'b'),))", []),
    "twice": ("accept(); accept()", []),
    "close at once": ("close(); accept(); receive()", []),
    "close with a code": ("close(code=3000, reason=None)", []),
    "close twice": ("accept(); close(); close(); send_text('a')", []),
    "close, then the disconnect": ("accept(); close(1003, 'r'); receive(); receive()", []),
    "send before the accept": ("send_text('a'); send_bytes(b'a'); send_json(1)", []),
    "receive before the accept": ("receive_text(); receive_bytes(); receive_json()", []),
    "bare receive before the accept": ("receive(); receive()", [text("a")]),
    "bare events": ("receive(); send({'type': 'websocket.accept'}); receive(); receive()", [text("a")]),
    "strange events": ("accept(); send({'type': 'foo'}); send({'type': 'websocket.accept'})", []),
    "the client leaves": ("accept(); receive_text(); receive_text(); receive()", []),
    "the client leaves, bytes": ("accept(); receive_bytes()", []),
    "the client leaves, json": ("accept(); receive_json()", []),
    "iterate text": ("accept(); all(iter_text)", [text("a"), text("b")]),
    "iterate bytes": ("accept(); all(iter_bytes)", [octets(b"a"), octets(b"b")]),
    "iterate json": ("accept(); all(iter_json)", [text("1"), text("[]")]),
    "iterate before the accept": ("all(iter_text)", [text("a")]),
    "deny": ("send_denial_response(Response('no', 404)); accept(); close(); receive()", []),
    "deny with json": ("send_denial_response(JSONResponse({'a': 1}, 418, headers={'x': 'y'}))", []),
    "deny with a stream": ("send_denial_response(StreamingResponse(iter('ab'), 404))", []),
    "deny after the accept": ("accept(); send_denial_response(Response('no', 404))", []),
    "deny after connect": ("receive(); send_denial_response(Response('no', 404))", []),
    "deny by hand": (
        "send({'type': 'websocket.http.response.start', 'status': 404, 'headers': []});"
        "send({'type': 'websocket.http.response.body', 'body': b'a', 'more_body': True});"
        "send({'type': 'websocket.http.response.body', 'body': b'b'});"
        "send({'type': 'websocket.http.response.body', 'body': b'c'})",
        [],
    ),
    "what the scope tells": (
        "tell(str(ws.url), str(ws.base_url), ws.headers['host'], dict(ws.query_params), ws.cookies, ws.client);"
        "tell(ws['type'], len(ws), 'path' in ws)",
        [],
    ),
    "the state": ("tell(ws.state.__class__.__name__, setattr(ws.state, 'a', 1), ws.scope['state'])", []),
    "no session": ("tell(ws.session)", []),
}


def program(steps: str) -> Any:
    """An application that takes the steps one after the other."""

    def make(kit: SimpleNamespace) -> Any:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            ws = kit.WebSocket(scope, receive, send)

            async def collect(iterate: Any) -> list[Any]:
                return [each async for each in iterate()]

            async def tell(*values: Any) -> Any:
                return values

            names = {name: getattr(ws, name) for name in dir(type(ws)) if callable(getattr(type(ws), name))}
            for step in steps.split(";"):
                try:
                    said = await eval(step.strip(), {**vars(kit), **names, "ws": ws, "all": collect, "tell": tell})
                except Exception as error:
                    said = f"raises {type(error).__name__} {getattr(error, 'code', '')} {getattr(error, 'reason', '')}"
                kit.log.append((step, said, ws.client_state.name, ws.application_state.name))

        return app

    return make


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_websocket_object(name: str) -> None:
    steps, incoming = PROGRAMS[name]
    theirs, ours = both(program(steps), *incoming, headers=[(b"host", b"h"), (b"cookie", b"a=b")], query_string=b"c=d")
    assert ours == theirs


@pytest.mark.parametrize("extensions", [{}, {"websocket.http.response": {}}])
def test_denials_need_the_extension(extensions: Any) -> None:
    theirs, ours = both(program("send_denial_response(Response('no', 404))"), extensions=extensions)
    assert ours == theirs


def raising(kind: str, *arguments: Any, after: str = "") -> Any:
    async def endpoint(kit: SimpleNamespace, websocket: Any) -> None:
        for step in after.split():
            await getattr(websocket, step)()
        raise getattr(kit, kind)(*arguments) if hasattr(kit, kind) else __builtins__[kind](*arguments)  # type: ignore[index]

    return endpoint


def serving(endpoint: Any, path: str = "/", **options: Any) -> Any:
    """`endpoint(kit, websocket)` in an application; `handlers` names a class of the kit, or a status."""

    def make(kit: SimpleNamespace) -> Any:
        async def serve(websocket: Any) -> None:
            await endpoint(kit, websocket)

        handlers = {getattr(kit, str(key), key): use(kit) for key, use in options.get("handlers", {}).items()}
        return kit.App(routes=[kit.WebSocketRoute(path, serve)], exception_handlers=handlers)

    return make


def closing(kit: SimpleNamespace) -> Any:
    async def handle(websocket: Any, exc: Exception) -> None:
        kit.log.append((type(websocket).__name__, type(exc).__name__))
        await websocket.close(4005, "handled")

    return handle


def answering(kit: SimpleNamespace) -> Any:
    async def handle(websocket: Any, exc: Exception) -> Any:
        return kit.PlainTextResponse(f"{type(exc).__name__} at {websocket.url.path}", 402)

    return handle


def answering_in_a_thread(kit: SimpleNamespace) -> Any:
    def handle(websocket: Any, exc: Exception) -> Any:
        return kit.PlainTextResponse(type(exc).__name__, 402)

    return handle


FLOWS: dict[str, Any] = {
    "WebSocketException before the accept": serving(raising("WebSocketException", 1008, "no")),
    "WebSocketException after it": serving(raising("WebSocketException", 4001, "no", after="accept")),
    "HTTPException before the accept": serving(raising("HTTPException", 401, "who?", {"x-duck": "1"})),
    "HTTPException without words": serving(raising("HTTPException", 404)),
    "an error before the accept": serving(raising("ValueError", "bad")),
    "an error after it": serving(raising("ValueError", "bad", after="accept")),
    "a handler for WebSocketException": serving(
        raising("WebSocketException", 1008), handlers={"WebSocketException": closing}
    ),
    "the same after the accept": serving(
        raising("WebSocketException", 1008, after="accept"), handlers={"WebSocketException": closing}
    ),
    "a handler for HTTPException": serving(raising("HTTPException", 401), handlers={"HTTPException": closing}),
    "a handler with a response": serving(raising("HTTPException", 401), handlers={"HTTPException": answering}),
    "a handler in a thread": serving(raising("HTTPException", 401), handlers={401: answering_in_a_thread}),
    "a handler for a status": serving(raising("HTTPException", 401), handlers={401: answering}),
    "a handler for another status": serving(raising("HTTPException", 401), handlers={404: answering}),
    "a handler for an error": serving(raising("ValueError", "bad"), handlers={ValueError: closing}),
    "the same once accepted": serving(raising("ValueError", "bad", after="accept"), handlers={ValueError: closing}),
    "a handler for a base class": serving(raising("KeyError", "bad"), handlers={LookupError: answering}),
    "a handler for Exception": serving(raising("ValueError", "bad"), handlers={Exception: answering}),
    "a handler for 500": serving(raising("ValueError", "bad"), handlers={500: answering}),
    "no route": lambda kit: kit.App(),
    "no route in a router": lambda kit: kit.Router(),
    "no route for this path": serving(raising("ValueError"), path="/a"),
    "no route with this slash": serving(raising("ValueError"), path="/a/"),
    "a route for requests": lambda kit: kit.App(routes=[kit.Route("/a", lambda request: None)]),
    "nothing in the mount": lambda kit: kit.App(routes=[kit.Mount("/a", routes=[])]),
    "close": lambda kit: kit.WebSocketClose(),
    "close with a code": lambda kit: kit.WebSocketClose(code=1008, reason="no"),
}


@pytest.mark.parametrize("name", FLOWS)
def test_exceptions_and_misses(name: str) -> None:
    path = "/" if "route" not in name and "mount" not in name else "/a"
    theirs, ours = both(FLOWS[name], path="/a/b" if "this path" in name else path)
    assert ours == theirs


def tell_route(kit: SimpleNamespace) -> Any:
    async def tell(websocket: Any) -> None:
        await websocket.accept()
        told = [websocket.path_params, str(websocket.url), websocket["root_path"], type(websocket["route"]).__name__]
        await websocket.send_json([*told, str(websocket.url_for("tell", n=7)), websocket["route"].path])

    class Tag:
        def __init__(self, app: Any, name: str) -> None:
            self.app = app
            self.name = name

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            async def tagged(message: Any) -> None:
                await send({**message, "tags": [*message.get("tags", ()), self.name]})

            await self.app(scope, receive, tagged)

    def tag(name: str) -> Any:
        return [kit.Middleware(Tag, name=name)]

    route = kit.WebSocketRoute("/r/{n:int}", tell, name="tell", middleware=tag("route"))
    kit.log.append((repr(route), str(route.url_path_for("tell", n=3)), route.url_path_for("tell", n=3).protocol))
    mount = kit.Mount("/m", routes=[kit.WebSocketRoute("/r/{n:int}", tell, name="t")], middleware=tag("mount"))
    return kit.App(routes=[route, mount], middleware=tag("app"))


@pytest.mark.parametrize("path", ["/r/3", "/m/r/3", "/m/r/x", "/r/x", "/r/3/", "/m"])
def test_routes_mounts_and_middleware(path: str) -> None:
    theirs, ours = both(tell_route, path=path, root_path="")
    assert ours == theirs


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


# -- over sockets ----------------------------------------------------------------------------------------------------


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


# -- the test client -------------------------------------------------------------------------------------------------

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


# -- endpoints for requests ------------------------------------------------------------------------------------------


def http_endpoint(kit: SimpleNamespace) -> Any:
    from tests.differential.web.socket_flows import OURS as ours

    endpoints = OURS if kit.App is ours.App else THEIRS

    class Duck(endpoints.HTTPEndpoint):  # type: ignore[misc,name-defined]
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


# -- one within the other --------------------------------------------------------------------------------------------


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
