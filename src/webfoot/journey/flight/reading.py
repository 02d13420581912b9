"""Reads a flight file from outside, while its worker writes it, hangs, or has died in the middle of a word.

    flight = read(path)
    flight.in_flight        requests under way, the oldest first
    flight.ended            those that have ended, the latest last
    flight.journeys()       the full journeys that were kept, as the data of `webfoot.journey.schema`

    glance(path)            whose file it is, without its requests

Nothing that stands in a file makes this raise anything but UnreadableFlight: a row that does not hold together is
passed over, and so is a journey.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from webfoot.journey.flight import layout
from webfoot.journey.flight.epitaph import UNTOLD, Epitaph, epitaph_in, packed
from webfoot.journey.flight.epitaph import printable as _text

_MOST_BYTES: Final = 1 << 30
_TRIES: Final = 3
"""How often a row is read anew that changes while it is read."""


class UnreadableFlight(ValueError):
    """It is no flight file, or none that this version reads. `str()` is one sentence for the user."""


class Request(NamedTuple):
    """One row. `took` and `status` are None where there is no end, or no answer. `client` is `host:port`.

    number: counts the requests of this worker; `id` is unique in the server and is that of the journey, too.
    note: what the worker says that it waits for; "" where nobody asked (see `want_notes`).
    """

    worker: int
    number: int
    began: float
    took: float | None
    sent: int
    status: int | None
    method: str
    path: str
    client: str
    request_id: str
    note: str
    is_websocket: bool = False
    is_slow: bool = False
    has_failed: bool = False
    is_kept: bool = False
    is_endless: bool = False

    @property
    def id(self) -> str:
        return f"{self.worker}-{self.number}"

    @property
    def is_under_way(self) -> bool:
        return self.took is None


@dataclass(frozen=True, slots=True)
class Flight:
    """What one worker's file held at one moment. Times are seconds since the epoch.

    is_alive: the worker still writes it. unseen: requests for which there was no row.
    kept, left_out: journeys that were kept in full, and those that were too many within a second.
    in_flight, ended: nothing, if it was only glanced at.
    loop_seen_at: when the worker last told of its event loop, which it does while somebody asks for notes: late, the
    seconds by which it was behind; held_by, who held it and where; connections, how many are open.
    kin: see `layout.KIN`. forgotten: nobody wants to see any more what had ended by then.
    """

    path: Path
    server: int
    worker: int
    started_at: float
    app: str
    version: str
    is_alive: bool
    unseen: int
    kept: int
    left_out: int
    in_flight: list[Request] = field(repr=False)
    ended: list[Request] = field(repr=False)
    _journeys_at: int = 0
    loop_seen_at: float = 0.0
    late: float = 0.0
    connections: int = 0
    held_by: str = ""
    kin: bytes = b""
    forgotten: float = 0.0
    epitaph: Epitaph = UNTOLD

    def journeys(self) -> list[dict[str, Any]]:
        """The full journeys that the file holds now, the oldest first; those that were cut off are left out.

        None if the file is gone by now: its server has ended, and left it to others to clear away.
        """
        try:
            with _opened(self.path) as file:
                file.seek(self._journeys_at)
                found = dict(_entries(file.read(_MOST_BYTES)))
        except FileNotFoundError:
            return []
        return [journey for order in sorted(found) if (journey := _journey(found[order])) is not None]


def read(path: str | os.PathLike[str]) -> Flight:
    """Raises UnreadableFlight, and OSError where the file cannot be opened."""
    return _read(path)


def glance(path: str | os.PathLike[str]) -> Flight:
    """As `read`, without its requests."""
    return _read(path, with_rows=False)


def _read(path: str | os.PathLike[str], *, with_rows: bool = True) -> Flight:
    with _opened(path) as file:
        header = file.read(layout.HEADER_SIZE)
        told = _header(header, path)
        _, _, row_size, rows, _, server, worker, started_at, app, version = told
        size = rows * row_size
        first = file.read(size) if with_rows else b""
        requests = _rows(first, file.fileno(), row_size, worker)
        is_alive = _is_locked(file.fileno())
    unseen, kept, left_out = layout.COUNTS.unpack_from(header, layout.COUNTS_AT)
    requests.sort(key=lambda request: request.number)
    return Flight(
        Path(path),
        server,
        worker,
        started_at,
        _text(app),
        _text(version),
        is_alive,
        unseen,
        kept,
        left_out,
        [each for each in requests if each.is_under_way],
        [each for each in requests if not each.is_under_way],
        layout.HEADER_SIZE + size,
        *_pulse(header),
        kin=layout.KIN.unpack_from(header, layout.KIN_AT)[0],
        forgotten=layout.FORGOTTEN.unpack_from(header, layout.FORGOTTEN_AT)[0],
        epitaph=epitaph_in(header),
    )


def _opened(path: str | os.PathLike[str], way: int = os.O_RDONLY) -> BinaryIO:
    """A file and nothing else: the directory may be another user's, who could lead us elsewhere, or have us wait.

    Raises UnreadableFlight, and OSError.
    """
    descriptor = os.open(path, way | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnreadableFlight(f"{path} is no file of the flight recorder")
    return open(descriptor, "rb") if way == os.O_RDONLY else open(descriptor, "r+b")


def _pulse(header: bytes) -> tuple[float, float, int, str]:
    seen_at, late, connections, held_by = layout.PULSE.unpack_from(header, layout.PULSE_AT)
    return seen_at, late, connections, _text(held_by)


def want_notes(path: str | os.PathLike[str], until: float) -> None:
    """Ask the worker to note, until that time, what each of its requests waits for."""
    _write(path, layout.WATCHED_AT, layout.WATCHED.pack(until))


def forget(path: str | os.PathLike[str], until: float) -> None:
    """Nobody wants to see any more what had ended by then; `math.inf`: nor anything else of it."""
    _write(path, layout.FORGOTTEN_AT, layout.FORGOTTEN.pack(until))


def write_epitaph(path: str | os.PathLike[str], how: str, stack: str = "") -> None:
    """The worker has ended, as `Epitaph` tells. stack: as Python prints it."""
    _write(path, layout.EPITAPH_AT, packed(how, stack))


def _write(path: str | os.PathLike[str], at: int, data: bytes) -> None:
    with _opened(path, os.O_RDWR) as file:
        _header(file.read(layout.HEADER_SIZE), path)  # by now another file may have this name
        os.pwrite(file.fileno(), data, at)


def _header(data: bytes, path: str | os.PathLike[str]) -> tuple[Any, ...]:
    if len(data) < layout.HEADER_SIZE or not data.startswith(layout.MAGIC):
        raise UnreadableFlight(f"{path} is no file of the flight recorder")
    told = layout.HEADER.unpack_from(data)
    _, version, row_size, rows, *_ = told
    if version != layout.VERSION:
        raise UnreadableFlight(f"{path} was written by another version of webfoot (format {version})")
    if row_size != layout.ROW_SIZE or rows * row_size > _MOST_BYTES:
        raise UnreadableFlight(f"{path} is damaged: its header does not hold together")
    return told


def _rows(data: bytes, descriptor: int, row_size: int, worker: int) -> list[Request]:
    found = []
    for at in range(0, len(data) - row_size + 1, row_size):
        row = data[at : at + row_size]
        if row[:8] != _NOBODY:
            row = _steady(row, descriptor, layout.HEADER_SIZE + at)
            request = _request(row, worker) if row else None
            if request is not None:
                found.append(request)
    return found


_NOBODY: Final = bytes(8)


def _steady(row: bytes, descriptor: int, at: int) -> bytes:
    """The row once it has been read twice with the same result; b"" if it does not stand still."""
    for _ in range(_TRIES):
        again = os.pread(descriptor, len(row), at)
        if again == row:
            return row
        row = again
    return b""


def _request(row: bytes, worker: int) -> Request | None:
    number, began, took, sent, status, state, flags, port, method, host, request_id, path, note, again = (
        layout.ROW.unpack(row)
    )
    if number != again or state not in (layout.UNDER_WAY, layout.ENDED):
        return None
    if not (0 <= began < 1e12 and 0 <= took < 1e12):  # NaN neither
        return None
    client = _text(host)
    return Request(
        worker,
        number,
        began,
        took if state == layout.ENDED else None,
        sent,
        status or None,
        _text(method),
        _text(path),
        f"{client}:{port}" if port else client,
        _text(request_id),
        _text(note),
        bool(flags & layout.WEBSOCKET),
        bool(flags & layout.SLOW),
        bool(flags & layout.FAILED),
        bool(flags & layout.KEPT),
        bool(flags & layout.ENDLESS),
    )


def _entries(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(which kept journey, its text) of all that are whole."""
    at = data.find(layout.ENTRY_MARK)
    while at >= 0:
        if at % layout.BLOCK == 0 and at + layout.ENTRY.size <= len(data):
            _, check, length, _, _, order = layout.ENTRY.unpack_from(data, at)
            end = at + layout.ENTRY.size + length
            if end <= len(data) and zlib.crc32(data[at + layout.CHECKED_FROM : end]) == check:
                yield order, data[at + layout.ENTRY.size : end]
        at = data.find(layout.ENTRY_MARK, at + 1)


def _journey(text: bytes) -> dict[str, Any] | None:
    try:
        journey = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return journey if isinstance(journey, dict) else None


def _is_locked(descriptor: int) -> bool:
    """Its worker holds a lock for as long as it lives, however it dies."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return False
