"""What a routing table may hold, and how well an entry fits a request."""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Iterable
from typing import Any

from webfoot.asgi.types import ASGIApp, Receive, Scope, Send
from webfoot.web.answering.handlers import refusal
from webfoot.web.datastructures.url import URLPath
from webfoot.web.exceptions import HTTPException
from webfoot.web.routing.host_index import HostEnding
from webfoot.web.routing.path import Segments, Texts


class Match(enum.Enum):
    """How well a route fits a request. PARTIAL: the path does and the method does not."""

    NONE = 0
    PARTIAL = 1
    FULL = 2


NONE, PARTIAL, FULL = Match.NONE, Match.PARTIAL, Match.FULL


class NoMatchFound(Exception):
    """No route has this name and takes these parameters."""

    def __init__(self, name: str, path_params: dict[str, Any]) -> None:
        super().__init__(f'No route exists for name "{name}" and params "{", ".join(path_params)}".')


class BaseRoute:
    """What a table may hold. A subclass of your own needs `matches` and `handle`, and may have `url_path_for`."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """How well the request fits, and what is to be put into its scope if this route is chosen."""
        raise NotImplementedError

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        """The path of the route called `name`. NoMatchFound when that is not here."""
        raise NoMatchFound(name, path_params)

    def handle(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer a request that this route has matched."""
        raise NotImplementedError

    def segments(self) -> tuple[Segments, bool] | None:
        """Where the index may file this route (see `literal_segments`); None: it has to be tried on each path."""
        return None

    def host_ending(self) -> HostEnding | None:
        """The end of the host's name, for a route that has no `segments` and looks at nothing but the host."""
        return None

    def texts(self) -> Texts | None:
        """How the parameters are read (see `text_segments`) where a path fits whose segments do; None: by `matches`.

        Whoever gives them is asked `admit(scope, params)` in the place of `matches(scope)`.
        """
        return None

    def admit(self, scope: Scope, params: dict[str, Any]) -> Match:
        """As `matches` for a path that is known to fit and gave `params`; a full match is put into the scope at once.

        This is how most requests find their route.
        """
        raise NotImplementedError

    def mounted(self) -> ASGIApp | None:
        """The application that lives behind this route and has a lifespan of its own; None for an endpoint."""
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A route alone is an application too, with one answer or none."""
        match, child_scope = self.matches(scope)
        if match is NONE:
            await not_found(scope, receive, send)
            return
        scope.update(child_scope)
        await self.handle(scope, receive, send)


def first_path(routes: Iterable[BaseRoute], name: str, path_params: dict[str, Any]) -> URLPath:
    """The path of the first route that knows one of this name. NoMatchFound when none does."""
    for route in routes:
        try:
            return route.url_path_for(name, **path_params)
        except NoMatchFound:
            pass
    raise NoMatchFound(name, path_params)


async def not_found(scope: Scope, receive: Receive, send: Send) -> None:
    """The answer when no route matches."""
    if scope["type"] == "websocket":  # which the server answers with 403
        await send({"type": "websocket.close", "code": 1000, "reason": ""})
    elif scope["type"] != "http":
        raise RuntimeError(f"a router knows http, websocket and lifespan, not {scope['type']!r}")
    else:
        await refusal(HTTPException(404), scope)(scope, receive, send)
