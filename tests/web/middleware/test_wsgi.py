"""WSGI applications over a real socket: environ, bodies both ways, errors, clients that leave."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from typing import Any

import pytest
from tests.conformance.harness import Answers, Dialogue, exchange_bytes, with_server
from tests.web.driving import answer_of, http_scope

from webfoot.web import Mount, WebApp
from webfoot.web.middleware.wsgi import WSGIMiddleware

GET = b"GET / HTTP/1.1\r\nHost: pond\r\n\r\n"


def get(path: str = "/", *fields: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: pond", *fields, "", ""]).encode("latin-1")


def ask(wsgi: Any, *parts: bytes, **options: Any) -> Answers:
    return exchange_bytes(WSGIMiddleware(wsgi), list(parts), **options)


def environ_of(request: bytes, app: Any = None) -> dict[str, Any]:
    seen: dict[str, Any] = {}

    def wsgi(environ: Any, start_response: Any) -> Any:
        seen.update(environ)
        start_response("204 No Content", [])
        return []

    inner = WSGIMiddleware(wsgi)
    exchange_bytes(inner if app is None else app(inner), [request])
    return seen


def test_an_answer() -> None:
    def wsgi(environ: Any, start_response: Any) -> Any:
        start_response("201 Created", [("Content-Type", "text/plain"), ("X-Duck", "1"), ("X-Duck", "2")])
        return [b"a ", b"duck"]

    answers = ask(wsgi, GET)
    assert answers.statuses == [201]
    assert answers.bodies == [b"a duck"]
    assert b"x-duck: 1\r\nx-duck: 2\r\n" in answers.raw
    assert not answers.closed


def test_the_environ() -> None:
    environ = environ_of(get("/d%C3%BCck/1?q=1&r=%20", "X-Trace: a", "X-Trace: b", "Content-Type: text/duck"))
    assert environ["REQUEST_METHOD"] == "GET"
    assert environ["PATH_INFO"] == "/dück/1".encode().decode("latin-1")
    assert (environ["SCRIPT_NAME"], environ["QUERY_STRING"]) == ("", "q=1&r=%20")
    assert environ["HTTP_X_TRACE"] == "a,b"
    assert environ["CONTENT_TYPE"] == "text/duck"
    assert environ["SERVER_PROTOCOL"] == "HTTP/1.1"
    assert environ["REMOTE_ADDR"] == "127.0.0.1"
    assert environ["wsgi.errors"] is sys.stderr
    assert environ["wsgi.url_scheme"] == "http"


def test_the_prefix_of_a_mount_is_the_script_name() -> None:
    environ = environ_of(get("/old/ducks/1"), lambda app: WebApp(routes=[Mount("/old", app=app)]))
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("/old", "/ducks/1")


def test_a_query_outside_of_ascii() -> None:
    """Our server refuses it; others hand it over."""
    seen: list[str] = []

    def wsgi(environ: Any, start_response: Any) -> Any:
        seen.append(environ["QUERY_STRING"])
        start_response("204 No Content", [])
        return []

    assert answer_of(WSGIMiddleware(wsgi), query_string=b"q=Bj\xc3\xb8rn&%C3").status == 204
    assert seen == ["q=Bj%C3%B8rn&%C3"]


BODIES = {
    "length": (b"Content-Length: 9\r\n\r\n", b"one\ntwo\n3"),
    "chunks": (b"Transfer-Encoding: chunked\r\n\r\n", b"5\r\none\nt\r\n4\r\nwo\n3\r\n0\r\n\r\n"),
}


@pytest.mark.parametrize("how", BODIES)
@pytest.mark.parametrize("reading", ["read", "read1", "readline", "readlines", "iterate"])
def test_a_body_is_read_in_any_way(how: str, reading: str) -> None:
    read = {
        "read": lambda body: body.read(),
        "read1": lambda body: b"".join(iter(lambda: body.read(2), b"")),
        "readline": lambda body: b"".join(iter(lambda: body.readline(), b"")),
        "readlines": lambda body: b"".join(line.rstrip(b"\n") + b"\n" for line in body.readlines())[:-1],
        "iterate": lambda body: b"".join(body),
    }[reading]

    def wsgi(environ: Any, start_response: Any) -> Any:
        assert environ["wsgi.input_terminated"] is True
        body = read(environ["wsgi.input"])
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    head, body = BODIES[how]
    assert ask(wsgi, b"POST / HTTP/1.1\r\nHost: pond\r\n" + head + body).bodies == [b"one\ntwo\n3"]


def test_a_large_upload_is_read_piece_by_piece_and_the_client_made_to_wait() -> None:
    size, pieces = 20 << 20, []

    def wsgi(environ: Any, start_response: Any) -> Any:
        while piece := environ["wsgi.input"].read(1 << 16):
            pieces.append(len(piece))
            assert len(environ["wsgi.input"].buffer) < 1 << 20
        start_response("200 OK", [])
        return [b"%d" % sum(pieces)]

    body = b"x" * size
    answers = ask(wsgi, b"POST / HTTP/1.1\r\nHost: pond\r\nContent-Length: %d\r\n\r\n" % size, body)
    assert answers.bodies == [b"%d" % size]
    assert max(pieces) == 1 << 16


def test_parts_reach_the_client_when_they_come() -> None:
    goes_on = threading.Event()

    def wsgi(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        yield b"one"
        yield b""
        assert goes_on.wait(5)
        yield b"two"

    async def talk(dialogue: Dialogue) -> Answers:
        await dialogue.say(GET)
        first = await dialogue.hear(lambda heard: b"one" in heard)
        assert b"two" not in first
        goes_on.set()
        return Answers(first + await dialogue.hear(lambda heard: heard.endswith(b"0\r\n\r\n")), False)

    assert asyncio.run(with_server(WSGIMiddleware(wsgi), talk)).bodies == [b"onetwo"]


def test_write() -> None:
    def wsgi(environ: Any, start_response: Any) -> Any:
        write = start_response("200 OK", [])
        write(b"one ")
        write(b"two ")
        return [b"three"]

    assert ask(wsgi, GET).bodies == [b"one two three"]


def test_head_and_empty_answers() -> None:
    def wsgi(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [("Content-Length", "4")])
        return [b"duck"]

    answers = ask(wsgi, b"HEAD / HTTP/1.1\r\nHost: pond\r\nConnection: close\r\n\r\n")
    assert answers.raw.startswith(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n")
    assert answers.raw.endswith(b"\r\n\r\n")

    def empty(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        return ()

    assert (ask(empty, GET).statuses, ask(empty, GET).bodies) == ([200], [b""])


# Errors.


def test_an_error_is_a_500_and_the_worker_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    def wsgi(environ: Any, start_response: Any) -> Any:
        if environ["PATH_INFO"] == "/broken":
            raise LookupError("no duck")
        start_response("200 OK", [])
        return [b"fine"]

    answers = ask(wsgi, get("/broken"))
    assert answers.statuses == [500]
    assert "LookupError: no duck" in caplog.text
    assert ask(wsgi, GET).bodies == [b"fine"]


def test_an_error_handler_may_still_change_the_start() -> None:
    """PEP 3333 "Error Handling": as long as nothing was sent, start_response with exc_info begins anew."""

    def wsgi(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [("X-Answer", "first")])
        try:
            raise LookupError("no duck")
        except LookupError:
            start_response("503 Service Unavailable", [("X-Answer", "second")], sys.exc_info())
        return [b"sorry"]

    answers = ask(wsgi, GET)
    assert (answers.statuses, answers.bodies) == ([503], [b"sorry"])
    assert answers.heads[0]["x-answer"] == "second"


def test_an_error_in_the_middle_breaks_the_response_off() -> None:
    closed = threading.Event()

    def parts(start_response: Any) -> Any:
        try:
            yield b"one"
            raise LookupError("no duck")
        except LookupError:
            start_response("500 Internal Server Error", [], sys.exc_info())  # raises it again
        finally:
            closed.set()

    def wsgi(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        return parts(start_response)

    with pytest.raises(ValueError):  # the chunks have no end, so nobody takes them for the whole
        ask(wsgi, GET)
    assert closed.wait(5)


@pytest.mark.parametrize("mistake", ["no start", "two starts", "status", "a large body without start"])
def test_mistakes_of_the_application(mistake: str, caplog: pytest.LogCaptureFixture) -> None:
    def wsgi(environ: Any, start_response: Any) -> Any:
        match mistake:
            case "two starts":
                start_response("200 OK", [])
                start_response("200 OK", [])
            case "status":
                start_response("fine", [])
            case "a large body without start":
                return (b"x" * 1000 for _ in range(1000))
        return [b"x"]

    assert ask(wsgi, GET).statuses == [500]


# Clients that leave.


def test_a_stream_that_nobody_reads_any_more_is_closed() -> None:
    """Also with fewer workers than clients that leave: none of them is lost."""
    closed = threading.Semaphore(0)

    def wsgi(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        if environ["PATH_INFO"] == "/":
            return [b"still here"]
        return endless()

    def endless() -> Any:
        try:
            while True:
                yield b"quack " * 1000
                time.sleep(0.001)
        finally:
            closed.release()

    app = WSGIMiddleware(wsgi, workers=1)

    async def talk(dialogue: Dialogue) -> Answers:
        host, port = dialogue.writer.get_extra_info("peername")[:2]
        for _ in range(3):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(get("/endless"))
            assert await reader.read(100)
            writer.close()
            assert await asyncio.to_thread(closed.acquire, timeout=5)
        await dialogue.say(GET)
        return await dialogue.hear_all()

    assert asyncio.run(with_server(app, talk)).bodies == [b"still here"]


def test_an_upload_that_breaks_off_is_an_error_and_no_short_body() -> None:
    outcome: list[Any] = []
    reads, told = threading.Event(), threading.Event()

    def wsgi(environ: Any, start_response: Any) -> Any:
        reads.set()
        try:
            outcome.append(environ["wsgi.input"].read())
        except OSError as error:
            outcome.append(error)
        told.set()
        start_response("200 OK", [])
        return []

    async def talk(dialogue: Dialogue) -> None:
        await dialogue.say(b"POST / HTTP/1.1\r\nHost: pond\r\nContent-Length: 100\r\n\r\nhalf of it")
        assert await asyncio.to_thread(reads.wait, 5)
        dialogue.writer.transport.abort()
        assert await asyncio.to_thread(told.wait, 5)

    asyncio.run(with_server(WSGIMiddleware(wsgi), talk))
    assert isinstance(outcome[0], OSError)


def test_a_cancelled_request_ends_its_thread() -> None:
    at_work, ended = threading.Event(), threading.Event()

    def wsgi(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        try:
            while True:
                at_work.set()
                yield b"quack"
                time.sleep(0.001)
        finally:
            ended.set()

    async def send(message: Any) -> None: ...

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def main() -> None:
        task = asyncio.create_task(WSGIMiddleware(wsgi)(http_scope(), receive, send))
        assert await asyncio.to_thread(at_work.wait, 5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert await asyncio.to_thread(ended.wait, 5)

    asyncio.run(main())


# The other kinds of scope.


def test_lifespan_and_websocket() -> None:
    def wsgi(environ: Any, start_response: Any) -> Any:
        raise AssertionError("not for WSGI")

    answers = ask(
        wsgi,
        get("/", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")[:-2]
        + b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    )
    assert answers.statuses == [403]
    sent: list[str] = []
    events = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

    async def receive() -> Any:
        return events.pop(0)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    asyncio.run(WSGIMiddleware(wsgi)({"type": "lifespan"}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "a2wsgi", None)
    with pytest.raises(ImportError, match=r"needs the package a2wsgi: pip install 'webfoot\[wsgi\]'"):
        WSGIMiddleware(lambda environ, start_response: [])
