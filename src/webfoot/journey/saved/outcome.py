"""What the client got in two journeys of one request: status, sentence, header fields, body."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from webfoot.journey.redact import REDACTED
from webfoot.journey.saved.ending import come_before_it_was_left
from webfoot.journey.saved.reading import Journey, facts_of

_HEADERS_BY_NATURE: Final = frozenset(
    ("date", "server-timing", "webfoot-why", "webfoot-journey", "age", "x-request-id", "x-process-time", "traceparent")
)


def outcome(before: Journey, now: Journey) -> Iterator[tuple[str, tuple[Any, Any]]]:
    for name in ("status", "why"):
        was, is_ = _told(before.get(name)), _told(now.get(name))
        if was != is_:
            yield name, (was, is_)
    if before.get("frames") and not before.get("frames_left_out"):
        was_taken, taken = _taken(before), _taken(now)
        if was_taken != taken:
            yield "messages of the client's that were taken", (was_taken, taken)
    if before.get("response") is None or now.get("response") is None:
        return
    was_fields, fields = _fields(before["response"]), _fields(now["response"])
    for name in sorted(was_fields.keys() | fields.keys()):
        if was_fields.get(name) != fields.get(name):
            yield f"header {name}", (was_fields.get(name), fields.get(name))
    yield from _bodies(before, now)


def _told(value: Any) -> Any:
    return value.get("sentence") if isinstance(value, dict) else value


def _fields(response: dict[str, Any]) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in response.get("headers") or ():
        if str(name).lower() not in _HEADERS_BY_NATURE:
            fields.setdefault(str(name).lower(), []).append(str(value))
    return fields


def _taken(journey: Journey) -> int:
    return sum(frame["way"] == "in" and frame["kind"] != "close" for frame in journey.get("frames") or ())


def _bodies(before: Journey, now: Journey) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Beyond what is kept of them only their sizes are known, and of one that is no text nothing else."""
    was, body = _body(before), _body(now)
    if was is None or body is None:
        return
    was_text, text = was.get("text"), body.get("text")
    left_after = come_before_it_was_left(before)
    if left_after is not None:
        if was_text is not None and text is not None and was_text != text[: len(was_text)]:
            yield "body", (was_text, text)
    elif was_text is not None and text is not None and was_text != text:
        yield "body", (was_text, text)
    elif was.get("size") != body.get("size") and REDACTED not in (was_text or ""):
        yield "bytes of the body", (was.get("size"), body.get("size"))


def _body(journey: Journey) -> dict[str, Any] | None:
    """None where it was not kept, or is a stream of events, which are compared by themselves."""
    body: dict[str, Any] | None = (journey.get("response") or {}).get("body")
    was_empty = body is None and facts_of(journey, "response_ended").get("total") == 0
    return {"text": "", "size": 0, "kept": 0} if was_empty else body


def body_not_compared(before: Journey, now: Journey) -> Iterator[str]:
    was, body = _body(before), _body(now)
    if was is None and body is not None:
        yield "the body: it was not kept"
    elif was is not None and was.get("text") is None and was.get("size"):
        yield "what the body holds: it is no text, and only its size was kept"
    elif was is not None and (was.get("kept") or 0) < (was.get("size") or 0):
        yield f"the body beyond its first {was.get('kept') or 0} bytes"
