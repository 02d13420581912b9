"""The application behind `call_next`: a coroutine that the middleware's task runs itself, step by step. It stops at its
first `send` until the middleware has decided about the response.
"""

from __future__ import annotations

import asyncio
import types
from collections.abc import AsyncIterator, Awaitable, Coroutine, Generator
from contextvars import Context, copy_context
from typing import Any, Final, Literal

from webfoot.asgi.types import ASGIApp, ClientDisconnected, Message, Send
from webfoot.web.requests import Request
from webfoot.web.responses.reading import read_pieces

# What a response is made of, and the middleware's to see; a file by its path is all of the body.
_PARTS: Final = ("http.response.start", "http.response.body", "http.response.pathsend")


class HeldApplication:
    """The application behind `call_next`, as a coroutine that stops in `send`.

    Implements `webfoot.trail.elsewhere.Stepping`, so that it is found where the application waits.

    "hold": each message of the response stops it; "pass": messages go to `target`; "drop": nobody wants them.
    """

    # Not in slots but on the class: most requests never set most of them.
    ended = False
    was_told = False  # that the client has gone
    held: Message | None = None
    _mode: Literal["hold", "pass", "drop"] = "hold"
    _stepping = False  # whether it is this coroutine that runs now, and not a task that it has started
    _target: Send
    waits_for: object = None
    _waiter: asyncio.Future[None] | None = None
    _parked: asyncio.Future[None] | None = None
    _gave_body = False
    context: Context | None = None  # of the application's own task, if it has one
    called_in: asyncio.Task[Any] | None = None  # where call_next runs, if it is not the middleware's task
    copies_context = False  # whether context variables of the application are its own, as Starlette's are

    def __init__(self, app: ASGIApp, request: Request[Any], send: Send, *, in_own_task: bool) -> None:
        self._outer_send = send
        self._request = request
        called = app(request.scope, self.receive, self.send)
        coroutine: Coroutine[Any, Any, None] = called if type(called) is types.CoroutineType else _awaited(called)
        if in_own_task:
            self.context = copy_context()
            coroutine = _in_own_task(coroutine, self.context)
        self.stepped: Coroutine[Any, Any, None] | _InContext = coroutine
        if self.copies_context:
            self.stepped = _InContext(coroutine, copy_context())

    async def receive(self) -> Message:
        """A body that the middleware has read is there once more; of one that it has begun, the rest."""
        message = None if self._gave_body else self._request.body_again()
        if message is None:
            message = await self._request.receive_for_app()
        if message["type"] == "http.disconnect":
            self.was_told = True
        self._gave_body = self._gave_body or not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        if self._mode == "pass":
            await self._target(message)
        elif message["type"] == "http.response.trailers":
            pass  # the middleware has taken the body; what it sends in its place did not promise any
        elif message["type"] not in _PARTS:
            await self._outer_send(message)  # early hints and the like are no part of the response
        elif self._mode == "drop":
            self._drop(message)
        else:
            self.held = message
            await (self._stop() if self._stepping else self._park())
            await self._go_on(message)

    @types.coroutine
    def _stop(self) -> Generator[object, None, None]:
        yield self  # to `advance`, which knows it: a middleware further out may run this one as its application

    async def _park(self) -> None:
        """Stop a task of the application's own: it waits, and the middleware's task is told to look."""
        self._parked = asyncio.get_running_loop().create_future()
        self._wake()
        await self._parked

    async def _go_on(self, message: Message) -> None:
        """After a stop: what is to be done with the message by now depends on what the middleware made of it."""
        if self._mode == "pass":
            await self._target(self.held or message)
        elif self._mode == "drop":
            self._drop(message)

    def _drop(self, message: Message) -> None:
        # An ordinary response may end in peace, and what comes after it. A stream may have no end, so it hears the
        # truth: nobody listens.
        if message.get("more_body", False):
            raise ClientDisconnected("a middleware answered in place of this response")

    @types.coroutine
    def advance(self, error: BaseException | None = None) -> Generator[Any, Any, Message | None]:
        """Run on to the next stop and give the message held there; None at the end. `error` is raised at the stop."""
        if self._parked is not None:
            parked, self._parked = self._parked, None
            if not parked.done():
                parked.set_result(None)
        while True:
            if self.waits_for is None or error is not None:
                self._stepping = True
                try:
                    waits_for: object = self.stepped.send(None) if error is None else self.stepped.throw(error)
                except StopIteration:
                    self.ended = True
                    return None
                except BaseException:
                    self.ended = True
                    raise
                finally:
                    self._stepping = False
                error = None
                if waits_for is self:
                    return self.held
                self.waits_for = waits_for
            try:
                if self._mode == "hold" and isinstance(self.waits_for, asyncio.Future):
                    done = yield from self._wait(self.waits_for)
                    if not done:
                        return self.held
                else:
                    yield self.waits_for  # to the event loop, as `await` would
            except BaseException as exc:
                error = exc
            self.waits_for = None

    def _wait(self, future: asyncio.Future[Any]) -> Generator[Any, Any, bool]:
        """Wait for what the application waits for, or until one of its own tasks is parked. Which: is it done?"""
        future.add_done_callback(self._wake)
        try:
            while not future.done() and self._parked is None:
                self._waiter = asyncio.get_running_loop().create_future()
                try:
                    yield from self._waiter
                except asyncio.CancelledError as exc:
                    # As when a task is cancelled: what it waits for is cancelled, and the outcome comes from there,
                    # with the message by which anyio knows its own cancellations.
                    if not future.cancel(*exc.args[:1]):
                        raise
        finally:
            future.remove_done_callback(self._wake)
        return self._parked is None

    def _wake(self, _: object = None) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def pass_on(self, start: Message, target: Send) -> None:
        """Send the held start as `start`, and from now on all messages, to `target`; run to the end."""
        self._mode, self._target, self.held = "pass", target, start
        await self.advance()

    async def wait_for_call(self, *, cancel: bool = False) -> None:
        """Only one may run the application on: a call_next that the middleware has left behind in a task comes first.

        It ends with the start of the response, or with what the application makes of being cancelled.
        """
        task = self.called_in
        if task is not None and not task.done():
            if cancel:
                task.cancel()
            await asyncio.wait((task,))

    async def run_to_end(self, error: BaseException | None = None) -> None:
        while not self.ended:
            await self.advance(error)
            error = None

    async def finish(self) -> None:
        if self.ended:
            return
        self._mode = "drop"
        try:
            await self.run_to_end()
        except ClientDisconnected:
            pass

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body, for a middleware that wants to read or change it. Stops at its end, before background tasks."""
        more = True
        while more:
            message = await self.advance()
            if message is None:
                return
            if message["type"] == "http.response.pathsend":  # the server would have read it
                async for piece in read_pieces(message["path"]):
                    yield piece
                return
            more = message.get("more_body", False)
            body: bytes = message.get("body", b"")
            if body:
                yield body


class _InContext:
    """A coroutine that runs in `context`, though it is stepped from another one."""

    __slots__ = ("_context", "_coroutine")

    def __init__(self, coroutine: Coroutine[Any, Any, None], context: Context) -> None:
        self._coroutine = coroutine
        self._context = context

    def send(self, value: None) -> Any:
        return self._context.run(self._coroutine.send, value)

    def throw(self, error: BaseException) -> Any:
        return self._context.run(self._coroutine.throw, error)


async def _awaited(awaitable: Awaitable[None]) -> None:
    await awaitable


async def _in_own_task(coroutine: Coroutine[Any, Any, None], context: Context) -> None:
    """For an application that one task begins and another ends, say: its timeouts, scopes and task groups belong to the
    task that entered them.
    """
    task = asyncio.get_running_loop().create_task(coroutine, context=context)
    try:
        await task
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait((task,))
