"""Nothing went wrong: somebody meant to answer so. Who was it?"""

from __future__ import annotations

from webfoot.journey.failure import place
from webfoot.journey.marks import Mark
from webfoot.journey.record import Record
from webfoot.journey.why.verdict import Why, listed, sentence

# They stand around every application and answer nothing of their own accord.
SURROUNDINGS = frozenset(("ServerErrorMiddleware", "ExceptionMiddleware"))
# They change no status of what passes through them, or tell of it.
_LEAVE_STATUS = SURROUNDINGS | frozenset(
    (
        *("AuthenticationMiddleware", "CORSMiddleware", "CancelOnDisconnectMiddleware", "CompressionMiddleware"),
        *("GZipMiddleware", "HTTPSRedirectMiddleware", "OpenTelemetryMiddleware", "RequestBodyLimitMiddleware"),
        *("SessionMiddleware", "TrustedHostMiddleware"),
    )
)
_IN_PLACE = "BrokenApplication"
"""What the server serves in place of an application that does not load, while somebody develops it."""
_FURTHER_IN = frozenset(("middleware_entered", "route_matched", "route_entered", "endpoint_called"))


def deciding(record: Record, status: int) -> Mark | None:
    """The mark of a layer that said itself that it answers so, and why. None if nobody did.

    What was said first counts: whoever carries the decision out may speak of it again.
    """
    told: Mark | None = None
    for mark in until_the_start(record):
        if mark.station in _FURTHER_IN:
            told = None  # what was decided until now has not kept the request from going on
        elif told is None and mark.station == "decided" and mark.facts.get("status") == status:
            told = mark
    return told


def decision(told: Mark, record: Record, status: int) -> Why:
    who, layer = _speaker(str(told.facts.get("by")), until_the_start(record))
    return Why(sentence(f"{who} answered {status}: {told.facts.get('what')}"), layer, "decided")


def meant_answer(record: Record, status: int) -> Why | None:
    """Read from how far the request had come when the response started."""
    before = until_the_start(record)
    called = _called(before)
    if called is not None:
        return _ended(called, before, status) or _endpoint(called, before, record, status)
    matched = [mark for mark in before if mark.station == "route_matched"]
    sender = innermost_open(before)
    if matched and (sender is None or sender.at < matched[-1].at or sender.facts.get("name") in SURROUNDINGS):
        return _mounted(matched[-1], status)
    if sender is not None:
        return _middleware(sender, status)
    if any(mark.station == "app_entered" for mark in before):
        return _application(record, status)
    return None


def until_the_start(record: Record) -> list[Mark]:
    """The marks that were made before the response began: what comes later did not choose the status.

    A WebSocket that is closed before it is accepted has no response of the application's; the server writes the 403.
    """
    started = record.last("response_started") or record.last("bytes_encoded")
    return record.marks if started is None else record.marks[: record.marks.index(started)]


def _speaker(by: str, before: list[Mark]) -> tuple[str, str]:
    """Who told of a decision, as the beginning of a sentence, and which layer that is."""
    if by.endswith("Middleware"):
        return f"the middleware {by}", "middleware"
    if by == "WebSocket" and (called := _called(before)) is not None:
        return f"the endpoint {_name(called)}", "endpoint"
    if by.endswith("()"):
        return f"the call of {by}", "endpoint"
    if by[:1].islower():  # "requires", "max_body_size": no class, but what the application's author has written
        return f"the guard {by}", "guard"
    if by.endswith("Response"):
        return by, "response"
    sender, called = innermost_open(before), _called(before)
    if sender is not None and sender.facts.get("name") == by:
        return f"the middleware {by}", "middleware"
    if called is None:
        return by, "application"
    return (f"the endpoint {by}" if _name(called) == by else by), "endpoint"


def innermost_open(marks: list[Mark]) -> Mark | None:
    """The middleware that was entered last and not left yet: whoever sends while no deeper layer is there."""
    entered: list[Mark] = []
    for mark in marks:
        if mark.station == "middleware_entered":
            entered.append(mark)
        elif mark.station == "middleware_left":
            key = (mark.facts.get("name"), mark.facts.get("index"))
            keys = [(each.facts.get("name"), each.facts.get("index")) for each in entered]
            if key in keys:  # the innermost of that name
                del entered[len(keys) - 1 - keys[::-1].index(key) :]
    return entered[-1] if entered else None


def _called(before: list[Mark]) -> Mark | None:
    return next((mark for mark in reversed(before) if mark.station in ("endpoint_called", "route_entered")), None)


def _name(called: Mark) -> object:
    return called.facts.get("name") or called.facts.get("route") or "endpoint"


def _endpoint(called: Mark, before: list[Mark], record: Record, status: int) -> Why:
    name = _name(called)
    file = called.facts.get("file")
    where = f" ({place(file, called.facts.get('line'))})" if isinstance(file, str) else ""
    reply = next((mark for mark in reversed(before) if mark.station == "reply_validated"), None)
    if record.fact("scope_built", "kind") == "websocket" and not record.was_at("response_started"):
        how = "it closed the WebSocket before accepting it"
    elif (reply is None and not _passed_over(called, record)) or (reply and reply.facts.get("outcome") == "response"):
        how = "the response that it returned says so"
    else:
        how = "it returned normally, and the status is what its route declares or what it has set"
    text = f"the endpoint {name} answered {status} itself: {how}{where}{_unless_changed(before)}"
    return Why(sentence(text), "endpoint", called.station)


def _ended(called: Mark, before: list[Mark], status: int) -> Why | None:
    """An endpoint that was cancelled answers nothing: somebody around it did, a middleware with a time limit, say."""
    returned = next((mark for mark in reversed(before) if mark.station == "endpoint_returned"), None)
    sender = innermost_open(before)
    if returned is None or returned.facts.get("error") is None or sender is None:
        return None
    name = sender.facts.get("name")
    if name in SURROUNDINGS:
        return None
    file = called.facts.get("file")
    where = f" ({place(file, called.facts.get('line'))})" if isinstance(file, str) else ""
    ended = f"ended the endpoint {_name(called)}{where}, which still ran"
    if called.facts.get("where") == "thread":
        ended = f"did not wait for the endpoint {_name(called)}{where}, which runs on in its thread"
    said = f"the middleware {name} answered {status} itself, and {ended}"
    return Why(sentence(said), "middleware", "endpoint_returned")


def _passed_over(called: Mark, record: Record) -> bool:
    """A light trail is told of a reply only where that is a response of the endpoint's own."""
    return record.is_light and called.station == "endpoint_called" and record.fact("scope_built", "kind") == "http"


def _unless_changed(before: list[Mark]) -> str:
    """A middleware may change a status on its way out, and nothing would show it."""
    entered = [str(mark.facts.get("name")) for mark in before if mark.station == "middleware_entered"]
    names = [name for name in dict.fromkeys(entered) if name not in _LEAVE_STATUS]
    return f", unless the middleware {listed(names, 'or')} changed it" if names else ""


def _mounted(matched: Mark, status: int) -> Why:
    route = matched.facts.get("route") or matched.facts.get("path")
    said = f"the application mounted at {route} answered {status} itself"
    return Why(sentence(said), "application", "route_matched")


def _middleware(sender: Mark, status: int) -> Why:
    name = str(sender.facts.get("name") or "middleware")
    if name in SURROUNDINGS:
        return Why(
            sentence(f"the application behind {name} answered {status}, and it marks no stations of its own"),
            "application",
            "middleware_entered",
        )
    said = f"the middleware {name} answered {status} itself: nothing behind it was called"
    return Why(sentence(said), "middleware", "middleware_entered")


def _application(record: Record, status: int) -> Why:
    app = record.fact("app_entered", "app")
    if app == _IN_PLACE:
        return Why(
            "The application does not start: the terminal says why, and so does the answer.", "server", "app_entered"
        )
    named = f"the application {app}" if app else "the application"
    return Why(
        sentence(f"{named} answered {status} itself, and it marks no stations of its own"), "application", "app_entered"
    )
