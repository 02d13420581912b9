"""What flight files hold, as lines of JSON and as lines for people; and what is said of a worker that has died.

Each line of JSON is an object that says under "entry" what it is:

    worker     whose file it is, and how many requests are under way in it
    request    a row: of what is under way, and of what has ended
    journey    a journey in full (docs/journey-schema.md); `id` is that of its request
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import strftime, time
from typing import Any, Final

from webfoot.journey.flight.directory import flights, private_directory
from webfoot.journey.flight.reading import Flight, Request, write_epitaph
from webfoot.trail.page import PLACE

_MOST_NAMED: Final = 10
"""Requests of a dead worker that are named in the log."""

_MOST_DUMPS: Final = 16
"""Files written at a signal: so many are kept in a directory."""

_DUMP: Final = "dump-{server}-{time}.jsonl"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of the requests that have ended: all, or the slow and the failed ones; of these the last so many."""

    slow: bool = False
    failed: bool = False
    last: int | None = None

    def of(self, requests: Iterable[Request]) -> list[Request]:
        every = not (self.slow or self.failed)
        found = [
            each for each in requests if every or (self.slow and each.is_slow) or (self.failed and each.has_failed)
        ]
        found.sort(key=lambda each: each.began + (each.took or 0.0))
        return found if self.last is None else found[max(0, len(found) - self.last) :]


def entries(found: Iterable[Flight], wanted: Wanted) -> Iterator[dict[str, Any]]:
    """The lines of JSON. What is under way is always among them."""
    for flight in found:
        yield {
            "entry": "worker",
            "server": flight.server,
            "worker": flight.worker,
            "app": flight.app,
            "webfoot": flight.version,
            "started_at": flight.started_at,
            "alive": flight.is_alive,
            "ended_at": flight.epitaph.at or None,
            "ended_how": flight.epitaph.how or None,
            "under_way": len(flight.in_flight),
            "unseen": flight.unseen,
            "kept": flight.kept,
            "left_out": flight.left_out,
            "file": str(flight.path),
        }
        ended = wanted.of(flight.ended)
        for each in (*flight.in_flight, *ended):
            yield _request(each)
        named = {each.id for each in ended}
        for journey in flight.journeys():
            if not (wanted.slow or wanted.failed or wanted.last is not None) or journey.get("id") in named:
                yield {"entry": "journey", **journey}


def _request(request: Request) -> dict[str, Any]:
    return {
        "entry": "request",
        "id": request.id,
        "worker": request.worker,
        "kind": "websocket" if request.is_websocket else "http",
        "began": request.began,
        "took": request.took,
        "status": request.status,
        "method": request.method,
        "path": request.path,
        "client": request.client,
        "request_id": request.request_id or None,
        "sent": request.sent,
        "slow": request.is_slow,
        "failed": request.has_failed,
        "kept": request.is_kept,
        "note": request.note or None,
    }


def write_dump(directory: str, server: int) -> Path:
    """Write all that the workers of a server have recorded into a file beside theirs. Raises OSError."""
    place = private_directory(directory)
    path = place / _DUMP.format(server=server, time=strftime("%Y%m%dT%H%M%S"))
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with open(number, "w", encoding="utf-8") as file:
        for entry in entries((each for each in flights(place) if each.server == server), Wanted()):
            file.write(json.dumps(entry) + "\n")
    dumps = sorted(place.glob(_DUMP.format(server="*", time="*")), key=lambda each: each.stat().st_mtime)
    for old in dumps[:-_MOST_DUMPS]:
        old.unlink(missing_ok=True)
    return path


def last_words(directory: str, worker: int, how: str, stack: str = "") -> list[str]:
    """What the log says of a worker that has just died: the requests that it had not answered, the oldest first.

    how, stack: as `webfoot.journey.flight.reading.write_epitaph` wants them; they are written into its file.
    """
    flight = next((each for each in flights(private_directory(directory)) if each.worker == worker), None)
    if flight is None:
        return []
    write_epitaph(flight.path, how, stack)
    now = time()
    requests = sorted(answerable(flight), key=lambda each: each.began)
    lines = [f"  {line_of(each, now)}" for each in requests[:_MOST_NAMED]]
    if len(requests) > _MOST_NAMED:
        lines.append(f"  and {len(requests) - _MOST_NAMED} more")
    count = f"{len(requests)} request{'' if len(requests) == 1 else 's'}" if requests else "no request"
    return [f"worker {worker} had {count} under way; its records are in {flight.path}", *lines]


def answerable(flight: Flight) -> list[Request]:
    """What is under way, but for the requests of the journeys' page: they stand open by their nature."""
    return [each for each in flight.in_flight if f"{PLACE}/" not in each.path]


def line_of(request: Request, now: float) -> str:
    """`12.3 s  GET /slow  127.0.0.1:5000  4711-17`, with the status of what has ended before it."""
    status = "" if request.is_under_way else f"{request.status or '---'}  "
    took = now - request.began if request.took is None else request.took
    parts = (f"{took:7.3f} s", f"{request.method} {request.path}", request.client, request.request_id, request.id)
    return status + "  ".join(part for part in (*parts, request.note if request.is_under_way else "") if part)


def reason_of(journey: dict[str, Any]) -> str:
    """The sentence of a journey, or, where all went well, what took most of its time; "" if nothing stands out."""
    why = journey.get("why")
    if isinstance(why, dict):
        return str(why.get("sentence"))
    took, tree = journey.get("took_us"), journey.get("tree")
    if not isinstance(tree, dict) or not isinstance(took, int | float):
        return ""
    longest = max(_spans(tree), key=_own_time)
    if longest is tree or _own_time(longest) * 2 < took:
        return ""
    return f"{_own_time(longest) / 1e6:.3f} s of it in the {longest.get('kind')} {longest.get('name')}."


def _spans(span: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield span
    for child in span.get("children") or ():
        yield from _spans(child)


def _own_time(span: dict[str, Any]) -> float:
    own = span.get("self_us")
    return own if isinstance(own, int | float) else 0.0
