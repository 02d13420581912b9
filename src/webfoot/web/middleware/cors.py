"""Cross-origin resource sharing: which other sites a browser lets use this application.

Source: the Fetch standard, section "HTTP CORS protocol".
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Collection
from typing import Final

from webfoot.asgi.types import ASGIApp, Message, Receive, Scope, Send
from webfoot.web.datastructures.headers import Headers, MutableHeaders, encode_header
from webfoot.web.decisions import decided, is_watched
from webfoot.web.middleware.errors import ERROR_HEADERS_KEY
from webfoot.web.responses.whole import PlainTextResponse, Response

_EVERY_METHOD: Final = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY")
# "CORS-safelisted request-header": a browser sends these without asking. (Range is one only where its value is simple,
# and then it is not asked for; so a preflight that names it means one that is not.)
_SAFE_HEADERS: Final = ("Accept", "Accept-Language", "Content-Language", "Content-Type")
_PREFLIGHT_VARY: Final = ", ".join(
    (
        "Origin",
        "Access-Control-Request-Method",
        "Access-Control-Request-Headers",
        "Access-Control-Request-Private-Network",
    )
)
_VARY: Final = (b"vary", b"Origin")
_ALLOWED_ORIGIN: Final = "access-control-allow-origin"
_OURS: Final = frozenset(
    (b"vary", b"access-control-allow-origin", b"access-control-allow-credentials", b"access-control-expose-headers")
)
_MOST_TOLD: Final = 6  # entries of a list in a sentence


class CORSMiddleware:
    """Answers preflight requests and adds the headers that let other origins read the responses.

    `allow_origins=["*"]` admits every origin, and so do "*" in `allow_methods` and `allow_headers` for theirs;
    `allow_origin_regex` has to match the whole origin. With `allow_credentials` (cookies) the origin is named in each
    answer, because "*" would not be accepted: with `allow_origins=["*"]` every site may then act as its visitors.
    `allow_private_network` lets public sites reach this one on a private network. The 500 for an unhandled exception
    carries the headers too.
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
        for name, given in (
            ("allow_origins", allow_origins),
            ("allow_methods", allow_methods),
            ("allow_headers", allow_headers),
            ("expose_headers", expose_headers),
        ):
            if isinstance(given, str):
                raise TypeError(f"{name} is a list such as [{given!r}], not a text")
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
        self._same_for_all = [encode_header(name, value) for name, value in self.simple_headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        origin: str | None = None
        for name, value in scope["headers"]:
            if name == b"origin":
                origin = value.decode("latin-1")
                break
        if origin is not None:
            headers = Headers(scope=scope)
            if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
                await self._answer_preflight(headers, scope, receive, send)
                return
            if is_watched(scope):
                self._tell_of(origin, headers, scope)
        adding = _Adding(self, origin, send)
        scope[ERROR_HEADERS_KEY] = adding.add_headers
        await self.app(scope, receive, adding.send)

    def is_allowed_origin(self, origin: str) -> bool:
        if self.allow_all_origins or origin in self.allow_origins:
            return True
        return self.allow_origin_regex is not None and self.allow_origin_regex.fullmatch(origin) is not None

    def fields_for(self, origin: str | None) -> list[tuple[bytes, bytes]]:
        """What a response to `origin` gets; without one it is only said that there would be a difference."""
        # A cache must not hand an answer that was made for nobody to somebody who comes with an origin.
        if origin is None:
            return [_VARY]
        if self._names_origin and self.is_allowed_origin(origin):
            return [*self._same_for_all, encode_header(_ALLOWED_ORIGIN, origin), _VARY]
        return [*self._same_for_all, _VARY]

    async def _answer_preflight(self, headers: Headers, scope: Scope, receive: Receive, send: Send) -> None:
        response = self.preflight_response(headers)
        if is_watched(scope):
            asked = f"{headers['access-control-request-method']} from {headers['origin']}"
            objections = "; ".join(self._objections(headers).values())
            what = f"a preflight for {asked}; {objections or 'that is allowed'}"
            decided(scope, "CORSMiddleware", what, status=response.status_code)
        await response(scope, receive, send)

    def preflight_response(self, request_headers: Headers) -> Response:
        """What a browser asks before it sends the request proper; 400 names what is not allowed."""
        headers = dict(self.preflight_headers)
        refused = self._objections(request_headers)
        if self._names_origin and "origin" not in refused:
            headers["Access-Control-Allow-Origin"] = request_headers["origin"]
        wanted = request_headers.get("access-control-request-headers")
        if wanted is not None and self.allow_all_headers:
            headers["Access-Control-Allow-Headers"] = wanted
        if self.allow_private_network and "access-control-request-private-network" in request_headers:
            headers["Access-Control-Allow-Private-Network"] = "true"
        if refused:
            return PlainTextResponse("Disallowed CORS " + ", ".join(refused), status_code=400, headers=headers)
        return PlainTextResponse("OK", status_code=200, headers=headers)

    def _objections(self, asked: Headers) -> dict[str, str]:
        """What of a preflight is not allowed, each with a sentence for whoever watches."""
        found: dict[str, str] = {}
        if not self.is_allowed_origin(asked["origin"]):
            found["origin"] = self._not_allowed(asked["origin"])
        method = asked["access-control-request-method"]
        if method not in self.allow_methods:
            found["method"] = f"{method} is not in allow_methods ({_listed(self.allow_methods)})"
        wanted = asked.get("access-control-request-headers")
        if wanted is not None and not self.allow_all_headers:
            names = [name.strip() for name in wanted.split(",")]
            unknown = [name for name in names if name.lower() not in self._allowed_lower]
            if unknown:
                are = "is" if len(unknown) == 1 else "are"
                found["headers"] = f"{_listed(unknown)} {are} not in allow_headers ({_listed(self.allow_headers)})"
        if "access-control-request-private-network" in asked and not self.allow_private_network:
            found["private-network"] = "a public site asks for a private network, and allow_private_network is off"
        return found

    def _not_allowed(self, origin: str) -> str:
        allowed = f"allow_origins ({_listed(sorted(map(str, self.allow_origins))) or 'empty'})"
        if self.allow_origin_regex is not None:
            allowed += f" and does not match allow_origin_regex ({self.allow_origin_regex.pattern})"
        return f"the origin {origin} is not in {allowed}"

    def _tell_of(self, origin: str, headers: Headers, scope: Scope) -> None:
        """A foreign page's request is answered like any other; it is the browser that keeps the answer to itself."""
        is_foreign = origin.partition("://")[2] != headers.get("host")
        if is_foreign and not self.is_allowed_origin(origin):
            what = f"no Access-Control-Allow-Origin, so the page cannot read the response: {self._not_allowed(origin)}"
            decided(scope, "CORSMiddleware", what)


class _Adding:
    """The `send` of one request: adds the fields for its origin to the response."""

    __slots__ = ("_cors", "_origin", "_send")

    def __init__(self, cors: CORSMiddleware, origin: str | None, send: Send) -> None:
        self._cors = cors
        self._origin = origin
        self._send = send

    def send(self, message: Message) -> Awaitable[None]:
        # Handing on what the inner `send` gives to await spares a coroutine for each message.
        if message["type"] == "http.response.start":
            self.add_headers(message)
        return self._send(message)

    def add_headers(self, message: Message) -> None:
        fields = self._cors.fields_for(self._origin)
        present = message.get("headers") or ()
        for name, _ in present:
            if name in _OURS:
                break
        else:
            message["headers"] = [*present, *fields]
            return
        headers = MutableHeaders(scope=message)
        for name, value in fields[:-1]:
            headers[name.decode("latin-1")] = value.decode("latin-1")
        headers.add_vary_header("Origin")


def _listed(entries: Collection[str]) -> str:
    told = ", ".join(map(str, list(entries)[:_MOST_TOLD]))
    return told if len(entries) <= _MOST_TOLD else f"{told} and {len(entries) - _MOST_TOLD} more"
