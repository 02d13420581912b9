"""While developing: where a request stands that takes long, told while it still does, and again below its line.

The server looks several times a second where each request is, from a thread (`webfoot.trail.lookout`).
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from time import monotonic, perf_counter_ns
from typing import Final, TypeAlias

from webfoot.asgi.types import ASGIApp
from webfoot.cli.lines import INDENT, write
from webfoot.journey.capture.thorough import ThoroughRecord
from webfoot.journey.line import is_slow
from webfoot.journey.record import Record
from webfoot.journey.says import readable
from webfoot.journey.terminal import DIM, Paint
from webfoot.journey.under_way import answered_ns, is_behind_its_answer, is_cut_off
from webfoot.server.health.loop_sample import is_debugged
from webfoot.server.logs.handler import wants_colour
from webfoot.server.settings.frames import is_ours
from webfoot.server.settings.options import ServerOptions
from webfoot.server.settings.places import frames_of_thread
from webfoot.trail import Trail
from webfoot.trail.lookout import Note, Pulse

log = logging.getLogger("webfoot")

_LONG: Final = 2_000_000_000
"""Nanoseconds after which somebody who waits for an answer begins to wonder."""

_STILL: Final = 300_000_000
"""Nanoseconds for which an application may go on behind its answer before that is worth a line, or a row's word."""

_SAID_LATELY: Final = 1.0
"""Seconds in which the same is not said again, of many that waited for one thing."""

_BEHIND: Final = ", which waits for "  # see `webfoot.server.settings.places`
_IN_A_THREAD: Final = " in a thread"
_A_FREE_THREAD: Final = "a free thread"
_LEFT: Final = ", its client has left"  # see `webfoot.server.health.notes`


Moved: TypeAlias = "Callable[[ThoroughRecord], None]"


class _Wait:
    """One request, as it was seen at each look."""

    __slots__ = ("afterwards", "before", "is_told", "looks", "progress", "seen_in", "shown", "threads")

    def __init__(self) -> None:
        self.before: Counter[str] = Counter()
        self.afterwards: Counter[str] = Counter()  # when its answer was complete
        self.looks = self.before
        self.progress = (0, 0)
        self.threads = ""
        self.shown = ""  # the place, on the page
        self.seen_in = 0
        self.is_told = False

    @property
    def sentence(self) -> str:
        place, total = _most(self.before), self.before.total()
        times = self.before[place]
        most = "" if times == total else f" (in {times} of {total} looks)"
        return f"it was {_words(place)}{self.threads if place == _A_FREE_THREAD else ''}{most}"


class Patience:
    """A listener of `journey.watching`, told behind `Lines`; implements `webfoot.trail.lookout.Lookout`, too.

    goes_on: told in the event loop of a request that is at work though its answer is complete, and where; once. moved:
    of one that is somewhere else than before.
    """

    is_looked_at = True

    def __init__(self, options: ServerOptions, goes_on: Callable[[Record, str], None] | None = None) -> None:
        self._goes_on = goes_on
        self.moved: Moved | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._paint = Paint(wants_colour(sys.stdout, options.use_colors))
        self._waits: dict[int, _Wait] = {}
        self._look = 0
        self._is_held = self._is_ending = False
        self._threads: Counter[str] = Counter()  # where they were in this look
        self._said = ("", 0.0)

    def loaded(self, app: ASGIApp) -> ASGIApp:
        with suppress(RuntimeError):  # nobody serves here
            self._loop = asyncio.get_running_loop()
        return app

    def pulse(self, pulse: Pulse) -> None:
        """A look begins. Whoever was not seen in the one before has ended."""
        for key, wait in list(self._waits.items()):
            if wait.seen_in != self._look:
                self._waits.pop(key, None)
        self._look += 1
        self._is_held = bool(pulse.held_by)  # which is told of by whoever watches the loop
        self._is_ending = pulse.is_ending  # and tells of whom it waits for
        self._threads = Counter()

    def note(self, trail: Trail, note: Note) -> None:
        if not isinstance(trail, Record) or note.is_endless or not note.text or is_ours(note.text):
            return
        wait = self._waits.get(id(trail)) or self._waits.setdefault(id(trail), _Wait())
        wait.seen_in = self._look
        if self._is_held:
            wait.looks.clear()
            return
        waited = perf_counter_ns() - trail.arrived_at
        is_behind = is_behind_its_answer(trail)
        wait.looks = wait.afterwards if is_behind else wait.before
        place = self._add(wait, note.text.removesuffix(_LEFT))
        if isinstance(trail, ThoroughRecord):
            self._tell_where(wait, trail, _in_full(place), waited)
        if is_behind and self._goes_on is not None:
            self._tell_that_it_goes_on(wait, trail, waited, place)
        progress, wait.progress = wait.progress, (note.status, note.sent)
        if progress != wait.progress or wait.is_told or trail.is_unwanted or note.text.endswith(_LEFT):
            return  # an answer that goes on, or that nobody wants any more, is nothing that anybody waits for
        if waited >= _LONG and not self._is_ending and not _is_debugged():
            wait.is_told = True
            _tell(trail, note.status, waited, place)

    def _tell_where(self, wait: _Wait, record: ThoroughRecord, place: str, waited: int) -> None:
        record.stood_at = place
        if place != wait.shown and waited >= _STILL and not record.is_unwanted:
            wait.shown = place
            self._in_the_loop(self.moved, record)

    def _tell_that_it_goes_on(self, wait: _Wait, record: Record, waited: int, place: str) -> None:
        if wait.is_told or self._is_ending or record.is_unwanted or waited - (answered_ns(record) or 0) < _STILL:
            return
        wait.is_told = True
        self._in_the_loop(self._goes_on, record, place)

    def _in_the_loop(self, tell: Callable[..., None] | None, *about: object) -> None:
        if self._loop is not None and tell is not None:
            with suppress(RuntimeError):  # it is closed: the worker ends
                self._loop.call_soon_threadsafe(tell, *about)

    def _add(self, wait: _Wait, text: str) -> str:
        """Where it is. A layer that waits for code in a thread is not what anybody looks for."""
        _, _, behind = text.rpartition(_BEHIND)
        place = behind or text
        wait.looks[place] += 1
        if place.endswith(_IN_A_THREAD):
            self._threads[place] += 1
        elif place == _A_FREE_THREAD and self._threads:  # the oldest come first: those that have threads are known
            (there, _), *_ = self._threads.most_common(1)
            wait.threads = f", while the threads were at {there.removesuffix(_IN_A_THREAD)}"
        return place

    def done(self, record: Record) -> None:
        wait = self._waits.pop(id(record), None)
        if wait is not None and isinstance(record, ThoroughRecord):
            record.stood_at, record.went_on_at = _in_full(_most(wait.before)), _in_full(_most(wait.afterwards))
        if wait is None or not wait.before or not is_slow(record) or is_cut_off(record):
            return
        sentence, now = wait.sentence, monotonic()
        said, at = self._said
        if sentence != said or now - at > _SAID_LATELY:
            self._said = sentence, now
            write(f"{self._paint(f'{INDENT}{sentence}', DIM)}\n")


def _most(looks: Counter[str]) -> str:
    """Where it was most of the times; "" for nowhere."""
    seen = dict(looks)  # the other thread may add one
    return max(seen, key=lambda place: seen[place], default="")


def _tell(record: Record, status: int, waited: int, place: str) -> None:
    asked = f"{record.method} {readable(record.target or '')}"
    answered = f"has answered {status}, but " if status else ""
    log.info("%s %shas been under way for %.1f s; it is %s", asked, answered, waited / 1e9, _words(place))


def _words(place: str) -> str:
    return f"waiting for {place}" if _is_no_place(place) else f"at {place}"


def _in_full(place: str) -> str:
    """With the whole path of the file, by which an editor opens it."""
    return place if not place or _is_no_place(place) else os.path.join(os.getcwd(), place)


def _is_no_place(place: str) -> bool:
    return place.startswith("the ") or place == _A_FREE_THREAD


def _is_debugged() -> bool:
    """Whether somebody has stopped a thread to look at it, and types there."""
    return any(is_debugged(frames_of_thread(ident)) for ident in list(sys._current_frames()))
