"""The layer around the router: exceptions that the application has handlers for become responses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webfoot.asgi.types import ASGIApp, Receive, Scope, Send
from webfoot.web.answering.answers import ANSWERS_KEY, Answers
from webfoot.web.answering.handlers import ExceptionHandler, ExceptionHandlers, answer_exception
from webfoot.web.answering.sockets import SocketAnswers, answer_socket
from webfoot.web.middleware.seam import mark_unhandled
from webfoot.web.requests import Request


class ExceptionMiddleware:
    """Knows the handlers, and gives endpoints the means to use them right where the exception is raised."""

    def __init__(
        self,
        app: ASGIApp,
        handlers: Mapping[Any, ExceptionHandler] | None = None,
        debug: bool = False,
        *,
        own_count: bool = True,
        entry: ASGIApp | None = None,
    ) -> None:
        self.app = app
        # What to await in the place of `app(...)`, if that costs less.
        self._entry = app if entry is None else entry
        self.handlers = ExceptionHandlers(handlers)
        self.debug = debug
        # With nothing between this layer and the error layer, one count of "response started" serves both.
        self._shares_answers = not own_count

    def add_exception_handler(self, exc_class_or_status_code: int | type[Exception], handler: ExceptionHandler) -> None:
        self.handlers.add(exc_class_or_status_code, handler)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await (self._serve_socket if scope["type"] == "websocket" else self.app)(scope, receive, send)
            return
        outer = Answers.of(scope)
        if self._shares_answers and outer is not None:
            outer.handlers = self.handlers
            answers = outer
        else:
            answers = Answers(send, self.handlers).enter(scope)
            send = answers.send
        try:
            await self._entry(scope, receive, send)
        except Exception as exc:
            answers.enter(scope)
            if not await answer_exception(exc, Request(scope, receive, send), receive, send):
                raise

    async def _serve_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        outer = Answers.of(scope)
        answers = SocketAnswers(send, self.handlers)
        answers.enter(scope)
        try:
            try:
                await self.app(scope, receive, answers.send)
            except Exception as exc:
                answers.enter(scope)
                if not await answer_socket(exc, answers.websocket(scope, receive)):
                    raise
        except BaseException as exc:
            mark_unhandled(scope, "ExceptionMiddleware", exc)
            raise
        finally:
            # As in the error layer, which WebSockets pass by: scope and `send` must not hold each other.
            scope.pop(ANSWERS_KEY, None)
            if outer is not None:
                outer.enter(scope)
