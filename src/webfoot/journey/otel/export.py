"""Exporters for the endpoints that the environment names (`OTEL_EXPORTER_OTLP_...`)."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, TypeAlias

from opentelemetry import _logs, metrics, trace

from webfoot.journey.otel.instruments import is_empty

Stop: TypeAlias = Callable[[], Any]

PACKAGE: Final = "opentelemetry-exporter-otlp-proto-http"
_MODULES: Final = {
    "TRACES": "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "METRICS": "opentelemetry.exporter.otlp.proto.http.metric_exporter",
}
_SERVER_SIGNALS: Final = tuple(_MODULES)


def prepare() -> None:
    """Import what `start` will need, before a request would have to wait for it. ImportError without a package."""
    for signal in wanted_signals(_SERVER_SIGNALS):
        if find_spec("opentelemetry.sdk") is None:
            raise ModuleNotFoundError("opentelemetry-sdk", name="opentelemetry.sdk")
        import_module(_MODULES[signal])


def start() -> None:
    """Export what the server tells, where the environment wants it and nobody has configured a provider already.

    The providers are global from now on. What is left is exported when the process ends.
    """
    found = {"TRACES": trace.get_tracer_provider(), "METRICS": metrics.get_meter_provider()}
    for signal in wanted_signals(_SERVER_SIGNALS):
        if is_empty(found[signal]):
            atexit.register(STARTS[signal](None))  # a reader that came late is not shut down by its provider


def wanted_signals(chosen: tuple[str, ...]) -> list[str]:
    """Of those chosen, the signals that have an endpoint in the environment."""
    if os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return []
    return [signal for signal in chosen if _has_endpoint(signal)]


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


def _start_traces(provider: Any) -> Stop:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    given = provider or trace.get_tracer_provider()
    provider = _made_if_empty(given, TracerProvider, trace.set_tracer_provider)
    processor = BatchSpanProcessor(OTLPSpanExporter())
    provider.add_span_processor(processor)
    return processor.shutdown


def _start_metrics(provider: Any) -> Stop:
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

    given = provider or metrics.get_meter_provider()
    provider = _made_if_empty(given, MeterProvider, metrics.set_meter_provider)
    reader = Reader(OTLPMetricExporter())
    provider.add_metric_reader(reader)

    def stop() -> None:
        reader.shutdown()
        provider.remove_metric_reader(reader)

    return stop


def _start_logs(provider: Any) -> Stop:
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor

    given = provider or _logs.get_logger_provider()
    provider = _made_if_empty(given, LoggerProvider, _logs.set_logger_provider)
    processor = BatchLogRecordProcessor(OTLPLogExporter())
    provider.add_log_record_processor(processor)
    return processor.shutdown


STARTS: Final[Mapping[str, Callable[[Any], Stop]]] = {
    "TRACES": _start_traces,
    "METRICS": _start_metrics,
    "LOGS": _start_logs,
}
"""By signal: add an exporter to the provider that is given, or else to the global one; gives what ends it again."""
