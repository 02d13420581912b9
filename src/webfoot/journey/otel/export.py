"""Exporters for the endpoints that the environment names (`OTEL_EXPORTER_OTLP_...`)."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, NamedTuple, TypeAlias

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
    for signal in wanted_signals(_SERVER_SIGNALS):
        if is_empty(_SIGNALS[signal].get_global()):
            atexit.register(start_signal(signal, None))  # a reader that came late is not shut down by its provider


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


class _Signal(NamedTuple):
    """`parts`: makes a provider of the SDK's, and what exports to the endpoint; these are imported only then.

    add, remove: the provider's methods for that; one without `remove` has none.
    """

    get_global: Callable[[], Any]
    set_global: Callable[[Any], None]
    parts: Callable[[], tuple[Callable[[], Any], Any]]
    add: str
    remove: str = ""


def start_signal(name: str, given: Any) -> Stop:
    """Add an exporter to the provider that is given, or else to the global one; gives what ends it again.

    Where nobody has configured a global provider, there is one of the SDK from now on.
    """
    signal = _SIGNALS[name]
    new_provider, exports = signal.parts()
    provider = given or signal.get_global()
    if is_empty(provider):
        provider = new_provider()
        signal.set_global(provider)
    getattr(provider, signal.add)(exports)

    def stop() -> None:
        exports.shutdown()
        if signal.remove:
            getattr(provider, signal.remove)(exports)

    return stop


def _of_traces() -> tuple[Callable[[], Any], Any]:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    return TracerProvider, BatchSpanProcessor(OTLPSpanExporter())


def _of_metrics() -> tuple[Callable[[], Any], Any]:
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

    return MeterProvider, Reader(OTLPMetricExporter())


def _of_logs() -> tuple[Callable[[], Any], Any]:
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor

    return LoggerProvider, BatchLogRecordProcessor(OTLPLogExporter())


_SIGNALS: Final[Mapping[str, _Signal]] = {
    "TRACES": _Signal(trace.get_tracer_provider, trace.set_tracer_provider, _of_traces, "add_span_processor"),
    "METRICS": _Signal(
        metrics.get_meter_provider,
        metrics.set_meter_provider,
        _of_metrics,
        "add_metric_reader",
        remove="remove_metric_reader",
    ),
    "LOGS": _Signal(_logs.get_logger_provider, _logs.set_logger_provider, _of_logs, "add_log_record_processor"),
}
