"""An SDK that keeps what it is told, and a driver for applications: ours, and FastAPI in the differential tests."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Sampler


@dataclass
class Told:
    """A span, as tests compare it: its parent by name, or by hexadecimal id where that is not among the spans."""

    name: str
    kind: str
    parent: str | None
    status: tuple[str, str | None]
    attributes: dict[str, Any]
    events: list[str]


class Rig:
    def __init__(self, sampler: Sampler = ALWAYS_ON) -> None:
        self._spans, self._logs = InMemorySpanExporter(), InMemoryLogRecordExporter()
        self.tracers = TracerProvider(sampler=sampler)
        self.tracers.add_span_processor(SimpleSpanProcessor(self._spans))
        self._reader = InMemoryMetricReader()
        self.meters = MeterProvider([self._reader])
        self.loggers = LoggerProvider()
        self.loggers.add_log_record_processor(SimpleLogRecordProcessor(self._logs))

    def options(self, **more: Any) -> Any:
        providers = {
            "tracer_provider": self.tracers,
            "meter_provider": self.meters,
            "logger_provider": self.loggers,
        }
        return {**providers, **more}

    def raw_spans(self) -> list[ReadableSpan]:
        return list(self._spans.get_finished_spans())

    def spans(self) -> list[Told]:
        """In the order in which they ended."""
        raw = self.raw_spans()
        names = {span.context.span_id: span.name for span in raw}
        told = []
        for span in raw:
            parent = None
            if span.parent is not None:
                parent = names.get(span.parent.span_id, f"{span.parent.span_id:x}")
            status = (span.status.status_code.name, span.status.description)
            events = [event.name for event in span.events]
            told.append(Told(span.name, span.kind.name, parent, status, dict(span.attributes or {}), events))
        return told

    def span(self, name: str) -> Told:
        (found,) = [span for span in self.spans() if span.name == name]
        return found

    def names(self) -> list[str]:
        return [span.name for span in self.spans()]

    def logs(self) -> list[Any]:
        return [data.log_record for data in self._logs.get_finished_logs()]

    def points(self) -> dict[str, list[tuple[dict[str, Any], Any]]]:
        """Metric -> (attributes, count or value), ordered."""
        found: dict[str, list[tuple[dict[str, Any], Any]]] = {}
        data = self._reader.get_metrics_data()
        for resource in data.resource_metrics if data is not None else ():
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    points = [
                        (dict(p.attributes), getattr(p, "count", None) or getattr(p, "value", None))
                        for p in metric.data.data_points
                    ]
                    found[metric.name] = sorted(points, key=lambda point: sorted(map(str, point[0].items())))
        return found

    def instruments(self) -> dict[str, tuple[Any, ...]]:
        """Metric -> unit, description, kind of data, bounds of a histogram."""
        data = self._reader.get_metrics_data()
        assert data is not None
        return {
            metric.name: (
                metric.unit,
                metric.description,
                type(metric.data).__name__,
                getattr(metric.data.data_points[0], "explicit_bounds", None),
            )
            for resource in data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }


def http(path: str, method: str = "GET", query: bytes = b"", headers: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "root_path": "",
        "headers": [(b"host", b"ducks.example:8080")] if headers is None else headers,
        "client": ("10.1.2.3", 555),
        "server": ("127.0.0.1", 8000),
        **more,
    }


def websocket(path: str, **more: Any) -> dict[str, Any]:
    scope = {**http(path), "type": "websocket", "scheme": "ws", "subprotocols": [], **more}
    del scope["method"]
    return scope


async def answer(app: Any, scope: dict[str, Any], *messages: dict[str, Any], body: bytes = b"") -> list[Any]:
    """What the application sent: statuses, codes and sizes of bodies; at the end the exception that left it."""
    sent: list[Any] = []
    first = (
        [{"type": "websocket.connect"}] if scope["type"] == "websocket" else [{"type": "http.request", "body": body}]
    )
    to_come = [*first, *messages]
    gone = (
        {"type": "websocket.disconnect", "code": 1005} if scope["type"] == "websocket" else {"type": "http.disconnect"}
    )

    async def receive() -> dict[str, Any]:
        return to_come.pop(0) if to_come else gone

    async def send(message: dict[str, Any]) -> None:
        sent.append(message.get("status") or message.get("code") or len(message.get("body") or b""))

    try:
        await app(scope, receive, send)
    except BaseException as error:
        sent.append(type(error).__name__)
    return sent


def ask(app: Any, scope: dict[str, Any], *messages: dict[str, Any], body: bytes = b"") -> list[Any]:
    return asyncio.run(answer(app, scope, *messages, body=body))
