"""The numbers of all processes as Prometheus reads them: its text format, version 0.0.4."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

import webfoot
from webfoot.server.health.numbers import DURATIONS, LAG_AT, LAGS, METHODS, NUMBERS, STATUSES, cell_of, series_of

if TYPE_CHECKING:
    from webfoot.server.health.board import Board

MEDIA_TYPE: Final = b"text/plain; version=0.0.4; charset=utf-8"


def exposition(board: Board) -> str:
    """All that is counted, summed over the processes."""
    sums = [sum(cells) for cells in zip(*(slot.tolist() for slot in board.slots()), strict=True)]
    return "".join(f"{line}\n" for line in _lines(board, sums))


def _lines(board: Board, sums: Sequence[float]) -> Iterator[str]:
    yield from _family("webfoot_info", "gauge", "The version that serves.")
    yield f'webfoot_info{{version="{webfoot.__version__}"}} 1'
    yield from _family("process_start_time_seconds", "gauge", "When the server was started, in seconds of the epoch.")
    yield f"process_start_time_seconds {board.began:.3f}"
    yield from _family("webfoot_workers", "gauge", "Processes that serve, by what they are doing.")
    for state, number in board.states().items():
        yield f'webfoot_workers{{state="{state}"}} {number}'
    yield from _family("webfoot_worker_restarts_total", "counter", "Workers that had died or hung and were replaced.")
    yield f"webfoot_worker_restarts_total {board.restarts}"
    named = ""
    for each in NUMBERS:
        if each.name != named:
            yield from _family(each.name, each.kind, each.help)
        named = each.name
        labels = f"{{{each.labels}}}" if each.labels else ""
        yield f"{each.name}{labels} {_number(sums[cell_of(each.name, each.labels)])}"
    lag = "webfoot_loop_lag_seconds"
    yield from _family(lag, "histogram", "How late the event loop came to a timer that is due twice a second.")
    yield from _histogram(lag, "", LAGS, sums[LAG_AT:])
    yield from _requests(sums)


def _requests(sums: Sequence[float]) -> Iterator[str]:
    """Those methods and statuses that there were."""
    found = []
    for method in METHODS:
        for status in STATUSES:
            cells = sums[series_of(method, status) :][: len(DURATIONS) + 2]
            if any(cells):
                found.append((f'method="{method}",status="{status}"', cells))
    yield from _family("webfoot_requests_total", "counter", "Requests that have ended.")
    for labels, cells in found:
        yield f"webfoot_requests_total{{{labels}}} {_number(sum(cells[:-1]))}"
    name = "webfoot_request_duration_seconds"
    yield from _family(name, "histogram", "From the head of a request to the end of its response.")
    for labels, cells in found:
        yield from _histogram(name, f"{labels},", DURATIONS, cells)


def _family(name: str, kind: str, help: str) -> tuple[str, str]:
    return f"# HELP {name} {help}", f"# TYPE {name} {kind}"


def _histogram(name: str, labels: str, bounds: Iterable[float], cells: Sequence[float]) -> Iterator[str]:
    """Each bucket counts what is in those below it, too; `labels` end with a comma."""
    count = 0.0
    at = 0
    for at, bound in enumerate((*bounds, float("inf"))):
        count += cells[at]
        le = "+Inf" if bound == float("inf") else f"{bound:g}"
        yield f'{name}_bucket{{{labels}le="{le}"}} {_number(count)}'
    plain = f"{{{labels.rstrip(',')}}}" if labels else ""
    yield f"{name}_sum{plain} {cells[at + 1]:.9g}"
    yield f"{name}_count{plain} {_number(count)}"


def _number(value: float) -> str:
    return f"{value:.0f}" if value == int(value) else f"{value:.9g}"
