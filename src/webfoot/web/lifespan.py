"""What runs before the first request and after the last: an application's own lifespan, then those mounted in it.

Source: ASGI lifespan protocol 2.0. Each mounted application is spoken to in that protocol, so it need not be one of
ours, and lives in a task of its own, so that its context managers are left by the task that entered them.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeAlias, TypeVar

from webfoot.asgi.types import ASGIApp, Message, Receive, Scope, Send

AppT = TypeVar("AppT")

Lifespan: TypeAlias = Callable[[AppT], AbstractAsyncContextManager[Mapping[str, Any] | None]]
"""Takes the application; what it yields becomes part of `scope["state"]` of each request."""


class MountedLifespanError(Exception):
    """A mounted application said that its start or its end failed. The text is what it said, mostly a traceback."""


async def run_lifespan(
    context: Lifespan[Any] | None, app: Any, mounted: Iterable[ASGIApp], scope: Scope, receive: Receive, send: Send
) -> None:
    """Speak the lifespan protocol for `app` and everything `mounted` in it.

    Entered in this order, left in reverse. A failure is reported with its traceback and raised again; that of a mounted
    application does not keep the others, or `app`, from ending in their usual way.
    """
    await receive()
    phase = "startup"
    failure: str | None = None
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
                failure = await _stop_each(lives) or failure
        if failure is not None:
            raise MountedLifespanError(failure)
    except BaseException:
        await send({"type": f"lifespan.{phase}.failed", "message": failure or traceback.format_exc()})
        raise
    await send({"type": "lifespan.shutdown.complete"})


@asynccontextmanager
async def _own_lifespan(context: Lifespan[Any] | None, app: Any, scope: Scope) -> AsyncIterator[None]:
    if context is None:
        yield
        return
    async with context(app) as state:
        if state is not None:
            if "state" not in scope:
                raise RuntimeError('The server does not support "state" in the lifespan scope.')
            scope["state"].update(state)
        yield


async def _start_each(mounted: Iterable[ASGIApp], scope: Scope, lives: list[_MountedLife]) -> str | None:
    """Start one after the other into `lives`, up to the first that fails; what that one said, if any."""
    for app in {id(app): app for app in mounted}.values():  # mounted at two places, it starts once
        life = _MountedLife(app, scope)
        lives.append(life)
        failure = await life.start()
        if failure is not None:
            return failure
    return None


async def _stop_each(lives: list[_MountedLife]) -> str | None:
    """Stop all in reverse; what the first of them that failed said, if any."""
    failures = [failure for life in reversed(lives) if (failure := await life.stop()) is not None]
    return failures[0] if failures else None


class _MountedLife:
    """One mounted application, spoken to as a server would."""

    def __init__(self, app: ASGIApp, scope: Scope) -> None:
        self._app = app
        # The same state dict: what an inner lifespan yields is there for the whole application's requests.
        self._scope: Scope = {key: scope[key] for key in ("type", "asgi", "state") if key in scope}
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._from_app: asyncio.Queue[Message | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._started = False
        self._crash: str | None = None

    async def start(self) -> str | None:
        """Returns when the application has started, or has shown that it knows no lifespan. A text is its failure."""
        self._task = asyncio.create_task(self._run())
        return await self._say("startup")

    async def stop(self) -> str | None:
        assert self._task is not None
        failure = None if self._task.done() else await self._say("shutdown")
        await self._task
        return failure or self._crash

    async def _say(self, phase: str) -> str | None:
        self._to_app.put_nowait({"type": f"lifespan.{phase}"})
        answer = await self._from_app.get()
        if answer is None or answer["type"] != f"lifespan.{phase}.failed":
            return None
        return answer.get("message") or f"a mounted application failed at {phase}"

    async def _run(self) -> None:
        try:
            await self._app(self._scope, self._to_app.get, self._hear)
        except Exception:
            # Before it has started this means that it does not know this kind of scope (the protocol has the server
            # go on without it), or that it said "failed", which has been heard.
            if self._started:
                self._crash = traceback.format_exc()
        finally:
            self._from_app.put_nowait(None)

    async def _hear(self, message: Message) -> None:
        if not message["type"].startswith("lifespan."):
            raise RuntimeError(f"{message['type']} is no answer in a lifespan")
        self._started = self._started or message["type"] == "lifespan.startup.complete"
        self._from_app.put_nowait(message)
