"""What applications send and what goes over the wire: framing, broken promises, crashes, flow control, disconnects."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from tests.conformance.harness import Answers, Dialogue, exchange_bytes, with_server

from webfoot.asgi.types import ClientDisconnected

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
GET_10 = b"GET / HTTP/1.0\r\n\r\n"
HEAD = b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"


def sends(*events: dict[str, Any]):
    async def app(scope, receive, send):
        for event in events:
            await send(event)

    return app


def start(status: int = 200, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def body(data: bytes = b"", more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


def answer(app: Any, raw: bytes = GET) -> Answers:
    return exchange_bytes(app, [raw])


def test_a_body_at_hand_gets_a_content_length() -> None:
    answers = answer(sends(start(), body(b"hello")))
    assert answers.heads[0]["content-length"] == "5"
    assert not answers.closed


def test_a_declared_length_is_sent_once_as_declared() -> None:
    answers = answer(sends(start(200, (b"Content-Length", b"5")), body(b"he", True), body(b"llo")))
    assert answers.raw.lower().count(b"content-length: 5\r\n") == 2, "and the one of the probe"
    assert answers.bodies == [b"hello"]


def test_a_body_of_unknown_length_is_chunked() -> None:
    answers = answer(sends(start(), body(b"he", True), body(b"", True), body(b"llo", True), body()))
    assert answers.heads[0]["transfer-encoding"] == "chunked"
    assert b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n" in answers.raw


def test_a_body_of_unknown_length_ends_with_the_connection_in_http_1_0() -> None:
    answers = answer(
        sends(start(), body(b"he", True), body(b"llo")), b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
    )
    assert answers.heads[0]["connection"] == "close"
    assert "transfer-encoding" not in answers.heads[0]
    assert answers.bodies == [b"hello"]


def test_the_applications_own_hop_by_hop_fields_are_not_sent() -> None:
    headers = [(b"transfer-encoding", b"chunked"), (b"Keep-Alive", b"timeout=5"), (b"connection", b"keep-alive")]
    answers = answer(sends(start(200, *headers), body(b"he", True), body(b"llo")))
    assert answers.raw.count(b"ransfer-") == answers.raw.count(b"transfer-encoding: chunked\r\n")
    assert "keep-alive" not in answers.heads[0]
    assert answers.bodies == [b"hello"]


def test_an_application_can_close_the_connection() -> None:
    answers = answer(sends(start(200, (b"connection", b"close")), body(b"x")))
    assert answers.heads[0]["connection"] == "close"
    assert answers.closed


@pytest.mark.parametrize("more", [False, True])
def test_head_has_no_body_but_the_length_of_one(more: bool) -> None:
    parts = [body(b"hel", True), body(b"lo")] if more else [body(b"hello")]
    answers = exchange_bytes(
        sends(start(), *parts), [HEAD.replace(b"HTTP/1.1\r\n", b"HTTP/1.1\r\nConnection: close\r\n")]
    )
    head, _, rest = answers.raw.partition(b"\r\n\r\n")
    assert rest == b""
    assert (b"content-length: 5" in head) is not more


@pytest.mark.parametrize("status", [204, 304])
def test_no_content_has_no_body(status: int, caplog: pytest.LogCaptureFixture) -> None:
    answers = answer(sends(start(status, (b"content-length", b"5")), body(b"hello")))
    head, _, rest = answers.raw.partition(b"\r\n\r\n")
    assert rest.startswith(b"HTTP/1.1"), "the next response follows at once"
    assert (b"content-length" in head) is (status == 304), "RFC 9110 section 8.6"
    assert f"a {status} response has no body" in caplog.text


def test_http_1_0_keep_alive_is_confirmed() -> None:
    answers = answer(sends(start(), body(b"x")), b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    assert answers.heads[0]["connection"] == "keep-alive"


def test_date_and_server_are_sent_unless_the_application_does() -> None:
    answers = answer(sends(start(200, (b"Date", b"then"), (b"server", b"duck")), body(b"x")))
    assert answers.heads[0]["date"] == "then"
    assert answers.heads[0]["server"] == "duck"
    assert answers.raw.lower().count(b"date:") == answers.raw.lower().count(b"http/1.1 ")
    answers = answer(sends(start(), body(b"x")))
    assert answers.heads[0]["date"].endswith("GMT")
    assert answers.heads[0]["server"] == "webfoot"


BROKEN = {
    "no response": sends(),
    "start only": sends(start()),
    "raises": None,
    "body first": sends(body(b"x")),
    "second start": sends(start(), start()),
    "unknown event": sends({"type": "http.response.nonsense"}),
    "extension": sends(start(), {"type": "http.response.push", "path": "/", "headers": []}),
    "status is text": sends(start("200"), body()),  # type: ignore[arg-type]
    "status 99": sends(start(99), body()),
    "status 101": sends(start(101), body()),
    "headers are text": sends(start(200, ("a", "b")), body()),  # type: ignore[arg-type]
    "headers are no pairs": sends({"type": "http.response.start", "status": 200, "headers": [b"a"]}, body()),
    "name is no token": sends(start(200, (b"a b", b"c")), body()),
    "value splits the response": sends(start(200, (b"a", b"b\r\nset-cookie: evil")), body()),
    "value with LF": sends(start(200, (b"a", b"b\nc")), body()),
    "value with NUL": sends(start(200, (b"a", b"b\0c")), body()),
    "length is no number": sends(start(200, (b"content-length", b"x")), body()),
    "two lengths": sends(start(200, (b"content-length", b"1"), (b"content-length", b"1")), body(b"x")),
    "body is text": sends(start(), {"type": "http.response.body", "body": "x"}),
    "body is longer": sends(start(200, (b"content-length", b"1")), body(b"xx")),
    "body is shorter": sends(start(200, (b"content-length", b"3")), body(b"xx")),
}


async def raises(scope: Any, receive: Any, send: Any) -> None:
    raise ZeroDivisionError("in the application")


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_application_is_a_500_and_the_connection_lives_on(name: str, caplog: pytest.LogCaptureFixture) -> None:
    answers = answer(BROKEN[name] or raises)
    assert answers.statuses == [500]
    assert not answers.closed
    assert answers.bodies[0] == b"Internal Server Error"
    assert "GET /:" in caplog.text
    assert {record.levelno for record in caplog.records} == {logging.ERROR}


@pytest.mark.parametrize(
    "last",
    [[body(b"xxx")], [body(b"x")], [], [start()], [{"type": "http.response.body", "body": 1}]],
    ids=["longer", "shorter", "returns", "second start", "type"],
)
def test_a_response_that_breaks_in_the_middle_is_cut(
    last: list[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    answers = answer(sends(start(200, (b"content-length", b"4")), body(b"xx", True), *last), GET)
    assert answers.closed
    assert answers.raw.endswith(b"\r\n\r\nxx"), "the client sees fewer bytes than promised"
    assert "GET /:" in caplog.text


def test_events_after_the_end_are_an_error_of_the_application_only(caplog: pytest.LogCaptureFixture) -> None:
    answers = answer(sends(start(), body(b"x"), body(b"y")))
    assert answers.bodies == [b"x"]
    assert not answers.closed
    assert "after the response was complete" in caplog.text


@pytest.mark.parametrize("kind", [SystemExit, GeneratorExit, MemoryError, asyncio.CancelledError])
def test_an_application_that_exits_does_not_end_the_server(kind: type, caplog: pytest.LogCaptureFixture) -> None:
    async def leaves(scope, receive, send):
        await asyncio.sleep(0)
        raise kind

    assert answer(leaves).statuses == [500]
    assert kind.__name__ in caplog.text


def test_send_waits_for_a_slow_client() -> None:
    """Backpressure: the application is held up instead of the process filling up."""
    sent: list[int] = []
    part = b"x" * 65536

    async def generous(scope, receive, send):
        await send(start())
        for _ in range(200):
            await send(body(part, True))
            sent.append(len(part))
        await send(body())

    async def talk(dialogue: Dialogue) -> Answers:
        dialogue.writer.transport.pause_reading()
        await dialogue.say(GET)
        await asyncio.sleep(0.3)
        assert sum(sent) < 12_000_000, "13 MB wait for a client that reads nothing"
        dialogue.writer.transport.resume_reading()
        return await dialogue.hear_all()

    answers = asyncio.run(with_server(generous, talk))
    assert answers.bodies == [part * 200]


def test_a_client_that_takes_nothing_is_cut_off() -> None:
    ended: list[BaseException] = []

    async def generous(scope, receive, send):
        try:
            await send(start())
            while True:
                await send(body(b"x" * 65536, True))
        except OSError as error:
            ended.append(error)
            raise

    async def talk(dialogue: Dialogue) -> None:
        dialogue.writer.transport.pause_reading()
        await dialogue.say(GET)
        async with asyncio.timeout(5):
            while not ended:
                await asyncio.sleep(0.01)

    asyncio.run(with_server(generous, talk, timeout_write=0.05))
    assert isinstance(ended[0], ClientDisconnected)


def test_a_client_that_leaves_is_noticed_at_once(caplog: pytest.LogCaptureFixture) -> None:
    events: list[str] = []

    async def waits(scope, receive, send):
        events.append((await receive())["type"])
        events.append((await receive())["type"])
        with pytest.raises(OSError):
            for _ in range(100):
                await send(start()) if len(events) == 2 else await send(body(b"x", True))
                events.append("sent")
                await asyncio.sleep(0.01)

    async def talk(dialogue: Dialogue) -> None:
        await dialogue.say(GET)
        while not events:
            await asyncio.sleep(0)
        dialogue.writer.transport.abort()
        async with asyncio.timeout(5):
            while dialogue.service.running:
                await asyncio.sleep(0)

    asyncio.run(with_server(waits, talk))
    assert events[:2] == ["http.request", "http.disconnect"]
    assert not caplog.records, "a client that leaves is nobody's error"


def test_after_the_response_receive_says_disconnect() -> None:
    events: list[str] = []

    async def waits(scope, receive, send):
        await receive()
        waiting = asyncio.create_task(receive())
        await asyncio.sleep(0)
        await send(start())
        await send(body(b"x"))
        events.append((await waiting)["type"])

    answer(waits, GET.replace(b"Host", b"Connection: close\r\nHost"))
    assert events == ["http.disconnect"]


def test_each_request_has_context_variables_of_its_own() -> None:
    import contextvars

    seen: list[str | None] = []
    variable: contextvars.ContextVar[str | None] = contextvars.ContextVar("variable", default=None)

    async def leaves_a_trace(scope, receive, send):
        seen.append(variable.get())
        variable.set(scope["path"])
        await send(start())
        await send(body(b"x"))

    answer(leaves_a_trace, GET + GET)
    assert seen == [None, None]


def test_background_work_does_not_hold_up_the_next_request() -> None:
    release = asyncio.Event()
    ended: list[str] = []

    async def works_on(scope, receive, send):
        await send(start())
        await send(body(b"x"))
        if scope["query_string"] == b"":
            await release.wait()
            ended.append("background")
        else:
            ended.append("next")
            release.set()

    answer(works_on, GET + GET.replace(b"/ ", b"/?next "))
    assert ended == ["next", "background"]


def test_lifespan_state_is_copied_for_each_request() -> None:
    seen: list[dict[str, Any]] = []

    async def remembers(scope, receive, send):
        assert scope["state"] == {}
        seen.append(scope["state"])
        scope["state"]["mine"] = 1
        await send(start())
        await send(body(b"x"))

    answer(remembers, GET + GET)
    assert seen[0] is not seen[1]


def test_who_leaves_an_event_stream_is_gone_at_once() -> None:
    """Such a stream has no end that a half-closed client could wait for."""
    heard: list[str] = []

    async def streams(scope, receive, send):
        await receive()
        await send(start(200, (b"content-type", b"text/event-stream")))
        await send(body(b": hello\n\n", True))
        heard.append((await receive())["type"])
        with pytest.raises(ClientDisconnected):
            await send(body(b": nobody\n\n", True))
        heard.append("told")

    async def talk(dialogue: Dialogue) -> None:
        await dialogue.say(GET)
        await dialogue.hear(lambda raw: raw.endswith(b": hello\n\n\r\n"))
        dialogue.writer.write_eof()
        async with asyncio.timeout(5):
            while dialogue.service.running:
                await asyncio.sleep(0)

    asyncio.run(with_server(streams, talk))
    assert heard == ["http.disconnect", "told"]
