"""The server span, the metrics and the error logs of one request."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, Decision, Sampler, SamplingResult
from tests.api.telemetry.rig import Rig, answer, ask, http, websocket

from webfoot import HTTPException, Webfoot, WebSocket
from webfoot.asgi.open_files import takes_open_files
from webfoot.web import PlainTextResponse, StreamingResponse
from webfoot.web.requests import ClientDisconnect


def make(rig: Rig, **more: Any) -> Webfoot:
    app = Webfoot(telemetry=rig.options(**more))

    @app.get("/ducks/{duck}")
    async def show(duck: int) -> int:
        return duck

    @app.get("/boom")
    async def boom() -> None:
        raise LookupError("no duck")

    @app.get("/refuse/{status}")
    async def refuse(status: int) -> None:
        raise HTTPException(status)

    @app.get("/late")
    async def late() -> StreamingResponse:
        async def pieces() -> Any:
            yield b"quack"
            raise LookupError("no more")

        return StreamingResponse(pieces())

    @app.get("/gone")
    async def gone() -> None:
        raise ClientDisconnect

    @app.websocket("/pond")
    async def pond(websocket: WebSocket) -> None:
        await websocket.accept()
        if await websocket.receive_text() == "boom":
            raise LookupError("no pond")

    return app


CALLER = [(b"host", b"a"), (b"traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]


def test_a_request_is_told_by_the_conventions() -> None:
    rig = Rig()
    ask(make(rig, operation_spans=False), http("/ducks/7", query=b"a=1"))
    (span,) = rig.spans()
    assert (span.name, span.kind, span.parent, span.status) == ("GET /ducks/{duck}", "SERVER", None, ("UNSET", None))
    assert span.attributes == {
        "url.scheme": "http",
        "http.request.method": "GET",
        "network.protocol.version": "1.1",
        "url.path": "/ducks/7",
        "url.query": "a=1",
        "server.address": "ducks.example",
        "server.port": 8080,
        "http.route": "/ducks/{duck}",
        "http.response.status_code": 200,
    }


def test_the_callers_trace_goes_on_and_what_is_around_us_is_no_caller() -> None:
    rig = Rig()
    app = make(rig)
    with rig.tracers.get_tracer("around").start_as_current_span("around"):
        ask(app, http("/boom", headers=CALLER))
        ask(app, http("/ducks/1"))
    parents = {span.name: span.parent for span in rig.spans() if span.kind == "SERVER"}
    assert parents == {"GET /boom": "b7ad6b7169203331", "GET /ducks/{duck}": None}


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        ("/ducks/x", 422, None),
        ("/nothing", 404, None),
        ("/refuse/404", 404, None),
        ("/refuse/503", 503, "503"),
        ("/boom", 500, "LookupError"),
        ("/late", 200, "LookupError"),
    ],
)
def test_faults_of_the_server_are_errors_and_those_of_clients_are_not(
    path: str, status: int, error: str | None
) -> None:
    rig = Rig()
    ask(make(rig), http(path))
    span = rig.spans()[-1]
    assert span.kind == "SERVER"
    assert span.attributes["http.response.status_code"] == status
    assert span.attributes.get("error.type") == error
    assert span.status == ("ERROR" if error else "UNSET", None)
    assert not span.events  # the exception is told by a log record, once


def test_an_exception_is_logged_with_the_trace_and_the_route() -> None:
    rig = Rig()
    ask(make(rig), http("/boom"))
    (record,) = rig.logs()
    said = record.attributes
    assert (record.event_name, record.severity_text) == ("http.server.request.exception", "ERROR")
    assert record.body == "Unhandled exception in webfoot request"
    assert (said["exception.type"], said["exception.message"]) == ("LookupError", "no duck")
    assert said["exception.stacktrace"].endswith("LookupError: no duck\n")
    assert said["http.route"] == "/boom"
    server = rig.raw_spans()[-1].context
    assert (record.trace_id, record.span_id) == (server.trace_id, server.span_id)


def test_a_client_that_leaves_is_no_error() -> None:
    rig = Rig()
    ask(make(rig), http("/gone"))
    ask(make(rig), websocket("/pond"))
    assert not rig.logs()
    assert all("error.type" not in span.attributes for span in rig.spans() if span.kind == "SERVER")


def test_a_cancelled_request_is_an_error_without_a_log() -> None:
    rig = Rig()
    app = make(rig)

    @app.get("/wait")
    async def wait() -> None:
        await asyncio.Event().wait()

    async def cancel() -> None:
        task = asyncio.create_task(answer(app, http("/wait")))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        await task

    asyncio.run(cancel())
    assert rig.span("GET /wait").attributes["error.type"] == "asyncio.exceptions.CancelledError"
    assert not rig.logs()


def test_a_websocket_is_one_span_and_measured_by_nothing() -> None:
    rig = Rig()
    app = make(rig, operation_spans=False)
    ask(app, websocket("/pond"), {"type": "websocket.receive", "text": "ok"})
    ask(app, websocket("/pond"), {"type": "websocket.receive", "text": "boom"})
    ask(app, websocket("/nowhere"))
    fine, broken, missing = rig.spans()
    assert (fine.name, fine.kind, fine.status) == ("WS /pond", "SERVER", ("UNSET", None))
    assert fine.attributes == {
        "url.scheme": "ws",
        "network.protocol.name": "websocket",
        "server.address": "ducks.example",
        "server.port": 8080,
        "http.route": "/pond",
    }
    assert broken.attributes["error.type"] == "LookupError"
    assert missing.name == "WS"
    assert [record.event_name for record in rig.logs()] == ["fastapi.websocket.exception"]
    assert "http.server.request.duration" not in rig.points()


def test_durations_are_counted_by_route_and_active_requests_come_down_again() -> None:
    rig = Rig()
    app = make(rig)
    for path in ("/ducks/1", "/ducks/2", "/boom", "/nothing"):
        ask(app, http(path))
    points = rig.points()
    common = {"url.scheme": "http", "http.request.method": "GET", "network.protocol.version": "1.1"}
    ducks = {**common, "http.route": "/ducks/{duck}", "http.response.status_code": 200}
    boom = {**common, "http.route": "/boom", "http.response.status_code": 500, "error.type": "LookupError"}
    found = points["http.server.request.duration"]
    assert len(found) == 3
    assert (ducks, 2) in found
    assert (boom, 1) in found
    assert ({**common, "http.response.status_code": 404}, 1) in found
    assert points["http.server.active_requests"] == [({"url.scheme": "http", "http.request.method": "GET"}, 0)]


def test_active_requests_of_several_applications_are_one_sum() -> None:
    rig = Rig()
    seen: list[Any] = []
    inner = Webfoot(telemetry=rig.options())

    @inner.get("/")
    async def look() -> None:
        seen.append(rig.points()["http.server.active_requests"][0][1])

    outer = Webfoot(telemetry=rig.options())

    @outer.get("/")
    async def call() -> None:
        await answer(inner, http("/"))

    ask(outer, http("/"))
    assert seen == [2]
    assert rig.points()["http.server.active_requests"][0][1] == 0


def test_a_middleware_that_changes_the_scope_changes_no_count() -> None:
    rig = Rig()
    app = make(rig, operation_spans=False)

    class Https:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            scope["scheme"], scope["method"] = "https", "GET"
            await self.app(dict(scope), receive, send)  # a copy: what the router puts into it is not seen outside

    app.add_middleware(Https)
    ask(app, http("/ducks/1", "POST"))
    assert rig.points()["http.server.active_requests"] == [({"url.scheme": "http", "http.request.method": "POST"}, 0)]
    assert rig.names() == ["POST /ducks/{duck}"]


def test_methods_that_clients_make_up_are_one() -> None:
    rig = Rig()
    ask(make(rig), http("/nothing", "QUACK"))
    (span,) = rig.spans()
    assert span.name == "HTTP"
    assert span.attributes["http.request.method"] == "_OTHER"
    assert span.attributes["http.request.method_original"] == "QUACK"
    assert rig.points()["http.server.active_requests"][0][0]["http.request.method"] == "_OTHER"


def test_what_is_excluded_is_not_told_at_any_depth() -> None:
    rig = Rig()
    app = make(rig, exclude=lambda scope: scope["path"].startswith("/inner"))
    inner = make(rig)
    app.mount("/inner", inner)
    assert ask(app, http("/inner/ducks/1"))[0] == 200
    assert not rig.spans()
    assert not rig.points().get("http.server.request.duration")
    ask(app, http("/ducks/1"))
    assert rig.names()[-1] == "GET /ducks/{duck}"


def test_a_mounted_application_belongs_to_the_request_that_came_through_it() -> None:
    rig, other = Rig(), Rig()
    app = make(rig)
    app.mount("/ponds/{pond}", make(other))
    ask(app, http("/ponds/blue/ducks/1"))
    ask(app, http("/ponds/blue/nothing"))
    assert [span.name for span in rig.spans() if span.kind == "SERVER"] == [
        "GET /ponds/{pond}/ducks/{duck}",
        "GET /ponds/{pond}/{path}",
    ]
    assert not other.spans()


def test_where_the_application_lives_is_part_of_the_route() -> None:
    rig = Rig()
    ask(make(rig), http("/api/ducks/1", root_path="/api"))
    assert rig.spans()[-1].attributes["http.route"] == "/api/ducks/{duck}"


def test_a_span_ends_with_the_response_and_not_with_what_comes_behind_it() -> None:
    rig = Rig()
    app = make(rig)
    ended: list[bool] = []

    def behind() -> None:
        ended.append("GET /behind" in rig.names())

    @app.get("/behind")
    async def answers() -> PlainTextResponse:
        from webfoot.web import BackgroundTask

        return PlainTextResponse("first", background=BackgroundTask(behind))

    ask(app, http("/behind"))
    assert ended == [True]


@pytest.mark.parametrize(
    "messages",
    [
        [{"type": "http.response.body", "body": b"a", "more_body": True}, {"type": "http.response.body"}],
        [{"type": "http.response.body", "body": b"a", "more_body": True}, {"type": "http.response.zerocopysend"}],
        [{"type": "http.response.pathsend", "path": "/duck"}],
        [{"type": "http.response.body"}, {"type": "http.response.trailers", "headers": []}],
    ],
    ids=["body", "file", "path", "trailers"],
)
def test_a_response_ends_with_its_last_message(messages: Any) -> None:
    rig = Rig()
    app = make(rig)
    ended: list[bool] = []
    has_trailers = messages[-1]["type"] == "http.response.trailers"

    async def foreign(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [], "trailers": has_trailers})
        for message in messages:
            ended.append("GET /foreign/{path}" in rig.names())
            await send(message)
        ended.append("GET /foreign/{path}" in rig.names())

    app.mount("/foreign", foreign)
    ask(app, http("/foreign/"))
    assert ended == [False] * len(messages) + [True]


def test_a_server_that_takes_files_gets_them_past_us() -> None:
    taken: list[bool] = []

    class Exchange:
        takes_open_files = True

        async def send(self, message: Any) -> None: ...

    app = make(Rig())

    async def look(scope: Any, receive: Any, send: Any) -> None:
        taken.append(takes_open_files(send))

    app.mount("/look", look)
    asyncio.run(app(http("/look/"), None, Exchange().send))  # type: ignore[arg-type]
    ask(app, http("/look/"))
    assert taken == [True, False]


class ByPath(Sampler):
    """Samples ducks only."""

    def should_sample(
        self,
        parent_context: Any,
        trace_id: int,
        name: str,
        kind: Any = None,
        attributes: Any = None,
        links: Any = None,
        trace_state: Any = None,
    ) -> SamplingResult:
        sampled = str((attributes or {}).get("url.path", "")).startswith("/ducks")
        return SamplingResult(Decision.RECORD_AND_SAMPLE if sampled else Decision.DROP, attributes)

    def get_description(self) -> str:
        return "ByPath"


def test_samplers_may_go_by_what_is_said_of_the_request() -> None:
    rig = Rig(ByPath())
    app = make(rig, operation_spans=False)
    ask(app, http("/boom"))
    ask(app, http("/ducks/1"))
    assert rig.names() == ["GET /ducks/{duck}"]


def test_of_a_request_that_is_not_sampled_nothing_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*args: Any) -> Any:
        raise AssertionError("attributes were made")

    monkeypatch.setattr("webfoot.api.telemetry.attributes.of_request", read)
    rig = Rig(ALWAYS_OFF)
    app = make(rig)
    assert ask(app, http("/ducks/1")) == [200, 1]
    ask(app, http("/boom"))
    ask(app, http("/ducks/x"))
    assert not rig.spans()
    # metrics and logs do not depend on it
    assert len(rig.points()["http.server.request.duration"]) == 3
    assert [record.event_name for record in rig.logs()] == [
        "http.server.request.exception",
        "fastapi.validation.failed",
    ]


@pytest.mark.parametrize("signal", ["tracing", "metrics", "logs"])
def test_each_signal_can_be_left_out(signal: str) -> None:
    rig = Rig()
    ask(make(rig, **{signal: False}), http("/boom"))
    told = {"tracing": bool(rig.spans()), "metrics": bool(rig.points()), "logs": bool(rig.logs())}
    assert told == {"tracing": True, "metrics": True, "logs": True, signal: False}


def test_outside_of_a_request_no_span_is_left_over() -> None:
    rig = Rig()

    async def serve() -> trace.Span:
        await answer(make(rig), http("/boom"))
        return trace.get_current_span()

    assert asyncio.run(serve()) is trace.INVALID_SPAN
