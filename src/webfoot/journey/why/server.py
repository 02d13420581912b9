"""What the server decided: it refused the request, the application broke its contract, or somebody left too early."""

from __future__ import annotations

from webfoot.journey.failure import Failure
from webfoot.journey.marks import Mark
from webfoot.journey.record import Record
from webfoot.journey.why.verdict import Why, sentence


def refused_request(record: Record) -> Why | None:
    """The request broke a rule, a limit or a deadline, and no answer of the application had begun."""
    mark = record.last("head_accepted")
    if mark is None or not isinstance(status := mark.facts.get("status"), int) or status != record.status:
        return None
    reason = str(mark.facts.get("reason") or "the request head was refused").rstrip(".")
    source = mark.facts.get("section") or ""
    rule = mark.facts.get("rule")
    because = reason if not (source or rule) else f"{reason} ({_law(rule, source)})"
    return Why(sentence(f"the server answered {status}: {because}"), "server", "head_accepted")


def _law(rule: object, section: object) -> str:
    return ", ".join(f"rule {part}" if part is rule else str(part) for part in (rule, section) if part)


def broken_contract(record: Record) -> Why | None:
    """The gateway's last word: the application failed without an exception that any layer has seen."""
    mark = record.last("app_entered")
    if mark is None or mark.facts.get("outcome") != "failed":
        return None
    reason = str(mark.facts.get("reason") or "the application failed").rstrip(".")
    error = mark.facts.get("error")
    if isinstance(error, Failure) and error.is_own:
        reason += f" at {error.where}"
    status = record.status
    if status == mark.facts.get("status"):
        said = f"the server answered {status}"
    elif not record.was_at("response_ended"):
        said = f"the answer {status} was cut short"
    else:
        return None  # it failed when all was said
    return Why(sentence(f"{said}: {reason}"), "application", "app_entered")


def cut_short(record: Record) -> Why | None:
    """No status, or a good one whose response never became whole."""
    closed = record.last("closed")
    if closed is None or record.was_at("response_ended") or closed.facts.get("code") is not None:
        return None  # a code: that of the Close frame, with which a WebSocket ends as it should
    reason = str(closed.facts.get("reason") or "nobody said why").rstrip(".")
    if record.is_empty:
        said = f"no request came: {reason}"
    elif record.status is None:
        running = _while_running(record, closed)
        when = running if running.startswith("before") else f"before there was an answer {running}".rstrip()
        said = f"the connection ended {when}: {reason}"
    else:
        what = "WebSocket" if record.status == 101 else f"answer {record.status}"
        running = _while_running(record, closed)
        said = f"the {what} was cut short{f' {running}' if running else ''}: {reason}"
    return Why(sentence(said), "server", "closed")


def _while_running(record: Record, closed: Mark) -> str:
    """Which endpoint was at work when the connection closed."""
    last = None
    for mark in record.all("endpoint_called", "route_entered", "endpoint_returned"):
        if mark.at <= closed.at:
            last = None if mark.station == "endpoint_returned" else mark
    if last is None:
        return ""
    if last.station == "route_entered" and "in the middle of its request" in str(closed.facts.get("reason")):
        return f"before the endpoint {last.facts.get('name')} had the whole body"
    return f"while the endpoint {last.facts.get('name')} was running"
