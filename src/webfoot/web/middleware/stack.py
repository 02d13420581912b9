"""The layers of an application, outermost to innermost: server errors, its middleware, exception handlers, router.

A middleware object is built once, for it may hold state. Between the layers stand seams that mark on the trail when a
layer is entered and left, and how: they cost one dict look-up while nobody watches. With no middleware between the
two layers of our own there is nothing to keep apart, and an unwatched request meets no seam at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from webfoot.asgi.types import ASGIApp, Receive, Scope, Send
from webfoot.trail.trail import TRAIL_KEY, Trail, trail_of
from webfoot.web.exception_handlers import HANDLED_KEY, ExceptionHandler
from webfoot.web.middleware.errors import ServerErrorMiddleware
from webfoot.web.middleware.exceptions import ExceptionMiddleware
from webfoot.web.middleware.order import Middleware


def build_stack(
    router: ASGIApp, middleware: Sequence[Middleware], handlers: Mapping[Any, ExceptionHandler], *, debug: bool
) -> tuple[ASGIApp, ASGIApp]:
    """The stack to call while nobody watches, and the one for a watched request. Both hold the same middleware.

    The handler for 500 or Exception belongs to the outermost layer, the others to the innermost.
    """
    error_handler = handlers.get(500, handlers.get(Exception))
    inner = {key: handler for key, handler in handlers.items() if key not in (500, Exception)}

    last = len(middleware) + 1
    app: ASGIApp = ExceptionMiddleware(router, handlers=inner, debug=debug, own_count=bool(middleware))
    watched: ASGIApp = _Seam(app, "ExceptionMiddleware", last)
    for index, layer in reversed(list(enumerate(middleware, start=1))):
        app = watched = _Seam(layer.build(watched), layer.name, index)
    plain = ServerErrorMiddleware(app, handler=error_handler, debug=debug)
    watched = _Seam(ServerErrorMiddleware(watched, handler=error_handler, debug=debug), "ServerErrorMiddleware", 0)
    return plain, watched


class _Seam:
    """Where a request passes from one layer into the next, which is `app`."""

    __slots__ = ("app", "index", "name")

    def __init__(self, app: ASGIApp, name: str, index: int) -> None:
        self.app = app
        self.name = name
        self.index = index

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if TRAIL_KEY not in scope or (trail := trail_of(scope)) is None:
            await self.app(scope, receive, send)
            return
        trail.mark("middleware_entered", name=self.name, index=self.index)
        try:
            await self.app(scope, receive, send)
        except BaseException as exc:
            trail.mark("middleware_left", name=self.name, index=self.index, outcome="raised", error=exc)
            raise
        self._mark_left(trail, scope)

    def _mark_left(self, trail: Trail, scope: Scope) -> None:
        handled = scope.pop(HANDLED_KEY, None) if self.name == "ExceptionMiddleware" else None
        if handled is None:
            trail.mark("middleware_left", name=self.name, index=self.index, outcome="passed")
            return
        exc, handler, status = handled
        trail.mark(
            "middleware_left",
            name=self.name,
            index=self.index,
            outcome="handled",
            error=exc,
            handler=handler,
            status=status,
        )
