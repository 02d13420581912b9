"""What `call_next` does, and the response that it gives."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from webfoot.asgi.types import ASGIApp, Message, Receive, Scope, Send
from webfoot.web.exceptions import ClientDisconnect
from webfoot.web.middleware.cancel_on_disconnect import LEFT_KEY
from webfoot.web.middleware.held_application import HeldApplication
from webfoot.web.requests import Request
from webfoot.web.responses.streaming import StreamingResponse
from webfoot.web.responses.whole import Response
from webfoot.web.threads.job import carry_over


class Calls:
    """The calls that one dispatch made, mostly one."""

    __slots__ = ("_app", "_made", "_send", "_task", "left")

    def __init__(self, app: ASGIApp, send: Send) -> None:
        self.left: ClientDisconnect | None = None  # raised to the middleware: the client is gone, nobody is to blame
        self._app = app
        self._send = send
        self._task = asyncio.current_task()
        self._made: list[HeldApplication] = []

    async def call_next(self, request: Request[Any]) -> Response:
        """Run the application until its response starts. RuntimeError when it ends without one."""
        if request.has_form:
            await request.hand_on_form()
        inner = HeldApplication(self._app, request, self._send, in_own_task=self._leaves_too_early())
        if inner.context is not None and (task := asyncio.current_task()) is not self._task:
            inner.called_in = task
        self._made.append(inner)
        try:
            start = await inner.advance()
        finally:
            if inner.context is not None:
                carry_over(inner.context)
        if start is None:
            if inner.was_told or request.scope.get(LEFT_KEY):
                self.left = ClientDisconnect("the client left, so there is no response")
                raise self.left
            raise RuntimeError("No response returned.")
        return InnerResponse(inner, start)

    def _leaves_too_early(self) -> bool:
        """Whether what `call_next` stands in may be over before the application is, and must not be around it: another
        task (`asyncio.wait_for` in Python 3.11), or a scope of anyio, of which the last entered has to be left first.
        """
        task = asyncio.current_task()
        if task is not self._task:
            return True
        # anyio has no public way to ask which scopes a task has entered: `get_current_effective_deadline` knows of
        # timeouts and not of task groups. Should the name go, scopes around `call_next` would no longer be noticed (and
        # TestCallNextWithinSomething would say so); nothing else would change.
        states = getattr(sys.modules.get("anyio._backends._asyncio"), "_task_states", None)
        return states is not None and getattr(states.get(task), "cancel_scope", None) is not None

    async def finish(self) -> None:
        """Let the application come to its end: its background tasks, or all that a middleware did not wait for."""
        for inner in self._made:
            await inner.wait_for_call()
            await inner.finish()

    async def break_off(self, exc: BaseException) -> None:
        for inner in self._made:
            if isinstance(exc, Exception):
                await inner.wait_for_call()
                await inner.finish()
            else:  # cancelled: the application learns of it where it stands, as it would within one call stack
                await inner.wait_for_call(cancel=True)
                await inner.run_to_end(exc)


class InnerResponse(StreamingResponse):
    """The application's response as the middleware sees it: status and headers are known, the body is to come."""

    def __init__(self, inner: HeldApplication, start: Message) -> None:
        self.status_code = start["status"]
        self.raw_headers = list(start.get("headers", ()))
        self.background = None
        self._inner = inner
        self._start = start
        self._body: Any = None

    @property
    def body_iterator(self) -> Any:
        if self._body is None:
            self._body = self._inner.chunks()
        return self._body

    @body_iterator.setter
    def body_iterator(self, body: Any) -> None:
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._body is not None:
            await super().__call__(scope, receive, send)
            return
        start = {**self._start, "status": self.status_code, "headers": self.raw_headers}
        await self._inner.pass_on(start, send)
        if self.background is not None:
            await self.background()
