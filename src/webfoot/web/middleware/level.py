"""Middleware of a router, an inclusion or a route: around whichever of the routes below has matched.

It is built once for its level and not once for each route, for it may hold state: ten requests a minute for a router
are ten for all of its routes together.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import count, groupby
from typing import Any, Final

from webfoot.asgi.types import ASGIApp, Receive, Scope, Send
from webfoot.trail.trail import TRAIL_KEY
from webfoot.web.middleware.order import Middleware, wrap

_numbers: Final = count()


class Level(Middleware):
    """The middleware that one level names, as one. What is inside of it travels in the scope."""

    __slots__ = ("_built", "_inside")

    def __init__(self, middleware: Sequence[Middleware]) -> None:
        super().__init__(self.build)
        self._inside = f"webfoot.inside.{next(_numbers)}"
        self._built = wrap(self._go_on, middleware)

    def build(self, app: ASGIApp) -> ASGIApp:
        inside, built = self._inside, self._built

        def enter(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
            scope[inside] = app
            return built(scope, receive, send)

        return enter

    def _go_on(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        app: ASGIApp = scope[self._inside]
        return app(scope, receive, send)


def as_levels(middleware: Iterable[Any] | None) -> list[Level]:
    """Those that stand next to each other are one level; one that is a level already stays what it is.

    Raises TypeError for what is no Middleware.
    """
    listed = list(middleware or ())
    for one in listed:
        if not isinstance(one, Middleware):
            raise TypeError(f"middleware is a list of Middleware(SomeClass, option=...), and {one!r} is none")
    levels: list[Level] = []
    for is_level, group in groupby(listed, lambda one: isinstance(one, Level)):
        together = list(group)
        levels += together if is_level else [Level(together)]
    return levels


def within(app: ASGIApp, levels: Sequence[Level], entered: Callable[[Scope], None] | None = None) -> ASGIApp:
    """`app` inside of the levels, the outermost first; without levels it is `app` itself.

    `entered` is called when a watched request has come through all of them.
    """
    if not levels:
        return app
    if entered is not None:
        app = _Entered(app, entered)
    for level in reversed(levels):
        app = level.build(app)
    return app


class _Entered:
    __slots__ = ("_entered", "app")

    def __init__(self, app: ASGIApp, entered: Callable[[Scope], None]) -> None:
        self.app = app
        self._entered = entered

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if TRAIL_KEY in scope:
            self._entered(scope)
        return self.app(scope, receive, send)
