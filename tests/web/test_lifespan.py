from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.web.driving import answer_of

from webfoot.server.gateway.lifespan import Lifespan as ServersSide
from webfoot.server.gateway.lifespan import StartupFailed
from webfoot.web.application import WebApp
from webfoot.web.lifespan import Lifespan
from webfoot.web.requests import Request
from webfoot.web.responses import PlainTextResponse
from webfoot.web.routing import Host, Mount, Route, Router

LogOf = Callable[..., Lifespan[Any]]


@pytest.fixture
def log() -> list[str]:
    return []


@pytest.fixture
def living(log: list[str]) -> LogOf:
    def make(name: str, state: dict[str, Any] | None = None, up: str | None = None, down: str | None = None) -> Any:
        @asynccontextmanager
        async def lifespan(app: Any) -> AsyncIterator[dict[str, Any] | None]:
            if up:
                raise LookupError(up)
            task = asyncio.current_task()
            log.append(f"{name} up")
            yield state
            assert asyncio.current_task() is task, "left by another task than the one that entered"
            log.append(f"{name} down")
            if down:
                raise LookupError(down)

        return lifespan

    return make


def lived(app: Any, **more: Any) -> tuple[list[dict[str, Any]], dict[str, Any], BaseException | None]:
    """Start and stop at once: what was said, the scope afterwards, the exception that came out."""
    scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}, **more}
    said: list[dict[str, Any]] = []
    incoming = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    error: BaseException | None = None

    async def receive() -> dict[str, Any]:
        return incoming.pop(0)

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    try:
        asyncio.run(app(scope, receive, send))
    except Exception as exc:
        error = exc
    return said, scope, error


COMPLETE = [{"type": "lifespan.startup.complete"}, {"type": "lifespan.shutdown.complete"}]


def test_without_a_lifespan_it_just_starts() -> None:
    assert lived(WebApp())[0] == COMPLETE


def test_what_it_yields_becomes_state(living: LogOf, log: list[str]) -> None:
    said, scope, _ = lived(WebApp(lifespan=living("app", {"pond": "big"})))
    assert said == COMPLETE
    assert scope["state"] == {"pond": "big"}
    assert log == ["app up", "app down"]


def test_requests_find_the_state() -> None:
    async def tell(request: Request) -> PlainTextResponse:
        return PlainTextResponse(request.state.pond)

    assert answer_of(WebApp(routes=[Route("/", tell)]), state={"pond": "big"}).text == "big"


def test_it_is_given_the_application() -> None:
    given: list[Any] = []

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        given.append(app)
        yield

    app, router = WebApp(lifespan=lifespan), Router(lifespan=lifespan)
    lived(app)
    lived(router)
    assert given == [app, router]


def test_a_server_without_state_is_told(living: LogOf) -> None:
    app = WebApp(lifespan=living("app", {"pond": "big"}))
    incoming = [{"type": "lifespan.startup"}]
    said: list[Any] = []

    async def receive() -> Any:
        return incoming.pop()

    async def send(message: Any) -> None:
        said.append(message)

    with pytest.raises(RuntimeError, match='does not support "state"'):
        asyncio.run(app({"type": "lifespan", "asgi": {}}, receive, send))
    assert said[0]["type"] == "lifespan.startup.failed"


def test_a_failure_is_reported_with_its_traceback(living: LogOf) -> None:
    said, _, error = lived(WebApp(lifespan=living("app", up="no water")))
    assert [message["type"] for message in said] == ["lifespan.startup.failed"]
    assert "Traceback" in said[0]["message"] and "LookupError: no water" in said[0]["message"]
    assert isinstance(error, LookupError)

    said, _, error = lived(WebApp(lifespan=living("app", down="drained")))
    assert [message["type"] for message in said] == ["lifespan.startup.complete", "lifespan.shutdown.failed"]
    assert "LookupError: drained" in said[1]["message"]


def test_mounted_applications_live_too_in_order_and_in_reverse(living: LogOf, log: list[str]) -> None:
    deep = WebApp(lifespan=living("deep", {"deep": 1}))
    twice = WebApp(lifespan=living("twice", {"twice": 1}))
    app = WebApp(
        lifespan=living("app", {"app": 1}),
        routes=[
            Mount("/a", app=WebApp(lifespan=living("a"), routes=[Mount("/deep", app=deep)])),
            Mount("/b", routes=[Mount("/c", app=Router(lifespan=living("c")))]),
            Mount("/d", app=twice),
            Mount("/e", app=twice),
        ],
    )
    said, scope, error = lived(app)
    assert (said, error) == (COMPLETE, None)
    assert log == [
        *("app up", "a up", "deep up", "c up", "twice up"),
        *("twice down", "c down", "deep down", "a down", "app down"),
    ]
    assert scope["state"] == {"app": 1, "deep": 1, "twice": 1}


def test_mounted_applications_without_a_lifespan_do_no_harm(living: LogOf, log: list[str]) -> None:
    async def only_http(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"

    async def returns_at_once(scope: Any, receive: Any, send: Any) -> None:
        return

    async def leaves_early(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})

    mounted = [only_http, returns_at_once, leaves_early, PlainTextResponse("x")]
    app = WebApp(lifespan=living("app"), routes=[Mount(f"/{n}", app=inner) for n, inner in enumerate(mounted)])
    assert lived(app)[0] == COMPLETE
    assert log == ["app up", "app down"]


def test_a_mounted_application_that_fails_stops_the_start(living: LogOf, log: list[str]) -> None:
    app = WebApp(
        lifespan=living("app"),
        routes=[
            Mount("/a", app=WebApp(lifespan=living("a"))),
            Mount("/b", app=WebApp(lifespan=living("b", up="no reeds"))),
            Mount("/c", app=WebApp(lifespan=living("c"))),
        ],
    )
    said, _, error = lived(app)
    assert [message["type"] for message in said] == ["lifespan.startup.failed"]
    assert "LookupError: no reeds" in said[0]["message"]
    assert isinstance(error, LookupError)
    assert error.__notes__ == ["This was in the lifespan of the application mounted at /b."]
    assert log == ["app up", "a up", "a down", "app down"]


def test_a_mounted_application_that_fails_at_the_end_lets_the_others_end(living: LogOf, log: list[str]) -> None:
    app = WebApp(
        lifespan=living("app"),
        routes=[
            Mount("/a", app=WebApp(lifespan=living("a"))),
            Mount("/b", app=WebApp(lifespan=living("b", down="stuck"))),
        ],
    )
    said, _, _ = lived(app)
    assert [message["type"] for message in said] == ["lifespan.startup.complete", "lifespan.shutdown.failed"]
    assert "LookupError: stuck" in said[1]["message"]
    assert log == ["app up", "a up", "b up", "b down", "a down", "app down"]


def test_a_failure_without_a_word_is_named() -> None:
    async def mute(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed"})

    said, _, _ = lived(WebApp(routes=[Mount("/m", app=mute)]))
    assert [message["type"] for message in said] == ["lifespan.startup.failed"]
    assert said[0]["message"].endswith("the application mounted at /m failed at startup: it gave no reason\n")


def test_a_failure_in_words_only_is_told_with_its_place() -> None:
    async def full(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "Traceback...\nthe pond is full"})

    _, _, error = lived(WebApp(routes=[Host("ducks.example", app=full)]))
    assert str(error) == "the application mounted at ducks.example failed at startup: the pond is full"


def test_an_application_that_failed_and_stays_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webfoot.web.lifespan._LEAVES_WITHIN", 0.01)

    async def stays(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no reeds"})
        await asyncio.Event().wait()

    assert "no reeds" in str(lived(WebApp(routes=[Mount("/m", app=stays)]))[2])


def test_a_start_that_is_given_up_ends_whatever_has_begun(living: LogOf, log: list[str]) -> None:
    async def hangs(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.Event().wait()

    app = WebApp(
        lifespan=living("app"),
        routes=[Mount("/a", app=WebApp(lifespan=living("a"))), Mount("/b", app=hangs)],
    )

    async def give_up() -> list[str]:
        said: list[str] = []

        async def receive() -> Any:
            return {"type": "lifespan.startup"}

        async def send(message: Any) -> None:
            said.append(message["type"])

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await app({"type": "lifespan", "asgi": {}, "state": {}}, receive, send)
        return said

    assert asyncio.run(give_up()) == ["lifespan.startup.failed"]
    assert log == ["app up", "a up", "a down"]


def test_no_failure_is_lost() -> None:
    @asynccontextmanager
    async def fails_at_both_ends(app: Any) -> AsyncIterator[None]:
        yield
        raise LookupError("drained")

    @asynccontextmanager
    async def fails(app: Any) -> AsyncIterator[None]:
        raise ValueError("no reeds")
        yield

    mounted = [WebApp(lifespan=fails_at_both_ends), WebApp(lifespan=fails)]
    said, _, error = lived(WebApp(routes=[Mount(f"/{n}", app=inner) for n, inner in enumerate(mounted)]))
    assert isinstance(error, ValueError), "what came first is what is raised"
    assert error.__notes__[-1] == "After that, another one: LookupError: drained"
    assert "another one: LookupError: drained" in said[0]["message"]


def test_a_generator_function_needs_no_decorator(living: LogOf) -> None:
    async def async_generator(app: Any) -> AsyncIterator[dict[str, Any]]:
        yield {"pond": "big"}

    def generator(app: Any) -> Iterator[dict[str, Any]]:
        yield {"pond": "big"}

    for lifespan in (async_generator, generator):
        said, scope, error = lived(WebApp(lifespan=lifespan))  # type: ignore[arg-type]
        assert (said, scope["state"], error) == (COMPLETE, {"pond": "big"}, None)


async def no_yield(app: Any) -> None: ...


async def takes_none() -> AsyncIterator[None]:
    yield


@pytest.mark.parametrize(
    ("lifespan", "sentence"),
    [
        (lambda app: None, "gave None, which is no async context manager: write it as an async function with one"),
        (no_yield, "gave <coroutine object no_yield"),
        (no_yield, f"the lifespan no_yield ({__file__}:"),
        (asynccontextmanager(no_yield), "never yields"),  # type: ignore[arg-type]
        (asynccontextmanager(takes_none), "has to take one argument, the application"),
        (asynccontextmanager(lambda app: numbers()), "has to yield a dict, or nothing, not list"),
    ],
)
def test_what_is_no_lifespan_is_said_in_one_sentence(lifespan: Any, sentence: str) -> None:
    said, _, error = lived(WebApp(lifespan=lifespan))
    assert isinstance(error, TypeError) and sentence in str(error)
    assert [message["type"] for message in said] == ["lifespan.startup.failed"]


def test_a_lifespan_that_was_called_is_refused_where_it_is_given() -> None:
    with pytest.raises(TypeError, match="was called already; give the function itself"):
        WebApp(lifespan=asynccontextmanager(takes_none)())  # type: ignore[arg-type]


def test_a_lifespan_that_cannot_be_called_is_refused_where_it_is_written() -> None:
    with pytest.raises(TypeError, match="a lifespan is a function that takes the application, not 'up'"):
        WebApp(lifespan="up")  # type: ignore[arg-type]


async def numbers() -> AsyncIterator[Any]:
    yield [1]


def test_the_context_of_a_router_can_be_entered_by_hand(living: LogOf, log: list[str]) -> None:
    async def enter(app: WebApp) -> None:
        async with app.router.lifespan_context(app):
            log.append("in")

    asyncio.run(enter(WebApp(lifespan=living("app"))))
    asyncio.run(enter(WebApp()))
    assert log == ["app up", "in", "app down", "in"]


def test_a_mounted_application_that_breaks_on_the_way_is_heard_of_at_the_end(living: LogOf, log: list[str]) -> None:
    async def breaks(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        raise LookupError("broken")

    said, _, _ = lived(WebApp(lifespan=living("app"), routes=[Mount("/m", app=breaks)]))
    assert [message["type"] for message in said] == ["lifespan.startup.complete", "lifespan.shutdown.failed"]
    assert "LookupError: broken" in said[1]["message"]
    assert log == ["app up", "app down"]


def test_a_server_says_in_one_sentence_why_it_does_not_start() -> None:
    @asynccontextmanager
    async def fails(app: Any) -> AsyncIterator[None]:
        raise LookupError("no reeds")
        yield

    app = WebApp(routes=[Mount("/a", routes=[Mount("/b", app=WebApp(lifespan=fails))])])
    line = fails.__wrapped__.__code__.co_firstlineno + 2  # type: ignore[attr-defined]
    with pytest.raises(StartupFailed) as failed:
        asyncio.run(ServersSide(app, "auto").startup())
    here = Path(__file__).relative_to(Path.cwd())
    assert str(failed.value) == f"the application failed to start at {here}:{line}: LookupError: no reeds"
    notes = [text for text in failed.value.traceback.splitlines() if text.startswith("This was")]
    assert notes == [
        "This was in the lifespan of the application mounted at /b.",
        "This was in the lifespan of the application mounted at /a.",
    ]
