"""How streams of endpoints that yield end: with what they depend on, by errors, and when nobody listens any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Iterable
from typing import Any

import pytest
from tests.api.serve.streaming import JEMIMA, Duck, Png, served, visit_to
from tests.api.serve.visiting import Marks

from webfoot import (
    Depends,
    EventSourceResponse,
    HTTPException,
    Response,
    Webfoot,
)
from webfoot.api.errors import ResponseValidationError
from webfoot.api.serve.pipeline import answer, serve
from webfoot.testing import TestClient
from webfoot.web import StreamingResponse


def logging_ducks(log: list[str], response_class: Any = None) -> tuple[Any, dict[str, Any]]:
    async def session():
        log.append("session")
        try:
            yield
        except BaseException as error:
            log.append(f"session saw {type(error).__name__}")
            raise
        finally:
            log.append("session left")

    async def brief():
        yield
        log.append("brief left")

    async def ducks(
        raises: bool = False, it: None = Depends(session), brief: None = Depends(brief, scope="function")
    ) -> AsyncIterable[int]:
        log.append("start")
        try:
            yield 1
            if raises:
                raise ZeroDivisionError
            yield 2
        finally:
            log.append("generator left")

    return ducks, {"response_class": response_class}


@pytest.mark.parametrize("response_class", [None, EventSourceResponse, StreamingResponse])
def test_dependencies_live_as_long_as_the_stream(response_class: Any) -> None:
    log: list[str] = []
    endpoint, options = logging_ducks(log, response_class if response_class is not StreamingResponse else None)
    served(endpoint, options=options)
    assert log == ["session", "brief left", "start", "generator left", "session left"]


@pytest.mark.parametrize("response_class", [None, EventSourceResponse])
def test_what_is_raised_in_the_middle_breaks_the_answer_off(response_class: Any) -> None:
    log: list[str] = []
    endpoint, options = logging_ducks(log, response_class)
    visit = visit_to(endpoint, query="raises=1", options=options)
    with pytest.raises(ZeroDivisionError):
        asyncio.run(serve(visit))
    assert b"1" in visit.sent[-1]["body"]
    assert visit.sent[-1]["more_body"]
    assert log[3:] == ["generator left", "session saw ZeroDivisionError", "session left"]


async def misfit(first: str = "good") -> AsyncIterable[Duck]:
    if first == "good":
        yield Duck(name="Jemima")
    yield {"nome": "Jemima"}


def misfit_in_a_thread(first: str = "good") -> Iterable[Duck]:
    if first == "good":
        yield Duck(name="Jemima")
    yield {"nome": "Jemima"}


@pytest.mark.parametrize("endpoint", [misfit, misfit_in_a_thread])
@pytest.mark.parametrize("response_class", [None, EventSourceResponse])
def test_an_item_that_does_not_fit_breaks_it_off(endpoint: Any, response_class: Any) -> None:
    visit = visit_to(endpoint, options={"response_class": response_class}, trail=(marks := Marks()))
    with pytest.raises(ResponseValidationError) as raised:
        asyncio.run(serve(visit))
    assert raised.value.errors()[0]["loc"] == ("response", "name")
    assert raised.value.body == {"nome": "Jemima"}
    assert JEMIMA in visit.sent[-1]["body"]
    assert visit.sent[-1]["more_body"]
    (refused,) = [facts for facts in marks.of("reply_validated") if facts["outcome"] == "refused"]
    assert refused["model"] == "Duck"
    assert marks.of("dependency_left") == []


@pytest.mark.parametrize("endpoint", [misfit, misfit_in_a_thread])
def test_a_first_item_that_does_not_fit_is_a_500(endpoint: Any) -> None:
    app = Webfoot()
    app.get("/")(endpoint)
    assert TestClient(app, raise_server_exceptions=False).get("/?first=bad").status_code == 500


def test_what_is_raised_before_the_first_item_is_answered() -> None:
    app = Webfoot()

    @app.get("/ducks")
    async def ducks(pond: str) -> AsyncIterable[Duck]:
        if pond == "dry":
            raise HTTPException(404, "no water")
        yield Duck(name="Jemima")

    @app.get("/files", response_class=Png)
    def file() -> Iterable[bytes]:
        raise HTTPException(404, "no file")
        yield b""

    client = TestClient(app)
    assert client.get("/ducks?pond=dry").json() == {"detail": "no water"}
    assert client.get("/ducks?pond=wet").content == JEMIMA + b"\n"
    assert client.get("/ducks").status_code == 422
    assert client.get("/files").status_code == 404


def test_an_http_exception_in_the_middle_comes_too_late() -> None:
    async def late() -> AsyncIterable[int]:
        yield 1
        raise HTTPException(404)

    app = Webfoot()
    app.get("/")(late)
    with pytest.raises(RuntimeError, match=r"HTTPException would be answered by .* already started"):
        TestClient(app).get("/")


@pytest.mark.parametrize("kind", ["async", "sync"])
@pytest.mark.parametrize("response_class", [None, EventSourceResponse, Png])
def test_the_generator_is_closed_when_the_client_has_gone(kind: str, response_class: Any) -> None:
    log: list[str] = []

    async def forever() -> AsyncIterable[bytes]:
        try:
            while True:
                yield b"quack"
        finally:
            log.append("closed")

    def forever_in_a_thread() -> Iterable[bytes]:
        try:
            while True:
                yield b"quack"
        finally:
            log.append("closed")

    async def session():
        yield
        log.append("session left")

    options = {"response_class": response_class, "dependencies": [Depends(session)]}
    visit = visit_to(forever if kind == "async" else forever_in_a_thread, options=options)

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body" and message["body"]:
            raise OSError("gone")

    visit.send = send
    try:
        asyncio.run(serve(visit))
    except OSError:
        assert response_class is not EventSourceResponse  # which ends quietly
    assert log[0] == "closed"


def test_the_generator_is_closed_when_the_answer_is_never_sent() -> None:
    log: list[str] = []

    async def ducks() -> AsyncIterable[int]:
        try:
            yield 1
        finally:
            log.append("closed")

    async def instead(request: Any) -> Any:
        await answer(visit)
        return Response("instead")

    visit = visit_to(ducks)

    async def scenario() -> None:
        await serve(visit, instead)
        assert log == ["closed"]  # before the loop closes what was left open

    asyncio.run(scenario())
    assert visit.sent[-1]["body"] == b"instead"


@pytest.mark.parametrize("response_class", [None, EventSourceResponse])
def test_a_cancelled_stream_cleans_up_where_it_waits(response_class: Any) -> None:
    log: list[str] = []

    async def ducks() -> AsyncIterable[int]:
        try:
            yield 1
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            log.append("cancelled")
            raise
        finally:
            log.append("closed")

    visit = visit_to(ducks, options={"response_class": response_class})
    sent = asyncio.Event()

    async def send(message: Any) -> None:
        if b"1" in message.get("body", b""):
            sent.set()

    visit.send = send

    async def scenario() -> None:
        task = asyncio.create_task(serve(visit))
        await sent.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert log == ["cancelled", "closed"]

    asyncio.run(scenario())


@pytest.mark.parametrize("response_class", [None, EventSourceResponse, Png])
def test_a_stream_that_waits_for_nothing_can_be_cancelled(response_class: Any) -> None:
    log: list[str] = []

    async def endless() -> AsyncIterable[bytes]:
        try:
            while True:
                yield b"quack"
        finally:
            log.append("closed")

    visit = visit_to(endless, options={"response_class": response_class})

    async def send(message: Any) -> None: ...

    visit.send = send

    async def scenario() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await serve(visit)
        assert log == ["closed"]

    asyncio.run(scenario())
