"""Middleware as a function of request and response: `dispatch(request, call_next)`.

The application behind `call_next` is not a second task. It is a coroutine that this one runs itself, and that stops
at its first `send` until the middleware has decided about the response. So context variables are the same ones on both
sides, an exception comes out of `call_next` as if it had been called directly, and once the response is on its
way the application sends straight to the server.
"""

from __future__ import annotations

import asyncio
import types
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from typing import Any, Literal, TypeAlias

from webfoot.asgi.types import ASGIApp, ClientDisconnected, Message, Receive, Scope, Send
from webfoot.web.requests import Request
from webfoot.web.responses.streaming import StreamingResponse
from webfoot.web.responses.whole import Response

RequestResponseEndpoint: TypeAlias = Callable[[Request[Any]], Awaitable[Response]]
DispatchFunction: TypeAlias = Callable[[Request[Any], RequestResponseEndpoint], Awaitable[Response]]


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
            raise
        await calls.finish()

    async def dispatch(self, request: Request[Any], call_next: RequestResponseEndpoint) -> Response:
        raise NotImplementedError(f"{type(self).__name__} has no dispatch(request, call_next)")


class _Calls:
    """The calls that one dispatch made, mostly one."""

    __slots__ = ("_app", "_made", "_send")

    def __init__(self, app: ASGIApp, send: Send) -> None:
        self._app = app
        self._send = send
        self._made: list[_Inner] = []

    async def call_next(self, request: Request[Any]) -> Response:
        """Run the application until its response starts. RuntimeError when it ends without one."""
        inner = _Inner(self._app, request, self._send)
        self._made.append(inner)
        start = await inner.advance()
        if start is None:
            raise RuntimeError("No response returned.")
        return _InnerResponse(inner, start)

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

    # Not in slots but on the class: most requests never set the last three.
    ended = False
    held: Message | None = None
    _mode: Literal["hold", "pass", "drop"] = "hold"
    _stepping = False  # whether it is this coroutine that runs now, and not a task that it has started
    _target: Send
    _waits_for: object = None
    _waiter: asyncio.Future[None] | None = None
    _parked: asyncio.Future[None] | None = None

    def __init__(self, app: ASGIApp, request: Request[Any], send: Send) -> None:
        self._outer_send = send
        called = app(request.scope, _body_again(request), self.send)
        self._coroutine: Coroutine[Any, Any, None] = called if type(called) is types.CoroutineType else _awaited(called)

    async def send(self, message: Message) -> None:
        if self._mode == "pass":
            await self._target(message)
        elif message["type"] not in ("http.response.start", "http.response.body"):
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
                except asyncio.CancelledError:
                    # As when a task is cancelled: what it waits for is cancelled, and the outcome comes from there.
                    if not future.cancel():
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


def _body_again(request: Request[Any]) -> Receive:
    """`receive` for the application: a body that the middleware has read is there for it once more."""
    if request._body is None and not request._stream_consumed:
        return request.receive
    given = False

    async def receive() -> Message:
        nonlocal given
        if given or request._is_disconnected:
            return await request.receive()
        given = True
        return {"type": "http.request", "body": request._body or b"", "more_body": False}

    return receive


def _name(func: Callable[..., Any]) -> str:
    return getattr(func, "__qualname__", None) or type(func).__name__
