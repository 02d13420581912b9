"""Middleware as it is declared, and applied: the first of a list is the outermost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ParamSpec, Protocol

from webfoot.asgi.types import ASGIApp, Receive, Scope, Send
from webfoot.trail.trail import TRAIL_KEY
from webfoot.web.answering.answers import Answers
from webfoot.web.callables import name_of
from webfoot.web.middleware.seam import Seam

P = ParamSpec("P")


class MiddlewareFactory(Protocol[P]):
    """A class or function that takes the application to wrap, then options, and gives an application."""

    def __call__(self, app: ASGIApp, /, *args: P.args, **kwargs: P.kwargs) -> ASGIApp: ...


class Middleware:
    """A middleware with its options, to be built when the application is: `Middleware(CORSMiddleware, max_age=60)`."""

    __slots__ = ("args", "cls", "kwargs")

    def __init__(self, cls: MiddlewareFactory[P], *args: P.args, **kwargs: P.kwargs) -> None:
        self.cls: Any = cls
        self.args: tuple[Any, ...] = args
        self.kwargs: dict[str, Any] = kwargs

    def __iter__(self) -> Iterator[Any]:
        return iter((self.cls, self.args, self.kwargs))

    def build(self, app: ASGIApp) -> ASGIApp:
        wrapped: ASGIApp = self.cls(app, *self.args, **self.kwargs)
        return wrapped

    def __repr__(self) -> str:
        options = [self.name, *map(repr, self.args), *(f"{key}={value!r}" for key, value in self.kwargs.items())]
        return f"{type(self).__name__}({', '.join(options)})"

    @property
    def name(self) -> str:
        return name_of(self.cls)

    @property
    def told_as(self) -> str:
        """What the journey calls it: a middleware that is a function by the function's name."""
        dispatch = self.kwargs.get("dispatch")
        return name_of(dispatch) if callable(dispatch) else self.name


def wrap(
    app: ASGIApp, middleware: Sequence[Middleware] | None, entered: Callable[[Scope], None] | None = None
) -> ASGIApp:
    """`app` inside of `middleware`, for a route, a mount or a router. Without middleware it is `app` itself.

    `entered` is called when a watched request has come through all of the middleware.
    """
    if not middleware:
        return app
    app = _AnswersHere(app, entered)
    seams: list[Seam] = []
    for index, layer in reversed(list(enumerate(middleware))):
        built = layer.build(app)
        if seams:
            seams[-1].hide_from(built)
        app = Seam(built, layer.told_as, index, further_in=tuple(seams))
        seams.append(app)
    return app


class _AnswersHere:
    """Keeps count anew of whether a response has started, for a middleware may hold back what was sent through it."""

    __slots__ = ("_entered", "app")

    def __init__(self, app: ASGIApp, entered: Callable[[Scope], None] | None) -> None:
        self.app = app
        self._entered = entered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if TRAIL_KEY in scope and self._entered is not None:
            self._entered(scope)
        outer = Answers.of(scope)
        if outer is None:
            await self.app(scope, receive, send)
            return
        inner = outer.within(send).enter(scope)
        try:
            await self.app(scope, receive, inner.send)
        finally:
            outer.enter(scope)
