"""What those see who look at a worker from outside: what each request waits for, and how the event loop does."""

from __future__ import annotations

from contextlib import suppress
from time import time
from typing import Final

from webfoot.journey.flight.file import FlightFile
from webfoot.journey.record import Record
from webfoot.trail import Trail
from webfoot.trail.lookout import Lookout, Note, Pulse

_CLOSED: Final = (ValueError, TypeError)
"""What comes of writing to memory that is no longer there: the worker is about to end."""


class Outlook:
    """Implements `webfoot.trail.lookout.Lookout`: writes into the flight file, as long as a reader asks for it, or
    always (`is_always`).

    A note may come a moment too late, for a request that has just ended; what it says then is overwritten.
    """

    def __init__(self, file: FlightFile, *, is_always: bool = False) -> None:
        self._file = file
        self._is_always = is_always

    @property
    def is_looked_at(self) -> bool:
        try:
            return self._is_always or self._file.watched_until > time()
        except _CLOSED:
            return False

    def note(self, trail: Trail, note: Note) -> None:
        if isinstance(trail, Record) and trail.row:
            with suppress(*_CLOSED):
                text = f"{note.text}, its client has left" if note.has_left else note.text
                self._file.note(trail.row, text.encode("utf-8", "replace"))
                self._file.progress(trail.row, note.sent, note.status, note.is_endless)

    def pulse(self, pulse: Pulse) -> None:
        with suppress(*_CLOSED):
            self._file.pulse(pulse.late, pulse.connections, pulse.held_by.encode("utf-8", "replace"))


class Lookouts:
    """Several as one; who does not want to know at present is not told."""

    def __init__(self, *lookouts: Lookout) -> None:
        self._lookouts = lookouts

    @property
    def is_looked_at(self) -> bool:
        return any(each.is_looked_at for each in self._lookouts)

    def note(self, trail: Trail, note: Note) -> None:
        for each in self._lookouts:
            if each.is_looked_at:
                each.note(trail, note)

    def pulse(self, pulse: Pulse) -> None:
        for each in self._lookouts:
            if each.is_looked_at:
                each.pulse(pulse)
