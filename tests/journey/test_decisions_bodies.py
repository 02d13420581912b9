"""What is told of bodies that were refused, and of clients that left: real requests, and the reason for each status."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.journey.asking import decisions, record_of, said_why

from webfoot.journey.record import Record
from webfoot.journey.terminal import draw
from webfoot.web import CancelOnDisconnectMiddleware, JSONResponse, Middleware, Request, Route, WebApp
from webfoot.web.middleware.dispatch import BaseHTTPMiddleware

FORM = "content-type: application/x-www-form-urlencoded"
MULTIPART = "content-type: multipart/form-data; boundary=B"


async def json(request: Request) -> JSONResponse:
    return JSONResponse(await request.json())


async def form(request: Request) -> JSONResponse:
    async with request.form(max_fields=2) as form:
        return JSONResponse(len(form))


async def parts(request: Request) -> JSONResponse:
    return JSONResponse([part.name async for part in request.parts()])


async def block(request: Request) -> JSONResponse:
    async with request.cancel_on_disconnect():
        await asyncio.sleep(10)
    return JSONResponse(None)


async def slow(request: Request) -> JSONResponse:
    await asyncio.sleep(10)
    return JSONResponse(None)


async def pass_on(request: Request, call_next: Any) -> Any:
    return await call_next(request)


def watched(path: str, *headers: str, body: str | None = None, patience: float = 5, layers: int = 0) -> Record:
    app = WebApp(
        routes=[
            Route("/json", json, methods=["POST"]),
            Route("/form", form, methods=["POST"]),
            Route("/parts", parts, methods=["POST"]),
            Route("/block", block, methods=["POST"]),
            Route("/slow", slow, methods=["POST"], middleware=[Middleware(CancelOnDisconnectMiddleware)]),
        ],
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=pass_on)] * layers,
    )
    return record_of(app, "POST", path, *headers, body=body, patience=patience)


REFUSED = {
    "json": (("/json",), '{"password": "hunter2"', "request.json()", "The body is not valid JSON"),
    "urlencoded": (("/form", FORM), "a&b&password=hunter2", "request.form()", "Too many fields"),
    "multipart": (("/form", MULTIPART), "hunter2", "request.form()", "Invalid multipart data"),
    "cut off": (("/parts", MULTIPART), "--B\r\n", "request.parts()", "Invalid multipart data: its closing boundary is"),
}


@pytest.mark.parametrize("layers", [0, 2])
@pytest.mark.parametrize("name", REFUSED)
def test_a_body_that_was_refused(name: str, layers: int) -> None:
    asked, body, by, what = REFUSED[name]
    record = watched(*asked, body=body, layers=layers)
    [decision] = decisions(record)
    assert decision.startswith(f"{by}: {what}")
    assert record.status == 400
    assert what.split(":")[0].rstrip(".") in said_why(record)
    assert "hunter2" not in draw(record)


def test_another_kind_of_body() -> None:
    record = watched("/parts", FORM, body="a=1")
    assert decisions(record) == ["request.parts(): The body has to be multipart/form-data"]
    assert record.status == 415


@pytest.mark.parametrize("layers", [0, 2])
@pytest.mark.parametrize(
    ("path", "by"), [("/slow", "CancelOnDisconnectMiddleware"), ("/block", "request.cancel_on_disconnect()")]
)
def test_the_client_left_so_the_handler_was_cancelled(path: str, by: str, layers: int) -> None:
    record = watched(path, patience=0.1, layers=layers)
    assert decisions(record) == [f"{by}: the client left, so the handler was cancelled"]
    assert "the client left" in said_why(record)
    assert record.status is None


def test_who_stays_is_told_nothing_of_it() -> None:
    assert decisions(watched("/json", body="[1]")) == []
