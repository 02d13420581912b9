"""WebSockets on Starlette and on webfoot: the same events go in, the same events come out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from tests.differential.web.socket_flows import both, raising
from tests.web.socket_driving import Tag, octets, text

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
