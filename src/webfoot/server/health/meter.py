"""How one process counts: into its slot of the board, with plain additions, from its event loop only."""

from __future__ import annotations

import os
import time
from bisect import bisect_left
from contextlib import suppress
from mmap import PAGESIZE
from typing import TYPE_CHECKING, Final

from webfoot.server.health.numbers import (
    DURATIONS,
    GAUGES,
    LAG_AT,
    LAGS,
    METHODS,
    STATUSES,
    cell_of,
    series_of,
)
from webfoot.trail.threads import known_pools

if TYPE_CHECKING:
    from webfoot.server.health.board import Board

_IN_FLIGHT: Final = cell_of("webfoot_requests_in_flight")
_REFUSED: Final = {
    4: cell_of("webfoot_refused_total", 'status="4xx"'),
    5: cell_of("webfoot_refused_total", 'status="5xx"'),
}
_WEBSOCKETS: Final = cell_of("webfoot_websockets_total")
_WEBSOCKETS_OPEN: Final = cell_of("webfoot_websockets_open")
_CONNECTIONS: Final = cell_of("webfoot_connections_total")
_CONNECTIONS_REFUSED: Final = cell_of("webfoot_connections_refused_total")
_CONNECTIONS_OPEN: Final = cell_of("webfoot_connections_open")
_RECEIVED: Final = cell_of("webfoot_received_bytes_total")
_SENT: Final = cell_of("webfoot_sent_bytes_total")
_RUNNING: Final = cell_of("webfoot_threads_running")
_WAITING: Final = cell_of("webfoot_threads_waiting")
_HELD: Final = cell_of("webfoot_loop_held_total")
_CPU: Final = cell_of("process_cpu_seconds_total")
_MEMORY: Final = cell_of("process_resident_memory_bytes")
_DESCRIPTORS: Final = cell_of("process_open_fds")

_SERIES: Final = {(method, 1 + at): series_of(method, name) for method in METHODS for at, name in enumerate(STATUSES)}
_SUM: Final = len(DURATIONS) + 1
_RARELY: Final = 20  # samples, of which there are two a second, to one of what takes milliseconds on a busy server


class Meter:
    """The counters of this process. A method is one event; what is not one is sampled now and then."""

    def __init__(self, board: Board, slot: int) -> None:
        self.board = board
        self._cells = board.slot(slot)
        for gauge in GAUGES:
            self._cells[gauge] = 0
        self._samples = 0
        self._cpu_before = self._cells[_CPU] - time.process_time()  # of those that had this slot

    def request_ended(self, method: str, status: int, seconds: float) -> None:
        """`seconds`: from the request's head to the end of its response."""
        series = _SERIES.get((method, status // 100))
        if series is None:
            series = _SERIES["other" if method not in METHODS else method, min(max(status // 100, 1), 5)]
        cells = self._cells
        cells[series + bisect_left(DURATIONS, seconds)] += 1
        cells[series + _SUM] += seconds

    def refused(self, status: int) -> None:
        self._cells[_REFUSED[5 if status >= 500 else 4]] += 1

    def websocket_accepted(self) -> None:
        self._cells[_WEBSOCKETS] += 1
        self._cells[_WEBSOCKETS_OPEN] += 1

    def websocket_ended(self) -> None:
        self._cells[_WEBSOCKETS_OPEN] -= 1

    def connected(self) -> None:
        self._cells[_CONNECTIONS] += 1

    def connection_refused(self) -> None:
        self._cells[_CONNECTIONS_REFUSED] += 1

    def received(self, size: int) -> None:
        self._cells[_RECEIVED] += size

    def sent(self, size: int) -> None:
        self._cells[_SENT] += size

    def lagged(self, seconds: float) -> None:
        """The event loop came to a timer so much later than it was set to."""
        cells = self._cells
        cells[LAG_AT + bisect_left(LAGS, seconds)] += 1
        cells[LAG_AT + len(LAGS) + 1] += seconds

    def held(self) -> None:
        """The event loop was held for too long."""
        self._cells[_HELD] += 1

    # Samples.

    def sample(self, running: int, connections: int) -> None:
        """`running`: calls of the application that have not returned, those for WebSockets included."""
        cells = self._cells
        cells[_IN_FLIGHT] = max(0.0, running - cells[_WEBSOCKETS_OPEN])
        cells[_CONNECTIONS_OPEN] = connections
        pools = list(known_pools())
        if self._samples % _RARELY == 0:
            self.sample_process()
        self._samples += 1
        cells[_RUNNING] = sum(pool.busy for pool in pools)
        cells[_WAITING] = sum(pool.queued for pool in pools)

    def sample_process(self) -> None:
        """What costs a system call or more."""
        cells = self._cells
        cells[_CPU] = self._cpu_before + time.process_time()
        with suppress(OSError):  # only Linux has them
            with open("/proc/self/statm", "rb") as file:
                cells[_MEMORY] = int(file.read().split()[1]) * PAGESIZE
            cells[_DESCRIPTORS] = len(os.listdir("/proc/self/fd")) - 1  # less the one that reads them
