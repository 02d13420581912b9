"""Middleware of routers, inclusions and routes."""

import pytest

from webfoot import APIRouter, HTTPException, Request, Webfoot, WebSocket
from webfoot.testing import TestClient
from webfoot.trail import TRAIL_KEY, Trail
from webfoot.web.middleware import Middleware
from webfoot.web.middleware.dispatch import BaseHTTPMiddleware
from webfoot.web.responses import PlainTextResponse
from webfoot.web.routing import Host, Mount, Route

entered: list[str] = []
built: list[str] = []


@pytest.fixture(autouse=True)
def nothing_happened():
    entered.clear()
    built.clear()


class Told:
    def __init__(self, app, name):
        self.app, self.name = app, name
        built.append(name)

    async def __call__(self, scope, receive, send):
        entered.append(self.name)
        await self.app(scope, receive, send)


def told(*names):
    return [Middleware(Told, name=name) for name in names]


async def stamp(request, call_next):
    response = await call_next(request)
    response.headers["x-stamp"] = str(response.status_code)
    return response


def pond():
    app = Webfoot(middleware=told("app"))
    inner = APIRouter(prefix="/in", middleware=told("inner", "inner too"))
    outer = APIRouter(middleware=told("outer"))

    @inner.get("/x", middleware=[*told("route"), Middleware(BaseHTTPMiddleware, dispatch=stamp)])
    async def home(request: Request):
        return request.url.path

    @inner.get("/teapot", middleware=[Middleware(BaseHTTPMiddleware, dispatch=stamp)])
    async def teapot():
        raise HTTPException(418)

    @inner.websocket("/ws", middleware=told("ws"))
    async def socket(websocket: WebSocket):
        await websocket.accept()
        await websocket.close()

    outer.include_router(inner, prefix="/o", middleware=told("inclusion"))
    app.include_router(outer, middleware=told("outer inclusion"))
    app.add_api_route("/free", lambda: None)
    return app, inner


ABOVE = ["app", "outer inclusion", "outer", "inclusion", "inner", "inner too"]


def test_from_the_outside_in_application_inclusion_router_route():
    app, _ = pond()
    response = TestClient(app).get("/o/in/x")
    assert (response.json(), response.headers["x-stamp"]) == ("/o/in/x", "200")
    assert entered == [*ABOVE, "route"]


def test_they_see_what_the_handlers_of_the_application_answer():
    app, _ = pond()
    response = TestClient(app).get("/o/in/teapot")
    assert (response.status_code, response.headers["x-stamp"]) == (418, "418")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/free"), ("GET", "/o/in/none"), ("POST", "/o/in/x")], ids=["other", "404", "405"]
)
def test_they_run_only_for_what_matched(method, path):
    app, _ = pond()
    TestClient(app).request(method, path)
    assert entered == ["app"]


def test_websockets_go_through_them():
    app, _ = pond()
    with TestClient(app).websocket_connect("/o/in/ws"):
        pass
    assert entered[entered.index("outer inclusion") - 1 :] == [*ABOVE, "ws"]


def test_routes_that_are_added_late_have_them():
    app, inner = pond()
    inner.add_api_route("/late", lambda: None)
    assert TestClient(app).get("/o/in/late").status_code == 200
    assert entered == ABOVE


async def plain(request):
    return PlainTextResponse("plain")


class Here(Route):
    """A route of the user's own kind."""


@pytest.mark.parametrize(
    "route",
    [
        Route("/plain", plain),
        Mount("/plain", app=PlainTextResponse("plain")),
        Host("testserver", app=PlainTextResponse("plain")),
        Here("/plain", plain),
    ],
    ids=["route", "mount", "host", "own"],
)
@pytest.mark.parametrize("prefix", ["", "/p"])
def test_what_else_a_router_answers_is_guarded_too(route, prefix):
    app, outer, router = Webfoot(), APIRouter(), APIRouter(middleware=told("router"))
    router.routes.append(route)
    outer.include_router(router, middleware=told("inclusion"))
    app.include_router(outer, prefix=prefix, middleware=told("outer inclusion"))
    client = TestClient(app, follow_redirects=False)
    path = prefix + "/plain"
    response = client.get(path + "/") if isinstance(route, Mount) else client.get(path)
    assert response.text == "plain"
    assert entered == ["outer inclusion", "inclusion", "router"]


def test_a_router_that_is_mounted_guards_all_it_answers_once():
    app, router, inner = Webfoot(), APIRouter(middleware=told("router")), APIRouter(middleware=told("inner"))
    router.add_api_route("/operation", lambda: None)
    router.mount("/mount", PlainTextResponse("plain"))
    inner.mount("/mount", PlainTextResponse("plain"))
    router.include_router(inner, prefix="/inner")
    app.mount("/x", router)
    client = TestClient(app)
    for path in ("operation", "mount/", "inner/mount/"):
        assert client.get(f"/x/{path}").status_code == 200
        entered.append("/")
    assert " ".join(entered) == "router / router / router inner /"


def test_one_level_is_built_once_for_all_its_routes():
    """It may hold state."""

    class Limited:
        def __init__(self, app, most):
            self.app, self.left = app, most

        async def __call__(self, scope, receive, send):
            self.left -= 1
            if self.left < 0:
                await PlainTextResponse("enough", status_code=429)(scope, receive, send)
            else:
                await self.app(scope, receive, send)

    app, router = Webfoot(), APIRouter(middleware=[Middleware(Limited, most=3)])
    for number in range(5):
        router.add_api_route(f"/{number}", lambda: None)
    app.include_router(router)
    client = TestClient(app)
    assert [client.get(f"/{number}").status_code for number in range(5)] == [200, 200, 200, 429, 429]


def test_requests_at_once_go_on_to_their_own_routes():
    app, router = Webfoot(), APIRouter(middleware=told("router"))

    @router.get("/outer")
    async def outer(request: Request):
        sent = []

        async def send(message):
            sent.append(message.get("body", b""))

        scope = {**request.scope, "path": "/inner", "raw_path": b"/inner"}
        await app(scope, request.receive, send)
        return b"".join(sent).decode()

    router.add_api_route("/inner", lambda: "in")
    app.include_router(router)
    assert TestClient(app).get("/outer").json() == '"in"'
    assert entered == ["router", "router"]


def test_a_route_without_any_is_called_directly():
    app = Webfoot()
    app.add_api_route("/", lambda: None)
    assert app.routes[-1].app == app.routes[-1]._serve


class Marks(Trail):
    def __init__(self):
        self.all = []

    def mark(self, station, /, **facts):
        self.all.append((station, facts.get("name")))


def test_the_journey_shows_them_as_it_shows_those_of_the_application():
    app, _ = pond()
    marks = Marks()

    async def watched(scope, receive, send):
        if scope["type"] == "http":
            scope[TRAIL_KEY] = marks
        await app(scope, receive, send)

    assert TestClient(watched).get("/o/in/x").status_code == 200
    way = [f"{name}" for station, name in marks.all if station in ("middleware_entered", "route_entered")]
    assert way == ["ServerErrorMiddleware", "Told", "ExceptionMiddleware", *["Told"] * 6, "stamp", "home"]
    left = [name for station, name in marks.all if station == "middleware_left"]
    assert left == list(reversed(way[:-1]))


def test_what_is_no_middleware_is_refused_where_it_is_written():
    for write in (
        lambda: APIRouter(middleware=[Told]),
        lambda: Webfoot().include_router(APIRouter(), middleware=[Told]),
        lambda: Webfoot().get("/", middleware=[Told])(lambda: None),
        lambda: Webfoot().websocket("/", middleware=[Told])(lambda: None),
    ):
        with pytest.raises(TypeError, match=r"a list of Middleware\(SomeClass, option=...\), and .*Told"):
            write()
