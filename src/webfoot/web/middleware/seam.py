"""Where a request passes from one layer into the next. A seam marks on the trail when the layer is entered and left.

Seams would cost as much as a layer, so those between two layers are taken out of the way, where that can be done, until
the first request that somebody watches.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from webfoot.asgi.types import ASGIApp, Receive, Scope, Send
from webfoot.trail.trail import TRAIL_KEY, Trail, trail_of

HANDLED_KEY: Final = "webfoot.handled"
"""Scope key of what was answered last, as (exception, handler, status); only kept while somebody watches closely."""


class Seam:
    """The way into the layer `app`.

    further_in: hidden seams, to be shown when a watched request comes by here. behind: the names of all layers within,
    of an application's outermost one.
    """

    __slots__ = ("_above", "_behind", "_further_in", "app", "index", "name")

    def __init__(
        self, app: ASGIApp, name: str, index: int, further_in: Sequence[Seam] = (), behind: Sequence[str] = ()
    ) -> None:
        self.app = app
        self.name = name
        self.index = index
        self._above: Any = None
        self._further_in = further_in
        self._behind = behind

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
        for seam in self._further_in:
            seam.show()
        if self._behind:
            trail.mark("middleware_entered", name=self.name, index=self.index, behind=self._behind)
        else:
            trail.mark("middleware_entered", name=self.name, index=self.index)
        try:
            await trail.onward(self.app, self.name, self.index)(scope, receive, send)
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


def mark_handled(scope: Scope, exc: Exception, handler: str, status: int | None) -> None:
    """A handler of the application has answered `exc`. A light trail is told at once: there may be no seam."""
    trail = trail_of(scope)
    if trail is not None and trail.is_light:
        trail.mark(
            "middleware_left", name="ExceptionMiddleware", outcome="handled", error=exc, handler=handler, status=status
        )
    else:
        scope[HANDLED_KEY] = (exc, handler, status)


def mark_unhandled(scope: Scope, name: str, exc: BaseException) -> None:
    """The same of one that leaves the layer `name`, which is one of the two around every application."""
    trail = trail_of(scope)
    if trail is not None and trail.is_light:
        trail.mark("middleware_left", name=name, outcome="raised", error=exc)
