"""Which handler answers an exception, and the answering itself.

Handlers are named by status code (for HTTPException) or by exception class; the nearest class in the exception's MRO
decides. Two places answer: around each endpoint, so that a route's own middleware sees a response, and around the
router, for what middleware of routes and the router itself raise.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from webfoot.asgi.types import Receive, Scope, Send
from webfoot.trail.trail import TRAIL_KEY
from webfoot.web.answering.answers import Answers
from webfoot.web.callables import full_name_of, is_async_callable
from webfoot.web.exceptions import HTTPException, WebSocketException
from webfoot.web.middleware.seam import mark_handled
from webfoot.web.requests import Request
from webfoot.web.responses.whole import PlainTextResponse, Response
from webfoot.web.threads import run_in_threadpool

if TYPE_CHECKING:
    from webfoot.web.websockets import WebSocket

RequestHandler: TypeAlias = Callable[[Request[Any], Any], Response | Awaitable[Response]]
SocketHandler: TypeAlias = Callable[["WebSocket[Any]", Any], Response | Awaitable[Response | None] | None]
ExceptionHandler: TypeAlias = RequestHandler | SocketHandler
"""Takes what the exception came from. One that may be needed for a WebSocket as well gets that."""


class ExceptionHandlers:
    """The handlers of one application, looked up by exception."""

    __slots__ = ("by_class", "by_status")

    def __init__(self, handlers: Mapping[Any, ExceptionHandler] | None = None) -> None:
        self.by_status: dict[int, ExceptionHandler] = {}
        self.by_class: dict[type[BaseException], ExceptionHandler] = {
            HTTPException: http_exception,
            WebSocketException: websocket_exception,
        }
        for key, handler in (handlers or {}).items():
            self.add(key, handler)

    def add(self, key: int | type[Exception], handler: ExceptionHandler) -> None:
        check_handler(key, handler)
        if isinstance(key, int):
            self.by_status[key] = handler
        else:
            self.by_class[key] = handler

    def find(self, exc: Exception) -> ExceptionHandler | None:
        if isinstance(exc, HTTPException):
            handler = self.by_status.get(exc.status_code)
            if handler is not None:
                return handler
        for cls in type(exc).__mro__:
            handler = self.by_class.get(cls)
            if handler is not None:
                return handler
        return None


def check_handler(key: object, handler: object) -> None:
    """TypeError, in one sentence, for what could never handle anything."""
    if not isinstance(key, int) and not (isinstance(key, type) and issubclass(key, Exception)):
        raise TypeError(f"an exception handler is for a status code or an exception class, not for {key!r}")
    if not callable(handler):
        raise TypeError(f"the exception handler for {key!r} has to be a function, not {handler!r}")


async def answer_exception(exc: Exception, request: Request[Any], receive: Receive, send: Send) -> bool:
    """Let the application's handler for `exc` answer. False when there is none, so the exception has to go on.

    RuntimeError when there is one and the response has already started: nobody can take that back.
    """
    scope = request.scope
    answers = Answers.of(scope)
    handler = None if answers is None or answers.handlers is None else answers.handlers.find(exc)
    if answers is None or handler is None:
        return False
    if answers.started:
        raise RuntimeError(
            f"{type(exc).__name__} would be answered by {full_name_of(handler)}, but the response has already started"
        ) from exc
    response = await call_handler(handler, request, exc)
    if TRAIL_KEY in scope:
        mark_handled(scope, exc, full_name_of(handler), getattr(response, "status_code", None))
    if response is not None:
        if not callable(response):
            raise no_response(full_name_of(handler), response) from exc
        await response(scope, receive, send)
    return True


async def call_handler(
    handler: ExceptionHandler, request: Request[Any] | WebSocket[Any], exc: Exception
) -> Response | None:
    """What a handler, sync or async, has to say."""
    if is_async_callable(handler):
        return await cast("Awaitable[Response]", handler(request, exc))  # type: ignore[arg-type]
    return cast("Response", await run_in_threadpool(handler, request, exc))  # type: ignore[arg-type]


def no_response(name: str, given: object) -> TypeError:
    """What is wrong with an endpoint, or a handler, of this name that gave something else."""
    found = "nothing: is a `return` missing?" if given is None else f"{type(given).__name__}, which is none"
    return TypeError(f"{name} has to return a Response, and it returned {found}")


async def http_exception(request: Request[Any], exc: HTTPException) -> Response:
    """An HTTPException as plain text, when the application has nothing else in mind."""
    return plain_answer(exc)


def refusal(exc: HTTPException, scope: Scope) -> Response:
    """For what may stand alone as an application. Inside of one, which has handlers, `exc` is raised."""
    if "app" in scope:
        raise exc
    return plain_answer(exc)


def method_not_allowed(methods: Iterable[str], scope: Scope) -> Response:
    """As `refusal`, with the methods that are allowed (RFC 9110 section 15.5.6)."""
    return refusal(HTTPException(405, headers={"Allow": ", ".join(sorted(methods))}), scope)


def plain_answer(exc: HTTPException) -> Response:
    if exc.status_code in (204, 304):  # these have no content (RFC 9110 sections 15.3.5 and 15.4.5)
        return Response(status_code=exc.status_code, headers=exc.headers)
    return PlainTextResponse(exc.detail, status_code=exc.status_code, headers=exc.headers)


async def websocket_exception(websocket: WebSocket[Any], exc: WebSocketException) -> None:
    """A WebSocketException ends the WebSocket, if it has not ended yet. In a request it means nothing."""
    if websocket.scope["type"] != "websocket":
        raise exc
    if websocket.application_state.name != "DISCONNECTED":
        await websocket.close(exc.code, exc.reason)
