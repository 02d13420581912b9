"""The numbers of all processes of one server, in memory that they share.

Each process has a slot and is the only one to write there, so nothing is locked; whoever is asked adds all slots up. A
process writes each number when it changes, so what one that was killed has counted is not lost, and the one that comes
in its place counts on in its slot: sums never go backwards.

    cells      0                 8                            8 + WIDTH
               | of the server   | slot 0                     | slot 1 ...
"""

from __future__ import annotations

import contextlib
import mmap
import os
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from multiprocessing import reduction
from typing import Any, Final, Literal

from webfoot.server.health.numbers import GAUGES, WIDTH

_HEADER: Final = 8
_SLOTS_IN_USE, _RESTARTS, _IS_STOPPING, _BEGAN, _NAME = range(5)
_STATE: Final = 0
"""The first cell of a slot."""

MOST_SLOTS: Final = 1024
_SIZE: Final = 8 * (_HEADER + MOST_SLOTS * WIDTH)  # of which the system spends only what is written to

Readiness = Literal["starting", "ready", "stopping"]
STATES: Final[tuple[Readiness, ...]] = ("starting", "ready", "stopping")


class Board:
    """The shared memory. Can be handed to a process that is being spawned."""

    def __init__(self, descriptor: int | None = None) -> None:
        is_new = descriptor is None
        self._descriptor = _shared_memory() if descriptor is None else descriptor
        # A number is one aligned cell of eight bytes, which the processor writes and reads at once.
        self._cells = memoryview(mmap.mmap(self._descriptor, _SIZE)).cast("d")
        self._taken: set[int] = set()
        if is_new:
            self._cells[_BEGAN] = time.time()
            self._cells[_NAME] = secrets.randbits(52)

    def __reduce__(self) -> tuple[Callable[..., Board], tuple[Any, ...]]:
        return _attach, (reduction.DupFd(self._descriptor),)

    def __del__(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self._descriptor)

    @property
    def descriptor(self) -> int:
        """Of the memory, for a process that inherits it."""
        return self._descriptor

    # For the process that looks after the others.

    def claim(self) -> int:
        """A slot for a process that is about to start: the lowest one that is free, with its counts so far."""
        slot = next((each for each in range(MOST_SLOTS) if each not in self._taken), MOST_SLOTS - 1)
        self._taken.add(slot)
        self._cells[_SLOTS_IN_USE] = max(self._cells[_SLOTS_IN_USE], slot + 1)
        self._cells[_HEADER + slot * WIDTH + _STATE] = 0
        return slot

    def keep(self, slot: int) -> None:
        """A process that was there before has it."""
        self._taken.add(slot)

    def release(self, slot: int) -> None:
        """The process has ended: its counts stay, its gauges do not."""
        begin = _HEADER + slot * WIDTH
        for cell in (_STATE, *GAUGES):
            self._cells[begin + cell] = 0
        self._taken.discard(slot)

    def count_restarts(self, number: int) -> None:
        """So many processes had died or hung and are replaced."""
        self._cells[_RESTARTS] += number

    def stop(self) -> None:
        """All of them are told to stop."""
        self._cells[_IS_STOPPING] = 1

    # For each process.

    def slot(self, number: int) -> memoryview[float]:
        """The cells of a slot."""
        begin = _HEADER + number * WIDTH
        return self._cells[begin : begin + WIDTH]

    def tell(self, slot: int, state: Readiness) -> None:
        self._cells[_HEADER + slot * WIDTH + _STATE] = 1 + STATES.index(state)

    # For whoever asks.

    @property
    def began(self) -> float:
        """When the server was started, in seconds of the epoch."""
        return self._cells[_BEGAN]

    @property
    def name(self) -> str:
        """No other server has it, not even one of before or of another container whose process has the same number."""
        return f"{int(self._cells[_NAME]):013x}"

    @property
    def restarts(self) -> int:
        return int(self._cells[_RESTARTS])

    def slots(self) -> Iterator[memoryview[float]]:
        return (self.slot(each) for each in range(int(self._cells[_SLOTS_IN_USE])))

    def states(self) -> dict[Readiness, int]:
        """How many processes are in each state."""
        told = [int(slot[_STATE]) for slot in self.slots()]
        return {state: told.count(1 + at) for at, state in enumerate(STATES)}

    @property
    def readiness(self) -> Readiness:
        """That of the server as a whole: it is ready as long as one process is and nobody told it to stop."""
        if self._cells[_IS_STOPPING]:
            return "stopping"
        states = self.states()
        return "ready" if states["ready"] else "stopping" if states["stopping"] else "starting"


def _attach(duplicate: Any) -> Board:
    return Board(duplicate.detach())


def _shared_memory() -> int:
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("webfoot board")
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    os.ftruncate(descriptor, _SIZE)
    return descriptor
