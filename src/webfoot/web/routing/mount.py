"""An application below a path prefix."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Any

from webfoot.asgi.types import ASGIApp, Receive, Scope, Send
from webfoot.trail.conventions import MOUNTED_AT_KEY
from webfoot.web.datastructures.url import URLPath
from webfoot.web.middleware.body_limit import BODY_LIMIT_KEY, call_within, limited, may_hold_nearer
from webfoot.web.middleware.order import Middleware, wrap
from webfoot.web.routing.entry import FULL, NONE, BaseRoute, Match, NoMatchFound, first_path
from webfoot.web.routing.path import Texts, get_route_path, replace_params, rooted
from webfoot.web.routing.path_route import PathRoute
from webfoot.web.routing.router import Router, entry_of


class Mount(PathRoute):
    """Everything below `path` goes to `app`, or to a router of `routes`.

    The application sees the prefix in `scope["root_path"]`. What it does not know is its own 404: the routes after a
    mount are not asked about paths below it. `name` is the prefix of its routes' names, as in "admin:users"; without
    one they are named as if they stood outside. `max_body_size`: bytes that a request's body may have (413).
    """

    def __init__(
        self,
        path: str,
        app: ASGIApp | None = None,
        routes: Sequence[BaseRoute] | None = None,
        name: str | None = None,
        *,
        middleware: Sequence[Middleware] | None = None,
        max_body_size: int | None = None,
    ) -> None:
        assert not path or path.startswith("/"), "Routed paths must start with '/'"
        assert app is not None or routes is not None, "Either 'app=...', or 'routes=' must be specified"
        self.path = path.rstrip("/")
        self._base_app: ASGIApp = Router(routes=routes) if app is None else app
        self.app: ASGIApp = wrap(self._base_app, limited(max_body_size, middleware))
        self._entry, self._entered_app = entry_of(self.app), self.app
        self.name = name
        self._go_by(self.path + "/{path:path}")

    @property
    def routes(self) -> list[BaseRoute]:
        """The routes of the mounted application, if it has some."""
        return getattr(self._base_app, "routes", None) or []

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] not in ("http", "websocket"):
            return NONE, {}
        read = self._read(scope)
        if read is None:
            return NONE, {}
        found, params = read
        prefix = get_route_path(scope)[: found.start("path") - 1]
        del params["path"]
        root_path = scope.get("root_path", "")
        return FULL, {
            "path_params": {**scope.get("path_params", {}), **params},
            # where the outermost application lives: request.url_for() begins there
            "app_root_path": scope.get("app_root_path", root_path),
            "root_path": root_path + prefix,
            MOUNTED_AT_KEY: scope.get(MOUNTED_AT_KEY, "") + self.path_format.removesuffix("/{path}"),
            "endpoint": self.app,
            "route": self,
        }

    def admit(self, scope: Scope, params: dict[str, Any]) -> Match:
        if scope["type"] not in ("http", "websocket"):
            return NONE
        root_path = scope.get("root_path", "")
        scope.setdefault("path_params", {})
        scope.setdefault("app_root_path", root_path)
        scope["root_path"] = root_path + self.path
        scope[MOUNTED_AT_KEY] = scope.get(MOUNTED_AT_KEY, "") + self.path
        scope["endpoint"] = self.app
        scope["route"] = self
        return FULL

    def texts(self) -> Texts | None:
        return () if len(self.param_convertors) == 1 else None

    def _matches_as_ours(self) -> bool:
        return type(self).matches is Mount.matches

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        if self.name is not None and name == self.name and "path" in path_params:
            return self._own_path(name, path_params)
        if self.name is None:
            inner_name = name
        elif name.startswith(self.name + ":"):
            inner_name = name[len(self.name) + 1 :]
        else:
            raise NoMatchFound(name, path_params)
        prefix_params = {key: value for key, value in path_params.items() if key != "path"}
        prefix, inner_params = replace_params(self.path_format, self.param_convertors, {**prefix_params, "path": ""})
        if "path" in path_params:
            inner_params["path"] = path_params["path"]
        try:
            url = first_path(self.routes, inner_name, inner_params)
        except NoMatchFound:
            raise NoMatchFound(name, path_params) from None
        return URLPath(path=rooted(prefix.rstrip("/") + str(url)), protocol=url.protocol, host=url.host)

    def _own_path(self, name: str, path_params: dict[str, Any]) -> URLPath:
        values = {**path_params, "path": str(path_params["path"]).lstrip("/")}
        path, left = replace_params(self.path_format, self.param_convertors, values)
        if left or values.keys() != self.param_convertors.keys():
            raise NoMatchFound(name, path_params)
        return URLPath(path=rooted(path))

    def mounted(self) -> ASGIApp:
        return self._base_app

    def handle(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if BODY_LIMIT_KEY in scope and not may_hold_nearer(self.app):
            return call_within(scope[BODY_LIMIT_KEY], self.app, scope, receive, send)
        app = self._entry if self.app is self._entered_app else self.app
        return app(scope, receive, send)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(path={self.path!r}, name={self.name or ''!r}, app={self.app!r})"
