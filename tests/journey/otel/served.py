"""An application behind the real server with `otel` on, and an SDK that keeps what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Sampler
from tests.conformance.harness import Dialogue, with_server

from webfoot.journey.otel.tracing import Tracing
from webfoot.trail import Watcher


class Told:
    """What the SDK was told. `watcher`: for the server, or another one around the tracing."""

    def __init__(self, sampler: Sampler = ALWAYS_ON) -> None:
        self._exporter = InMemorySpanExporter()
        self.tracers = TracerProvider(sampler=sampler)
        self.tracers.add_span_processor(SimpleSpanProcessor(self._exporter))
        self._reader = InMemoryMetricReader()
        self.meters = MeterProvider([self._reader])
        self.tracing = Tracing(self.tracers, self.meters)

    @property
    def spans(self) -> list[ReadableSpan]:
        return sorted(self._exporter.get_finished_spans(), key=lambda span: span.start_time or 0)

    def named(self, name: str) -> ReadableSpan:
        (found,) = [span for span in self.spans if span.name == name]
        return found

    @property
    def server_spans(self) -> list[ReadableSpan]:
        return [span for span in self.spans if span.kind.name == "SERVER"]

    def parent_of(self, span: ReadableSpan) -> ReadableSpan | None:
        parent = span.parent and span.parent.span_id
        return next((each for each in self.spans if each.context.span_id == parent), None)

    def tree(self) -> list[str]:
        """Each span as the way to it, `GET /ducks > endpoint ducks`, in the order in which they began."""
        return [" > ".join(self._way(span)) for span in self.spans]

    def _way(self, span: ReadableSpan) -> list[str]:
        parent = self.parent_of(span)
        return [*(self._way(parent) if parent is not None else []), span.name]

    def measured(self, name: str) -> list[tuple[dict[str, Any], Any]]:
        data = self._reader.get_metrics_data()
        if data is None:
            return []
        metrics = [metric for of in data.resource_metrics for scope in of.scope_metrics for metric in scope.metrics]
        points = [point for metric in metrics if metric.name == name for point in metric.data.data_points]
        return [(dict(point.attributes), point) for point in points]


def talk_to(
    app: Any, talk: Callable[[Dialogue], Awaitable[Any]], told: Told, watcher: Watcher | None = None, **options: Any
) -> Any:
    watching = watcher or told.tracing
    return asyncio.run(with_server(watching.loaded(app), talk, watching, **options))


def ask(app: Any, *requests: str, told: Told, watcher: Watcher | None = None, **options: Any) -> list[int]:
    """The statuses. A request is `GET /path`, with fields on further lines and a body behind an empty one."""

    async def talk(dialogue: Dialogue) -> list[int]:
        await dialogue.say(*[_bytes_of(each, is_last=each is requests[-1]) for each in requests])
        return (await dialogue.hear_all()).statuses

    return talk_to(app, talk, told, watcher, **options)


def _bytes_of(request: str, *, is_last: bool) -> bytes:
    head, _, body = request.partition("\n\n")
    first, *fields = head.splitlines()
    lines = [f"{first} HTTP/1.1", "host: pond.test", *fields]
    if body:
        lines.append(f"content-length: {len(body.encode())}")
    if is_last:
        lines.append("connection: close")
    return "\r\n".join([*lines, "", ""]).encode() + body.encode()
