"""What the server answers itself, ahead of the application."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.conformance.harness import Answers, Dialogue, with_server

from webfoot.server.health.board import Board
from webfoot.server.health.probes import index_of, probes_of
from webfoot.server.settings.options import OptionError, ServerOptions

PATHS = {"livez_path": "/livez", "readyz_path": "/readyz", "metrics_path": "/numbers"}
BOTH = pytest.mark.parametrize("parser", ["httptools", "h11"])


async def app(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"the application"})


async def never(scope: Any, receive: Any, send: Any) -> None:
    await asyncio.sleep(1000)


def exchange(
    said: bytes, parser: str, state: str = "ready", application: Any = app, before: bytes = b"", **options: Any
) -> Answers:
    """What a service answers whose process is in `state`; `before` is said on a connection of its own."""

    async def talk(dialogue: Dialogue) -> Answers:
        board = Board()
        board.tell(board.claim(), state)  # type: ignore[arg-type]
        service = dialogue.service
        service.answer_itself(probes_of(ServerOptions(app, **PATHS), board, lambda: None).get)
        if before:
            _, other = await asyncio.open_connection(*dialogue.writer.get_extra_info("peername")[:2])
            other.write(before)
            while not service.running:
                await asyncio.sleep(0.001)
        dialogue.writer.write(said)
        answers = await dialogue.hear_all()
        if before:
            other.close()
        return answers

    found: Answers = asyncio.run(with_server(application, talk, http=parser, **options))
    return found


def get(path: str, method: str = "GET", more: bytes = b"\r\n") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nhost: x\r\n".encode() + more


@BOTH
@pytest.mark.parametrize(
    ("path", "state", "status", "body"),
    [
        ("/livez", "starting", 200, b"alive\n"),
        ("/livez", "ready", 200, b"alive\n"),
        ("/livez", "stopping", 200, b"alive\n"),
        ("/readyz", "starting", 503, b"starting\n"),
        ("/readyz", "ready", 200, b"ready\n"),
        ("/readyz", "stopping", 503, b"stopping\n"),
        ("/readyz?verbose=1", "ready", 200, b"ready\n"),
        ("/readyz/", "ready", 200, b"the application"),
        ("/", "starting", 200, b"the application"),
    ],
)
def test_what_each_path_is_answered_with(parser: str, path: str, state: str, status: int, body: bytes) -> None:
    answers = exchange(get(path), parser, state)
    assert answers.statuses == [status]
    assert answers.bodies == [body]


@BOTH
def test_answers_are_not_to_be_kept_and_the_connection_is(parser: str) -> None:
    answers = exchange(get("/livez") * 2 + get("/") + get("/numbers"), parser)
    assert answers.statuses == [200] * 4
    assert answers.heads[0]["cache-control"] == "no-store"
    assert answers.heads[0]["content-type"] == "text/plain; charset=utf-8"
    assert answers.heads[3]["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answers.bodies[2] == b"the application"


@BOTH
def test_head_has_the_head_only(parser: str) -> None:
    raw = exchange(get("/livez", "HEAD"), parser).raw
    assert b"content-length: 6\r\n" in raw
    assert raw.endswith(b"\r\n\r\n")


@BOTH
def test_other_methods_are_refused(parser: str) -> None:
    answers = exchange(get("/livez", "DELETE"), parser)
    assert answers.statuses == [405]
    assert answers.heads[0]["allow"] == "GET, HEAD"


@BOTH
@pytest.mark.parametrize(
    "body",
    [
        b"content-length: 4\r\n\r\nbody",
        b"transfer-encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
    ],
    ids=["length", "chunked"],
)
def test_a_body_that_nobody_asked_for_does_no_harm(parser: str, body: bytes) -> None:
    answers = exchange(get("/readyz", "GET", body) + get("/"), parser)
    assert answers.bodies == [b"ready\n", b"the application"]


@BOTH
def test_a_faulty_body_is_refused_as_any_other(parser: str) -> None:
    answers = exchange(get("/readyz", "GET", b"transfer-encoding: chunked\r\n\r\nno size\r\n"), parser)
    assert answers.statuses == [400]


@BOTH
def test_a_server_at_its_limit_of_requests_is_not_dead(parser: str) -> None:
    answers = exchange(get("/livez") + get("/"), parser, application=never, before=get("/"), limit_concurrency=1)
    assert answers.statuses == [200, 503]


@BOTH
def test_elsewhere_the_index_says_what_there_is(parser: str) -> None:
    probes = probes_of(ServerOptions(app, **PATHS), Board(), lambda: None)
    status, _, body = index_of(probes)()
    assert status == 404
    assert body.decode().split("\n")[1:] == ["/livez", "/readyz", "/numbers", ""]


def test_numbers_are_brought_up_to_date_first() -> None:
    sampled: list[int] = []
    board = Board()
    board.claim()
    probes = probes_of(ServerOptions(app, **PATHS), board, lambda: sampled.append(1))
    probes[b"/livez"]()
    assert sampled == []
    probes[b"/numbers"]()
    assert sampled == [1]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"livez_path": "livez"}, "a path that begins with '/'"),
        ({"livez_path": "/a b"}, "a path that begins with '/'"),
        ({"readyz_path": "/x?y"}, "a path that begins with '/'"),
        ({"livez_path": "/health", "readyz_path": "/health"}, "must differ"),
        ({"admin_bind": "9000"}, "HOST:PORT"),
        ({"admin_bind": "localhost:"}, "HOST:PORT"),
        ({"admin_bind": "::1:9000"}, "HOST:PORT"),
        ({"admin_bind": "localhost:99999"}, "up to 65535"),
        ({"admin_bind": "localhost:9000", "livez_path": "/metrics"}, "must differ"),
        ({"shutdown_delay": -1}, "0 or more"),
    ],
)
def test_options_that_are_refused(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(OptionError, match=sentence):
        ServerOptions(app, **options)


@pytest.mark.parametrize("place", ["localhost:9000", "[::1]:9000", "unix:/run/duck.sock", "0.0.0.0:0"])
def test_a_port_of_its_own_has_the_usual_paths(place: str) -> None:
    options = ServerOptions(app, admin_bind=place, readyz_path="/ready")
    assert (options.livez_path, options.readyz_path, options.metrics_path) == ("/livez", "/ready", "/metrics")
