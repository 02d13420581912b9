"""Ids of requests: in the scope, in what is logged, in the response; handed down only if that is asked."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from tests.conformance.harness import exchange_bytes
from tests.conformance.websocket_wire import Socket, with_socket

from webfoot.server import OptionError, ServerOptions
from webfoot.server.logs.request_id import RequestIdFilter, request_id

GET = b"GET / HTTP/1.1\r\nHost: a\r\n%b\r\n"


class Seen:
    """Keeps the ids that a request's code can see: in its scope, in its context, after a wait, and in a task."""

    def __init__(self, fails: bool = False) -> None:
        self.ids: list[tuple[str | None, ...]] = []
        self._fails = fails

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        before = request_id.get()
        await asyncio.sleep(0)
        later = await asyncio.create_task(asyncio.sleep(0, request_id.get()))
        self.ids.append((scope["state"].get("request_id"), before, later))
        if self._fails:
            raise ValueError("quack")
        await send({"type": "http.response.start", "status": 200, "headers": [(b"X-Request-Id", b"mine")]})
        await send({"type": "http.response.body", "body": b"quack"})


@pytest.fixture(params=["httptools", "h11"])
def http(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def ask(app: Any, *fields: bytes, **options: Any) -> Any:
    """The answers to two requests of one connection."""
    return exchange_bytes(app, [GET % b"".join(each + b"\r\n" for each in fields)] * 2, **options)


def test_each_request_has_one(http):
    app = Seen()
    answers = ask(app, b"X-Request-Id: theirs", http=http, request_ids=True)
    assert answers.statuses == [200, 200]
    assert all(len(set(ids)) == 1 for ids in app.ids)
    first, second = (ids[0] for ids in app.ids)
    assert first and second and first != second
    assert "theirs" not in (first, second)
    assert [head["x-request-id"] for head in answers.heads] == ["mine", "mine"]
    assert request_id.get() == ""


def test_none_unless_asked(http):
    app = Seen()
    ask(app, http=http)
    assert app.ids == [(None, "", "")] * 2


def test_from_the_field_that_a_proxy_sets(http):
    app = Seen()
    ask(app, b"X-REQUEST-ID: 5b0c-quack", b"X-Request-Id: second", http=http, request_id_header="X-Request-ID")
    assert app.ids == [("5b0c-quack",) * 3] * 2


@pytest.mark.parametrize(
    "value", [b"", b"a b", b'"quack"', b"a" * 129, b"\xff", b"<script>", b"\x1b[2J", b"a,b", b"${jndi:x}"]
)
def test_what_is_no_id_is_replaced(value):
    app = Seen()
    answers = ask(app, b"X-Request-Id: " + value, request_id_header="x-request-id")
    if answers.statuses == [200, 200]:
        assert all(ids[0] and ids[0].encode("latin-1") != value for ids in app.ids)
    else:
        assert answers.statuses == [400]  # a control character is no field value


def test_sent_back(http):
    app = Seen()
    answers = ask(app, http=http, request_id_response_header="X-Request-Id")
    assert [head["x-request-id"] for head in answers.heads] == [ids[0] for ids in app.ids]


def test_sent_back_where_the_application_failed(http, caplog):
    app = Seen(fails=True)
    answers = ask(app, http=http, request_id_response_header="X-Request-Id")
    assert answers.statuses[0] == 500
    assert answers.heads[0]["x-request-id"] == app.ids[0][0]


def test_websockets():
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.extend([scope["state"]["request_id"], request_id.get()])
        await receive()
        await send({"type": "websocket.accept"})
        await receive()

    async def talk(socket: Socket) -> None:
        seen.append(socket.answer.decode().partition("x-request-id: ")[2].partition("\r\n")[0])

    with_socket(app, talk, request_id_response_header="x-request-id")
    assert len(seen) == 3
    assert len(set(seen)) == 1
    assert seen[0]


def test_in_the_lines_of_the_application():
    record = logging.makeLogRecord({"msg": "quack"})
    assert RequestIdFilter().filter(record)
    assert vars(record)["request_id"] == "-"
    token = request_id.set("a-1")
    try:
        record = logging.makeLogRecord({"msg": "quack"})
        RequestIdFilter().filter(record)
        RequestIdFilter("elsewhere").filter(record)
    finally:
        request_id.reset(token)
    assert vars(record)["request_id"] == "a-1"


@pytest.mark.parametrize("name", ["request_id_header", "request_id_response_header"])
@pytest.mark.parametrize("wrong", ["a b", "a:", "a\r\nb", "ä"])
def test_names_of_fields(name, wrong):
    with pytest.raises(OptionError, match="the name of a header field"):
        ServerOptions(**{name: wrong})
