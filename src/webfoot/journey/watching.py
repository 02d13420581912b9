"""Who watches in this process: several who want to know of journeys, and one record of each journey for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from webfoot.asgi.types import ASGIApp
from webfoot.journey.record import Record
from webfoot.trail.lookout import Lookout


class Listener(Protocol):
    """Somebody who wants to know of journeys."""

    def loaded(self, app: ASGIApp) -> ASGIApp:
        """What is to be served in place of the application; see `webfoot.trail.Watcher`."""
        return app

    def done(self, record: Record) -> None:
        """A request has ended, its clean-up included."""


@runtime_checkable
class TellsInFields(Protocol):
    """A listener that has something to say in the header of answers, the server's own ones too."""

    def fields(self, record: Record, status: int) -> list[tuple[bytes, bytes]]:
        """For an answer of this status, of which the record holds no word yet."""


@runtime_checkable
class HearsOfLeaving(Protocol):
    """A listener that wants to know at once when nobody waits for an answer any longer."""

    def left(self, record: Record) -> None:
        """The client has left before the answer was whole, and the application still runs."""


class Watching:
    """Implements `webfoot.trail.Watcher`.

    `listeners`: the first one is told first, and is the outermost around the application. `new_record` makes the record
    of one journey and is given what to call when that is done. `lookout`: who is told of requests under way.
    """

    lookout: Lookout | None = None

    def __init__(
        self,
        listeners: Sequence[Listener],
        new_record: Callable[[Callable[[Record], None]], Record] = Record,
    ) -> None:
        self._listeners = tuple(listeners)
        self._new_record = new_record
        self._tellers = tuple(listener.fields for listener in self._listeners if isinstance(listener, TellsInFields))
        self._left_hearers = tuple(each.left for each in self._listeners if isinstance(each, HearsOfLeaving))
        self._hear_left = self._left
        self._hear = self._done  # or each request would pay for binding it

    def begin(self) -> Record:
        record = self._new_record(self._hear)
        if self._tellers:
            record.tellers = self._tellers
        if self._left_hearers:
            record.on_left = self._hear_left
        return record

    def loaded(self, app: ASGIApp) -> ASGIApp:
        for listener in reversed(self._listeners):
            app = listener.loaded(app)
        return app

    def _done(self, record: Record) -> None:
        if self._listeners and not record.is_empty and not record.is_unwanted:
            for listener in self._listeners:
                listener.done(record)

    def _left(self, record: Record) -> None:
        if not record.is_empty and not record.is_unwanted:
            for hear in self._left_hearers:
                hear(record)
