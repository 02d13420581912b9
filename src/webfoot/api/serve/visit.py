"""What is known of one request while it is served."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from webfoot.api.errors import EndpointContext
from webfoot.api.plan.plans import RoutePlan, Special, Step
from webfoot.api.scopes import SecurityScopes
from webfoot.asgi.types import Receive, Scope, Send
from webfoot.trail import TRAIL_KEY, Trail
from webfoot.web.background import BackgroundTasks
from webfoot.web.cookies import parse_cookies
from webfoot.web.datastructures import FormData
from webfoot.web.datastructures.query import parse_query
from webfoot.web.requests import Request
from webfoot.web.responses import Response

MISSING: Final[Any] = object()
"""A body that was not sent, a result of a dependency that could not run."""


class Visit:
    """The state of one request on its way through a route.

    trail, closely: who watches, if anybody does, and if it is to be told of everything.
    errors: number of the step -> what did not fit. entered, entered_briefly: generators to leave after the response,
    and before it. contents: file -> its content, of those files of the form of which somebody wants that. no_object:
    whether members are wanted of a body that is no JSON object. raw: the body's bytes, once they are read. responding:
    whether the response was found and its sending has begun. changes, background: the response and the background tasks
    that callables of the route were given to change, if any was.
    """

    __slots__ = (
        "_cookies",
        "_query",
        "_request",
        "background",
        "body",
        "changes",
        "closely",
        "contents",
        "entered",
        "entered_briefly",
        "errors",
        "form",
        "no_object",
        "plan",
        "raw",
        "receive",
        "responding",
        "results",
        "scope",
        "send",
        "trail",
    )

    contents: Mapping[Any, bytes]  # there once a form was read

    def __init__(self, plan: RoutePlan, scope: Scope, receive: Receive, send: Send) -> None:
        self.plan = plan
        self.scope = scope
        self.receive = receive
        self.send = send
        self.trail: Trail | None = scope.get(TRAIL_KEY)
        self.closely = None if self.trail is None or self.trail.is_light else self.trail
        self.results: list[Any] = []
        self.errors: dict[int, list[dict[str, Any]]] | None = None
        self.entered: list[Any] | None = None
        self.entered_briefly: list[Any] | None = None
        self.body: Any = MISSING
        self.no_object = False
        self.responding = False
        self.form: FormData | None = None
        self.raw: bytes | None = None
        # made when somebody asks
        self._request: Request | None = None
        self.changes: Response | None = None
        self.background: BackgroundTasks | None = None
        self._query: list[tuple[str, str]] | None = None
        self._cookies: dict[str, str] | None = None

    @property
    def request(self) -> Request:
        if self._request is None:
            self._request = Request(self.scope, self.receive, self.send)
            if self.raw is not None:
                self._request.keep(self.raw)
        return self._request

    def take_request(self, request: Request) -> None:
        """Begin with this request object, maybe once more: what was found from another one is not kept."""
        self._request = request
        self.scope = request.scope
        self.results = []
        self.errors = None
        self.body = MISSING
        self.no_object = False
        self._query = self._cookies = None
        self.changes = self.background = None

    async def raw_body(self) -> bytes:
        """The body, read without a request object where nobody has one yet and it comes in one piece."""
        if self._request is None:
            message = await self.receive()
            if message["type"] == "http.request" and not message.get("more_body", False):
                raw: bytes = message.get("body", b"")
                self.raw = raw
                return raw
            self.request.unread(message)
        self.raw = await self.request.body()
        return self.raw

    @property
    def endpoint_ctx(self) -> EndpointContext:
        """The endpoint and the request's route, for errors."""
        origin, scope = self.plan.endpoint.plan.origin, self.scope
        path = getattr(scope.get("route"), "path_format", scope.get("path"))
        mounted = scope.get("root_path", "").removeprefix(scope.get("app_root_path", scope.get("root_path", "")))
        return {
            "file": origin.file,
            "line": origin.line,
            "function": origin.name.rpartition(".")[2],
            "path": f"{scope.get('method', 'WS')} {mounted}{path}",
        }

    @property
    def query(self) -> list[tuple[str, str]]:
        if self._query is None:
            text: str = self.scope["query_string"].decode("utf-8", "replace")
            self._query = parse_query(text) if text else []
        return self._query

    @property
    def cookies(self) -> dict[str, str]:
        if self._cookies is None:
            # HTTP/2 may split the field (RFC 9113 section 8.2.3).
            fields = [value for name, value in self.scope["headers"] if name == b"cookie"]
            self._cookies = parse_cookies(b"; ".join(fields).decode("latin-1")) if fields else {}
        return self._cookies

    def special(self, asked: Special, step: Step) -> Any:
        """What a parameter asks for by its type."""
        return _SPECIALS[asked](self, step)

    def _changeable_response(self, step: Step) -> Response:
        if self.changes is None:
            response = self.changes = Response()
            response.raw_headers.clear()
            # No status until somebody sets one; the route's own counts then.
            response.status_code = None  # type: ignore[assignment]
        return self.changes

    def _background_tasks(self, step: Step) -> BackgroundTasks:
        if self.background is None:
            self.background = BackgroundTasks()
        return self.background


_SPECIALS: Final[dict[Special, Callable[[Visit, Step], Any]]] = {
    "request": lambda visit, step: visit.request,
    "connection": lambda visit, step: visit.request,
    "response": Visit._changeable_response,
    "background": Visit._background_tasks,
    "scopes": lambda visit, step: SecurityScopes(step.scopes),
    "application": lambda visit, step: visit.scope["app"],
}
