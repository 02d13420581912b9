"""A span and a duration for each HTTP request, by the semantic conventions of OpenTelemetry for HTTP servers.

Needs `opentelemetry-api` only; which SDK and exporter are behind it is the application's business.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from webfoot.asgi.types import ASGIApp, ClientDisconnected, Message, Receive, Scope, Send
from webfoot.trail.conventions import (
    DURATION,
    DURATION_BUCKETS,
    DURATION_SAYS,
    FIELDS,
    MOUNTED_AT_KEY,
    OBSERVED_KEY,
    SIGNED,
    Attributes,
    known_method,
    qualified_name,
)
from webfoot.web.datastructures.headers import Headers
from webfoot.web.datastructures.url import URL
from webfoot.web.packages import missing
from webfoot.web.routing.mount import Mount

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import Span, TracerProvider

_SCHEMA: Final = "https://opentelemetry.io/schemas/1.30.0"


class OpenTelemetryMiddleware:
    """Traces and measures HTTP requests.

    excluded_urls: regular expressions, as a list or in one text with commas; a request whose whole URL has a match for
    one of them is neither traced nor measured. The providers are the global ones unless given, and may be set later.

    ImportError without opentelemetry-api.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        excluded_urls: str | Sequence[str] = (),
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
    ) -> None:
        try:
            from opentelemetry import context, metrics, propagate, trace
        except ImportError as error:
            raise missing("opentelemetry-api", "OpenTelemetryMiddleware", "opentelemetry") from error
        self.app = app
        self._excluded = _expressions(excluded_urls)
        self._context = context
        self._extract = propagate.extract
        self._trace = trace
        self._tracer = trace.get_tracer("webfoot.web", None, tracer_provider, schema_url=_SCHEMA)
        meter = metrics.get_meter("webfoot.web", "", meter_provider, schema_url=_SCHEMA)
        self._duration = meter.create_histogram(
            DURATION,
            unit="s",
            description=DURATION_SAYS,
            explicit_bucket_boundaries_advisory=DURATION_BUCKETS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or OBSERVED_KEY in scope or self._is_excluded(scope):
            await self.app(scope, receive, send)
            return
        scope[OBSERVED_KEY] = True
        observed = _Observed(send)
        # Who called, by the request; without a word about it whatever span is around us here.
        caller = self._extract(scope["headers"], self._context.get_current(), FIELDS)
        span = self._tracer.start_span(
            known_method(scope) or "HTTP", caller, self._trace.SpanKind.SERVER, request_attributes(scope)
        )
        token = self._context.attach(self._trace.set_span_in_context(span, caller))
        try:
            await self.app(scope, receive, observed.send)
        except BaseException as exc:
            self._context.detach(token)
            self._end(span, scope, observed, exc)
            raise
        self._context.detach(token)
        self._end(span, scope, observed, None)

    def _is_excluded(self, scope: Scope) -> bool:
        return bool(self._excluded) and any(pattern.search(str(URL(scope=scope))) for pattern in self._excluded)

    def _end(self, span: Span, scope: Scope, observed: _Observed, error: BaseException | None) -> None:
        """Both end with the response, however long background tasks go on behind it."""
        seconds, ended_at = observed.ended or (time.perf_counter(), time.time_ns())
        outcome = response_attributes(scope, observed.status, error)
        span.set_attributes(outcome)
        route = outcome.get("http.route")
        if route is not None:
            span.update_name(f"{known_method(scope) or 'HTTP'} {route}")
        if "error.type" in outcome:
            if error is not None:
                span.record_exception(error)
            description = None if error is None else f"{type(error).__name__}: {error}"
            span.set_status(self._trace.StatusCode.ERROR, description)
        measured: Attributes = {
            "http.request.method": known_method(scope) or "_OTHER",
            "url.scheme": scope.get("scheme", "http"),
            "network.protocol.version": scope.get("http_version", "1.1"),
            **outcome,
        }
        context = self._trace.set_span_in_context(span)
        self._duration.record(seconds - observed.began, measured, context)
        span.end(ended_at)


class _Observed:
    """The `send` of one request, and what was seen there. `ended`: seconds and Unix time of the response's end."""

    __slots__ = ("_last_kind", "_send", "began", "ended", "status")

    def __init__(self, send: Send) -> None:
        self._send = send
        self.began = time.perf_counter()
        self.ended: tuple[float, int] | None = None
        self.status: int | None = None
        self._last_kind = "http.response.body"  # the kind of message that the response ends with

    async def send(self, message: Message) -> None:
        await self._send(message)
        kind = message["type"]
        if kind == "http.response.start":
            self.status = message["status"]
            if message.get("trailers"):
                self._last_kind = "http.response.trailers"
        elif kind == self._last_kind and not (message.get("more_body") or message.get("more_trailers")):
            self.ended = (time.perf_counter(), time.time_ns())


def request_attributes(scope: Scope) -> Attributes:
    """What is known before the application is called, so that samplers can go by it."""
    headers = Headers(scope=scope)
    url = URL(scope=scope)
    method = known_method(scope)
    attributes: Attributes = {
        "http.request.method": method or "_OTHER",
        "url.scheme": scope.get("scheme", "http"),
        "url.path": scope["path"],
        "network.protocol.version": scope.get("http_version", "1.1"),
    }
    if method is None:
        attributes["http.request.method_original"] = scope["method"]
    if query := scope.get("query_string", b"").decode("latin-1"):
        attributes["url.query"] = SIGNED.sub(r"\1=REDACTED", query)
    if url.hostname:
        attributes["server.address"] = url.hostname
        attributes["server.port"] = url.port or (443 if url.is_secure else 80)
    if client := scope.get("client"):
        attributes["client.address"] = client[0]
    if agent := headers.get("user-agent"):
        attributes["user_agent.original"] = agent
    return attributes


def response_attributes(scope: Scope, status: int | None, error: BaseException | None) -> Attributes:
    """How it ended. What nobody answered becomes a 500 further out; a client that leaves is no error of the server."""
    attributes: Attributes = {}
    if (route := matched_route(scope)) is not None:
        attributes["http.route"] = route
    failure = error if isinstance(error, Exception) and not isinstance(error, ClientDisconnected) else None
    if status is None and failure is not None:
        status = 500
    if status is not None:
        attributes["http.response.status_code"] = status
    if failure is not None:
        attributes["error.type"] = qualified_name(failure)
    elif status is not None and status >= 500:
        attributes["error.type"] = str(status)
    return attributes


def matched_route(scope: Scope) -> str | None:
    """The template of the path, with those of the mounts around it; None when no route was found."""
    route, mounts = scope.get("route"), str(scope.get(MOUNTED_AT_KEY, ""))
    if isinstance(route, Mount):  # the way ended there
        return mounts or None
    path = getattr(route, "path_format", None) or getattr(route, "path", None)  # the first without convertors
    return mounts + path if isinstance(path, str) else None


def _expressions(excluded: str | Iterable[str]) -> list[re.Pattern[str]]:
    texts = excluded.split(",") if isinstance(excluded, str) else excluded
    return [re.compile(text.strip()) for text in texts if text.strip()]
