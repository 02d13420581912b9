"""The application's lifespan, run for a test client (ASGI lifespan 2.0)."""

from __future__ import annotations

import asyncio
from typing import Any

from webfoot.asgi.states import LIFESPAN_SEND, explain
from webfoot.asgi.types import ASGIApp, Message, Scope
from webfoot.testing.patience import patiently, place_of_task


class Lifespan:
    """One lifespan: `startup()` and later `shutdown()`, both in the event loop that serves the requests.

    `state` is the namespace that the application fills at startup (scope["state"]).

    A test client is stricter than a server with `--lifespan auto`: an application that *raises* on the lifespan
    scope fails the test. One that returns without an answer is taken as one that knows no lifespan.
    """

    def __init__(self, app: ASGIApp, state: dict[str, Any], *, grace: float = 0.5) -> None:
        self.app = app
        self.grace = grace
        self.scope: Scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": state,
        }
        self._state = "startup"
        self._failure: str | None = None
        self._raised: BaseException | None = None
        self._task: asyncio.Task[None] | None = None
        self._asked = 0
        self._stopping = asyncio.Event()
        self._news = asyncio.Event()

    async def startup(self, patience: float | None = None) -> None:
        """Run the startup. Raises what the application raised, RuntimeError for lifespan.startup.failed, and
        TimeoutError when there is no answer for `patience` seconds.
        """
        self._task = asyncio.create_task(self._call())
        self._task.add_done_callback(lambda _: self._news.set())
        while self._state == "startup" and not self._task.done():
            await self._hear("startup", patience)
        if self._state != "running":
            await self._see_out("startup")

    async def shutdown(self, patience: float | None = None) -> None:
        """Run the shutdown; as `startup()`."""
        if self._task is None:
            return
        self._stopping.set()
        while self._state == "running" and not self._task.done():
            await self._hear("shutdown", patience)
        await self._see_out("shutdown")

    async def _see_out(self, phase: str) -> None:
        """Let the application end after its last word, and raise what went wrong."""
        assert self._task is not None
        await asyncio.wait({self._task}, timeout=self.grace)
        if not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=self.grace)
        self._task = None
        raised, self._raised = self._raised, None
        if raised is not None and not isinstance(raised, asyncio.CancelledError):
            raise raised
        if self._failure is not None:
            raise RuntimeError(f"the application's {phase} failed: {self._failure or 'it gave no reason'}")

    async def _call(self) -> None:
        try:
            await self.app(self.scope, self._receive, self._send)
        except BaseException as exc:  # raised again in the test, see Exchange
            self._raised = exc

    async def _hear(self, phase: str, patience: float | None) -> None:
        self._news.clear()
        if not await patiently(self._news, patience):
            assert self._task is not None
            place = place_of_task(self._task)
            await self._see_out(phase)
            raise TimeoutError(f"the application's {phase} did not end within {patience:g} seconds{place}")

    async def _receive(self) -> Message:
        self._asked += 1
        if self._asked == 1:
            return {"type": "lifespan.startup"}
        await self._stopping.wait()
        if self._asked > 2:
            await asyncio.Event().wait()  # there is no third event; the end of the lifespan cancels the wait
        return {"type": "lifespan.shutdown"}

    async def _send(self, message: Message) -> None:
        kind = message["type"]
        following = LIFESPAN_SEND[self._state].get(kind)
        if following is None:
            raise RuntimeError(explain(LIFESPAN_SEND, self._state, kind))
        self._state = following
        if kind.endswith(".failed"):
            self._failure = message.get("message", "")
        self._news.set()
