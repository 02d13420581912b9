"""Exporters for the endpoints that the environment names (`OTEL_EXPORTER_OTLP_...`), while the application lives."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Final

from opentelemetry import _logs, metrics, trace

from webfoot.api.telemetry.config import Choice
from webfoot.api.telemetry.signals import is_empty
from webfoot.asgi.types import ASGIApp, Message, Receive, Scope, Send
from webfoot.web.packages import missing
from webfoot.web.threads import run_in_threadpool

Stop = Callable[[], Any]

_ENDS: Final = frozenset(("lifespan.shutdown.complete", "lifespan.shutdown.failed", "lifespan.startup.failed"))


async def live(choice: Choice, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """The application's lifespan, and the exporters' around it. What is left is exported before its end is told."""
    stops = start(choice) if choice.auto_configure else []
    if not stops:
        await app(scope, receive, send)
        return

    async def send_after_export(message: Message) -> None:
        if message["type"] in _ENDS:
            await _stop(stops)
        await send(message)

    try:
        await app(scope, receive, send_after_export)
    finally:
        await _stop(stops)


async def _stop(stops: list[Stop]) -> None:
    while stops:
        await run_in_threadpool(stops.pop())


def start(choice: Choice) -> list[Stop]:
    """Add an exporter to the provider of each signal that has an endpoint; gives what ends them again.

    Where nobody has configured a global provider, there is one of the SDK from now on. ImportError without a package.
    """
    chosen = {"TRACES": choice.tracing, "METRICS": choice.metrics, "LOGS": choice.logs}
    wanted = [signal for signal, wants in chosen.items() if wants and _has_endpoint(signal)]
    if not wanted or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return []
    try:
        return [_STARTS[signal](choice) for signal in wanted]
    except ImportError as error:
        raise missing("opentelemetry-exporter-otlp-proto-http", "telemetry['auto_configure']", "otlp") from error


def _has_endpoint(signal: str) -> bool:
    if os.environ.get(f"OTEL_{signal}_EXPORTER", "").lower() == "none":
        return False
    names = ("OTEL_EXPORTER_OTLP_ENDPOINT", f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")
    return any(os.environ.get(name) for name in names)


def _made_if_empty(given: Any, make: Callable[[], Any], set_global: Callable[[Any], None]) -> Any:
    """The provider to add an exporter to: `given`, or where nobody has configured one, a global one from now on."""
    if not is_empty(given):
        return given
    made = make()
    set_global(made)
    return made


def _start_traces(choice: Choice) -> Stop:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    given = choice.tracer_provider or trace.get_tracer_provider()
    provider = _made_if_empty(given, TracerProvider, trace.set_tracer_provider)
    processor = BatchSpanProcessor(OTLPSpanExporter())
    provider.add_span_processor(processor)
    return processor.shutdown


def _start_metrics(choice: Choice) -> Stop:
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

    class Reader(PeriodicExportingMetricReader):
        """Is shut down by us, and by its provider when that takes it away."""

        is_down = False

        def shutdown(self, timeout_millis: float = 30_000, **more: Any) -> None:
            if not self.is_down:
                self.is_down = True
                super().shutdown(timeout_millis, **more)

    given = choice.meter_provider or metrics.get_meter_provider()
    provider = _made_if_empty(given, MeterProvider, metrics.set_meter_provider)
    reader = Reader(OTLPMetricExporter())
    provider.add_metric_reader(reader)

    def stop() -> None:
        reader.shutdown()
        provider.remove_metric_reader(reader)

    return stop


def _start_logs(choice: Choice) -> Stop:
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor

    given = choice.logger_provider or _logs.get_logger_provider()
    provider = _made_if_empty(given, LoggerProvider, _logs.set_logger_provider)
    processor = BatchLogRecordProcessor(OTLPLogExporter())
    provider.add_log_record_processor(processor)
    return processor.shutdown


_STARTS: Final[dict[str, Callable[[Choice], Stop]]] = {
    "TRACES": _start_traces,
    "METRICS": _start_metrics,
    "LOGS": _start_logs,
}
