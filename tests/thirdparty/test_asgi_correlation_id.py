"""asgi-correlation-id: the id is there in the endpoint, in its threads and in the answer, also that of an error."""

from __future__ import annotations

import re
from typing import Any

import pytest
from asgi_correlation_id import CorrelationIdMiddleware, correlation_id
from tests.thirdparty.serving import get

from webfoot import Webfoot
from webfoot.web import BaseHTTPMiddleware, Middleware, PlainTextResponse, Route, WebApp

ASKED = {"x-request-id": "0af7651916cd43dd8448eb211c80319c"}


async def tell(request: Any) -> PlainTextResponse:
    return PlainTextResponse(correlation_id.get() or "none")


def tell_in_a_thread(request: Any) -> PlainTextResponse:
    return PlainTextResponse(correlation_id.get() or "none")


async def broken(request: Any) -> PlainTextResponse:
    raise LookupError(f"no duck for {correlation_id.get()}")


ROUTES = [Route("/", tell), Route("/thread", tell_in_a_thread), Route("/broken", broken)]
APPS = {
    "inside": lambda: WebApp(routes=ROUTES, middleware=[Middleware(CorrelationIdMiddleware)]),
    "around": lambda: CorrelationIdMiddleware(WebApp(routes=ROUTES)),
    "on a route": lambda: WebApp(
        routes=[Route(route.path, route.endpoint, middleware=[Middleware(CorrelationIdMiddleware)]) for route in ROUTES]
    ),
}


@pytest.mark.parametrize("how", APPS)
@pytest.mark.parametrize("path", ["/", "/thread"])
def test_the_id_of_the_caller(how: str, path: str) -> None:
    answer = get(APPS[how](), path, headers=ASKED)
    assert (answer.text, answer.headers["x-request-id"]) == (ASKED["x-request-id"], ASKED["x-request-id"])


@pytest.mark.parametrize("how", APPS)
def test_an_id_of_its_own(how: str) -> None:
    answer = get(APPS[how](), "/")
    assert re.fullmatch("[0-9a-f]{32}", answer.text)
    assert answer.headers["x-request-id"] == answer.text


def test_an_error_has_the_id_too(caplog: pytest.LogCaptureFixture) -> None:
    answer = get(APPS["around"](), "/broken", headers=ASKED)
    assert (answer.status_code, answer.headers["x-request-id"]) == (500, ASKED["x-request-id"])
    assert f"no duck for {ASKED['x-request-id']}" in caplog.text


def test_middleware_of_the_other_kind_sees_it() -> None:
    seen: list[Any] = []

    async def dispatch(request: Any, call_next: Any) -> Any:
        seen.append(correlation_id.get())
        return await call_next(request)

    outer, inner = Middleware(CorrelationIdMiddleware), Middleware(BaseHTTPMiddleware, dispatch=dispatch)
    get(WebApp(routes=ROUTES, middleware=[outer, inner]), "/", headers=ASKED)
    assert seen == [ASKED["x-request-id"]]


def test_an_api() -> None:
    api = Webfoot(middleware=[Middleware(CorrelationIdMiddleware)])

    @api.get("/")
    def show() -> str | None:
        return correlation_id.get()

    assert get(api, "/", headers=ASKED).json() == ASKED["x-request-id"]
