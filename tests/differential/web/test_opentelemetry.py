"""OpenTelemetryMiddleware on Starlette and on webfoot: the spans of the same requests."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.differential.web.kits import OURS, THEIRS
from tests.web.driving import answer_of


def observe(kit: SimpleNamespace, method: str, path: str, around: bool, **more: Any) -> list[Any]:
    """The spans of one request."""
    exporter, tracers = InMemorySpanExporter(), TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    providers = {"tracer_provider": tracers, "excluded_urls": "/health$,/ready"}

    async def text(request: Any) -> Any:
        return kit.PlainTextResponse("text")

    async def busy(request: Any) -> Any:
        return kit.PlainTextResponse("later", status_code=503)

    async def refused(request: Any) -> Any:
        raise kit.HTTPException(403)

    async def broken(request: Any) -> Any:
        raise LookupError("no duck")

    async def foreign(scope: Any, receive: Any, send: Any) -> None:
        await kit.PlainTextResponse("foreign")(scope, receive, send)

    routes = [
        kit.Route("/ducks/{duck_id:int}", text, methods=["GET", "POST"]),
        kit.Route("/busy", busy),
        kit.Route("/refused", refused),
        kit.Route("/broken", broken),
        kit.Mount("/ponds", routes=[kit.Route("/{name}", text)]),
        kit.Mount("/foreign", app=foreign),
        kit.Mount("/inner", app=kit.App(routes=[kit.Route("/{name}", text)])),
    ]
    if around:
        app = kit.OpenTelemetryMiddleware(kit.App(routes=routes), **providers)
    else:
        app = kit.App(routes=routes, middleware=[kit.Middleware(kit.OpenTelemetryMiddleware, **providers)])
    answer_of(app, method, path, **more)
    told: list[Any] = []
    for span in exporter.get_finished_spans():
        events = [(event.name, event.attributes["exception.message"]) for event in span.events]
        parent = span.parent and (span.parent.trace_id, span.parent.span_id)
        status = (span.status.status_code.name, span.status.description)
        told.append((span.name, span.kind.name, status, dict(span.attributes), events, parent))
    return told


TRACEPARENT = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}


@pytest.mark.parametrize("around", [False, True])
@pytest.mark.parametrize(
    ("method", "path", "more"),
    [
        ("GET", "/ducks/7", {}),
        ("POST", "/ducks/7", {"http_version": "2"}),
        ("HEAD", "/ducks/7", {}),
        ("DELETE", "/ducks/7", {}),
        ("QUERY", "/ducks/7", {}),
        ("GET", "/ducks/7", {"query_string": b"a=1&b=%20"}),
        ("GET", "/ducks/7", {"headers": {"user-agent": "duck/1"}}),
        ("GET", "/ducks/7", {"headers": TRACEPARENT}),
        ("GET", "/ducks/7", {"headers": {"traceparent": "junk"}}),
        ("GET", "/ducks/7", {"client": None}),
        ("GET", "/ducks/7", {"scheme": "https", "server": ("duck.example", 443)}),
        ("GET", "/busy", {}),
        ("GET", "/refused", {}),
        ("GET", "/nowhere", {}),
        ("GET", "/ponds/north", {}),
        ("GET", "/ponds/north/sea", {}),
        ("GET", "/foreign/a/b", {}),
        ("GET", "/inner/north", {}),
        ("GET", "/health", {}),
        ("GET", "/ready/now", {}),
        ("GET", "/health/more", {}),
    ],
)
def test_the_same_is_told(method: str, path: str, more: dict[str, Any], around: bool) -> None:
    theirs = observe(THEIRS, method, path, around, **more)
    ours = observe(OURS, method, path, around, **more)
    assert ours == theirs


@pytest.mark.parametrize("around", [False, True])
def test_a_failure_has_its_status(around: bool) -> None:
    """What differs on purpose: docs/differences.md, "OpenTelemetry"."""
    theirs, ours = (observe(kit, "GET", "/broken", around) for kit in (THEIRS, OURS))
    attributes = [told[0][3] for told in (theirs, ours)]
    assert attributes[1] == attributes[0] | {"http.response.status_code": 500}
    assert ours[0][2] == theirs[0][2] == ("ERROR", "LookupError: no duck")
    assert ours[0][4] == theirs[0][4] == [("exception", "no duck")]


def test_made_up_methods_and_secrets_are_not_told() -> None:
    more = {"query_string": b"sig=secret"}
    theirs, ours = (observe(kit, "QUACK", "/ponds/north", True, **more) for kit in (THEIRS, OURS))
    assert theirs[0][3]["http.request.method"] == "QUACK"
    assert ours[0][3]["http.request.method"] == "_OTHER"
    assert (theirs[0][3]["url.query"], ours[0][3]["url.query"]) == ("sig=secret", "sig=REDACTED")
