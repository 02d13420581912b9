"""Spans and durations, as the SDK exports them. Source: OpenTelemetry's semantic conventions for HTTP, 1.30."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

import pytest
from opentelemetry import baggage, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import SpanKind, StatusCode
from tests.conformance.harness import exchange_bytes
from tests.web.driving import answer_of

from webfoot import Webfoot
from webfoot.asgi.types import ClientDisconnected
from webfoot.web import (
    BackgroundTask,
    HTTPException,
    Middleware,
    Mount,
    PlainTextResponse,
    Route,
    StreamingResponse,
    WebApp,
)
from webfoot.web.middleware.opentelemetry import OpenTelemetryMiddleware


class Observatory:
    """Providers of its own, so that no global state is touched, and what they have collected."""

    def __init__(self, **options: Any) -> None:
        self._exporter = InMemorySpanExporter()
        self.tracer_provider = TracerProvider(**options)
        self.tracer_provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self._reader = InMemoryMetricReader()
        self.meter_provider = MeterProvider([self._reader])

    def around(self, app: Any, **options: Any) -> Any:
        providers = {"tracer_provider": self.tracer_provider, "meter_provider": self.meter_provider}
        return OpenTelemetryMiddleware(app, **providers, **options)

    @property
    def spans(self) -> Any:
        return self._exporter.get_finished_spans()

    @property
    def span(self) -> Any:
        (only,) = self.spans
        return only

    @property
    def measured(self) -> list[Any]:
        data = self._reader.get_metrics_data()
        if data is None:
            return []
        (metric,) = data.resource_metrics[0].scope_metrics[0].metrics
        assert (metric.name, metric.unit) == ("http.server.request.duration", "s")
        return list(metric.data.data_points)


async def ok(request: Any) -> PlainTextResponse:
    return PlainTextResponse("ok")


async def broken(request: Any) -> PlainTextResponse:
    raise LookupError("no duck")


async def busy(request: Any) -> PlainTextResponse:
    return PlainTextResponse("later", status_code=503)


async def missing(request: Any) -> PlainTextResponse:
    raise HTTPException(404)


async def foreign(scope: Any, receive: Any, send: Any) -> None:
    await PlainTextResponse("foreign")(scope, receive, send)


def pond() -> WebApp:
    return WebApp(
        routes=[
            Route("/ducks/{duck_id:int}", ok),
            Route("/broken", broken),
            Route("/busy", busy),
            Route("/missing", missing),
            Mount("/ponds/{pond:int}", routes=[Mount("/north", routes=[Route("/ducks/{name}", ok)])]),
            Mount("/foreign", app=foreign),
        ]
    )


def observed(path: str, method: str = "GET", **more: Any) -> Any:
    observatory = Observatory()
    answer_of(observatory.around(pond()), method, path, **more)
    return observatory


def test_a_span() -> None:
    observatory = observed("/ducks/7", query_string=b"a=1", headers={"user-agent": "duck/1"}, http_version="2")
    span = observatory.span
    assert (span.name, span.kind, span.status.status_code) == (
        "GET /ducks/{duck_id}",
        SpanKind.SERVER,
        StatusCode.UNSET,
    )
    assert dict(span.attributes) == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "http.route": "/ducks/{duck_id}",
        "url.scheme": "http",
        "url.path": "/ducks/7",
        "url.query": "a=1",
        "server.address": "duck.example",
        "server.port": 80,
        "client.address": "127.0.0.1",
        "network.protocol.version": "2",
        "user_agent.original": "duck/1",
    }
    assert span.parent is None
    assert span.events == ()


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/ponds/7/north/ducks/eider", "/ponds/{pond}/north/ducks/{name}"),
        ("/ponds/7/north/nobody/here", "/ponds/{pond}/north"),
        ("/foreign/a/b", "/foreign"),
        ("/nowhere", None),
    ],
)
def test_the_route_is_a_template_with_its_mounts(path: str, route: str | None) -> None:
    span = observed(path).span
    assert span.attributes.get("http.route") == route
    assert span.name == ("GET" if route is None else f"GET {route}")


def test_the_route_of_an_api() -> None:
    api = Webfoot()

    @api.get("/ducks/{duck_id}")
    async def show(duck_id: int) -> int:
        return duck_id

    observatory = Observatory()
    answer_of(observatory.around(api), "GET", "/ducks/7")
    assert observatory.span.name == "GET /ducks/{duck_id}"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("sig=1&a=2", "sig=REDACTED&a=2"),
        ("a=2&X-Goog-Signature=abc", "a=2&X-Goog-Signature=REDACTED"),
        ("AWSAccessKeyId=1&Signature=x%20y", "AWSAccessKeyId=REDACTED&Signature=REDACTED"),
        ("design=1&mysig=2", "design=1&mysig=2"),
    ],
)
def test_signatures_are_not_exported(query: str, told: str) -> None:
    assert observed("/", query_string=query.encode()).span.attributes["url.query"] == told


def test_a_made_up_method_makes_no_new_names() -> None:
    """Clients can make up as many as they like, and each name costs memory in whatever collects them."""
    observatory = observed("/ducks/7", "QUACK")
    assert observatory.span.name == "HTTP /ducks/{duck_id}"
    assert observatory.span.attributes["http.request.method"] == "_OTHER"
    assert observatory.span.attributes["http.request.method_original"] == "QUACK"
    assert observatory.measured[0].attributes["http.request.method"] == "_OTHER"


# Outcomes.


def test_an_unhandled_exception() -> None:
    span = observed("/broken").span
    assert (span.attributes["error.type"], span.attributes["http.response.status_code"]) == ("LookupError", 500)
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "LookupError: no duck")
    (event,) = span.events
    assert (event.name, event.attributes["exception.message"]) == ("exception", "no duck")


def test_also_from_among_the_middleware() -> None:
    observatory = Observatory()
    providers = {"tracer_provider": observatory.tracer_provider, "meter_provider": observatory.meter_provider}
    app = WebApp(routes=[Route("/broken", broken)], middleware=[Middleware(OpenTelemetryMiddleware, **providers)])
    answer = answer_of(app, "GET", "/broken")
    assert (answer.status, type(answer.error)) == (500, LookupError)
    assert observatory.span.attributes["http.response.status_code"] == 500
    assert observatory.span.status.status_code is StatusCode.ERROR


@pytest.mark.parametrize(
    ("path", "status", "error"), [("/busy", 503, "503"), ("/missing", 404, None), ("/nowhere", 404, None)]
)
def test_an_answer_of_the_servers_fault_is_an_error_and_one_of_the_clients_is_not(
    path: str, status: int, error: str | None
) -> None:
    span = observed(path).span
    assert span.attributes["http.response.status_code"] == status
    assert span.attributes.get("error.type") == error
    assert span.status.status_code is (StatusCode.UNSET if error is None else StatusCode.ERROR)


@pytest.mark.parametrize("exception", [ClientDisconnected("gone"), asyncio.CancelledError()])
def test_a_client_that_leaves_is_no_error_of_the_server(exception: BaseException) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise exception

    observatory = Observatory()
    try:
        answer_of(observatory.around(app))
    except asyncio.CancelledError:
        pass
    assert observatory.span.status.status_code is StatusCode.UNSET
    assert "error.type" not in observatory.span.attributes
    assert observatory.span.attributes["http.response.status_code"] == 200


# Context.


def test_the_trace_goes_on_and_its_baggage_arrives() -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append((trace.get_current_span(), baggage.get_baggage("duck")))

    observatory = Observatory()
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    answer_of(observatory.around(app), headers={"traceparent": parent, "baggage": "duck=eider"})
    span = observatory.span
    assert span.context.trace_id == 0x0AF7651916CD43DD8448EB211C80319C
    assert span.parent.span_id == 0xB7AD6B7169203331
    assert seen[0][0].get_span_context() == span.context
    assert seen[0][1] == "eider"
    assert not trace.get_current_span().get_span_context().is_valid


@pytest.mark.parametrize(
    "parent", ["", "junk", "00-0-0-00", "ff-" + "0" * 32 + "-" + "0" * 16 + "-01", "é" * 55, "0" * 60_000]
)
def test_a_malformed_parent_begins_a_new_trace(parent: str) -> None:
    observatory = Observatory()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["headers"].append((b"traceparent", parent.encode("latin-1")))
        await observatory.around(pond())(scope, receive, send)

    assert answer_of(app, "GET", "/ducks/7").status == 200
    assert observatory.span.parent is None


def test_one_in_the_other_makes_one_span() -> None:
    observatory = Observatory()
    inner = observatory.around(pond())
    outer = observatory.around(WebApp(routes=[Mount("/in", app=inner)]))
    assert answer_of(outer, "GET", "/in/ducks/7").status == 200
    assert observatory.span.name == "GET /in/ducks/{duck_id}"
    assert len(observatory.measured) == 1


@pytest.mark.parametrize("excluded", ["/health$,/ready", ["/health$", "/ready"], "nothing, /health$ ,/ready"])
def test_excluded_urls(excluded: Any) -> None:
    observatory = Observatory()
    app = observatory.around(pond(), excluded_urls=excluded)
    for path in ("/health", "/ready/now"):
        answer_of(app, "GET", path)
    assert (observatory.spans, observatory.measured) == ((), [])
    answer_of(app, "GET", "/health/more")
    assert len(observatory.spans) == 1
    whole = observatory.around(pond(), excluded_urls=r"^http://duck\.example/busy\?x=1$")
    answer_of(whole, "GET", "/busy", query_string=b"x=1")
    assert len(observatory.spans) == 1


def test_no_excluded_url_is_not_every_url() -> None:
    observatory = Observatory()
    answer_of(observatory.around(pond(), excluded_urls=" , "), "GET", "/ducks/7")
    assert len(observatory.spans) == 1


def test_samplers_see_what_is_known_at_the_start() -> None:
    observatory = Observatory(sampler=ALWAYS_OFF)
    answer_of(observatory.around(pond()), "GET", "/ducks/7")
    assert observatory.spans == ()
    assert observatory.measured[0].count == 1  # measuring does not depend on it


@pytest.mark.parametrize("kind", ["websocket", "lifespan"])
def test_only_http_is_concerned(kind: str) -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append((dict(scope), send))

    async def send(message: Any) -> None: ...

    observatory = Observatory()
    asyncio.run(observatory.around(app)({"type": kind}, send, send))
    assert seen == [({"type": kind}, send)]
    assert observatory.spans == ()


# Durations.


def test_a_duration() -> None:
    (point,) = observed("/ducks/7").measured
    assert dict(point.attributes) == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "http.route": "/ducks/{duck_id}",
        "network.protocol.version": "1.1",
        "url.scheme": "http",
    }
    assert point.count == 1
    assert 0 < point.sum < 5
    assert point.explicit_bounds[:3] == (0.005, 0.01, 0.025)


@pytest.mark.parametrize("trailers", [False, True])
def test_both_end_with_the_response_and_not_with_what_goes_on_behind_it(trailers: bool) -> None:
    ends: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [], "trailers": trailers})
        await send({"type": "http.response.body", "body": b"one", "more_body": True})
        await send({"type": "http.response.body", "body": b"two"})
        if trailers:
            await send({"type": "http.response.trailers", "headers": [], "more_trailers": True})
            await send({"type": "http.response.trailers", "headers": []})
        ends.append((trace.get_current_span(), time.time_ns(), time.perf_counter()))
        await asyncio.sleep(0.01)

    observatory = Observatory()
    began = time.perf_counter()
    answer_of(observatory.around(app))
    span = observatory.span
    within, ended_at, ended = ends[0]
    assert within.get_span_context() == span.context  # what is behind still belongs to the trace
    assert span.end_time <= ended_at
    assert observatory.measured[0].sum <= ended - began


def test_over_a_socket() -> None:
    done: list[str] = []

    async def stream(request: Any) -> StreamingResponse:
        async def parts() -> Any:
            yield "a "
            assert trace.get_current_span().get_span_context().is_valid
            yield "duck"

        return StreamingResponse(parts(), background=BackgroundTask(done.append, "done"))

    observatory = Observatory()
    app = WebApp(routes=[Route("/{name}", stream)])
    parent = b"traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"
    answers = exchange_bytes(observatory.around(app), [b"GET /x HTTP/1.1\r\nHost: pond:81\r\n" + parent + b"\r\n"])
    assert (answers.bodies, done) == ([b"a duck"], ["done"])
    assert observatory.span.name == "GET /{name}"
    assert observatory.span.context.trace_id == 0x0AF7651916CD43DD8448EB211C80319C
    assert observatory.span.attributes["server.address"] == "pond"
    assert observatory.span.attributes["server.port"] == 81


def test_without_any_provider_nothing_happens() -> None:
    assert answer_of(OpenTelemetryMiddleware(pond()), "GET", "/ducks/7").status == 200


@pytest.mark.parametrize("scope", [{"client": None}, {"server": None}, {"headers": {"host": "not a host/"}}])
def test_what_a_server_does_not_tell_is_left_out(scope: Any) -> None:
    assert observed("/ducks/7", **scope).span.attributes["http.response.status_code"] == 200


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(ImportError, match=r"opentelemetry-api: pip install 'webfoot\[opentelemetry\]'"):
        OpenTelemetryMiddleware(pond())
