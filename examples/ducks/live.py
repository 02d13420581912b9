"""New sightings, told to everybody who listens, as server-sent events.

The format is the one of the WHATWG HTML standard, section "Server-sent events". Listeners live in this process:
with several workers each tells only its own; a bus between them (PostgreSQL's LISTEN/NOTIFY, say) would go here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Annotated

from examples.ducks.models import SightingOut
from webfoot import Depends, Request

WAITING_AT_MOST = 100
"""Sightings that may wait for one listener. Whoever is slower is let go; EventSource comes back by itself and says
with Last-Event-ID how far it got."""

PING_EVERY = 15.0
"""Seconds of silence after which a comment is sent: proxies between do not close the connection then, and a listener
who has left without a word is noticed."""

Listener = asyncio.Queue[SightingOut | None]
"""None is the last thing that a listener hears."""


class Live:
    """Hands each new sighting to all listeners. Never waits for any of them."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()

    def __len__(self) -> int:
        return len(self._listeners)

    @contextmanager
    def listen(self) -> Iterator[Listener]:
        # One place more than sightings may wait: the None that ends the stream always fits.
        listener: Listener = asyncio.Queue(WAITING_AT_MOST + 1)
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def publish(self, sighting: SightingOut) -> None:
        for listener in [*self._listeners]:
            if listener.qsize() < WAITING_AT_MOST:
                listener.put_nowait(sighting)
            else:
                self._let_go(listener)

    def close(self) -> None:
        """End all streams, after what already waits for them."""
        for listener in [*self._listeners]:
            self._let_go(listener)

    def _let_go(self, listener: Listener) -> None:
        self._listeners.discard(listener)
        listener.put_nowait(None)


async def events(listener: Listener, missed: list[SightingOut]) -> AsyncIterator[str]:
    """The text of the stream: what was `missed`, then what `listener` hears, until it hears None."""
    yield ": listening\nretry: 2000\n\n"
    last = 0
    for sighting in missed:
        last = sighting.id
        yield as_event(sighting)
    while True:
        try:
            heard = await asyncio.wait_for(listener.get(), PING_EVERY)
        except TimeoutError:
            yield ": still here\n\n"
            continue
        if heard is None:
            return
        # Published between the listener's start and the look into the database: sent already.
        if heard.id > last:
            yield as_event(heard)


def as_event(sighting: SightingOut) -> str:
    return f"id: {sighting.id}\nevent: sighting\ndata: {sighting.model_dump_json()}\n\n"


async def get_live(request: Request) -> Live:
    live: Live = request.state.live
    return live


LiveDependency = Annotated[Live, Depends(get_live)]
