"""Endpoints that yield answer as those of FastAPI do."""

import asyncio
import math
from collections.abc import AsyncIterable, AsyncIterator, Generator, Iterable
from typing import Any

import pytest
from pydantic import BaseModel, Field
from tests.differential.api.documents import same_document
from tests.differential.api.twins import FASTAPI, WEBFOOT, Twins, get, post, put, same


class Duck(BaseModel):
    name: str
    age: int = 1
    pond: str = Field("blue", serialization_alias="water")


def lines(lib: Any) -> Any:
    app = lib.FastAPI()

    async def helper(response: lib.Response) -> Any:
        response.headers["x-dep"] = "1"
        response.status_code = 202
        yield 1

    @app.get("/typed")
    async def typed() -> AsyncIterable[Duck]:
        yield Duck(name="ü\n")
        yield {"name": "b", "more": 1}

    @app.get("/in-a-thread")
    def in_a_thread() -> Iterable[Duck]:
        yield Duck(name="a")
        yield {"name": "b"}

    @app.get("/generator")
    def generator() -> Generator[Duck, None, None]:
        yield Duck(name="a")

    @app.get("/untyped")
    def untyped():
        yield from [Duck(name="ü"), {"x": 1, "f": 1.0}, "text", b"bytes", None, math.nan, [math.inf], {math.inf: 1}]

    @app.get("/empty")
    async def empty() -> AsyncIterable[Duck]:
        return
        yield

    @app.get("/wrong-annotation")
    async def wrong_annotation() -> dict:
        yield {"a": 1}

    @app.get("/integers")
    async def integers(n: int) -> AsyncIterator[int]:
        yield n
        yield "2"

    @app.get("/floats")
    async def floats() -> AsyncIterable[float]:
        yield from_infinity()
        yield math.nan

    def from_infinity() -> float:
        return math.inf

    @app.get("/any")
    async def anything() -> AsyncIterator[Any]:
        yield 1
        yield Duck(name="1")

    @app.get("/excluding", response_model_exclude={"age"}, response_model_by_alias=False)
    async def excluding() -> AsyncIterable[Duck]:
        yield Duck(name="a")

    @app.get("/unset", response_model_exclude_unset=True)
    async def unset() -> AsyncIterable[Duck]:
        yield Duck(name="a")

    @app.get("/no-model", response_model=None)
    async def no_model() -> AsyncIterable[Duck]:
        yield {"nope": 1}

    @app.get("/model", response_model=list[Duck], response_model_exclude={"age"})
    async def model() -> AsyncIterable[Duck]:
        yield Duck(name="a")

    @app.get("/status", status_code=201)
    async def status() -> AsyncIterable[int]:
        yield 1

    @app.get("/helped", status_code=201)
    async def helped(it: int = lib.Depends(helper)) -> AsyncIterable[int]:
        yield 1

    @app.get("/more", responses={200: {"description": "Ducks"}, 404: {"model": Duck}, "5XX": {"description": "x"}})
    async def more() -> AsyncIterable[Duck]:
        yield Duck(name="a")

    @app.get("/misfit-later")
    async def misfit_later() -> AsyncIterable[Duck]:
        yield Duck(name="a")
        yield {"nome": "b"}

    @app.get("/raises-later")
    async def raises_later() -> AsyncIterable[Duck]:
        yield Duck(name="a")
        raise lib.HTTPException(404)

    return app


def events(lib: Any) -> Any:
    app = lib.FastAPI()
    event = lib.ServerSentEvent

    @app.get("/typed", response_class=lib.EventSourceResponse)
    async def typed() -> AsyncIterable[Duck]:
        yield Duck(name="ü\n")
        yield {"name": "b"}
        yield event(data="hello", event="e", id="1", retry=3, comment="c\nd")
        yield event(raw_data="a\nb\rc\r\nd")
        yield event(comment="only")
        yield event()

    @app.get("/untyped", response_class=lib.EventSourceResponse)
    def untyped():
        yield "a\nb"
        yield {"a": 1.0, "d": Duck(name="ü")}
        yield b"bytes"
        yield None
        yield event(raw_data="")
        yield event(event="", data=[Duck(name="x")])
        yield event(data=math.inf)

    @app.get("/own", response_class=lib.EventSourceResponse)
    async def own() -> AsyncIterable[lib.ServerSentEvent]:
        yield event(data={"a": [1, math.nan]})
        yield {"data": 1}

    @app.get("/excluding", response_class=lib.EventSourceResponse, response_model_exclude={"age"})
    async def excluding() -> AsyncIterable[Duck]:
        yield Duck(name="a")

    @app.post("/posted", response_class=lib.EventSourceResponse, status_code=201)
    async def posted(duck: Duck, last_event_id: int | None = lib.Header(None)) -> AsyncIterable[Duck]:
        yield duck
        yield event(data=last_event_id)

    @app.get("/more", response_class=lib.EventSourceResponse, responses={404: {"model": Duck}})
    async def more() -> AsyncIterable[int]:
        yield 1

    return app


def chunks(lib: Any) -> Any:
    class Png(lib.StreamingResponse):
        media_type = "image/png"

    app = lib.FastAPI()

    @app.get("/plain", response_class=lib.StreamingResponse)
    async def plain() -> AsyncIterable[str]:
        yield "text"
        yield b"bytes"
        yield memoryview(b"view")

    @app.get("/png", response_class=Png)
    def png() -> Iterable[bytes]:
        yield b"\x89PNG"

    @app.get("/unannotated", response_class=Png)
    async def unannotated():
        yield b"\x89PNG"

    return app


def defaults(lib: Any) -> Any:
    app = lib.FastAPI(default_response_class=lib.EventSourceResponse)
    router = lib.APIRouter(default_response_class=lib.StreamingResponse)

    @app.get("/events")
    async def events() -> AsyncIterable[int]:
        yield 1

    @router.get("/chunks")
    async def chunks() -> AsyncIterable[bytes]:
        yield b"1"

    app.include_router(router, prefix="/in")
    return app


BUILDS = [lines, events, chunks, defaults]


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.__name__)
def test_same_documents(build: Any) -> None:
    same_document(build)


@pytest.mark.parametrize(
    "name",
    [
        "typed",
        "in-a-thread",
        "generator",
        "untyped",
        "empty",
        "wrong-annotation",
        "integers?n=1",
        "integers?n=x",
        "integers",
        "floats",
        "any",
        "excluding",
        "unset",
        "no-model",
        "model",
        "status",
        "helped",
        "more",
        "misfit-later",
        "raises-later",
    ],
)
def test_lines(name: str) -> None:
    Twins(lines).compare(get(f"/{name}"))


@pytest.mark.parametrize("name", ["typed", "untyped", "own", "excluding", "more"])
def test_events(name: str) -> None:
    Twins(events).compare(get(f"/{name}"))


def test_events_that_are_posted() -> None:
    Twins(events).compare(
        post("/posted", {"name": "a"}),
        post("/posted", {"name": "a"}, headers={"last-event-id": "7"}),
        post("/posted", {"nome": "a"}),
        post("/posted", {"name": "a"}, headers={"last-event-id": "x"}),
    )


@pytest.mark.parametrize("name", ["plain", "png", "unannotated"])
def test_chunks(name: str) -> None:
    Twins(chunks).compare(get(f"/{name}"))


def test_response_classes_by_default() -> None:
    Twins(defaults).compare(get("/events"), get("/in/chunks"))


@pytest.mark.parametrize("kind", ["lines", "events", "chunks"])
@pytest.mark.parametrize("raises", ["", "?raises=1"])
def test_the_order_in_which_dependencies_are_left(kind: str, raises: str) -> None:
    def build(lib: Any) -> Any:
        app = lib.FastAPI()
        app.state.log = log = []

        async def session() -> Any:
            log.append("session")
            try:
                yield
            except BaseException:
                log.append("session saw it")
                raise
            finally:
                log.append("session left")

        async def brief() -> Any:
            yield
            log.append("brief left")

        classes = {"lines": {}, "events": {"response_class": lib.EventSourceResponse}}
        options = classes.get(kind, {"response_class": lib.StreamingResponse})

        @app.get("/", **options)
        async def ducks(
            background: lib.BackgroundTasks,
            raises: bool = False,
            it: None = lib.Depends(session),
            that: None = lib.Depends(brief, scope="function"),
        ):
            background.add_task(log.append, "background")
            log.append("start")
            yield "1"
            if raises:
                raise ZeroDivisionError
            log.append("end")

        return app

    apps = build(FASTAPI), build(WEBFOOT)
    logs = []
    for app in apps:
        asyncio.run(put(app, get("/" + raises)))
        logs.append(app.state.log)
    same("the order", logs[1], logs[0])


REFUSED = [{"data": 1, "raw_data": "x"}, {"event": "a\nb"}, {"id": "a\0"}, {"id": "a\rb"}, {"retry": -1}, {"id": 5}]


@pytest.mark.parametrize("fields", REFUSED, ids=str)
def test_events_that_cannot_be(fields: dict[str, Any]) -> None:
    kinds = []
    for lib in (FASTAPI, WEBFOOT):
        with pytest.raises(ValueError) as raised:
            lib.ServerSentEvent(**fields)
        kinds.append([(error["type"], error["loc"]) for error in raised.value.errors()])
    same(str(fields), kinds[1], kinds[0])


@pytest.mark.parametrize(
    "fields", [{}, {"data_str": "a\r\nb", "event": "e", "id": "1", "retry": 2, "comment": "c"}, {"data_str": ""}]
)
def test_format_sse_event(fields: dict[str, Any]) -> None:
    same(str(fields), WEBFOOT.format_sse_event(**fields), FASTAPI.format_sse_event(**fields))
