"""Who watches for OpenTelemetry: a layer around any application, and somebody at the door who knows when requests came.

A request that the sampler drops pays for the decision and little else: its marks are not looked at, and no layer of the
application is asked for any.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

from opentelemetry import metrics, trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.propagate import get_global_textmap
from opentelemetry.trace import Span, SpanKind, Tracer, set_span_in_context

import webfoot
from webfoot.asgi.types import ASGIApp, Receive, Scope, Send
from webfoot.journey.otel.attributes import ServerAttributes, of_call
from webfoot.journey.otel.call import Call, SocketCall
from webfoot.journey.otel.doorstep import Doorstep
from webfoot.journey.otel.export import PACKAGE, prepare, start
from webfoot.journey.otel.faults import tell
from webfoot.journey.otel.instruments import SCHEMA, Instruments, instruments_of, is_empty
from webfoot.journey.otel.refused import span_of_refused
from webfoot.journey.otel.spans import SpanTrail
from webfoot.journey.record import Record
from webfoot.trail import TRAIL_KEY, Trail, trail_of
from webfoot.trail.conventions import FIELDS, OBSERVED_KEY, STAGES, known_method

log = logging.getLogger("webfoot")

_W3C: Final = {"traceparent", "tracestate", "baggage"}
_W3C_FIELDS: Final = frozenset(name.encode() for name in _W3C)
_WHO: Final = ("webfoot", webfoot.__version__)


class Tracing:
    """Implements `webfoot.trail.Watcher`, and `journey.watching.Listener` for where others watch as well.

    The providers are the global ones unless given. Which there are is found out at the first request: by then the
    application has configured what it wants to, at import or in its lifespan.
    """

    def __init__(
        self,
        tracer_provider: trace.TracerProvider | None = None,
        meter_provider: metrics.MeterProvider | None = None,
    ) -> None:
        self._given = tracer_provider, meter_provider
        self._is_found = False
        self.tracer: Tracer | None = None
        self.instruments: Instruments | None = None
        if self._given == (None, None):
            _try(prepare)

    def begin(self) -> Trail:
        return Doorstep(self)

    def loaded(self, app: ASGIApp) -> ASGIApp:
        return TracingLayer(app, self)

    def done(self, record: Record) -> None:
        """Only of requests that the server refused itself: of those no layer has heard."""
        called = record.fact("app_entered", "outcome")
        if called is None and record.method is not None and self.find() and self.tracer is not None:
            span_of_refused(self.tracer, record)

    def find(self) -> bool:
        """Whether there is anything to report to."""
        if not self._is_found:
            self._is_found = True
            tracers, meters = self._given
            if tracers is None and meters is None:
                _try(start)
            tracers, meters = tracers or trace.get_tracer_provider(), meters or metrics.get_meter_provider()
            if not is_empty(tracers):
                self.tracer = tracers.get_tracer(*_WHO, schema_url=SCHEMA)
            if not is_empty(meters):
                self.instruments = instruments_of(meters, _WHO)
            if self.tracer is None and self.instruments is None:
                log.warning(
                    "otel is on, but nothing is told: no SDK is configured, and the environment names no "
                    "OTEL_EXPORTER_OTLP_ENDPOINT"
                )
        return self.tracer is not None or self.instruments is not None


def _try(export: Callable[[], None]) -> None:
    try:
        export()
    except ImportError:
        log.error(
            "otel: the environment names an endpoint, but %s is not installed: pip install 'webfoot[otlp]'", PACKAGE
        )


class TracingLayer:
    """Around the application."""

    def __init__(self, app: ASGIApp, tracing: Tracing) -> None:
        self.app = app
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind not in ("http", "websocket") or OBSERVED_KEY in scope or not self._tracing.find():
            await self.app(scope, receive, send)
            return
        scope[OBSERVED_KEY] = STAGES
        if kind == "http":
            method = known_method(scope)
            call = Call(scope, send, self._tracing.instruments, method)
        else:
            method = None
            call = socket = SocketCall(scope, receive, send)
            receive = socket.receive
        token = attach(self._begin(call, scope, method))
        try:
            await self.app(scope, receive, call.send)
        except BaseException as error:
            call.over(error)
            raise
        else:
            call.over(None)
        finally:
            detach(token)

    def _begin(self, call: Call, scope: Scope, method: str | None) -> Context:
        """The context of the request: the caller's, and the server span in it, which is begun."""
        trail, tracer = trail_of(scope), self._tracing.tracer
        came = _came(trail)
        if came is not None:
            call.began_at(came)
        context = Context()
        try:
            context = _caller(scope, context)
            if tracer is not None:
                name = method or ("HTTP" if scope["type"] == "http" else "WS")
                made = ServerAttributes(scope, method, of_call)
                ago = 0 if came is None else time.perf_counter_ns() - came
                span = tracer.start_span(name, context, SpanKind.SERVER, made, start_time=time.time_ns() - ago)
                call.span, context = span, set_span_in_context(span, context)
                self._follow(call, scope, span, tracer, trail)
        except Exception as error:
            tell(error)
        call.context = context
        return context

    def _follow(self, call: Call, scope: Scope, span: Span, tracer: Tracer, trail: Trail | None) -> None:
        door = trail if isinstance(trail, Doorstep) else None
        if span.is_recording():
            call.record = _record(trail) if door is None else door.record_now()
            call.trail = scope[TRAIL_KEY] = SpanTrail(tracer, trail if door is None else call.record, scope)
        elif door is not None:
            door.turn_away()
            del scope[TRAIL_KEY]
            scope.get("extensions", {}).pop("http.response.debug", None)


def _caller(scope: Scope, nobody: Context) -> Context:
    """What the caller says of its trace, read by whatever propagators are configured.

    Usually they are the W3C's, which read three fields; most callers send none of these.
    """
    propagator = get_global_textmap()
    headers = scope["headers"]
    if propagator.fields == _W3C and not any(name in _W3C_FIELDS for name, _ in headers):
        return nobody
    return propagator.extract(headers, nobody, FIELDS)


def _came(trail: Trail | None) -> int | None:
    """When the request's first bytes were there (perf_counter_ns), if anybody knows."""
    if isinstance(trail, Doorstep):
        return trail.came
    first = trail.first("bytes_received") if isinstance(trail, Record) else None
    return None if first is None else first.at


def _record(trail: object) -> Record | None:
    """What the sentence is made of. There is none beside a trail that is not ours."""
    return trail if isinstance(trail, Record) else None
