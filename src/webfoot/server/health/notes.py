"""What each request waits for, told while somebody looks: by a thread, so that a held event loop is told of as well."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from types import CodeType
from typing import TYPE_CHECKING, Final

from webfoot.server.gateway.message_queue import MessageQueue
from webfoot.server.gateway.request_body import RequestBody
from webfoot.server.health.loop_sample import sample
from webfoot.server.net.flow import Gate
from webfoot.server.net.transport import Transport
from webfoot.server.settings.frames import seen_from_here
from webfoot.server.settings.places import frames_of_task, place_of_task
from webfoot.trail.lookout import Lookout, Note, Pulse

if TYPE_CHECKING:
    from webfoot.server.gateway.service import Service
    from webfoot.server.health.loop_sample import Sample
    from webfoot.server.net.connections import Connections
    from webfoot.server.protocol.face import Exchange

_EVERY: Final = 0.4  # seconds, less than it takes somebody to ask again
_MOST: Final = 500  # requests, the oldest first; a thread that walks through more would be a load itself
_HELD_FOR: Final = 0.25  # seconds by which the loop is late when it is told who holds it

_BODY: Final = "the client's body"
_WAITS_FOR: Final[dict[CodeType, str]] = {
    RequestBody.receive.__code__: _BODY,
    MessageQueue.receive.__code__: "the client's next message",
    Gate.passed.__code__: "the client, which reads slowly",
    Transport.send_file.__code__: "the client, which reads slowly",
}
"""Where the server waits for its client."""


class Notes:
    """Of one worker, as long as it serves."""

    def __init__(self, service: Service, connections: Connections, lookout: Lookout) -> None:
        self._service = service
        self._connections = connections
        self._lookout = lookout
        self._stopped = threading.Event()
        self._knocked_at = self._answered_at = 0.0

    def start(self) -> None:
        """Called in the loop's thread."""
        self._loop_thread = threading.get_ident()
        threading.Thread(target=self._run, name="webfoot notes", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.wait(_EVERY):
            if self._lookout.is_looked_at:
                self._take()

    def _take(self) -> None:
        service = self._service
        late = self._knock()
        holder = sample(service, self._loop_thread) if late > _HELD_FOR else None
        held_by = holder.who if holder is not None else ""
        self._lookout.pulse(Pulse(late, held_by, len(self._connections), self._connections.is_ending))
        running = sorted(service.running, key=lambda exchange: exchange.began)
        for exchange in running[:_MOST]:
            if exchange.trail is not None:
                status, sent = exchange.progress
                has_left = isinstance(exchange, RequestBody) and exchange.has_left
                note = Note(waits_for(exchange, holder), status, sent, exchange.is_endless, has_left)
                self._lookout.note(exchange.trail, note)

    def _knock(self) -> float:
        """For how many seconds the loop has not answered our last knock; or had not, when it did."""
        if self._answered_at < self._knocked_at:
            return time.monotonic() - self._knocked_at
        late = self._answered_at - self._knocked_at
        self._knocked_at = time.monotonic()
        with suppress(RuntimeError):  # the loop is closed: the worker ends
            self._service.loop.call_soon_threadsafe(self._answer)
        return late

    def _answer(self) -> None:
        self._answered_at = time.monotonic()


def waits_for(exchange: Exchange, holder: Sample | None = None) -> str:
    """What a request waits for: "main.py:24 in work", "the client's body, main.py:24 in work", "" if it has ended.

    `holder`: what holds the event loop, if anything does.
    """
    if holder is not None and holder.exchange is exchange:
        return f"holds the event loop at {seen_from_here(holder.place)}"
    task = exchange.task
    if task is None or task.done():
        return ""
    if holder is not None:
        return f"the event loop, held by {holder.who}"
    frames, _ = frames_of_task(task)
    words = next((found for frame in frames if (found := _WAITS_FOR.get(frame.f_code))), "")
    if isinstance(exchange, RequestBody) and exchange.has_whole_body and words == _BODY:
        words = "the client to leave"
    return ", ".join(part for part in (words, place_of_task(task)) if part)
