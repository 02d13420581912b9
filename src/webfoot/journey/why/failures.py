"""The first thing that went wrong on the way, and who made an answer of it.

An exception is marked by every layer that it passes. The layer that saw it first is where it came from; a different
exception further out (raised by a clean-up, say, or by a middleware) takes its place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from webfoot.journey.failure import GONE, Failure, place
from webfoot.journey.marks import Mark
from webfoot.journey.record import Record
from webfoot.journey.why import router, values
from webfoot.journey.why.answers import SURROUNDINGS, innermost_open
from webfoot.journey.why.verdict import Cause

_CONTRACT = frozenset(("LocalFault", "ASGIViolation"))
"""What the server and its guard raise at an application that breaks the rules of ASGI; where they do is no news."""
_COROUTINE = re.compile(r"'coroutine' object|<coroutine object|<class 'coroutine'>")
_CARRIERS = frozenset(("RequestValidationError", "ResponseValidationError", "WebSocketRequestValidationError"))
"""What takes a decision of a layer outwards, beside exceptions with a status."""


@dataclass(slots=True)
class Trouble:
    """What went wrong. `carried` is the exception that takes it outwards, once one has been seen."""

    cause: Cause
    carried: Failure | None


def first_trouble(marks: list[Mark], record: Record) -> Trouble | None:
    trouble: Trouble | None = None
    for mark in marks:
        error = mark.facts.get("error")
        # To learn that the client has gone is no failure, nor to be cancelled; the connection's last mark says why.
        failure = error if isinstance(error, Failure) and error.kind not in GONE else None
        decided = _decision(mark, record)
        if decided is not None:
            # What it decided is carried outwards by an exception that has not been seen yet.
            trouble = Trouble(decided, None)
        elif mark.station == "route_matched":
            trouble = None  # a router further in found its way: what an outer one said is past
        elif failure is not None:
            if trouble is None:
                trouble = Trouble(_raised(mark, failure, record), failure)
            elif _failed_in_handler(mark, trouble, failure):
                trouble = Trouble(_handler(mark, trouble, failure, record), failure)
            elif not _is_same(trouble.carried, failure):
                trouble = Trouble(_raised(mark, failure, record), failure)
            trouble.carried = failure
    return trouble


def handler_of(trouble: Trouble, record: Record) -> Mark | None:
    """The mark of the exception handler that took what the trouble had become by then."""
    for mark in record.all("middleware_left"):
        error = mark.facts.get("error")
        if mark.facts.get("outcome") == "handled" and isinstance(error, Failure) and _is_same(trouble.carried, error):
            return mark
    return None


def _decision(mark: Mark, record: Record) -> Cause | None:
    """A layer said no without (or before) raising an exception."""
    if mark.station == "route_matched":
        return router.cause(mark, record)
    if mark.station == "values_validated":
        return values.request_cause(mark, record)
    if mark.station == "body_read":
        return values.body_cause(mark, record)
    if mark.station == "reply_validated":
        return values.reply_cause(mark, record)
    if mark.station == "dependency_left" and mark.facts.get("outcome") == "swallowed":
        return _swallowed(mark)
    return None


def _swallowed(mark: Mark) -> Cause:
    because = f"it caught {mark.facts.get('error')} around its yield and did not raise it again"
    return Cause(f"the dependency {mark.facts.get('name')}", because, "dependency", mark.station, failed=True)


def _is_same(carried: Failure | None, seen: Failure) -> bool:
    # The exception that carries a decision outwards (RequestValidationError, HTTPException(404)) is not known yet.
    return carried is None or (carried.kind, carried.text) == (seen.kind, seen.text)


def _failed_in_handler(mark: Mark, trouble: Trouble, failure: Failure) -> bool:
    """Whether it was raised where the application's handlers stand, by one that was to answer another exception."""
    if mark.station != "middleware_left" or mark.facts.get("name") != "ExceptionMiddleware":
        return False
    if mark.facts.get("outcome") != "raised" or not failure.is_own:
        return False
    if trouble.carried is None:
        return trouble.cause.status is not None and failure.status is None and failure.kind not in _CARRIERS
    return not _is_same(trouble.carried, failure)


def _handler(mark: Mark, trouble: Trouble, failure: Failure, record: Record) -> Cause:
    cause = trouble.cause
    of = f"for {trouble.carried.kind}" if trouble.carried is not None else f"for {cause.status}"
    raised = _raised(mark, failure, record).because
    because = f"{raised}; it was to answer for {cause.subject}: {cause.because}"
    return Cause(f"the exception handler {of}", because, "exception handler", mark.station, failure.status, failed=True)


def _raised(mark: Mark, failure: Failure, record: Record) -> Cause:
    if (again := _calls_again(mark, record)) is not None:
        because = "it called the application behind it once more, when the answer was complete"
        return Cause(f"the middleware {again}", because, "middleware", mark.station, failed=True)
    subject, layer = _subject(mark, record)
    what = f"it broke its contract: {failure.text}" if failure.kind in _CONTRACT else f"it raised {failure}"
    because = f"{what}{_at(failure, mark, record)}"
    if (inner := failure.cause) is not None:
        because += f", caused by {inner}" + (f" at {inner.where}" if inner.is_own else "")
    because += _unawaited(failure)
    return Cause(subject, because, layer, mark.station, failure.status, failed=failure.status is None)


def _unawaited(failure: Failure) -> str:
    return "; is an `await` missing?" if _COROUTINE.search(failure.text) else ""


def _calls_again(mark: Mark, record: Record) -> object:
    """The middleware that called what is behind it again after the answer; None if none did."""
    if mark.station != "middleware_left":
        return None
    stations = [each.station for each in record.marks]
    if "response_ended" not in stations:
        return None
    ended = stations.index("response_ended")
    if not any(station == "middleware_entered" for station in stations[ended:]):
        return None
    sender = innermost_open(record.marks[: stations.index("middleware_entered", ended)])
    return None if sender is None else sender.facts.get("name")


def _at(failure: Failure, mark: Mark, record: Record) -> str:
    """Where to look: in the application's code if the exception came through it, else where the callable is written."""
    if failure.is_own:
        return f" at {failure.where}"
    for told in (mark, record.last("endpoint_called"), record.last("route_entered")):
        if told is not None and isinstance(file := told.facts.get("file"), str):
            return f" ({told.facts.get('name')} is written at {place(file, told.facts.get('line'))})"
    return f" at {failure.where}" if failure.where and failure.kind not in _CONTRACT else ""


def _subject(mark: Mark, record: Record) -> tuple[str, str]:
    name = mark.facts.get("name")
    match mark.station:
        case "dependency_entered":
            return f"the dependency {name}", "dependency"
        case "dependency_left":
            return f"the clean-up of dependency {name}", "dependency"
        case "endpoint_returned":
            return f"the endpoint {name}", "endpoint"
        case "reply_validated":
            return f"the reply of {_endpoint_of(mark, record)}", "reply"
        case "middleware_left":
            return _behind(mark, record)
        case "background_returned":
            return f"what {_endpoint_of(mark, record)} left to do in the background ({name})", "background"
        case _:
            return "the application", "application"


def _went_well(left: Mark) -> bool:
    return left.facts.get("outcome") in ("passed", "handled")


def _unmarked(mark: Mark, record: Record) -> tuple[str, str]:
    """What stands behind the layers of an application and marks nothing, told by the mount that led there."""
    matched = [each for each in record.all("route_matched") if each.at < mark.at]
    route = matched[-1].facts.get("route") if matched else None
    return (f"the application mounted at {route}" if route else "the application"), "application"


def _entered(mark: Mark, record: Record) -> Mark | None:
    return next(
        (each for each in reversed(record.marks) if each.station == "route_entered" and each.at < mark.at), None
    )


def _endpoint_of(mark: Mark, record: Record) -> str:
    entered = _entered(mark, record)
    if entered is None:
        return "the application"
    return f"the endpoint {entered.facts.get('name') or entered.facts.get('route')}"


def _behind(mark: Mark, record: Record) -> tuple[str, str]:
    """An exception first seen by the middleware that it leaves through: how far had the request come behind it?"""
    stations = [each.station for each in record.marks if each.at < mark.at]
    entered = _entered(mark, record)
    if entered is None:
        name = mark.facts.get("name")
        return _unmarked(mark, record) if name in SURROUNDINGS else (f"the middleware {name}", "middleware")
    endpoint = _endpoint_of(mark, record)
    if mark.facts.get("outcome") == "handled":
        return endpoint, "endpoint"  # the answer that has been sent by then is the handler's
    if any(entered.at < left.at < mark.at and _went_well(left) for left in record.all("middleware_left")):
        return f"the middleware {mark.facts.get('name')}", "middleware"  # all that is behind it had returned
    if record.fact("scope_built", "kind") == "websocket":
        return endpoint, "endpoint"
    if "response_ended" in stations:
        return f"what {endpoint} left to do in the background", "background"
    if "response_started" in stations:
        return f"the response of {endpoint}", "endpoint"
    if "endpoint_returned" in stations:
        return f"the reply of {endpoint}", "reply"
    return endpoint, "endpoint"
