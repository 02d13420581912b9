"""How a line of the access log reads, and that nothing a client sends can break it."""

from __future__ import annotations

import json
import re
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.server.logs.entries import BROWSER, entry, written

from webfoot.server.logs.entry import Session
from webfoot.server.logs.lines import json_fields, json_line, text_line, timestamp
from webfoot.server.logs.output import WHOLE
from webfoot.trail import secret_names
from webfoot.trail.secret_names import declare_secret

FORMATS = [{}, {"log_format": "json"}, {"access_log_format": "combined"}, {"access_log_format": "%(Uq)s|%({x-duck}i)s"}]
NASTY = [
    b'"',
    b"\\",
    b'\\" 200 "',
    b"\r\nINFO:     forged",
    b"\x1b[2J\x1b]0;owned\x07",
    b"\x00\x7f\x9b31m",
    "\N{LINE SEPARATOR}\N{RIGHT-TO-LEFT OVERRIDE}".encode(),
    b"\xff\xfe",
    b"%s %(h)s {0} ${x}",
]


def test_as_text():
    assert text_line(entry()) == '127.0.0.1:1234 - "GET /ducks?tail=1 HTTP/1.1" 200 13B 1.2ms'
    told = entry(status=404, request_id="a-1")
    told.reason = 'no route matches "/ducks"'
    assert text_line(told) == (
        '127.0.0.1:1234 - "GET /ducks?tail=1 HTTP/1.1" 404 13B 1.2ms [a-1]: no route matches "/ducks"'
    )
    assert text_line(entry(client=None)).startswith("- - ")


def test_as_json():
    told = entry(status=404, request_id="a-1")
    told.reason = "no duck\nhere"
    fields = json.loads(json_line(told))
    assert datetime.fromisoformat(fields.pop("time")).tzinfo is not None
    assert fields == {
        "level": "info",
        "logger": "webfoot.access",
        "client": "127.0.0.1",
        "client_port": 1234,
        "method": "GET",
        "path": "/ducks",
        "query": "tail=1",
        "protocol": "HTTP/1.1",
        "scheme": "http",
        "status": 404,
        "bytes": 13,
        "duration_ms": 1.234,
        "user_agent": "Mozilla/5.0",
        "request_id": "a-1",
        "reason": "no duck\nhere",
    }


def test_what_json_has_not():
    fields = json_fields(entry(client=None, fields=[]))
    assert (fields["client"], fields["client_port"], fields["user_agent"]) == (None, None, None)
    assert not {"request_id", "reason", "event"} & fields.keys()


def test_time_as_rfc_3339_has_it():
    assert timestamp(1_763_755_200.9996) == "2025-11-21T20:00:00.999Z"
    assert timestamp(0) == "1970-01-01T00:00:00.000Z"


def test_a_websocket_and_an_event_stream():
    opened, closed, stream = entry(b"/chat", 101), entry(b"/chat", 101, seconds=61.04), entry(b"/news")
    opened.event = stream.event = "opened"
    closed.event, closed.session = "closed", Session(1001, 1, 5, 2, 60)
    assert text_line(opened) == '127.0.0.1:1234 - "WebSocket /chat" [accepted]'
    assert text_line(closed) == (
        '127.0.0.1:1234 - "WebSocket /chat" [closed 1001 after 61.0s, 1 message of 5B in, 2 messages of 60B out]'
    )
    assert text_line(stream) == '127.0.0.1:1234 - "GET /news HTTP/1.1" 200 [stream opened]'
    fields = json_fields(closed)
    assert (fields["event"], fields["status"], fields["code"], fields["messages_in"]) == ("closed", 101, 1001, 1)
    assert (fields["bytes_in"], fields["messages_out"], fields["bytes_out"]) == (5, 2, 60)
    assert json_fields(stream)["event"] == "opened"


@pytest.mark.parametrize("options", FORMATS, ids=["text", "json", "combined", "own"])
@pytest.mark.parametrize("nasty", NASTY, ids=range(len(NASTY)))
def test_nothing_breaks_the_line(options, nasty):
    fields = [(b"user-agent", nasty), (b"referer", nasty), (b"x-duck", nasty)]
    told = entry(b"/a" + nasty + b"?b=" + nasty, fields=fields)
    (line,) = written(told, **options)
    assert line.isprintable()
    assert line.isascii()
    if options == FORMATS[1]:
        fields = json.loads(line)
        assert fields["path"] == "/a" + nasty.decode("latin-1")
        assert fields["status"] == 200
    if options == FORMATS[2]:
        quoted = r'"(?:[^"\\]|\\.)*"'
        assert re.fullmatch(rf"127\.0\.0\.1 - - \[[^]]*\] {quoted} 200 13 {quoted} {quoted}", line)


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_any_bytes_are_one_line_of_json(target, agent):
    told = entry(b"/" + target, fields=[(b"user-agent", agent)])
    line = json_line(told)
    assert line.isascii()
    assert line.isprintable()
    fields = json.loads(line)
    assert fields["path"] + ("?" + fields["query"] if fields["query"] else "") in (
        "/" + target.decode("latin-1").removesuffix("?"),
        fields["path"] + "?" + fields["query"],
    )
    assert text_line(told).isprintable()


@pytest.mark.parametrize("options", FORMATS, ids=["text", "json", "combined", "own"])
def test_secrets_are_left_out(options, monkeypatch):
    monkeypatch.setattr(secret_names, "_declared", set())
    declare_secret("X-Duck")
    fields = [(b"referer", b"http://pond/?password=quack"), (b"x-duck", b"quack"), (b"user-agent", b"a")]
    (line,) = written(entry(b"/?token=quack&b=2&x-duck=quack&api%5Fkey=quack", fields=fields), **options)
    assert "quack" not in line
    assert "[redacted]&b=2" in line


@pytest.mark.parametrize("options", FORMATS[:3], ids=["text", "json", "combined"])
def test_a_line_stays_whole_in_a_pipe(options):
    long = b"\xff" * 8000
    told = entry(b"/" + long, fields=[(b"user-agent", b"a" * 60000)])
    told.reason = "b" * 5000
    (line,) = written(told, **options)
    assert len(line) < WHOLE
    told = entry(b"/" + b"a" * 8000 + b"?" + b"b" * 8000, fields=[*BROWSER, (b"user-agent", b"a" * 60000)])
    (line,) = written(told, **options)
    assert len(line) < WHOLE
