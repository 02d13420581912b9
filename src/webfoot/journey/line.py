"""One journey on one line of a terminal: when, what, how it ended, how long it took, and where the time went."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from functools import lru_cache
from time import localtime, strftime
from typing import Final

from webfoot.journey.glance import QUICK, Glance
from webfoot.journey.record import Record
from webfoot.journey.redact import printable
from webfoot.journey.says import readable
from webfoot.journey.schema import kind_of
from webfoot.journey.terminal import BOLD, CYAN, DIM, GREEN, RED, WIDTH, YELLOW, Paint
from webfoot.journey.timing.split import split_of
from webfoot.journey.timing.words import WORDS
from webfoot.journey.tree import tree_of

SLOW_NS: Final = 500_000_000
"""A request that takes longer is slow."""

_AROUND: Final = 8 + 2 + 7 + 1 + 2 + 3 + 1 + 8  # letters of a line beside the target and the hint
_HINT: Final = 34
_LEAST_TARGET, _MOST_TARGET = 20, 60
_OUTSIDE: Final = ("client", "write_stall")  # what the client's pace is, and no time of a stream's or a WebSocket's
_QUEUES: Final = ("thread_queue", "loop_lag")
_LAYERS: Final = ("middleware", "dependency", "clean-up", "endpoint")


def line_of(record: Record, *, colour: bool = False, width: int = WIDTH, saying: str = "") -> str:
    """As `12:31:07  GET     /ducks/7      200    4.2 ms`; no longer than `width`, where that is not absurdly little.

    saying: what stands at the end, however long it is, in place of what most of the time was.
    """
    paint, took = Paint(colour), duration_ns(record)
    room = _room(width, len(saying) + 2)
    method = "WS" if kind_of(record) == "websocket" else record.method or "?"
    hint = saying or _hint(record, took)
    left = width - _AROUND - room - 2
    return _line(
        *(paint, record, method, record.target or "(no readable request)", room, record.status, took),
        time_colour=YELLOW if _is_slow(record, took) else DIM,
    ) + (f"  {paint(hint if saying else hint[:left], DIM)}" if hint and left >= 8 else "")


def line_at_a_glance(record: Record, seen: Glance, *, colour: bool, width: int) -> str:
    """The same, for a request of which that is all there is to say."""
    return _line(Paint(colour), record, seen.method, seen.target, _room(width), seen.status, seen.took)


def _line(
    paint: Paint,
    record: Record,
    method: str,
    target: str,
    room: int,
    status: int | None,
    took: int,
    time_colour: int = DIM,
) -> str:
    return (
        f"{paint(_clock(int(record.started_at)), DIM)}  {paint(f'{method[:7]:<7}', BOLD)} "
        f"{cut_in_the_middle(readable(target), room):<{room}}  {_status(status, paint)} "
        f"{paint(f'{time_of(took):>8}', time_colour)}"
    )


def _room(width: int, at_the_end: int = 0) -> int:
    """For the target, where so many letters are wanted at the end."""
    return max(_LEAST_TARGET, min(_MOST_TARGET, width - _AROUND - max(_HINT, at_the_end)))


def is_slow(record: Record) -> bool:
    """Streams and WebSockets last as long as they last."""
    return _is_slow(record, duration_ns(record))


def _is_slow(record: Record, took: int) -> bool:
    return took >= SLOW_NS and kind_of(record) == "http" and not _is_stream(record)


def duration_ns(record: Record) -> int:
    """From the request's first bytes to the last ones of its answer, or to the end of the WebSocket."""
    last = record.last("bytes_sent") if kind_of(record) == "http" else None
    if last is not None and record.left_out:  # of a long response not all pieces are marked, but how it ended is
        last = max(last, record.last("response_ended") or last, key=lambda mark: mark.at)
    ended = last.at if last is not None else max(record.kept[-1][0], record.left_at) if record.kept else 0
    return max(0, ended - record.arrived_at)


def cut_in_the_middle(text: str, width: int) -> str:
    if len(text) <= width:
        return text
    tail = (width - 1) // 2
    return f"{text[: width - 1 - tail]}…{text[len(text) - tail :]}"


def _status(status: int | None, paint: Paint) -> str:
    if status is None:
        return paint("---", BOLD, RED)
    return paint(
        f"{status:>3}",
        *(GREEN,) if status < 300 else (CYAN,) if status < 400 else (YELLOW,) if status < 500 else (BOLD, RED),
    )


@lru_cache(maxsize=2)
def _clock(seconds: int) -> str:
    return strftime("%H:%M:%S", localtime(seconds))


def time_of(ns: int) -> str:
    if ns < 9_950_000:
        return f"{ns / 1e6:.1f} ms"
    return f"{ns / 1e6:.0f} ms" if ns < 999_500_000 else f"{ns / 1e9:.2f} s" if ns < 99.5e9 else f"{ns / 1e9:.0f} s"


def _is_stream(record: Record) -> bool:
    return sum(1 for _ in record.all("response_body")) > 2


def _hint(record: Record, took: int) -> str:
    """What most of the time was, if that is worth a word: `your awaits 1.20 s in read_duck`."""
    if took < QUICK or kind_of(record) == "websocket":
        return ""
    split = split_of(record)
    if _is_stream(record):
        stalled = split.write_stall if split is not None else 0
        return f"{WORDS['write_stall']} {time_of(stalled)}" if stalled * 2 >= took else ""
    spent = {name: ns for name, ns in asdict(split).items() if name not in _OUTSIDE} if split is not None else {}
    most = max(spent, key=lambda name: spent[name], default="")
    queued = max(_QUEUES, key=lambda name: spent.get(name, 0))
    if spent.get(queued, 0) * 3 >= took:  # what nobody sees in the code comes first
        return f"{WORDS[queued]} {time_of(spent[queued])}"
    if most and spent[most] * 2 >= took:
        inside = _layer(record, took) if most in ("awaits", "cpu") else ""
        return f"{WORDS[most]} {time_of(min(took, spent[most]))}" + (f" in {inside}" if inside else "")
    return _layer(record, took)


def _layer(record: Record, took: int) -> str:
    """The layer of the user's that had at least half of the time to itself."""
    root = tree_of(record)
    spans: Iterator[tuple[int, str]] = (
        (span.self_ns, span.name) for _, span in (root.walk() if root is not None else ()) if span.kind in _LAYERS
    )
    ns, name = max(spans, default=(0, ""))
    return printable(name) if ns * 2 >= took else ""
