"""The layer around an application that has telemetry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from opentelemetry.context import Context, attach, detach, set_value
from opentelemetry.propagate import extract
from opentelemetry.trace import SpanKind, Tracer, get_current_span, set_span_in_context

from webfoot.api.telemetry.attributes import ServerAttributes
from webfoot.api.telemetry.config import Choice
from webfoot.api.telemetry.data import CONTEXT_KEY
from webfoot.api.telemetry.export import live
from webfoot.api.telemetry.marks import watch_by_spans
from webfoot.api.telemetry.observation import TELEMETRY_KEY, Observation
from webfoot.api.telemetry.operations import install
from webfoot.api.telemetry.signals import Signals, find_signals
from webfoot.asgi.types import ASGIApp, Receive, Scope, Send
from webfoot.journey.otel.faults import tell
from webfoot.trail import TRAIL_KEY
from webfoot.trail.conventions import FIELDS, OBSERVED_KEY, STAGES, known_method

_NOBODY: Final = Context()


class TelemetryLayer:
    """Observes each request, unless an application around this one does already. Where whoever stands around the
    application (the server's `--otel`, the toolkit's middleware) has the request's span and its metrics, only the rest
    is made here: log records, what processors may look at, and the spans of stages if they are not made out there.

    within: what to call for a request whose journey is watched, in the place of `app`.
    """

    def __init__(self, app: ASGIApp, within: Callable[[ASGIApp, Scope], ASGIApp], choice: Choice) -> None:
        self.app = app
        self._within = within
        self._choice = choice
        self._signals = Signals(None, None, None)
        self._is_found = False
        install()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await live(self._choice, self.app, scope, receive, send)
            return
        app = self._within(self.app, scope) if TRAIL_KEY in scope else self.app
        if TELEMETRY_KEY in scope or not self._find():
            await app(scope, receive, send)
        elif self._choice.exclude is not None and self._choice.exclude(scope):
            await self._pass_by(app, scope, receive, send)
        else:
            await self._observe(app, scope, receive, send)

    def _find(self) -> bool:
        """Whether there is anything to report to. An SDK may be configured late, in a lifespan, say."""
        if not self._is_found:
            self._signals = find_signals(self._choice)
            self._is_found = self._signals.exist
        return self._is_found

    async def _pass_by(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        scope[TELEMETRY_KEY] = None
        try:
            await app(scope, receive, send)
        finally:
            scope.pop(TELEMETRY_KEY, None)

    async def _observe(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        signals = self._signals
        method = known_method(scope) if scope["type"] == "http" else None
        observation = Observation(scope, send, signals, method)
        if signals.tracer is None:
            observation.context = set_value(CONTEXT_KEY, observation)
        elif OBSERVED_KEY in scope:
            observation.context = set_value(CONTEXT_KEY, observation)
            if scope[OBSERVED_KEY] != STAGES and self._choice.operation_spans and get_current_span().is_recording():
                observation.operations = signals.tracer
        else:
            app = self._trace(signals.tracer, app, scope, observation, method)
        token = attach(observation.context)
        scope[TELEMETRY_KEY] = observation
        try:
            await app(scope, receive, observation.send)
        except BaseException as error:
            observation.over(error)
            raise
        else:
            observation.over(None)
        finally:
            detach(token)
            scope.pop(TELEMETRY_KEY, None)

    def _trace(
        self, tracer: Tracer, app: ASGIApp, scope: Scope, observation: Observation, method: str | None
    ) -> ASGIApp:
        """Begin the server span, as a child of the caller's; gives what is to be called within it."""
        caller, name = _NOBODY, method or ("HTTP" if scope["type"] == "http" else "WS")
        try:
            caller = extract(scope["headers"], _NOBODY, FIELDS)
            span = observation.span = tracer.start_span(name, caller, SpanKind.SERVER, ServerAttributes(scope, method))
        except Exception as error:
            tell(error)
            observation.context = set_value(CONTEXT_KEY, observation, caller)
            return app
        observation.context = set_value(CONTEXT_KEY, observation, set_span_in_context(span, caller))
        if span.is_recording():
            if self._choice.operation_spans:
                observation.operations = tracer
            if self._choice.journey_spans:
                watch_by_spans(tracer, scope)
                return self._within(self.app, scope)
        return app
