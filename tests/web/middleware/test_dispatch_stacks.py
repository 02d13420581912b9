"""Any stack of dispatch and pure middleware does what the same stack does with each dispatch function written out as
pure ASGI: the same messages, exceptions, context variables and order of things."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.web.driving import http_scope

from webfoot.asgi.types import ClientDisconnected
from webfoot.web.background import BackgroundTask, BackgroundTasks
from webfoot.web.datastructures import MutableHeaders
from webfoot.web.middleware.dispatch import BaseHTTPMiddleware
from webfoot.web.requests import Request
from webfoot.web.responses import PlainTextResponse, Response, StreamingResponse
from webfoot.web.threads import run_in_threadpool

passed: contextvars.ContextVar[tuple[str, ...]] = contextvars.ContextVar("passed", default=())


@dataclass
class Story:
    """What happened, in its order, and what the client got."""

    events: list[str] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    error: BaseException | None = None
    variable: tuple[str, ...] = ()

    def told(self) -> dict[str, Any]:
        starts = [message for message in self.messages if message["type"] == "http.response.start"]
        bodies = [message for message in self.messages if message["type"] == "http.response.body"]
        return {
            "events": self.events,
            "starts": [(start["status"], sorted(start["headers"])) for start in starts],
            "body": b"".join(message.get("body", b"") for message in bodies),
            "complete": bool(bodies) and not bodies[-1].get("more_body", False),
            "error": type(self.error),
            "variable": self.variable,
        }


# The layers, each as a dispatch function and as pure ASGI.


def tagging(name: str) -> tuple[Any, Any]:
    async def dispatch(request: Request, call_next: Any) -> Any:
        passed.set((*passed.get(), name))
        response = await call_next(request)
        response.headers.append("x-tag", name)
        return response

    def pure(app: Any) -> Any:
        async def layer(scope: Any, receive: Any, send: Any) -> None:
            passed.set((*passed.get(), name))

            async def tagged(message: Any) -> None:
                if message["type"] == "http.response.start":
                    MutableHeaders(scope=message).append("x-tag", name)
                await send(message)

            await app(scope, receive, tagged)

        return layer

    return dispatch, pure


def reading(name: str) -> tuple[Any, Any]:
    async def dispatch(request: Request, call_next: Any) -> Any:
        passed.set((*passed.get(), f"{name} read {len(await request.body())}"))
        return await call_next(request)

    def pure(app: Any) -> Any:
        async def layer(scope: Any, receive: Any, send: Any) -> None:
            body = await Request(scope, receive).body()
            passed.set((*passed.get(), f"{name} read {len(body)}"))
            waiting = [{"type": "http.request", "body": body, "more_body": False}]

            async def again() -> Any:
                return waiting.pop() if waiting else await receive()

            await app(scope, again, send)

        return layer

    return dispatch, pure


def shouting(name: str) -> tuple[Any, Any]:
    async def dispatch(request: Request, call_next: Any) -> Any:
        response = await call_next(request)
        inner = response.body_iterator

        async def louder() -> Any:
            async for chunk in inner:
                yield chunk.upper()

        response.body_iterator = louder()
        return response

    def pure(app: Any) -> Any:
        async def layer(scope: Any, receive: Any, send: Any) -> None:
            async def louder(message: Any) -> None:
                if message["type"] == "http.response.body":
                    message = {**message, "body": message.get("body", b"").upper()}
                await send(message)

            await app(scope, receive, louder)

        return layer

    return dispatch, pure


def catching(name: str) -> tuple[Any, Any]:
    async def dispatch(request: Request, call_next: Any) -> Any:
        try:
            return await call_next(request)
        except LookupError:
            return PlainTextResponse(f"caught by {name}", status_code=500)

    def pure(app: Any) -> Any:
        async def layer(scope: Any, receive: Any, send: Any) -> None:
            started = False

            async def see(message: Any) -> None:
                nonlocal started
                started = True
                await send(message)

            try:
                await app(scope, receive, see)
            except LookupError:
                if started:
                    raise
                await PlainTextResponse(f"caught by {name}", status_code=500)(scope, receive, send)

        return layer

    return dispatch, pure


def yielding(name: str) -> tuple[Any, Any]:
    async def dispatch(request: Request, call_next: Any) -> Any:
        await asyncio.sleep(0)
        response = await call_next(request)
        await asyncio.sleep(0)
        return response

    def pure(app: Any) -> Any:
        async def layer(scope: Any, receive: Any, send: Any) -> None:
            await asyncio.sleep(0)
            await app(scope, receive, send)

        return layer

    return dispatch, pure


def timing(name: str) -> tuple[Any, Any]:
    async def dispatch(request: Request, call_next: Any) -> Any:
        async with asyncio.timeout(60):
            return await call_next(request)

    def pure(app: Any) -> Any:
        return app

    return dispatch, pure


def stopping(name: str) -> tuple[Any, Any]:
    async def dispatch(request: Request, call_next: Any) -> Any:
        if await request.body() == b"":
            return PlainTextResponse("nothing was sent", status_code=400)
        return await call_next(request)

    def pure(app: Any) -> Any:
        async def layer(scope: Any, receive: Any, send: Any) -> None:
            body = await Request(scope, receive).body()
            if body == b"":
                await PlainTextResponse("nothing was sent", status_code=400)(scope, receive, send)
                return
            waiting = [{"type": "http.request", "body": body, "more_body": False}]

            async def again() -> Any:
                return waiting.pop() if waiting else await receive()

            await app(scope, again, send)

        return layer

    return dispatch, pure


LAYERS: list[Callable[[str], tuple[Any, Any]]] = [tagging, reading, shouting, catching, yielding, timing, stopping]


# The applications behind them.


def application(kind: str, story: Story) -> Any:
    async def stream(fails: bool) -> Any:
        try:
            for number in range(3):
                story.events.append(f"made {number}")
                await asyncio.sleep(0)
                yield f"chunk {number} "
                if fails and number == 1:
                    raise LookupError("half way")
        finally:
            story.events.append("stream closed")

    def in_thread() -> str:
        passed.set((*passed.get(), "thread"))
        return "from a thread"

    def late(name: str) -> None:
        complete = not story.messages[-1].get("more_body", False)
        story.events.append(f"{name} in the background, {'after' if complete else 'before'} the end")

    def fail() -> None:
        raise LookupError("in the background")

    async def answer(request: Request) -> Response:
        story.events.append("reached by " + " ".join(passed.get()))
        passed.set((*passed.get(), "endpoint"))
        match kind:
            case "echo":
                return PlainTextResponse(await request.body())
            case "echo as it comes":
                return StreamingResponse(request.stream())
            case "stream":
                return StreamingResponse(stream(False))
            case "torn stream":
                return StreamingResponse(stream(True))
            case "thread":
                return PlainTextResponse(await run_in_threadpool(in_thread))
            case "error":
                raise LookupError("at once")
            case "background":
                tasks = BackgroundTasks([BackgroundTask(late, "one"), BackgroundTask(late, "two")])
                return PlainTextResponse("first", background=tasks)
            case "failing background":
                tasks = BackgroundTasks([BackgroundTask(late, "one"), BackgroundTask(fail), BackgroundTask(late, "x")])
                return PlainTextResponse("first", background=tasks)
        return PlainTextResponse("")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if kind == "own task":
            async with asyncio.TaskGroup() as group:
                group.create_task(PlainTextResponse("from a task of its own")(scope, receive, send))
            return
        request = Request(scope, receive, send)
        await (await answer(request))(scope, receive, send)

    return app


KINDS = [
    "echo",
    "echo as it comes",
    "stream",
    "torn stream",
    "thread",
    "error",
    "background",
    "failing background",
    "own task",
    "empty",
]


def tell(
    layers: list[tuple[Callable[[str], tuple[Any, Any]], bool]],
    kind: str,
    body: list[bytes],
    *,
    as_pure: bool,
    leaves: int | None = None,
) -> Story:
    """layers: outermost first, each with whether it is a dispatch function."""
    story = Story()
    app = application(kind, story)
    for number, (layer, dispatches) in reversed(list(enumerate(layers))):
        dispatch, pure = layer(f"{layer.__name__} {number}")
        app = BaseHTTPMiddleware(app, dispatch=dispatch) if dispatches and not as_pure else pure(app)
    waiting = [{"type": "http.request", "body": part, "more_body": True} for part in body]
    waiting.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> Any:
        return waiting.pop(0) if waiting else await asyncio.Event().wait()

    async def send(message: Any) -> None:
        if leaves is not None and len(story.messages) >= leaves:
            raise ClientDisconnected
        story.messages.append(message)

    async def main() -> None:
        try:
            async with asyncio.timeout(10):
                await app(http_scope("POST"), receive, send)
        except Exception as error:
            story.error = error
        story.variable = passed.get()
        assert len(asyncio.all_tasks()) == 1, "a task was left behind"

    asyncio.run(main())
    return story


layers = st.lists(st.tuples(st.sampled_from(LAYERS), st.booleans()), max_size=6)
bodies = st.lists(st.sampled_from([b"quack ", b"", b"a longer part "]), max_size=3)


@settings(max_examples=300, deadline=None)
@given(layers, st.sampled_from(KINDS), bodies)
def test_a_stack_does_what_its_pure_twin_does(layers: Any, kind: str, body: list[bytes]) -> None:
    assert tell(layers, kind, body, as_pure=False).told() == tell(layers, kind, body, as_pure=True).told()


@settings(max_examples=100, deadline=None)
@given(layers, st.sampled_from(["stream", "torn stream"]), st.integers(0, 2))
def test_a_client_that_leaves_meanwhile(layers: Any, kind: str, leaves: int) -> None:
    ours, twin = (tell(layers, kind, [b"quack"], as_pure=as_pure, leaves=leaves) for as_pure in (False, True))
    assert isinstance(ours.error, ClientDisconnected) == isinstance(twin.error, ClientDisconnected)
    for story in (ours, twin):
        assert len(story.messages) <= leaves
        assert story.events.count("stream closed") == story.events.count("made 0")


@pytest.mark.parametrize("kind", KINDS)
def test_many_layers(kind: str) -> None:
    deep = [(layer, True) for layer in (tagging, yielding, reading)] * 10
    assert tell(deep, kind, [b"quack"], as_pure=False).told() == tell(deep, kind, [b"quack"], as_pure=True).told()
