"""The layers of an application, outermost to innermost: server errors, its middleware, exception handlers, router.

A middleware object is built once, for it may hold state. Between the layers stand seams, which are out of the way until
the first request that somebody watches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from webfoot.asgi.types import ASGIApp, Scope
from webfoot.trail.trail import TRAIL_KEY, Trail
from webfoot.web.answering.handlers import ExceptionHandler
from webfoot.web.middleware.errors import ServerErrorMiddleware
from webfoot.web.middleware.exceptions import ExceptionMiddleware
from webfoot.web.middleware.order import Middleware
from webfoot.web.middleware.seam import Seam
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
    seams = [Seam(innermost, "ExceptionMiddleware", len(middleware) + 1)]
    for index, layer in reversed(list(enumerate(middleware, start=1))):
        built = layer.build(seams[-1])
        seams[-1].hide_from(built)
        seams.append(Seam(built, layer.told_as, index))
    outermost = ServerErrorMiddleware(seams[-1], handler=error_handler, debug=debug)
    seams[-1].hide_from(outermost)
    behind = tuple(layer.told_as for layer in middleware)
    return outermost, WatchedStack(Seam(outermost, "ServerErrorMiddleware", 0, behind=behind), seams)


class WatchedStack:
    """The layers with the seams around and between them. From the first watched request on the seams stay.

    Where there are no other layers than the two around every application, a light trail hears of these only when
    something goes wrong in them (`mark_handled`, `mark_unhandled`), and needs no seams.
    """

    def __init__(self, outermost: Seam, inner: list[Seam]) -> None:
        self._outermost = outermost
        self._hidden = inner
        self._is_bare = len(inner) == 1

    def within(self, stack: ASGIApp, scope: Scope) -> ASGIApp:
        """What to call for a watched request in the place of `stack`, around which a subclass may have put more."""
        trail: Trail | None = scope.get(TRAIL_KEY)
        if self._is_bare and trail is not None and trail.is_light:
            return stack
        while self._hidden:
            self._hidden.pop().show()
        return self._outermost if stack is self._outermost.app else stack
