"""A limit that somebody around a route has set for it."""

from typing import Any

import pytest
from tests.web.driving import answer_of

from webfoot.web import Host, Mount, PlainTextResponse, Request, Route, WebApp, WebSocketRoute
from webfoot.web.routing import BaseRoute
from webfoot.web.routing.limited import with_limit


async def measure(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


def status(route: BaseRoute, size: int, *, around: int | None = None, path: str = "/x") -> int:
    app = WebApp(routes=[route], max_body_size=around)
    answered = answer_of(app, "POST", path, headers={"content-length": str(size)}, body=b"x" * size)
    assert answered.status is not None
    return answered.status


ROUTES: dict[str, BaseRoute] = {
    "route": Route("/x", measure, methods=["POST"]),
    "mount": Mount("", routes=[Route("/x", measure, methods=["POST"])]),
    "host": Host("{name}", WebApp(routes=[Route("/x", measure, methods=["POST"])])),
}


@pytest.mark.parametrize("kind", ROUTES)
def test_the_limit_counts(kind: str) -> None:
    limited = with_limit(ROUTES[kind], 10)
    assert [status(limited, size) for size in (10, 11)] == [200, 413]
    assert status(ROUTES[kind], 11) == 200, "the route itself is what it was"


@pytest.mark.parametrize("kind", ROUTES)
def test_it_is_nearer_than_that_of_the_application(kind: str) -> None:
    assert status(with_limit(ROUTES[kind], 100), 50, around=10) == 200
    assert status(with_limit(ROUTES[kind], 10), 50, around=100) == 413


def test_that_of_the_route_itself_is_nearer_still() -> None:
    assert status(with_limit(Route("/x", measure, methods=["POST"], max_body_size=100), 10), 50) == 200
    assert status(with_limit(Mount("", WebApp(routes=[ROUTES["route"]], max_body_size=100)), 10), 50) == 200


def test_what_has_no_body_is_left_alone() -> None:
    async def talk(websocket: Any) -> None: ...

    socket = WebSocketRoute("/ws", talk)
    assert with_limit(socket, 10) is socket
    assert with_limit(ROUTES["route"], None) is ROUTES["route"]
