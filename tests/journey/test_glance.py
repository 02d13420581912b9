"""What a glance tells of a request is what all the questions would have told; and it sees what needs a closer look."""

import asyncio
import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conformance.harness import Dialogue, with_server
from tests.journey.timing.measured import asking

from webfoot import HTTPException, Webfoot
from webfoot.cli.reasons import news_of
from webfoot.journey.glance import Glance, glance
from webfoot.journey.line import duration_ns, is_slow, line_at_a_glance, line_of
from webfoot.journey.record import Record
from webfoot.journey.watching import Listener, Watching
from webfoot.sse import EventSourceResponse
from webfoot.web import PlainTextResponse, StreamingResponse

app = Webfoot()


@app.get("/ducks/{name}")
async def duck(name: str):
    if name == "none":
        raise HTTPException(404, "no such duck")
    if name == "lame":
        raise LookupError(name)
    return name


@app.get("/doors/{token}")
async def door(token: str):
    return "open"


@app.api_route("/created", methods=["GET", "HEAD"], status_code=201)
async def created(): ...


@app.get("/elsewhere")
async def elsewhere():
    return PlainTextResponse("", 302, {"location": "/"})


@app.get("/stream")
async def stream():
    async def parts():
        for _ in range(5):
            yield b"quack"

    return StreamingResponse(parts())


@app.get("/events", response_class=EventSourceResponse)
async def events():
    yield {"quack": 1}


@app.post("/ducks")
async def add(duck: dict[str, int]):
    return duck


class Glancing(Listener):
    """Looks when a request ends, as lines are written then: what is kept of it is cleaned afterwards."""

    def __init__(self) -> None:
        self.seen: list[tuple[Record, Glance | None]] = []

    def done(self, record: Record) -> None:
        self.seen.append((record, glance(record)))


def seen_of(request: bytes, http: str) -> tuple[Record, Glance | None]:
    glancing = Glancing()
    watching = Watching([glancing])

    async def talk(dialogue: Dialogue) -> None:
        await asking(request)(dialogue)
        while not glancing.seen:
            await asyncio.sleep(0.005)

    asyncio.run(with_server(watching.loaded(app), talk, watching, http=http))
    [seen] = glancing.seen
    return seen


def same_by_all_questions(record: Record, seen: Glance) -> None:
    assert (record.method, record.target, record.status) == (seen.method, seen.target, seen.status)
    assert duration_ns(record) == seen.took
    assert not is_slow(record)
    assert not list(news_of(record))
    for colour, width in ((False, 110), (True, 60)):
        assert line_of(record, colour=colour, width=width) == line_at_a_glance(record, seen, colour=colour, width=width)


def asked(line: bytes, *headers: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join([line, b"Host: pond", b"Connection: close", *headers, b"", body])


PLAIN = {
    "a path parameter": asked(b"GET /ducks/donald HTTP/1.1"),
    "a query": asked(b"GET /ducks/donald?wet=yes HTTP/1.1"),
    "escaped": asked(b"GET /ducks/%C3%A9rpel HTTP/1.1"),
    "escaped control characters": asked(b"GET /ducks/%1b%5b2J HTTP/1.1"),
    "HEAD": asked(b"HEAD /created HTTP/1.1"),
    "201": asked(b"GET /created HTTP/1.1"),
    "HTTP/1.0": asked(b"GET /ducks/donald HTTP/1.0"),
    "a stream": asked(b"GET /stream HTTP/1.1"),
    "events": asked(b"GET /events HTTP/1.1"),
    "a body": asked(
        b"POST /ducks HTTP/1.1",
        b"Content-Type: application/json",
        b"Content-Length: 11",
        b"Expect: 100-continue",
        body=b'{"legs": 2}',
    ),
    "the absolute form": asked(b"GET http://pond/ducks/donald HTTP/1.1"),
}
CLOSER = {
    "a long one": asked(b"GET /ducks/" + b"a" * 300 + b" HTTP/1.1"),
    "a secret in the query": asked(b"GET /ducks/donald?token=quack HTTP/1.1"),
    "a secret in the path": asked(b"GET /doors/quack-quack HTTP/1.1"),
    "a card's number": asked(b"GET /ducks/4111111111111111 HTTP/1.1"),
    "a token by its looks": asked(b"GET /ducks/ghp_0123456789abcdefghij0123456789abcdef HTTP/1.1"),
    "an origin": asked(b"GET /ducks/donald HTTP/1.1", b"Origin: http://elsewhere"),
    "404": asked(b"GET /nowhere HTTP/1.1"),
    "404 by the endpoint": asked(b"GET /ducks/none HTTP/1.1"),
    "405": asked(b"DELETE /ducks/donald HTTP/1.1"),
    "422": asked(b"POST /ducks HTTP/1.1", b"Content-Length: 2", body=b"[]"),
    "500": asked(b"GET /ducks/lame HTTP/1.1"),
    "a redirect": asked(b"GET /elsewhere HTTP/1.1"),
    "the slash": asked(b"GET /ducks/donald/ HTTP/1.1"),
    "no request": b"quack\r\n\r\n",
}


@pytest.mark.parametrize("http", ["httptools", "h11"])
@pytest.mark.parametrize("kind", PLAIN)
def test_what_went_well_is_seen_at_a_glance(kind, http, unhurried):
    record, seen = seen_of(PLAIN[kind], http)
    assert seen is not None
    same_by_all_questions(record, seen)


@pytest.mark.parametrize("http", ["httptools", "h11"])
@pytest.mark.parametrize("kind", CLOSER)
def test_what_needs_a_closer_look(kind, http, unhurried):
    assert seen_of(CLOSER[kind], http)[1] is None


@pytest.fixture
def unhurried(monkeypatch):
    """A busy machine may take its time."""
    monkeypatch.setattr("webfoot.journey.glance.QUICK", 10**12)
    monkeypatch.setattr("webfoot.journey.line.QUICK", 10**12)
    monkeypatch.setattr("webfoot.journey.line.SLOW_NS", 10**12)


WENT_WELL = [
    ("connected", {"client": ("127.0.0.1", 5000), "server": ("127.0.0.1", 8000)}),
    ("bytes_received", {"size": 60}),
    ("head_parsed", {"parser": "h11", "method": "GET", "target": "/", "version": "1.1", "headers": []}),
    ("head_accepted", {"outcome": "accepted", "framing": "no body", "keep_alive": True}),
    ("scope_built", {"kind": "http", "path": "/", "query": "", "root_path": ""}),
    ("app_entered", {"app": "app", "outcome": "called"}),
    ("route_matched", {"outcome": "found", "method": "GET", "path": "/", "route": "/", "path_params": {}}),
    ("response_started", {"status": 200, "headers": []}),
    ("response_body", {"size": 5, "more": False}),
    ("response_ended", {"total": 5}),
    ("bytes_encoded", {"framing": "length", "size": 50, "status": 200}),
    ("bytes_sent", {"size": 55, "waiting": 0}),
    ("kept_alive", {"reason": "nobody asked to close"}),
]
OTHERWISE = st.sampled_from(
    [
        ("bytes_encoded", {"framing": "none", "size": 20, "status": 103}),
        ("bytes_encoded", {"framing": "none", "size": 20, "status": 204}),
        ("bytes_encoded", {"framing": "chunked", "size": 20, "status": 0}),
        ("bytes_encoded", {"framing": "none", "size": 20, "status": 404}),
        ("response_started", {"status": 500, "headers": []}),
        ("bytes_sent", {"size": 5, "waiting": 0}),
        ("response_body", {"size": 5, "more": True}),
        ("decided", {"by": "CORSMiddleware", "what": "this origin is not allowed", "status": None}),
        ("decided", {"by": "TrustedHostMiddleware", "what": "this host is not allowed", "status": 400}),
        ("head_parsed", {"method": "GET", "target": "/?token=quack", "headers": []}),
        ("head_parsed", {"method": b"PUT", "target": b"/a?b=%20", "headers": [(b"host", b"pond")]}),
        ("head_parsed", {"method": "GET", "target": "/", "headers": [(b"origin", b"http://elsewhere")]}),
        ("head_accepted", {"outcome": "refused", "status": 400, "reason": "two Hosts"}),
        ("scope_built", {"kind": "websocket", "path": "/", "query": "", "root_path": ""}),
        ("app_entered", {"app": "app", "outcome": "raised", "error": ValueError("quack"), "status": 500}),
        ("route_matched", {"outcome": "found", "path": "/a", "route": "/{key}", "path_params": {"key": "abc"}}),
        ("route_matched", {"outcome": "found", "path": "/a", "route": "/{name}", "path_params": {"name": "abc"}}),
        ("route_matched", {"outcome": "not_found", "method": "GET", "path": "/a", "route": None}),
        ("endpoint_returned", {"name": "duck", "outcome": "raised", "error": KeyError("duck")}),
        ("middleware_left", {"name": "Pond", "index": 0, "outcome": "passed"}),
        ("closed", {"reason": "the client left"}),
    ]
)


@settings(max_examples=400)
@given(
    st.sets(st.integers(0, len(WENT_WELL) - 1), max_size=2),
    st.lists(st.tuples(st.integers(0, len(WENT_WELL)), OTHERWISE), max_size=3),
)
def test_no_order_of_marks_makes_it_say_something_else(left_out, put_in):
    marks = [mark for number, mark in enumerate(WENT_WELL) if number not in left_out]
    for place, mark in put_in:
        marks.insert(min(place, len(marks)), mark)
    record = Record()
    for station, facts in copy.deepcopy(marks):
        record.mark(station, **facts)
    seen = glance(record)
    if seen is not None:
        same_by_all_questions(record, seen)
