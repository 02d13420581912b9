"""An application for the requests of one host, or of all hosts of a pattern."""

from __future__ import annotations

import re
from collections.abc import Awaitable
from typing import Any

from webfoot.asgi.types import ASGIApp, Receive, Scope, Send
from webfoot.web.datastructures.url import URLPath, host_and_port
from webfoot.web.middleware.body_limit import BODY_LIMIT_KEY, call_within, may_hold_nearer
from webfoot.web.routing.entry import FULL, NONE, BaseRoute, Match, NoMatchFound, first_path
from webfoot.web.routing.host_index import HostEnding, host_of
from webfoot.web.routing.path import PARAM, compile_path, convert_params, path_matcher, replace_params

_PORT = re.compile(r":[0-9]*\Z")


class Host(BaseRoute):
    """Requests whose Host field fits `host` go to `app`.

    `host` may have parameters as a path has: "{customer}.ducks.example". Case does not count, and neither does a port:
    one that is given here only appears in URLs that are made by name. `name` is the prefix of its routes' names.
    """

    def __init__(self, host: str, app: ASGIApp, name: str | None = None) -> None:
        assert not host.startswith("/"), "Host must not start with '/'"
        if not host.isascii():
            raise ValueError(f"the host {host!r} has to be written in ASCII, as clients do ('xn--...', RFC 5891)")
        self.host = host
        self.app = app
        self.name = name
        _, self.host_format, _ = compile_path(host)
        # What it is held against has no port and is in lower case; names of parameters keep their case.
        self._template = _lower_literals(_PORT.sub("", host))
        expression, _, self.param_convertors = compile_path(self._template)
        self.host_regex = re.compile(expression.pattern, re.IGNORECASE)
        self._filed_regex = self.host_regex
        self._match_filed = path_matcher(self._template, self.host_regex, self.param_convertors)

    @property
    def routes(self) -> list[BaseRoute]:
        """The routes of the application, if it has some."""
        return getattr(self.app, "routes", None) or []

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] not in ("http", "websocket"):
            return NONE, {}
        match_host = self._match_filed if self.host_regex is self._filed_regex else self.host_regex.match
        found = match_host(host_of(scope))
        if found is None:
            return NONE, {}
        params = convert_params(self.param_convertors, found)
        if params is None:
            return NONE, {}
        return FULL, {
            "path_params": {**scope.get("path_params", {}), **params},
            "endpoint": self.app,
            "route": self,
        }

    def host_ending(self) -> HostEnding | None:
        if type(self).matches is not Host.matches or self.host_regex is not self._filed_regex:
            return None
        *_, last = [0, *(found.end() for found in PARAM.finditer(self._template))]
        return HostEnding(self._template[last:], is_whole=not last)

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        """NoMatchFound also when a parameter of the host is missing; ValueError for one that makes it no host."""
        if self.name is None:
            inner_name = name
        elif name == self.name and "path" in path_params:
            inner_name = None
        elif name.startswith(self.name + ":"):
            inner_name = name[len(self.name) + 1 :]
        else:
            raise NoMatchFound(name, path_params)
        host, left = self._written(name, path_params)
        if inner_name is None:
            if left.keys() != {"path"}:
                raise NoMatchFound(name, path_params)
            return URLPath(path="/" + str(left["path"]).lstrip("/"), host=host)
        try:
            url = first_path(self.routes, inner_name, left)
        except NoMatchFound:
            raise NoMatchFound(name, path_params) from None
        return URLPath(path=str(url), protocol=url.protocol, host=host)

    def _written(self, name: str, path_params: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The host with its parameters, and the parameters that are left for the path."""
        if not self.param_convertors.keys() <= path_params.keys():
            raise NoMatchFound(name, path_params)
        mine = {key: value for key, value in path_params.items() if key in self.param_convertors}
        host, _ = replace_params(self.host_format, self.param_convertors, mine)
        # Anything else would move the boundary between host and path in the URL that is made of it (CWE-601).
        if host and host_and_port(host) is None:
            raise ValueError(f"{host!r} is no host (RFC 9110 section 7.2)")
        return host, {key: value for key, value in path_params.items() if key not in mine}

    def mounted(self) -> ASGIApp:
        return self.app

    def handle(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if BODY_LIMIT_KEY in scope and not may_hold_nearer(self.app):
            return call_within(scope[BODY_LIMIT_KEY], self.app, scope, receive, send)
        return self.app(scope, receive, send)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(host={self.host!r}, name={self.name or ''!r}, app={self.app!r})"


def _lower_literals(template: str) -> str:
    return re.sub(rf"{PARAM.pattern}|[A-Z]", lambda it: it[0] if it[0].startswith("{") else it[0].lower(), template)
