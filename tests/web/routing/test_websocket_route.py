"""Routes for WebSockets: which one serves, with which parameters, inside of what, and what is told to a watcher."""

from __future__ import annotations

import functools
from typing import Any

import pytest
from tests.web.driving import MarkedTrail, answer_of
from tests.web.socket_driving import Tag, talk

from webfoot.trail.trail import TRAIL_KEY
from webfoot.web import (
    HTTPException,
    Middleware,
    Mount,
    NoMatchFound,
    Route,
    Router,
    WebApp,
    WebSocket,
    WebSocketEndpoint,
)
from webfoot.web.responses import PlainTextResponse
from webfoot.web.routing import RouteGroup, RouteTable, WebSocketRoute, websocket_session


async def tell(websocket: WebSocket) -> None:
    """What the route left in the scope."""
    await websocket.accept()
    known = {"params": websocket.path_params, "route": websocket["route"].path, "root_path": websocket["root_path"]}
    await websocket.send_json({**known, "url": str(websocket.url)})


async def close(websocket: WebSocket) -> None:
    await websocket.close(4000, "closed")


class TestMatching:
    def test_parameters(self):
        app = Router([WebSocketRoute("/a/{n:int}", close), WebSocketRoute("/a/{name}/{rest:path}", tell)])
        talked = talk(app, path="/a/b/c/d")
        assert talked.texts == [
            '{"params":{"name":"b","rest":"c/d"},"route":"/a/{name}/{rest:path}","root_path":"","url":"ws://duck.example/a/b/c/d"}'
        ]
        assert talk(app, path="/a/3").close == (4000, "closed")
        assert talk(app, path="/a/x").close == (1000, "")

    def test_what_is_in_the_scope(self):
        route = WebSocketRoute("/{name}", tell)
        scope = talk(Router([route]), path="/a").scope
        assert (scope["endpoint"], scope["path_params"], scope["route"]) == (tell, {"name": "a"}, route)

    def test_requests_and_websockets_may_share_a_path(self):
        async def page(request: Any) -> Any:
            return PlainTextResponse("page")

        for routes in (
            [Route("/a", page), WebSocketRoute("/a", close)],
            [WebSocketRoute("/a", close), Route("/a", page)],
        ):
            app = Router(routes)
            assert talk(app, path="/a").close == (4000, "closed")
            assert answer_of(app, "GET", "/a").text == "page"
            assert answer_of(app, "POST", "/a").status == 405

    def test_a_request_to_a_websocket_route_is_not_found(self):
        assert answer_of(Router([WebSocketRoute("/a", close)]), "GET", "/a").status == 404
        assert answer_of(Router([WebSocketRoute("/a/{n}", close)]), "GET", "/a/b").status == 404

    def test_a_websocket_is_not_sent_elsewhere_for_a_slash(self):
        assert talk(Router([WebSocketRoute("/a", close)]), path="/a/").sent == [
            {"type": "websocket.close", "code": 1000, "reason": ""}
        ]

    def test_below_mounts(self):
        app = Router([Mount("/m/{x}", routes=[Mount("/n", routes=[WebSocketRoute("/{y:int}", tell)])])])
        told = talk(app, path="/m/1/n/2").texts[0]
        assert '"params":{"x":"1","y":2}' in told
        assert '"root_path":"/m/1/n"' in told
        assert talk(app, path="/m/1/n/x").close == (1000, "")

    def test_a_mounted_application(self):
        inner = WebApp(routes=[WebSocketRoute("/", tell)])
        assert '"route":"/"' in talk(WebApp(routes=[Mount("/m", app=inner)]), path="/m/").texts[0]

    def test_added_later(self):
        router, app = Router(), WebApp()
        assert talk(router, path="/a").close == (1000, "")
        router.add_websocket_route("/a", close, name="a")
        app.add_websocket_route("/a", close, name="a")
        for each in (router, app):
            assert talk(each, path="/a").close == (4000, "closed")
            assert str(each.url_path_for("a")) == "/a"

    def test_in_a_group(self):
        class Group(RouteGroup):
            table = RouteTable([WebSocketRoute("/a", close, name="a")])

            def expand(self) -> Any:
                return self.table

            def tables(self) -> Any:
                return [self.table]

        router = Router([Group()])
        assert talk(router, path="/a").close == (4000, "closed")
        assert str(router.url_path_for("a")) == "/a"

    def test_a_route_alone_is_an_application(self):
        assert talk(WebSocketRoute("/", close)).close == (4000, "closed")
        assert talk(WebSocketRoute("/a", close)).close == (1000, "")

    def test_a_subclass_with_rules_of_its_own(self):
        class Picky(WebSocketRoute):
            def matches(self, scope: Any) -> Any:
                match, child = super().matches(scope)
                return (match, child) if dict(scope["headers"]).get(b"x-duck") else (type(match).NONE, {})

        app = Router([Picky("/a", close), WebSocketRoute("/a", tell)])
        assert talk(app, path="/a").types[0] == "accept"
        assert talk(app, path="/a", headers=[(b"x-duck", b"1")]).close == (4000, "closed")


class TestUrls:
    def test_of_a_route(self):
        route = WebSocketRoute("/a/{n:int}", tell)
        assert (route.name, repr(route)) == ("tell", "WebSocketRoute(path='/a/{n:int}', name='tell')")
        path = route.url_path_for("tell", n=3)
        assert str(path) == "/a/3"
        assert str(path.make_absolute_url("https://duck.example")) == "wss://duck.example/a/3"
        for wrong in ({}, {"x": 1}, {"n": 3, "x": 1}):
            with pytest.raises(NoMatchFound):
                route.url_path_for("tell", **wrong)
        with pytest.raises(NoMatchFound):
            route.url_path_for("other", n=3)

    def test_from_a_websocket(self):
        async def tell_url(websocket: WebSocket) -> None:
            await websocket.accept()
            await websocket.send_text(str(websocket.url_for("m:a", name="x y")))

        app = WebApp(routes=[Mount("/m", name="m", routes=[WebSocketRoute("/{name}", tell_url, name="a")])])
        assert talk(app, path="/m/b", scheme="wss").texts == ["wss://duck.example/m/x y"]


class TestEndpoints:
    @pytest.mark.parametrize("path", ["", "a"])
    def test_a_path_begins_with_a_slash(self, path: str):
        with pytest.raises(AssertionError, match="Routed paths must start with '/'"):
            WebSocketRoute(path, tell)

    def test_what_may_be_one(self):
        async def with_code(websocket: WebSocket, code: int) -> None:
            await websocket.close(code)

        class Application:
            async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
                await send({"type": "websocket.close", "code": 4000, "reason": "closed"})

            async def method(self, websocket: WebSocket) -> None:
                await websocket.close(4000, "closed")

        assert talk(WebSocketRoute("/", functools.partial(with_code, code=4001))).close == (4001, "")
        assert talk(WebSocketRoute("/", Application())).close == (4000, "closed")
        assert talk(WebSocketRoute("/", Application().method)).close == (4000, "closed")
        assert talk(WebSocketRoute("/", lambda websocket: with_code(websocket, 4002))).close == (4002, "")
        assert WebSocketRoute("/", Application()).name == "Application"

    def test_a_plain_function_cannot_serve_one(self):
        def plain(websocket: WebSocket) -> None:
            pass

        talked = talk(WebApp(routes=[WebSocketRoute("/", plain)]))
        assert isinstance(talked.error, TypeError)
        assert str(talked.error) == "plain serves a WebSocket, so it has to be an async function"

    def test_a_session_is_an_application(self):
        assert talk(websocket_session(close)).close == (4000, "closed")


class TestMiddleware:
    def test_the_nearest_sees_it_first(self):
        app = WebApp(
            routes=[
                Mount(
                    "/m",
                    routes=[WebSocketRoute("/", close, middleware=[Middleware(Tag, "r1"), Middleware(Tag, "r2")])],
                    middleware=[Middleware(Tag, "m")],
                )
            ],
            middleware=[Middleware(Tag, "a")],
        )
        assert talk(app, path="/m/").sent[0]["tags"] == ["r2", "r1", "m", "a"]

    def test_it_sees_the_answer_to_an_exception(self):
        async def refuse(websocket: WebSocket) -> None:
            raise HTTPException(401)

        app = WebApp(routes=[WebSocketRoute("/", refuse, middleware=[Middleware(Tag, "r")])])
        assert [message["tags"] for message in talk(app).sent] == [["r"], ["r"]]

    def test_that_raises_itself(self):
        class Refuse:
            def __init__(self, app: Any) -> None:
                self.app = app

            async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
                raise HTTPException(402)

        app = WebApp(routes=[WebSocketRoute("/", tell, middleware=[Middleware(Refuse)])])
        assert talk(app).denial == (402, b"Payment Required")


class TestTheJourney:
    def test_the_stations_of_a_websocket(self):
        trail = MarkedTrail()
        talk(WebApp(routes=[WebSocketRoute("/a/{n:int}", close, name="closer")]), path="/a/3", **{TRAIL_KEY: trail})
        assert trail.only("route_matched") == {
            "outcome": "found", "method": "WebSocket", "path": "/a/3", "route": "/a/{n:int}", "path_params": {"n": 3},
        }  # fmt: skip
        entered = trail.only("route_entered")
        assert (entered["name"], entered["route"], entered["file"]) == ("closer", "/a/{n:int}", __file__)
        assert entered["line"] == close.__code__.co_firstlineno

    def test_a_miss_tells_what_was_near(self):
        trail = MarkedTrail()
        talk(WebApp(routes=[WebSocketRoute("/ducks/{n:int}", close)]), path="/ducks/x", **{TRAIL_KEY: trail})
        missed = trail.only("route_matched")
        assert missed["outcome"] == "not_found"
        assert missed["near"] == [
            {"route": "/ducks/{n:int}", "methods": [], "failed": "segment 'x' is not an int"},
        ]

    def test_a_close_before_the_accept_is_told(self):
        trail = MarkedTrail()
        talk(WebApp(routes=[WebSocketRoute("/", close)]), **{TRAIL_KEY: trail})
        assert trail.only("decided") == {
            "by": "WebSocket",
            "what": "closed (4000) before accept(), which refuses the handshake; a client never sees that code",
            "status": 403,
        }

    def test_where_a_class_is_written(self):
        class Duck(WebSocketEndpoint):
            async def on_receive(self, websocket: WebSocket, data: Any) -> None:
                pass

            async def on_connect(self, websocket: WebSocket) -> None:
                await websocket.close()

        trail = MarkedTrail()
        talk(WebApp(routes=[WebSocketRoute("/", Duck)]), **{TRAIL_KEY: trail})
        entered = trail.only("route_entered")
        assert (entered["name"], entered["file"]) == ("Duck", __file__)
        assert entered["line"] == Duck.on_receive.__code__.co_firstlineno
        bare = MarkedTrail()
        talk(WebApp(routes=[WebSocketRoute("/", type("Bare", (Duck,), {}))]), **{TRAIL_KEY: bare})
        assert bare.only("route_entered")["file"] is None
