"""`--otel`: the spans of a request and its metrics, over real sockets, with the real SDK."""

from __future__ import annotations

import asyncio
import threading
import time
from itertools import pairwise
from typing import Any

import pytest
from opentelemetry import baggage, trace
from opentelemetry.propagate import inject
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased
from opentelemetry.trace import StatusCode
from pydantic import BaseModel
from tests.conformance.harness import Dialogue
from tests.journey.otel.served import Told, ask, talk_to

from webfoot import BackgroundTasks, Depends, HTTPException, Webfoot, WebSocket
from webfoot.journey.watching import Watching
from webfoot.trail import TRAIL_KEY
from webfoot.trail.conventions import OBSERVED_KEY
from webfoot.web import GZipMiddleware, Mount, PlainTextResponse, Route, WebApp

BOTH = pytest.mark.parametrize("parser", ["httptools", "h11"])


class Duck(BaseModel):
    name: str


def make(told: Told) -> Webfoot:
    app = Webfoot()
    app.add_middleware(GZipMiddleware, minimum_size=10_000)
    tracer = told.tracers.get_tracer("mine")

    async def database():
        with tracer.start_as_current_span("SELECT"):
            await asyncio.sleep(0.002)
        yield "database"
        with tracer.start_as_current_span("COMMIT"):
            pass

    def ranger(database: str = Depends(database)) -> str:
        with tracer.start_as_current_span("ask the ranger"):
            return f"Jo, {threading.current_thread() is threading.main_thread()}"

    @app.post("/ponds/{pond}/ducks", response_model=Duck)
    async def add(pond: int, duck: Duck, ranger: str = Depends(ranger)) -> Any:
        with tracer.start_as_current_span("INSERT"):
            await asyncio.sleep(0.001)
        return {"name": duck.name}

    @app.get("/thread")
    def in_thread() -> str:
        with tracer.start_as_current_span("in a thread"):
            return "fine"

    @app.get("/broken")
    async def broken() -> None:
        raise LookupError("no pond, password=quack")

    @app.get("/gone")
    async def gone() -> None:
        raise HTTPException(404, "it has flown away")

    @app.get("/later")
    async def later(tasks: BackgroundTasks) -> str:
        tasks.add_task(asyncio.sleep, 0.01)
        return "soon"

    @app.get("/reset/{token}")
    async def reset(token: str) -> str:
        return "done"

    @app.websocket("/chat/{room}")
    async def chat(websocket: WebSocket, room: str) -> None:
        await websocket.accept()
        async for text in websocket.iter_text():
            await websocket.send_text(text)
            if text == "bye":
                await websocket.close(4001)
                return

    return app


@BOTH
def test_the_way_of_a_request_is_a_tree_of_spans(parser: str) -> None:
    told = Told()
    statuses = ask(
        make(told),
        'POST /ponds/7/ducks?page=2\ncontent-type: application/json\n\n{"name": "Emma"}',
        told=told,
        http=parser,
    )
    assert statuses == [200]
    root = "POST /ponds/{pond}/ducks"
    route = f"{root} > middleware GZipMiddleware > route /ponds/{{pond}}/ducks"
    assert told.tree() == [
        root,
        f"{root} > middleware GZipMiddleware",
        route,
        f"{route} > body",
        f"{route} > dependency database",
        f"{route} > dependency database > SELECT",
        f"{route} > dependency ranger",
        f"{route} > dependency ranger > ask the ranger",
        f"{route} > endpoint add",
        f"{route} > endpoint add > INSERT",
        f"{route} > serialization",
        f"{route} > clean-up database",
        f"{route} > clean-up database > COMMIT",
    ]


def test_the_server_span_says_what_the_conventions_want() -> None:
    told = Told()
    ask(make(told), "GET /thread?page=2&token=quack\nuser-agent: duck/1", told=told)
    (span,) = told.server_spans
    attributes = dict(span.attributes)
    assert attributes.pop("client.port") > 0
    assert attributes == {
        "url.scheme": "http",
        "http.request.method": "GET",
        "network.protocol.version": "1.1",
        "url.path": "/thread",
        "url.query": "page=2&token=REDACTED",
        "server.address": "pond.test",
        "server.port": 80,
        "client.address": "127.0.0.1",
        "user_agent.original": "duck/1",
        "http.route": "/thread",
        "http.response.status_code": 200,
    }
    assert span.status.status_code is StatusCode.UNSET
    endpoint = told.named("endpoint in_thread")
    assert endpoint.attributes["code.function.name"].endswith("in_thread")
    assert endpoint.attributes["webfoot.where"] == "thread"
    assert told.parent_of(told.named("in a thread")) is endpoint


def test_children_lie_within_their_parents_and_do_not_overlap() -> None:
    told = Told()
    before = time.time_ns()
    body = 'content-type: application/json\n\n{"name": "Emma"}'
    ask(make(told), *[f"POST /ponds/{number}/ducks\n{body}" for number in range(5)], told=told)
    after = time.time_ns()
    assert len(told.server_spans) == 5
    for span in told.spans:
        parent = told.parent_of(span)
        assert before <= span.start_time <= span.end_time <= after
        if parent is None:
            continue
        assert parent.start_time <= span.start_time
        if not _is_behind_the_response(span, told):
            assert span.end_time <= parent.end_time
        brothers = [each for each in told.spans if told.parent_of(each) is parent]
        for left, right in pairwise(brothers):
            assert left.end_time <= right.start_time
        own = sum(each.end_time - each.start_time for each in brothers if not _is_behind_the_response(each, told))
        assert own <= parent.end_time - parent.start_time


def _is_behind_the_response(span: Any, told: Told) -> bool:
    while span is not None:
        if span.name.startswith(("clean-up", "background")):
            return True
        span = told.parent_of(span)
    return False


def test_the_server_span_ends_with_the_response_and_what_runs_on_has_a_span_of_its_own() -> None:
    told = Told()
    ask(make(told), "GET /later", told=told)
    (server,) = told.server_spans
    background = told.named("background sleep")
    assert server.end_time <= background.start_time
    assert background.end_time - background.start_time >= 10_000_000
    assert server.end_time - server.start_time < background.end_time - server.start_time


def test_a_failure_is_told_on_its_whole_way_without_secrets() -> None:
    told = Told()
    assert ask(make(told), "GET /broken", told=told) == [500]
    (server,) = told.server_spans
    assert server.attributes["error.type"] == "LookupError"
    assert server.attributes["webfoot.decided_by"] == "endpoint"
    assert "raised LookupError: no pond, password=[redacted]" in server.attributes["webfoot.why"]
    in_error = [span.name for span in told.spans if span.status.status_code is StatusCode.ERROR]
    assert in_error == ["GET /broken", "middleware GZipMiddleware", "route /broken", "endpoint broken"]
    assert "quack" not in str([span.to_json() for span in told.spans])


@pytest.mark.parametrize(
    ("request_line", "name", "status", "layer", "words"),
    [
        ("GET /gone", "GET /gone", 404, "endpoint", "it has flown away"),
        ("GET /pond", "GET", 404, "router", "no route matches"),
        ("DELETE /thread", "DELETE /thread", 405, "router", "takes no DELETE"),
        ("POST /ponds/blue/ducks", "POST /ponds/{pond}/ducks", 422, "validation", "was 'blue'"),
    ],
)
def test_an_answer_that_is_no_fault_says_why(request_line: str, name: str, status: int, layer: str, words: str) -> None:
    told = Told()
    assert ask(make(told), request_line, told=told) == [status]
    (server,) = told.server_spans
    assert (server.name, server.attributes["http.response.status_code"]) == (name, status)
    assert server.attributes["webfoot.decided_by"] == layer
    assert words in server.attributes["webfoot.why"]
    assert server.status.status_code is StatusCode.UNSET
    assert "error.type" not in server.attributes


@BOTH
def test_what_the_server_refuses_has_a_span_too(parser: str) -> None:
    told = Told()
    assert ask(make(told), "GET /thread\ncontent-length: 4\ncontent-length: 5", told=told, http=parser) == [400]
    for server in told.server_spans:
        assert server.attributes["http.response.status_code"] == 400
        assert server.attributes["webfoot.decided_by"] == "server"


def test_the_path_of_a_secret_is_taken_back() -> None:
    told = Told()
    ask(make(told), "GET /reset/abc123", told=told)
    assert told.server_spans[0].attributes["url.path"] == "/reset/[redacted]"
    assert "abc123" not in str([span.to_json() for span in told.spans])


def test_the_callers_trace_goes_on_and_to_the_next_server() -> None:
    told, trace_id = Told(), "0af7651916cd43dd8448eb211c80319c"
    heard: list[dict[str, str]] = []

    async def next_server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        heard.append(dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line))
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()

    app = Webfoot()

    @app.get("/")
    async def calls() -> Any:
        server = await asyncio.start_server(next_server, "127.0.0.1", 0)
        fields: dict[str, str] = {}
        inject(fields)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(("GET / HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in fields.items()) + "\r\n").encode())
        await reader.read()
        writer.close()
        server.close()
        return baggage.get_baggage("pond")

    ask(
        app,
        f"GET /\ntraceparent: 00-{trace_id}-b7ad6b7169203331-01\ntracestate: duck=1\nbaggage: pond=blue",
        told=told,
    )
    (server,) = told.server_spans
    assert format(server.context.trace_id, "032x") == trace_id
    assert format(server.parent.span_id, "016x") == "b7ad6b7169203331"
    endpoint = told.named("endpoint calls")
    (fields,) = heard
    assert fields["traceparent"] == f"00-{trace_id}-{endpoint.context.span_id:016x}-01"
    assert (fields["tracestate"], fields["baggage"]) == ("duck=1", "pond=blue")


def test_a_broken_trace_context_begins_a_new_trace() -> None:
    told = Told()
    assert ask(make(told), "GET /thread\ntraceparent: 00-quack-b7-01", told=told) == [200]
    assert told.server_spans[0].parent is None


def test_concurrent_requests_do_not_mix() -> None:
    told = Told()
    app = Webfoot()
    tracer = told.tracers.get_tracer("mine")

    async def waits(number: int) -> int:
        await asyncio.sleep(0.001 * (number % 3))
        return number

    @app.get("/{number}")
    async def slow(number: int, waited: int = Depends(waits)) -> int:
        with tracer.start_as_current_span(f"own {number}"):
            await asyncio.sleep(0.001 * (number % 5))
        return number

    async def talk(dialogue: Dialogue) -> None:
        host, port = dialogue.writer.get_extra_info("peername")[:2]

        async def one(number: int) -> None:
            reader, writer = await asyncio.open_connection(host, port)
            trace_id = f"{number + 1:032x}"
            fields = f"host: a\r\nconnection: close\r\ntraceparent: 00-{trace_id}-b7ad6b7169203331-01\r\n"
            writer.write(f"GET /{number} HTTP/1.1\r\n{fields}\r\n".encode())
            await reader.read()
            writer.close()

        await asyncio.gather(*map(one, range(30)))

    talk_to(app, talk, told)
    assert len(told.server_spans) == 30
    for span in told.spans:
        if span.name.startswith("own "):
            assert span.context.trace_id == int(span.name[4:]) + 1
            parent = told.parent_of(span)
            assert parent is not None
            assert parent.name.startswith("endpoint")
    per_trace = [sum(span.context.trace_id == number + 1 for span in told.spans) for number in range(30)]
    assert per_trace == [6] * 30  # server, route, dependency, endpoint, its own, serialization


def test_what_is_not_sampled_has_no_trail_and_no_spans_and_is_measured_all_the_same() -> None:
    told = Told(ParentBased(ALWAYS_OFF))
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append((TRAIL_KEY in scope, sorted(scope["extensions"]), trace.get_current_span().is_recording()))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    ask(app, "GET /", told=told)
    ask(app, "GET /\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", told=told)
    assert [(has_trail, "http.response.debug" in offers, records) for has_trail, offers, records in seen] == [
        (False, False, False),
        (True, True, True),  # its caller was
    ]
    assert [span.attributes["http.response.status_code"] for span in told.spans] == [204]
    [(attributes, point)] = told.measured("http.server.request.duration")
    assert point.count == 2
    assert attributes == {
        "url.scheme": "http",
        "http.request.method": "GET",
        "network.protocol.version": "1.1",
        "http.response.status_code": 204,
    }


def test_the_duration_is_that_until_the_response_was_complete_and_none_stays_active() -> None:
    told = Told()
    ask(make(told), "GET /later", "GET /broken", told=told)
    points = {attributes["http.route"]: (attributes, point) for attributes, point in told.measured(DURATION)}
    later, background = told.named("GET /later"), told.named("background sleep")
    assert points["/later"][1].sum * 1e9 < background.end_time - later.start_time
    assert points["/broken"][0]["error.type"] == "LookupError"
    assert [point.value for _, point in told.measured("http.server.active_requests")] == [0]


DURATION = "http.server.request.duration"


HANDSHAKE = (
    b"GET /chat/blue HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n"
)


def test_a_websocket_is_one_span_that_counts_its_messages() -> None:
    told = Told()

    async def talk(dialogue: Dialogue) -> None:
        await dialogue.say(HANDSHAKE)
        await dialogue.hear(lambda raw: b"\r\n\r\n" in raw)
        await dialogue.say(_text(b"hello"), _text(b"bye"))
        await dialogue.hear(lambda raw: b"\x0f\xa1" in raw)
        await dialogue.say(b"\x88\x82\0\0\0\0\x0f\xa1")

    talk_to(make(told), talk, told)
    (server,) = told.server_spans
    assert server.name == "WS /chat/{room}"
    said = {name.rpartition(".")[2]: value for name, value in server.attributes.items() if "websocket" in name}
    assert said == {"received": 2, "sent": 2, "close_code": 4001}
    assert server.attributes["http.response.status_code"] == 101
    assert server.attributes["url.path"] == "/chat/blue"
    assert told.parent_of(told.named("endpoint chat")).name == "route /chat/{room}"


def _text(text: bytes) -> bytes:
    return bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text


def test_a_websocket_that_is_refused_has_a_status() -> None:
    told = Told()

    async def talk(dialogue: Dialogue) -> bytes:
        await dialogue.say(HANDSHAKE.replace(b"/chat/blue", b"/nowhere"))
        return await dialogue.hear(lambda raw: b"\r\n\r\n" in raw)

    assert talk_to(make(told), talk, told).startswith(b"HTTP/1.1 403")
    (server,) = told.server_spans
    assert (server.name, server.attributes["http.response.status_code"]) == ("WS", 403)
    assert server.attributes["webfoot.decided_by"] == "router"


def test_a_raw_application_and_a_toolkit_with_mounts() -> None:
    told = Told()

    async def hello(request: Any) -> PlainTextResponse:
        return PlainTextResponse("hi")

    app = WebApp(routes=[Mount("/in/{pond}", routes=[Route("/ducks/{number:int}", hello)])])
    ask(app, "GET /in/blue/ducks/7", "GET /in/blue/quack", told=told)
    found, lost = told.server_spans
    assert (found.name, found.attributes["http.route"]) == (
        "GET /in/{pond}/ducks/{number}",
        "/in/{pond}/ducks/{number}",
    )
    assert lost.attributes["webfoot.decided_by"] == "router"


def test_an_application_with_telemetry_of_its_own_has_one_server_span() -> None:
    told = Told()
    app = Webfoot(telemetry={"tracer_provider": told.tracers, "meter_provider": told.meters, "journey_spans": True})

    @app.get("/ducks")
    async def ducks() -> list[str]:
        return []

    ask(app, "GET /ducks", told=told)
    assert told.tree() == [
        "GET /ducks",
        "GET /ducks > route /ducks",
        "GET /ducks > route /ducks > endpoint ducks",
        "GET /ducks > route /ducks > serialization",
    ]
    [(_, point)] = told.measured(DURATION)
    assert point.count == 1


def test_others_that_watch_see_the_whole_journey_beside_it() -> None:
    told, records = Told(), []

    class Onlooker:
        def loaded(self, app: Any) -> Any:
            return app

        def done(self, record: Any) -> None:
            records.append(record)

    ask(make(told), "GET /thread", told=told, watcher=Watching([Onlooker(), told.tracing]))
    (record,) = records
    assert record.first("endpoint_called") is not None
    assert record.first("bytes_received") is not None
    came = told.server_spans[0].start_time
    assert abs(came / 1e9 - record.started_at) < 0.5
    assert told.named("endpoint in_thread")


def test_a_processor_that_raises_is_no_business_of_the_request() -> None:
    told = Told()

    class Broken:
        def on_start(self, *_: Any, **__: Any) -> None:
            raise RuntimeError("quack")

        on_end = on_start

        def shutdown(self) -> None: ...

        def force_flush(self, timeout_millis: int = 0) -> bool:
            return True

    told.tracers.add_span_processor(Broken())  # type: ignore[arg-type]
    app = Webfoot()

    @app.get("/")
    async def fine() -> str:
        return "fine"

    assert ask(app, "GET /", told=told) == [200]


def test_an_outer_span_of_ours_is_known_to_the_layers_within() -> None:
    told, seen = Told(), []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope[OBSERVED_KEY])
        await PlainTextResponse("hi")(scope, receive, send)

    ask(app, "GET /", told=told)
    assert seen == ["stages"]
