"""The seven parts of a request's time. They add up to it: each moment counts once, and what is left is the server's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Final

from webfoot.journey.marks import Mark
from webfoot.journey.record import Record
from webfoot.journey.timing.times import Kind
from webfoot.journey.tree import tree_of
from webfoot.journey.why.answers import SURROUNDINGS


@dataclass(frozen=True, slots=True)
class Split:
    """Nanoseconds.

    client: waiting for the client's bytes, of the head, of the body, of its end of the connection.
    loop_lag: the request was due, and the event loop ran something else.
    thread_queue: a call waited for a free thread.
    awaits: the application awaited something of its own.
    cpu: the application's steps on the loop and what threads did for it. Those of the framework are among them only
      where the marks do not tell which is which: in streams, and in applications that mark nothing.
    write_stall: the client took the response more slowly than it was sent.
    server: all the rest; parsing, scope, encoding, writing, and the framework where it is known.
    """

    client: int
    loop_lag: int
    thread_queue: int
    awaits: int
    cpu: int
    write_stall: int
    server: int

    @property
    def total(self) -> int:
        return sum(getattr(self, each.name) for each in fields(self))


def split_of(record: Record) -> Split | None:
    """Where the time went between the first mark and the last; None unless it was measured and all is over."""
    if record.times is None or not record.done or not record.marks:
        return None
    marks = record.marks
    last, took = marks[-1].at, record.took_ns
    spent = record.times.total(last)
    for kind, ns in _around(marks, record.times.began, record.times.ended):
        spent[kind] = spent.get(kind, 0) + ns
    spent.pop("server", None)
    if (own := _own_code(record)) is not None:
        spent["cpu"] = min(spent.get("cpu", 0), own)
    _shrink(spent, took)
    server = took - sum(spent.values())
    return Split(
        client=spent.get("client", 0),
        loop_lag=spent.get("loop_lag", 0),
        thread_queue=spent.get("thread_queue", 0),
        awaits=spent.get("awaits", 0),
        cpu=spent.get("cpu", 0),
        write_stall=spent.get("write_stall", 0),
        server=server,
    )


def after_ns(record: Record) -> int:
    """For how long the application went on when all was over for the client: background work, clean-up."""
    return max(0, record.times.ended - record.marks[-1].at) if record.times is not None and record.marks else 0


def _own_code(record: Record) -> int | None:
    """Nanoseconds in which code of the application's own had the request; None where the marks cannot tell.

    A route's answer may be written by code that no mark surrounds: a generator, another application below a mount.
    """
    found = record.fact("route_matched", "outcome")
    is_whole = found == "found" and record.was_at("reply_validated") and not _is_in_pieces(record)
    is_refused = record.fact("values_validated", "outcome") == "refused" and not record.was_at("endpoint_called")
    if found is None or not (is_whole or is_refused or found != "found"):
        return None
    root = tree_of(record)
    spans = root.walk() if root is not None else ()
    own = sum(span.self_ns for _, span in spans if span.kind in _OWN and span.name not in SURROUNDINGS)
    behind = [mark.at for mark in record.all("background_called", "background_returned")]
    return own + sum(behind[1::2]) - sum(behind[: len(behind) // 2 * 2 : 2])


_OWN: Final = ("middleware", "dependency", "endpoint", "clean-up")


def _is_in_pieces(record: Record) -> bool:
    return sum(1 for _ in record.all("response_body")) > 1


def _around(marks: list[Mark], began: int, ended: int) -> Iterator[tuple[Kind, int]]:
    """What is known of the time before the application's first step and after its last one."""
    stalled = False
    for before, after in pairwise(marks):
        if before.station == "bytes_sent":
            stalled = bool(before.facts.get("waiting"))
        kind = _wait_before(after, stalled, has_run=bool(ended))
        if kind is None:
            continue
        if not began or after.at <= began:
            yield kind, after.at - before.at
        elif before.at >= ended or after.at > ended:
            yield kind, after.at - max(before.at, ended)


def _wait_before(mark: Mark, stalled: bool, has_run: bool) -> Kind | None:
    """What the request waited for when it came to a mark; None where it was the server that brought it there."""
    match mark.station:
        case "bytes_received":
            return "client"
        case "app_entered":
            return None if has_run and mark.facts.get("outcome") != "called" else "loop_lag"
        case "closed" | "kept_alive":
            return "write_stall" if stalled else "client"
    return None


def _shrink(spent: dict[Kind, int], took: int) -> None:
    """Not that it should happen: what was summed up early, in a very long request, may be known too roughly."""
    too_much = sum(spent.values()) - took
    for kind in sorted(spent, key=lambda each: -spent[each]):
        less = max(0, min(too_much, spent[kind]))
        spent[kind] -= less
        too_much -= less
