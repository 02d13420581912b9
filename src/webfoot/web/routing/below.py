"""A route of any kind under a prefix."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from webfoot.asgi.types import ASGIApp, Receive, Scope, Send
from webfoot.web.datastructures.url import URLPath
from webfoot.web.routing.entry import NONE, BaseRoute, Match, NoMatchFound
from webfoot.web.routing.mount import Mount
from webfoot.web.routing.path import Texts, replace_params, rooted


class Below(Mount):
    """`route` sees what is left of the path below `prefix`, as what is mounted there would.

    Other than at a mount, what it does not match goes on to the routes after it. So a Host, or a route of your own that
    goes by `get_route_path(scope)`, can be moved.
    """

    def __init__(self, prefix: str, route: BaseRoute) -> None:
        super().__init__(prefix, app=route, name=getattr(route, "name", None))
        self.route = route

    @property
    def host(self) -> str | None:
        """That of a Host."""
        return getattr(self.route, "host", None)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, below = super().matches(scope)
        if match is NONE:
            return NONE, {}
        match, found = self.route.matches({**scope, **below})
        return (NONE, {}) if match is NONE else (match, {**below, "route": self.route, **found})

    def _matches_as_ours(self) -> bool:
        return type(self).matches is Below.matches

    def texts(self) -> Texts | None:
        return None

    def handle(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return self.route.handle(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        mine = {key: value for key, value in path_params.items() if key in self.param_convertors and key != "path"}
        if len(mine) + 1 != len(self.param_convertors):
            raise NoMatchFound(name, path_params)
        prefix, _ = replace_params(self.path_format.removesuffix("/{path}"), self.param_convertors, mine)
        left = {key: value for key, value in path_params.items() if key not in mine}
        inner = self.route.url_path_for(name, **left)
        return URLPath(path=rooted(prefix + inner), protocol=inner.protocol, host=inner.host)

    def mounted(self) -> ASGIApp | None:  # type: ignore[override]
        return self.route.mounted()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(prefix={self.path!r}, route={self.route!r})"
