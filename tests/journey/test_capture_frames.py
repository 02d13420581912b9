"""Messages and events one by one, however they came in pieces, and the end of a session in words."""

import asyncio
import json
from sys import getsizeof

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.websocket_wire import close as close_frame
from tests.conformance.websocket_wire import frame as ws_frame
from tests.journey.page.paging import with_page

from webfoot.journey.capture.closing import CODES, GOOD, in_words
from webfoot.journey.capture.frames import FIRST, LAST, LONGEST, Frames
from webfoot.journey.capture.json_text import without_secrets
from webfoot.journey.capture.texts import clean

WS = (
    "upgrade: websocket",
    "connection: upgrade",
    "sec-websocket-version: 13",
    "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==",
)


def told(frames):
    return [(frame.way, frame.kind, frame.text, frame.says) for frame in frames.kept]


STREAM = (
    b": hello\n\n"
    b"event: tick\ndata: one\n\n"
    b"data: two\r\ndata: lines\r\nid: 7\r\n\r\n"
    b'data: {"token": "hunter2",\ndata:  "name": "Emma"}\r\r'
    b"event: note\ndata: password = hunter2\n\n"
    b"data: not ended"
)
EVENTS = [
    ("out", "event", ": hello", "a comment"),
    ("out", "event", "one", "event tick"),
    ("out", "event", "id: 7\ntwo\nlines", "event message"),
    ("out", "event", '{"token": "[redacted]",\n "name": "Emma"}', "event message"),
    ("out", "event", "password = [redacted]", "event note"),
]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 1000])
def test_events_in_pieces(size):
    frames = Frames()
    for begin in range(0, len(STREAM), size):
        frames.add_events(STREAM[begin : begin + size])
    assert told(frames) == EVENTS


def test_an_event_without_an_end_has_a_bound():
    frames = Frames()
    for _ in range(100):
        frames.add_events(b"x" * 1000)
    assert frames.count > 5
    assert frames.weight < 100_000
    assert len(frames._open) < 10_000


def test_what_is_kept_of_many():
    frames = Frames()
    for number in range(1000):
        frames.see({"type": "websocket.send", "text": f"{number} {'quack' * 1000}"}, "out", accepted=True)
    kept = frames.kept
    assert (len(kept), frames.count, frames.left_out) == (FIRST + LAST, 1000, 1000 - FIRST - LAST)
    assert [kept[number].text.split()[0] for number in (0, FIRST - 1, FIRST, -1)] == ["0", "49", "850", "999"]
    assert all(len(frame.text) <= LONGEST + 1 for frame in kept)
    assert frames.weight == sum(200 + getsizeof(frame.text) for frame in kept)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (1006, "1006: the connection broke off without a Close frame"),
        (1012, "1012: the server restarts"),
        (4401, "4401: a code of the application's own (after HTTP's 401, not authorised)"),
        (4777, "4777: a code of the application's own"),
        (3500, "3500: a code of a library"),
        (999, "999: no code that a Close frame may have"),
        (None, "no code was given"),
    ],
)
def test_codes_in_words(code, words):
    assert in_words(code) == words


def test_good_ends_are_known_ones():
    assert set(CODES) > GOOD


async def server(scope, receive, send):
    await receive()
    if scope["path"] == "/refused":
        await send({"type": "websocket.close", "code": 4401})
        return
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] != "websocket.disconnect":
        if message.get("text") == "bye":
            await send({"type": "websocket.close", "code": 4401, "reason": "token=hunter2"})
            return
        if message.get("text") == "break":
            raise RuntimeError("no duck")
        await send({"type": "websocket.send", "bytes": b"\x00\x01"})


def session(*sent, path="/ws", ends=True):
    async def talk(ponds):
        reader, writer = await ponds.connect()
        writer.write(ponds.request(path, *WS))
        await reader.readuntil(b"\r\n\r\n")
        for data in sent:
            writer.write(data)
        if ends:
            await asyncio.wait_for(reader.read(), 5)
        else:
            if path != "/refused":  # whose answer has no body
                await reader.read(4)
            writer.transport.abort()
        whole = await ponds.last()
        assert "hunter2" not in json.dumps(whole)
        return whole

    return with_page(server, talk)


def shown(whole):
    return [(frame["way"], frame["kind"], frame["text"], frame["code"]) for frame in whole["frames"]]


def test_a_session():
    whole = session(ws_frame(1, b'{"password": "hunter2"}'), ws_frame(1, b"bye"), close_frame(4401))
    assert shown(whole) == [
        ("out", "accept", None, None),
        ("in", "text", '{"password": "[redacted]"}', None),
        ("out", "binary", None, None),
        ("in", "text", "bye", None),
        ("out", "close", "token=[redacted]", 4401),
    ]
    assert whole["frames"][2]["says"] == "2 bytes"
    assert (whole["summary"]["close"]["code"], whole["summary"]["failed"]) == (4401, True)


def test_the_client_closes():
    whole = session(close_frame(1000))
    assert shown(whole)[-1] == ("in", "close", None, 1000)
    assert whole["summary"]["close"] == {"code": 1000, "says": "1000: all went well"}
    assert whole["summary"]["failed"] is False


def test_the_client_is_gone():
    whole = session(ws_frame(1, b"hello"), ends=False)
    assert whole["summary"]["close"] == {"code": 1006, "says": "1006: the connection broke off without a Close frame"}
    assert whole["summary"]["failed"] is True


def test_the_application_breaks():
    whole = session(ws_frame(1, b"break"), close_frame(1011))
    assert whole["summary"]["close"]["code"] == 1011
    assert whole["summary"]["failed"] is True


def test_a_code_before_the_acceptance_is_one_that_nobody_sees():
    whole = session(path="/refused", ends=False)
    assert whole["summary"]["status"] == 403
    assert whole["summary"]["close"] == {
        "code": 1006,
        "says": "refused before it was accepted: the client gets 403 and never sees 4401; browsers call it 1006",
    }
    assert whole["frames"][0]["code"] == 4401


names = st.sampled_from(["name", "password", "api_key", "pond", "user_token", "size", "PIN"])
secrets = st.sampled_from(["hunter2", 'hunter2 \\ "quoted"', "hunter2\n", "é hunter2"])


@st.composite
def values(draw, depth=3):
    kinds = ["text", "number", "list", "object"] if depth else ["text", "number"]
    match draw(st.sampled_from(kinds)):
        case "text":
            return draw(st.text('aé\\"{}[]:,= \n', max_size=8))
        case "number":
            return draw(st.sampled_from([0, -1.5, True, None, 10**20]))
        case "list":
            return draw(st.lists(values(depth=depth - 1), max_size=3))
    made = {}
    for name in draw(st.lists(names, max_size=3)):
        is_secret = name in ("password", "api_key", "user_token", "PIN")
        inner = draw(values(depth=depth - 1))
        made[name] = (
            {"a": [draw(secrets), inner]}
            if is_secret and draw(st.booleans())
            else draw(secrets)
            if is_secret
            else inner
        )
    return made


@given(values(), st.booleans(), st.integers(0, 400))
def test_no_json_shows_a_secret_wherever_it_is_cut(value, ascii, end):
    text = json.dumps(value, ensure_ascii=ascii)
    cleaned = without_secrets(text, clean)

    assert "hunter2" not in cleaned
    assert "hunter2" not in without_secrets(text[:end], clean)
    assert json.loads(cleaned) == hidden(value)


def hidden(value):
    """What it should become. The names above do not stand in a list, so no pair is one of name and value."""
    if isinstance(value, list):
        return [hidden(each) for each in value]
    if isinstance(value, dict):
        return {
            name: "[redacted]" if name not in ("name", "pond", "size") else hidden(each) for name, each in value.items()
        }
    return value
