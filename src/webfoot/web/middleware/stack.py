"""The layers of an application, outermost to innermost: server errors, its middleware, exception handlers, router.

A middleware object is built once, for it may hold state. Between the layers stand seams that mark on the trail when a
layer is entered and left, and how. They would cost as much as a layer, so they are taken out of the way, where that
can be done, until the first request that somebody watches.
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
from webfoot.web.routing.router import entry_of


def build_stack(
    router: ASGIApp, middleware: Sequence[Middleware], handlers: Mapping[Any, ExceptionHandler], *, debug: bool
) -> tuple[ASGIApp, WatchedStack]:
    """The stack to call while nobody watches, and the one for a watched request. Both hold the same middleware.

    The handler for 500 or Exception belongs to the outermost layer, the others to the innermost.
    """
    error_handler = handlers.get(500, handlers.get(Exception))
    inner = {key: handler for key, handler in handlers.items() if key not in (500, Exception)}

    innermost = ExceptionMiddleware(
        router, handlers=inner, debug=debug, own_count=bool(middleware), entry=entry_of(router)
    )
    seams = [_Seam(innermost, "ExceptionMiddleware", len(middleware) + 1)]
    for index, layer in reversed(list(enumerate(middleware, start=1))):
        built = layer.build(seams[-1])
        seams[-1].hide_from(built)
        seams.append(_Seam(built, layer.name, index))
    outermost = ServerErrorMiddleware(seams[-1], handler=error_handler, debug=debug)
    seams[-1].hide_from(outermost)
    return outermost, WatchedStack(_Seam(outermost, "ServerErrorMiddleware", 0), seams)


class WatchedStack:
    """The layers with the seams around and between them. From the first watched request on the seams stay."""

    def __init__(self, outermost: _Seam, inner: list[_Seam]) -> None:
        self._outermost = outermost
        self._hidden = inner

    def within(self, stack: ASGIApp) -> ASGIApp:
        """What to call for a watched request in the place of `stack`, around which a subclass may have put more."""
        while self._hidden:
            self._hidden.pop().show()
        return self._outermost if stack is self._outermost.app else stack


class _Seam:
    """Where a request passes from one layer, the one above, into the next, which is `app`."""

    __slots__ = ("_above", "app", "index", "name")

    def __init__(self, app: ASGIApp, name: str, index: int) -> None:
        self.app = app
        self.name = name
        self.index = index
        self._above: Any = None

    def hide_from(self, above: Any) -> None:
        """Let the layer above call the next one directly, if it keeps that, as nearly all do, in `app`."""
        if getattr(above, "app", None) is self:
            try:
                above.app = self.app
            except AttributeError:  # it may not be changed, so the seam stays
                return
            self._above = above

    def show(self) -> None:
        if self._above is not None and self._above.app is self.app:
            self._above.app = self

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
