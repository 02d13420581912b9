"""An overview of a server's workers as lines of text: the workers, what is under way, what was slow or failed last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from webfoot.journey.flight.overview import Overview, Worker, age_of, kind_of
from webfoot.journey.flight.reading import Request
from webfoot.journey.terminal import BLUE, BOLD, CYAN, DIM, GREEN, RED, YELLOW, Paint

SORTS: Final = ("age", "sent", "path", "worker")

_LATE: Final = 0.05  # seconds from which on a loop's lag is worth a colour
_SLOW: Final = 1.0  # seconds from which on an age is
_NARROW: Final = 90  # letters from which on the bytes have a column
_WIDE: Final = 110  # and the client has one

_KEY: Final[dict[str, Callable[[Request], object]]] = {
    "age": lambda request: request.began,
    "sent": lambda request: -request.sent,
    "path": lambda request: (request.path, request.began),
    "worker": lambda request: (request.worker, request.began),
}


class Look(NamedTuple):
    """How somebody wants to see it. text: what must stand in a request's line."""

    width: int = 110
    height: int | None = None
    sort: str = "age"
    text: str = ""
    colour: bool = False


class _Column(NamedTuple):
    title: str
    width: int
    right: bool = False


def lines(seen: Overview, look: Look) -> list[str]:
    paint = Paint(look.colour)
    head = [*_head(seen, paint, look.width), ""]
    tail = [*_last("slowest of the last 5 minutes", seen.slowest, seen, paint, look.width)]
    tail += _last("failed last", seen.failed, seen, paint, look.width)
    room = None if look.height is None else max(3, look.height - len(head) - len(tail) - 2)
    return head + list(_table(seen, look, paint, room)) + tail


def _head(seen: Overview, paint: Paint, width: int) -> Iterator[str]:
    counts = f"{len(seen.in_flight)} in flight · {seen.connections} connections · {seen.per_second:.1f} requests/s"
    apps = ", ".join(dict.fromkeys(worker.app for worker in seen.workers if worker.app))
    yield paint(_cut(f"webfoot top  {apps}  {counts}", width), BOLD)
    for worker in seen.workers:
        yield _worker(worker, paint, width)


def _worker(worker: Worker, paint: Paint, width: int) -> str:
    told = f"  worker {worker.pid:<7} {worker.in_flight:>4} in flight {worker.per_second:>8.1f}/s  "
    if worker.silent:
        said = f"has not answered for {_seconds(worker.silent)}: it is stopped, or a call lets no other thread run"
        return told + paint(_cut(said, width - len(told)), RED)
    if worker.held_by:
        said = f"loop held for {_seconds(worker.late)} by {worker.held_by}"
        return told + paint(_cut(said, width - len(told)), RED)
    unseen = f", {worker.unseen} requests without a row" if worker.unseen else ""
    said = f"loop lag {worker.late * 1000:.0f} ms{unseen}"
    return told + paint(_cut(said, width - len(told)), YELLOW if worker.late >= _LATE else DIM)


def _table(seen: Overview, look: Look, paint: Paint, room: int | None) -> Iterator[str]:
    columns = _columns(look.width)
    yield paint(_joined(columns, [column.title for column in columns]), DIM)
    wanted = [each for each in sorted(seen.in_flight, key=_KEY[look.sort]) if _matches(each, look.text)]  # type: ignore[arg-type]
    shown = wanted if room is None else wanted[:room]
    for request in shown:
        yield _line(request, seen.at, columns, paint)
    if not wanted:
        yield paint("  nothing is under way" + (f" that has {look.text!r} in it" if look.text else ""), DIM)
    elif len(shown) < len(wanted):
        yield paint(f"  and {len(wanted) - len(shown)} more", DIM)


def _columns(width: int) -> list[_Column]:
    fixed = [
        _Column("worker", 7, right=True),
        _Column("method", 7),
        _Column("age", 7, right=True),
        _Column("status", 6, right=True),
        *([_Column("sent", 7, right=True)] if width >= _NARROW else []),
        *([_Column("client", 21)] if width >= _WIDE else []),
    ]
    left = max(20, width - sum(column.width + 2 for column in fixed) - 2)
    path = left * 2 // 5
    return [*fixed[:2], _Column("path", path), *fixed[2:], _Column("waits for", left - path - 2)]


def _line(request: Request, at: float, columns: list[_Column], paint: Paint) -> str:
    kind, age = kind_of(request), age_of(request, at)
    cells = {
        "worker": str(request.worker),
        "method": "WS" if kind == "websocket" else request.method,
        "path": request.path,
        "age": _seconds(age),
        "status": str(request.status or "-"),
        "sent": _size(request.sent),
        "client": request.client,
        "waits for": ("stream: " if kind == "stream" else "") + (request.note or "-"),
    }
    line = _joined(columns, [cells[column.title] for column in columns])
    colours = {"http": YELLOW if age >= _SLOW else GREEN, "stream": CYAN, "websocket": BLUE}
    return paint(line, RED) if request.note.startswith("holds the event loop") else paint(line, colours[kind])


def _last(title: str, requests: Iterable[Request], seen: Overview, paint: Paint, width: int) -> Iterator[str]:
    requests = list(requests)
    if requests:
        yield ""
        yield paint(title, DIM)
    for each in requests:
        ago = _seconds(max(0.0, seen.at - each.began - (each.took or 0.0)))
        asked = f"{'WS' if each.is_websocket else each.method} {each.path}"
        status = each.status or "no answer"
        line = f"  {each.worker:>7}  {status!s:<9} {_seconds(each.took or 0.0):>7}  {ago:>7} ago  {asked}"
        yield paint(_cut(line, width), RED) if each.has_failed else _cut(line, width)


def _matches(request: Request, text: str) -> bool:
    told = f"{request.worker} {request.method} {request.path} {request.status} {request.client} {request.note}"
    return text.lower() in f"{told} {kind_of(request)}".lower()


def _joined(columns: list[_Column], cells: list[str]) -> str:
    parts = []
    for column, cell in zip(columns, cells, strict=True):
        text = _cut(cell, column.width)
        parts.append(text.rjust(column.width) if column.right else text.ljust(column.width))
    return "  ".join(parts).rstrip()


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: max(0, width - 1)]}…"


def _seconds(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 100:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def _size(count: int) -> str:
    power = 0
    while count >= 10_000 and power < 3:
        count //= 1024
        power += 1
    return f"{count}{' kMG'[power]}".strip()
