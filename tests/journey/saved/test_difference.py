"""Answers that come in pieces held against each other: bodies, streams that the client left, and their events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from tests.journey.saved.journeys import journey_of

from webfoot import Depends, Webfoot
from webfoot.cli.composing import as_bytes
from webfoot.cli.one_request import Onlooker, send_once
from webfoot.journey.record import Record
from webfoot.journey.saved.difference import Difference, difference
from webfoot.journey.saved.ending import come_before_it_was_left
from webfoot.journey.schema import as_json
from webfoot.server import ServerOptions
from webfoot.web.responses import Response, StreamingResponse


def answering(body: bytes, media_type: str = "text/plain") -> Webfoot:
    app = Webfoot()

    @app.get("/ducks")
    async def ducks() -> Response:
        return Response(body, media_type=media_type)

    return app


def streaming(pieces: Callable[[], AsyncIterator[bytes]], media_type: str) -> Webfoot:
    app = Webfoot()

    @app.get("/ducks")
    async def ducks() -> StreamingResponse:
        return StreamingResponse(pieces(), media_type=media_type)

    return app


def events(*said: str, pieces: int = 1) -> Webfoot:
    """`pieces`: into how many each event is cut."""

    async def sent() -> AsyncIterator[bytes]:
        for number, each in enumerate(said):
            event = f"id: {number}\ndata: {each}\n\n".encode()
            size = -(-len(event) // pieces)
            for begin in range(0, len(event), size):
                yield event[begin : begin + size]

    return streaming(sent, "text/event-stream")


def endless(word: bytes, media_type: str = "text/event-stream") -> Webfoot:
    async def sent() -> AsyncIterator[bytes]:
        while True:
            yield b"data: %b\n\n" % word
            await asyncio.sleep(0.01)

    return streaming(sent, media_type)


def between(before: Webfoot, now: Webfoot, patience: float = 5) -> Difference:
    was, is_ = (journey_of("GET", "/ducks", of=app, patience=patience) for app in (before, now))
    return difference(was, is_)


def differing(found: Difference) -> list[tuple[str | None, str | None]]:
    return [(frame.before, frame.now) for frame in found.frames if frame.kind != "same"]


def test_the_events_of_a_stream_are_compared():
    found = between(events("a", "b", "c"), events("a", "x", "c", "d"))
    assert differing(found) == [
        ("event message: id: 1\nb", "event message: id: 1\nx"),
        (None, "event message: id: 3\nd"),
    ]
    assert not found.is_same_answer


def test_how_an_event_was_cut_into_pieces_is_no_difference():
    assert between(events("a", "b"), events("a", "b", pieces=3)).is_none


@pytest.mark.parametrize("media_type", ["text/event-stream", "text/plain"])
def test_a_stream_that_the_client_left_is_compared_as_far_as_it_had_come(media_type: str):
    saved = journey_of("GET", "/ducks", of=endless(b"quack", media_type), patience=0.2)
    assert come_before_it_was_left(saved)
    longer = journey_of("GET", "/ducks", of=endless(b"quack", media_type), patience=1.0)
    assert difference(saved, longer).is_none
    other = journey_of("GET", "/ducks", of=endless(b"waddle", media_type), patience=1.0)
    assert not difference(saved, other).is_same_answer


def test_a_stream_that_breaks_off_was_not_left():
    async def broken() -> AsyncIterator[bytes]:
        yield b"data: quack\n\n"
        raise ValueError("no ducks")

    saved = journey_of("GET", "/ducks", of=streaming(broken, "text/event-stream"))
    assert come_before_it_was_left(saved) is None


def test_a_body_that_goes_on_otherwise_behind_what_was_kept():
    found = between(answering(b"x" * 20_000), answering(b"x" * 20_001))
    assert found.outcome["bytes of the body"] == (20_000, 20_001)
    assert found.not_compared == ("the body beyond its first 16384 bytes",)


def test_a_body_that_is_no_text():
    found = between(answering(b"\0\1", "image/png"), answering(b"\0\1\2", "image/png"))
    assert found.outcome["bytes of the body"] == (2, 3)
    assert found.not_compared == ("what the body holds: it is no text, and only its size was kept",)


@pytest.mark.parametrize(("before", "now"), [(b"quack", b""), (b"", b"quack")])
def test_a_body_that_is_empty(before: bytes, now: bytes):
    assert between(answering(before), answering(now)).outcome["body"] == (before.decode(), now.decode())


def test_a_body_that_was_not_kept():
    saved: dict[str, Any] = journey_of("GET", "/ducks", of=answering(b"quack"))
    now = journey_of("GET", "/ducks", of=answering(b"QUACK"))
    saved["response"]["body"] = None
    found = difference(saved, now)
    assert found.is_none
    assert found.not_compared == ("the body: it was not kept",)


class LightRecord(Record):
    """What the flight recorder keeps of a request that was slow."""

    def __init__(self, on_done: Callable[[Record], None]) -> None:
        super().__init__(on_done, is_light=True)


def test_a_journey_of_the_flight_recorder_which_leaves_stations_out():
    async def asked() -> dict[str, Any]:
        request = as_bytes("GET", "/ducks/7", [("host", "localhost")], b"")
        [record] = await send_once(typed, ServerOptions(), request, 5, Onlooker(LightRecord))
        return dict(json.loads(json.dumps(as_json(record))))

    typed = Webfoot()

    @typed.get("/ducks/{number}")
    async def duck(number: int, who: str = Depends(lambda: "Jo")) -> dict[str, int]:
        return {"number": number}

    saved = asyncio.run(asked())
    found = difference(saved, journey_of("GET", "/ducks/7", of=typed))
    assert found.is_none, [step for step in found.steps if step.kind != "same"]
    assert found.not_compared == ("the body: it was not kept",)
    assert not difference(saved, journey_of("GET", "/ducks/x", of=typed)).is_none
