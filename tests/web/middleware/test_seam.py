"""The layers of a route, a mount and a router: out of the way while nobody watches, and told of when somebody does."""

from __future__ import annotations

from typing import Any

import pytest
from tests.web.driving import MarkedTrail, answer_of

from webfoot.web.application import WebApp
from webfoot.web.middleware import Middleware
from webfoot.web.middleware.seam import Seam
from webfoot.web.requests import Request
from webfoot.web.responses import PlainTextResponse
from webfoot.web.routing import BaseRoute, Mount, Route, Router


class Tag:
    def __init__(self, app: Any, tag: str) -> None:
        self.app, self.tag = app, tag

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        scope.setdefault("tags", []).append(self.tag)
        await self.app(scope, receive, send)


def closure(app: Any) -> Any:
    async def layer(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)

    return layer


async def hello(request: Request[Any]) -> PlainTextResponse:
    return PlainTextResponse("hello")


LAYERS = [Middleware(Tag, "a"), Middleware(closure), Middleware(Tag, "b")]


def route() -> Route:
    return Route("/duck", hello, middleware=LAYERS)


def mount() -> Mount:
    return Mount("/", routes=[Route("/duck", hello)], middleware=LAYERS)


def mounted_router() -> Mount:
    return Mount("/", app=Router([Route("/duck", hello)], middleware=LAYERS))


@pytest.mark.parametrize("make", [route, mount, mounted_router])
def test_each_layer_is_told_of_and_the_route_behind_them(make: Any) -> None:
    entry: BaseRoute = make()
    app = WebApp(routes=[entry])
    for _ in range(2):
        trail = MarkedTrail()
        assert answer_of(app, "GET", "/duck", **{"webfoot.trail": trail}).scope["tags"] == ["a", "b"]
        told = [(station, facts["name"]) for station, facts in trail.marks if "name" in facts]
        layers = ["ServerErrorMiddleware", "ExceptionMiddleware", "Tag", "closure", "Tag"]
        assert told == [
            *(("middleware_entered", name) for name in layers),
            ("route_entered", "hello"),
            *(("middleware_left", name) for name in reversed(layers)),
        ]


def test_only_the_outermost_seam_is_there_while_nobody_watches() -> None:
    duck = Route("/duck", hello, middleware=[Middleware(Tag, "a"), Middleware(Tag, "b")])
    app = WebApp(routes=[duck])
    answer_of(app, "GET", "/duck")
    outermost: Any = duck.app
    assert type(outermost) is Seam
    assert type(outermost.app.app) is Tag
    answer_of(app, "GET", "/duck", **{"webfoot.trail": MarkedTrail()})
    assert type(outermost.app.app) is Seam


def test_a_route_without_layers_has_no_seam() -> None:
    assert type(Route("/duck", hello).app) is not Seam
