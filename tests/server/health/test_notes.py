"""What requests wait for, as it is told to those who look from outside."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from tests.conformance.harness import Dialogue, with_server

from webfoot.journey.record import Record
from webfoot.server.health.notes import Notes
from webfoot.trail.lookout import Note, Pulse
from webfoot.web.threads import run_in_threadpool


class Lookout:
    """Keeps the last word about each request."""

    def __init__(self) -> None:
        self.is_looked_at = True
        self.notes: dict[str | None, Note] = {}
        self.pulses: list[Pulse] = []

    def note(self, trail: Any, note: Note) -> None:
        if note.text:
            self.notes[trail.target] = note

    def pulse(self, pulse: Pulse) -> None:
        self.pulses.append(pulse)


class Watcher:
    def begin(self) -> Record:
        return Record()

    def loaded(self, app: Any) -> Any:
        return app


async def app(scope: Any, receive: Any, send: Any) -> None:
    match scope["path"]:
        case "/sleeps":
            await asyncio.sleep(60)
        case "/thread":
            await run_in_threadpool(time.sleep, 1.2)
        case "/body":
            await receive()
        case "/leaves":
            while (await receive())["type"] != "http.disconnect":
                pass
        case "/chat":
            await receive()
            await send({"type": "websocket.accept"})
            await receive()
        case "/big":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            while True:
                await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
        case "/events":
            fields = [(b"content-type", b"text/event-stream")]
            await send({"type": "http.response.start", "status": 200, "headers": fields})
            await send({"type": "http.response.body", "body": b"data: quack\n\n", "more_body": True})
            await asyncio.sleep(60)
        case "/holds":
            time.sleep(1.6)


def told(request: bytes, patience: float = 1.0) -> tuple[Lookout, Note]:
    lookout = Lookout()

    async def talk(dialogue: Dialogue) -> None:
        notes = Notes(dialogue.service, dialogue.connections, lookout)
        notes.start()
        await dialogue.say(request)
        await asyncio.sleep(patience)
        notes.stop()
        dialogue.writer.transport.abort()

    asyncio.run(with_server(app, talk, Watcher()))
    [note] = lookout.notes.values()
    return lookout, note


def get(path: str) -> bytes:
    return b"GET %b HTTP/1.1\r\nhost: x\r\n\r\n" % path.encode()


UPGRADE = (
    b"connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
    b"sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


@pytest.mark.parametrize(
    ("request_bytes", "text"),
    [
        (get("/sleeps"), "tests/server/health/test_notes.py:{} in app"),
        (get("/thread"), "tests/server/health/test_notes.py:{} in app, which waits for "),
        (b"POST /body HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\n", "the client's body, "),
        (get("/leaves"), "the client to leave, "),
        (get("/chat").replace(b"\r\n\r\n", b"\r\n") + UPGRADE, "the client's next message, "),
        (get("/big"), "the client, which reads slowly, "),
    ],
    ids=["await", "thread", "body", "leave", "message", "reader"],
)
def test_what_a_request_waits_for(request_bytes, text):
    lookout, note = told(request_bytes)

    assert note.text.replace(f"{__file__.partition('tests/')[0]}", "").startswith(text.partition("{}")[0])
    assert "test_notes.py:" in note.text
    assert lookout.pulses[-1].connections == 1
    assert lookout.pulses[-1].held_by == ""


def test_how_far_a_stream_is():
    _, note = told(get("/events"))

    assert (note.status, note.sent, note.is_endless) == (200, len(b"data: quack\n\n"), True)


def test_who_holds_the_loop():
    lookout, note = told(get("/holds"))

    assert note.text.startswith("holds the event loop at ") and note.text.endswith(" in app")
    held = [pulse for pulse in lookout.pulses if pulse.held_by]
    assert held and held[-1].held_by.startswith("GET /holds at ") and held[-1].late >= 0.25


def test_nothing_is_told_while_nobody_looks():
    lookout = Lookout()
    lookout.is_looked_at = False

    async def talk(dialogue: Dialogue) -> None:
        notes = Notes(dialogue.service, dialogue.connections, lookout)
        notes.start()
        await dialogue.say(get("/sleeps"))
        await asyncio.sleep(0.6)
        notes.stop()
        dialogue.writer.transport.abort()

    asyncio.run(with_server(app, talk, Watcher()))
    assert lookout.pulses == [] and lookout.notes == {}
