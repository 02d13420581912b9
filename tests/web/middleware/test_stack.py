from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from tests.web.driving import MarkedTrail, answer_of

from webfoot.web.application import WebApp
from webfoot.web.middleware import Middleware
from webfoot.web.requests import Request
from webfoot.web.responses import PlainTextResponse
from webfoot.web.routing import Route


class Tag:
    built = 0

    def __init__(self, app: Any, tag: str) -> None:
        type(self).built += 1
        self.app, self.tag = app, tag

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        scope.setdefault("tags", []).append(self.tag)
        await self.app(scope, receive, send)


async def hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


async def fail(request: Request) -> PlainTextResponse:
    raise LookupError("lost")


def tagged() -> WebApp:
    return WebApp(
        routes=[Route("/", hello), Route("/fail", fail)], middleware=[Middleware(Tag, "a"), Middleware(Tag, tag="b")]
    )


def test_the_first_in_the_list_is_the_outermost() -> None:
    assert answer_of(tagged()).scope["tags"] == ["a", "b"]


def test_watched_and_unwatched_requests_meet_the_same_middleware_objects() -> None:
    app = tagged()
    Tag.built = 0
    answer_of(app)
    answer_of(app, **{"webfoot.trail": MarkedTrail()})
    assert Tag.built == 2


def test_each_layer_is_marked_on_the_way_in_and_out() -> None:
    for app, names in (
        (tagged(), ["ServerErrorMiddleware", "Tag", "Tag", "ExceptionMiddleware"]),
        (WebApp(routes=[Route("/", hello)]), ["ServerErrorMiddleware", "ExceptionMiddleware"]),
    ):
        trail = MarkedTrail()
        assert answer_of(app, **{"webfoot.trail": trail}).text == "hello"
        entered = [(f["name"], f["index"]) for station, f in trail.marks if station == "middleware_entered"]
        left = [(f["name"], f["index"]) for station, f in trail.marks if station == "middleware_left"]
        assert [name for name, _ in entered] == names
        assert left == entered[::-1]
        assert [index for _, index in entered] == list(range(len(names)))


class Keeps:
    """A middleware that cannot be given another application."""

    __slots__ = ("_app",)

    def __init__(self, app: Any) -> None:
        self._app = app

    app = property(lambda self: self._app)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._app(scope, receive, send)


def closure(app: Any) -> Any:
    async def inner(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)

    return inner


def test_any_kind_of_middleware_is_marked_and_called_once() -> None:
    kinds = [
        Middleware(Keeps),
        Middleware(closure),
        Middleware(Tag, "a"),
        Middleware(lambda app: app),
        Middleware(Tag, "b"),
    ]
    app = WebApp(routes=[Route("/", hello)], middleware=kinds)
    assert answer_of(app).scope["tags"] == ["a", "b"]
    for _ in range(2):
        trail = MarkedTrail()
        assert answer_of(app, **{"webfoot.trail": trail}).scope["tags"] == ["a", "b"]
        entered = [facts["name"] for station, facts in trail.marks if station == "middleware_entered"]
        expected = ["ServerErrorMiddleware", "Keeps", "closure", "Tag", "<lambda>", "Tag", "ExceptionMiddleware"]
        assert entered == expected
    assert answer_of(app).scope["tags"] == ["a", "b"]


def test_no_seam_stands_in_the_way_until_somebody_watches() -> None:
    app = tagged()
    answer_of(app)
    outermost: Any = app.middleware_stack
    kinds = [outermost, outermost.app, outermost.app.app, outermost.app.app.app]
    assert [type(layer).__name__ for layer in kinds] == ["ServerErrorMiddleware", "Tag", "Tag", "ExceptionMiddleware"]


def test_an_exception_is_marked_by_each_layer_that_it_leaves() -> None:
    trail = MarkedTrail()
    error = answer_of(tagged(), "GET", "/fail", **{"webfoot.trail": trail}).error
    left = [facts for station, facts in trail.marks if station == "middleware_left"]
    assert [facts["outcome"] for facts in left] == ["raised"] * 4
    assert all(facts["error"] is error for facts in left)


def test_a_trail_that_is_none_is_nobody() -> None:
    assert answer_of(tagged(), **{"webfoot.trail": None}).text == "hello"


def test_the_chain_of_layers_can_be_walked() -> None:
    app = tagged()
    answer_of(app)
    names, layer = [], app.middleware_stack
    while layer is not None:
        names.append(type(layer).__name__)
        layer = getattr(layer, "app", None) if not isinstance(layer, type(app.router)) else None
    assert [name for name in names if name != "Seam"] == [
        "ServerErrorMiddleware",
        "Tag",
        "Tag",
        "ExceptionMiddleware",
        "Router",
    ]


def test_a_declared_middleware_can_be_read() -> None:
    declared = Middleware(Tag, "a", x=1)
    assert repr(declared) == "Middleware(Tag, 'a', x=1)"
    cls, args, kwargs = declared
    assert (cls, args, kwargs) == (Tag, ("a",), {"x": 1})


class LightTrail(MarkedTrail):
    is_light = True


def light_marks_of(app: WebApp, path: str = "/") -> list[tuple[str, str, str]]:
    trail = LightTrail()
    with suppress(LookupError, SystemExit):
        answer_of(app, "GET", path, **{"webfoot.trail": trail})
    layers = [(station, facts) for station, facts in trail.marks if station.startswith("middleware")]
    return [(station, facts["name"], facts.get("outcome", "")) for station, facts in layers]


def test_a_light_trail_hears_nothing_of_the_two_layers_around_an_application() -> None:
    assert light_marks_of(WebApp(routes=[Route("/", hello)])) == []


async def leave(request: Request) -> PlainTextResponse:
    raise SystemExit


@pytest.mark.parametrize("endpoint", [fail, leave])
def test_but_it_hears_of_what_leaves_them(endpoint: Any) -> None:
    marks = light_marks_of(WebApp(routes=[Route("/", endpoint)]))
    assert marks == [("middleware_left", "ServerErrorMiddleware", "raised")]


def test_and_of_what_a_handler_answers() -> None:
    async def found(request: Request, exc: Exception) -> PlainTextResponse:
        return PlainTextResponse("found")

    app = WebApp(routes=[Route("/", fail)], exception_handlers={LookupError: found})
    assert light_marks_of(app) == [("middleware_left", "ExceptionMiddleware", "handled")]


def test_where_there_are_others_it_hears_of_all() -> None:
    names = [name for station, name, _ in light_marks_of(tagged()) if station == "middleware_entered"]
    assert names == ["ServerErrorMiddleware", "Tag", "Tag", "ExceptionMiddleware"]


def test_one_that_is_not_light_hears_of_all_after_a_light_one() -> None:
    app = WebApp(routes=[Route("/", hello)])
    light_marks_of(app)
    trail = MarkedTrail()
    answer_of(app, **{"webfoot.trail": trail})
    entered = [facts["name"] for station, facts in trail.marks if station == "middleware_entered"]
    assert entered == ["ServerErrorMiddleware", "ExceptionMiddleware"]
