"""Cross-origin resource sharing: which other sites a browser lets use this application.

Source: the Fetch standard, section "HTTP CORS protocol".
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection
from typing import Final

from webfoot.asgi.types import ASGIApp, Message, Receive, Scope, Send
from webfoot.web.datastructures.headers import Headers, MutableHeaders
from webfoot.web.middleware.errors import ERROR_HEADERS_KEY
from webfoot.web.responses.whole import PlainTextResponse, Response

_EVERY_METHOD: Final = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY")
# "CORS-safelisted request-header": a browser sends these without asking.
_SAFE_HEADERS: Final = ("Accept", "Accept-Language", "Content-Language", "Content-Type")
_PREFLIGHT_VARY: Final = ", ".join(
    (
        "Origin",
        "Access-Control-Request-Method",
        "Access-Control-Request-Headers",
        "Access-Control-Request-Private-Network",
    )
)


class CORSMiddleware:
    """Answers preflight requests and adds the headers that let other origins read the responses.

    `allow_origins=["*"]` admits every origin, and so do "*" in `allow_methods` and `allow_headers` for theirs;
    `allow_origin_regex` has to match the whole origin. With `allow_credentials` (cookies) the origin is named in each
    answer, because "*" would not be accepted. The 500 for an unhandled exception carries the headers too.
    """

    def __init__(
        self,
        app: ASGIApp,
        allow_origins: Collection[str] = (),
        allow_methods: Collection[str] = ("GET",),
        allow_headers: Collection[str] = (),
        allow_credentials: bool = False,
        allow_origin_regex: str | None = None,
        allow_private_network: bool = False,
        expose_headers: Collection[str] = (),
        max_age: int = 600,
    ) -> None:
        self.app = app
        self.allow_origins = frozenset(allow_origins)
        self.allow_all_origins = "*" in allow_origins
        self.allow_origin_regex = None if allow_origin_regex is None else re.compile(allow_origin_regex)
        self.allow_methods = _EVERY_METHOD if "*" in allow_methods else tuple(allow_methods)
        self.allow_all_headers = "*" in allow_headers
        self.allow_headers = tuple(sorted({*_SAFE_HEADERS, *allow_headers}))
        self._allowed_lower = {header.lower() for header in self.allow_headers}
        self.allow_private_network = allow_private_network
        # Whether the answer has to name the origin that asked.
        self._names_origin = not self.allow_all_origins or allow_credentials

        same: dict[str, str] = {}
        if not self._names_origin:
            same["Access-Control-Allow-Origin"] = "*"
        self.simple_headers = dict(same)
        self.preflight_headers = {"Vary": _PREFLIGHT_VARY, **same}
        self.preflight_headers["Access-Control-Allow-Methods"] = ", ".join(self.allow_methods)
        self.preflight_headers["Access-Control-Max-Age"] = str(max_age)
        if not self.allow_all_headers:
            self.preflight_headers["Access-Control-Allow-Headers"] = ", ".join(self.allow_headers)
        if allow_credentials:
            self.simple_headers["Access-Control-Allow-Credentials"] = "true"
            self.preflight_headers["Access-Control-Allow-Credentials"] = "true"
        if expose_headers:
            self.simple_headers["Access-Control-Expose-Headers"] = ", ".join(expose_headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if scope["method"] == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers:
            await self.preflight_response(headers)(scope, receive, send)
            return
        add_headers = functools.partial(self._add_headers, headers.get("origin"))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                add_headers(message)
            await send(message)

        scope[ERROR_HEADERS_KEY] = add_headers
        await self.app(scope, receive, send_with_headers)

    def is_allowed_origin(self, origin: str) -> bool:
        if self.allow_all_origins or origin in self.allow_origins:
            return True
        return self.allow_origin_regex is not None and self.allow_origin_regex.fullmatch(origin) is not None

    def _add_headers(self, origin: str | None, message: Message) -> None:
        message.setdefault("headers", [])
        headers = MutableHeaders(scope=message)
        if origin is not None:
            headers.update(self.simple_headers)
            if self._names_origin and self.is_allowed_origin(origin):
                headers["Access-Control-Allow-Origin"] = origin
        # Also without an origin: a cache must not hand that answer to somebody who comes with one.
        headers.add_vary_header("Origin")

    def preflight_response(self, request_headers: Headers) -> Response:
        """What a browser asks before it sends the request proper; 400 names what is not allowed."""
        headers = dict(self.preflight_headers)
        refused: list[str] = []

        origin = request_headers["origin"]
        if not self.is_allowed_origin(origin):
            refused.append("origin")
        elif self._names_origin:
            headers["Access-Control-Allow-Origin"] = origin

        if request_headers["access-control-request-method"] not in self.allow_methods:
            refused.append("method")

        wanted = request_headers.get("access-control-request-headers")
        if wanted is not None and self.allow_all_headers:
            headers["Access-Control-Allow-Headers"] = wanted
        elif wanted is not None and any(name.strip().lower() not in self._allowed_lower for name in wanted.split(",")):
            refused.append("headers")

        if request_headers.get("access-control-request-private-network") == "true":
            if self.allow_private_network:
                headers["Access-Control-Allow-Private-Network"] = "true"
            else:
                refused.append("private-network")

        if refused:
            return PlainTextResponse("Disallowed CORS " + ", ".join(refused), status_code=400, headers=headers)
        return PlainTextResponse("OK", status_code=200, headers=headers)
