"""Middleware as a function of request and response: `dispatch(request, call_next)`.

The application behind `call_next` is not a second task (`held_application`). So context variables are the same ones on
both sides, an exception comes out of `call_next` as if it had been called directly, and once the response is on its
way the application sends straight to the server.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from webfoot.asgi.types import ASGIApp, Receive, Scope, Send
from webfoot.web.callables import full_name_of
from webfoot.web.middleware.call_next import Calls
from webfoot.web.requests import Request
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
        calls = Calls(self.app, send)
        try:
            response = await self.dispatch_func(Request(scope, receive, send), calls.call_next)
            if response is None:
                raise TypeError(f"{full_name_of(self.dispatch_func)} returned None where a response is needed")
            await response(scope, receive, send)
            await calls.finish()
        except BaseException as exc:
            await calls.break_off(exc)
            if exc is not calls.left:
                raise

    async def dispatch(self, request: Request[Any], call_next: RequestResponseEndpoint) -> Response:
        raise NotImplementedError(f"{type(self).__name__} has no dispatch(request, call_next)")
