"""Reasons for whoever writes a line for each request: the sentence of `why`, once the journey has ended."""

from __future__ import annotations

from collections.abc import Callable

from webfoot.asgi.types import ASGIApp
from webfoot.journey.record import Record
from webfoot.journey.why import why


class ExplainedRecord(Record):
    """A record that says why the request ended as it did, if it is asked."""

    __slots__ = ("_asking",)

    def __init__(self) -> None:
        super().__init__(_answer)
        self._asking: list[Callable[[str], None]] = []

    def explain(self, then: Callable[[str], None]) -> None:
        """Call `then` with the sentence, "" if there is none: now, or when all is known, the clean-up included."""
        self._asking.append(then)
        if self.done:
            _answer(self)


class Explainer:
    """Implements `webfoot.trail.Watcher`. Nothing is kept of a request beyond its end."""

    def begin(self) -> ExplainedRecord:
        return ExplainedRecord()

    def loaded(self, app: ASGIApp) -> ASGIApp:
        return app


def _answer(record: Record) -> None:
    assert isinstance(record, ExplainedRecord)
    asking, record._asking = record._asking, []
    if asking:
        reason = why(record)
        for each in asking:
            each(reason.sentence if reason is not None else "")
