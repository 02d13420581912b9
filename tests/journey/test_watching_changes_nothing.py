"""Whoever watches changes nothing: each application, however odd, is answered alike whether anybody looks or not.

The shapes are those that a naive look would break or exhaust: iterators that can be read once, objects that refuse to
be printed, compared or asked, numbers that Python will not write, endless nesting, messages that are no messages.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections import OrderedDict, UserDict
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import BaseModel, field_validator

from webfoot import BackgroundTasks, Depends, HTTPException, Webfoot
from webfoot.journey.explaining import light_record
from webfoot.journey.flight.file import FlightFile
from webfoot.journey.flight.recorder import FlightRecorder
from webfoot.journey.headers.reason import WhyHeader
from webfoot.journey.headers.server_timing import ServerTiming
from webfoot.journey.page.serving import page_for_development, watching_with
from webfoot.journey.record import Record
from webfoot.journey.timing.listening import Timing
from webfoot.journey.watching import Listener, Watching
from webfoot.testing.wire import exchange_bytes
from webfoot.web import Middleware, Request, Response, Route, WebApp

GET = b"GET / HTTP/1.1\r\nhost: pond\r\n\r\n"


class Hostile:
    """Refuses whatever it is asked."""

    def _refuse(self, *_: object) -> Any:
        raise RuntimeError("do not touch")

    __repr__ = __str__ = __eq__ = __hash__ = __bool__ = __len__ = __iter__ = __format__ = _refuse  # type: ignore[assignment]
    __getattr__ = _refuse


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")

    __repr__ = __str__

    @property
    def status_code(self) -> int:
        raise RuntimeError("no status")

    @property
    def detail(self) -> str:
        raise RuntimeError("no detail")

    def errors(self) -> Any:
        raise RuntimeError("no errors")


class Nested(dict[str, Any]):
    def items(self) -> Any:
        raise RuntimeError("no items")

    def __len__(self) -> int:
        raise RuntimeError("no length")


def endless() -> list[Any]:
    ring: list[Any] = []
    ring.append({"again": ring})
    return ring


def sending(*messages: Any) -> Callable[[], Any]:
    """A raw application. A message may be a function that makes it; what send() raises stands in the log it keeps."""

    def make() -> Any:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] != "http":
                return
            for message in messages:
                await send(message() if callable(message) else message)

        return app

    return make


def start(**changes: Any) -> dict[str, Any]:
    return {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")], **changes}


def body(**changes: Any) -> dict[str, Any]:
    return {"type": "http.response.body", "body": b"ok", **changes}


def fields(*pairs: tuple[bytes, bytes]) -> Callable[[], Iterator[tuple[bytes, bytes]]]:
    return lambda: iter(pairs)


RAW: dict[str, Callable[[], Any]] = {
    "plain": sending(start(), body()),
    "headers that can be read once": sending(lambda: start(headers=iter([(b"x-a", b"1"), (b"x-b", b"2")])), body()),
    "headers from a generator": sending(lambda: start(headers=((b"x-a", b"%d" % n) for n in range(3))), body()),
    "events with headers that can be read once": sending(
        lambda: start(headers=iter([(b"content-type", b"text/event-stream")])), body(body=b"data: 1\n\n")
    ),
    "headers as lists": sending(start(headers=[[b"x-a", b"1"]]), body()),
    "headers as a tuple": sending(start(headers=((b"x-a", b"1"),)), body()),
    "headers as text": sending(start(headers=[("x-a", "1")]), body()),
    "headers as bytearrays": sending(start(headers=[(bytearray(b"x-a"), bytearray(b"1"))]), body()),
    "headers as a mapping": sending(start(headers={b"x-a": b"1"}), body()),
    "header pairs of three": sending(start(headers=[(b"x-a", b"1", b"2")]), body()),
    "no headers": sending({"type": "http.response.start", "status": 204}, body(body=b"")),
    "headers None": sending(start(headers=None), body()),
    "hostile headers": sending(start(headers=Hostile()), body()),
    "hostile header value": sending(start(headers=[(b"x-a", Hostile())]), body()),
    "a status that is text": sending(start(status="200"), body()),
    "a status that is true": sending(start(status=True), body()),
    "no status": sending({"type": "http.response.start", "headers": []}, body()),
    "a huge status": sending(start(status=10**5000), body()),
    "hostile status": sending(start(status=Hostile()), body()),
    "a status of a subclass": sending(start(status=type("Status", (int,), {})(404)), body()),
    "a body that is text": sending(start(), body(body="ok")),
    "a body that is None": sending(start(), body(body=None)),
    "a body that is a number": sending(start(), body(body=2)),
    "a body that is a bytearray": sending(start(), body(body=bytearray(b"ok"))),
    "a body that is a memoryview": sending(start(), body(body=memoryview(b"ok"))),
    "hostile body": sending(start(), body(body=Hostile())),
    "hostile more": sending(start(), body(more_body=Hostile())),
    "no type": sending({}, start(), body()),
    "hostile type": sending({"type": Hostile()}),
    "a type that is a number": sending({"type": 7}),
    "no message": sending(None),
    "a message of another mapping": sending(UserDict(start()), UserDict(body())),
    "a message of a subclass": sending(OrderedDict(start()), OrderedDict(body())),
    "twice": sending(start(), start(), body()),
    "after the end": sending(start(), body(), body()),
    "body first": sending(body(), start()),
    "start only": sending(start()),
    "nothing": sending(),
    "an unknown message": sending({"type": "http.response.quack"}),
    "early hints": sending({"type": "http.response.early_hint", "links": [b"</a>; rel=preload"]}, start(), body()),
    "too little": sending(start(), body(body=b"o")),
    "too much": sending(start(), body(body=b"okay")),
    "bytes in a header that no field may have": sending(start(headers=[(b"x-a", b"1\r\nx-b: 2")]), body()),
    "debug": sending({"type": "http.response.debug", "info": Hostile()}, start(), body()),
}


def raising(error: Callable[[], BaseException], *before: Any) -> Callable[[], Any]:
    def make() -> Any:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            for message in before:
                await send(message)
            raise error()

        return app

    return make


def own_cause() -> BaseException:
    error = ValueError("round")
    other = ValueError("and round")
    error.__cause__, other.__cause__ = other, error
    return error


def many_causes() -> BaseException:
    error = ValueError("0")
    for number in range(3000):
        outer = ValueError(str(number))
        outer.__cause__ = error
        error = outer
    return error


ERRORS: dict[str, Callable[[], BaseException]] = {
    "an error": lambda: ValueError("no"),
    "one that cannot be shown": Unspeakable,
    "one that is its own cause": own_cause,
    "one with very many causes": many_causes,
    "a group": lambda: ExceptionGroup("several", [ValueError("1"), Unspeakable()]),
    "a group of one": lambda: ExceptionGroup("one", [ExceptionGroup("one", [Unspeakable()])]),
    "one with hostile arguments": lambda: ValueError(Hostile()),
    "one with escapes": lambda: ValueError("\x1b[2J\r\nHTTP/1.1 200 OK\r\n\r\n"),
    "cancelled by itself": asyncio.CancelledError,
    "a huge number": lambda: ValueError(10**5000),
    "long": lambda: ValueError("x" * 1_000_000),
    "surrogates": lambda: ValueError("\udcff\ud800"),
    "no status": lambda: HTTPException(Hostile(), "no"),  # type: ignore[arg-type]
    "hostile detail": lambda: HTTPException(400, Hostile()),
    "round detail": lambda: HTTPException(400, endless()),
}
RAW |= {f"raised: {name}": raising(error) for name, error in ERRORS.items()}
RAW |= {f"raised after the start: {name}": raising(error, start(headers=[])) for name, error in ERRORS.items()}


def behind(layer: Callable[[Any], Any], endpoint: Any = None) -> Callable[[], Any]:
    def make() -> Any:
        async def fine(request: Request) -> Response:
            return Response("ok")

        return WebApp(
            routes=[Route("/", endpoint or fine)],
            middleware=[Middleware(layer), Middleware(Through), Middleware(Through)],
        )

    return make


class Through:
    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


def scoping(change: Callable[[dict[Any, Any]], Any]) -> Callable[[Any], Any]:
    """A layer that changes the scope before it goes on."""

    class Changing(Through):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                scope = dict(scope)
                scope = change(scope) or scope
            await self.app(scope, receive, send)

    return Changing


def answering(change: Callable[[dict[str, Any]], Any]) -> Callable[[Any], Any]:
    """A layer that changes each message of the answer."""

    class Changing(Through):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            async def changed(message: Any) -> None:
                await send(change(dict(message)) if scope["type"] == "http" else message)

            await self.app(scope, receive, changed)

    return Changing


def with_(**changes: Any) -> Callable[[dict[Any, Any]], Any]:
    return lambda given: {**given, **{name: made() for name, made in changes.items()}}


LAYERED: dict[str, Callable[[], Any]] = {
    "hostile in the scope": behind(scoping(with_(thing=Hostile))),
    "hostile in place of something": behind(scoping(with_(client=Hostile, server=Hostile))),
    "hostile in the state": behind(scoping(with_(state=lambda: {"thing": Hostile()}))),
    "hostile state": behind(scoping(with_(state=Hostile))),
    "keys that are no text": behind(scoping(lambda scope: {**scope, 7: 8, (1,): 2, None: None})),
    "hostile keys": behind(scoping(lambda scope: {**scope, Unspeakable(): 2})),
    "headers that can be read once": behind(scoping(lambda scope: {**scope, "headers": tuple(scope["headers"])})),
    "round in the scope": behind(scoping(with_(thing=endless))),
    "a dict of odd ways in the scope": behind(scoping(with_(thing=lambda: Nested(a=1)))),
    "a huge number in the scope": behind(scoping(with_(thing=lambda: 10**5000))),
    "another mapping as scope": behind(scoping(lambda scope: OrderedDict(scope))),
    "a path that is bytes": behind(scoping(with_(raw_path=lambda: b"/\xff"))),
    "a query that is None": behind(scoping(with_(query_string=lambda: None))),
    "answers with fields to be read once": behind(
        answering(lambda m: {**m, "headers": iter(m["headers"])} if "headers" in m else m)
    ),
    "answers with fields as text": behind(
        answering(lambda m: {**m, "headers": [("x-a", "1")]} if "headers" in m else m)
    ),
    "answers with a body None": behind(answering(lambda m: {**m, "body": None} if "body" in m else m)),
    "answers with a body of text": behind(answering(lambda m: {**m, "body": "ok"} if "body" in m else m)),
    "answers with another mapping": behind(answering(lambda m: OrderedDict(m))),
    "answers without a type": behind(answering(lambda m: {key: m[key] for key in m if key != "type"})),
    "answers None": behind(answering(lambda m: None)),
    "answers with a hostile body": behind(answering(lambda m: {**m, "body": Hostile()} if "body" in m else m)),
}


class Duck(BaseModel):
    name: str
    age: int = 0

    @field_validator("name")
    @classmethod
    def no_eggs(cls, name: str) -> str:
        if name == "egg":
            raise ValueError(Hostile())
        if name == "shell":
            raise ValueError(f"an egg is no duck: {10**50}" + "\x1b[2J")
        return name


def typed() -> Webfoot:
    app = Webfoot()

    def hostile() -> Any:
        return Hostile()

    def numbers() -> Any:
        yield 10**5000

    class Builder:
        def __call__(self) -> Any:
            return endless()

        def __getattr__(self, name: str) -> Any:
            raise AttributeError(name)

    def failing() -> Any:
        raise Unspeakable

    def clumsy() -> Any:
        try:
            yield 1
        finally:
            raise Unspeakable

    @app.get("/number")
    async def number(n: int = 0, x: float = 0.0) -> Any:
        return {"n": str(n)[:5], "x": str(x)}

    @app.post("/ducks")
    async def create(duck: Duck) -> Any:
        return duck

    @app.post("/any")
    async def anything(what: Any) -> Any:
        return str(type(what))

    @app.get("/hostile")
    async def gets_hostile(a: Any = Depends(hostile), b: Any = Depends(numbers), c: Any = Depends(Builder())) -> Any:
        return "ok"

    @app.get("/failing")
    async def fails(a: Any = Depends(failing)) -> Any:
        return "ok"

    @app.get("/clumsy")
    async def cleans(a: Any = Depends(clumsy)) -> Any:
        return "ok"

    @app.get("/round")
    async def returns_round() -> Any:
        return endless()

    @app.get("/returns-hostile")
    async def returns_hostile() -> Any:
        return Hostile()

    @app.get("/generator")
    async def returns_generator() -> Any:
        return (n for n in range(3))

    @app.get("/reply", response_model=Duck)
    async def reply() -> Any:
        return {"name": 10**5000, "age": Unspeakable()}

    @app.get("/nested", response_model=list[Duck])
    async def nested() -> Any:
        return Nested(a=1)

    @app.get("/tasks")
    async def tasks(tasks: BackgroundTasks) -> Any:
        tasks.add_task(failing)
        return "ok"

    for name, error in ERRORS.items():

        async def raises(error: Callable[[], BaseException] = error) -> Any:
            raise error()

        raises.__signature__ = __import__("inspect").Signature()  # type: ignore[attr-defined]
        app.get(f"/raises/{name.replace(' ', '-')}")(raises)
    return app


def posting(path: str, content: bytes, kind: str = "application/json") -> bytes:
    return b"POST %b HTTP/1.1\r\nhost: pond\r\ncontent-type: %b\r\ncontent-length: %d\r\n\r\n%b" % (
        path.encode(),
        kind.encode(),
        len(content),
        content,
    )


TYPED: dict[str, bytes] = {
    **{
        path: f"GET {path} HTTP/1.1\r\nhost: pond\r\n\r\n".encode()
        for path in (
            *("/hostile", "/failing", "/clumsy", "/round", "/returns-hostile", "/generator", "/reply", "/nested"),
            *(
                "/tasks",
                f"/number?n={'9' * 5000}",
                "/number?n=1e400",
                "/number?x=nan",
                "/number?x=1e999",
                "/number?n=%ff",
            ),
            *("/%ff%fe", "/%00", "/%0d%0aset-cookie:%20a=b", "/number?n=%1b%5b2J", "/\\x1b", "/" + "a/" * 500),
            *(f"/raises/{name.replace(' ', '-')}" for name in ERRORS),
        )
    },
    "an egg": posting("/ducks", b'{"name": "egg"}'),
    "a shell": posting("/ducks", b'{"name": "shell"}'),
    "a huge number": posting("/ducks", b'{"name": "a", "age": %b}' % (b"9" * 4000)),
    "a number that no int becomes": posting("/ducks", b'{"name": "a", "age": %b}' % (b"9" * 5000)),
    "no number": posting("/ducks", b'{"name": "a", "age": NaN}'),
    "nested": posting("/ducks", b"[" * 900 + b"]" * 900),
    "nested too deep": posting("/ducks", b"[" * 50_000),
    "surrogates": posting("/ducks", rb'{"name": "\ud800", "age": "\udfff"}'),
    "bytes": posting("/ducks", b"\xff\xfe\x00"),
    "escapes": posting("/ducks", b'"\x1b[2J"'),
    "a form": posting("/ducks", b"a=%ff&a=\x00", "application/x-www-form-urlencoded"),
    "an odd form": posting("/ducks", b"--x", "multipart/form-data; boundary=x"),
    "an odd content type": posting("/ducks", b"{}", ";;;=\x7f"),
    "many": posting("/ducks", b'{"name": [%b]}' % b",".join([b"1"] * 20_000)),
}

_ADDED = re.compile(rb"(?:webfoot-why|webfoot-journey|server-timing|date): [^\r]*\r\n")


def everybody(app: Any) -> tuple[Any, Any]:
    others: list[Listener] = [Timing(), WhyHeader("/__webfoot__/"), ServerTiming()]
    watching = watching_with(page_for_development("main:app"), others, keeps_bodies=True)
    return watching.loaded(app), watching


def page_only(app: Any) -> tuple[Any, Any]:
    watching = watching_with(page_for_development("main:app"), keeps_bodies=True)
    return watching.loaded(app), watching


def headers_only(app: Any) -> tuple[Any, Any]:
    watching = Watching([WhyHeader(), ServerTiming()])
    return watching.loaded(app), watching


class Flying:
    def __init__(self, file: FlightFile) -> None:
        self._recorder = FlightRecorder(file, slow=0.0, refusals=True)

    def begin(self) -> Record:
        record = light_record()
        record.companion = self._recorder
        return record

    def loaded(self, app: Any) -> Any:
        return app


@pytest.fixture(scope="module")
def flying(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flying]:
    file = FlightFile(tmp_path_factory.mktemp("flight"), 1 << 20, 1)
    yield Flying(file)
    file.close()


def answer(app: Any, watcher: Any, request: bytes) -> bytes:
    raw = exchange_bytes(app, request, watcher=watcher)
    return _ADDED.sub(b"", raw)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    # Tracebacks of errors that cannot be shown are no news here.
    log = logging.getLogger("webfoot")
    before, log.disabled = log.disabled, True
    with contextlib.ExitStack():
        yield
    log.disabled = before


def same_for_all(make: Callable[[], Any], request: bytes, flying: Flying) -> None:
    expected = answer(make(), None, request)
    assert answer(*everybody(make()), request) == expected
    assert answer(*page_only(make()), request) == expected
    assert answer(*headers_only(make()), request) == expected
    assert answer(make(), flying, request) == expected


@pytest.mark.parametrize("shape", RAW)
def test_raw_applications(shape: str, flying: Flying) -> None:
    same_for_all(RAW[shape], GET, flying)


@pytest.mark.parametrize("shape", LAYERED)
def test_layers(shape: str, flying: Flying) -> None:
    same_for_all(LAYERED[shape], GET, flying)


@pytest.mark.parametrize("shape", TYPED)
def test_typed_applications(shape: str, flying: Flying) -> None:
    same_for_all(typed, TYPED[shape], flying)
