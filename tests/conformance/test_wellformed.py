"""Whatever an application sends, a client gets well-formed messages: h11, as the client, is the judge."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import h11
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conformance.harness import Dialogue, exchange_bytes, with_server

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
NEXT = b"GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
NAMES = [
    b"x",
    b"X-Y",
    b"content-length",
    b"Transfer-Encoding",
    b"connection",
    b"upgrade",
    b"keep-alive",
    b"te",
    b"trailer",
    b"date",
]
ODD_NAMES = [b"", b"a b", b"a:", b":a", b"a\r\nb", b"\xe9", b"a\0"]
VALUES = [b"", b"a", b"0", b"3", b"close", b"chunked", b"upgrade", b"websocket", b"\xe9", b" a ", b"a\tb"]
ODD_VALUES = [
    b"\r",
    b"\n",
    b"a\r\nx: y",
    b"\r\n\r\nHTTP/1.1 200 OK",
    b"\0",
    b"\x01",
    b"\x7f",
    b"+3",
    b"3, 3",
    b"1_0",
    b"-1",
    b"\xb2",
]
FIELDS = st.tuples(st.sampled_from(NAMES + ODD_NAMES[:2]), st.sampled_from(VALUES + ODD_VALUES))
STATUSES = st.sampled_from([200, 200, 200, 201, 204, 205, 206, 299, 304, 404, 426, 500, 599])
BODIES = st.lists(st.sampled_from([b"", b"a", b"abc"]), min_size=1, max_size=3)
LINES = st.sampled_from(
    [b"GET / HTTP/1.1", b"HEAD / HTTP/1.1", b"GET / HTTP/1.0", b"HEAD / HTTP/1.0", b"TRACE / HTTP/1.1"]
)


def sends(status: int, fields: list[tuple[bytes, bytes]], parts: list[bytes]) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/next":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"next"})
            return
        await send({"type": "http.response.start", "status": status, "headers": fields})
        for part in parts[:-1]:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": parts[-1]})

    return app


def read(raw: bytes, method: bytes) -> tuple[h11.Response, bytes, bytes]:
    """(head, body, what stands behind it). Raises h11.RemoteProtocolError."""
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method=method, target=b"/", headers=[(b"host", b"a")]))
    client.send(h11.EndOfMessage())
    client.receive_data(raw)
    client.receive_data(b"")
    head = client.next_event()
    assert isinstance(head, h11.Response)
    body = b""
    while isinstance(event := client.next_event(), h11.Data):
        body += event.data
    assert isinstance(event, h11.EndOfMessage)
    return head, body, client.trailing_data[0]


@settings(max_examples=250, deadline=None)
@given(line=LINES, status=STATUSES, fields=st.lists(FIELDS, max_size=3), parts=BODIES)
def test_a_client_can_read_it_and_what_follows(
    line: bytes, status: int, fields: list[tuple[bytes, bytes]], parts: list[bytes]
) -> None:
    async def talk(dialogue: Dialogue) -> bytes:
        await dialogue.say(line + b"\r\nHost: a\r\nConnection: keep-alive\r\n\r\n" + NEXT)
        return await dialogue.hear(lambda _: False)

    logging.disable(logging.CRITICAL)
    try:
        raw = asyncio.run(with_server(sends(status, fields, parts), talk))
    finally:
        logging.disable(logging.NOTSET)
    declared = [int(value) for name, value in fields if name == b"content-length" and value.isdigit()]
    complete = b"".join(parts)
    is_cut = bool(declared) and len(parts) > 1 and declared != [len(complete)]  # a promise broken behind the head
    if is_cut and status not in (204, 205, 304) and not line.startswith(b"HEAD"):
        return
    head, body, rest = read(raw, line.partition(b" ")[0])
    assert head.status_code in (status, 500)
    if head.status_code == status != 500:
        assert body == (b"" if line.startswith(b"HEAD") or status in (204, 205, 304) else complete)
    if rest:
        assert read(rest, b"GET")[1] == b"next", "the next response begins where this one ends"


@pytest.mark.parametrize("name", ODD_NAMES, ids=repr)
def test_a_name_that_is_no_token_is_refused(name: bytes, caplog: pytest.LogCaptureFixture) -> None:
    assert exchange_bytes(sends(200, [(name, b"a")], [b""]), [GET]).statuses == [500]
    assert "must be a token" in caplog.text


@pytest.mark.parametrize("control", [bytes((code,)) for code in (*range(9), *range(10, 32), 127)], ids=repr)
def test_a_control_character_in_a_value_is_refused(control: bytes, caplog: pytest.LogCaptureFixture) -> None:
    assert exchange_bytes(sends(200, [(b"x", b"a" + control + b"b")], [b""]), [GET]).statuses == [500]
    assert "another control character" in caplog.text


def test_a_205_announces_that_it_has_no_body(caplog: pytest.LogCaptureFixture) -> None:
    answers = exchange_bytes(sends(205, [(b"content-length", b"3")], [b"abc"]), [GET])
    assert answers.heads[0]["content-length"] == "0"
    assert answers.bodies == [b""]
    assert not answers.closed
    assert "a 205 response has no body" in caplog.text


def test_an_upgrade_that_is_offered_is_named_by_connection() -> None:
    answers = exchange_bytes(sends(426, [(b"upgrade", b"websocket"), (b"connection", b"upgrade")], [b"no"]), [GET])
    assert answers.heads[0]["upgrade"] == "websocket"
    assert answers.heads[0]["connection"] == "upgrade"
    assert not answers.closed
