"""The index must find exactly what trying each route in turn finds."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.web.driving import answer_of, http_scope

from webfoot.web.routing import BaseRoute, Match, Mount, Route, Router
from webfoot.web.routing.index import RouteIndex
from webfoot.web.routing.path import get_route_path
from webfoot.web.routing.slashes import relative_location


class Said:
    """An endpoint that says which route it stands behind."""

    def __init__(self, number: int) -> None:
        self.number = number

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        said = f"{self.number} {scope['path_params']!r} {scope['root_path']!r}".encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": said})


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
        if isinstance(route, Mount):
            return linear_scan(list(route.routes), scope)
        return 200, f"{route.app.number} {scope['path_params']!r} {scope['root_path']!r}"
    if partial:
        return 405, ", ".join(sorted({m for route, _ in partial for m in getattr(route, "methods", None) or ()}))
    if get_route_path(scope) != "/":
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


words = st.sampled_from(["ducks", "new", "1", "22", "1.5", "ü", "a b", "%41", "x.json", ""])
holes = st.sampled_from(
    ["{%s}", "{%s:int}", "{%s:float}", "{%s:uuid}", "{%s:path}", "{%s}.json", "v{%s:int}", "{%s:path}.txt"]
)
methods = st.none() | st.lists(st.sampled_from(["GET", "POST", "HEAD", "DELETE"]), min_size=1, max_size=3)


@st.composite
def templates(draw: st.DrawFn, prefix: str = "p") -> str:
    numbers = range(draw(st.integers(0, 3)))
    return "/" + "/".join(draw(words) if draw(st.booleans()) else draw(holes) % f"{prefix}{n}" for n in numbers)


@st.composite
def tables(draw: st.DrawFn, depth: int = 1) -> list[BaseRoute]:
    routes: list[BaseRoute] = []
    for number in range(draw(st.integers(1, 8))):
        kind = draw(st.sampled_from(["route"] * 6 + ["mount"] * (2 * depth) + ["custom"]))
        if kind == "route":
            routes.append(Route(draw(templates()), Said(number), methods=draw(methods)))
        elif kind == "mount":
            prefix = draw(templates(prefix="m"))
            routes.append(Mount(prefix if draw(st.booleans()) else "", routes=draw(tables(depth=depth - 1))))
        else:
            match = draw(st.sampled_from([Match.FULL, Match.PARTIAL]))
            routes.append(ByLength(number, draw(st.integers(0, 12)), match))
    return routes


paths = st.lists(words, max_size=5).map(lambda parts: "/" + "/".join(parts)) | st.text("/ad1.\n%é", max_size=8)


@settings(max_examples=400, deadline=None)
@given(tables(), st.lists(paths, min_size=1, max_size=6), st.sampled_from(["GET", "POST", "HEAD", "OPTIONS"]))
def test_the_index_finds_what_a_linear_scan_finds(routes: list[BaseRoute], asked: list[str], method: str) -> None:
    router = Router(routes)
    for path in [*asked, *(path + "/" for path in asked)]:
        assert by_router(router, method, path) == linear_scan(routes, http_scope(method, path))


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
    return [candidate.route.path for candidate in index.candidates(path)]  # type: ignore[attr-defined]


def test_only_what_can_match_is_tried() -> None:
    routes = [Route(f"/r{n}/{{id}}", Said(n)) for n in range(1000)]
    index = RouteIndex([*routes, Route("/r7/new", Said(0)), Route("/{rest:path}", Said(0))])
    assert found(index, "/r999/x") == ["/r999/{id}", "/{rest:path}"]
    assert found(index, "/r7/new") == ["/r7/{id}", "/r7/new", "/{rest:path}"]
    assert found(index, "/nowhere/at/all") == ["/{rest:path}"]


def test_a_very_long_path_is_cut_only_as_deep_as_the_tree() -> None:
    index = RouteIndex([Route("/a/{b}", Said(0))])
    assert found(index, "/a" * 100_000) == []
    assert found(index, "/" * 100_000) == []


def test_a_route_whose_expression_was_replaced_is_still_tried() -> None:
    import re

    route = Route("/Ducks", Said(3), methods=["GET"])
    route.path_regex = re.compile(route.path_regex.pattern, re.IGNORECASE)
    assert by_router(Router([route]), "GET", "/dUCKs") == (200, "3 {} ''")


def test_a_subclass_with_rules_of_its_own_is_asked() -> None:
    class Never(Route):
        def matches(self, scope: Any) -> tuple[Match, Any]:
            return Match.NONE, {}

    router = Router([Never("/a", Said(1)), Route("/a", Said(2))])
    assert by_router(router, "GET", "/a") == (200, "2 {} ''")
