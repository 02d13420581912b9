"""The outermost layer: whatever nobody handled becomes a 500, and goes on to the server's log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from webfoot.asgi.types import ASGIApp, ClientDisconnected, Message, Receive, Scope, Send
from webfoot.trail.trail import TRAIL_KEY
from webfoot.web.answering.answers import ANSWERS_KEY, Answers
from webfoot.web.answering.handlers import ExceptionHandler, call_handler
from webfoot.web.middleware.debug_page import html_traceback, plain_traceback
from webfoot.web.middleware.seam import mark_unhandled
from webfoot.web.requests import Request
from webfoot.web.responses.whole import HTMLResponse, PlainTextResponse, Response

ERROR_HEADERS_KEY: Final = "webfoot.error_headers"
"""Scope key under which a middleware leaves a function that adds its headers to the start of an error's answer, for
an exception that leaves that middleware takes its `send` with it. A browser, say, shows a 500 without CORS headers as
a network failure."""


class ServerErrorMiddleware:
    """Answers an unhandled exception and raises it again.

    `handler(request, exc)` makes the response; else it says "Internal Server Error", or with `debug` the traceback.
    When a response has already started (a stream, a background task) the handler is called all the same, and what it
    returns is dropped.
    """

    def __init__(self, app: ASGIApp, handler: ExceptionHandler | None = None, debug: bool = False) -> None:
        self.app = app
        self.handler = handler
        self.debug = debug

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answers = Answers(send).enter(scope)
        # Left by a middleware around this application: it adds them itself, to whatever is sent here.
        outer_headers = scope.pop(ERROR_HEADERS_KEY, None)
        try:
            await self.app(scope, receive, answers.send)
        except Exception as exc:
            if TRAIL_KEY in scope:
                mark_unhandled(scope, "ServerErrorMiddleware", exc)  # before the answer, as it is the reason for that
            # To a client that has gone nothing can be answered, and there is nothing that a handler should report.
            if not isinstance(exc, ClientDisconnected):
                # Also when it is too late for an answer: the handler is where an application reports its failures.
                response = await self._respond(Request(scope, receive, send), exc)
                if response is not None and not answers.started:
                    await _send_if_heard(response, scope, receive, _with_error_headers(scope, send))
            # The server logs it, and a test client shows it.
            raise
        except BaseException as exc:
            mark_unhandled(scope, "ServerErrorMiddleware", exc)
            raise
        finally:
            # Else the server's side and the scope would hold each other, to be found by the garbage collector.
            scope.pop(ANSWERS_KEY, None)
            if outer_headers is not None:
                scope[ERROR_HEADERS_KEY] = outer_headers

    async def _respond(self, request: Request[Any], exc: Exception) -> Response | None:
        if self.debug:
            return self.debug_response(request, exc)
        if self.handler is None:
            return self.error_response(request, exc)
        return await call_handler(self.handler, request, exc)

    def debug_response(self, request: Request[Any], exc: Exception) -> Response:
        if "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(html_traceback(exc, request.method, request.url.path), status_code=500)
        return PlainTextResponse(plain_traceback(exc), status_code=500)

    def error_response(self, request: Request[Any], exc: Exception) -> Response:
        return PlainTextResponse("Internal Server Error", status_code=500)


async def _send_if_heard(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    try:
        await response(scope, receive, send)
    except ClientDisconnected:
        pass  # it must not take the place of the exception that is told of here


def _with_error_headers(scope: Scope, send: Send) -> Send:
    add_headers: Callable[[Message], None] | None = scope.get(ERROR_HEADERS_KEY)
    if add_headers is None:
        return send

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            add_headers(message)
        await send(message)

    return send_with_headers
