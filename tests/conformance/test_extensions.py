"""Early hints, trailers both ways, debug: what an application may say beyond the core of ASGI, and how it goes out."""

from __future__ import annotations

import ast
import asyncio
from typing import Any

import pytest
from tests.conformance.harness import Answers, Dialogue, exchange_bytes, with_server
from tests.journey.recorder import Recorder

from webfoot.asgi.guard import Guard
from webfoot.server.protocol.errors import LocalFault

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
GET_10 = b"GET / HTTP/1.0\r\n\r\n"
TE = b"GET / HTTP/1.1\r\nHost: a\r\nTE: gzip;q=0.5 , Trailers\r\nConnection: TE\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
EXPECTING = b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
PARSERS = pytest.mark.parametrize("parser", ["httptools", "h11"])
CSS = b"</style.css>; rel=preload; as=style"
JS = b"</app.js>; rel=preload; as=script"


def start(*headers: tuple[bytes, bytes], status: int = 200, **more: Any) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": list(headers), **more}


def body(data: bytes = b"", more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


def hint(*links: Any) -> dict[str, Any]:
    return {"type": "http.response.early_hint", "links": links}


def trailers(*fields: Any, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.trailers", "headers": list(fields), "more_trailers": more}


def sends(*events: dict[str, Any]) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        for event in events:
            await send(event)

    return app


def raw_answer(app: Any, raw: bytes = GET, **options: Any) -> bytes:
    """What one request brings until the server closes, as it came."""

    async def talk(dialogue: Dialogue) -> bytes:
        await dialogue.say(raw)
        dialogue.writer.write_eof()
        return await dialogue.hear(lambda _: False)

    heard: bytes = asyncio.run(with_server(app, talk, **options))
    return heard


# What is offered.


def offered(raw: bytes, **options: Any) -> dict[str, Any]:
    scopes: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        scopes.append(scope)
        await send(start())
        await send(body())

    raw_answer(app, raw, **options)
    extensions: dict[str, Any] = scopes[0]["extensions"]
    return extensions


FILES = {"http.response.pathsend": {}, "http.response.zerocopysend": {}}
MODERN = {**FILES, "http.response.trailers": {}, "http.response.early_hint": {}}


@PARSERS
def test_the_scope_says_what_is_offered(parser: str) -> None:
    assert offered(GET, http=parser) == MODERN
    assert offered(GET_10, http=parser) == FILES
    assert offered(CHUNKED + b"0\r\n\r\n", http=parser) == {**MODERN, "webfoot.request.trailers": {}}


def test_who_changes_the_offers_changes_them_for_nobody_else() -> None:
    seen: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(dict(scope["extensions"]))
        scope["extensions"].clear()
        scope["extensions"]["mine"] = {}
        scope["headers"].clear()
        scope["state"]["mine"] = scope["asgi"]["mine"] = 1
        await send(start())
        await send(body())

    exchange_bytes(app, [GET, GET])
    assert seen[0] == seen[1] == MODERN


def test_the_terms_of_an_offer_cannot_be_changed() -> None:
    extensions = offered(GET)
    terms = extensions["http.response.pathsend"]
    for change in (
        lambda: terms.update(a=1),
        lambda: terms.setdefault("a", 1),
        lambda: terms.__setitem__("a", 1),
        lambda: terms.__ior__({"a": 1}),
    ):
        with pytest.raises(TypeError, match="cannot be changed"):
            change()
    assert offered(GET) == MODERN


# Early hints (RFC 8297).


@PARSERS
def test_hints_go_out_at_once(parser: str) -> None:
    release = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(hint(CSS, JS))
        await release.wait()
        await send(start())
        await send(hint(JS))
        await send(body(b"page"))

    async def talk(dialogue: Dialogue) -> Answers:
        await dialogue.say(GET)
        first = await dialogue.hear(lambda heard: heard.endswith(b"\r\n\r\n"))
        assert first == b"HTTP/1.1 103 Early Hints\r\nlink: " + CSS + b"\r\nlink: " + JS + b"\r\n\r\n"
        release.set()
        return await dialogue.hear_all()

    answers = asyncio.run(with_server(app, talk, http=parser))
    assert answers.statuses == [103, 200], "a head that is held back has not gone out yet"
    assert answers.bodies[1] == b"page"


@pytest.mark.parametrize("events", [[start(), body(b"a", True), hint(CSS), body(b"b")]])
def test_a_hint_behind_the_head_is_ignored(events: list[Any]) -> None:
    answers = exchange_bytes(sends(*events), [GET])
    assert answers.statuses == [200]
    assert answers.bodies == [b"ab"]


def test_a_client_of_http_1_0_gets_no_hints() -> None:
    assert raw_answer(sends(hint(CSS), start(), body(b"x")), GET_10).startswith(b"HTTP/1.1 200 ")


def test_no_links_make_no_hint() -> None:
    assert exchange_bytes(sends(hint(), start(), body(b"x")), [GET]).statuses == [200]


def test_a_hint_may_come_before_the_client_may_send_its_body() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(hint(CSS))
        assert (await receive())["body"] == b"abc"
        await send(hint(JS))
        await send(start())
        await send(body(b"x"))

    async def talk(dialogue: Dialogue) -> Answers:
        await dialogue.say(EXPECTING)
        heard = await dialogue.hear(lambda heard: b"100 Continue\r\n\r\n" in heard)
        assert heard.startswith(b"HTTP/1.1 103 ")
        await dialogue.say(b"abc")
        return await dialogue.hear_all()

    assert asyncio.run(with_server(app, talk)).statuses == [103, 200]


@pytest.mark.parametrize(
    "links",
    [[b"</a>\r\nset-cookie: x"], [b"</a>\n"], [b"</a>\0"], ["</a>"], [None], b"</a>", "</a>", 5, None],
    ids=repr,
)
def test_a_wrong_hint_is_a_fault_and_sends_nothing(links: Any, caplog: pytest.LogCaptureFixture) -> None:
    app = sends({"type": "http.response.early_hint", "links": links}, start(), body(b"x"))
    answers = exchange_bytes(app, [GET])
    assert answers.statuses == [500]
    assert "early hint" in caplog.text
    assert "LocalFault" in caplog.text


def test_links_may_come_from_a_generator() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.early_hint", "links": (link for link in (CSS, JS))})
        await send(start())
        await send(body(b"x"))

    assert raw_answer(app).count(b"\r\nlink: ") == 2


def test_a_hint_after_the_response_is_a_fault(caplog: pytest.LogCaptureFixture) -> None:
    assert raw_answer(sends(start(), body(b"x"), hint(CSS)), GET).count(b"HTTP/1.1 ") == 1
    assert "after the response was complete" in caplog.text


# Trailers of a response (RFC 9110 section 6.5).

DIGEST = (b"content-digest", b"sha-256=:duck:")
TIMING = (b"server-timing", b"db;dur=53")


@PARSERS
@pytest.mark.parametrize("declared", [True, False])
def test_trailers_follow_the_body(parser: str, declared: bool) -> None:
    headers = [(b"content-length", b"10")] if declared else []
    app = sends(
        start(*headers, (b"trailer", b"content-digest"), trailers=True),
        body(b"hello", True),
        body(b"world"),
        trailers(DIGEST, more=True),
        trailers(TIMING),
    )
    heard = raw_answer(app, TE, http=parser)
    head, _, rest = heard.partition(b"\r\n\r\n")
    assert b"transfer-encoding: chunked" in head
    assert b"trailer: content-digest" in head
    assert b"content-length" not in head, "a message has one or the other"
    assert rest == (
        b"5\r\nhello\r\n5\r\nworld\r\n0\r\ncontent-digest: sha-256=:duck:\r\nserver-timing: db;dur=53\r\n\r\n"
    )


def test_no_trailers_after_all() -> None:
    heard = raw_answer(sends(start(trailers=True), body(b"x"), trailers()), TE)
    assert heard.endswith(b"\r\n\r\n1\r\nx\r\n0\r\n\r\n")


@PARSERS
@pytest.mark.parametrize("declared", [True, False])
def test_a_client_that_reads_no_trailers_gets_none(parser: str, declared: bool) -> None:
    headers = [(b"content-length", b"1")] if declared else []
    answers = exchange_bytes(sends(start(*headers, trailers=True), body(b"x"), trailers(TIMING)), [GET], http=parser)
    assert b"server-timing" not in answers.raw
    assert answers.bodies == [b"x"]
    assert ("content-length" in answers.heads[0]) is declared
    assert not answers.closed


@pytest.mark.parametrize(
    ("field", "sent"),
    [(b"trailers", True), (b"TRAILERS", True), (b"deflate,trailers", True), (b"trailersx", False), (b"gzip", False)],
)
def test_who_reads_trailers_says_so(field: bytes, sent: bool) -> None:
    raw = GET.replace(b"\r\n\r\n", b"\r\nTE: " + field + b"\r\n\r\n")
    assert (b"server-timing" in raw_answer(sends(start(trailers=True), body(b"x"), trailers(TIMING)), raw)) is sent


@pytest.mark.parametrize("status", [204, 304])
def test_where_there_is_no_body_nothing_follows_it(status: int) -> None:
    app = sends(start(status=status, trailers=True), body(), trailers(TIMING))
    head, _, rest = raw_answer(app, TE).partition(b"\r\n\r\n")
    assert (b"transfer-encoding" in head, rest) == (False, b"")
    app = sends(start((b"content-length", b"1"), trailers=True), body(b"x"), trailers(TIMING))
    head, _, rest = raw_answer(app, TE.replace(b"GET", b"HEAD")).partition(b"\r\n\r\n")
    assert (b"content-length: 1" in head, rest) == (True, b"")


def test_the_connection_goes_on_behind_trailers() -> None:
    heard = raw_answer(sends(start(trailers=True), body(b"x"), trailers(TIMING)), TE + TE)
    assert heard.count(b"0\r\nserver-timing: db;dur=53\r\n\r\n") == 2


def test_the_response_is_complete_with_its_trailers() -> None:
    events: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        listening = asyncio.create_task(receive())
        await send(start(trailers=True))
        await send(body(b"x"))
        await asyncio.sleep(0)
        events.append("listening" if not listening.done() else "told")
        await send(trailers(TIMING))
        events.append((await listening)["type"])

    raw_answer(app, TE.replace(b"Connection: TE", b"Connection: TE, close"))
    assert events[-1] == "http.disconnect"


LATE = [
    *("Content-Length", "transfer-encoding", "trailer", "connection", "host", "authorization", "set-cookie", "cookie"),
    *("www-authenticate", "content-type", "Content-Encoding", "content-range", "cache-control", "location", "date"),
    *("x-forwarded-for", "te", "expect", "range", "if-match", "max-forwards", "retry-after", "vary", "age"),
]


@pytest.mark.parametrize("name", LATE)
@pytest.mark.parametrize("raw", [TE, GET], ids=["sent", "not sent"])
def test_what_cannot_wait_until_then_is_refused(name: str, raw: bytes, caplog: pytest.LogCaptureFixture) -> None:
    raised: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start(trailers=True))
        await send(body(b"x", True))
        await send(body(b"y"))
        try:
            await send(trailers((name.encode(), b"x")))
        except LocalFault as fault:
            raised.append(str(fault))
        await send(trailers(TIMING))

    assert name.encode() not in raw_answer(app, raw).partition(b"\r\n\r\n")[2]
    assert len(raised) == 1
    assert name in raised[0]
    assert "RFC 9110 section 6.5.1" in raised[0]


@pytest.mark.parametrize(
    "field",
    [(b"a b", b"c"), (b"a", b"b\r\nc: d"), (b"a", b"b\n"), (b"a", b"\0"), ("a", "b"), (b"a",), b"ab", 5],
    ids=repr,
)
def test_a_malformed_trailer_cuts_the_response(field: Any, caplog: pytest.LogCaptureFixture) -> None:
    heard = raw_answer(sends(start(trailers=True), body(b"x"), trailers(field)), TE)
    assert heard.endswith(b"1\r\nx\r\n"), "the client sees that the end is missing"
    assert "LocalFault" in caplog.text


def test_promised_trailers_that_do_not_come_leave_the_response_incomplete(caplog: pytest.LogCaptureFixture) -> None:
    assert raw_answer(sends(start(trailers=True), body(b"x")), TE).endswith(b"1\r\nx\r\n")
    assert "before the response was complete" in caplog.text


@pytest.mark.parametrize(
    ("events", "sentence"),
    [
        ([start(), body(b"x", True), trailers(TIMING)], "did not announce trailers"),
        ([start(trailers=True), body(b"x", True), trailers(TIMING)], "before the last part of the body"),
        ([start(trailers=True), body(b"x"), body(b"y")], "after the last part of the body"),
        ([start(trailers=True), body(b"x"), trailers(TIMING), trailers(TIMING)], "after the response was complete"),
        (
            [start((b"content-length", b"3"), trailers=True), body(b"x"), trailers(TIMING)],
            "shorter than its content-length",
        ),
        (
            [start((b"content-length", b"3"), trailers=True), body(b"xyzz"), trailers()],
            "longer than its content-length",
        ),
    ],
)
def test_trailers_out_of_order(events: list[Any], sentence: str, caplog: pytest.LogCaptureFixture) -> None:
    raw_answer(sends(*events), TE)
    assert sentence in caplog.text


def test_http_1_0_has_no_trailers(caplog: pytest.LogCaptureFixture) -> None:
    heard = raw_answer(sends(start(trailers=True), body(b"x"), trailers(TIMING)), GET_10)
    assert heard.startswith(b"HTTP/1.1 500 ")
    assert "from HTTP/1.1 on" in caplog.text


# Trailers of a request.


async def told(scope: Any, receive: Any, send: Any) -> None:
    parts: list[Any] = []
    while True:
        event = await receive()
        parts.append((event["body"], event.get("trailers", "none")))
        if not event["more_body"]:
            break
    await send(start())
    await send(body(repr((parts, sorted(name for name, _ in scope["headers"]))).encode()))


@PARSERS
def test_trailers_of_a_request_come_with_the_last_event_and_are_no_headers(parser: str) -> None:
    raw = CHUNKED + b"5\r\nhello\r\n0\r\nX-Checksum: 1 \r\nX-Checksum: 2\r\n\r\n"
    answers = exchange_bytes(told, [raw], http=parser)
    parts, names = ast.literal_eval(answers.bodies[0].decode())
    assert parts == [(b"hello", [(b"x-checksum", b"1"), (b"x-checksum", b"2")])]
    assert names == [b"host", b"transfer-encoding"]


@pytest.mark.parametrize("behind", [b"5\r\nhello\r\n", b""])
def test_trailers_that_come_late_come_apart(behind: bytes) -> None:
    answers = exchange_bytes(told, [CHUNKED, behind + b"0\r\n", b"A: b\r\n", b"\r\n"])
    assert ast.literal_eval(answers.bodies[0].decode())[0][-1][1] == [(b"a", b"b")]


def test_without_trailers_there_is_no_key() -> None:
    answers = exchange_bytes(told, [CHUNKED + b"1\r\nx\r\n0\r\n\r\n"])
    assert ast.literal_eval(answers.bodies[0].decode())[0] == [(b"x", "none")]


@pytest.mark.parametrize("name", LATE[2:])
def test_what_cannot_wait_is_not_delivered(name: str) -> None:
    raw = CHUNKED + b"1\r\nx\r\n0\r\n" + name.encode() + b": 1\r\nA: b\r\n\r\n"
    assert ast.literal_eval(exchange_bytes(told, [raw]).bodies[0].decode())[0] == [(b"x", [(b"a", b"b")])]


@pytest.mark.parametrize("name", LATE[:2])
def test_what_would_frame_the_body_anew_is_refused(name: str) -> None:
    raw = CHUNKED + b"1\r\nx\r\n0\r\n" + name.encode() + b": 1\r\n\r\n"
    assert exchange_bytes(told, [raw]).statuses == [400]


def test_the_guard_lets_trailers_pass() -> None:
    raw = CHUNKED + b"1\r\nx\r\n0\r\nA: b\r\n\r\n"
    assert exchange_bytes(Guard(told), [raw]).statuses == [200]
    app = Guard(sends(hint(CSS), start(trailers=True), body(b"x"), trailers(TIMING)))
    assert raw_answer(app, TE).endswith(b"server-timing: db;dur=53\r\n\r\n")


# Debug.


def test_debug_is_for_who_watches_and_tells_names_only(caplog: pytest.LogCaptureFixture) -> None:
    app = sends(
        {"type": "http.response.debug", "info": {"template": "duck.html", "secret": "hush"}}, start(), body(b"x")
    )
    recorder = Recorder()
    assert "http.response.debug" in offered(GET, watcher=recorder)
    assert raw_answer(app, watcher=recorder).startswith(b"HTTP/1.1 200 ")
    assert recorder.records[-1].fact("response_debug", "keys") == ["template", "secret"]
    assert "hush" not in repr(recorder.records[-1].marks)
    assert not caplog.records
    assert raw_answer(app).startswith(b"HTTP/1.1 500 ")
    assert "http.response.debug was sent, which the scope does not offer" in caplog.text


@pytest.mark.parametrize("info", [None, "text", [1]])
def test_debug_needs_a_dictionary(info: Any, caplog: pytest.LogCaptureFixture) -> None:
    app = sends({"type": "http.response.debug", "info": info}, start(), body(b"x"))
    assert raw_answer(app, watcher=Recorder()).startswith(b"HTTP/1.1 500 ")
    assert "must be a dict" in caplog.text


def test_the_journey_tells_of_files_and_trailers(tmp_path: Any) -> None:
    (tmp_path / "duck").write_bytes(b"x" * 100_000)
    app = sends(
        start(trailers=True),
        {"type": "http.response.pathsend", "path": str(tmp_path / "duck")},
        trailers(TIMING),
    )
    recorder = Recorder()
    raw_answer(app, TE, watcher=recorder)
    (record,) = recorder.records
    assert record.fact("response_ended", "total") == 100_000
    assert 100_000 in [mark.facts["size"] for mark in record.all("bytes_sent")]
