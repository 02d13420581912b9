"""The lines of what goes on for long: WebSockets and event streams."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from tests.conformance.harness import exchange_bytes
from tests.conformance.websocket_wire import TEXT, Socket, close, echo, frame, with_socket


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("webfoot", "webfoot.access"):
        monkeypatch.setattr(logging.getLogger(name), "handlers", [])
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
        monkeypatch.setattr(logging.getLogger(name), "disabled", False)
    caplog.set_level(logging.INFO, "webfoot.access")
    return lambda: [record for record in caplog.records if record.name == "webfoot.access"]


def test_a_websocket(lines):
    async def talk(socket: Socket) -> None:
        for text in ("quack", "ä", ""):
            await socket.say(frame(TEXT, text.encode()))
            await socket.hear()
        await socket.say(close(1001))
        await socket.hear_close()

    with_socket(echo, talk, access_log=True)
    opened, closed = lines()
    assert opened.getMessage().endswith('"WebSocket /chat" [accepted]')
    assert closed.getMessage().endswith("s, 3 messages of 7B in, 3 messages of 7B out]")
    fields = closed.fields
    assert (fields["event"], fields["status"], fields["code"], fields["bytes"]) == ("closed", 101, 1001, 7)
    assert fields["duration_ms"] > 0


async def stream(scope: Any, receive: Any, send: Any) -> None:
    kind = b"text/event-stream" if scope["path"] == "/news" else b"text/plain"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})
    for _ in range(3):
        await send({"type": "http.response.body", "body": b"data: quack\n\n", "more_body": True})
    await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize("http", ["httptools", "h11"])
def test_an_event_stream(lines, http, monkeypatch):
    """Its beginning has a line, too; another stream has one line like any response."""
    monkeypatch.setattr("tests.conformance.harness.ServerOptions", _logging)
    exchange_bytes(
        stream, [b"GET /news HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /text HTTP/1.1\r\nHost: a\r\n\r\n"], http=http
    )
    news = [each.getMessage() for each in lines() if "/news" in each.getMessage()]
    assert news[0].endswith('"GET /news HTTP/1.1" 200 [stream opened]')
    assert '"GET /news HTTP/1.1" 200 39B ' in news[1]
    assert len([each for each in lines() if "/text" in each.getMessage()]) == 1


def _logging(**options: Any) -> Any:
    from webfoot.server.settings.options import ServerOptions

    return ServerOptions(**{**options, "access_log": True})
