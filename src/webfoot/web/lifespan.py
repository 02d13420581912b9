"""What runs before the first request and after the last: an application's own lifespan, then those mounted in it.

Source: ASGI lifespan protocol 2.0. Each mounted application is spoken to in that protocol, so it need not be one of
ours, and lives in a task of its own, so that its context managers are left by the task that entered them.
"""

from __future__ import annotations

import asyncio
import inspect
import traceback
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncContextDecorator, asynccontextmanager, contextmanager
from typing import Any, TypeAlias, TypeVar

from webfoot.asgi.types import ASGIApp, Message, Receive, Scope, Send
from webfoot.web.callables import full_name_of, where_defined

AppT = TypeVar("AppT")

Lifespan: TypeAlias = Callable[[AppT], AbstractAsyncContextManager[Mapping[str, Any] | None]]
"""Takes the application; what it yields becomes part of `scope["state"]` of each request."""

_LEAVES_WITHIN = 1.0
"""Seconds for a mounted application to return after it has said that it failed."""


class MountedLifespanError(Exception):
    """A mounted application said that its start or its end failed, and raised nothing."""


def as_lifespan(given: Any) -> Lifespan[Any]:
    """A lifespan as it may be written: a generator function, async or not, needs no decorator; None does nothing."""
    if given is None:
        return _nothing
    if inspect.isasyncgenfunction(given):
        return asynccontextmanager(given)
    if inspect.isgeneratorfunction(given):
        entered = contextmanager(given)

        @asynccontextmanager
        async def lifespan(app: Any) -> AsyncIterator[Any]:
            with entered(app) as state:
                yield state

        return lifespan
    if isinstance(given, AsyncContextDecorator):
        raise TypeError("the lifespan was called already; give the function itself, lifespan=f and not lifespan=f(app)")
    if not callable(given):
        raise TypeError(f"a lifespan is a function that takes the application, not {given!r}")
    made: Lifespan[Any] = given
    return made


@asynccontextmanager
async def _nothing(app: Any) -> AsyncIterator[None]:
    yield


async def run_lifespan(
    context: Lifespan[Any],
    app: Any,
    mounted: Iterable[tuple[str, ASGIApp]],
    scope: Scope,
    receive: Receive,
    send: Send,
) -> None:
    """Speak the lifespan protocol for `app` and everything `mounted` in it, which is given as (place, application).

    Entered in this order, left in reverse. A failure is reported with its traceback and raised again; that of a mounted
    application does not keep the others, or `app`, from ending in their usual way.
    """
    await receive()
    phase = "startup"
    failure: Exception | None = None
    lives: list[_MountedLife] = []
    try:
        async with _own_lifespan(context, app, scope):
            try:
                failure = await _start_each(mounted, scope, lives)
                if failure is None:
                    await send({"type": "lifespan.startup.complete"})
                    phase = "shutdown"
                    await receive()
            finally:
                failure = _joined([failure, *[await life.stop() for life in reversed(lives)]])
        if failure is not None:
            raise failure
    except BaseException as exc:
        _joined([exc, failure])
        await send({"type": f"lifespan.{phase}.failed", "message": traceback.format_exc()})
        raise
    await send({"type": "lifespan.shutdown.complete"})


@asynccontextmanager
async def _own_lifespan(context: Lifespan[Any], app: Any, scope: Scope) -> AsyncIterator[None]:
    async with lifespan_of(app, context) as yielded:
        if yielded is not None and "state" not in scope:
            raise RuntimeError('The server does not support "state" in the lifespan scope.')
        scope.get("state", {}).update(state_of(context, yielded) or {})
        yield


def lifespan_of(app: Any, context: Lifespan[Any]) -> AbstractAsyncContextManager[Any]:
    """What `context` makes for `app`. TypeError, in one sentence that says where it is written, when it is none."""
    try:
        inspect.signature(context).bind(app)
    except ValueError:
        pass  # it is written in C, and does not say what it takes
    except TypeError as error:
        raise TypeError(f"{_named(context)} has to take one argument, the application ({error})") from None
    if inspect.iscoroutinefunction(inspect.unwrap(context)) and hasattr(context, "__wrapped__"):
        raise TypeError(f"{_named(context)} never yields; what comes before its one yield is the start")
    entered: Any = context(app)
    if not hasattr(type(entered), "__aenter__"):
        if inspect.iscoroutine(entered):
            entered.close()  # else Python complains that nobody has awaited it
        raise TypeError(
            f"{_named(context)} gave {entered!r}, which is no async context manager: "
            "write it as an async function with one yield, under @contextlib.asynccontextmanager"
        )
    manager: AbstractAsyncContextManager[Any] = entered
    return manager


def state_of(context: Lifespan[Any], yielded: Any) -> Mapping[str, Any] | None:
    """What a lifespan has yielded. TypeError for what is no state."""
    if yielded is None or isinstance(yielded, Mapping):
        return yielded
    raise TypeError(f"{_named(context)} has to yield a dict, or nothing, not {type(yielded).__name__}")


def _named(context: Lifespan[Any]) -> str:
    file, line = where_defined(context)
    return f"the lifespan {full_name_of(context)}" + (f" ({file}:{line})" if file else "")


async def _start_each(
    mounted: Iterable[tuple[str, ASGIApp]], scope: Scope, lives: list[_MountedLife]
) -> Exception | None:
    """Start one after the other into `lives`, up to the first that fails; its failure, if any."""
    begun: set[int] = set()
    for place, app in mounted:
        if id(app) in begun:  # mounted at two places, it starts once
            continue
        begun.add(id(app))
        life = _MountedLife(place, app, scope)
        lives.append(life)
        failure = await life.start()
        if failure is not None:
            return failure
    return None


FailureT = TypeVar("FailureT", bound=BaseException)


def _joined(failures: Iterable[FailureT | None]) -> FailureT | None:
    """The first of the failures, with the others told in its notes; None when there is none."""
    told = [failure for failure in dict.fromkeys(failures) if failure is not None]
    for other in told[1:]:
        told[0].add_note(f"After that, another one: {type(other).__name__}: {other}")
    return told[0] if told else None


class _MountedLife:
    """One mounted application, spoken to as a server would."""

    def __init__(self, place: str, app: ASGIApp, scope: Scope) -> None:
        self._place = place
        self._app = app
        # The same state dict: what an inner lifespan yields is there for the whole application's requests.
        self._scope: Scope = {key: scope[key] for key in ("type", "asgi", "state") if key in scope}
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._from_app: asyncio.Queue[Message | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._started = False
        self._reported = False

    async def start(self) -> Exception | None:
        """Returns when the application has started, or has shown that it knows no lifespan; the failure, if any."""
        self._task = asyncio.create_task(self._run())
        return await self._say("startup")

    async def stop(self) -> Exception | None:
        assert self._task is not None
        failure = None
        if not self._started:
            self._task.cancel()  # it has ended, or its start was given up
        elif not self._task.done():
            failure = await self._say("shutdown")
        await asyncio.wait({self._task})
        return failure or self._crash()

    async def _say(self, phase: str) -> Exception | None:
        assert self._task is not None
        self._to_app.put_nowait({"type": f"lifespan.{phase}"})
        answer = await self._from_app.get()
        if answer is None or answer["type"] != f"lifespan.{phase}.failed":
            return None
        _, unfinished = await asyncio.wait({self._task}, timeout=_LEAVES_WITHIN)
        for task in unfinished:
            task.cancel()
        failure = self._crash(even_before_start=True)
        if failure is None:
            self._reported = True
            said = str(answer.get("message") or "it gave no reason").strip().splitlines()[-1]
            failure = MountedLifespanError(f"the application mounted at {self._place} failed at {phase}: {said}")
        return failure

    def _crash(self, *, even_before_start: bool = False) -> Exception | None:
        """What the application raised, told once. Before it has started this means that it does not know this kind of
        scope, and the protocol has the server go on without it.
        """
        task = self._task
        if self._reported or task is None or not task.done() or task.cancelled():
            return None
        error = task.exception()
        if not isinstance(error, Exception) or not (self._started or even_before_start):
            return None
        self._reported = True
        error.add_note(f"This was in the lifespan of the application mounted at {self._place}.")
        return error

    async def _run(self) -> None:
        try:
            await self._app(self._scope, self._to_app.get, self._hear)
        finally:
            self._from_app.put_nowait(None)

    async def _hear(self, message: Message) -> None:
        if not message["type"].startswith("lifespan."):
            raise RuntimeError(f"{message['type']} is no answer in a lifespan")
        self._started = self._started or message["type"] == "lifespan.startup.complete"
        self._from_app.put_nowait(message)
