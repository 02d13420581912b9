"""Nobody answered: the application came to its end and had sent nothing. Who had the request last, and let it go?"""

from __future__ import annotations

import re
from typing import Final

from webfoot.journey.failure import Failure, place
from webfoot.journey.marks import Mark
from webfoot.journey.record import Record
from webfoot.journey.why.answers import SURROUNDINGS, innermost_open, until_the_start
from webfoot.journey.why.verdict import Cause, Why

_SIGNS: Final = re.compile(r"No response returned|the application returned (without|before http\.response\.start)")
"""What `call_next`, the guard and the server say of it; none of them knows who it was."""
_NOTHING: Final = "it returned without an answer"


def nobody(record: Record, status: int) -> Why | None:
    """Why the answer is `status` then. None if somebody answered, or if nothing is known but that nobody did."""
    before = until_the_start(record)
    if not any(_tells_of_it(mark) for mark in record.marks):
        return None
    first = next((number for number, mark in enumerate(before) if mark.station == "middleware_left"), len(before))
    cause = _by_handler(before) or _by_endpoint(before[:first], record) or _by_middleware(before[:first])
    return None if cause is None else cause.answered(status)


def _tells_of_it(mark: Mark) -> bool:
    if mark.station not in ("middleware_left", "app_entered"):
        return False
    error = mark.facts.get("error")
    said = error.text if isinstance(error, Failure) else mark.facts.get("reason")
    return isinstance(said, str) and _SIGNS.match(said) is not None


def _by_handler(before: list[Mark]) -> Cause | None:
    for mark in before:
        if mark.facts.get("outcome") == "handled" and mark.facts.get("status") is None:
            error = mark.facts.get("error")
            where = f" at {error.where}" if isinstance(error, Failure) and error.is_own else ""
            because = f"it returned no response for {error}{where}"
            who = f"the exception handler {mark.facts.get('handler')}"
            return Cause(who, because, "exception handler", "middleware_left", failed=True)
    return None


def _by_endpoint(before: list[Mark], record: Record) -> Cause | None:
    """What the router found: a callable that speaks ASGI itself, or a WebSocket's endpoint."""
    for mark in reversed(before):
        if mark.station == "route_entered":
            file = mark.facts.get("file")
            at = f" ({place(file, mark.facts.get('line'))})" if isinstance(file, str) else ""
            is_socket = record.fact("scope_built", "kind") == "websocket"
            how = "it returned without accept() or close()" if is_socket else _NOTHING
            name = mark.facts.get("name") or mark.facts.get("route")
            return Cause(f"the endpoint {name}", f"{how}{at}", "endpoint", mark.station, failed=True)
        if mark.station == "route_matched":
            who = f"the application mounted at {mark.facts.get('route') or mark.facts.get('path')}"
            return Cause(who, _NOTHING, "application", "app_entered", failed=True)
    return None


def _by_middleware(before: list[Mark]) -> Cause | None:
    last = innermost_open(before)
    if last is None or last.facts.get("name") in SURROUNDINGS:
        return None
    because = f"{_NOTHING}, and nothing behind it was called; is an `await` missing before `self.app(...)`?"
    return Cause(f"the middleware {last.facts.get('name')}", because, "middleware", last.station, failed=True)
