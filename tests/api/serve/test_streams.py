"""What endpoints that yield answer, and how they end."""

from __future__ import annotations

import asyncio
import functools
import json
import math
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Generator, Iterable, Iterator
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field
from tests.api.serve.visiting import Marks
from tests.api.serve.visiting import visit_to as brief_visit_to

from webfoot import (
    ApiRoute,
    APIRouter,
    BackgroundTasks,
    Depends,
    EventSourceResponse,
    HTTPException,
    Request,
    Response,
    ServerSentEvent,
    UploadFile,
    Webfoot,
)
from webfoot.api.errors import ResponseValidationError
from webfoot.api.serve.pipeline import answer, serve
from webfoot.testing import TestClient
from webfoot.web import ServerSentEvent as UntypedServerSentEvent
from webfoot.web import StreamingResponse


class Duck(BaseModel):
    name: str
    age: int = Field(1, serialization_alias="years")


class Png(StreamingResponse):
    media_type = "image/png"


JEMIMA = b'{"name":"Jemima","years":1}'


def visit_to(endpoint: Any, **request: Any) -> Any:
    """Of a client that stays and has nothing more to say, on a server whose `send` tells when it leaves."""

    async def receive() -> Any:
        await asyncio.Event().wait()

    visit = brief_visit_to(endpoint, **request)
    visit.receive = receive
    visit.scope["asgi"] = {"spec_version": "2.4"}
    return visit


def served(endpoint: Any, **request: Any) -> list[dict[str, Any]]:
    visit = visit_to(endpoint, **request)
    asyncio.run(serve(visit))
    return visit.sent


def body_of(endpoint: Any, **options: Any) -> bytes:
    sent = served(endpoint, options=options)
    return b"".join(message["body"] for message in sent[1:])


def head_of(sent: list[dict[str, Any]]) -> tuple[int, dict[bytes, bytes]]:
    return sent[0]["status"], dict(sent[0]["headers"])


async def typed() -> AsyncIterable[Duck]:
    yield Duck(name="Jemima")
    yield {"name": "Jemima", "more": "is filtered"}


def typed_in_a_thread() -> Iterable[Duck]:
    yield Duck(name="Jemima")
    yield {"name": "Jemima"}


async def by_async_iterator() -> AsyncIterator[Duck]:
    yield Duck(name="Jemima")
    yield Duck(name="Jemima")


def by_generator() -> Generator[Duck, None, None]:
    yield from [Duck(name="Jemima")] * 2


def by_iterator() -> Iterator[Duck]:
    yield from [Duck(name="Jemima")] * 2


async def by_annotated() -> Annotated[AsyncGenerator[Duck, None], "of the pond"]:
    yield Duck(name="Jemima")
    yield Duck(name="Jemima")


@pytest.mark.parametrize(
    "endpoint", [typed, typed_in_a_thread, by_async_iterator, by_generator, by_iterator, by_annotated]
)
def test_each_item_of_a_type_is_a_line(endpoint: Any) -> None:
    sent = served(endpoint)
    assert head_of(sent) == (200, {b"content-type": b"application/jsonl"})
    assert [message["body"] for message in sent[1:]] == [JEMIMA + b"\n", JEMIMA + b"\n", b""]


def test_each_item_of_no_type_is_a_line() -> None:
    async def quacks():
        yield Duck(name="ü\n")
        yield {"a": 1.0, "b": [math.nan, {"c": math.inf}], math.inf: -math.inf}
        yield "text"
        yield b"bytes"
        yield None

    lines = body_of(quacks).split(b"\n")
    assert lines == [
        b'{"name": "\\u00fc\\n", "years": 1}',
        b'{"a": 1.0, "b": [null, {"c": null}], "Infinity": null}',
        b'"text"',
        b'"bytes"',
        b"null",
        b"",
    ]


def test_numbers_that_are_not_finite_are_null() -> None:
    async def depths() -> AsyncIterable[float]:
        yield 1.5
        yield math.inf
        yield math.nan

    assert body_of(depths) == b"1.5\nnull\nnull\n"


def test_nothing_yielded_is_an_empty_answer() -> None:
    async def nothing() -> AsyncIterable[Duck]:
        return
        yield

    assert [message["body"] for message in served(nothing)[1:]] == [b""]


def test_options_of_the_response_model_count_for_each_item() -> None:
    assert body_of(typed, response_model_exclude={"age"}) == b'{"name":"Jemima"}\n' * 2
    assert body_of(typed, response_model_by_alias=False) == b'{"name":"Jemima","age":1}\n' * 2
    assert body_of(typed, response_model_exclude_unset=True) == b'{"name":"Jemima"}\n' * 2


def test_a_response_model_leaves_items_as_they_are() -> None:
    async def ducks() -> AsyncIterable[Duck]:
        yield {"no": "duck"}

    assert body_of(ducks, response_model=None) == b'{"no": "duck"}\n'
    assert body_of(ducks, response_model=list[Duck]) == b'{"no": "duck"}\n'


async def events() -> AsyncIterable[Duck]:
    yield Duck(name="Jemima")
    yield {"name": "Jemima"}
    yield ServerSentEvent(data="quack", event="noise", id="7", retry=3, comment="two\nlines")
    yield ServerSentEvent(raw_data="[DONE]\r\nor not")
    yield ServerSentEvent(data=Duck(name="Jemima"))
    yield ServerSentEvent(data=[Duck(name="Jemima"), math.nan])
    yield ServerSentEvent(comment="only")
    yield UntypedServerSentEvent("as the toolkit has it")


def test_events_are_written() -> None:
    sent = served(events, options={"response_class": EventSourceResponse})
    status, headers = head_of(sent)
    assert status == 200
    assert headers[b"content-type"] == b"text/event-stream; charset=utf-8"
    assert (headers[b"cache-control"], headers[b"x-accel-buffering"]) == (b"no-cache", b"no")
    assert [message["body"] for message in sent[1:]] == [
        b"",  # the head goes at once
        b"data: " + JEMIMA + b"\n\n",
        b"data: " + JEMIMA + b"\n\n",
        b': two\n: lines\nevent: noise\ndata: "quack"\nid: 7\nretry: 3\n\n',
        b"data: [DONE]\ndata: or not\n\n",
        b"data: " + JEMIMA + b"\n\n",
        b'data: [{"name": "Jemima", "years": 1}, null]\n\n',
        b": only\n\n",
        b"data: as the toolkit has it\n\n",
        b"",
    ]


def test_events_of_no_type_and_of_their_own() -> None:
    def untyped():
        yield "two\nlines"
        yield {"a": 1}

    async def their_own() -> AsyncIterable[ServerSentEvent]:
        yield ServerSentEvent(data=1)
        yield {"data": 1}  # no event, but something to be told in one

    assert body_of(untyped, response_class=EventSourceResponse) == b'data: "two\\nlines"\n\ndata: {"a": 1}\n\n'
    assert body_of(their_own, response_class=EventSourceResponse) == b'data: 1\n\ndata: {"data": 1}\n\n'


def test_half_a_surrogate_pair_breaks_nothing() -> None:
    async def halves():
        yield "\ud83e"
        yield ServerSentEvent(raw_data="\ud83e")

    assert body_of(halves, response_class=EventSourceResponse) == b'data: "\\ud83e"\n\ndata: ?\n\n'


def test_pings_are_sent_into_silence() -> None:
    class Impatient(EventSourceResponse):
        ping_every = 0.01

    async def slow():
        yield "first"
        await asyncio.sleep(0.1)
        yield "second"

    body = body_of(slow, response_class=Impatient)
    assert body.startswith(b'data: "first"\n\n: ping\n\n')
    assert body.endswith(b': ping\n\ndata: "second"\n\n')


def test_a_response_by_hand_sends_texts_as_they_are() -> None:
    async def events() -> Any:
        content = ["data: 1\n\n", b"data: 2\n\n", ServerSentEvent(data="3"), UntypedServerSentEvent("4")]
        return EventSourceResponse(iter(content), headers={"Cache-Control": "no-store"})

    sent = served(events)
    assert b"".join(message["body"] for message in sent[1:]) == b'data: 1\n\ndata: 2\n\ndata: "3"\n\ndata: 4\n\n'
    assert head_of(sent)[1][b"cache-control"] == b"no-store"


@pytest.mark.parametrize("response_class", [StreamingResponse, Png])
def test_chunks_go_as_they_are(response_class: type[StreamingResponse]) -> None:
    async def chunks() -> AsyncIterable[bytes]:
        yield b"\x89PNG"
        yield memoryview(b"more")
        yield "text"

    sent = served(chunks, options={"response_class": response_class})
    assert [message["body"] for message in sent[1:]] == [b"\x89PNG", b"more", b"text", b""]
    assert head_of(sent)[1] == ({b"content-type": b"image/png"} if response_class is Png else {})


def test_status_headers_and_background() -> None:
    log = []

    def helper(response: Response, background: BackgroundTasks) -> None:
        response.headers["x-pond"] = "blue"
        response.status_code = 202
        background.add_task(log.append, "background")

    async def ducks(response: Response, it: None = Depends(helper)) -> AsyncIterable[int]:
        response.headers["x-duck"] = "before the first item"
        yield 1
        log.append("end")

    status, headers = head_of(served(ducks, options={"status_code": 201}))
    assert (status, headers[b"x-pond"], headers[b"x-duck"]) == (202, b"blue", b"before the first item")
    assert log == ["end", "background"]


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


def test_what_the_trail_tells() -> None:
    marks = Marks()
    served(typed_in_a_thread, trail=marks)
    assert [station for station, _ in marks.all] == ["endpoint_called", "endpoint_returned", "reply_validated"]
    (called,) = marks.of("endpoint_called")
    assert (called["name"], called["where"]) == ("typed_in_a_thread", "thread")
    assert marks.of("reply_validated") == [{"outcome": "stream", "returned": "JSONLinesResponse", "model": "Duck"}]


def test_an_included_router_says_how_streams_are_sent() -> None:
    router = APIRouter(default_response_class=EventSourceResponse)

    @router.get("/events")
    async def events() -> AsyncIterable[int]:
        yield 1

    app = Webfoot()
    app.include_router(router, prefix="/pond")
    assert TestClient(app).get("/pond/events").text == "data: 1\n\n"
    content = app.openapi()["paths"]["/pond/events"]["get"]["responses"]["200"]["content"]
    assert json.dumps(content).count("itemSchema") == 1


def test_a_decorator_may_put_another_iterator_in_the_place_of_the_generator() -> None:
    def twice(item: int) -> int:
        return 2 * item

    def doubled(endpoint: Any) -> Any:
        @functools.wraps(endpoint)
        def wrapped(**values: Any) -> Any:
            return map(twice, endpoint(**values))

        return wrapped

    class Doubled:
        def __init__(self, items: Any) -> None:
            self._items = items

        def __aiter__(self) -> Any:
            return self

        async def __anext__(self) -> int:
            return 2 * await self._items.__anext__()

    def doubled_too(endpoint: Any) -> Any:
        @functools.wraps(endpoint)
        def wrapped(**values: Any) -> Any:
            return Doubled(endpoint(**values))

        return wrapped

    @doubled
    def numbers() -> Iterable[int]:
        yield from (1, 2)

    @doubled_too
    async def more_numbers() -> AsyncIterable[int]:
        yield 1
        yield 2

    assert body_of(numbers) == body_of(more_numbers) == b"2\n4\n"


def test_a_handler_of_a_route_class_stands_around_a_stream() -> None:
    class Timed(ApiRoute):
        def get_route_handler(self) -> Any:
            inner = super().get_route_handler()

            async def handler(request: Any) -> Response:
                response = await inner(request)
                response.headers["x-timed"] = "yes"
                return response

            return handler

    router = APIRouter(route_class=Timed)
    router.get("/")(typed)
    app = Webfoot()
    app.include_router(router)
    answer = TestClient(app).get("/")
    assert (answer.headers["x-timed"], answer.content) == ("yes", (JEMIMA + b"\n") * 2)


def test_a_body_and_files_are_there_while_it_yields() -> None:
    app = Webfoot()

    @app.post("/lines", response_class=StreamingResponse)
    async def lines(file: UploadFile) -> AsyncIterable[bytes]:
        yield b"first: "
        while part := await file.read(3):
            yield part

    @app.post("/echo", response_class=StreamingResponse)
    async def echo(request: Request) -> AsyncIterable[bytes]:
        async for part in request.stream():
            yield part.upper()

    client = TestClient(app)
    assert client.post("/lines", files={"file": b"quacking"}).content == b"first: quacking"
    assert client.post("/echo", content=b"quack").content == b"QUACK"
