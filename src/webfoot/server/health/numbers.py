"""What is counted, as tables: the cells of a slot of the board, and what Prometheus calls them.

A slot begins with the state of its process (see `board`), then come

    single numbers          `NUMBERS`, a cell each
    the loop's lag          a histogram
    requests, durations     a histogram for each method and class of status

and a histogram is a cell for each bucket, one for what is above all of them, and one for the sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Number:
    """A single number. `labels` as Prometheus writes them."""

    name: str
    kind: Literal["counter", "gauge"]
    help: str
    labels: str = ""


_REFUSED: Final = "Requests, handshakes and connections that the server refused itself."

NUMBERS: Final = (
    Number("webfoot_requests_in_flight", "gauge", "Requests whose application has not returned."),
    Number("webfoot_refused_total", "counter", _REFUSED, 'status="4xx"'),
    Number("webfoot_refused_total", "counter", _REFUSED, 'status="5xx"'),
    Number("webfoot_websockets_total", "counter", "WebSockets that were accepted."),
    Number("webfoot_websockets_open", "gauge", "WebSockets that are open."),
    Number("webfoot_connections_total", "counter", "Connections that were accepted."),
    Number("webfoot_connections_refused_total", "counter", "Connections over the limit, which were told 503."),
    Number("webfoot_connections_open", "gauge", "Connections that are open, idle ones included."),
    Number("webfoot_received_bytes_total", "counter", "Bytes from clients, without those of TLS."),
    Number("webfoot_sent_bytes_total", "counter", "Bytes to clients, without those of TLS."),
    Number("webfoot_threads_running", "gauge", "Threads that run a function of the application."),
    Number("webfoot_threads_waiting", "gauge", "Calls that wait for a thread."),
    Number("webfoot_loop_held_total", "counter", "Times that the event loop was held for longer than `log_loop_held`."),
    Number("process_cpu_seconds_total", "counter", "User and system time of all processes that serve."),
    Number("process_resident_memory_bytes", "gauge", "Resident memory of all processes that serve."),
    Number("process_open_fds", "gauge", "File descriptors of all processes that serve."),
)

_AT: Final = {(each.name, each.labels): 1 + at for at, each in enumerate(NUMBERS)}


def cell_of(name: str, labels: str = "") -> int:
    """The cell of a single number in its slot."""
    return _AT[name, labels]


GAUGES: Final = tuple(cell_of(each.name, each.labels) for each in NUMBERS if each.kind == "gauge")

LAGS: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
DURATIONS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the buckets, in seconds."""

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other")
"""Clients invent methods; what they invent is one row."""

STATUSES: Final = ("1xx", "2xx", "3xx", "4xx", "5xx")

LAG_AT: Final = 1 + len(NUMBERS)
REQUESTS_AT: Final = LAG_AT + len(LAGS) + 2
STRIDE: Final = len(DURATIONS) + 2
WIDTH: Final = REQUESTS_AT + len(METHODS) * len(STATUSES) * STRIDE


def series_of(method: str, status: str) -> int:
    """The first cell of the histogram of a method and a class of status, both as the tables have them."""
    return REQUESTS_AT + (METHODS.index(method) * len(STATUSES) + STATUSES.index(status)) * STRIDE
