"""The index must find exactly what trying each route in turn finds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.web.driving import answer_of, http_scope
from tests.web.stepping import steps_of

from webfoot.web.datastructures.url import relative_location
from webfoot.web.middleware import Middleware
from webfoot.web.routing import (
    BaseRoute,
    Convertor,
    Host,
    Match,
    Mount,
    Route,
    Router,
    WebSocketRoute,
    register_url_convertor,
)
from webfoot.web.routing.convertors import CONVERTOR_TYPES
from webfoot.web.routing.index import RouteIndex
from webfoot.web.routing.path import get_route_path


class Said:
    """An endpoint that says which route it stands behind."""

    def __init__(self, number: int) -> None:
        self.number = number

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        said = said_of(self.number, scope)
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "reason": said})
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": said.encode()})


def said_of(number: int, scope: dict[str, Any]) -> str:
    return f"{number} {scope['path_params']!r} {scope['root_path']!r} {scope.get('app_root_path')!r}"


class Passing:
    """A middleware that does nothing."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


class Even(Convertor[int]):
    """Of one segment, and the index is told so."""

    regex = "[0-9]+"
    within_segment = True

    def convert(self, value: str) -> int:
        if int(value) % 2:
            raise ValueError("odd")
        return int(value)


class Pair(Convertor[str]):
    """Of more than one segment, and may be empty."""

    regex = "(?:[a-z]+/[a-z]+)?"

    def convert(self, value: str) -> str:
        return value


@pytest.fixture(autouse=True, scope="module")
def convertors() -> Iterator[None]:
    register_url_convertor("even", Even())
    register_url_convertor("pair", Pair())
    yield
    del CONVERTOR_TYPES["even"], CONVERTOR_TYPES["pair"]


class ByLength(BaseRoute):
    """Matches by a rule that no template knows."""

    def __init__(self, number: int, length: int, match: Match) -> None:
        self.app = Said(number)
        self.length = length
        self.match = match

    def matches(self, scope: Any) -> tuple[Match, Any]:
        if scope["type"] == "http" and len(get_route_path(scope)) == self.length:
            return self.match, {"path_params": {**scope.get("path_params", {}), "length": self.length}}
        return Match.NONE, {}

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


def linear_scan(routes: list[BaseRoute], scope: dict[str, Any]) -> tuple[int, str]:
    """The semantics in the plainest words: first full match, else first partial one, else the other slash, else 404."""
    scope = {"path_params": {}, **scope}
    tried = [(route, *route.matches(scope)) for route in routes]
    full = [(route, child) for route, match, child in tried if match is Match.FULL]
    partial = [(route, child) for route, match, child in tried if match is Match.PARTIAL]
    if full or (partial and isinstance(partial[0][0], ByLength)):
        route, child = (full or partial)[0]
        scope.update(child)
        if isinstance(route, Mount | Host):
            return linear_scan(list(route.routes), scope)
        return 200, said_of(route.app.number, scope)
    if partial:
        return 405, ", ".join(sorted({m for route, _ in partial for m in getattr(route, "methods", None) or ()}))
    if get_route_path(scope) != "/" and scope["type"] == "http":
        path = scope["path"]
        other = {**scope, "path": path.rstrip("/") if path.endswith("/") else path + "/"}
        if any(route.matches(other)[0] is not Match.NONE for route in routes):
            return 307, relative_location(other)
    return 404, ""


def by_router(router: Router, method: str, path: str, **more: Any) -> tuple[int, str]:
    answered = answer_of(router, method, path, **more)
    assert answered.error is None, answered.error
    said = {200: answered.text, 404: "", 405: answered.headers.get("allow", "")}
    return answered.status, said.get(answered.status) or answered.headers.get("location", "")


words = st.sampled_from(
    ["ducks", "new", "1", "22", "1.5", "ü", "a b", "%41", "x.json", "", "a.b", "(a|b)*", "[^/]+$", "\\d"]
)
holes = st.sampled_from(
    [
        *("{%s}", "{%s:int}", "{%s:float}", "{%s:uuid}", "{%s:path}", "{%s}.json", "v{%s:int}", "{%s:path}.txt"),
        *("{%s:even}", "{%s:pair}", "{%s:pair}.txt", "({%s})", "{%s}.{%s_}", "{%s:int}{%s_}", "{%s:path}a{%s_:path}"),
    ]
)
names = st.sampled_from(
    ["ducks.example", "DUCKS.Example:80", "{h}.example", "{h}.ducks.example", "{h:int}.example", "{h}", "a.{h}.example"]
)
hosts = st.sampled_from(
    [
        "ducks.example",
        "Ducks.example:8000",
        "a.ducks.example",
        "7.example:",
        "a.b.ducks.example",
        "example",
        "[::1]:80",
        "",
    ]
)
methods = st.none() | st.lists(st.sampled_from(["GET", "POST", "HEAD", "DELETE"]), min_size=1, max_size=3)


@st.composite
def templates(draw: st.DrawFn, prefix: str = "p") -> str:
    numbers = range(draw(st.integers(0, 3)))
    return "/" + "/".join(
        draw(words) if draw(st.booleans()) else draw(holes).replace("%s", f"{prefix}{n}") for n in numbers
    )


@st.composite
def tables(draw: st.DrawFn, depth: int = 1) -> list[BaseRoute]:
    routes: list[BaseRoute] = []
    for number in range(draw(st.integers(1, 8))):
        kind = draw(st.sampled_from(["route"] * 5 + ["websocket"] + ["mount", "mount", "host"] * depth + ["custom"]))
        if kind == "route":
            routes.append(Route(draw(templates()), Said(number), methods=draw(methods)))
        elif kind == "websocket":
            routes.append(WebSocketRoute(draw(templates()), Said(number)))
        elif kind == "mount":
            prefix = draw(templates(prefix="m"))
            layers = [Middleware(Passing)] * draw(st.integers(0, 1))
            inner = draw(tables(depth=depth - 1))
            routes.append(Mount(prefix if draw(st.booleans()) else "", routes=inner, middleware=layers))
        elif kind == "host":
            routes.append(Host(draw(names), Router(draw(tables(depth=depth - 1)))))
        else:
            match = draw(st.sampled_from([Match.FULL, Match.PARTIAL]))
            routes.append(ByLength(number, draw(st.integers(0, 12)), match))
    return routes


paths = st.lists(words, max_size=5).map(lambda parts: "/" + "/".join(parts)) | st.text("/ad1.\n%é", max_size=8)


@settings(max_examples=400, deadline=None)
@given(tables(), st.lists(paths, min_size=1, max_size=6), st.sampled_from(["GET", "POST", "HEAD", "QUERY"]), hosts)
def test_the_index_finds_what_a_linear_scan_finds(
    routes: list[BaseRoute], asked: list[str], method: str, host: str
) -> None:
    router = Router(routes)
    fields = [(b"host", host.encode())]
    for path in [*asked, *(path + "/" for path in asked)]:
        scope = http_scope(method, path, raw_headers=fields)
        assert by_router(router, method, path, raw_headers=fields) == linear_scan(routes, scope)


@settings(max_examples=200, deadline=None)
@given(tables(), paths, hosts)
def test_also_for_websockets(routes: list[BaseRoute], path: str, host: str) -> None:
    more = {"type": "websocket", "raw_headers": [(b"host", host.encode())]}
    (message,) = answer_of(Router(routes), "GET", path, **more).messages
    status, said = linear_scan(routes, http_scope("GET", path, **more))
    assert message["reason"] == (said if status == 200 else "")


@settings(max_examples=60, deadline=None)
@given(tables(depth=0), paths, st.sampled_from(["GET", "POST"]))
def test_also_below_a_root_path(routes: list[BaseRoute], path: str, method: str) -> None:
    scope = http_scope(method, "/root" + path, root_path="/root")
    assert by_router(Router(routes), method, "/root" + path, root_path="/root") == linear_scan(routes, scope)


@settings(max_examples=60, deadline=None)
@given(tables(), tables(), paths, st.data())
def test_also_after_the_table_was_changed(
    routes: list[BaseRoute], more: list[BaseRoute], path: str, data: st.DataObject
) -> None:
    router = Router(routes)
    by_router(router, "GET", path)
    for route in more:
        router.routes.insert(data.draw(st.integers(0, len(router.routes))), route)
    del router.routes[data.draw(st.integers(0, len(router.routes) - 1))]
    assert by_router(router, "GET", path) == linear_scan(list(router.routes), http_scope("GET", path))


def found(index: RouteIndex, path: str) -> list[str]:
    return [candidate.route.path for candidate in index.candidates(path, http_scope(path=path))]  # type: ignore[attr-defined]


def test_only_what_can_match_is_tried() -> None:
    routes = [Route(f"/r{n}/{{id}}", Said(n)) for n in range(1000)]
    index = RouteIndex([*routes, Route("/r7/new", Said(0)), Route("/{rest:path}", Said(0))])
    assert found(index, "/r999/x") == ["/r999/{id}", "/{rest:path}"]
    assert found(index, "/r7/new") == ["/r7/{id}", "/r7/new", "/{rest:path}"]
    assert found(index, "/nowhere/at/all") == ["/{rest:path}"]


def thousand(kind: str, count: int) -> Router:
    made: dict[str, Any] = {
        "fixed": lambda n: Route(f"/r{n}", Said(n)),
        "text": lambda n: Route(f"/r{n}/{{x}}", Said(n)),
        "int": lambda n: Route(f"/r{n}/{{x:int}}", Said(n)),
        "mount": lambda n: Mount(f"/r{n}", routes=[Route("/{x}", Said(n))]),
        "host": lambda n: Host(f"r{n}.example", Router([Route("/{x}", Said(n))])),
        "hosts": lambda n: Host(f"{{y}}.r{n}.example", Router([Route("/{x}", Said(n))])),
        "websocket": lambda n: WebSocketRoute(f"/r{n}/{{x}}", Said(n)),
    }
    return Router([made[kind](n) for n in range(count)])


@pytest.mark.parametrize("kind", ["fixed", "text", "int", "mount", "host", "hosts", "websocket"])
def test_the_thousandth_route_costs_what_the_first_one_costs(kind: str) -> None:
    def cost(router: Router, number: int) -> int:
        path = {"fixed": f"/r{number}", "host": "/7", "hosts": "/7"}.get(kind, f"/r{number}/7")
        host = {"host": f"r{number}.example", "hosts": f"a.r{number}.example"}.get(kind, "ducks.example")
        more = {"type": "websocket" if kind == "websocket" else "http", "raw_headers": [(b"host", host.encode())]}
        answer_of(router, "GET", path, **more)  # an index is built when it is first asked
        return steps_of(lambda: answer_of(router, "GET", path, **more))

    small, large = thousand(kind, 10), thousand(kind, 1000)
    first, last, missing = cost(large, 0), cost(large, 999), cost(large, 5000)
    assert first == last == cost(small, 0) == cost(small, 9)
    assert missing == cost(small, 5000)


def test_a_very_long_path_is_cut_only_as_deep_as_the_tree() -> None:
    index = RouteIndex([Route("/a/{b}", Said(0))])
    assert found(index, "/a" * 100_000) == []
    assert found(index, "/" * 100_000) == []


def test_a_route_whose_expression_was_replaced_is_still_tried() -> None:
    import re

    route = Route("/Ducks", Said(3), methods=["GET"])
    route.path_regex = re.compile(route.path_regex.pattern, re.IGNORECASE)
    assert by_router(Router([route]), "GET", "/dUCKs") == (200, "3 {} '' None")


def test_a_subclass_with_rules_of_its_own_is_asked() -> None:
    class Never(Route):
        def matches(self, scope: Any) -> tuple[Match, Any]:
            return Match.NONE, {}

    router = Router([Never("/a", Said(1)), Route("/a", Said(2))])
    assert by_router(router, "GET", "/a") == (200, "2 {} '' None")
