"""Nothing went wrong: somebody meant to answer so. Who was it?"""

from __future__ import annotations

from webfoot.journey.failure import place
from webfoot.journey.record import Mark, Record
from webfoot.journey.redact import readable
from webfoot.journey.why.verdict import Why, listed, sentence

# They stand around every application and answer nothing of their own accord.
SURROUNDINGS = frozenset(("ServerErrorMiddleware", "ExceptionMiddleware"))


def meant_answer(record: Record, status: int) -> Why | None:
    """Read from how far the request had come when the response started."""
    started = record.last("response_started")
    before = [mark for mark in record.marks if started is None or mark.at <= started.at]
    told = next((mark for mark in reversed(before) if mark.station == "decided"), None)
    if told is not None and told.facts.get("status") == status:
        return _layer(told, status)
    if any(mark.station in ("endpoint_called", "route_entered") for mark in before):
        return _endpoint(before, status)
    matched = [mark for mark in before if mark.station == "route_matched"]
    if matched:
        return _mounted(matched[-1], status)
    sender = innermost_open(before)
    if sender is not None:
        return _middleware(sender, record, status)
    if any(mark.station == "app_entered" for mark in before):
        return _application(record, status)
    return None


def _layer(told: Mark, status: int) -> Why:
    """It said so itself."""
    by = str(told.facts.get("by"))
    said = f"{by} answered {status}: {told.facts.get('what')}"
    return Why(sentence(said), "middleware" if _is_middleware(by) else "response", "decided")


def innermost_open(marks: list[Mark]) -> Mark | None:
    """The middleware that was entered last and not left yet: whoever sends while no deeper layer is there."""
    entered: list[Mark] = []
    for mark in marks:
        if mark.station == "middleware_entered":
            entered.append(mark)
        elif mark.station == "middleware_left":
            key = (mark.facts.get("name"), mark.facts.get("index"))
            keys = [(each.facts.get("name"), each.facts.get("index")) for each in entered]
            if key in keys:
                del entered[keys.index(key) :]
    return entered[-1] if entered else None


def _endpoint(before: list[Mark], status: int) -> Why:
    called = next(mark for mark in reversed(before) if mark.station in ("endpoint_called", "route_entered"))
    name = called.facts.get("name") or called.facts.get("route") or "endpoint"
    file = called.facts.get("file")
    where = f" ({place(file, called.facts.get('line'))})" if isinstance(file, str) else ""
    reply = next((mark for mark in reversed(before) if mark.station == "reply_validated"), None)
    if reply is None or reply.facts.get("outcome") == "response":
        how = "the response that it returned says so"
    else:
        how = "it returned normally, and the status is what its route declares or what it has set"
    text = f"the endpoint {name} answered {status} itself: {how}{where}{_unless_changed(before)}"
    return Why(sentence(text), "endpoint", called.station)


def _unless_changed(before: list[Mark]) -> str:
    """A middleware may change a status on its way out, and nothing would show it."""
    entered = [str(mark.facts.get("name")) for mark in before if mark.station == "middleware_entered"]
    names = [name for name in dict.fromkeys(entered) if name not in SURROUNDINGS]
    return f", unless the middleware {listed(names, 'or')} changed it" if names else ""


def _mounted(matched: Mark, status: int) -> Why:
    route = matched.facts.get("route") or matched.facts.get("path")
    said = f"the application mounted at {route} answered {status} itself"
    return Why(sentence(said), "application", "route_matched")


def _middleware(sender: Mark, record: Record, status: int) -> Why:
    name = str(sender.facts.get("name") or "middleware")
    if name in SURROUNDINGS:
        return Why(
            sentence(f"the application behind {name} answered {status}, and it marks no stations of its own"),
            "application",
            "middleware_entered",
        )
    if "CORS" in name.upper() and record.method == "OPTIONS":
        said = _preflight(name, record, status)
    else:
        said = f"the middleware {name} answered {status} itself: nothing behind it was called"
    return Why(sentence(said), "middleware", "middleware_entered")


def _preflight(name: str, record: Record, status: int) -> str:
    """A preflight is answered with what would be allowed, so the answer's headers tell what was not."""
    origin, method = record.header("origin"), record.header("access-control-request-method")
    asked = f"the middleware {name} answered {status} to the CORS preflight"
    if status < 400:
        return f"{asked}: {method} from {origin} is allowed"
    allowed = dict(readable(fields)) if isinstance(fields := record.fact("response_started", "headers"), list) else {}
    if allowed.get("access-control-allow-origin") not in ("*", origin):
        return f"{asked}: the origin {origin} is not allowed"
    methods = [each.strip() for each in allowed.get("access-control-allow-methods", "").split(",")]
    if method not in methods and "*" not in methods:
        return f"{asked}: {origin} may not use {method}, only {listed(methods)}"
    headers = record.header("access-control-request-headers")
    return f"{asked}: {origin} may not send all of the headers {headers}"


def _application(record: Record, status: int) -> Why:
    app = record.fact("app_entered", "app")
    named = f"the application {app}" if app else "the application"
    return Why(
        sentence(f"{named} answered {status} itself, and it marks no stations of its own"), "application", "app_entered"
    )


def _is_middleware(name: str) -> bool:
    return name.endswith("Middleware")
