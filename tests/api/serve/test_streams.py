"""What endpoints that yield answer."""

from __future__ import annotations

import asyncio
import functools
import json
import math
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Generator, Iterable, Iterator
from typing import Annotated, Any

import pytest
from tests.api.serve.streaming import JEMIMA, Duck, Png, body_of, head_of, served
from tests.api.serve.visiting import Marks

from webfoot import (
    ApiRoute,
    APIRouter,
    BackgroundTasks,
    Depends,
    EventSourceResponse,
    Request,
    Response,
    ServerSentEvent,
    UploadFile,
    Webfoot,
)
from webfoot.testing import TestClient
from webfoot.web import ServerSentEvent as UntypedServerSentEvent
from webfoot.web import StreamingResponse


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
