"""The application's coroutine, driven with a clock in hand: when it runs, when it is suspended, and what for.

A driver is no generator but an object with `send` and `throw`, so that whoever walks from a task to the place where it
waits (`webfoot.server.settings.places`) finds the coroutine among what the driver refers to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from time import perf_counter_ns
from types import CoroutineType, FrameType, GeneratorType
from typing import Any, Final

from webfoot.asgi.open_files import takes_open_files
from webfoot.asgi.types import ASGIApp, Message, Receive, Scope, Send
from webfoot.journey.record import Record
from webfoot.journey.timing.pace import Pace
from webfoot.journey.timing.times import Call, Kind, Stretch, Times
from webfoot.trail.elsewhere import onlooker

_WORTH_A_LOOK: Final = 2_000_000  # ns of lag from which on it pays to find out whether a timer was due
_SLEEP: Final = asyncio.sleep.__code__


class Watched:
    """What is measured of one request. Implements `webfoot.trail.elsewhere.Onlooker`.

    The request's context holds it, so it must not hold what leads to the request's task: that would be a cycle.
    """

    __slots__ = ("_drivers", "pace", "record", "times")

    def __init__(self, record: Record, pace: Pace) -> None:
        self.record = record
        self.pace = pace
        self.times = record.times = Times()
        self._drivers: list[Driver] = []  # those that have not ended
        self.times.running = self._drivers

    async def run(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the application for the request, to which the running task belongs."""
        times = self.times
        onlooker.set(self)
        self.pace.enter()
        doors = Doors(self._drivers, receive, send)
        driver = Driver(self, app(scope, doors.receive, doors.send))
        times.began = driver.since
        self._drivers.append(driver)
        try:
            await driver
        finally:
            self._drivers.remove(driver)
            times.ended = perf_counter_ns()
            times.over = True
            self.pace.leave()

    def in_thread(self) -> Call | None:
        times = self.times
        if times.over:  # a task that was started then lives on
            return None
        call = Call()
        times.calls.append(call)
        return call

    def in_task(self, work: Coroutine[Any, Any, None]) -> Coroutine[Any, Any, None]:
        return work if self.times.over else self._beside(work)

    async def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        driver = Driver(self, work)
        self._drivers.append(driver)
        try:
            await driver
        finally:
            self._drivers.remove(driver)

    def look_through(self, now: int) -> None:
        """Keep what there is within bounds."""
        last_mark = self.record.kept[-1][0] if self.record.kept else now
        self.times.fold(last_mark, now)


class Driver:
    """Runs one coroutine. `since`: when it was resumed or suspended last; `doing`: what it does since then."""

    __slots__ = ("_awaitable", "_pace", "_step", "_steps", "_times", "_watched", "doing", "is_stepping", "since")

    def __init__(self, watched: Watched, awaitable: Awaitable[None]) -> None:
        steps: Any = awaitable if type(awaitable) is CoroutineType else awaitable.__await__()
        self._awaitable = awaitable
        self._steps = steps
        self._step: Callable[[None], object] = getattr(steps, "send", None) or (lambda _: next(steps))
        self._watched = watched
        self._pace = watched.pace
        self._times = watched.times
        self.is_stepping = False
        self.doing: Kind = "loop_lag"  # a task is due from its beginning on
        self.since = perf_counter_ns()

    def __await__(self) -> Driver:
        return self

    def __iter__(self) -> Driver:
        return self

    def __next__(self) -> object:
        return self._go_on(self._step, None)

    def send(self, value: None) -> object:
        return self._go_on(self._step, value)

    def throw(self, *error: Any) -> object:
        raised = error[1] if len(error) > 1 and error[1] is not None else error[0]  # as (type, value, traceback)
        throw = getattr(self._steps, "throw", None)
        if throw is None:  # an awaitable that is no coroutine need not have it
            raise raised
        return self._go_on(throw, raised)

    def close(self) -> None:
        close = getattr(self._steps, "close", None)
        if close is not None:
            close()

    def _go_on(self, step: Callable[[Any], object], value: Any) -> object:
        self._resume()
        try:
            return step(value)
        finally:
            self._suspend()

    def _resume(self) -> None:
        """What was waited for ends now, or ended a while ago."""
        now, since, times = perf_counter_ns(), self.since, self._times
        lag = self._pace.lag(since, now)
        if lag > _WORTH_A_LOOK:
            lag = min(lag, self._overdue(now, since))
        times.add(self.doing, since, now - lag)
        times.add("loop_lag", now - lag, now)
        if self.doing == "loop_lag":
            self.doing = "awaits"
        self.since = now
        self.is_stepping = True

    def _suspend(self) -> None:
        now = perf_counter_ns()
        # A step that ends inside of receive() or send() ended in the server's code.
        self._times.add("cpu" if self.doing == "awaits" else "server", self.since, now)
        self.since = now
        self.is_stepping = False
        self._pace.stepped(now)
        if self._times.are_many:
            self._watched.look_through(now)

    def cut(self, now: int) -> Stretch | None:
        if self.is_stepping:
            return None
        stretch, self.since = (self.doing, self.since, now), now
        return stretch

    # Where the application turns to the server: called within a step.

    def turn_to(self, doing: Kind) -> bool:
        """From here on the step is the server's. False: somebody else runs now, a task of the application's own."""
        if not self.is_stepping or self.doing != "awaits":
            return False
        now = perf_counter_ns()
        self._times.add("cpu", self.since, now)
        self.since = now
        self.doing = doing
        return True

    def turn_back(self) -> None:
        now = perf_counter_ns()
        if self.is_stepping:
            self._times.add("server", self.since, now)
            self.since = now
        self.doing = "awaits"

    def _overdue(self, now: int, since: int) -> int:
        """For how long what was waited for has been over, where that can be known; else for as long as may be."""
        finished = max((call.finished for call in self._times.calls), default=0)
        if finished > since:
            return now - finished
        late = _timer_is_late(self._awaitable)
        return now - since if late is None else late


class Doors:
    """The application's receive() and send(), which tell the driver what a suspension is for."""

    __slots__ = ("_drivers", "_receive", "_send")

    def __init__(self, drivers: list[Driver], receive: Receive, send: Send) -> None:
        self._drivers = drivers
        self._receive = receive
        self._send = send

    @property
    def takes_open_files(self) -> bool:
        """As the server says of its own `send`: files are handed through."""
        return takes_open_files(self._send)

    async def receive(self) -> Message:
        driver = self._drivers[0] if len(self._drivers) == 1 else self._stepping()
        if driver is None or not driver.turn_to("client"):
            return await self._receive()
        try:
            return await self._receive()
        finally:
            driver.turn_back()

    async def send(self, message: Message) -> None:
        driver = self._drivers[0] if len(self._drivers) == 1 else self._stepping()
        if driver is None or not driver.turn_to("write_stall"):
            await self._send(message)
            return
        try:
            await self._send(message)
        finally:
            driver.turn_back()

    def _stepping(self) -> Driver | None:
        """The one of several that runs now: the request's own, or that of a task beside it."""
        return next((each for each in self._drivers if each.is_stepping), None)


def _timer_is_late(awaitable: object) -> int | None:
    """By how many ns `asyncio.sleep` was kept from going on; None where the coroutine waits for something else."""
    frame: FrameType | None = None
    while True:
        match awaitable:
            case CoroutineType():
                frame, awaitable = awaitable.cr_frame, awaitable.cr_await
            case GeneratorType():
                frame, awaitable = awaitable.gi_frame, awaitable.gi_yieldfrom
            case _:
                break
    if frame is None or frame.f_code is not _SLEEP:
        return None
    timer, loop = frame.f_locals.get("h"), frame.f_locals.get("loop")
    if not isinstance(timer, asyncio.TimerHandle) and not hasattr(timer, "when"):
        return None
    try:
        return max(0, int((loop.time() - timer.when()) * 1e9))  # type: ignore[union-attr]
    except Exception:  # whatever a loop makes of a timer that has run
        return None
