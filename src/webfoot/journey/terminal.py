"""One journey drawn as text: the way in, the turn, the way out, and why it ended so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from textwrap import wrap

from webfoot.journey.advice import advice
from webfoot.journey.marks import Mark
from webfoot.journey.record import REPEATING, Record
from webfoot.journey.redact import printable
from webfoot.journey.says import counted, readable, says
from webfoot.journey.timing.split import after_ns, split_of
from webfoot.journey.timing.words import parts_of
from webfoot.journey.tree import Span, tree_of
from webfoot.journey.why import Why, why
from webfoot.journey.why.answers import SURROUNDINGS
from webfoot.journey.why.missed import hidden_by_browser
from webfoot.trail import STATIONS, Station

WIDTH = 110
_STUCK = "\N{NO-BREAK SPACE}"
_STATION_OF: dict[str, Station] = {mark: station for station in STATIONS for mark in station.marks}
_WAY = {"in": "↓", "turn": "●", "out": "↑", "end": "■"}
_BAR = 8
_NAME = 20  # the longest station name has 18 letters
_LEFT = 3 + 1 + 1 + 1 + _NAME + 9 + 1 + _BAR + 5 + 1  # letters of a line before what was decided
_COLUMNS = f"      {'station':<{_NAME}}{'at us':>9} {'step':<{_BAR + 5}} what was decided"
_MOST_OF_A_STREAM = 6  # what a stream goes on with is told in one line
_WORTH_A_LINE = 1_000_000  # ns
_SPLIT = 40  # letters of the bar that shows where the time went
_RENAMED = {  # in RFC 9110; Python has these words from 3.13 on
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}


class Paint:
    """ANSI colours, or nothing at all."""

    def __init__(self, is_on: bool) -> None:
        self.is_on = is_on

    def __call__(self, text: str, *codes: int) -> str:
        return f"\x1b[{';'.join(map(str, codes))}m{text}\x1b[0m" if self.is_on and text else text


DIM, BOLD, RED, GREEN, YELLOW, BLUE, CYAN = 2, 1, 31, 32, 33, 34, 36
_PART = {  # how each part of that bar looks, also where there are no colours
    "client": ("░", BLUE),
    "loop_lag": ("▚", RED),
    "thread_queue": ("▞", RED),
    "awaits": ("▒", YELLOW),
    "cpu": ("█", GREEN),
    "write_stall": ("▤", BLUE),
    "server": ("▓", DIM),
}
_WAY_COLOUR = {"in": BLUE, "turn": YELLOW, "out": GREEN, "end": DIM}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the drawing: one mark; `stands_for` holds those of a long stream that are told in one line."""

    mark: Mark
    station: Station
    us: float
    step_ns: int
    nest: str
    stands_for: tuple[Mark, ...] = ()


def draw(record: Record, *, colour: bool = False, width: int = WIDTH) -> str:
    """The whole picture; lines end with a newline and are no longer than `width` characters."""
    paint = Paint(colour)
    lines = [*_title(record, paint, width), paint(_cut(_COLUMNS, width), DIM)]
    total = max(record.took_ns, 1)
    rows = list(_rows(record))
    lines += [_line(row, total, paint, width) for row in rows]
    reason = why(record)
    lines += [
        "",
        *_waiting(record, paint, width),
        *_slowest(record, paint, width),
        *_decisions(rows, reason, width),
        *_verdict(record, reason, paint, width),
    ]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _title(record: Record, paint: Paint, width: int) -> Iterator[str]:
    asked = f"{record.method or '(no readable request)'} {readable(record.target or '')}".rstrip()
    asked = paint(_cut(asked, width - 40), BOLD)
    yield f"{asked}  {_status(record.status, paint)}  {paint(_time(record.took_ns), DIM)}"


def _time(ns: int) -> str:
    if ns < 10_000_000:
        return f"{ns / 1e3:.0f} us"
    return f"{ns / 1e6:.0f} ms" if ns < 10_000_000_000 else f"{ns / 1e9:.1f} s"


def _status(status: int | None, paint: Paint) -> str:
    if status is None:
        return paint("no answer", BOLD, RED)
    try:
        phrase = _RENAMED.get(status) or HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    colour = GREEN if status < 300 else CYAN if status < 400 else YELLOW if status < 500 else RED
    return paint(f"{status} {phrase}".rstrip(), BOLD, colour)


def _rows(record: Record) -> Iterator[Row]:
    """One row for each mark; of a long stream the beginning, and a row for all the rest."""
    began = record.marks[0].at if record.marks else 0
    before = began
    nests = _nests(record)
    stream: list[Row] = []
    for mark, nest in zip(record.marks, nests, strict=True):
        row = Row(mark, _STATION_OF[mark.station], (mark.at - began) / 1000, mark.at - before, nest)
        before = mark.at
        if mark.station in REPEATING:
            stream.append(row)
            continue
        yield from _shortened(stream)
        stream = []
        yield row
    yield from _shortened(stream)


def _shortened(stream: list[Row]) -> Iterable[Row]:
    if len(stream) <= _MOST_OF_A_STREAM:
        return stream
    rest = stream[_MOST_OF_A_STREAM - 1 :]
    last = rest[-1]
    marks = tuple(row.mark for row in rest)
    step = sum(row.step_ns for row in rest)
    return [*stream[: _MOST_OF_A_STREAM - 1], Row(last.mark, last.station, last.us, step, last.nest, marks)]


def _nests(record: Record) -> list[str]:
    """The onion: a bracket opens where a middleware, a route or the endpoint is entered, and closes on the way out."""
    depth: list[tuple[object, object]] = []
    nests = []
    for mark in record.marks:
        key = (mark.facts.get("name"), mark.facts.get("index"))
        if mark.station == "middleware_entered":
            nests.append("│" * len(depth) + "╭ ")
            depth.append(key)
        elif mark.station == "middleware_left" and key in depth:
            while depth.pop() != key:  # the innermost of that name: mounted applications have layers of their own
                pass
            nests.append("│" * len(depth) + "╰ ")
        else:
            nests.append("│" * len(depth) + (" " if depth else ""))
    return nests


def _line(row: Row, total: int, paint: Paint, width: int) -> str:
    station = row.station
    # The gateway marks its station again where it has to say how the application failed.
    way = "out" if row.mark.facts.get("outcome") == "failed" else station.way
    share = row.step_ns / total
    name = f"{row.mark.station:<{_NAME}}"
    phrase = _summed(row.stands_for) if row.stands_for else says(row.mark)
    phrase = _cut(phrase, max(1, width - _LEFT - len(row.nest)))
    return (
        paint(f"{station.number:>3}", DIM)
        + f" {paint(_WAY[way], _WAY_COLOUR[way])} {paint(name, _WAY_COLOUR[way])}{row.us:>9.1f} "
        + paint(_bar(share), YELLOW if share >= 0.2 else DIM)
        + f" {paint(row.nest, DIM)}{paint(phrase, RED) if _is_bad(row.mark) else phrase}"
    )


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _summed(marks: tuple[Mark, ...]) -> str:
    sizes = [mark.facts.get("size") for mark in marks if mark.station == "response_body"]
    total = sum(size for size in sizes if isinstance(size, int))
    return f"… {counted(len(marks), 'mark')} like these, {counted(total, 'byte')} of body"


def _bar(share: float) -> str:
    """How much of the whole time went by between the mark before and this one."""
    percent = f"{share * 100:>3.0f}%" if share >= 0.005 else "    "
    eighths = round(share * _BAR * 8)
    full, part = divmod(eighths, 8)
    return f"{percent} {('█' * full + ' ▏▎▍▌▋▊▉'[part]):<{_BAR}.{_BAR}}"


def _is_bad(mark: Mark) -> bool:
    facts = mark.facts
    return bool(facts.get("error") or facts.get("errors")) or facts.get("outcome") in (
        "not_found",
        "method_not_allowed",
        "refused",
        "failed",
    )


def _waiting(record: Record, paint: Paint, width: int) -> Iterator[str]:
    """Where the time went as one bar, and its parts in words; then who held the event loop meanwhile."""
    split = split_of(record)
    if split is not None and split.total > 0:
        parts = parts_of(split, _SPLIT)
        yield "    " + "".join(paint(_PART[part.name][0] * part.cells, _PART[part.name][1]) for part in parts)
        told = " · ".join(f"{_PART[part.name][0]} {part.words} {_time(part.ns).replace(' ', _STUCK)}" for part in parts)
        lines = wrap(told, width, initial_indent="    ", subsequent_indent="    ")
        yield from (line.replace(_STUCK, " ") for line in lines)
    if (after := after_ns(record)) >= _WORTH_A_LINE:
        yield _cut(f"    the application went on for {_time(after)} after that: background work, clean-up", width)
    for hold in record.holds:
        who = "this request" if hold.by == record.id else printable(hold.who)
        at = f" at {printable(hold.place)}" if hold.by == record.id and hold.place else ""
        yield paint(_cut(f"    the event loop was held for {_time(hold.ns)} by {who}{at}", width), YELLOW)


def _slowest(record: Record, paint: Paint, width: int) -> Iterator[str]:
    """Where the time went, by layer: self time, so that the shares add up."""
    root = tree_of(record)
    if root is None:
        return
    spent: dict[str, int] = {}
    for _, span in root.walk():
        spent[_who(span)] = spent.get(_who(span), 0) + span.self_ns
    most = sorted(spent.items(), key=lambda item: -item[1])[:5]
    told = [f"{who} {_time(ns)}" for who, ns in most if ns >= 500]
    while told and len(line := f"    own time: {' · '.join(told)}") > width:
        told.pop()  # the least of them
    if told:
        yield paint(line, DIM)
    if record.left_out:
        yield paint(f"    {counted(record.left_out, 'more mark')} not kept", DIM)


def _who(span: Span) -> str:
    match span.kind:
        case "request":
            return "server"
        case "application" | "route":
            return "framework"
        case "middleware" if span.name in SURROUNDINGS:
            return "framework"
        case _:
            return printable(span.name)


def _decisions(rows: list[Row], reason: Why | None, width: int) -> Iterator[str]:
    """What layers said and had no room to say in their line; the reason at the end says it anyway."""
    for row in rows:
        if row.mark.station != "decided" or len(said := says(row.mark)) <= width - _LEFT - len(row.nest):
            continue
        if reason is None or printable(str(row.mark.facts.get("what"))) not in reason.sentence:
            yield from wrap(said, width, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)


def _verdict(record: Record, reason: Why | None, paint: Paint, width: int) -> Iterator[str]:
    if reason is None:
        yield f"    {_status(record.status, paint)}"
    else:
        number = _STATION_OF[reason.station].number
        yield f"    {_status(record.status, paint)}  {paint(f'decided by: {reason.layer} (station {number})', DIM)}"
        yield from _wrapped(reason.sentence, width)
    hidden = hidden_by_browser(record)
    if hidden is not None:
        yield from (paint(line, YELLOW) for line in _wrapped(hidden, width))
    for step in advice(record):
        yield from _wrapped(step, width, "    → ")


def _wrapped(text: str, width: int, first: str = "    ") -> list[str]:
    return wrap(text, width, initial_indent=first, subsequent_indent=" " * len(first), break_on_hyphens=False)
