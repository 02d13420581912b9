"""The record of a journey of which nothing is left out: for development, and for whoever asks for the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter_ns
from typing import Any

from webfoot.asgi.types import ASGIApp
from webfoot.journey.capture.bodies import Body
from webfoot.journey.capture.frames import Frames
from webfoot.journey.capture.layers import OUTERMOST, Between, Change, Layer
from webfoot.journey.cleaning import Secrets
from webfoot.journey.explaining import ExplainedRecord
from webfoot.journey.marks import Kept
from webfoot.journey.record import Record
from webfoot.trail import StationName

_OF_A_MARK = 400  # bytes of memory that one takes, about


class ThoroughRecord(ExplainedRecord):
    """A record with bodies, frames and what each layer changed. See `webfoot.trail.Trail.is_thorough`.

    `layer`: the innermost one in which the request is now. `stood_at`: "main.py:7 in duck", where it was when
    somebody looked last, or, once it is done, most of the times; "" where nobody did. `went_on_at`: the same of the
    looks after its answer. `is_unwanted`: it is about a request of the page itself.
    `is_put_off`: somebody calls `settle` in a moment; else it is done at once when all is over.
    """

    __slots__ = (
        "_is_settled",
        "ahead",
        "changes",
        "frames",
        "is_put_off",
        "is_unwanted",
        "keeps_bodies",
        "layer",
        "request_body",
        "response_body",
        "stood_at",
        "went_on_at",
    )

    is_thorough = True

    def __init__(self, on_done: Callable[[Record], None] | None = None, *, keeps_bodies: bool = True) -> None:
        super().__init__(on_done)
        self.is_put_off = self._is_settled = False
        self.keeps_bodies = keeps_bodies
        self.is_unwanted = False
        self.ahead: Kept = []
        self.changes: list[Change] = []
        self.frames: Frames | None = None
        self.request_body: Body | None = None
        self.response_body: Body | None = None
        self.layer: Layer | None = None
        self.stood_at = self.went_on_at = ""

    def onward(self, app: ASGIApp, name: str, index: int) -> ASGIApp:
        if self.layer is None and name == OUTERMOST:
            return app  # it changes nothing on the way in, and nobody is around it who could change its answer
        return Between(self, app, name, index)

    def before(self, station: StationName, /, **facts: object) -> None:
        self.ahead.append((perf_counter_ns(), station, facts))

    def came_further_than(self, name: str, index: int, further: frozenset[StationName]) -> bool:
        """Whether something further in than this layer was reached since it was entered."""
        for _, station, facts in reversed(self._kept):
            if station == "middleware_entered" and facts.get("name") == name and facts.get("index") == index:
                return False
            if station in further:
                return True
        return True

    def _settle(self) -> None:
        self._on_done = None
        self.ahead = []
        if hasattr(self, "on_left"):  # it leads to all who listen
            del self.on_left
        if not self.is_put_off:
            self.settle()

    def settle(self) -> None:
        """Once it is done, and before anybody reads it: take all secrets out of it. They are not kept either.

        It may be kept for long: what was a secret in a path is not needed for any mark that still comes.
        """
        if self._is_settled:
            return
        self._is_settled = True
        for body in (self.request_body, self.response_body):
            if body is not None:
                body.settle()
        self._clean_now()
        if self._secrets:
            self._hide(self._secrets.without)
        self._secrets = Secrets()

    def _hide(self, without: Callable[[Any], Any]) -> None:
        """An application may answer with what it was given, and not call it by its name."""
        for body in (self.request_body, self.response_body):
            if body is not None:
                body.hide(without)
        if self.frames is not None:
            self.frames.hide(without)
        self.changes = [replace(each, before=without(each.before), after=without(each.after)) for each in self.changes]

    def finish_frames(self) -> None:
        if self.frames is not None and self.was_at("response_started"):
            closed = self.last("closed")
            if closed is not None:
                self.frames.end(closed.facts.get("code"), closed.facts.get("reason"))

    @property
    def weight(self) -> int:
        """Bytes of memory that it takes, about."""
        weight = _OF_A_MARK * len(self._kept) + 200 * len(self.changes)
        for part in (self.request_body, self.response_body, self.frames, self.times):
            if part is not None:
                weight += part.weight
        for _, station, facts in self._kept:
            if station == "head_parsed":  # the one fact that may be long: others are bounded, or the bytes of a body
                for _, value in facts.get("headers") or ():
                    weight += len(value)
                break
        return weight
