"""What the flight recorder does with each request: a row while it is under way, and at its end the decision.

One that was slow or has failed is kept in full, its marks cleaned and written as JSON. Of all others the row remains.
"""

from __future__ import annotations

import logging
from time import monotonic, time
from typing import Final

from webfoot.journey import redact
from webfoot.journey.flight import layout
from webfoot.journey.flight.file import FlightFile
from webfoot.journey.flight.in_full import in_full
from webfoot.journey.marks import Kept
from webfoot.journey.record import Record
from webfoot.trail.secret_names import none_is_secret

log = logging.getLogger("webfoot")

MOST_IN_A_SECOND: Final = 20
"""Journeys that are kept in full: each costs some hundred microseconds, and when all fail, the first ones tell why."""

_NOWHERE: Final = ("", 0)
_REMARKABLE: Final = layout.SLOW | layout.FAILED


class FlightRecorder:
    """Implements `webfoot.journey.record.Companion`. slow: seconds. refusals: whether 4xx are kept in full, too."""

    def __init__(self, file: FlightFile, slow: float, refusals: bool = False) -> None:
        self.file = file
        self._begin, self._end = file.begin, file.end  # bound once, and not in each request
        self._slow = slow
        self._failed_from = 400 if refusals else 500
        self._second = 0
        self._kept_in_second = 0

    def begun(self, record: Record, kept: Kept) -> None:
        facts = kept[-1][2]
        # The head was parsed right before, or it was accepted in between.
        method = kept[-2][2].get("method") or kept[-3][2].get("method") or ""
        path = facts["path"]
        if "=" in path:
            path = redact.free_text(path)
        host, port = facts["client"] or _NOWHERE
        flags = layout.WEBSOCKET if facts["kind"] == "websocket" else 0
        record.row = self._begin(record.number, time(), method.encode(), path.encode(), host.encode(), port or 0, flags)

    def found(self, record: Record, kept: Kept) -> None:
        facts = kept[-1][2]
        if none_is_secret((*facts["path_params"],)):
            return
        secrets = redact.secrets_in_path(facts["path_params"], facts.get("route"), facts.get("path"))
        if secrets and record.row:
            path = next(str(told["path"]) for _, station, told in kept if station == "scope_built")
            for secret in secrets:
                path = path.replace(secret, redact.REDACTED)
            self.file.rename(record.row, path.encode("utf-8", "replace"))

    def called(self, record: Record, kept: Kept) -> None:
        if record.row:
            self.file.identify(record.row, kept[-1][2]["request_id"].encode("utf-8", "replace"))

    def ended(self, record: Record, kept: Kept) -> None:
        row = record.row
        if row:
            (started, first, head), (_, second, body), (over, last, _) = kept[-3:]
        if row and last == "kept_alive" and second == "response_ended" and first == "response_started":
            status, size, refused = head["status"], body["total"], False  # as nearly always
        else:
            status, size, over, started, refused = _end_of(kept)
        if not row:
            if not refused:
                return  # a connection without a request, or what the server has answered itself
            row = self._row_of_refused(record, kept)
        record.row = 0
        arrived, station, _ = kept[0]
        if station != "bytes_received":  # but with the connection
            arrived = record.arrived_at
        seconds = (over - arrived) / 1e9
        flags = layout.WEBSOCKET if status == 101 else 0
        if seconds >= self._slow and _was_slow(kept, started, (started - arrived) / 1e9, self._slow):
            flags |= layout.SLOW
        if refused or record.has_failed or not status or status >= self._failed_from:
            flags |= layout.FAILED
        if flags & _REMARKABLE and self._keep(record):
            flags |= layout.KEPT
        if row:
            self._end(row, seconds, size, status, flags)

    def _row_of_refused(self, record: Record, kept: Kept) -> int:
        """The request got no further than to its head."""
        method, path = (record.method or "").encode("latin-1", "replace"), (record.target or "").partition("?")[0]
        client = next((told.get("client") for _, station, told in kept if station == "connected"), None)
        host, port = client if isinstance(client, tuple) else ("", 0)
        return self.file.begin(
            record.number, record.started_at, method, path.encode("utf-8", "replace"), str(host).encode(), port or 0
        )

    def _keep(self, record: Record) -> bool:
        """Whether the journey was kept in full."""
        second = int(monotonic())
        if second != self._second:
            self._second, self._kept_in_second = second, 0
        self._kept_in_second += 1
        if self._kept_in_second > MOST_IN_A_SECOND:
            self.file.left_out += 1
            return False
        try:
            text = in_full(record, self.file.longest_journey)
        except Exception:  # an onion of a thousand layers, say: its row remains
            log.debug("a journey could not be kept in full", exc_info=True)
            self.file.left_out += 1
            return False
        self.file.keep(record.number, text)
        return True


def _end_of(kept: Kept) -> tuple[int, int, int, int, bool]:
    """Status (0: no answer), bytes of the body, when all was over for the client, when the answer began (times in
    `perf_counter_ns`, 0: not at all), and whether the server itself refused the request."""
    status = size = over = last = 0
    for at, station, facts in reversed(kept):
        if not last:
            last = at
        if station == "response_ended":
            size = facts["total"]
        elif station == "response_started":
            return status or facts["status"], size, over or last, at, False
        elif station == "kept_alive" or station == "closed":
            over = at
        elif station == "bytes_encoded":
            status = facts["status"] or 0
        elif station == "head_accepted":
            if facts.get("outcome") == "refused":
                return facts.get("status") or status, size, over or last, 0, True
            break
    return status, size, over or last, 0, False


def _was_slow(kept: Kept, started: int, seconds: float, slow: float) -> bool:
    """What is a stream by its nature lasts as long as it lasts: it is slow if it began late, after so many seconds."""
    if not started:
        return True
    facts = next(facts for _, station, facts in kept if station == "response_started")
    kinds = [value for name, value in facts["headers"] if name.lower() == b"content-type"]
    if facts["status"] != 101 and not any(kind.startswith(b"text/event-stream") for kind in kinds):
        return True
    return seconds >= slow
