"""Middleware as a function of request and response: `dispatch(request, call_next)`.

The application behind `call_next` is not a second task. It is a coroutine that this one runs itself, and that stops
at its first `send` until the middleware has decided about the response. So context variables are the same ones on both
sides, an exception comes out of `call_next` as if it had been called directly, and once the response is on its
way the application sends straight to the server.
"""

from __future__ import annotations

import asyncio
import sys
import types
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from contextvars import Context, copy_context
from typing import Any, Final, Literal, TypeAlias

from webfoot.asgi.types import ASGIApp, ClientDisconnected, Message, Receive, Scope, Send
from webfoot.web.disconnect import LEFT_KEY
from webfoot.web.exceptions import ClientDisconnect
from webfoot.web.requests import Request
from webfoot.web.responses.reading import read_pieces
from webfoot.web.responses.streaming import StreamingResponse
from webfoot.web.responses.whole import Response
from webfoot.web.threads.job import carry_over

RequestResponseEndpoint: TypeAlias = Callable[[Request[Any]], Awaitable[Response]]
DispatchFunction: TypeAlias = Callable[[Request[Any], RequestResponseEndpoint], Awaitable[Response]]

# What a response is made of, and the middleware's to see; a file by its path is all of the body.
_PARTS: Final = ("http.response.start", "http.response.body", "http.response.pathsend")


class BaseHTTPMiddleware:
    """Subclass it and write `dispatch`, or give the function as `dispatch=`."""

    def __init__(self, app: ASGIApp, dispatch: DispatchFunction | None = None) -> None:
        self.app = app
        self.dispatch_func: DispatchFunction = self.dispatch if dispatch is None else dispatch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        calls = _Calls(self.app, send)
        try:
            response = await self.dispatch_func(Request(scope, receive, send), calls.call_next)
            if response is None:
                raise TypeError(f"{_name(self.dispatch_func)} returned None where a response is needed")
            await response(scope, receive, send)
        except BaseException as exc:
            await calls.break_off(exc)
            if exc is calls.left:
                return
            raise
        await calls.finish()

    async def dispatch(self, request: Request[Any], call_next: RequestResponseEndpoint) -> Response:
        raise NotImplementedError(f"{type(self).__name__} has no dispatch(request, call_next)")


class _Calls:
    """The calls that one dispatch made, mostly one."""

    __slots__ = ("_app", "_made", "_send", "_task", "left")

    def __init__(self, app: ASGIApp, send: Send) -> None:
        self.left: ClientDisconnect | None = None  # raised to the middleware: the client is gone, nobody is to blame
        self._app = app
        self._send = send
        self._task = asyncio.current_task()
        self._made: list[_Inner] = []

    async def call_next(self, request: Request[Any]) -> Response:
        """Run the application until its response starts. RuntimeError when it ends without one."""
        if request._form is not None:
            await request.hand_on_form()
        inner = _Inner(self._app, request, self._send, in_own_task=self._leaves_too_early())
        self._made.append(inner)
        try:
            start = await inner.advance()
        finally:
            if inner.context is not None:
                carry_over(inner.context)
        if start is None:
            if request.scope.get(LEFT_KEY):
                self.left = ClientDisconnect("the client left, so there is no response")
                raise self.left
            raise RuntimeError("No response returned.")
        return _InnerResponse(inner, start)

    def _leaves_too_early(self) -> bool:
        """Whether what `call_next` stands in may be over before the application is, and must not be around it: another
        task (`asyncio.wait_for` in Python 3.11), or a scope of anyio, of which the last entered has to be left first.
        """
        task = asyncio.current_task()
        if task is not self._task:
            return True
        # There is no public way to ask. Where there is nothing of this name, nothing is asked.
        states = getattr(sys.modules.get("anyio._backends._asyncio"), "_task_states", None)
        return states is not None and getattr(states.get(task), "cancel_scope", None) is not None

    async def finish(self) -> None:
        """Let the application come to its end: its background tasks, or all that a middleware did not wait for."""
        for inner in self._made:
            await inner.finish()

    async def break_off(self, exc: BaseException) -> None:
        for inner in self._made:
            if isinstance(exc, Exception):
                await inner.finish()
            else:  # cancelled: the application learns of it where it stands, as it would within one call stack
                await inner.run_to_end(exc)


class _Inner:
    """The application behind `call_next`, as a coroutine that stops in `send`.

    "hold": each message of the response stops it; "pass": messages go to `target`; "drop": nobody wants them.
    """

    # Not in slots but on the class: most requests never set the last five.
    ended = False
    held: Message | None = None
    _mode: Literal["hold", "pass", "drop"] = "hold"
    _stepping = False  # whether it is this coroutine that runs now, and not a task that it has started
    _target: Send
    _waits_for: object = None
    _waiter: asyncio.Future[None] | None = None
    _parked: asyncio.Future[None] | None = None
    _gave_body = False
    context: Context | None = None  # of the application's own task, if it has one

    def __init__(self, app: ASGIApp, request: Request[Any], send: Send, *, in_own_task: bool) -> None:
        self._outer_send = send
        self._request = request
        called = app(request.scope, self.receive, self.send)
        coroutine: Coroutine[Any, Any, None] = called if type(called) is types.CoroutineType else _awaited(called)
        if in_own_task:
            self.context = copy_context()
            coroutine = _in_own_task(coroutine, self.context)
        self._coroutine = coroutine

    async def receive(self) -> Message:
        """A body that the middleware has read is there once more; of one that it has begun, the rest."""
        request = self._request
        if not self._gave_body and (request._body is not None or request._stream_ended):
            self._gave_body = True
            if request._is_disconnected:
                return {"type": "http.disconnect"}
            if request._taken_by_app:
                raise RuntimeError(
                    "call_next() was called again, and the body was read behind the first call: "
                    "`await request.body()` before the first makes it last."
                )
            return _whole_body(request)
        message = await request.receive()
        if message["type"] == "http.request":
            request._stream_consumed = True  # the middleware may not wait for what has been taken
            if not message.get("more_body", False):
                request._stream_ended = request._taken_by_app = self._gave_body = True
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
            if self._waits_for is None or error is not None:
                self._stepping = True
                try:
                    waits_for: object = self._coroutine.send(None) if error is None else self._coroutine.throw(error)
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
                self._waits_for = waits_for
            try:
                if self._mode == "hold" and isinstance(self._waits_for, asyncio.Future):
                    done = yield from self._wait(self._waits_for)
                    if not done:
                        return self.held
                else:
                    yield self._waits_for  # to the event loop, as `await` would
            except BaseException as exc:
                error = exc
            self._waits_for = None

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


class _InnerResponse(StreamingResponse):
    """The application's response as the middleware sees it: status and headers are known, the body is to come."""

    def __init__(self, inner: _Inner, start: Message) -> None:
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


def _whole_body(request: Request[Any]) -> Message:
    message = {"type": "http.request", "body": request._body or b"", "more_body": False}
    if request._trailers is not None:
        message["trailers"] = request._trailers.raw
    return message


def _name(func: Callable[..., Any]) -> str:
    return getattr(func, "__qualname__", None) or type(func).__name__
