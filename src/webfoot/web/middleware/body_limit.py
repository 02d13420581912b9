"""How large a request's body may be: `max_body_size` of applications, routers, mounts and routes, and as a middleware.

The limit nearest to the endpoint counts, be it larger or smaller than those around it. So a layer cannot refuse at
once what is too large for itself: its limit travels in the scope, and is held against content-length where nothing
nearer can follow (`settle`), and against the bytes whenever somebody reads some.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import ClassVar, Final

from webfoot.asgi.types import ASGIApp, Message, Receive, Scope, Send
from webfoot.web.answering.answers import Answers
from webfoot.web.answering.handlers import answer_exception
from webfoot.web.decisions import decided, is_watched
from webfoot.web.exceptions import HTTPException
from webfoot.web.middleware.order import Middleware
from webfoot.web.requests import Request
from webfoot.web.responses.whole import PlainTextResponse

BODY_LIMIT_KEY: Final = "webfoot.body_limit"
"""Scope key of the `BodyLimit` of this request; absent where nobody set one."""

_DIGITS_OF_A_LENGTH: Final = 19


class RequestBodyTooLarge(HTTPException):
    """The body exceeds `limit` bytes: 413 Content Too Large (RFC 9110 section 15.5.14).

    was_declared: by its content-length, before anything of it was read.
    """

    def __init__(self, limit: int, *, was_declared: bool = False) -> None:
        super().__init__(413, "Content Too Large")
        self.limit = limit
        self.was_declared = was_declared


class BodyLimit:
    """What one request may bring, and what it has brought.

    declared: its content-length, 0 without one. taken: the bytes that somebody has read so far. was_exceeded: somebody
    was told so, by a RequestBodyTooLarge out of `receive`.
    """

    taken = 0
    is_settled = False
    was_exceeded = False

    def __init__(self, scope: Scope, receive: Receive, limit: int) -> None:
        self._scope = scope
        self._receive = receive
        self.limit = limit
        self.declared = _declared_length(scope)

    def settle(self, nearest: int | None = None) -> None:
        """From here on no nearer limit is expected. Raises RequestBodyTooLarge before anything is read."""
        if nearest is not None:
            self.limit = nearest
        self.is_settled = True
        self._check()

    def replace(self, limit: int) -> None:
        """By that of a layer nearer to the endpoint."""
        self.limit = limit
        if self.is_settled:
            self._check()

    async def receive(self) -> Message:
        self._check()
        message = await self._receive()
        size = len(message.get("body", b""))
        if size:
            self.taken += size
            self._check()
        return message

    def _check(self) -> None:
        if self.declared > self.limit or self.taken > self.limit:
            if is_watched(self._scope) and not self.was_exceeded:
                self._tell()
            self.was_exceeded = True
            raise self.refusal()

    def refusal(self) -> RequestBodyTooLarge:
        return RequestBodyTooLarge(self.limit, was_declared=self.declared > self.limit)

    def _tell(self) -> None:
        declared = self.declared > self.limit
        size = f"content-length says {self.declared} bytes" if declared else f"{self.taken} bytes of it have come"
        decided(self._scope, "max_body_size", f"refused the body, because {size} and {self.limit} are allowed", 413)


class RequestBodyLimitMiddleware:
    """Answers 413 to requests whose body has more than `max_body_size` bytes.

    Goes by content-length before the application is called, and always counts what is read. Around an application of
    another kind, a 500 that it makes of the refusal becomes the 413 that it is.
    """

    holds_limits: ClassVar = True

    def __init__(self, app: ASGIApp, max_body_size: int) -> None:
        if check_limit(max_body_size) is None:
            raise ValueError("RequestBodyLimitMiddleware needs a limit: max_body_size=10_000_000, say")
        self.app = app
        self.max_body_size = max_body_size
        self._may_hold_nearer = may_hold_nearer(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit: BodyLimit | None = scope.get(BODY_LIMIT_KEY)
        if limit is not None:
            limit.replace(self.max_body_size)
            await self._call(limit, scope, receive, send)
            return
        limit = scope[BODY_LIMIT_KEY] = BodyLimit(scope, receive, self.max_body_size)
        try:
            await self._call(limit, scope, limit.receive, send)
        except RequestBodyTooLarge as exc:
            await _refuse(exc, scope, receive, send)
        finally:
            scope.pop(BODY_LIMIT_KEY, None)  # they would hold each other

    async def _call(self, limit: BodyLimit, scope: Scope, receive: Receive, send: Send) -> None:
        if Answers.of(scope) is None:
            await call_within(limit, self.app, scope, receive, send, is_nearest=not self._may_hold_nearer)
            return
        mounted = getattr(scope.get("route"), "mounted", None)
        if mounted is None or (self._may_hold_nearer and mounted() is not None):  # before our routing, or amid of it
            await self.app(scope, receive, send)
        elif mounted() is None:  # one endpoint; our handlers answer what it raises
            limit.settle()
            await self.app(scope, receive, send)
        else:
            await call_within(limit, self.app, scope, receive, send)


async def call_within(
    limit: BodyLimit, app: ASGIApp, scope: Scope, receive: Receive, send: Send, *, is_nearest: bool = True
) -> None:
    """Call an application that knows nothing of our exceptions. RequestBodyTooLarge where it fails because of one."""
    if is_nearest:
        limit.settle()
    shield = _Shield(limit, send)
    try:
        await app(scope, receive, shield.send)
    except Exception as exc:
        if not limit.was_exceeded:
            raise
        if not shield.started:
            raise limit.refusal() from exc
        if isinstance(exc, RequestBodyTooLarge):
            raise RuntimeError("the body turned out to be too large when the response had already started") from exc
        raise
    if shield.dropped:
        raise limit.refusal()


class _Shield:
    """The `send` of such an application. A 5xx after the refusal is not sent: nothing failed but the client's body."""

    __slots__ = ("_limit", "_send", "dropped", "started")

    def __init__(self, limit: BodyLimit, send: Send) -> None:
        self._limit = limit
        self._send = send
        self.started = self.dropped = False

    def send(self, message: Message) -> Awaitable[None]:
        # Handing on what the inner `send` gives to await spares a coroutine for each message.
        if not self.started and message["type"] == "http.response.start":
            self.dropped = self._limit.was_exceeded and message["status"] >= 500
            self.started = not self.dropped
        return _drop(message) if self.dropped else self._send(message)


async def _drop(message: Message) -> None: ...


async def _refuse(exc: RequestBodyTooLarge, scope: Scope, receive: Receive, send: Send) -> None:
    """By the application's handler if there is one. Raises when a response has started already."""
    answers = Answers.of(scope)
    if not await answer_exception(exc, Request(scope, receive, send), receive, send):
        if answers is not None and answers.started:
            raise exc
        await PlainTextResponse(exc.detail, status_code=413)(scope, receive, send)


def check_limit(max_body_size: int | None) -> int | None:
    """Raises ValueError for what is neither None nor a number of bytes."""
    if max_body_size is not None and (type(max_body_size) is not int or max_body_size < 0):
        raise ValueError(f"max_body_size is a number of bytes, 0 or more, not {max_body_size!r}")
    return max_body_size


def limited(max_body_size: int | None, middleware: Sequence[Middleware] | None) -> Sequence[Middleware] | None:
    """`middleware` with the limit around it, for who takes `max_body_size` as an option."""
    if max_body_size is None:
        return middleware
    return [Middleware(RequestBodyLimitMiddleware, max_body_size=max_body_size), *(middleware or ())]


def may_hold_nearer(app: object) -> bool:
    """Whether `app`, or one of its layers as far as they can be seen through by their `app`, has limits of its own. It
    says so by `holds_limits`.
    """
    while app is not None:
        if getattr(app, "holds_limits", False) is True:
            return True
        app = getattr(app, "app", None)
    return False


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:_DIGITS_OF_A_LENGTH])  # enough for any limit, and int() refuses thousands of digits
    return 0
