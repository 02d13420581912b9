"""Who has the time of requests measured: one of the listeners to a journey."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from webfoot.asgi.types import ASGIApp, Receive, Scope, Send
from webfoot.journey.record import Record
from webfoot.journey.timing.pace import Pace
from webfoot.journey.timing.stepping import Watched
from webfoot.trail import trail_of


class Timing:
    """Implements `webfoot.journey.watching.Listener`. Costs some microseconds for each step of an application."""

    def loaded(self, app: ASGIApp) -> ASGIApp:
        return Timed(app)

    def done(self, record: Record) -> None:
        """What was measured is in the record."""


class Timed:
    """The application as it is served, with a clock around each step."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._pace: Pace | None = None
        self.__qualname__ = getattr(app, "__qualname__", None) or type(app).__qualname__

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        trail = trail_of(scope)
        if not isinstance(trail, Record):
            return self._app(scope, receive, send)
        if self._pace is None:
            self._pace = Pace(asyncio.get_running_loop())
        return Watched(trail, self._pace).run(self._app, scope, receive, send)
