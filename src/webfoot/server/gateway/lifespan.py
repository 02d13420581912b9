"""ASGI lifespan 2.0: tell the application that the worker starts and stops, and hear whether it agrees.

What `auto` decides when the application does not answer lifespan.startup:

    it raised or returned before it asked for an event    it does not know the protocol: serve without
    it sent an event of another protocol                   the same
    it returned without an answer                           the same
    it took lifespan.startup for a part of a request        the same
    it took lifespan.startup and raised something else      start-up failed

`on` takes each of them for a failed start-up, `off` does not call the application at all.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from webfoot.asgi.states import LIFESPAN_RECEIVE, LIFESPAN_SEND, explain
from webfoot.asgi.types import ASGIApp, Message, Scope
from webfoot.server.settings.frames import own_frames, place_of
from webfoot.server.settings.places import place_of_task

log = logging.getLogger("webfoot")

SHUTDOWN_FAILED = "the application failed to shut down"

_OF_REQUESTS = ("body", "more_body", "method", "path", "raw_path", "query_string", "headers", "bytes", "text")
"""What an application looks for that never asked which protocol it is spoken to in: a KeyError."""


class StartupFailed(Exception):
    """The application cannot start. `str()` is one sentence; `traceback` is the application's own, where it has one."""

    def __init__(self, sentence: str, traceback: str = "") -> None:
        super().__init__(sentence)
        self.traceback = traceback


class ApplicationExit(Exception):
    """Stands for a SystemExit of the application, which asyncio would let tear the event loop down."""


class Lifespan:
    """One conversation with the application, as long as the worker lives.

    `state` is what the application leaves for its requests; the server hands a shallow copy to each. `task`: of the
    application, once it was called. `stood_at`: where the application was in its start or shutdown when that was cut
    off.
    """

    def __init__(self, app: ASGIApp, mode: str) -> None:
        self.state: dict[str, Any] = {}
        self.stood_at = ""
        self._app = app
        self._mode = mode
        self._may_send = "startup"
        self._may_receive = "startup"
        self._failure: str | None = None
        self.shutdown_failed = False
        self._foreign = False
        self._answered = asyncio.Event()
        self._stopping = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    async def startup(self) -> None:
        """Returns when requests may be served; raises StartupFailed. Cancelling it cancels the application's part."""
        if self._mode == "off":
            return
        self.task = asyncio.create_task(self._converse(), name="webfoot lifespan")
        self.task.add_done_callback(_error_of)  # so that asyncio does not call an error unseen that we chose to drop
        try:
            await self._answer(self.task)
        except asyncio.CancelledError:
            self.stood_at = place_of_task(self.task)
            await self.abandon()
            raise
        if self._may_send == "running":
            self.task.add_done_callback(self._ended)
        elif self._failure is not None:
            raise await self._refused(self._failure)
        else:
            self._judge_silence(self.task)

    async def shutdown(self) -> None:
        """Tell the application to clean up and wait until it has. What fails is logged; there is nobody left to act.

        How long that may take is for the caller to say: cancelling this cancels the application's part.
        """
        task = self.task
        if task is None or task.done():
            return
        task.remove_done_callback(self._ended)
        self._answered.clear()
        self._stopping.set()
        try:
            if self._may_send == "running":
                await self._answer(task)
            # code after the application's last event is part of its clean-up
            await asyncio.wait({task})
        except asyncio.CancelledError:
            self.stood_at = place_of_task(task)
            await self.abandon()
            raise
        self.shutdown_failed = _error_of(task) is not None or self._failure is not None
        if _error_of(task) is not None:
            self._log_error(task, SHUTDOWN_FAILED)
        elif self._failure is not None:
            log.error("%s: %s", SHUTDOWN_FAILED, self._failure)

    async def abandon(self) -> None:
        """End the conversation without waiting for the application's consent."""
        if self.task is not None and not self.task.done():
            self.task.remove_done_callback(self._ended)
            self.task.cancel()
            await asyncio.wait({self.task}, timeout=1)

    async def _converse(self) -> None:
        scope: Scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        try:
            await self._app(scope, self._receive, self._send)
        except SystemExit as exit:
            raise ApplicationExit from exit

    async def _receive(self) -> Message:
        event = "lifespan.startup" if self._may_receive == "startup" else "lifespan.shutdown"
        if event == "lifespan.shutdown":
            if self._may_send == "startup":
                # To wait here would be to wait for ever: shutdown comes only after the start that this call holds up.
                self._foreign = True
                raise RuntimeError("receive() was called again before lifespan.startup was answered")
            await self._stopping.wait()
        self._may_receive = LIFESPAN_RECEIVE[self._may_receive].get(event, "done")
        return {"type": event}

    async def _send(self, message: Message) -> None:
        event = str(message.get("type"))
        following = LIFESPAN_SEND[self._may_send].get(event)
        if following is None:
            self._foreign = not event.startswith("lifespan.")
            raise RuntimeError(explain(LIFESPAN_SEND, self._may_send, event))
        if event.endswith(".failed"):
            self._failure = str(message.get("message", ""))
        self._may_send = following
        self._answered.set()

    async def _answer(self, task: asyncio.Task[None]) -> None:
        """Until the application has sent its next event, or has ended."""
        answer = asyncio.ensure_future(self._answered.wait())
        try:
            await asyncio.wait({task, answer}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            answer.cancel()

    async def _refused(self, message: str) -> StartupFailed:
        """What lifespan.startup.failed means in words. Frameworks put a whole traceback into its message."""
        assert self.task is not None
        await asyncio.wait({self.task}, timeout=1)
        error = _error_of(self.task)
        await self.abandon()
        lines = message.strip().splitlines()
        if error is not None:
            return _failed(error)
        return StartupFailed(
            f"the application failed to start: {lines[-1] if lines else 'it gave no reason'}",
            message if len(lines) > 1 else "",
        )

    def _judge_silence(self, task: asyncio.Task[None]) -> None:
        error = _error_of(task)
        foreign = self._foreign or (isinstance(error, KeyError) and error.args[0] in _OF_REQUESTS)
        took_part = self._may_receive != "startup" and error is not None and not foreign
        if self._mode == "auto" and not took_part:
            log.debug("the application does not support the lifespan protocol; serving without it")
        elif error is not None:
            raise _failed(error)
        else:
            raise StartupFailed("the application failed to start: it returned without answering lifespan.startup")

    def _ended(self, task: asyncio.Task[None]) -> None:
        """The conversation ended while requests are served. To return early is legal, to raise is worth a line."""
        self._log_error(task, "the application's lifespan failed while serving")

    def _log_error(self, task: asyncio.Task[None], what: str) -> None:
        error = _error_of(task)
        if error is not None:
            log.error("%s%s: %s\n%s", what, _at(error), _summary(error), own_frames(error).rstrip())


def _error_of(task: asyncio.Task[None]) -> BaseException | None:
    if not task.done():
        return None
    if task.cancelled():
        return asyncio.CancelledError("the application cancelled its own lifespan")
    error = task.exception()
    return error.__cause__ if isinstance(error, ApplicationExit) else error


def _failed(error: BaseException) -> StartupFailed:
    failure = StartupFailed(f"the application failed to start{_at(error)}: {_summary(error)}", own_frames(error))
    failure.__cause__ = error
    return failure


def _at(error: BaseException) -> str:
    place = place_of(error)
    return f" at {place}" if place else ""


def _summary(error: BaseException) -> str:
    return ": ".join([type(error).__name__, *str(error).splitlines()[:1]])
