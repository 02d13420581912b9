"""Stream JSON Lines; server-sent events."""

from collections.abc import AsyncIterable, Iterable
from typing import Annotated, Any

from pydantic import BaseModel, Field
from tests.differential.api.pages.harness import get, post, served


class Duck(BaseModel):
    name: str
    note: str | None = None


class Secret(Duck):
    ring: int = Field(3, alias="theRing")


DUCKS = [Duck(name="Jemima"), Secret(name="D\u00e9 \U0001f986", note="two\nlines"), Duck(name="", note="\u2028")]


def app(lib: Any) -> Any:
    app = lib.FastAPI()
    events, Event = lib.EventSourceResponse, lib.ServerSentEvent

    @app.get("/lines")
    async def lines() -> AsyncIterable[Duck]:
        for duck in DUCKS:
            yield duck

    @app.get("/lines-in-a-thread")
    def lines_in_a_thread() -> Iterable[Duck]:
        yield from DUCKS

    @app.get("/lines-untyped")
    async def lines_untyped():
        for duck in DUCKS:
            yield duck
        yield {"a": [1, None, "x"]}
        yield "text"
        yield 3

    @app.get("/lines-untyped-in-a-thread")
    def lines_untyped_in_a_thread():
        yield from DUCKS

    @app.get("/none")
    async def none() -> AsyncIterable[Duck]:
        for duck in ():
            yield duck

    @app.get("/numbers/{count}")
    async def numbers(count: int, start: int = 0) -> AsyncIterable[int]:
        for number in range(count):
            yield start + number

    @app.get("/events", response_class=events)
    async def plain_events() -> AsyncIterable[Duck]:
        for duck in DUCKS:
            yield duck

    @app.get("/events-in-a-thread", response_class=events)
    def events_in_a_thread() -> Iterable[Duck]:
        yield from DUCKS

    @app.get("/events-untyped", response_class=events)
    async def events_untyped():
        yield DUCKS[1]
        yield {"a": 1}
        yield "text\nof two"
        yield None

    @app.get("/told", response_class=events)
    async def told() -> AsyncIterable[Event]:
        yield Event(comment="hello")
        yield Event(data=DUCKS[0], event="duck", id="1", retry=5000)
        yield Event(data="text", id="2")
        yield Event(data=None, event="nothing")
        yield Event(data={"a": "b\nc"}, comment="two\nlines")
        yield Event(raw_data="[DONE]", event="end")
        yield Event(raw_data="one\ntwo\r\nthree\n")
        yield Event(event="only")
        yield Event(id="")
        yield Event(retry=0)

    @app.get("/resumed", response_class=events)
    async def resumed(last_event_id: Annotated[int | None, lib.Header()] = None) -> AsyncIterable[Event]:
        for number in range(last_event_id + 1 if last_event_id is not None else 0, 4):
            yield Event(data=number, id=str(number))

    @app.post("/chat", response_class=events)
    async def chat(prompt: Annotated[str, lib.Body(embed=True)]) -> AsyncIterable[Event]:
        for word in prompt.split():
            yield Event(data=word, event="token")
        yield Event(raw_data="[DONE]", event="done")

    @app.get("/mixed", response_class=events)
    async def mixed():
        yield Event(data=1)
        yield DUCKS[0]

    return app


page = served(app)


def test_document(page):
    page.same_document()


def test_lines(page):
    page.right(*map(get, ("/lines", "/lines-in-a-thread", "/lines-untyped", "/lines-untyped-in-a-thread", "/none")))
    page.right(get("/numbers/3?start=4"), get("/numbers/0"), get("/numbers/2000"))
    page.wrong(get("/numbers/x"), post("/lines"))


def test_events(page):
    page.right(*map(get, ("/events", "/events-in-a-thread", "/events-untyped", "/told", "/mixed")))


def test_resumed(page):
    page.right(
        get("/resumed"),
        get("/resumed", headers={"last-event-id": "1"}),
        get("/resumed", headers={"Last-Event-ID": "9"}),
    )
    page.wrong(get("/resumed", headers={"last-event-id": "x"}))


def test_posted(page):
    page.right(post("/chat", {"prompt": "quack quack \u00e9"}), post("/chat", {"prompt": ""}))
    page.wrong(post("/chat"), post("/chat", {"prompt": 3}), get("/chat"))
