"""How a WebSocket ended that had been accepted: who closed it, and with which code."""

from __future__ import annotations

from typing import Final

from webfoot.journey.failure import place
from webfoot.journey.record import Record
from webfoot.journey.why.failures import Trouble, handler_of
from webfoot.journey.why.verdict import Why, sentence

_QUIET: Final = frozenset((1000, 1001, 1012))
"""Codes of a good end, and of a server that stops (RFC 6455 section 7.4.1)."""
_OURS: Final = "websocket_exception"
"""The handler of what says itself with which code to close."""


def ended(trouble: Trouble, record: Record) -> Why | None:
    """An exception handler closed it. None if there was no handler."""
    handled, cause = handler_of(trouble, record), trouble.cause
    if handled is None:
        return None
    code = record.fact("closed", "code")
    closed = f"closed the WebSocket{f' with {code}' if isinstance(code, int) else ''}"
    handler = handled.facts.get("handler")
    if handler == _OURS:
        return cause.why(f"{cause.subject} {closed}: {cause.because}")
    said = f"the exception handler {handler} {closed} after a failure of {cause.subject}: {cause.because}"
    return Why(sentence(said), "exception handler", "middleware_left")


def closed_itself(record: Record) -> Why | None:
    """The endpoint closed it with a code that tells of no good end. The server says otherwise why it does so itself."""
    closed, entered = record.last("closed"), record.last("endpoint_called") or record.last("route_entered")
    if closed is None or entered is None:
        return None
    code, reason = closed.facts.get("code"), str(closed.facts.get("reason"))
    if not isinstance(code, int) or code in _QUIET or not reason.startswith("closed by the server"):
        return None
    file = entered.facts.get("file")
    where = f" ({place(file, entered.facts.get('line'))})" if isinstance(file, str) else ""
    said = f"the endpoint {entered.facts.get('name')} closed the WebSocket itself with {code}{where}"
    return Why(sentence(said), "endpoint", "closed")
