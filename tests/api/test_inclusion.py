"""Included routers are found by the index exactly as by trying each route in turn, and stay so when they change."""

from __future__ import annotations

import gc
import inspect
import re
from dataclasses import dataclass
from typing import Any
from weakref import ref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.web.driving import http_scope
from tests.web.routing.test_index import (
    ByLength,
    Said,
    by_router,
    convertors,  # noqa: F401  (a fixture that is there for all)
    hosts,
    linear_scan,
    paths,
    tables,
)
from tests.web.stepping import steps_of

from webfoot import ApiRoute, APIRouter, Depends, Webfoot, WebSocket
from webfoot.api.inclusion import Inclusion
from webfoot.testing import TestClient
from webfoot.web.routing import BaseRoute, Below, Host, Mount, Route, Router, WebSocketRoute


@dataclass
class Include:
    prefix: str
    entries: list[Any]


@st.composite
def trees(draw: st.DrawFn, depth: int = 2, label: str = "d") -> list[Any]:
    """Routes, and routers that are included between them, with what they hold. `label`: for parameters of prefixes."""
    entries: list[Any] = [route for route in draw(tables(depth=1)) if not isinstance(route, ByLength)]
    for number in range(draw(st.integers(0, 2)) if depth else 0):
        prefix = draw(st.sampled_from(["", "/a", "/ducks", "/ducks/new", "/{%s}", "/{%s:int}", "/x/{%s:path}", "/ü"]))
        included = Include(prefix.replace("%s", f"{label}{depth}_{number}"), draw(trees(depth - 1, label)))
        entries.insert(draw(st.integers(0, len(entries))), included)
    return entries


def built(entries: list[Any], routers: list[tuple[APIRouter, list[Any]]]) -> APIRouter:
    """The router of `entries`. Each router that is made, with its entries, goes into `routers`."""
    router = APIRouter()
    for entry in entries:
        add(router, entry, routers)
    routers.append((router, entries))
    return router


def add(router: APIRouter, entry: Any, routers: list[tuple[APIRouter, list[Any]]]) -> None:
    if isinstance(entry, Include):
        router.include_router(built(entry.entries, routers), prefix=entry.prefix)
    else:
        router.routes.append(entry)


def flat(entries: list[Any], prefix: str = "") -> list[BaseRoute]:
    """Every route where it is, made anew."""
    found: list[BaseRoute] = []
    for entry in entries:
        if isinstance(entry, Include):
            found += flat(entry.entries, prefix + entry.prefix)
        elif isinstance(entry, Route):
            found.append(Route(prefix + entry.path, entry.endpoint, methods=entry.methods))
        elif isinstance(entry, WebSocketRoute):
            found.append(WebSocketRoute(prefix + entry.path, entry.endpoint))
        elif isinstance(entry, Mount):
            found.append(Mount(prefix + entry.path, app=entry.mounted()))
        else:
            assert isinstance(entry, Host)
            found.append(Below(prefix, entry) if prefix else entry)
    return found


@settings(max_examples=100, deadline=None)
@given(trees(), st.lists(paths, min_size=1, max_size=6), st.sampled_from(["GET", "POST", "HEAD"]), hosts)
def test_the_index_finds_what_a_linear_scan_finds(entries: list[Any], asked: list[str], method: str, host: str) -> None:
    router = built(entries, [])
    fields = [(b"host", host.encode())]
    for path in [*asked, *("/a" + path for path in asked), *("/ducks/1" + path for path in asked)]:
        scope = http_scope(method, path, raw_headers=fields)
        assert by_router(router, method, path, raw_headers=fields) == linear_scan(flat(entries), scope)


@settings(max_examples=40, deadline=None)
@given(trees(), st.lists(trees(1, "late"), min_size=1, max_size=3), st.lists(paths, min_size=1, max_size=3), st.data())
def test_also_after_any_of_the_routers_was_changed(
    entries: list[Any], late: list[list[Any]], asked: list[str], data: st.DataObject
) -> None:
    routers: list[tuple[APIRouter, list[Any]]] = []
    router = built(entries, routers)
    asked = [*asked, *("/a" + path for path in asked)]
    for more in late:
        for path in asked:
            assert by_router(router, "GET", path) == linear_scan(flat(entries), http_scope("GET", path))
        changed, its_entries = data.draw(st.sampled_from(routers), label="the router that is changed")
        if its_entries and data.draw(st.booleans(), label="something is taken away"):
            gone = data.draw(st.integers(0, len(its_entries) - 1))
            del changed.routes[gone], its_entries[gone]
        for entry in more:
            add(changed, entry, [])
        its_entries += more
        if data.draw(st.booleans(), label="the table is another one"):
            changed.routes = list(changed.routes)
    for path in asked:
        assert by_router(router, "GET", path) == linear_scan(flat(entries), http_scope("GET", path))


def thousand(count: int) -> Webfoot:
    """`count` routes in a router of a router; half of them were added when the application had begun to serve."""
    app, outer, inner = Webfoot(openapi_url=None), APIRouter(prefix="/outer"), APIRouter(prefix="/inner")
    app.include_router(outer, prefix="/v1")
    outer.include_router(inner)

    async def endpoint(): ...

    for number in range(count):
        if number == count // 2:
            assert TestClient(app).get("/v1/outer/inner/r0").status_code == 200
        inner.get(f"/r{number}")(endpoint)
    return app


def test_the_last_of_many_late_routes_costs_what_the_first_costs() -> None:
    few, many = (thousand(count) for count in (4, 400))

    def steps(app: Webfoot, path: str) -> int:
        scope = http_scope("GET", path)
        app.router.index.candidates(path, scope)  # built
        return steps_of(lambda: app.router.index.candidates(path, scope))

    assert steps(many, "/v1/outer/inner/r399") == steps(many, "/v1/outer/inner/r0") == steps(few, "/v1/outer/inner/r3")


def test_a_request_asks_no_router_whether_it_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    app = thousand(4)
    client = TestClient(app)
    client.get("/v1/outer/inner/r0")

    def never(*_: Any) -> Any:
        raise AssertionError("asked in a request")

    for name in ("expand", "known", "tables"):
        monkeypatch.setattr(Inclusion, name, never)
    assert client.get("/v1/outer/inner/r3").status_code == 200
    assert client.get("/v1/outer/inner/nowhere").status_code == 404


def test_who_walks_the_table_by_hand_does_not_make_all_routes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    app, router = Webfoot(openapi_url=None), APIRouter()

    async def endpoint(): ...

    router.get("/x", name="x")(endpoint)
    app.include_router(router)
    (inclusion,) = app.routes
    made = [route for _ in range(3) for route in [inclusion.matches(http_scope("GET", "/x"))[1]["route"]]]
    monkeypatch.setattr(Inclusion, "expand", lambda self: pytest.fail("made again"))
    assert inclusion.matches(http_scope("GET", "/x"))[1]["route"] is made[0]
    assert str(inclusion.url_path_for("x")) == "/x"
    monkeypatch.undo()
    router.get("/y", name="y")(endpoint)
    assert str(inclusion.url_path_for("y")) == "/y"
    router.routes = []
    assert inclusion.matches(http_scope("GET", "/x"))[1] == {}


def test_what_is_made_of_the_routes_of_the_toolkit_keeps_what_they_are() -> None:
    class Own(Route):
        def matches(self, scope: Any) -> Any:
            return super().matches({**scope, "method": "GET"})

    def endpoint(request: Any) -> None: ...

    route = Own("/x/{y}", endpoint, name="own", max_body_size=7)
    (below,) = Inclusion(APIRouter(prefix="/p"), APIRouter(routes=[route]), "/q", {}).expand()
    assert (type(below), below.path, below.name, below.max_body_size) == (Own, "/p/q/x/{y}", "own", 7)  # type: ignore[attr-defined]
    assert below.path_regex.match("/p/q/x/1")  # type: ignore[attr-defined]
    assert route.path == "/x/{y}"
    route.path_regex = re.compile("^/any(?P<y>.*)$")
    (below,) = Inclusion(APIRouter(), APIRouter(routes=[route]), "/q", {}).expand()
    assert isinstance(below, Below)
    assert below.matches(http_scope("POST", "/q/anything"))[1]["endpoint"] is endpoint


def test_a_late_inclusion_in_an_application_that_serves() -> None:
    app, first, second = Webfoot(), APIRouter(), APIRouter(prefix="/second")
    app.include_router(first)
    client = TestClient(app)
    assert client.get("/second/x").status_code == 404
    assert app.openapi()["paths"] == {}

    @second.get("/x")
    async def x():
        return "x"

    @second.websocket("/socket")
    async def socket(websocket: WebSocket):
        await websocket.accept()
        await websocket.send_text(websocket.scope["route"].path)
        await websocket.close()

    first.include_router(second)
    assert client.get("/second/x").json() == "x"
    assert list(app.openapi()["paths"]) == list(client.get("/openapi.json").json()["paths"]) == ["/second/x"]
    with client.websocket_connect("/second/socket") as session:
        assert session.receive_text() == "/second/socket"
    app.routes.pop()
    assert client.get("/second/x").status_code == 404
    assert app.openapi()["paths"] == {}


def test_late_webhooks_are_told() -> None:
    app = Webfoot()
    assert "webhooks" not in app.openapi()
    app.webhooks.post("new-duck")(lambda: 1)
    assert list(app.openapi()["webhooks"]) == ["new-duck"]


def test_a_document_of_your_own_is_kept() -> None:
    app = Webfoot()
    app.openapi_schema = {"x": 1}
    app.get("/x")(lambda: 1)
    assert app.openapi() == {"x": 1}


def test_an_inclusion_that_is_gone_is_asked_nothing() -> None:
    app, router = Webfoot(), APIRouter()
    router.get("/x")(lambda: 1)
    app.include_router(router)
    there = ref(app.routes[-1])
    app.routes.pop()
    gc.collect()
    assert there() is None
    router.routes.append(ApiRoute("", lambda: 1))  # which could not be there


def test_a_route_that_is_put_into_the_table_by_hand_is_planned_when_it_is_looked_for() -> None:
    app, router = Webfoot(), APIRouter()
    app.include_router(router)
    router.routes.append(ApiRoute("/by-hand/{x}", lambda x: x, methods=["GET"]))
    assert TestClient(app).get("/by-hand/1").json() == "1"
    assert repr(app.routes[-1]).startswith("Inclusion(<webfoot.api.router.APIRouter object")


def test_the_routers_inside_are_ordinary_ones() -> None:
    assert isinstance(built([Route("/x", Said(1))], []), Router)


def test_a_signature_that_was_given_before_the_inclusion() -> None:
    """As class-based views of other packages do: `self` of the methods becomes a dependency."""

    class Ducks:
        def __init__(self, name: str = "Emma") -> None:
            self.name = name

        def feed(self, amount: int = 1) -> list[Any]:
            return [self.name, amount]

        async def quack(self, socket: WebSocket) -> None:
            await socket.accept()
            await socket.send_text(self.name)
            await socket.close()

    within = APIRouter()
    within.get("/feed")(Ducks.feed)
    within.websocket("/quack")(Ducks.quack)
    for method in (Ducks.feed, Ducks.quack):
        first, *others = inspect.signature(method).parameters.values()
        given = [first.replace(default=Depends(Ducks), kind=first.KEYWORD_ONLY)]
        given += [one.replace(kind=first.KEYWORD_ONLY) for one in others]
        vars(method)["__signature__"] = inspect.Signature(given)
    app = Webfoot()
    app.include_router(within, prefix="/ducks")
    client = TestClient(app)
    assert client.get("/ducks/feed?name=Erna&amount=2").json() == ["Erna", 2]
    assert {one["name"] for one in app.openapi()["paths"]["/ducks/feed"]["get"]["parameters"]} == {"name", "amount"}
    with client.websocket_connect("/ducks/quack?name=Erna") as socket:
        assert socket.receive_text() == "Erna"
