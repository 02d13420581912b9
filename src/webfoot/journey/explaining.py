"""Reasons for whoever writes a line for each request: the sentence of `why`, once the journey has ended."""

from __future__ import annotations

from collections.abc import Callable

from webfoot.asgi.types import ASGIApp
from webfoot.journey.record import Companion, Record
from webfoot.journey.why import why


class ExplainedRecord(Record):
    """A record that says why the request ended as it did, if it is asked."""

    __slots__ = ()

    def explain(self, then: Callable[[str], None]) -> None:
        """Call `then` with the sentence, "" if there is none: now, or when all is known, the clean-up included."""
        if self._asking is None:
            self._asking = []
        self._asking.append(then)
        if self.done:
            self._answer()

    def _answer(self) -> None:
        asking, self._asking = self._asking or [], None
        reason = why(self)
        for each in asking:
            each(reason.sentence if reason is not None else "")


class BriefRecord(ExplainedRecord):
    """For those who take nothing of a record beyond its end: what nobody has read by then is forgotten, not cleaned.

    For an answer of 400 and more somebody may still ask why.
    """

    __slots__ = ()

    def _settle(self) -> None:
        if not self.is_read and 0 < (self.status or 0) < 400:
            self._kept.clear()
        else:
            super()._settle()


class FleetingRecord(BriefRecord):
    """One of which nobody will ever ask why."""

    __slots__ = ()

    def _settle(self) -> None:
        if self._secrets is None:  # nobody has read it
            self._kept.clear()
        else:
            super()._settle()


def light_record(on_done: Callable[[Record], None] | None = None, companion: Companion | None = None) -> BriefRecord:
    """For all requests of a server under load; see `webfoot.trail.Trail.is_light`."""
    return BriefRecord(on_done, companion, True)


class Explainer:
    """Implements `webfoot.trail.Watcher`. Nothing is kept of a request beyond its end."""

    def begin(self) -> BriefRecord:
        return light_record()

    def loaded(self, app: ASGIApp) -> ASGIApp:
        return app
