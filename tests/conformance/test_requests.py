"""Limits, deadlines, expectations and flow control on the way in, on both parsers."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from tests.conformance.harness import Answers, Dialogue, echo, exchange_bytes, with_server

PARSERS = pytest.mark.parametrize("parser", ["httptools", "h11"])

HEAD = b"GET / HTTP/1.1\r\nHost: a\r\n"


@PARSERS
@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"GET /" + b"a" * 300 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (b"GET /" + b"a" * 5000, 414),
        (HEAD + b"X: " + b"a" * 1100 + b"\r\n\r\n", 431),
        (HEAD + b"X: " + b"a" * 5000, 431),
        (HEAD + b"".join(b"X%d: a\r\n" % i for i in range(10)) + b"\r\n", 431),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n" + b"a" * 101, 413),
        (
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + b"a" * 101 + b"\r\n0\r\n\r\n",
            413,
        ),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " + b"a" * 5000, 431),
    ],
    ids=["line", "endless line", "head", "endless head", "fields", "length", "chunked", "trailers"],
)
def test_limits(raw: bytes, status: int, parser: str) -> None:
    limits = {
        "limit_request_line": 256,
        "limit_request_head": 1024,
        "limit_request_fields": 8,
        "limit_request_body": 100,
    }
    answers = exchange_bytes(echo, [raw], http=parser, **limits)
    assert answers.statuses == [status]
    assert answers.closed


@PARSERS
@pytest.mark.parametrize("raw", [b"\n" * 1000, HEAD + b"X: \0" + b"a" * 2000, b"GET /\x7f" + b"a" * 2000])
def test_what_is_wrong_before_a_limit_comes_first(raw: bytes, parser: str) -> None:
    """So that the answer does not depend on how much of it came at once."""
    limits = {"limit_request_line": 256, "limit_request_head": 1024}
    for pieces in ([raw], [raw[:100], raw[100:]]):
        assert exchange_bytes(echo, pieces, http=parser, **limits).statuses == [400]


@PARSERS
def test_what_is_wrong_behind_a_limit_is_not_looked_at(parser: str) -> None:
    for raw in (b"GET /" + b"a" * 300 + b"\n", b"GET /" + b"a" * 300 + b"\0 HTTP/1.1\r\nHost: a\r\n\r\n"):
        assert exchange_bytes(echo, [raw], http=parser, limit_request_line=256).statuses == [414]


@PARSERS
def test_just_within_the_limits(parser: str) -> None:
    line = b"GET /" + b"a" * (256 - len(b"GET / HTTP/1.1")) + b" HTTP/1.1\r\n"
    raw = line + b"Host: a\r\nX: " + b"a" * (1024 - len(line) - len(b"Host: a\r\nX: \r\n\r\n")) + b"\r\n\r\n"
    answers = exchange_bytes(echo, [raw], http=parser, limit_request_line=256, limit_request_head=1024)
    assert answers.statuses == [200]


@PARSERS
def test_a_hundred_continue_is_sent_when_the_application_wants_the_body(parser: str) -> None:
    async def talk(dialogue: Dialogue) -> None:
        await dialogue.say(b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        assert await dialogue.hear(lambda heard: heard.endswith(b"\r\n\r\n")) == b"HTTP/1.1 100 Continue\r\n\r\n"
        await dialogue.say(b"abc")
        answers = await dialogue.hear_all()
        assert answers.statuses == [200]
        assert answers.told()["body"] == "abc"

    asyncio.run(with_server(echo, talk, http=parser))


@PARSERS
def test_no_hundred_continue_when_the_application_does_not_want_the_body(parser: str) -> None:
    async def refuse(scope, receive, send):
        await send({"type": "http.response.start", "status": 403, "headers": []})
        await send({"type": "http.response.body"})

    async def talk(dialogue: Dialogue) -> Answers:
        await dialogue.say(b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        return Answers(await dialogue.hear(lambda _: False), True)

    answers = asyncio.run(with_server(refuse, talk, http=parser))
    assert answers.statuses == [403]
    # The client may or may not send its body now, so that the connection cannot go on.
    assert answers.heads[0]["connection"] == "close"


async def deaf(scope, receive, send):
    """Answers without reading the body."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"deaf"})


@PARSERS
@pytest.mark.parametrize(
    "framing", [b"Content-Length: 10\r\n\r\n" + b"a" * 10, b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"]
)
def test_a_small_unread_body_is_thrown_away(framing: bytes, parser: str) -> None:
    answers = exchange_bytes(deaf, [b"POST / HTTP/1.1\r\nHost: a\r\n" + framing] * 2, http=parser)
    assert answers.statuses == [200, 200]
    assert not answers.closed


def test_a_large_unread_body_ends_the_connection() -> None:
    raw = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + b"a" * 1000
    answers = exchange_bytes(deaf, [raw])
    assert answers.statuses == [200]
    assert answers.heads[0]["connection"] == "close"


def test_an_unread_chunked_body_ends_the_connection_once_it_is_too_large() -> None:
    async def talk(dialogue: Dialogue) -> None:
        await dialogue.say(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        await dialogue.hear(lambda heard: heard.endswith(b"deaf"))
        ended = asyncio.create_task(dialogue.reader.read())
        sent = 0
        with contextlib.suppress(ConnectionError):
            while not ended.done():
                await dialogue.say(b"10000\r\n" + b"a" * 65536 + b"\r\n")
                await asyncio.sleep(0)
                sent += 65536
                assert sent < 200_000_000
        with contextlib.suppress(ConnectionError):
            assert await ended == b""

    asyncio.run(with_server(deaf, talk))


@PARSERS
def test_a_slow_head_gets_a_408(parser: str) -> None:
    async def talk(dialogue: Dialogue) -> Answers:
        await dialogue.say(b"GET / HT")
        return Answers(await dialogue.hear(lambda _: False), True)

    answers = asyncio.run(with_server(echo, talk, http=parser, timeout_head=0.05))
    assert answers.statuses == [408]


@PARSERS
def test_a_slow_body_gets_a_408(parser: str) -> None:
    async def talk(dialogue: Dialogue) -> Answers:
        await dialogue.say(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")
        return Answers(await dialogue.hear(lambda _: False), True)

    answers = asyncio.run(with_server(echo, talk, http=parser, timeout_body=0.05))
    assert answers.statuses == [408]


def test_an_idle_connection_is_closed_without_a_word() -> None:
    async def talk(dialogue: Dialogue) -> bytes:
        await dialogue.say(HEAD + b"\r\n")
        return await dialogue.hear(lambda _: False)

    heard = asyncio.run(with_server(deaf, talk, timeout_keep_alive=0.05))
    assert heard.count(b"HTTP/1.1") == 1
    assert heard.endswith(b"deaf")


def test_a_silent_client_is_closed_without_a_word() -> None:
    async def talk(dialogue: Dialogue) -> bytes:
        return await dialogue.hear(lambda _: False)

    assert asyncio.run(with_server(deaf, talk, timeout_first_byte=0.05)) == b""


@PARSERS
def test_the_client_waits_while_the_application_does_not_read(parser: str) -> None:
    """Flow control towards the client: what the server holds is bounded, however much is sent."""
    total = 8_000_000
    may_read = asyncio.Event()
    held: list[int] = []

    async def lazy(scope, receive, send):
        await may_read.wait()
        size = 0
        while True:
            event = await receive()
            held.append(len(event["body"]))
            size += len(event["body"])
            if not event["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"%d" % size})

    async def talk(dialogue: Dialogue) -> Answers:
        await dialogue.say(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % total)
        sending = asyncio.create_task(dialogue.say(b"a" * total))
        done, _ = await asyncio.wait([sending], timeout=0.3)
        assert not done, "the kernel's buffers are full: nobody reads"
        may_read.set()
        await sending
        return await dialogue.hear_all()

    answers = asyncio.run(with_server(lazy, talk, http=parser, buffer_request_body=65536))
    assert answers.bodies == [b"%d" % total]
    assert max(held) < 65536 + 262144 + 1, "one high-water mark and one read of the loop"


def test_pipelined_requests_wait_bounded() -> None:
    """Requests sent before the first answer stay in the kernel beyond a bound, and all are answered in order."""
    may_answer = asyncio.Event()
    count = 3000

    async def slow(scope, receive, send):
        await may_answer.wait()
        body = scope["path"].encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    async def talk(dialogue: Dialogue) -> Answers:
        raw = b"".join(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % i for i in range(count))
        sending = asyncio.create_task(dialogue.say(raw))
        await asyncio.sleep(0)
        may_answer.set()
        await sending
        return await dialogue.hear_all()

    answers = asyncio.run(with_server(slow, talk, buffer_request_body=4096))
    assert answers.bodies == [b"/%d" % i for i in range(count)]


@PARSERS
def test_a_client_that_closes_its_side_still_gets_its_answer(parser: str) -> None:
    async def talk(dialogue: Dialogue) -> Answers:
        await dialogue.say(HEAD + b"\r\n")
        return await dialogue.hear_all()

    answers = asyncio.run(with_server(echo, talk, http=parser))
    assert answers.statuses == [200]


@PARSERS
@pytest.mark.parametrize("raw", [b"GET / HT", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab"])
def test_a_client_that_leaves_in_the_middle_gets_nothing(raw: bytes, parser: str) -> None:
    async def talk(dialogue: Dialogue) -> Answers:
        await dialogue.say(raw)
        return await dialogue.hear_all()

    assert asyncio.run(with_server(echo, talk, http=parser)).raw == b""


def test_more_requests_than_allowed_get_503() -> None:
    gate = asyncio.Event()

    async def busy(scope, receive, send):
        await gate.wait()
        await deaf(scope, receive, send)

    async def talk(dialogue: Dialogue) -> Answers:
        host, port = dialogue.writer.get_extra_info("peername")[:2]
        await dialogue.say(HEAD + b"\r\n")
        while not dialogue.service.running:
            await asyncio.sleep(0)
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(HEAD + b"\r\n")
        answers = Answers(await reader.read(), True)
        writer.close()
        gate.set()
        return answers

    answers = asyncio.run(with_server(busy, talk, limit_concurrency=1))
    assert answers.statuses == [503]
    assert answers.heads[0]["retry-after"] == "1"


@PARSERS
@pytest.mark.parametrize("start", [b"\r", b"\r\n\r", b"G", b"GET", b"GET ", b"GET /", b"GET / ", b"GET / HTTP/1.1\r"])
def test_the_beginning_of_a_request_is_waited_for(start: bytes, parser: str) -> None:
    """However little is there, nothing that can still become a request is refused."""
    rest = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".removeprefix(start.lstrip(b"\r\n")) if start.strip() else b""

    async def talk(dialogue: Dialogue) -> Answers:
        await dialogue.say(start)
        while not any(each.connection._held for each in dialogue.connections._open):
            await asyncio.sleep(0)
        await dialogue.say(rest or (b"\n" if start.endswith(b"\r") else b"") + b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        return await dialogue.hear_all()

    assert asyncio.run(with_server(echo, talk, http=parser)).statuses == [200]
