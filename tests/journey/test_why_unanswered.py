"""Whose fault it is, where whoever notices is not to blame: nobody answered, a handler failed or hides a failure."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Annotated, Any

import pytest
from tests.journey.asking import record_of
from tests.journey.made import entered, head, raised, recorded

from webfoot import APIRouter, Depends, Request, Webfoot
from webfoot.journey.why import why
from webfoot.web import BaseHTTPMiddleware
from webfoot.web.responses import JSONResponse


class Forgetful:
    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/forgotten":
            return
        await self.app(scope, receive, send)
        if scope["path"] == "/twice":
            await self.app(scope, receive, send)


class Timer(BaseHTTPMiddleware):
    """Notices that nobody answered, and has nothing to do with it."""

    async def dispatch(self, request: Request, call_next: Any) -> Any:
        return await call_next(request)


class Impatient(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: Any) -> Any:
        try:
            return await asyncio.wait_for(call_next(request), 0.02)
        except TimeoutError:
            return JSONResponse({}, 504)


class Lost(Exception):
    pass


class Sunk(Exception):
    pass


async def answers_nothing(request: Request, exc: Exception) -> None:
    return None


async def answers_wrongly(request: Request, exc: Exception) -> JSONResponse:
    return JSONResponse({"missing": exc.missing})  # type: ignore[attr-defined]


async def answers_nicely(request: Request, exc: Exception) -> JSONResponse:
    return JSONResponse([])


KEPT: list[Coroutine[Any, Any, None]] = []


def forgotten() -> Any:
    KEPT.append(asyncio.sleep(0))
    return KEPT[-1]


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """What nobody awaits: Python would complain of it at some later time."""
    yield
    while KEPT:
        KEPT.pop().close()


async def session() -> AsyncIterator[str]:
    yield "session"


async def silent(scope: Any, receive: Any, send: Any) -> None:
    return None


router = APIRouter()


@router.get("/lost")
async def lost() -> None:
    raise Lost("at sea")


@router.get("/sunk")
async def sunk() -> None:
    raise Sunk("at the pier")


@router.get("/hidden")
async def hidden() -> None:
    raise KeyError("duck")


@router.get("/unawaited")
async def unawaited(store: Annotated[str, Depends(session)]) -> Any:
    return forgotten()


@router.get("/unawaited/{name}")
async def used(name: str) -> Any:
    return forgotten()["name"]


@router.get("/twice")
async def twice() -> int:
    return 2


@router.get("/hangs")
async def hangs() -> None:
    await asyncio.sleep(5)


@router.get("/blocks")
def blocks() -> None:
    time.sleep(0.1)


@router.get("/cancelled")
async def cancelled() -> None:
    raise asyncio.CancelledError


def made(*middleware: Any) -> Webfoot:
    handlers: dict[Any, Any] = {Lost: answers_nothing, Sunk: answers_wrongly, 404: answers_wrongly}
    app = Webfoot(exception_handlers={**handlers, KeyError: answers_nicely, ValueError: answers_wrongly})
    for each in middleware:
        app.add_middleware(each)
    app.mount("/silent", silent)
    app.include_router(router)
    return app


plain, timed, impatient = made(Forgetful), made(Forgetful, Timer), made(Impatient)


FAULTS = [
    (
        "/forgotten",
        500,
        "middleware",
        "The middleware Forgetful failed with 500: it returned without an answer, and nothing behind it was "
        "called; is an `await` missing before `self.app(...)`?",
    ),
    (
        "/lost",
        500,
        "exception handler",
        "The exception handler answers_nothing failed with 500: it returned no response for Lost: at sea at HERE.",
    ),
    (
        "/sunk",
        500,
        "exception handler",
        "The exception handler for Sunk failed with 500: it raised AttributeError: 'Sunk' object has no attribute "
        "'missing' at HERE; it was to answer for the endpoint sunk: it raised Sunk: at the pier at HERE.",
    ),
    (
        "/nowhere",
        500,
        "exception handler",
        "The exception handler for 404 failed with 500: it raised AttributeError: 'HTTPException' object has no "
        "attribute 'missing' at HERE; it was to answer for the router: no route matches GET /nowhere, and none "
        "comes near.",
    ),
    (
        "/silent/x",
        500,
        "application",
        "The application mounted at /silent failed with 500: it returned without an answer.",
    ),
    (
        "/hidden",
        200,
        "exception handler",
        "The exception handler answers_nicely answered 200 to a failure of the endpoint hidden: it raised "
        "KeyError: 'duck' at HERE.",
    ),
    (
        "/unawaited/x",
        500,
        "endpoint",
        "The endpoint used failed with 500: it raised TypeError: 'coroutine' object is not subscriptable at HERE; "
        "is an `await` missing?",
    ),
    (
        "/twice",
        200,
        "middleware",
        "The middleware Forgetful failed after the answer 200 was complete: it called the application behind it "
        "once more, when the answer was complete.",
    ),
    (
        "/cancelled",
        500,
        "application",
        "The server answered 500: the application raised CancelledError at HERE.",
    ),
]


@pytest.mark.parametrize("app", [pytest.param(plain, id="alone"), pytest.param(timed, id="within call_next")])
@pytest.mark.parametrize(("path", "status", "layer", "sentence"), FAULTS, ids=[path for path, *_ in FAULTS])
def test_whose_fault_it_is(app: Webfoot, path: str, status: int, layer: str, sentence: str) -> None:
    record = record_of(app, "GET", path)
    reason = why(record)

    assert reason is not None
    assert re.sub(r"[\w/.]*test_why_unanswered\.py:\d+", "HERE", reason.sentence) == sentence
    assert (record.status, reason.layer) == (status, layer)


def test_a_reply_that_is_no_json_is_not_the_clean_up_s_fault() -> None:
    reason = why(record_of(plain, "GET", "/unawaited"))

    assert reason is not None
    assert "it was to answer for the reply of the endpoint unawaited: it raised " in reason.sentence
    assert "is an `await` missing?" in reason.sentence


@pytest.mark.parametrize(
    ("path", "ending"),
    [
        ("/hangs", "and ended the endpoint hangs (HERE), which still ran."),
        ("/blocks", "and did not wait for the endpoint blocks (HERE), which runs on in its thread."),
    ],
)
def test_a_middleware_that_does_not_wait(path: str, ending: str) -> None:
    reason = why(record_of(impatient, "GET", path))

    assert reason is not None
    assert reason.layer == "middleware"
    said = re.sub(r"[\w/.]*test_why_unanswered\.py:\d+", "HERE", reason.sentence)
    assert said == f"The middleware Impatient answered 504 itself, {ending}"


def test_it_is_known_when_the_answer_begins() -> None:
    """For the header field that says why."""
    noticed = {"name": "Timer", "index": 1, "outcome": "raised", "error": raised(RuntimeError("No response returned."))}
    record = recorded(
        [
            *head("GET", "/forgotten"),
            *entered("ServerErrorMiddleware", "Timer", "Forgetful"),
            ("middleware_left", {"name": "Forgetful", "index": 2, "outcome": "passed"}),
            ("middleware_left", noticed),
        ]
    )
    reason = why(record, 500)

    assert reason is not None
    assert reason.sentence.startswith("The middleware Forgetful failed with 500: it returned without an answer, ")
