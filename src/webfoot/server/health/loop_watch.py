"""Who held the event loop: a heartbeat in the loop, and a thread that looks where the loop is while that fails to come.

A request that calls something that blocks, or computes for long, holds up all others of its worker, and nothing shows
it: each of them is only slow. The heartbeat costs the loop a timer a few times a second, and requests nothing.

What it cannot see: a call into C that never lets go of the interpreter until it is over is seen when it has ended, at
the line that has called it; holds shorter than the bound and a quarter may pass.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from webfoot.server.health.loop_sample import Sample, sample
from webfoot.server.settings.frames import seen_from_here
from webfoot.server.settings.log import Ration
from webfoot.trail.held import Hold

if TYPE_CHECKING:
    from webfoot.server.gateway.service import Service
    from webfoot.server.protocol.events import Head
    from webfoot.server.protocol.face import Exchange, Stream
    from webfoot.trail import Trail

log = logging.getLogger("webfoot")

_BEATS: Final = 4  # in the time that is too long
_LEAST_BEAT: Final = 0.005
_MOST_SAMPLES: Final = 50
_ABSENT: Final = 0.5  # seconds that a busy machine may well keep a thread waiting
_AND_STILL: Final = 1.0  # seconds until it is said although the loop has not come free
_NAMED: Final = 3  # requests that were held up
_STACK: Final = 12  # lines of the stack in the log, the innermost ones
_TURNS: Final = 10  # of the event loop, from a connection in the kernel's queue to the task of its request


class LoopWatch:
    """Of one worker. bound: seconds for which nothing may hold the loop."""

    def __init__(self, service: Service, bound: float) -> None:
        self._service = service
        self._bound = bound
        self._beat_every = max(bound / _BEATS, _LEAST_BEAT)
        self._due = 0.0  # when the heartbeat is to come, monotonic seconds
        self._cpu = 0.0  # of the process, at the last heartbeat
        self._absence = (0.0, 0.0)  # the heartbeat, and for how long of its delay the process itself did not run
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = threading.Event()
        self._samples: list[Sample] = []
        self._hold: Hold | None = None
        self._is_told = False
        self._newcomers: set[Exchange] | None = None  # since the loop was first seen to be held
        self._expecting: list[set[Exchange]] = []  # those, for each hold of which something is still to be said
        self._ration = Ration(most=20, span=10.0)

    def start(self) -> None:
        self._loop_thread = threading.get_ident()
        self._new_exchange = self._service.new_exchange
        self._schedule()
        threading.Thread(target=self._look, name="webfoot loop watch", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()
        if self._timer is not None:
            self._timer.cancel()

    # In the loop.

    def _schedule(self) -> None:
        self._cpu = time.process_time()
        self._due = time.monotonic() + self._beat_every
        self._timer = self._service.loop.call_later(self._beat_every, self._beat)

    def _beat(self) -> None:
        late = time.monotonic() - self._due
        excused = late - self._absent(self._due) < self._bound
        hold, self._hold = self._hold, None
        samples, self._samples = self._samples, []
        is_told, self._is_told = self._is_told, False
        newcomers, self._newcomers = self._newcomers, None
        # Without a sample it is no hold if the process had no processor: it was stopped, or the machine is overrun.
        worked = time.process_time() - self._cpu > late / 2
        self._schedule()
        if excused or not (samples or worked):
            if newcomers is not None:
                self._expect_no_more(newcomers)
            return
        if hold is None:
            hold = self._tell_trails(samples, late)
        hold.ns = int(late * 1e9)
        if self._service.meter is not None:
            self._service.meter.held()
        came = self._expect() if newcomers is None else newcomers
        self._wait_for_newcomers(_TURNS, came, hold, samples, is_told)

    def _expect(self) -> set[Exchange]:
        """From now on until `_expect_no_more`, who comes is in this set: from Python 3.12 on a request may be over
        within its first turn, ahead of the heartbeat, and is never seen under way."""
        came: set[Exchange] = set()
        self._expecting.append(came)
        self._service.new_exchange = self._note_newcomer
        return came

    def _note_newcomer(self, stream: Stream, service: Service, head: Head, trail: Trail | None) -> Exchange:
        exchange = self._new_exchange(stream, service, head, trail)
        for came in self._expecting:
            came.add(exchange)
        return exchange

    def _expect_no_more(self, came: set[Exchange]) -> None:
        self._expecting = [each for each in self._expecting if each is not came]
        if not self._expecting:
            self._service.new_exchange = self._new_exchange

    def _wait_for_newcomers(self, turns: int, came: set[Exchange], hold: Hold, *more: Any) -> None:
        """Those that came meanwhile stand in the kernel's queue. `came`: all that came or were under way since."""
        came |= self._service.running
        if turns:
            self._service.loop.call_soon(self._wait_for_newcomers, turns - 1, came, hold, *more)
        else:
            self._expect_no_more(came)
            self._report(came, hold, *more)

    def _report(self, came: set[Exchange], hold: Hold, samples: list[Sample], is_told: bool) -> None:
        if left_out := self._ration.left_out(self._service.now):
            log.warning("the event loop was held %d times more", left_out)
        if not self._ration.admit(self._service.now):
            return
        most = _most_seen(samples) if samples else None
        waiting = sorted(came.difference([most.exchange] if most is not None else []), key=lambda each: each.began)
        before = [each.name for each in waiting if most is None or each in most.running]
        stack = "" if is_told else _shown(hold.stack)
        log.warning(
            "the event loop was held for %.2f s by %s%s; %s%s",
            *(hold.ns / 1e9, hold.who, _others(samples), _held_up(before, len(waiting) - len(before)), stack),
        )

    # In the thread.

    def _look(self) -> None:
        before = time.monotonic()
        cpu = time.process_time()
        while not self._stopped.wait(self._beat_every):
            now, used = time.monotonic(), time.process_time()
            late, due = now - self._due, self._due
            pause = now - before - self._beat_every
            # We were late ourselves, and nothing of the process ran meanwhile: SIGSTOP, a suspended machine.
            if pause > max(self._bound, _ABSENT) and used - cpu < pause / 2:
                self._absence = (due, self._absent(due) + pause)
            if late - self._absent(due) >= self._bound / 2:
                self._take_sample(late - self._absent(due), due)
            before, cpu = now, used

    def _absent(self, due: float) -> float:
        return self._absence[1] if self._absence[0] == due else 0.0

    def _take_sample(self, late: float, due: float) -> None:
        taken = sample(self._service, self._loop_thread)
        if taken is None or self._due != due:  # it has come free meanwhile
            return
        if self._newcomers is None:
            self._newcomers = self._expect()
        if len(self._samples) < _MOST_SAMPLES:
            self._samples.append(taken)
        if late < self._bound:
            return
        if self._hold is None:
            self._hold = self._tell_trails(self._samples, late)
        hold = self._hold
        hold.ns = int(late * 1e9)
        if late >= max(_AND_STILL, 2 * self._bound) and not self._is_told:
            self._is_told = True
            log.warning(
                "the event loop has been held for %.1f s by %s, and still is%s", late, hold.who, _shown(hold.stack)
            )

    def _tell_trails(self, samples: list[Sample], late: float) -> Hold:
        """All that were under way: who held the loop, and those who could not go on."""
        ns = int(late * 1e9)
        began = time.perf_counter_ns() - ns
        if samples:
            most = _most_seen(samples)
            by = getattr(most.exchange.trail, "id", None) if most.exchange is not None else None
            hold = Hold(began, ns, by, most.who, most.place, most.stack)
            concerned = {*most.running, *([most.exchange] if most.exchange is not None else [])}
        else:
            hold = Hold(began, ns, None, "something that let no other thread run, so that it was not seen", "", ())
            concerned = set(self._service.running)
        for each in concerned:
            if each.trail is not None:
                each.trail.held(hold)
        return hold


def _most_seen(samples: list[Sample]) -> Sample:
    counts: dict[int, int] = {}
    for each in samples:
        counts[each.task] = counts.get(each.task, 0) + 1
    most = max(counts, key=lambda task: counts[task])
    return next(each for each in reversed(samples) if each.task == most)


def _shown(stack: tuple[str, ...]) -> str:
    return "".join(f"\n  {seen_from_here(line)}" for line in stack[-_STACK:])


def _others(samples: list[Sample]) -> str:
    others = len({each.task for each in samples}) - 1
    return f" and {others} other{'s' if others > 1 else ''} after each other" if others > 0 else ""


def _held_up(victims: list[str], came: int) -> str:
    parts = []
    if victims:
        more = f" and {len(victims) - _NAMED} more" if len(victims) > _NAMED else ""
        parts.append(", ".join(victims[:_NAMED]) + more)
    if came:
        parts.append(f"{came} that came meanwhile")
    return f"it held up {' and '.join(parts)}" if parts else "nobody else was waiting"
