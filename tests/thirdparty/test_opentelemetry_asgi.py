"""opentelemetry-instrumentation-asgi around and inside of our applications, and beside our own middleware."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware as Theirs
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from tests.thirdparty.serving import get

from webfoot.web import Middleware, PlainTextResponse, Route, StreamingResponse, WebApp
from webfoot.web.middleware.opentelemetry import OpenTelemetryMiddleware as Ours


async def fine(request: Any) -> PlainTextResponse:
    return PlainTextResponse("fine")


async def streamed(request: Any) -> StreamingResponse:
    return StreamingResponse(iter(["a ", "duck"]))


async def broken(request: Any) -> PlainTextResponse:
    raise LookupError("no duck")


ROUTES = [Route("/ducks/{name}", fine), Route("/stream", streamed), Route("/broken", broken)]


class Collected:
    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))

    def server_spans(self) -> list[Any]:
        return [span for span in self._exporter.get_finished_spans() if span.kind is SpanKind.SERVER]


def around(collected: Collected) -> Any:
    return Theirs(WebApp(routes=ROUTES), tracer_provider=collected.provider)


def inside(collected: Collected) -> Any:
    return WebApp(routes=ROUTES, middleware=[Middleware(Theirs, tracer_provider=collected.provider)])


@pytest.mark.parametrize("make", [around, inside])
@pytest.mark.parametrize(("path", "status", "text"), [("/ducks/eider", 200, "fine"), ("/stream", 200, "a duck")])
def test_a_request_has_one_server_span(make: Any, path: str, status: int, text: str) -> None:
    collected = Collected()
    answer = get(make(collected), path)
    assert (answer.status_code, answer.text) == (status, text)
    (span,) = collected.server_spans()
    attributes = span.attributes
    assert attributes.get("http.status_code", attributes.get("http.response.status_code")) == status


@pytest.mark.parametrize("make", [around, inside])
def test_a_failure(make: Any) -> None:
    collected = Collected()
    assert get(make(collected), "/broken").status_code == 500
    (span,) = collected.server_spans()
    assert span.status.status_code is StatusCode.ERROR


def test_ours_within_theirs_is_the_child() -> None:
    collected = Collected()
    own = Middleware(Ours, tracer_provider=collected.provider)
    app = Theirs(WebApp(routes=ROUTES, middleware=[own]), tracer_provider=collected.provider)
    assert get(app, "/ducks/eider").text == "fine"
    spans = {span.instrumentation_scope.name: span for span in collected.server_spans()}
    inner, outer = spans["webfoot.web"], spans["opentelemetry.instrumentation.asgi"]
    assert inner.name == "GET /ducks/{name}"
    assert inner.parent.span_id == outer.context.span_id
